//! What is usual: one level of events per identity, one shape of the week per project. Integers only, so that every machine agrees.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The usual rate of one identity, learnt hour by hour.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// The hour that is being counted, in hours since 1970.
    pub hour: u32,
    /// Events in it so far.
    pub count: u32,
    /// Events in the hour before it.
    pub before: u32,
    /// Mean of the events of an hour, decaying, in fixed point.
    pub mean: u64,
    /// Mean of their squares, decaying, in fixed point.
    pub square: u64,
    /// How many hours were closed.
    pub observed: u32,
    /// The most events of an hour, decaying, in fixed point.
    pub peak: u64,
    /// Sentry's last total of events, to know how many are new, with the time it was told.
    pub total: Option<(u64, Timestamp)>,
}

/// The shape of a project's week: how busy each of its 168 hours (UTC, from Monday 00:00) usually is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shape {
    /// What was seen in each hour of the week; empty before anything was.
    pub hours: Vec<u32>,
}

/// How fast an identity is now, and how fast it usually is at this hour of the week. Rates are tenths of an event an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Over the last sixty minutes.
    pub lately: u64,
    /// What is usual for this hour of the week.
    pub usual: u64,
    /// Above this it escalates.
    pub limit: u64,
    /// How many hours the baseline has seen.
    pub observed_hours: u32,
}

impl Baseline {
    /// Takes in so many new events. The hours that this closes are taught to the project's shape.
    pub fn take_in(&mut self, events: u64, at: Timestamp, shape: &mut Shape) {
        let _ = (events, at, shape);
    }

    /// The pace at `now`; `None` while too little was seen to know what is usual.
    #[must_use]
    pub fn pace(&self, now: Timestamp, shape: &Shape) -> Option<Pace> {
        let _ = (now, shape);
        None
    }
}
