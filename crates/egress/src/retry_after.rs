//! `Retry-After`: a number of seconds or a date (RFC 9110, 10.2.3), as a duration from now.

use std::time::Duration;

use domain::time::Timestamp;

/// A wait of over a day is a mistake or malice: whoever waits longer has forgotten why.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the header; `None` when it says nothing readable. A date in the past is zero.
pub(crate) fn read(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if value.starts_with(|first: char| first.is_ascii_digit()) {
        seconds(value)?
    } else {
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
        Timestamp::from_millis(at.as_millisecond()).since(now)
    };
    Some(wait.min(LONGEST))
}

/// Whole seconds, rounded up: some vendors send fractions, and a little late is better than a little early.
fn seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    // Only digits are left, so the one way to fail is to be too large.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    let up = u64::from(fraction.bytes().any(|byte| byte != b'0'));
    Some(Duration::from_secs(whole.saturating_add(up)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken date is a broken test")]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_become_a_wait_from_now() {
        let now = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 30 ", Some(30)),
            ("1.2", Some(2)),
            ("1.0", Some(1)),
            ("Fri, 20 Nov 2026 12:01:30 GMT", Some(90)),
            ("Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
            ("86400", Some(86_400)),
            ("999999999999999999999999", Some(86_400)),
            ("Fri, 20 Nov 2099 12:00:00 GMT", Some(86_400)),
            ("-1", None),
            ("1e9", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(read(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
