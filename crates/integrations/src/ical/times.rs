//! The forms of a time: a day, a time in UTC, in a zone, or in whatever zone one is; and lengths.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::lines::Line;

/// A moment as a wall clock shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wall {
    pub at: DateTime,
    pub zone: TimeZone,
    /// A whole day, which begins at midnight.
    pub all_day: bool,
}

impl Wall {
    /// The moment that the format means: the first of two, and within a gap by the offset before it (RFC 5545, 3.3.5).
    pub(super) fn instant(&self) -> Option<jiff::Timestamp> {
        instant(self.at, &self.zone)
    }
}

pub(super) fn instant(at: DateTime, zone: &TimeZone) -> Option<jiff::Timestamp> {
    zone.to_timestamp(at).ok()
}

/// The time of a line, which has one value; `floating` is the zone of a time that names none.
pub(super) fn time(line: &Line, floating: &TimeZone) -> Result<Wall, String> {
    value(line, &line.value, floating)
}

/// One value of a line that may have several.
pub(super) fn value(line: &Line, text: &str, floating: &TimeZone) -> Result<Wall, String> {
    let wrong = || {
        let expected = "20260105, 20260105T090000, or 20260105T090000Z";
        format!("{} is no time: expected {expected}, found `{}`", line.name, super::import::shown(text))
    };
    let text = text.trim();
    if text.len() == 8 && line.parameter("VALUE").is_none_or(|kind| kind.eq_ignore_ascii_case("DATE")) {
        let day = date(text).ok_or_else(wrong)?;
        return Ok(Wall { at: day.to_datetime(Time::midnight()), zone: floating.clone(), all_day: true });
    }
    let (wall, utc) = match text.strip_suffix('Z') {
        Some(wall) => (wall, true),
        None => (text, false),
    };
    let at = wall.split_once('T').and_then(|(day, time)| Some(date(day)?.to_datetime(time_of_day(time)?)));
    let at = at.ok_or_else(wrong)?;
    let zone = match line.parameter("TZID") {
        _ if utc => TimeZone::UTC,
        None => floating.clone(),
        Some(name) => TimeZone::get(name).map_err(|_| {
            format!("{} names the zone `{}`, which is none of the IANA database", line.name, super::import::shown(name))
        })?,
    };
    Ok(Wall { at, zone, all_day: false })
}

/// `20260105`.
pub(super) fn date(text: &str) -> Option<Date> {
    let digits = (text.len() == 8).then(|| number(text)).flatten()?;
    let part = |value: u32| i8::try_from(value % 100).ok();
    Date::new(i16::try_from(digits / 10_000).ok()?, part(digits / 100)?, part(digits)?).ok()
}

/// `090000`; a leap second is the one before it.
fn time_of_day(text: &str) -> Option<Time> {
    let digits = (text.len() == 6).then(|| number(text)).flatten()?;
    let part = |value: u32| i8::try_from(value % 100).ok();
    Time::new(part(digits / 10_000)?, part(digits / 100)?, part(digits)?.min(59), 0).ok()
}

/// Digits alone: no sign, no space.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// How long an event lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// By the wall clock, as between two times: a shift from nine to nine ends at nine when the clocks change between.
    Wall(SignedDuration),
    /// As a length was written: days by the wall clock, hours by the stop-watch (RFC 5545, 3.3.6).
    Written {
        /// Weeks and days.
        days: u32,
        /// The rest.
        seconds: u32,
    },
}

impl Length {
    /// `PT12H`, `P1D`, `P1W`, `P1DT2H30M`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix('+').unwrap_or(text.trim()).strip_prefix('P')?;
        let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
        if rest.is_empty() || time == Some("") {
            return None;
        }
        let days = sum(days, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time.unwrap_or_default(), &[('H', 3_600), ('M', 60), ('S', 1)])?;
        Some(Self::Written { days, seconds })
    }

    /// When what begins at `at` ends.
    pub(super) fn end(self, at: DateTime, zone: &TimeZone) -> Option<jiff::Timestamp> {
        match self {
            Self::Wall(length) => instant(at.checked_add(length).ok()?, zone),
            Self::Written { days, seconds } => {
                let days = SignedDuration::from_hours(24 * i64::from(days));
                let day = instant(at.checked_add(days).ok()?, zone)?;
                day.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok()
            }
        }
    }
}

/// `2W3D` in the smallest unit; each unit once, the larger first.
fn sum(mut text: &str, units: &[(char, u32)]) -> Option<u32> {
    let mut total = 0_u32;
    for (unit, worth) in units {
        if let Some((count, rest)) = text.split_once(*unit) {
            let count = if count.is_empty() { None } else { number(count) };
            total = total.checked_add(count?.checked_mul(*worth)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}
