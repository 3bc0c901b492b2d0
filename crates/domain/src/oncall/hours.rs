//! Restrictions: the days and hours to which a layer keeps.

use std::fmt;
use std::ops::Range;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::wall::{WallTime, first_moment, weekday};

const WEEK: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A set of days of the week; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// Reads `Mon-Fri`, `Sat, Sun`, `Fri-Mon`, `Wednesday` or `all`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Some(Self::ALL);
        }
        let mut days = 0;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (weekday(first.trim())?, weekday(last.trim())?);
            let mut day = first;
            days |= bit(day);
            while day != last {
                day = day.next();
                days |= bit(day);
            }
        }
        Some(Self(days))
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> =
            WEEK.iter().enumerate().filter(|(index, _)| self.0 & (1 << index) != 0).map(|(_, name)| *name).collect();
        f.write_str(&named.join(","))
    }
}

/// Hours on some days of the week. Those that end at or before the time at which they begin end on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    days: Days,
    from: WallTime,
    to: WallTime,
}

impl Hours {
    /// `None` when the two times are the same, which could mean nothing and a whole day (that is `00:00` to `24:00`), and when the day is over
    /// before it begins.
    #[must_use]
    pub fn between(days: Days, from: WallTime, to: WallTime) -> Option<Self> {
        (from != to && from < WallTime::END).then_some(Self { days, from, to })
    }

    /// What begins on `day`; `None` when nothing does, as on a day that the zone left out.
    fn of(self, day: Date, zone: &TimeZone) -> Option<Range<jiff::Timestamp>> {
        if !self.days.contains(day.weekday()) {
            return None;
        }
        let last = if self.to > self.from { day } else { day.tomorrow().ok()? };
        let window = first_moment(zone, self.from.on(day)?)?..first_moment(zone, self.to.on(last)?)?;
        (!window.is_empty()).then_some(window)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.days, self.from, self.to)
    }
}

/// Whether any of the restrictions lets `at` be; no restriction is always.
pub(super) fn open(hours: &[Hours], zone: &TimeZone, at: jiff::Timestamp) -> bool {
    if hours.is_empty() {
        return true;
    }
    let today = zone.to_datetime(at).date();
    // Yesterday's may pass midnight; where the clock is set back over midnight, tomorrow's have begun.
    let days = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
    days.into_iter()
        .flatten()
        .any(|day| hours.iter().filter_map(|hours| hours.of(day, zone)).any(|on| on.contains(&at)))
}

/// Where the restrictions may begin or end between two moments, in no order.
pub(super) fn edges(
    hours: &[Hours],
    zone: &TimeZone,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
) -> Vec<jiff::Timestamp> {
    if hours.is_empty() {
        return Vec::new();
    }
    let first = zone.to_datetime(from).date();
    let last = zone.to_datetime(until).date();
    let last = last.tomorrow().unwrap_or(last);
    first
        .yesterday()
        .unwrap_or(first)
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .flat_map(|day| hours.iter().filter_map(move |hours| hours.of(day, zone)))
        .flat_map(|on| [on.start, on.end])
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn days_are_written_singly_and_as_stretches() {
        for (text, days) in [
            ("Mon-Fri", "Mon,Tue,Wed,Thu,Fri"),
            ("Sat, Sun", "Sat,Sun"),
            ("Fri-Mon", "Mon,Fri,Sat,Sun"),
            ("Wednesday", "Wed"),
            ("mon-tue,Thu", "Mon,Tue,Thu"),
            ("all", "Mon,Tue,Wed,Thu,Fri,Sat,Sun"),
        ] {
            assert_eq!(Days::parse(text).unwrap().to_string(), days, "{text}");
        }
        for bad in ["", "Mo-Fr", "Mon-", "Mon-Tue-Wed", "Mon;Tue", "weekdays", ","] {
            assert_eq!(Days::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn hours_have_a_length() {
        let nine = WallTime::hour(9).unwrap();
        assert!(Hours::between(Days::ALL, nine, nine).is_none());
        assert!(Hours::between(Days::ALL, WallTime::END, nine).is_none());
        assert!(Hours::between(Days::ALL, nine, WallTime::MIDNIGHT).is_some());
    }
}
