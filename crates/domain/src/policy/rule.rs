//! Rules: ordered, the first that matches wins, and each says in words why it matched.

mod field;
mod pattern;
mod telling;
mod test;

pub use field::{Field, Kind, millionths};
pub use pattern::{Expression, Glob, PatternError};
pub use test::{Comparison, Test};

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::incident::Incident;
use crate::priority::Priority;
use crate::signal::Signal;
use crate::time::Timestamp;

/// One rule of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name; unique within the policy.
    pub name: Name,
    /// When it applies.
    pub when: Condition,
    /// What it does to the priority.
    pub effect: Effect,
    /// The ladder that the incident is given instead of its level's own.
    pub route: Option<Name>,
}

/// What a rule does to the priority that the factors came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Keeps it within bounds; neither of them for a rule that only routes.
    Bounds {
        /// Never below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<Priority>,
        /// Never above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ceiling: Option<Priority>,
    },
    /// Sets it.
    Fixed(Priority),
    /// The signal opens and joins nothing.
    Drop,
}

/// What must be so for a rule to apply.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Each of them.
    All(Vec<Self>),
    /// One of them at least.
    Any(Vec<Self>),
    /// Not that.
    Not(Box<Self>),
    /// A test on a field; it does not hold when the field was not told.
    Is(Field, Test),
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// The signal.
    pub signal: &'a Signal,
    /// What is known of its incident from before: it fills what the signal does not tell.
    pub incident: Option<&'a Incident>,
    /// The signal's fingerprint.
    pub fingerprint: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What the rules say.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement<'p> {
    /// The first rule that matched.
    pub winner: &'p Rule,
    /// Why it matched, in words, with what was seen.
    pub because: String,
    /// The next one that would have.
    pub runner_up: Option<&'p Rule>,
}

/// The first rule that matches, with the one after it. A rule that drops passes over life-cycle hooks: what Sentry ends or takes up again is
/// not unsaid.
#[must_use]
pub fn judge<'p>(rules: &'p [Rule], sighting: &Sighting<'_>) -> Option<Judgement<'p>> {
    let lives = sighting.signal.fact.is_of_a_life();
    let concerns = |rule: &&Rule| !(lives && rule.effect == Effect::Drop) && rule.when.holds(sighting);
    let mut matching = rules.iter().filter(concerns);
    let winner = matching.next()?;
    Some(Judgement { winner, because: winner.when.explain(sighting), runner_up: matching.next() })
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, sighting: &Sighting<'_>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(sighting)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(sighting)),
            Self::Not(condition) => !condition.holds(sighting),
            Self::Is(field, test) => test.holds(field, sighting),
        }
    }

    /// What was seen and what it met, or missed, in words: at most 300 bytes on one line. What came from outside is shortened and made harmless.
    #[must_use]
    pub fn explain(&self, sighting: &Sighting<'_>) -> String {
        telling::explain(self, sighting)
    }

    /// Whether it holds of every signal, or of none, whatever they say; `None` when that depends.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        match self {
            Self::All(parts) => all_or_nothing(parts, true),
            Self::Any(parts) => all_or_nothing(parts, false),
            Self::Not(part) => part.constant().map(|truth| !truth),
            Self::Is(..) => None,
        }
    }
}

/// `usual` when every part is; the other when one is: that one decides.
fn all_or_nothing(parts: &[Condition], usual: bool) -> Option<bool> {
    let mut outcome = Some(usual);
    for part in parts {
        match part.constant() {
            Some(truth) if truth != usual => return Some(truth),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

#[cfg(test)]
mod tests;
