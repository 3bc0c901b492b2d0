//! When digests leave: what can wait is told together, at an hour at which people look (semantics L5, L16).

use crate::policy::WorkingHours;
use crate::time::Timestamp;
use crate::wall::WallTime;

/// The hour of the digest, in the zone of the working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestTime {
    /// On the wall.
    pub at: WallTime,
    /// On Saturdays and Sundays too.
    pub weekends: bool,
}

impl DigestTime {
    /// The first digest after a moment.
    #[must_use]
    pub fn next(&self, after: Timestamp, hours: &WorkingHours) -> Timestamp {
        self.at.next(after, &hours.zone, |day| self.weekends || day.weekday().to_monday_zero_offset() < 5)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn next(after: &str, weekends: bool) -> String {
        let hours = WorkingHours {
            zone: "Europe/Berlin".into(),
            from: WallTime::hour(9).unwrap(),
            to: WallTime::hour(18).unwrap(),
        };
        let digest = DigestTime { at: WallTime::hour(9).unwrap(), weekends };
        digest.next(Timestamp::parse(after).unwrap(), &hours).to_string()
    }

    #[test]
    fn it_leaves_at_its_hour_and_never_at_the_moment_that_asks() {
        assert_eq!(next("2026-11-19T07:59:59Z", false), "2026-11-19T08:00:00.000Z");
        assert_eq!(next("2026-11-19T08:00:00Z", false), "2026-11-20T08:00:00.000Z");
    }

    #[test]
    fn a_weekend_waits_for_monday_unless_it_has_digests_too() {
        assert_eq!(next("2026-11-20T08:00:00Z", false), "2026-11-23T08:00:00.000Z");
        assert_eq!(next("2026-11-20T08:00:00Z", true), "2026-11-21T08:00:00.000Z");
    }

    #[test]
    fn nine_stays_nine_across_both_changes_of_the_clock() {
        assert_eq!(next("2026-03-28T12:00:00Z", true), "2026-03-29T07:00:00.000Z");
        assert_eq!(next("2026-10-24T12:00:00Z", true), "2026-10-25T08:00:00.000Z");
    }
}
