//! The noise budget of a person: how often they may be interrupted for what is not urgent (semantics L16).

use crate::attention::Spent;
use crate::time::Timestamp;
use crate::wall::WallTime;

/// Interruptions per day and per night of one person. Urgent pages count, and are never held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Between `from` and `to`.
    pub day: u32,
    /// The rest of the time.
    pub night: u32,
    /// When the day begins, on the wall.
    pub from: WallTime,
    /// When the night begins, on the wall; later than `from`.
    pub to: WallTime,
    /// An IANA zone's name, known to exist.
    pub zone: String,
}

/// Which budget holds at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// So many interruptions.
    pub most: u32,
    /// Until the day or night ends.
    pub until: Timestamp,
    /// It is the night's.
    pub night: bool,
}

impl Budget {
    /// What holds at a moment.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Allowance {
        let every = |_| true;
        let (morning, evening) = (self.from.next(now, &self.zone, every), self.to.next(now, &self.zone, every));
        // Whichever comes first ends what is now.
        if evening < morning {
            Allowance { most: self.day, until: evening, night: false }
        } else {
            Allowance { most: self.night, until: morning, night: true }
        }
    }

    /// What was spent of it in the running day or night.
    #[must_use]
    pub fn spent(&self, before: Option<&Spent>, now: Timestamp) -> Spent {
        let allowance = self.at(now);
        match before.filter(|spent| spent.until > now && spent.until <= allowance.until) {
            Some(spent) => spent.clone(),
            None => Spent { until: allowance.until, count: 0, last_at: Timestamp::EPOCH, told: false },
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn berlin() -> Budget {
        let (from, to) = (WallTime::hour(8).unwrap(), WallTime::hour(22).unwrap());
        Budget { day: 8, night: 2, from, to, zone: "Europe/Berlin".to_owned() }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_night_begins_in_the_evening_and_ends_in_the_morning() {
        let night = Allowance { most: 2, until: at("2026-11-20T07:00:00Z"), night: true };
        assert_eq!(berlin().at(at("2026-11-19T21:00:00Z")), night);
        assert_eq!(berlin().at(at("2026-11-20T06:59:59Z")), night);
        let day = Allowance { most: 8, until: at("2026-11-20T21:00:00Z"), night: false };
        assert_eq!(berlin().at(at("2026-11-20T07:00:00Z")), day);
    }

    #[test]
    fn what_was_spent_is_forgotten_when_the_night_begins() {
        let now = at("2026-11-20T12:00:00Z");
        let mut spent = berlin().spent(None, now);
        spent.count = 7;
        assert_eq!(berlin().spent(Some(&spent), at("2026-11-20T20:59:59Z")).count, 7);
        assert_eq!(berlin().spent(Some(&spent), at("2026-11-20T21:00:00Z")).count, 0);
    }
}
