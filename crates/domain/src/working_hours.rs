//! When people work: the next moment at which they do, and so much of their time after another; right across the days on which clocks change.

use std::ops::Range;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::policy::WorkingHours;
use crate::time::Timestamp;
use crate::wall::{first_moment, instant, moment};

/// A week has a Monday; one day more because today's hours may be over, and one because a zone may have left a day out.
const DAYS_UNTIL_WORK: usize = 9;

/// So many days are searched for the end of a working time: at eight hours a day more than any length that a policy may write.
const DAYS_SEARCHED: usize = 10 * 366;

/// `at` itself when people work then, else the beginning of the next working day (Monday to Friday).
///
/// Hours are those on the wall: nine o'clock stays nine o'clock when the clocks change. An unusable policy (an unknown zone, no
/// hour between the two) never holds a page: UTC stands in for the zone, and `at` comes back when no day has working hours.
#[must_use]
pub fn next_working_time(at: Timestamp, hours: &WorkingHours) -> Timestamp {
    let work = days_from(at, hours).take(DAYS_UNTIL_WORK).flatten().find(|work| work.end > at);
    work.map_or(at, |work| at.max(work.start))
}

/// The first beginning of work after `at`: on the same day when work has not begun, else on the next working day. `None` when no day has working
/// hours.
#[must_use]
pub fn next_beginning_of_work(at: Timestamp, hours: &WorkingHours) -> Option<Timestamp> {
    days_from(at, hours).take(DAYS_UNTIL_WORK).flatten().map(|work| work.start).find(|start| *start > at)
}

/// The moment until which people have worked for `length` since `at`; `at` itself for no length. `None` when ten years do not have so much.
#[must_use]
pub fn working_time_after(at: Timestamp, length: Duration, hours: &WorkingHours) -> Option<Timestamp> {
    let mut left = length;
    if left.is_zero() {
        return Some(at);
    }
    for work in days_from(at, hours).take(DAYS_SEARCHED).flatten() {
        let start = work.start.max(at);
        let worked = work.end.since(start);
        if left <= worked {
            return Some(start + left);
        }
        left -= worked;
    }
    None
}

/// The day of `at` and those after it, each with its hours; `None` for one on which nobody works.
fn days_from(at: Timestamp, hours: &WorkingHours) -> impl Iterator<Item = Option<Range<Timestamp>>> + '_ {
    let zone = TimeZone::get(&hours.zone).unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(instant(at)).date();
    std::iter::successors(Some(today), |day| day.tomorrow().ok()).map(move |day| hours_of(day, hours, &zone))
}

/// Begin and end of work on `day`; `None` when nobody works then, as on a day that the zone left out.
fn hours_of(day: Date, hours: &WorkingHours, zone: &TimeZone) -> Option<Range<Timestamp>> {
    if day.weekday().to_monday_zero_offset() >= 5 || hours.from >= hours.to {
        return None;
    }
    let work = moment(first_moment(zone, hours.from.on(day)?)?)..moment(first_moment(zone, hours.to.on(day)?)?);
    (!work.is_empty()).then_some(work)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::wall::WallTime;

    fn wall(text: &str) -> WallTime {
        WallTime::parse(text).unwrap()
    }

    fn office(zone: &str) -> WorkingHours {
        WorkingHours { zone: zone.into(), from: wall("09:00"), to: wall("18:00") }
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
        let late = WorkingHours { zone: "UTC".into(), from: wall("09:00"), to: wall("24:00") };
        assert_eq!(next("2026-11-20T23:59:59Z", &late), "2026-11-20T23:59:59.000Z");
        assert_eq!(next("2026-11-21T00:00:00Z", &late), "2026-11-23T09:00:00.000Z");
    }

    #[test]
    fn hours_that_cannot_be_met_hold_nothing() {
        let never = WorkingHours { zone: "UTC".into(), from: wall("18:00"), to: wall("09:00") };
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

    #[test]
    fn work_may_begin_at_half_past_eight() {
        let early = WorkingHours { zone: "Europe/Berlin".into(), from: wall("08:30"), to: wall("17:15") };
        assert_eq!(next("2026-11-19T02:00:00Z", &early), "2026-11-19T07:30:00.000Z");
        assert_eq!(next("2026-11-19T16:15:00Z", &early), "2026-11-20T07:30:00.000Z");
    }

    fn worked(at: &str, minutes: u64, hours: &WorkingHours) -> String {
        let end = working_time_after(Timestamp::parse(at).unwrap(), Duration::from_secs(minutes * 60), hours);
        end.unwrap().to_string()
    }

    #[test]
    fn working_time_goes_on_after_the_weekend() {
        let berlin = office("Europe/Berlin");
        // Friday 16:00 in Berlin: two hours until six, two more from Monday nine.
        assert_eq!(worked("2026-11-20T15:00:00Z", 240, &berlin), "2026-11-23T10:00:00.000Z");
        // It may end with the day, and does not wait for the next.
        assert_eq!(worked("2026-11-20T13:00:00Z", 240, &berlin), "2026-11-20T17:00:00.000Z");
        // At night it begins with work.
        assert_eq!(worked("2026-11-21T03:00:00Z", 1, &berlin), "2026-11-23T08:01:00.000Z");
        assert_eq!(worked("2026-11-21T03:00:00Z", 0, &berlin), "2026-11-21T03:00:00.000Z");
        // Two weeks of nine hours each day.
        assert_eq!(worked("2026-11-02T08:00:00Z", 10 * 9 * 60, &berlin), "2026-11-13T17:00:00.000Z");
    }

    #[test]
    fn working_time_over_a_change_of_the_clocks_is_the_time_worked() {
        let berlin = office("Europe/Berlin");
        assert_eq!(worked("2026-03-27T16:00:00Z", 120, &berlin), "2026-03-30T08:00:00.000Z");
        // People who work at night on a working day lose or gain the hour: Cairo's clocks go forward on a Friday at midnight.
        let night = WorkingHours { zone: "Africa/Cairo".into(), from: wall("00:00"), to: wall("04:00") };
        assert_eq!(worked("2026-04-23T22:00:00Z", 180, &night), "2026-04-24T01:00:00.000Z");
    }

    #[test]
    fn no_hours_end_no_working_time() {
        let never = WorkingHours { zone: "UTC".into(), from: wall("18:00"), to: wall("09:00") };
        assert_eq!(working_time_after(Timestamp::EPOCH, Duration::from_secs(1), &never), None);
        assert_eq!(next_beginning_of_work(Timestamp::EPOCH, &never), None);
    }
}
