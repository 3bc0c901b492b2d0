//! Lengths of time as people write them: `5m`, `30 min`, `1h 30m`, `3 d`.

use std::fmt;
use std::time::Duration;

/// No delay of a policy is longer: it would be a slip of the pen, and sums of delays must not run over.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationError {
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for DurationError {}

const UNITS: [(&[&str], u64); 5] = [
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600),
    (&["d", "day", "days"], 86_400),
    (&["w", "week", "weeks"], 604_800),
];

/// Reads a length of time: whole numbers with units from seconds to weeks, the larger first; `0` needs no unit.
///
/// # Errors
/// Says what is wrong with the text.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let length = parse_span(text)?;
    if length > LONGEST { Err(DurationError { reason: "it is longer than a year" }) } else { Ok(length) }
}

/// The same for a stretch of the past, which may be longer than any delay.
pub(crate) fn parse_span(text: &str) -> Result<Duration, DurationError> {
    let error = |reason| Err(DurationError { reason });
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return error("it is empty");
    }
    let mut seconds = 0_u64;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() {
            return error("a whole number is missing before a unit");
        }
        let tail = tail.trim_start();
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if tail.starts_with('.') || tail.starts_with(',') {
            return error("numbers are whole: write `90s`, not `1.5m`");
        }
        if unit.is_empty() {
            return error("a number has no unit");
        }
        let Some((_, length)) = UNITS.iter().find(|(names, _)| names.contains(&unit)) else {
            return error("the units are s, m, h, d and w");
        };
        if *length >= smallest {
            return error("each unit stands once, the larger first");
        }
        smallest = *length;
        let Some(sum) =
            number.parse::<u64>().ok().and_then(|n| n.checked_mul(*length)).and_then(|n| n.checked_add(seconds))
        else {
            return error("it is too long");
        };
        seconds = sum;
        rest = tail.trim_start();
    }
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_lengths_in_many_ways() {
        for (text, seconds) in [
            ("0", 0),
            ("0s", 0),
            ("5m", 300),
            ("30 min", 1_800),
            ("1h", 3_600),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            ("3 d", 259_200),
            ("24h", 86_400),
            (" 2 weeks ", 1_209_600),
            ("90 seconds", 90),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in [
            "",
            "5",
            "m",
            "-5m",
            "1.5h",
            "5 fortnights",
            "5m 1h",
            "5m 5m",
            "soon",
            "99999999999999999999d",
            "400d",
            "5m!",
        ] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }
}
