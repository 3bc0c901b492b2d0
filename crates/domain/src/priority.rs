//! How much a signal matters: six factors, each 0 to 100 with its evidence in words, and their weighted mean.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;

/// What triage says of a signal, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Not worth an incident.
    Ignore,
    /// Next working day.
    Low,
    /// Today.
    Medium,
    /// Within the hour.
    High,
    /// Now.
    Critical,
}

impl Priority {
    /// Every priority, lowest first.
    pub const ALL: [Self; 5] = [Self::Ignore, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The priority with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == word)
    }

    /// The next one up; critical stays.
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Self::Ignore => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which of the six questions a factor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorName {
    /// Level, unhandled, Sentry's own priority and severity.
    Severity,
    /// Where it happened.
    Environment,
    /// Users and events.
    Impact,
    /// The rate against the identity's own past.
    Velocity,
    /// New, regressed, first seen in the newest release.
    Novelty,
    /// How dear the project, path or error class is to the team.
    Criticality,
}

impl FactorName {
    /// The six, in the order in which they are told.
    pub const ALL: [Self; 6] =
        [Self::Severity, Self::Environment, Self::Impact, Self::Velocity, Self::Novelty, Self::Criticality];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Environment => "environment",
            Self::Impact => "impact",
            Self::Velocity => "velocity",
            Self::Novelty => "novelty",
            Self::Criticality => "criticality",
        }
    }
}

/// One factor's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Which.
    pub name: FactorName,
    /// 0 to 100; `None` when the data to answer were missing: then it is left out of the mean, and said to be.
    pub score: Option<u8>,
    /// Its weight in the mean.
    pub weight: f64,
    /// The evidence in plain words, with its numbers; what was missing, when nothing was there.
    pub evidence: String,
}

/// The answer of triage to one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triage {
    /// What groups it with its like.
    pub fingerprint: Fingerprint,
    /// What it comes to.
    pub priority: Priority,
    /// The weighted mean, 0 to 100.
    pub score: u8,
    /// The six factors, in the order of [`FactorName::ALL`].
    pub factors: Vec<Factor>,
    /// What decided besides the score, in words: a rule, a floor, a switch; empty when the score alone did.
    pub because: Option<String>,
}
