//! A silence that comes again and again: days of the week, a time on the wall and a length, right across the days on which clocks change.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::days::Days;
use super::times::TimesError;
use super::{Period, times};
use crate::time::Timestamp;
use crate::wall::{first_moment, moment};

/// One time lasts so long at least.
pub(super) const SHORTEST_WINDOW: Duration = Duration::from_mins(1);

/// And at most: a minute less than a day, so that what recurs every day has an end each day.
pub(super) const LONGEST_WINDOW: Duration = Duration::from_mins(24 * 60 - 1);

/// How something recurs, as it is said and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Days of the week on which it begins.
    pub days: Days,
    /// When it begins, on the wall of the zone: a whole minute. An hour that the clocks leap over begins with the first moment after the leap; of
    /// an hour that comes twice the first counts.
    pub from: Time,
    /// How long one time lasts, in time that passes; it may go past midnight.
    #[serde(rename = "lasts_seconds", with = "seconds")]
    pub lasts: Duration,
    /// An IANA zone's name.
    pub zone: String,
    /// The first day on which it may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<Date>,
    /// The last day on which it may begin; that time runs to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(length.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// A sound plan, with its zone.
///
/// Where two times of it overlap or touch, as they may on a day of 23 hours, they are one stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Plan", into = "Plan")]
pub struct Recurring {
    plan: Plan,
    zone: TimeZone,
}

impl TryFrom<Plan> for Recurring {
    type Error = TimesError;
    fn try_from(plan: Plan) -> Result<Self, TimesError> {
        if !(SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&plan.lasts) || plan.lasts.subsec_nanos() != 0 {
            return Err(TimesError::Length);
        }
        if plan.from.second() != 0 || plan.from.subsec_nanosecond() != 0 {
            return Err(TimesError::NoWholeMinute);
        }
        if let (Some(first), Some(last)) = (plan.first_day, plan.last_day)
            && last < first
        {
            return Err(TimesError::LastBeforeFirst);
        }
        let Ok(zone) = TimeZone::get(&plan.zone) else { return Err(TimesError::NoZone(plan.zone)) };
        Ok(Self { plan, zone })
    }
}

impl From<Recurring> for Plan {
    fn from(recurring: Recurring) -> Self {
        recurring.plan
    }
}

impl Recurring {
    /// How it recurs.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The same without a first and a last day: what it would have been if it had always been.
    pub(super) fn without_bounds(&self) -> Self {
        Self { plan: Plan { first_day: None, last_day: None, ..self.plan.clone() }, zone: self.zone.clone() }
    }

    /// The date on the wall of its zone.
    pub(super) fn date_at(&self, at: Timestamp) -> Option<Date> {
        let instant = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
        Some(self.zone.to_datetime(instant).date())
    }

    /// A moment at which its last window is over, if it has a last day: the end of the window that would begin at that day's end.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        let day_after = self.plan.last_day?.tomorrow().ok()?;
        Some(moment(first_moment(&self.zone, day_after.at(0, 0, 0, 0))?) + self.plan.lasts)
    }

    pub(super) fn period(&self, at: Timestamp) -> Option<Period> {
        let today = self.date_at(at)?;
        self.stretches(today, 3).into_iter().find(|period| period.contains(at))
    }

    pub(super) fn next(&self, after: Timestamp) -> Option<Period> {
        let today = self.date_at(after)?;
        let first = self.plan.first_day.map_or(today, |first| first.max(today));
        // A week has every day; one more because a zone may skip a day.
        self.stretches(first, 15).into_iter().find(|period| period.from > after)
    }

    /// The stretches that begin from three days before a day to so many after it. One that lasts into a day began within two days before it.
    fn stretches(&self, around: Date, after: i64) -> Vec<Period> {
        let mut stretches: Vec<Period> = Vec::new();
        let days = around.saturating_sub(3.days()).series(1.days());
        let last = around.saturating_add(after.days());
        for period in days.take_while(|day| *day <= last).filter_map(|day| self.on(day)) {
            match stretches.last_mut() {
                Some(running) if period.from <= running.until => running.until = running.until.max(period.until),
                _ => stretches.push(period),
            }
        }
        stretches
    }

    /// The time that begins on a day.
    fn on(&self, day: Date) -> Option<Period> {
        let plan = &self.plan;
        let is_due = plan.days.contains(day.weekday())
            && plan.first_day.is_none_or(|first| first <= day)
            && plan.last_day.is_none_or(|last| day <= last);
        let from = is_due.then(|| begins(&self.zone, day.to_datetime(plan.from))).flatten()?;
        Some(Period { from, until: from + plan.lasts })
    }
}

/// The first moment at which the clocks of a zone show this, or, when they leap over it, something later; `None` on a day that is not there:
/// nothing happens on one that a zone skipped to cross the date line.
fn begins(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let at = first_moment(zone, wall)?;
    (zone.to_datetime(at).date() == wall.date()).then(|| moment(at))
}

/// `every Saturday 02:00 to 04:00 Europe/Berlin`.
impl fmt::Display for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { days, from, lasts, zone, first_day, last_day } = &self.plan;
        let end = SignedDuration::try_from(*lasts).map_or(*from, |lasts| from.wrapping_add(lasts));
        write!(f, "{days} {} to {} {zone}", times::wall(*from), times::wall(end))?;
        if let Some(first) = first_day {
            write!(f, ", from {first}")?;
        }
        if let Some(last) = last_day {
            write!(f, ", until {last}")?;
        }
        Ok(())
    }
}
