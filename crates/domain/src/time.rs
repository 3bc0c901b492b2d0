//! Time as a value. Nothing in this crate asks what time it is: `now` is a parameter everywhere.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC wherever a person or an API reads it;
/// the store and the saved incidents keep the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The beginning of Unix time.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 (`Z` or an offset, any fraction); `None` for anything else: outside dates are never trusted to be well formed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.trim().parse().ok()?;
        Some(Self(instant.as_millisecond()))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Moved by a signed number of milliseconds (a clock jump, semantics C2).
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, rest: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, rest: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            // Beyond the year 9999 no RFC 3339 form exists.
            Err(_) => write!(f, "@{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the shell gets its `now`. Two readings, because a wall clock may be set back and forward while people wait for pages.
pub trait Clock: Send + Sync {
    /// The wall clock, as the machine believes it.
    fn wall(&self) -> Timestamp;
    /// Time since some fixed point of this process; never goes back and never jumps.
    fn monotonic(&self) -> Duration;
}

/// A clock that moves only when a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicI64,
    monotonic: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub const fn starting_at(start: Timestamp) -> Self {
        Self { wall: AtomicI64::new(start.millis()), monotonic: AtomicI64::new(0) }
    }

    /// Lets time pass, on both readings.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.wall.fetch_add(millis, Ordering::SeqCst);
        self.monotonic.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the wall clock forward or back without time passing: what an NTP step or a careless operator does.
    pub fn jump(&self, millis: i64) {
        self.wall.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.monotonic.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_what_it_writes() {
        let text = "2026-11-20T12:34:56.789Z";
        let at = Timestamp::parse(text).map(|at| at.to_string());
        assert_eq!(at.as_deref(), Some(text));
        assert_eq!(Timestamp::parse("2026-11-20T13:34:56.789+01:00"), Timestamp::parse(text));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn a_jump_moves_the_wall_alone() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
        clock.advance(Duration::from_secs(2));
        clock.jump(-500);
        assert_eq!(clock.wall(), Timestamp::from_millis(2_500));
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
    }
}
