//! Response times: until when somebody should have answered an incident. A promise that is measured; it rings nobody.

use std::fmt;
use std::time::Duration;

use crate::policy::duration::{DurationError, parse_duration};
use crate::policy::{Level, WorkingHours};
use crate::time::Timestamp;
use crate::working_hours::{next_beginning_of_work, working_time_after};

/// How soon an incident of a level should be answered. Written `15m`, `4h working`, `next working day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseTime {
    /// So long after the opening, at any hour.
    Within(Duration),
    /// So much working time after the opening.
    WorkingTime(Duration),
    /// At the first beginning of work after the opening. What opens by night is due on the morning that follows it, what opens during work on the
    /// morning of the next working day.
    NextWorkingDay,
}

/// How an incident stands to its response time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responded {
    /// A person acted in time.
    Met,
    /// A person acted too late, or it ended too late without one.
    Missed,
    /// Nobody acted, and they should have by now.
    Overdue,
    /// Nobody acted yet, and there is time.
    Waiting,
}

impl Responded {
    /// Of when it was due, the first act of a person, and the end. What ended by itself in time needed nobody: `None`.
    #[must_use]
    pub fn of(due: Timestamp, acted: Option<Timestamp>, ended: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        match (acted, ended) {
            (Some(acted), _) => Some(if acted <= due { Self::Met } else { Self::Missed }),
            (None, Some(ended)) => (ended > due).then_some(Self::Missed),
            (None, None) => Some(if now > due { Self::Overdue } else { Self::Waiting }),
        }
    }
}

impl ResponseTime {
    const WORKING: &str = "working";
    const NEXT_DAY: &str = "next working day";

    /// What a level promises when its policy does not say: P0 to P3 of the semantics, and nothing for maintenance.
    #[must_use]
    pub const fn usual(level: Level) -> Option<Self> {
        match level {
            Level::Critical => Some(Self::Within(Duration::from_mins(15))),
            Level::High => Some(Self::Within(Duration::from_hours(1))),
            Level::Medium => Some(Self::WorkingTime(Duration::from_hours(4))),
            Level::Low => Some(Self::NextWorkingDay),
            Level::Maintenance => None,
        }
    }

    /// Reads what a policy writes.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let text = text.trim();
        if text == Self::NEXT_DAY {
            return Ok(Self::NextWorkingDay);
        }
        let (length, of) = match text.strip_suffix(Self::WORKING) {
            Some(length) => (length, Self::WorkingTime as fn(Duration) -> Self),
            None => (text, Self::Within as fn(Duration) -> Self),
        };
        match parse_duration(length)? {
            Duration::ZERO => Err(DurationError { reason: "nobody answers in no time" }),
            length => Ok(of(length)),
        }
    }

    /// Until when somebody should have answered what opened at `opened_at`. `None` when the working hours never let it be due.
    #[must_use]
    pub fn due(self, opened_at: Timestamp, hours: &WorkingHours) -> Option<Timestamp> {
        match self {
            Self::Within(length) => Some(opened_at + length),
            Self::WorkingTime(length) => working_time_after(opened_at, length, hours),
            Self::NextWorkingDay => next_beginning_of_work(opened_at, hours),
        }
    }
}

impl fmt::Display for ResponseTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |length: &Duration, f: &mut fmt::Formatter<'_>| {
            let mut seconds = length.as_secs();
            let mut before = "";
            for (unit, worth) in [("h", 3_600), ("m", 60), ("s", 1)] {
                if seconds >= worth {
                    write!(f, "{before}{}{unit}", seconds / worth)?;
                    before = " ";
                }
                seconds %= worth;
            }
            Ok(())
        };
        match self {
            Self::Within(length) => written(length, f),
            Self::WorkingTime(length) => {
                written(length, f)?;
                write!(f, " {}", Self::WORKING)
            }
            Self::NextWorkingDay => f.write_str(Self::NEXT_DAY),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::wall::WallTime;

    fn due(response: &str, opened: &str) -> String {
        let wall = |hour| WallTime::hour(hour).unwrap();
        let hours = WorkingHours { zone: "Europe/Berlin".into(), from: wall(9), to: wall(18) };
        let opened = Timestamp::parse(opened).unwrap();
        ResponseTime::parse(response).unwrap().due(opened, &hours).unwrap().to_string()
    }

    #[test]
    fn urgent_levels_count_every_hour() {
        assert_eq!(due("15m", "2026-11-22T02:00:00Z"), "2026-11-22T02:15:00.000Z");
        assert_eq!(due("1h", "2026-11-22T02:00:00Z"), "2026-11-22T03:00:00.000Z");
    }

    #[test]
    fn four_working_hours_from_friday_afternoon_end_on_monday() {
        assert_eq!(due("4h working", "2026-11-20T15:00:00Z"), "2026-11-23T10:00:00.000Z");
    }

    #[test]
    fn the_next_working_day_begins_at_nine() {
        // Tuesday at ten, Friday at five in the afternoon, Saturday at noon; all in Berlin.
        assert_eq!(due("next working day", "2026-11-17T09:00:00Z"), "2026-11-18T08:00:00.000Z");
        assert_eq!(due("next working day", "2026-11-20T16:00:00Z"), "2026-11-23T08:00:00.000Z");
        assert_eq!(due("next working day", "2026-11-21T11:00:00Z"), "2026-11-23T08:00:00.000Z");
        // Before work begins it is that same morning; the moment at which it begins is work already.
        assert_eq!(due("next working day", "2026-11-17T07:59:59Z"), "2026-11-17T08:00:00.000Z");
        assert_eq!(due("next working day", "2026-11-17T08:00:00Z"), "2026-11-18T08:00:00.000Z");
        // Over the change of the clocks nine stays nine.
        assert_eq!(due("next working day", "2026-10-23T15:00:00Z"), "2026-10-26T08:00:00.000Z");
    }

    #[test]
    fn it_reads_what_it_writes() {
        for text in ["15m", "1h", "1h 30m", "90s", "4h working", "next working day", "36h"] {
            let read = ResponseTime::parse(text).unwrap();
            assert_eq!(ResponseTime::parse(&read.to_string()), Ok(read), "{text}");
        }
        assert_eq!(ResponseTime::parse("4h working").unwrap().to_string(), "4h working");
        for bad in ["", "0", "soon", "working", "0 working", "working 4h", "next day", "15"] {
            assert!(ResponseTime::parse(bad).is_err(), "{bad:?}");
        }
    }
}
