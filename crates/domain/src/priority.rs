//! How much a signal matters: six factors, each 0 to 100 with its evidence in words, and their weighted mean.

//!
//! The figures below are a first reading of what a team calls urgent; each has its reason beside it. Weights, thresholds and the worth of
//! environments and projects are the policy's.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::fingerprint::{Fingerprint, fingerprint};
use crate::incident::Incident;
use crate::label::Label;
use crate::policy::TriagePolicy;
use crate::project::ProjectHistory;
use crate::signal::{Fact, MetricStatus, Severity, Signal};
use crate::time::Timestamp;

mod factors;
#[cfg(test)]
mod tests;

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What is known from before a signal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The incident that it joins or reopens.
    pub incident: Option<&'a Incident>,
    /// The usual rate of its identity.
    pub baseline: Option<&'a Baseline>,
    /// Its project.
    pub project: Option<&'a ProjectHistory>,
    /// What a person said of its identity.
    pub label: Option<&'a Label>,
}

/// An environment worth less than this is not where customers are: nobody is woken for it.
const NOT_FOR_CUSTOMERS: u8 = 40;

/// An environment worth less than this is a developer's own.
const DEVELOPERS_OWN: u8 = 15;

/// Triage of one signal, with what is known of its incident from before it.
///
/// A factor without data is left out of the mean and says what was missing. Three things stand above the mean and are told in `because`: the
/// status of a metric alert (semantics I4), a ceiling, and the switch that turns low off. A priority set by a person is not looked at: that a
/// person's word stands is for the decision.
#[must_use]
pub fn assess(signal: &Signal, known: &Known<'_>, policy: &TriagePolicy, now: Timestamp) -> Triage {
    let history = known.incident;
    let factors: Vec<Factor> = FactorName::ALL
        .into_iter()
        .map(|name| {
            let (score, evidence) = factors::answer(name, signal, history, policy, now);
            let weight = policy.weights.get(&name).copied().unwrap_or(0.0);
            Factor { name, score, weight, evidence }
        })
        .collect();
    let mean = mean(&factors);
    let score = mean.unwrap_or(0);
    let (priority, because) = match (metric_priority(signal, history), mean) {
        (Some((priority, why)), _) => (priority, Some(why)),
        // Nothing known is no reason to be silent.
        (None, None) => (Priority::Medium, Some("nothing is known that could be weighed".to_owned())),
        (None, Some(mean)) => ceiling(by_threshold(mean, policy), &factors, signal, history, policy),
    };
    let (priority, because) = if priority == Priority::Low && !policy.process_low {
        (Priority::Ignore, Some("low is switched off (SENTRY_PROCESS_LOW_PRIORITY=false)".to_owned()))
    } else {
        (priority, because)
    };
    Triage { fingerprint: fingerprint(signal), priority, score, factors, because }
}

/// The weighted mean of the factors that have a score, rounded half up. Counted in thousandths of a weight, so that the order of the terms and the
/// machine make no difference.
fn mean(factors: &[Factor]) -> Option<u8> {
    let (mut sum, mut weights) = (0_u64, 0_u64);
    for factor in factors {
        let Some(score) = factor.score else { continue };
        // Above a million a weight says nothing that it did not say before; below zero and no number count as zero.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
        let weight = (factor.weight.clamp(0.0, 1e6) * 1_000.0).round() as u64;
        sum += weight * u64::from(score.min(100));
        weights += weight;
    }
    (weights > 0).then(|| u8::try_from((2 * sum + weights) / (2 * weights)).unwrap_or(100))
}

fn by_threshold(score: u8, policy: &TriagePolicy) -> Priority {
    let thresholds = &policy.thresholds;
    if score >= thresholds.critical {
        Priority::Critical
    } else if score >= thresholds.high {
        Priority::High
    } else if score >= thresholds.medium {
        Priority::Medium
    } else if score >= thresholds.low {
        Priority::Low
    } else {
        Priority::Ignore
    }
}

/// A metric alert's threshold was set by a person who knew its worth: the status is the priority (semantics I4).
fn metric_priority(signal: &Signal, history: Option<&Incident>) -> Option<(Priority, String)> {
    let Fact::Metric { status } = signal.fact else { return None };
    Some(match status {
        MetricStatus::Critical => (Priority::Critical, "a metric alert: its status is critical".to_owned()),
        MetricStatus::Warning => (Priority::Medium, "a metric alert: its status is warning".to_owned()),
        MetricStatus::Open => (Priority::Medium, "a metric alert that names no threshold".to_owned()),
        MetricStatus::Resolved => {
            let before = history.map_or(Priority::Medium, |incident| incident.priority);
            (before, "a metric alert: back to normal".to_owned())
        }
    })
}

/// What no score may exceed, with the reason when it did.
fn ceiling(
    priority: Priority,
    factors: &[Factor],
    signal: &Signal,
    history: Option<&Incident>,
    policy: &TriagePolicy,
) -> (Priority, Option<String>) {
    let mut result = (priority, None);
    let mut limit = |limit: Priority, why: String| {
        if result.0 > limit {
            result = (limit, Some(why));
        }
    };
    if let Some(environment) = factors::environment(signal, history) {
        let worth = policy.environment_score(environment);
        let name = factors::shown(environment);
        if worth < DEVELOPERS_OWN {
            limit(Priority::Low, format!("environment {name} counts {worth}: never above low"));
        } else if worth < NOT_FOR_CUSTOMERS {
            limit(Priority::Medium, format!("environment {name} counts {worth}: never above medium"));
        }
    }
    if let Some(level) = factors::severity(signal, history).filter(|level| *level <= Severity::Info) {
        limit(Priority::Low, format!("level {}: never above low", level.as_str()));
    }
    let known = factors.iter().filter(|factor| factor.score.is_some()).count();
    if known < 2 {
        limit(Priority::High, "only one factor is known: never critical".to_owned());
    }
    result
}
