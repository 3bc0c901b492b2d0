//! Whose turn it is: hand-overs at times on the wall.

use std::num::NonZeroU32;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::wall::{WallTime, first_moment};

/// When the next person takes over.
///
/// All three count time as the wall clock of the schedule's zone shows it: nine stays nine when the clocks change, and no turn is skipped or
/// doubled on such a day, it is only an hour shorter or longer. That holds for hours too: turns of `12h` from 09:00 change at 09:00 and 21:00 on
/// every day of the year. The price is that turns which begin within one gap begin together at its end, so that only the last of them is served; that
/// can happen to turns of an hour or two, to a day's turn only where a zone leaves out the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Every day.
    Daily {
        /// At this time.
        at: WallTime,
    },
    /// Every week.
    Weekly {
        /// On this day.
        on: Weekday,
        /// At this time.
        at: WallTime,
    },
    /// Every so many hours, counted from the start date.
    Every {
        /// So many.
        hours: NonZeroU32,
        /// The time of the first turn on the start date.
        at: WallTime,
    },
}

impl Rotation {
    const fn hours(self) -> i64 {
        match self {
            Self::Daily { .. } => 24,
            Self::Weekly { .. } => 7 * 24,
            Self::Every { hours, .. } => hours.get() as i64,
        }
    }

    /// The first person's first hand-over: that of the start date, or of a weekly rotation the last one until then.
    fn origin(self, start: Date) -> Option<DateTime> {
        match self {
            Self::Daily { at } | Self::Every { at, .. } => at.on(start),
            Self::Weekly { on, at } => {
                let back = i64::from(on.until(start.weekday()));
                at.on(start.checked_sub(SignedDuration::from_hours(24 * back)).ok()?)
            }
        }
    }
}

/// The turns of a rotation, numbered from that of the start date, in both directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns<'a> {
    zone: &'a TimeZone,
    origin: DateTime,
    hours: i64,
}

impl<'a> Turns<'a> {
    /// `None` for a start date at the calendar's end.
    pub(super) fn of(zone: &'a TimeZone, rotation: Rotation, start: Date) -> Option<Self> {
        Some(Self { zone, origin: rotation.origin(start)?, hours: rotation.hours() })
    }

    /// When a turn begins; `None` beyond the calendar's end.
    pub(super) fn begin(self, turn: i64) -> Option<jiff::Timestamp> {
        let hours = turn.checked_mul(self.hours)?;
        let seconds = hours.checked_mul(3_600)?;
        first_moment(self.zone, self.origin.checked_add(SignedDuration::from_secs(seconds)).ok()?)
    }

    /// The turn that is running.
    pub(super) fn at(self, at: jiff::Timestamp) -> i64 {
        let wall = self.zone.to_datetime(at);
        let mut turn = wall.duration_since(self.origin).as_secs().div_euclid(self.hours * 3_600);
        // The wall clock alone errs where it was set back, by no more than that.
        while self.begin(turn + 1).is_some_and(|next| next <= at) {
            turn += 1;
        }
        while self.begin(turn).is_some_and(|begin| begin > at) {
            turn -= 1;
        }
        turn
    }
}
