//! What stands above the score: a metric alert's status, a ceiling, a rule, a person's label, a switch.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, line};
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
    },
    /// The level is no trouble.
    Level(Severity),
    /// One factor alone is known.
    OneFactor {},
}

/// An environment worth less than this is not where customers are: nobody is woken for it.
const NOT_FOR_CUSTOMERS: u8 = 40;

/// An environment worth less than this is a developer's own.
const DEVELOPERS_OWN: u8 = 15;

impl Ceiling {
    /// The highest priority under it.
    #[must_use]
    pub const fn limit(&self) -> Priority {
        match self {
            Self::Environment { worth, .. } if *worth >= DEVELOPERS_OWN => Priority::Medium,
            Self::Environment { .. } | Self::Level(_) => Priority::Low,
            Self::OneFactor {} => Priority::High,
        }
    }

    /// The lowest of those that stand over these factors.
    pub(super) fn over(factors: &[Factor]) -> Option<Self> {
        let mut lowest: Option<Self> = None;
        let mut known = 0;
        for Factor { name, score, evidence, .. } in factors {
            known += usize::from(score.is_some());
            let ceiling = match (name, evidence, score) {
                (FactorName::Environment, evidence, Some(worth)) if *worth < NOT_FOR_CUSTOMERS => {
                    let is = if let Evidence::Environment { is, .. } = evidence { is.as_str() } else { "" };
                    Some(Self::Environment { is: is.to_owned(), worth: *worth })
                }
                (_, Evidence::Level { is, .. }, _) if *is <= Severity::Info => Some(Self::Level(*is)),
                _ => None,
            };
            if let Some(ceiling) = ceiling.filter(|new| lowest.as_ref().is_none_or(|old| new.limit() < old.limit())) {
                lowest = Some(ceiling);
            }
        }
        lowest.or((known < 2).then_some(Self::OneFactor {}))
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
            Self::Environment { is, worth } => write!(f, "environment {} counts {worth}", line(is, 40))?,
            Self::Level(level) => write!(f, "level {}", level.as_str())?,
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
