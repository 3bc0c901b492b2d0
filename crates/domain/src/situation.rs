//! Situations: signals with what was known before them, and the priority that somebody on call gives them. A team writes its own and holds
//! its policy against them.
//!
//! A situation has a clock of its own, [`NOW`]: the judgement of a file is the same on every day.

use crate::baseline::Baseline;
use crate::incident::Incident;
use crate::label::Label;
use crate::policy::TriagePolicy;
use crate::priority::{Known, Priority, Triage, assess};
use crate::project::ProjectHistory;
use crate::signal::Signal;
use crate::time::Timestamp;

mod agreement;
mod before;
mod file;
mod signal;
#[cfg(test)]
mod tests;

pub use agreement::{Agreement, LEAST_EXACT_PERCENT};
pub use file::{SituationFile, read};

/// When every situation happens: a Thursday at 14:59 UTC, at the end of an hour, so that the hour before it is one that was counted whole.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_100_340_000);

/// One situation.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// What it is, in a few words; unique within its file.
    pub name: String,
    /// What somebody on call gives it.
    pub priority: Priority,
    /// Why they do.
    pub why: String,
    /// The line of its file on which it begins, from 1.
    pub line: usize,
    /// What arrives.
    pub signal: Signal,
    /// The incident that is there already.
    pub incident: Option<Incident>,
    /// The usual rate of the identity.
    pub baseline: Option<Baseline>,
    /// What was learnt of the project.
    pub project: Option<ProjectHistory>,
    /// What a person said of the identity.
    pub label: Option<Label>,
}

/// A situation with what triage says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What somebody on call gives it.
    pub expected: Priority,
    /// What triage says.
    pub triage: Triage,
}

impl Situation {
    /// What is known from before its signal.
    #[must_use]
    pub const fn known(&self) -> Known<'_> {
        Known {
            incident: self.incident.as_ref(),
            baseline: self.baseline.as_ref(),
            project: self.project.as_ref(),
            label: self.label.as_ref(),
        }
    }

    /// What triage says of it under a policy.
    #[must_use]
    pub fn judge(&self, policy: &TriagePolicy) -> Verdict {
        Verdict { expected: self.priority, triage: assess(&self.signal, &self.known(), policy, NOW) }
    }
}

impl Verdict {
    /// What triage says.
    #[must_use]
    pub const fn found(&self) -> Priority {
        self.triage.priority
    }

    /// What decided besides the score, in words; `None` when the score alone did.
    #[must_use]
    pub fn because(&self) -> Option<String> {
        self.triage.because()
    }

    /// How many levels lie between the two.
    #[must_use]
    pub const fn levels_off(&self) -> usize {
        (self.expected as usize).abs_diff(self.found() as usize)
    }

    /// Whether somebody should have been woken and would not have been.
    #[must_use]
    pub fn misses_a_critical(&self) -> bool {
        self.expected == Priority::Critical && self.found() != Priority::Critical
    }
}
