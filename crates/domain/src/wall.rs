//! Times as the clock on the wall shows them, and the moments at which it does.
//!
//! One rule for the days on which clocks change: a wall time comes with the **first moment at which the clock shows it or a later time**. What
//! falls into a gap comes with the end of the gap, what comes twice counts the first time, and of two wall times the later never comes first.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::time::Timestamp;

/// A time of day, to the minute: `00:00` to `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(u16);

impl WallTime {
    /// The beginning of a day.
    pub const MIDNIGHT: Self = Self(0);
    /// The end of a day: the beginning of the next.
    pub const END: Self = Self(24 * 60);

    /// A whole hour; `None` above 24.
    #[must_use]
    pub const fn hour(hour: u8) -> Option<Self> {
        if hour <= 24 { Some(Self(hour as u16 * 60)) } else { None }
    }

    /// Reads `09:00`, `9:00` or `24:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let time = Self(hour * 60 + minute);
        (minute < 60 && time <= Self::END).then_some(time)
    }

    /// The first moment after `after` with which it comes in a zone, on a day that counts. An unknown zone is UTC; without a day that counts within
    /// two weeks, or beyond the calendar, it is `after` itself.
    #[must_use]
    pub fn next(self, after: Timestamp, zone: &str, counts: impl Fn(Date) -> bool) -> Timestamp {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let mut day = instant(after).to_zoned(zone.clone()).date();
        for _ in 0..15 {
            let comes = self.on(day).filter(|_| counts(day)).and_then(|wall| first_moment(&zone, wall)).map(moment);
            if let Some(at) = comes.filter(|at| *at > after) {
                return at;
            }
            match day.tomorrow() {
                Ok(tomorrow) => day = tomorrow,
                Err(_) => break,
            }
        }
        after
    }

    /// This time of a day; `None` beyond the calendar's end.
    pub(crate) fn on(self, day: Date) -> Option<DateTime> {
        day.at(0, 0, 0, 0).checked_add(SignedDuration::from_mins(i64::from(self.0))).ok()
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The day of the week with this name: `Monday` or `Mon`, in any case.
#[must_use]
pub fn weekday(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let word = word.to_lowercase();
    NAMES.into_iter().find(|(name, _)| *name == word || name[..3] == word).map(|(_, day)| day)
}

/// Reads a moment as people write it: `2026-11-21T09:00:00Z` (RFC 3339), or what the clock of `zone` shows, `2026-11-21T09:00`, also with a space
/// between; the date alone is the beginning of that day. `None` for anything else.
#[must_use]
pub fn read_moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    let is_wall = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:T ".contains(&byte));
    if !is_wall || !matches!(text.len(), 10 | 16 | 19) {
        return None;
    }
    first_moment(zone, text.parse().ok()?).map(moment)
}

/// The first moment at which the clock of `zone` shows `wall` or a later time; `None` beyond the calendar's end.
pub(crate) fn first_moment(zone: &TimeZone, wall: DateTime) -> Option<jiff::Timestamp> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(wall).ok()
        }
        AmbiguousOffset::Gap { before, after } => {
            // By the old offset the gap is over, by the new one it has not come: the change lies between the two.
            let late = before.to_timestamp(wall).ok()?;
            let early = after.to_timestamp(wall).ok()?;
            let changes = zone.following(early).take_while(|change| change.timestamp() <= late);
            Some(changes.filter(|change| change.offset() == after).last().map_or(late, |change| change.timestamp()))
        }
    }
}

/// As the time library has it; what it cannot hold is its last or first moment.
pub(crate) fn instant(at: Timestamp) -> jiff::Timestamp {
    let end = if at.millis() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(end)
}

/// As this crate has it.
pub(crate) fn moment(instant: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn a_moment_is_read_by_the_clock_of_its_zone_unless_it_says_which() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let read = |text: &str| read_moment(text, &berlin).map(|at| at.to_string());
        for (text, at) in [
            ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z"),
            ("2026-11-21T09:00:00+05:30", "2026-11-21T03:30:00.000Z"),
            ("2026-11-21T09:00", "2026-11-21T08:00:00.000Z"),
            (" 2026-07-21 09:00:30 ", "2026-07-21T07:00:30.000Z"),
            ("2026-07-21", "2026-07-20T22:00:00.000Z"),
            // In the hour that is left out: its end.
            ("2026-03-29T02:30", "2026-03-29T01:00:00.000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(at), "{text}");
        }
        for bad in
            ["", "09:00", "tomorrow", "2026-11-31", "2026-11-21T25:00", "2026-11-21T09", "20261121T0900", "2026-1-1"]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    fn first(zone: &str, wall: &str) -> String {
        first_moment(&TimeZone::get(zone).unwrap(), wall.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_time_of_day_is_read_to_the_minute() {
        assert_eq!(WallTime::parse("09:00"), WallTime::hour(9));
        assert_eq!(WallTime::parse("9:05").unwrap().to_string(), "09:05");
        assert_eq!(WallTime::parse("24:00"), Some(WallTime::END));
        for bad in ["", "9", "24:01", "25:00", "09:60", "9:5", "+9:00", "09:00:00", "9h", "-1:00", "0９:00"] {
            assert_eq!(WallTime::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn days_have_long_and_short_names() {
        for word in ["Monday", "mon", "MON"] {
            assert_eq!(weekday(word), Some(Weekday::Monday));
        }
        assert_eq!(weekday("mo"), None);
        assert_eq!(weekday("Montag"), None);
    }

    #[test]
    fn a_time_in_a_gap_comes_with_its_end() {
        for wall in ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59", "2026-03-29T03:00"] {
            assert_eq!(first("Europe/Berlin", wall), "2026-03-29T01:00:00Z", "{wall}");
        }
        assert_eq!(first("Europe/Berlin", "2026-03-29T01:59"), "2026-03-29T00:59:00Z");
        // Half an hour on Lord Howe.
        assert_eq!(first("Australia/Lord_Howe", "2026-10-04T02:15"), "2026-10-03T15:30:00Z");
        // A whole day in Samoa.
        assert_eq!(first("Pacific/Apia", "2011-12-30T09:00"), "2011-12-30T10:00:00Z");
        // Far beyond what the zone's file lists.
        assert_eq!(first("Europe/Berlin", "2147-03-26T02:30"), "2147-03-26T01:00:00Z");
    }

    #[test]
    fn a_time_that_comes_twice_counts_the_first_time() {
        assert_eq!(first("Europe/Berlin", "2026-10-25T02:30"), "2026-10-25T00:30:00Z");
        assert_eq!(first("Europe/Berlin", "2026-10-25T03:00"), "2026-10-25T02:00:00Z");
    }
}
