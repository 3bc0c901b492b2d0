//! When a silence holds, against clocks that leap.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn period(from: &str, until: &str) -> Option<Period> {
    Timestamp::parse(from).zip(Timestamp::parse(until)).map(|(from, until)| Period { from, until })
}

#[test]
fn a_one_time_silence_holds_from_its_first_moment_and_no_longer_at_its_end() {
    let silence = silence("{ all = [] }", once("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z"));
    let whole = period("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z");
    for (moment, expected) in [
        ("2026-12-01T09:59:59.999Z", None),
        ("2026-12-01T10:00:00Z", whole),
        ("2026-12-01T11:59:59.999Z", whole),
        ("2026-12-01T12:00:00Z", None),
    ] {
        assert_eq!(silence.period(at(moment)), expected, "{moment}");
    }
    assert_eq!(silence.next(at("2026-12-01T09:00:00Z")), whole);
    assert_eq!(silence.next(at("2026-12-01T10:00:00Z")), None);
}

#[test]
fn two_in_the_night_stays_two_across_dst() {
    let saturdays = silence("{ all = [] }", recurring(plan(&[Weekday::Saturday], "02:00", "2h", "Europe/Berlin")));
    // Berlin is two hours ahead until Sunday 2026-10-25, then one.
    assert_eq!(saturdays.period(at("2026-10-24T01:30:00Z")), period("2026-10-24T00:00:00Z", "2026-10-24T02:00:00Z"));
    assert_eq!(saturdays.next(at("2026-10-24T00:00:00Z")), period("2026-10-31T01:00:00Z", "2026-10-31T03:00:00Z"));
    assert_eq!(saturdays.period(at("2026-10-26T01:30:00Z")), None);
}

#[test]
fn an_hour_that_is_leapt_over_begins_after_the_leap_and_one_that_comes_twice_with_the_first() {
    let nightly = recurring(plan(&[], "02:30", "1h", "Europe/Berlin"));
    assert_eq!(nightly.period(at("2026-03-29T01:00:00Z")), period("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"));
    assert_eq!(nightly.period(at("2026-03-29T00:59:59.999Z")), None);
    assert_eq!(nightly.period(at("2026-10-25T00:30:00Z")), period("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"));
    // The second half past two: the hour has passed.
    assert_eq!(nightly.period(at("2026-10-25T01:30:00Z")), None);
}

#[test]
fn a_time_may_go_past_midnight_into_a_day_that_is_none_of_its_own() {
    let friday = recurring(plan(&[Weekday::Friday], "22:00", "8h", "UTC"));
    assert_eq!(friday.period(at("2026-11-28T05:59:00Z")), period("2026-11-27T22:00:00Z", "2026-11-28T06:00:00Z"));
    assert_eq!(friday.period(at("2026-11-27T05:59:00Z")), None);
}

#[test]
fn times_that_overlap_on_a_short_day_are_one_stretch() {
    let nearly_always = recurring(plan(&[], "02:00", "23h 30m", "Europe/Berlin"));
    // On Sunday it begins an hour late, at three, and so runs into Monday's.
    let merged = period("2026-03-29T01:00:00Z", "2026-03-30T23:30:00Z");
    for moment in ["2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z", "2026-03-30T23:29:00Z"] {
        assert_eq!(nearly_always.period(at(moment)), merged, "{moment}");
    }
    assert_eq!(nearly_always.next(at("2026-03-28T01:00:00Z")), merged);
    assert_eq!(nearly_always.next(at("2026-03-29T01:00:00Z")).unwrap().from, at("2026-03-31T00:00:00Z"));
}

#[test]
fn a_day_that_a_zone_skipped_has_no_window() {
    // Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31.
    let fridays = recurring(plan(&[Weekday::Friday], "09:00", "1h", "Pacific/Apia"));
    assert_eq!(fridays.next(at("2011-12-29T00:00:00Z")).unwrap().from, at("2012-01-05T19:00:00Z"));
}

#[test]
fn first_and_last_day_bound_the_days_on_which_it_begins() {
    let bounded = Plan {
        first_day: Some(day("2026-12-05")),
        last_day: Some(day("2026-12-12")),
        ..plan(&[Weekday::Saturday], "23:00", "2h", "Europe/Berlin")
    };
    let silence = silence("{ all = [] }", recurring(bounded));
    let first = period("2026-12-05T22:00:00Z", "2026-12-06T00:00:00Z");
    let last = period("2026-12-12T22:00:00Z", "2026-12-13T00:00:00Z");
    assert_eq!(silence.period(at("2026-11-28T22:30:00Z")), None);
    assert_eq!(silence.next(at("2020-01-01T00:00:00Z")), first);
    assert_eq!(silence.next(at("2026-12-05T22:00:00Z")), last);
    assert_eq!(silence.period(at("2026-12-12T23:59:00Z")), last, "the last one runs to its end");
    assert_eq!(silence.next(at("2026-12-12T22:00:00Z")), None);
}

#[test]
fn an_early_end_ends_the_running_stretch_and_every_later_one() {
    let nightly =
        silence("{ all = [] }", recurring(plan(&[], "02:00", "2h", "UTC"))).ended(ended("2026-11-27T03:00:00Z"));
    assert_eq!(nightly.period(at("2026-11-27T02:30:00Z")), period("2026-11-27T02:00:00Z", "2026-11-27T03:00:00Z"));
    for moment in ["2026-11-27T03:00:00Z", "2026-11-27T03:30:00Z", "2026-11-28T02:30:00Z"] {
        assert_eq!(nightly.period(at(moment)), None, "{moment}");
    }
    assert_eq!(nightly.next(at("2026-11-27T02:00:00Z")), None);
    assert_eq!(nightly.describe(), "every day 02:00 to 04:00 UTC, ended at 2026-11-27T03:00Z");
    let again = nightly.clone().ended(ended("2026-12-27T03:00:00Z"));
    assert_eq!(again, nightly, "what is over is not taken up again");
}

#[test]
fn nothing_holds_before_it_was_ordered() {
    let mut nightly = silence("{ all = [] }", recurring(plan(&[], "02:00", "2h", "UTC")));
    nightly.created_at = at("2026-11-27T03:00:00Z");
    assert_eq!(nightly.period(at("2026-11-27T02:59:59.999Z")), None);
    let rest = period("2026-11-27T03:00:00Z", "2026-11-27T04:00:00Z");
    assert_eq!(nightly.period(at("2026-11-27T03:00:00Z")), rest);
    assert_eq!(nightly.next(at("2026-11-01T00:00:00Z")), rest);
    assert_eq!(nightly.next(at("2026-11-27T03:00:00Z")).unwrap().from, at("2026-11-28T02:00:00Z"));
}

#[test]
fn times_are_told_in_few_words() {
    let told = |days: &[Weekday], from, lasts, zone| recurring(plan(days, from, lasts, zone)).to_string();
    let (saturday, sunday) = (Weekday::Saturday, Weekday::Sunday);
    assert_eq!(told(&[saturday], "02:00", "2h", "Europe/Berlin"), "every Saturday 02:00 to 04:00 Europe/Berlin");
    assert_eq!(told(&[sunday, saturday], "22:30", "9h", "UTC"), "every Saturday and Sunday 22:30 to 07:30 UTC");
    assert_eq!(told(&[], "00:00", "30m", "UTC"), "every day 00:00 to 00:30 UTC");
    let week: Vec<_> = (0..5).map(|offset| Weekday::from_monday_zero_offset(offset).unwrap()).collect();
    assert_eq!(told(&week, "09:00", "1h", "UTC"), "Monday to Friday 09:00 to 10:00 UTC");
    let bounded = Plan { last_day: Some(day("2027-03-01")), ..plan(&[saturday], "02:00", "2h", "UTC") };
    assert_eq!(recurring(bounded).to_string(), "every Saturday 02:00 to 04:00 UTC, until 2027-03-01");
    assert_eq!(
        once("2026-12-01T10:00:00Z", "2026-12-01T12:00:30Z").to_string(),
        "2026-12-01T10:00Z until 2026-12-01T12:00:30.000Z"
    );
}

#[test]
fn times_that_cannot_be_are_refused_also_by_the_store() {
    let noon = at("2026-12-01T12:00:00Z");
    assert_eq!(Once::between(noon, noon), Err(TimesError::EndsBeforeItBegins));
    assert!(serde_json::from_str::<Times>(r#"{"once":{"from":2,"until":1}}"#).is_err());
    for (wrong, error) in [
        (Plan { lasts: hours(24), ..plan(&[], "02:00", "1h", "UTC") }, TimesError::Length),
        (Plan { lasts: Duration::from_secs(59), ..plan(&[], "02:00", "1h", "UTC") }, TimesError::Length),
        (plan(&[], "02:00:30", "1h", "UTC"), TimesError::NoWholeMinute),
        (plan(&[], "02:00", "1h", "Atlantis"), TimesError::NoZone("Atlantis".to_owned())),
        (
            Plan {
                first_day: Some(day("2026-12-02")),
                last_day: Some(day("2026-12-01")),
                ..plan(&[], "02:00", "1h", "UTC")
            },
            TimesError::LastBeforeFirst,
        ),
    ] {
        let stored = serde_json::to_string(&wrong).unwrap();
        assert_eq!(Recurring::try_from(wrong), Err(error));
        assert!(serde_json::from_str::<Recurring>(&stored).is_err(), "{stored}");
    }
    for days in ["[]", r#"["someday"]"#] {
        assert!(serde_json::from_str::<Days>(days).is_err(), "{days}");
    }
}

/// Days on which clocks change, and quiet ones.
const CHANGES: [(&str, &str); 11] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    // Half an hour.
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Asia/Kathmandu", "2026-06-01"),
    // A quarter of an hour, for ever.
    ("Asia/Kathmandu", "1986-01-01"),
    // At midnight.
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-18"),
    // A whole day.
    ("Pacific/Apia", "2011-12-30"),
];

fn plans() -> impl Strategy<Value = (Plan, Date)> {
    let days = prop_oneof![
        Just(Days::EVERY),
        proptest::collection::vec(0..7_i8, 1..5)
            .prop_map(|days| Days::of(days.iter().map(|day| Weekday::from_monday_zero_offset(*day).unwrap())).unwrap()),
    ];
    // Mostly in the night, when clocks change.
    let from = prop_oneof![0..240_i16, 0..1_440_i16];
    let lasts = prop_oneof![1..120_u64, 1..1_440_u64, 1_380..1_440_u64];
    let bound = proptest::option::of(-2..3_i64);
    (days, from, lasts, prop::sample::select(CHANGES.to_vec()), bound.clone(), bound).prop_map(
        |(days, from, lasts, (zone, change), first, last)| {
            let change = day(change);
            let (first_day, last_day) =
                (first.map(|by| change.saturating_add(by.days())), last.map(|by| change.saturating_add(by.days())));
            let last_day = last_day.max(first_day.filter(|_| last_day.is_some()));
            let from = Time::new(i8::try_from(from / 60).unwrap(), i8::try_from(from % 60).unwrap(), 0, 0).unwrap();
            let lasts = Duration::from_secs(lasts * 60);
            (Plan { days, from, lasts, zone: zone.to_owned(), first_day, last_day }, change)
        },
    )
}

/// Walks minute by minute, looking at the clock on the wall.
fn walked(plan: &Plan, from: Timestamp, until: Timestamp) -> Vec<Period> {
    let zone = TimeZone::get(&plan.zone).unwrap();
    let mut stretches: Vec<Period> = Vec::new();
    let mut begun: Vec<Date> = Vec::new();
    let mut lived: Vec<Date> = Vec::new();
    let mut now = from;
    while now < until {
        let wall = zone.to_datetime(jiff::Timestamp::from_millisecond(now.millis()).unwrap());
        if lived.last() != Some(&wall.date()) {
            lived.push(wall.date());
        }
        for today in lived.iter().rev().take(2) {
            let is_due = plan.days.contains(today.weekday())
                && plan.first_day.is_none_or(|first| first <= *today)
                && plan.last_day.is_none_or(|last| *today <= last);
            if !is_due || begun.contains(today) || wall < today.to_datetime(plan.from) {
                continue;
            }
            begun.push(*today);
            // What began before the walk is not known to it.
            if now == from {
                continue;
            }
            match stretches.last_mut() {
                Some(running) if now <= running.until => running.until = running.until.max(now + plan.lasts),
                _ => stretches.push(Period { from: now, until: now + plan.lasts }),
            }
        }
        now = now + Duration::from_mins(1);
    }
    stretches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_clock_on_the_wall_agrees_minute_by_minute((plan, change) in plans()) {
        let midnight = change.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
        let midnight = Timestamp::from_millis(midnight);
        let stretches = walked(&plan, midnight - hours(6 * 24), midnight + hours(10 * 24));
        let times = recurring(plan);
        let mut moments = Vec::new();
        let (first, last) = (midnight - hours(3 * 24), midnight + hours(4 * 24));
        let mut now = first;
        while now < last {
            moments.push(now);
            now = now + Duration::from_mins(17);
        }
        for stretch in &stretches {
            for edge in [stretch.from, stretch.until] {
                moments.extend([edge.shifted(-1), edge, edge.shifted(1)]);
            }
        }
        for moment in moments.into_iter().filter(|moment| (first..last).contains(moment)) {
            let expected = stretches.iter().find(|stretch| stretch.contains(moment));
            prop_assert_eq!(times.period(moment), expected.copied(), "{}", moment);
            let later = stretches.iter().find(|stretch| stretch.from > moment && stretch.until < last + hours(4 * 24));
            if let Some(later) = later {
                prop_assert_eq!(times.next(moment), Some(*later), "after {}", moment);
            }
        }
    }

    #[test]
    fn what_comes_next_holds_when_it_begins((plan, change) in plans(), minutes in -9_000..9_000_i64) {
        let midnight = change.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
        let moment = Timestamp::from_millis(midnight + minutes * 60_000);
        if let Some(next) = recurring(plan.clone()).next(moment) {
            prop_assert!(next.from > moment && next.from < next.until);
            prop_assert_eq!(recurring(plan).period(next.from), Some(next));
        }
    }
}
