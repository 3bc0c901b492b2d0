//! The next moment at which people work, right across the days on which clocks change.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

use crate::policy::WorkingHours;
use crate::time::Timestamp;

/// `at` itself when people work then, else the beginning of the next working day (Monday to Friday).
///
/// Hours are those on the wall: nine o'clock stays nine o'clock when the clocks change. An unusable policy (an unknown zone, no
/// hour between the two) never holds a page: UTC stands in for the zone, and `at` comes back when no day has working hours.
#[must_use]
pub fn next_working_time(at: Timestamp, hours: &WorkingHours) -> Timestamp {
    let zone = TimeZone::get(&hours.zone).unwrap_or(TimeZone::UTC);
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.millis()) else { return at };
    let now = instant.to_zoned(zone.clone());
    let mut day = now.date();
    // A week has a Monday; one day more because today's hours may be over.
    for _ in 0..8 {
        if let Some((start, end)) = hours_of(day, hours, &zone) {
            if now < start {
                return Timestamp::from_millis(start.timestamp().as_millisecond());
            }
            if now < end {
                return at;
            }
        }
        match day.tomorrow() {
            Ok(tomorrow) => day = tomorrow,
            Err(_) => break,
        }
    }
    at
}

/// Begin and end of work on `day`; `None` when nobody works then.
fn hours_of(day: Date, hours: &WorkingHours, zone: &TimeZone) -> Option<(Zoned, Zoned)> {
    if day.weekday().to_monday_zero_offset() >= 5 || hours.from_hour >= hours.to_hour {
        return None;
    }
    let midnight = day.at(0, 0, 0, 0);
    let wall = |hour: i8| midnight.checked_add(hour.hours()).ok()?.to_zoned(zone.clone()).ok();
    let start = wall(hours.from_hour)?;
    // A zone that crossed the date line skipped a whole day: it has no hours.
    (start.date() == day).then_some(())?;
    Some((start, wall(hours.to_hour)?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn office(zone: &str) -> WorkingHours {
        WorkingHours { zone: zone.into(), from_hour: 9, to_hour: 18 }
    }

    fn next(at: &str, hours: &WorkingHours) -> String {
        next_working_time(Timestamp::parse(at).unwrap(), hours).to_string()
    }

    #[test]
    fn inside_working_hours_nothing_waits() {
        let berlin = office("Europe/Berlin");
        // A Friday: 09:00, 12:00 and 17:59:59.999 in Berlin.
        for at in ["2026-11-20T08:00:00.000Z", "2026-11-20T11:00:00.000Z", "2026-11-20T16:59:59.999Z"] {
            assert_eq!(next(at, &berlin), at);
        }
    }

    #[test]
    fn before_work_it_waits_for_the_morning_and_after_work_for_the_next_one() {
        let berlin = office("Europe/Berlin");
        assert_eq!(next("2026-11-19T02:00:00Z", &berlin), "2026-11-19T08:00:00.000Z");
        assert_eq!(next("2026-11-19T07:59:59.999Z", &berlin), "2026-11-19T08:00:00.000Z");
        assert_eq!(next("2026-11-19T17:00:00Z", &berlin), "2026-11-20T08:00:00.000Z");
    }

    #[test]
    fn a_weekend_waits_for_monday() {
        let berlin = office("Europe/Berlin");
        for at in ["2026-11-20T17:00:00Z", "2026-11-21T11:00:00Z", "2026-11-22T22:30:00Z"] {
            assert_eq!(next(at, &berlin), "2026-11-23T08:00:00.000Z");
        }
        // Already Monday in Berlin, still Sunday in UTC.
        assert_eq!(next("2026-11-22T23:30:00Z", &berlin), "2026-11-23T08:00:00.000Z");
    }

    #[test]
    fn nine_stays_nine_across_both_changes_of_the_clock_in_berlin() {
        let berlin = office("Europe/Berlin");
        // Forward on Sunday 2026-03-29, back on Sunday 2026-10-25.
        assert_eq!(next("2026-03-27T18:00:00Z", &berlin), "2026-03-30T07:00:00.000Z");
        assert_eq!(next("2026-03-29T01:30:00Z", &berlin), "2026-03-30T07:00:00.000Z");
        assert_eq!(next("2026-10-23T18:00:00Z", &berlin), "2026-10-26T08:00:00.000Z");
        assert_eq!(next("2026-10-25T01:30:00Z", &berlin), "2026-10-26T08:00:00.000Z");
    }

    #[test]
    fn nine_stays_nine_across_both_changes_of_the_clock_in_new_york() {
        let new_york = office("America/New_York");
        // Forward on Sunday 2026-03-08, back on Sunday 2026-11-01.
        assert_eq!(next("2026-03-06T23:30:00Z", &new_york), "2026-03-09T13:00:00.000Z");
        assert_eq!(next("2026-03-08T07:30:00Z", &new_york), "2026-03-09T13:00:00.000Z");
        assert_eq!(next("2026-10-30T22:30:00Z", &new_york), "2026-11-02T14:00:00.000Z");
        assert_eq!(next("2026-11-01T06:30:00Z", &new_york), "2026-11-02T14:00:00.000Z");
    }

    #[test]
    fn work_may_end_at_midnight() {
        let late = WorkingHours { zone: "UTC".into(), from_hour: 9, to_hour: 24 };
        assert_eq!(next("2026-11-20T23:59:59Z", &late), "2026-11-20T23:59:59.000Z");
        assert_eq!(next("2026-11-21T00:00:00Z", &late), "2026-11-23T09:00:00.000Z");
    }

    #[test]
    fn hours_that_cannot_be_met_hold_nothing() {
        let never = WorkingHours { zone: "UTC".into(), from_hour: 18, to_hour: 9 };
        assert_eq!(next("2026-11-21T03:00:00Z", &never), "2026-11-21T03:00:00.000Z");
        let nowhere = office("Atlantis/Poseidonis");
        assert_eq!(next("2026-11-20T03:00:00Z", &nowhere), "2026-11-20T09:00:00.000Z");
        assert_eq!(next_working_time(Timestamp::from_millis(i64::MAX), &never), Timestamp::from_millis(i64::MAX));
    }

    #[test]
    fn a_day_that_a_zone_skipped_has_no_hours() {
        // Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31.
        let apia = office("Pacific/Apia");
        assert_eq!(next("2011-12-30T09:00:00Z", &apia), "2012-01-01T19:00:00.000Z");
    }
}
