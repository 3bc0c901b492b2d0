//! What an incident counts: signals, events, users, and how fast they come (semantics I5).

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What was counted (semantics I5): distinct events or Sentry's own totals, never deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Signals taken in.
    pub signals: u64,
    /// Events: Sentry's total when it gave one, else the distinct events seen.
    pub events: u64,
    /// Users, if Sentry told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Short hashes of the last event ids, newest last, at most 16: one event seen as two resources counts once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_events: Vec<u32>,
    /// Sentry's total as it was last heard, with what was seen since; `None` before one was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How fast events come.
    #[serde(default, skip_serializing_if = "Pace::is_still")]
    pub pace: Pace,
}

/// Events of the running hour and of the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// The running hour, counted from 1970.
    pub hour: i64,
    /// Its events.
    pub events: u64,
    /// Those of the hour before it.
    pub before: u64,
}

impl Pace {
    const HOUR: i64 = 3_600_000;

    fn is_still(&self) -> bool {
        *self == Self::default()
    }

    /// So many more events.
    pub fn take_in(&mut self, events: u64, now: Timestamp) {
        let hour = now.millis().div_euclid(Self::HOUR);
        if hour != self.hour {
            self.before = if hour == self.hour + 1 { self.events } else { 0 };
            self.hour = hour;
            self.events = 0;
        }
        self.events = self.events.saturating_add(events);
    }

    /// The clock jumped by so many milliseconds: hours are counted by it. What is no whole hour is cut down, so that no event lies ahead.
    pub(crate) fn shift(&mut self, by: i64) {
        if !self.is_still() {
            self.hour += by.div_euclid(Self::HOUR);
        }
    }

    /// Events of the last sixty minutes: those of the running hour, and of the one before it the part that lies within them, as if its events
    /// were spread evenly.
    #[must_use]
    pub fn rate(&self, now: Timestamp) -> u64 {
        let hour = now.millis().div_euclid(Self::HOUR);
        let left = u64::try_from(Self::HOUR - now.millis().rem_euclid(Self::HOUR)).unwrap_or(0);
        let part = |events: u64| u64::try_from(u128::from(events) * u128::from(left) / 3_600_000).unwrap_or(u64::MAX);
        match hour - self.hour {
            0 => self.events.saturating_add(part(self.before)),
            1 => part(self.events),
            _ => 0,
        }
    }
}
