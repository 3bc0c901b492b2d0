//! Silences and maintenance windows: what people ordered not to be paged about, for a time.
//!
//! A silence that cannot be right cannot be made: [`Once`] and [`Recurring`] always end after they begin, [`Matching`] always says what it
//! matches with patterns that compile, and a [`Reason`] is never empty. [`Silence::order`] adds the limits for what people order: a
//! forgotten silence hides an outage, so that each has an end.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{Name, SilenceId};
use crate::incident::Incident;
use crate::policy::rule::Sighting;
use crate::time::Timestamp;

mod caution;
mod days;
mod matching;
mod preview;
mod reason;
mod recurring;
mod terms;
#[cfg(test)]
mod tests;
mod times;
mod whole;

pub use caution::Caution;
pub use days::Days;
pub use matching::Matching;
pub use preview::{Muted, Preview, SHOWN, Tally};
pub use reason::{Reason, ReasonError};
pub use recurring::{Plan, Recurring};
pub use terms::TermError;
pub use times::{Once, Times, TimesError};

/// A one-time silence lasts so long at most: who needs it longer has a rule to write.
pub const LONGEST: Duration = Duration::from_hours(90 * 24);

/// A silence begins, or recurs for the last time, at most so long after it was ordered. Then somebody renews it, or it was forgotten.
pub const FURTHEST: Duration = Duration::from_hours(366 * 24);

/// What matches it is not paged about for a time (semantics A6, A7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    /// By what it is called in commands and records.
    pub id: SilenceId,
    /// What it does.
    pub kind: SilenceKind,
    /// Its name in the policy; `None` for one that a person ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What it matches.
    pub matching: Matching,
    /// When it holds.
    pub times: Times,
    /// Why.
    pub reason: Reason,
    /// Who ordered it: `policy` for one of the policy.
    pub by: String,
    /// When it was ordered: it holds at no earlier moment. One of the policy stands since the beginning of Unix time.
    pub created_at: Timestamp,
    /// Somebody ended it before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// What a silence does to what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceKind {
    /// Holds the ladder of an incident (semantics A6).
    Silence,
    /// Moves what opens to level `maintenance` (semantics A7).
    Maintenance,
}

impl SilenceKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Silence, Self::Maintenance];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Maintenance => "maintenance",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for SilenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// That a silence was ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When: from this moment on it holds no more, and never again.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// One stretch of time in which a silence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Period {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// What a person orders.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// A fresh name for it.
    pub id: SilenceId,
    /// What it shall do.
    pub kind: SilenceKind,
    /// What it shall match.
    pub matching: Matching,
    /// When it shall hold.
    pub times: Times,
    /// Why.
    pub reason: Reason,
    /// Who orders it.
    pub by: String,
    /// Now.
    pub at: Timestamp,
}

/// Why an order is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderError {
    /// It names nobody.
    Nobody,
    /// It would be over already.
    Over,
    /// It would last longer than [`LONGEST`].
    TooLong,
    /// It would begin, or recur, later than [`FURTHEST`] from now.
    TooFar,
    /// It recurs without a last day.
    NeverEnds,
    /// No day on which it recurs lies between its first and its last.
    NeverHappens,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = |length: &Duration| length.as_secs() / 86_400;
        match self {
            Self::Nobody => f.write_str("a silence needs the name of who orders it"),
            Self::Over => f.write_str("it would end before it is ordered"),
            Self::TooLong => write!(f, "it lasts {} days at most: a rule of the policy has no end", days(&LONGEST)),
            Self::TooFar => write!(f, "it begins and recurs within {} days of now: renew it then", days(&FURTHEST)),
            Self::NeverEnds => f.write_str("what recurs needs a last day: only the policy may do without"),
            Self::NeverHappens => f.write_str("none of its days lies between the first and the last"),
        }
    }
}

impl std::error::Error for OrderError {}

impl Silence {
    /// Makes what a person ordered.
    ///
    /// # Errors
    /// When it would be over before it is ordered, last longer than [`LONGEST`], begin or recur later than [`FURTHEST`] from now, recur
    /// without a last day or never at all, or names nobody.
    pub fn order(order: Order) -> Result<Self, OrderError> {
        let Order { id, kind, matching, times, reason, by, at } = order;
        let by = by.trim().to_owned();
        if by.is_empty() {
            return Err(OrderError::Nobody);
        }
        let last_moment = at + FURTHEST;
        match &times {
            Times::Once(once) => {
                if once.until() <= at {
                    return Err(OrderError::Over);
                }
                if once.from() > last_moment {
                    return Err(OrderError::TooFar);
                }
                if once.until().since(once.from().max(at)) > LONGEST {
                    return Err(OrderError::TooLong);
                }
            }
            Times::Recurring(recurring) => {
                let last_day = recurring.plan().last_day.ok_or(OrderError::NeverEnds)?;
                if recurring.date_at(last_moment).is_some_and(|furthest| last_day > furthest) {
                    return Err(OrderError::TooFar);
                }
                if recurring.date_at(at).is_some_and(|today| last_day < today) && times.period(at).is_none() {
                    return Err(OrderError::Over);
                }
                if times.period(at).or_else(|| times.next(at)).is_none() {
                    return Err(OrderError::NeverHappens);
                }
            }
        }
        Ok(Self { id, kind, name: None, matching, times, reason, by, created_at: at, ended: None })
    }

    /// Ends it before its time: a stretch that runs ends at `ended.at`, later ones never come. What has been ended stays as it is.
    #[must_use]
    pub fn ended(self, ended: Ended) -> Self {
        Self { ended: self.ended.or(Some(ended)), ..self }
    }

    /// The stretch that holds at a moment, if one does: none when it was ended before, has not begun, or between recurrences.
    #[must_use]
    pub fn period(&self, at: Timestamp) -> Option<Period> {
        self.times.period(at).and_then(|period| self.ordered(period)).filter(|period| period.contains(at))
    }

    /// The first stretch that begins after a moment.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Period> {
        // What ran already when it was ordered begins with the order.
        let running = if after < self.created_at { self.times.period(self.created_at) } else { None };
        running.or_else(|| self.times.next(after.max(self.created_at))).and_then(|period| self.ordered(period))
    }

    /// Whether it holds nothing now, and never will again.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.period(now).is_none() && self.next(now).is_none()
    }

    /// What an order and an early end leave of a stretch.
    fn ordered(&self, period: Period) -> Option<Period> {
        let from = period.from.max(self.created_at);
        let until = self.ended.as_ref().map_or(period.until, |ended| period.until.min(ended.at));
        (from < until).then_some(Period { from, until })
    }

    /// Whether it matches a signal.
    #[must_use]
    pub fn matches(&self, sighting: &Sighting<'_>) -> bool {
        self.matching.condition().holds(sighting)
    }

    /// Whether it matches all that is known of an incident: in each of the environments that it was seen in, and for each issue that joined it.
    ///
    /// What an incident does not keep of its signals (tags, paths, messages, frames, …) is not known, and a condition that depends on it does
    /// not match: a silence hides nothing of which it cannot be sure.
    #[must_use]
    pub fn matches_incident(&self, incident: &Incident, now: Timestamp) -> bool {
        self.matching.of_incident(incident, now) == Some(true)
    }

    /// When it holds, in words for people: `every Saturday 02:00 to 04:00 Europe/Berlin`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.ended {
            Some(ended) => format!("{}, ended at {}", self.times, times::moment(ended.at)),
            None => self.times.to_string(),
        }
    }
}
