//! A time on the wall, and the moment that it means on a day in a zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::time::Timestamp;

/// A time of the day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    hour: i8,
    minute: i8,
}

impl WallTime {
    /// Midnight, at the beginning of a day.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0 };

    /// From 00:00 to 23:59; `None` for anything else.
    #[must_use]
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(Self { hour, minute })
    }

    /// As the library for days and zones has it.
    #[must_use]
    pub fn civil(self) -> Time {
        Time::new(self.hour, self.minute, 0, 0).unwrap_or(Time::MIN)
    }

    /// The moment that it means on a day. Where the clocks go forward over it, the first moment after the gap; where they go back, the first
    /// of the two. A day that the zone left out begins with the next one.
    #[must_use]
    pub fn on(self, day: Date, zone: &TimeZone) -> Timestamp {
        let wall = day.to_datetime(self.civil());
        let ambiguous = zone.to_ambiguous_timestamp(wall);
        let moment = match ambiguous.offset() {
            AmbiguousOffset::Gap { before, .. } => before.to_timestamp(wall).ok().and_then(|after_the_gap| {
                // The change itself is the last one before a time inside the gap, read with the old offset.
                let later = after_the_gap.checked_add(jiff::Span::new().nanoseconds(1)).ok()?;
                zone.preceding(later).next().map(|change| change.timestamp())
            }),
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(wall).ok()
            }
        };
        Timestamp::from_millis(moment.map_or(i64::MAX, jiff::Timestamp::as_millisecond))
    }

    /// The first moment after `after` at which the wall of a zone shows it, on a day that counts. An unknown zone is UTC; without a day that
    /// counts within two weeks, or beyond the calendar, it is `after` itself.
    #[must_use]
    pub fn next(self, after: Timestamp, zone: &str, counts: impl Fn(Date) -> bool) -> Timestamp {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let Ok(instant) = jiff::Timestamp::from_millisecond(after.millis()) else { return after };
        let mut day = instant.to_zoned(zone.clone()).date();
        for _ in 0..15 {
            if counts(day) {
                let at = self.on(day, &zone);
                if at > after {
                    return at;
                }
            }
            match day.tomorrow() {
                Ok(tomorrow) => day = tomorrow,
                Err(_) => break,
            }
        }
        after
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for WallTime {
    type Err = ();

    /// Two digits, a colon, two digits.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = |text: &str| {
            let whole = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            whole.then(|| text.parse().ok()).flatten()
        };
        let (hour, minute) = text.split_once(':').ok_or(())?;
        Self::new(digits(hour).ok_or(())?, digits(minute).ok_or(())?).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn on(time: &str, day: Date, zone: &str) -> String {
        time.parse::<WallTime>().unwrap().on(day, &TimeZone::get(zone).unwrap()).to_string()
    }

    #[test]
    fn a_time_in_a_gap_is_the_first_moment_after_it() {
        let day = jiff::civil::date(2026, 3, 29);
        assert_eq!(on("02:30", day, "Europe/Berlin"), "2026-03-29T01:00:00.000Z");
        assert_eq!(on("03:00", day, "Europe/Berlin"), "2026-03-29T01:00:00.000Z");
        assert_eq!(on("01:59", day, "Europe/Berlin"), "2026-03-29T00:59:00.000Z");
        // Half an hour only.
        assert_eq!(on("02:15", jiff::civil::date(2026, 10, 4), "Australia/Lord_Howe"), "2026-10-03T15:30:00.000Z");
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first_of_the_two() {
        assert_eq!(on("02:30", jiff::civil::date(2026, 10, 25), "Europe/Berlin"), "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn a_day_that_a_zone_left_out_begins_with_the_next_one() {
        assert_eq!(on("09:00", jiff::civil::date(2011, 12, 30), "Pacific/Apia"), "2011-12-30T10:00:00.000Z");
    }

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        assert_eq!("09:05".parse::<WallTime>().unwrap().to_string(), "09:05");
        for bad in ["", "9:05", "24:00", "12:60", "12", "-1:00", "12:00:00", "1２:00"] {
            assert!(bad.parse::<WallTime>().is_err(), "{bad:?}");
        }
    }
}
