//! What was learnt of a project as a whole: the shape of its week and its releases.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::baseline::Shape;
use crate::release::SeenRelease;
use crate::time::Timestamp;

/// How many releases are kept.
pub const MOST_RELEASES: usize = 16;
/// How long a name may be, in bytes: Sentry allows 200 characters. A longer one is no release.
const LONGEST: usize = 800;
/// Once all places are taken, a new release takes the oldest one's place this long after the newest at the earliest.
const RATE: Duration = Duration::from_hours(1);

/// What is known of a project from the signals before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProjectHistory {
    /// How busy each hour of its week is.
    pub shape: Shape,
    /// The releases that were seen, by their first signal, oldest first, at most sixteen.
    pub releases: Vec<SeenRelease>,
}

impl ProjectHistory {
    /// Notes a release by the receipt of its first signal; `true` when it is a new one.
    ///
    /// Names come from outside, and whoever may send signals can invent one for each. Sixteen are kept; once they are, only one an hour is
    /// taken in, in the place of the oldest: a stream of invented names needs sixteen hours to push out what was known, and shows all that
    /// time. The price is a real release in such an hour: it is noted by a later signal, so it looks younger than it is.
    pub fn note(&mut self, name: &str, now: Timestamp) -> bool {
        if name.is_empty() || name.len() > LONGEST || self.releases.iter().any(|known| known.name == name) {
            return false;
        }
        if self.releases.len() >= MOST_RELEASES {
            // A clock that was ahead must not shut the door until its time has come.
            let newest = self.releases.iter().map(|known| known.first_seen_at).filter(|at| *at <= now).max();
            if newest.is_some_and(|newest| now.since(newest) < RATE) {
                return false;
            }
            self.releases.drain(..=self.releases.len() - MOST_RELEASES);
        }
        self.releases.push(SeenRelease { name: name.to_owned(), first_seen_at: now });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_releases_push_out_one_known_release_an_hour() {
        let minute = |minute: i64| Timestamp::from_millis(minute * 60_000);
        let mut project = ProjectHistory::default();
        for number in 0..16 {
            assert!(project.note(&format!("1.{number}"), minute(number)));
        }
        assert!(!project.note("1.3", minute(500)), "a known one is no news");
        let taken = (0..300_i64).filter(|at| project.note(&format!("evil{at}"), minute(100 + at))).count();
        assert_eq!((taken, project.releases.len()), (5, MOST_RELEASES));
        assert_eq!(project.releases.iter().filter(|known| known.name.starts_with("1.")).count(), 11);
        assert!(!project.note(&"x".repeat(801), minute(9999)) && !project.note("", minute(9999)));
    }
}
