//! Spans of time, and the minutes of a story as tests write them.

use std::fmt;
use std::time::Duration;

/// So many seconds.
#[must_use]
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many minutes.
#[must_use]
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// So many hours.
#[must_use]
pub const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// A moment of a story, in minutes since its start: `"30"` is that very millisecond, `"35..35.5"` lies between the two, both included;
/// repeats have jitter, so they are written like this.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Within {
    from: u64,
    to: u64,
}

impl Within {
    /// Reads `"30"` or `"35..35.5"`.
    ///
    /// # Panics
    /// When the text is neither.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        Self { from: millis(from), to: millis(to) }
    }

    /// Whether `at`, counted from the start of the story, lies in it.
    #[must_use]
    pub fn holds(self, at: Duration) -> bool {
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        (self.from..=self.to).contains(&at)
    }
}

fn millis(minutes: &str) -> u64 {
    let (whole, part) = minutes.trim().split_once('.').unwrap_or((minutes.trim(), ""));
    let whole: u64 = whole.parse().unwrap_or_else(|_| panic!("{minutes:?} is no minute"));
    let part = if part.is_empty() { 0.0 } else { format!("0.{part}").parse::<f64>().unwrap() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a minute")]
    let part = (part * 60_000.0).round() as u64;
    whole * 60_000 + part
}

/// A moment as a person reads it in a failed assertion: minutes with two digits.
pub(crate) struct Minute(pub Duration);

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0.as_millis() * 100 / 60_000;
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_exact_unless_it_is_a_range() {
        assert!(Within::read("30").holds(minutes(30)));
        assert!(!Within::read("30").holds(minutes(30) + Duration::from_millis(1)));
        assert!(Within::read("35..35.5").holds(seconds(35 * 60 + 30)));
        assert!(!Within::read("35..35.5").holds(seconds(35 * 60 + 31)));
    }
}
