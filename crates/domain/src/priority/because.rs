//! What stands above the score: a metric alert's status, a ceiling, a rule, a person's label, a switch.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Returned, Verdict, line};
use super::{Factor, FactorName, Priority};
use crate::id::Name;
use crate::label::Label;
use crate::policy::rule::Effect;
use crate::signal::{MetricStatus, Severity};

/// What decided, where the score alone did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Nothing could be weighed, and nothing known is no reason to be silent.
    NothingKnown,
    /// A metric alert: a person who knew its worth set its threshold (semantics I4).
    Metric(MetricStatus),
    /// What no score may exceed.
    Ceiling(Ceiling),
    /// A rule of the policy: [`super::Triage::rule`].
    Rule,
    /// A person's word (semantics A8).
    Label(Label),
    /// Low is switched off.
    LowOff,
    /// A person opened it.
    ByHand,
    /// Words of an older version, which kept nothing else.
    #[serde(untagged)]
    Told(String),
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// Its name.
    pub name: Name,
    /// What it does.
    pub effect: Effect,
    /// Why it matched, in words, with what was seen; it may hold outside text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The next rule that would have matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<Name>,
    /// The status of the metric alert above which it stands: then the score had no say before it either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricStatus>,
}

/// Why no score may come to more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceiling {
    /// The environment is not where customers are.
    Environment {
        /// Its name, shown.
        is: String,
        /// Its worth.
        worth: u8,
        /// The status of the metric alert that it holds down: then the score had no say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metric: Option<MetricStatus>,
    },
    /// The level is no trouble.
    Level(Severity),
    /// The policy gives it little worth.
    Worth(u8),
    /// It goes on as it has for over a week.
    AsUsual {
        /// The program, or a part of it, dies of it each time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fatal: bool,
    },
    /// It runs where the fix is not.
    BeforeFix {},
    /// One event, and nothing known of how many it hits.
    OneEvent {
        /// The program, or a part of it, died.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fatal: bool,
    },
    /// One factor alone is known.
    OneFactor {},
}

/// An environment worth less than this is not where customers are: nobody is woken for it.
const NOT_FOR_CUSTOMERS: u8 = 40;

/// An environment worth less than this is a developer's own.
const DEVELOPERS_OWN: u8 = 15;

/// What is worth less than this can wait for the next working day.
const LITTLE_WORTH: u8 = 25;

/// What is worth less than this wakes nobody.
const MODEST_WORTH: u8 = 40;

/// What is worth this is dear: its first event speaks for itself.
const DEAR: u8 = 60;

/// What has gone on for so long at its usual rate is known: seven days, as Sentry asks of an issue before it can escalate. In seconds.
const KNOWN_FOR: u64 = 7 * 86_400;

impl Ceiling {
    /// The highest priority under it.
    #[must_use]
    pub const fn limit(&self) -> Priority {
        match self {
            Self::Environment { worth, .. } if *worth < DEVELOPERS_OWN => Priority::Ignore,
            Self::BeforeFix {} => Priority::Ignore,
            Self::Worth(worth) if *worth >= LITTLE_WORTH => Priority::Medium,
            Self::AsUsual { fatal: true } | Self::OneEvent { fatal: false } => Priority::Medium,
            Self::Environment { .. } | Self::Level(_) | Self::Worth(_) | Self::AsUsual { .. } => Priority::Low,
            Self::OneEvent { fatal: true } | Self::OneFactor {} => Priority::High,
        }
    }

    /// The lowest of those that stand over these factors. A factor to which the policy gives no weight holds nothing down; where something
    /// happens and how grave it calls itself do so whatever they weigh.
    pub(super) fn over(factors: &[Factor]) -> Option<Self> {
        let known = factors.iter().filter(|factor| factor.score.is_some()).count();
        let standing = [
            Self::of_environment(factors),
            Self::of_level(factors),
            Self::of_worth(factors),
            Self::of_return(factors),
            Self::of_usual(factors),
            Self::of_one_event(factors),
            (known < 2).then_some(Self::OneFactor {}),
        ];
        // Of two alike the first is told.
        standing.into_iter().flatten().min_by_key(Self::limit)
    }

    /// The ceiling of an environment where no customers are.
    fn of_environment(factors: &[Factor]) -> Option<Self> {
        let factor = named(factors, FactorName::Environment)?;
        let worth = factor.score.filter(|worth| *worth < NOT_FOR_CUSTOMERS)?;
        let is = if let Evidence::Environment { is, .. } = &factor.evidence { is.clone() } else { String::new() };
        Some(Self::Environment { is, worth, metric: None })
    }

    /// The same over a metric alert (semantics I4); no other ceiling is.
    pub(super) fn over_metric(factors: &[Factor], status: MetricStatus) -> Option<Self> {
        match Self::of_environment(factors)? {
            Self::Environment { is, worth, .. } => Some(Self::Environment { is, worth, metric: Some(status) }),
            other => Some(other),
        }
    }

    /// What lifts it, where that is no score alone.
    pub(super) const fn lifted_by(&self) -> Option<&'static str> {
        match self {
            Self::AsUsual { .. } => Some("a pace above its limit, Sentry's escalating or a return after a resolve"),
            Self::BeforeFix {} => Some("a signal from a release with the fix"),
            Self::OneEvent { .. } => Some("a count of users or events or a rate"),
            Self::Level(_) => Some("a graver level"),
            Self::Environment { .. } | Self::Worth(_) | Self::OneFactor {} => None,
        }
    }

    fn of_level(factors: &[Factor]) -> Option<Self> {
        level(factors).filter(|level| *level <= Severity::Info).map(Self::Level)
    }

    fn of_worth(factors: &[Factor]) -> Option<Self> {
        let worth = weighed(factors, FactorName::Criticality)?.score?;
        (worth < MODEST_WORTH).then_some(Self::Worth(worth))
    }

    fn of_return(factors: &[Factor]) -> Option<Self> {
        match &weighed(factors, FactorName::Novelty)?.evidence {
            Evidence::Resolved { returned: Some(Returned { verdict: Verdict::Not, fix: Some(_), .. }), .. } => {
                Some(Self::BeforeFix {})
            }
            _ => None,
        }
    }

    fn of_usual(factors: &[Factor]) -> Option<Self> {
        let usual = match weighed(factors, FactorName::Velocity)?.evidence {
            Evidence::Pace { lately, limit, escalating, .. } => lately <= limit && !escalating,
            _ => false,
        };
        let old = match named(factors, FactorName::Novelty)?.evidence {
            Evidence::FirstSeen { ago, .. } => ago >= KNOWN_FOR,
            Evidence::OpenHere { since } => since >= KNOWN_FOR,
            _ => false,
        };
        (usual && old).then(|| Self::AsUsual { fatal: level(factors) == Some(Severity::Fatal) })
    }

    /// A monitor that found something away is no single event, and what is dear to the team speaks for itself.
    fn of_one_event(factors: &[Factor]) -> Option<Self> {
        let silent = |name| weighed(factors, name).is_some_and(|factor| factor.score.is_none());
        let dear = named(factors, FactorName::Criticality)?.score.is_some_and(|worth| worth >= DEAR);
        let outage = factors.iter().any(|factor| matches!(factor.evidence, Evidence::Level { outage: true, .. }));
        let one = silent(FactorName::Impact) && silent(FactorName::Velocity) && !dear && !outage;
        one.then(|| Self::OneEvent { fatal: level(factors) == Some(Severity::Fatal) })
    }
}

fn named(factors: &[Factor], name: FactorName) -> Option<&Factor> {
    factors.iter().find(|factor| factor.name == name)
}

fn weighed(factors: &[Factor], name: FactorName) -> Option<&Factor> {
    named(factors, name).filter(|factor| factor.weight > 0.0)
}

fn level(factors: &[Factor]) -> Option<Severity> {
    match named(factors, FactorName::Severity)?.evidence {
        Evidence::Level { is, .. } => Some(is),
        _ => None,
    }
}

impl Effect {
    /// What it makes of a priority.
    #[must_use]
    pub fn of(&self, priority: Priority) -> Priority {
        match self {
            // A floor above its ceiling is no sound rule; then the ceiling holds.
            Self::Bounds { floor, ceiling } => {
                priority.max(floor.unwrap_or(Priority::Ignore)).min(ceiling.unwrap_or(Priority::Critical))
            }
            Self::Fixed(fixed) => *fixed,
            Self::Drop => Priority::Ignore,
        }
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment { is, worth, .. } => write!(f, "environment {} counts {worth}", line(is, 40))?,
            Self::Level(level) => write!(f, "level {}", level.as_str())?,
            Self::Worth(worth) => write!(f, "it counts {worth} in the policy")?,
            Self::AsUsual { .. } => f.write_str("it goes on as it has for over a week")?,
            Self::BeforeFix {} => f.write_str("it runs where the fix is not")?,
            Self::OneEvent { .. } => f.write_str("one event, and nothing is known of how many it hits")?,
            Self::OneFactor {} => f.write_str("only one factor is known")?,
        }
        write!(f, ": never above {}", self.limit())
    }
}

impl fmt::Display for Ruled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}", self.name.as_str())?;
        match &self.effect {
            Effect::Bounds { floor: Some(floor), ceiling: Some(ceiling) } => {
                write!(f, ": never below {floor} nor above {ceiling}")
            }
            Effect::Bounds { floor: Some(floor), ceiling: None } => write!(f, ": never below {floor}"),
            Effect::Bounds { floor: None, ceiling: Some(ceiling) } => write!(f, ": never above {ceiling}"),
            Effect::Bounds { floor: None, ceiling: None } => Ok(()),
            Effect::Fixed(fixed) => write!(f, ": always {fixed}"),
            Effect::Drop => f.write_str(": dropped"),
        }?;
        if self.why.is_empty() { Ok(()) } else { write!(f, " ({})", line(&self.why, 200)) }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingKnown => f.write_str("nothing is known that could be weighed"),
            Self::Metric(MetricStatus::Critical) => f.write_str("a metric alert: its status is critical"),
            Self::Metric(MetricStatus::Warning) => f.write_str("a metric alert: its status is warning"),
            Self::Metric(MetricStatus::Open) => f.write_str("a metric alert that names no threshold"),
            Self::Metric(MetricStatus::Resolved) => f.write_str("a metric alert: back to normal"),
            Self::Ceiling(ceiling) => ceiling.fmt(f),
            Self::Rule => f.write_str("a rule of the policy"),
            Self::Label(label) => {
                let said = if label.priority == Priority::Ignore { "noise" } else { label.priority.as_str() };
                write!(f, "{} said {said} on {}, which holds until {}", line(&label.by, 40), label.at, label.until)?;
                match &label.reason {
                    Some(reason) => write!(f, ": {}", line(reason, 120)),
                    None => Ok(()),
                }
            }
            Self::LowOff => f.write_str("low is switched off (SENTRY_PROCESS_LOW_PRIORITY=false)"),
            Self::ByHand => f.write_str("opened by hand"),
            Self::Told(words) => f.write_str(&line(words, 200)),
        }
    }
}
