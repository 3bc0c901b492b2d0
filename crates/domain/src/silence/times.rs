//! When a silence holds: once, or again and again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Period;
use super::recurring::{LONGEST_WINDOW, Recurring, SHORTEST_WINDOW};
use crate::time::Timestamp;

/// When a silence holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// From one moment until another.
    Once(Once),
    /// On days of the week.
    Recurring(Recurring),
}

/// Why times make no silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimesError {
    /// It would not end after it begins.
    EndsBeforeItBegins,
    /// A recurrence would be shorter than a minute, or as long as a day.
    Length,
    /// It would begin within a minute.
    NoWholeMinute,
    /// The last day lies before the first.
    LastBeforeFirst,
    /// There is no such time zone.
    NoZone(String),
}

impl fmt::Display for TimesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndsBeforeItBegins => f.write_str("it must end after it begins"),
            Self::Length => write!(
                f,
                "one time lasts from {} s to {} h {} min",
                SHORTEST_WINDOW.as_secs(),
                LONGEST_WINDOW.as_secs() / 3_600,
                LONGEST_WINDOW.as_secs() % 3_600 / 60
            ),
            Self::NoWholeMinute => f.write_str("it begins at a whole minute, such as 02:00"),
            Self::LastBeforeFirst => f.write_str("its last day lies before its first"),
            Self::NoZone(name) => write!(f, "there is no time zone {name:?}"),
        }
    }
}

impl std::error::Error for TimesError {}

/// From one moment until a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Span", into = "Span")]
pub struct Once(Period);

#[derive(Serialize, Deserialize)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Once {
    /// From a moment until another, which no longer belongs to it.
    ///
    /// # Errors
    /// When it does not end after it begins.
    pub fn between(from: Timestamp, until: Timestamp) -> Result<Self, TimesError> {
        if from < until { Ok(Self(Period { from, until })) } else { Err(TimesError::EndsBeforeItBegins) }
    }

    /// Its first moment.
    #[must_use]
    pub const fn from(&self) -> Timestamp {
        self.0.from
    }

    /// The first moment after it.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.0.until
    }
}

impl TryFrom<Span> for Once {
    type Error = TimesError;
    fn try_from(span: Span) -> Result<Self, TimesError> {
        Self::between(span.from, span.until)
    }
}

impl From<Once> for Span {
    fn from(once: Once) -> Self {
        Self { from: once.from(), until: once.until() }
    }
}

impl Times {
    /// The stretch that holds at a moment, if one does.
    #[must_use]
    pub fn period(&self, at: Timestamp) -> Option<Period> {
        match self {
            Self::Once(once) => Some(once.0).filter(|period| period.contains(at)),
            Self::Recurring(recurring) => recurring.period(at),
        }
    }

    /// A moment at which it is over for good; `None` for what recurs without a last day.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Once(once) => Some(once.until()),
            Self::Recurring(recurring) => recurring.ends_at(),
        }
    }

    /// The first stretch that begins after a moment.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Period> {
        match self {
            Self::Once(once) => Some(once.0).filter(|period| period.from > after),
            Self::Recurring(recurring) => recurring.next(after),
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once(once) => write!(f, "{} until {}", moment(once.from()), moment(once.until())),
            Self::Recurring(recurring) => recurring.fmt(f),
        }
    }
}

/// To the minute where nothing is lost by it.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match text.strip_suffix(":00.000Z") {
        Some(to_the_minute) => format!("{to_the_minute}Z"),
        None => text,
    }
}

/// Hours and minutes; seconds where there are any.
pub(super) fn wall(time: jiff::civil::Time) -> String {
    let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
    format!("{:02}:{:02}{seconds}", time.hour(), time.minute())
}
