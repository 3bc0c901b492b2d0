//! How much a signal matters: six factors, each 0 to 100 with its evidence, their weighted mean, and what stands above it.
//!
//! The figures below are a first reading of what a team calls urgent; each has its reason beside it. Weights, thresholds and the worth of
//! environments and projects are the policy's.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::fingerprint::{Fingerprint, fingerprint};
use crate::id::Name;
use crate::incident::Incident;
use crate::label::{Label, Standing};
use crate::policy::rule::{self, Effect, Sighting};
use crate::policy::{PolicyHash, Thresholds, TriagePolicy};
use crate::project::ProjectHistory;
use crate::signal::{Fact, MetricStatus, Signal};
use crate::time::Timestamp;

use factors::Case;

pub use because::{Because, Ceiling, Ruled};
pub use evidence::Evidence;

mod because;
pub mod evidence;
mod factors;
pub mod outlook;
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
    /// What was seen, with its numbers; what was missing, when nothing was there.
    pub evidence: Evidence,
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
    /// What decided; `None` when the score alone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    /// What triage itself came to, before rules, labels and the switch; `None` when that is the priority. See [`Triage::scored`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Priority>,
    /// The first rule that matched, whether or not it changed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Box<Ruled>>,
    /// A rule says that the signal opens and joins nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// The ladder that a rule gives the incident instead of its level's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Name>,
    /// The policy that it was made with; `None` where an older version, or a person, made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyHash>,
}

impl Triage {
    /// What a person says of an incident that they open: nothing was weighed.
    #[must_use]
    pub const fn by_hand(fingerprint: Fingerprint, priority: Priority) -> Self {
        Self {
            fingerprint,
            priority,
            score: 0,
            factors: Vec::new(),
            because: Some(Because::ByHand),
            before: None,
            rule: None,
            drop: false,
            route: None,
            policy: None,
        }
    }

    /// The same, told to be made with this policy.
    #[must_use]
    pub fn under(self, policy: &PolicyHash) -> Self {
        Self { policy: Some(policy.clone()), ..self }
    }

    /// What triage itself came to: the score under its ceilings, or a metric alert's status, before rules, labels and the switch for low.
    #[must_use]
    pub fn scored(&self) -> Priority {
        self.before.unwrap_or(self.priority)
    }

    /// Whether something holds it down that a regression does not lift: a ceiling, or a rule that bounds or sets it (semantics R3).
    #[must_use]
    pub fn is_held_down(&self) -> bool {
        let higher = self.priority.raised();
        let by_rule = self.rule.as_ref().is_some_and(|rule| rule.effect.of(higher) < higher);
        by_rule || matches!(self.because, Some(Because::Ceiling(_)))
    }

    /// What decided, as the one word of metrics and answers: `score` where nothing stood above it.
    #[must_use]
    pub const fn decided(&self) -> &'static str {
        match self.because {
            None => "score",
            Some(Because::NothingKnown) => "nothing_known",
            Some(Because::Metric(_)) => "metric",
            Some(Because::Ceiling(_)) => "ceiling",
            Some(Because::Rule) => "rule",
            Some(Because::Label(_)) => "label",
            Some(Because::LowOff) => "low_off",
            Some(Because::ByHand) => "by_hand",
            Some(Because::Told(_)) => "told",
        }
    }

    /// What decided, in words; `None` when the score alone did. It may hold outside text, on one line.
    #[must_use]
    pub fn because(&self) -> Option<String> {
        match (&self.because, &self.rule) {
            (Some(Because::Rule), Some(rule)) => Some(rule.to_string()),
            (because, _) => because.as_ref().map(ToString::to_string),
        }
    }
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

/// Triage of one signal, with what is known from before it.
///
/// A factor without data is left out of the mean and says what was missing. Above the mean stand, each above the one before: the status of a metric
/// alert (semantics I4) or a ceiling, the first rule that matches, a person's label while it holds (semantics A8), and the switch that turns low
/// off. A rule drops no life-cycle hook: what Sentry ends or takes up again is not unsaid. An incident's own priority that a person set is not
/// looked at: that it stands is for the decision.
#[must_use]
pub fn assess(signal: &Signal, known: &Known<'_>, policy: &TriagePolicy, now: Timestamp) -> Triage {
    let case = Case { signal, known, policy, now };
    let mut factors = Vec::with_capacity(FactorName::ALL.len());
    for name in FactorName::ALL {
        let (score, evidence) = factors::answer(name, &case);
        let weight = policy.weights.get(&name).copied().unwrap_or(0.0);
        factors.push(Factor { name, score, weight, evidence });
    }
    let fingerprint = fingerprint(signal);
    let (score, scored, mut because) = by_itself(&factors, &case);
    let mut priority = scored;

    let sighting = Sighting { signal, incident: known.incident, fingerprint: &fingerprint.0, now };
    let judgement = if policy.rules.is_empty() { None } else { rule::judge(&policy.rules, &sighting) };
    let route = judgement.as_ref().and_then(|judgement| judgement.winner.route.clone());
    let rule = judgement.map(|judgement| {
        Box::new(Ruled {
            name: judgement.winner.name.clone(),
            effect: judgement.winner.effect,
            why: evidence::line(&judgement.because, 200),
            runner_up: judgement.runner_up.map(|rule| rule.name.clone()),
            metric: if let Fact::Metric { status } = signal.fact { Some(status) } else { None },
        })
    });
    let mut drop = false;
    if let Some(effect) = rule.as_ref().map(|rule| rule.effect) {
        drop = effect == Effect::Drop;
        let ruled = effect.of(priority);
        if drop || ruled != priority {
            (priority, because) = (ruled, Some(Because::Rule));
        }
    }
    if let Some(label) = known.label.filter(|label| label.standing(case.users(), now) == Standing::Holds) {
        (priority, because, drop) = (label.priority, Some(Because::Label(label.clone())), false);
    }
    if priority == Priority::Low && !policy.process_low {
        (priority, because) = (Priority::Ignore, Some(Because::LowOff));
    }
    let before = (scored != priority).then_some(scored);
    Triage { fingerprint, priority, score, factors, because, before, rule, drop, route, policy: None }
}

/// What triage itself comes to, with the mean before it and what stood above it.
fn by_itself(factors: &[Factor], case: &Case<'_>) -> (u8, Priority, Option<Because>) {
    let mean = mean(factors);
    let score = mean.unwrap_or(0);
    if let Fact::Metric { status } = case.signal.fact {
        let before = || case.history().map_or(Priority::Medium, |incident| incident.priority);
        let priority = by_status(status).unwrap_or_else(before);
        // A threshold on a test system is a test too.
        return match Ceiling::over_metric(factors, status).filter(|ceiling| ceiling.limit() < priority) {
            Some(ceiling) => (score, ceiling.limit(), Some(Because::Ceiling(ceiling))),
            None => (score, priority, Some(Because::Metric(status))),
        };
    }
    let Some(mean) = mean else { return (score, Priority::Medium, Some(Because::NothingKnown)) };
    let priority = by_threshold(mean, &case.policy.thresholds);
    // A test says by its level alone what it is to look like (semantics S2).
    let unheard = |ceiling: &Ceiling| case.signal.synthetic && matches!(ceiling, Ceiling::OneEvent { .. });
    match Ceiling::over(factors).filter(|ceiling| ceiling.limit() < priority && !unheard(ceiling)) {
        Some(ceiling) => (score, ceiling.limit(), Some(Because::Ceiling(ceiling))),
        None => (score, priority, None),
    }
}

/// What a metric alert's status comes to; `None` for its end, which says nothing of how much it matters.
const fn by_status(status: MetricStatus) -> Option<Priority> {
    match status {
        MetricStatus::Critical => Some(Priority::Critical),
        MetricStatus::Warning | MetricStatus::Open => Some(Priority::Medium),
        MetricStatus::Resolved => None,
    }
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

const fn by_threshold(score: u8, thresholds: &Thresholds) -> Priority {
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
