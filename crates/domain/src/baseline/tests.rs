#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;

/// A Monday, 00:00 UTC: 2026-11-16.
const START: u32 = 498_552;

fn at(hour: u32, minute: u32) -> Timestamp {
    Timestamp::from_millis(i64::from(hour) * HOUR + i64::from(minute) * 60_000)
}

/// A small generator, the same on every machine (SplitMix64).
struct Chance(u64);

impl Chance {
    fn draw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (drawn ^ (drawn >> 31)) % below
    }
}

/// About so many events an hour, minute by minute; in how many hours it was above the limit at some minute.
fn live(
    usual: &mut Baseline,
    shape: &mut Shape,
    chance: &mut Chance,
    hours: std::ops::Range<u32>,
    rate: impl Fn(u32) -> u64,
) -> u32 {
    let mut above = 0;
    for hour in hours {
        let mut escalated = false;
        for minute in (0..60).step_by(4) {
            // 24 draws, each with a chance of rate/360: nearly Poisson.
            let events = (0..24).filter(|_| chance.draw(360) < rate(hour)).count() as u64;
            usual.take_in(events, at(hour, minute), shape);
            let pace = usual.pace(at(hour, minute), shape);
            escalated |= pace.is_some_and(|pace| pace.lately > pace.limit);
        }
        above += u32::from(escalated);
    }
    above
}

fn steady(rate: u64, hours: u32) -> (Baseline, Shape, u32) {
    let (mut usual, mut shape) = (Baseline::default(), Shape::default());
    let above = live(&mut usual, &mut shape, &mut Chance(rate), START..START + hours, |_| rate);
    (usual, shape, above)
}

fn limit_at(usual: &Baseline, hour: u32) -> u64 {
    usual.pace(at(hour, 0), &Shape::default()).unwrap().limit
}

#[test]
fn steady_events_are_usual_and_never_escalate_in_four_weeks() {
    for rate in [1, 3, 10, 40, 200] {
        let (usual, shape, above) = steady(rate, 4 * 168);
        let pace = usual.pace(at(START + 4 * 168, 0), &shape).unwrap();
        assert_eq!(above, 0, "{rate}");
        assert!(pace.usual.abs_diff(rate * 10) <= rate * 10 / 3, "{rate}: {pace:?}");
        assert_eq!(pace.observed_hours, 4 * 168);
    }
}

#[test]
fn a_tenfold_rise_is_found_within_the_hour() {
    for rate in [3, 10, 30] {
        let (mut usual, mut shape, _) = steady(rate, 3 * 168);
        let now = START + 3 * 168;
        assert_eq!(live(&mut usual, &mut shape, &mut Chance(7), now..now + 1, |_| rate * 10), 1, "{rate}");
    }
}

#[test]
fn less_than_a_day_is_nothing_to_go_by() {
    let (usual, shape, _) = steady(10, 24);
    assert_eq!(usual.pace(at(START + 23, 59), &shape), None);
    assert!(usual.pace(at(START + 24, 0), &shape).is_some());
}

#[test]
fn a_burst_does_not_become_what_is_usual() {
    for (days, most) in [(1, 40), (7, 25), (28, 25)] {
        for rate in [1, 10, 100] {
            let (mut usual, mut shape, _) = steady(rate, days * 24);
            let now = START + days * 24;
            let before = limit_at(&usual, now);
            for hour in now..now + 3 {
                usual.take_in(rate * 1000, at(hour, 30), &mut shape);
            }
            let after = limit_at(&usual, now + 3);
            assert!(after * 10 < before * most, "{days} days of {rate}: {before} became {after}");
        }
    }
}

#[test]
fn a_level_that_lasts_is_learnt_in_two_weeks() {
    let (mut usual, mut shape, _) = steady(10, 4 * 168);
    let risen = START + 4 * 168;
    assert!(live(&mut usual, &mut shape, &mut Chance(3), risen..risen + 336, |_| 100) > 0);
    let pace = usual.pace(at(risen + 336, 0), &shape).unwrap();
    assert!(pace.usual > 500, "{pace:?}");
    assert_eq!(live(&mut usual, &mut shape, &mut Chance(4), risen + 336..risen + 504, |_| 100), 0);
}

/// Busy from Monday to Friday, 08:00 to 18:00.
fn office(hour: u32) -> u64 {
    let (day, hour) = ((hour - START) / 24 % 7, (hour - START) % 24);
    if day < 5 && (8..18).contains(&hour) { 60 } else { 3 }
}

#[test]
fn what_is_born_at_the_weekend_does_not_escalate_on_monday_if_the_project_never_does() {
    let (mut old, mut shape) = (Baseline::default(), Shape::default());
    let monday = START + 8 * 168;
    live(&mut old, &mut shape, &mut Chance(1), START..monday, office);
    let mut born = Baseline::default();
    assert_eq!(live(&mut born, &mut shape.clone(), &mut Chance(2), monday - 46..monday + 120, office), 0);
    let mut born = Baseline::default();
    let mut above = 0;
    for hour in monday - 46..monday + 24 {
        above += live(&mut born, &mut Shape::default(), &mut Chance(u64::from(hour)), hour..hour + 1, office);
    }
    assert!(above > 0, "without the shape it would");
}

#[test]
fn a_daily_or_weekly_job_does_not_escalate() {
    for hours in [24, 168] {
        let (mut usual, mut shape) = (Baseline::default(), Shape::default());
        for run in 0..28 {
            usual.take_in(1000, at(START + run * hours + 3, 5), &mut shape);
            let pace = usual.pace(at(START + run * hours + 3, 6), &shape);
            assert!(pace.is_none_or(|pace| pace.lately <= pace.limit), "run {run} every {hours}: {pace:?}");
        }
    }
}

#[test]
fn what_doubles_every_hour_is_found_in_a_few() {
    let (mut usual, mut shape, _) = steady(10, 168);
    let mut found = None;
    for more in 1..8 {
        usual.take_in(10 << more, at(START + 167 + more, 30), &mut shape);
        let pace = usual.pace(at(START + 167 + more, 30), &shape).unwrap();
        found = found.or((pace.lately > pace.limit).then_some(more));
    }
    assert!(found.is_some_and(|hours| hours <= 5), "{found:?}");
}

#[test]
fn totals_count_by_their_growth() {
    let (mut usual, mut shape) = (Baseline::default(), Shape::default());
    usual.hear(5000, 0, at(START, 0), &mut shape);
    assert_eq!(usual.count, 1, "the first one is no growth");
    usual.hear(5010, 0, at(START, 10), &mut shape);
    assert_eq!(usual.count, 11);
    usual.take_in(3, at(START, 11), &mut shape);
    usual.hear(5015, 1, at(START, 12), &mut shape);
    assert_eq!(usual.count, 16, "three of five were counted by their ids");
    usual.hear(4, 0, at(START, 13), &mut shape);
    assert_eq!((usual.count, usual.total), (16, Some((4, at(START, 13)))), "one that shrank begins anew");
    usual.hear(4 + 480, 0, at(START + 48, 13), &mut shape);
    assert_eq!((usual.count, usual.before), (10, 10), "grown over two days: ten an hour");
    let pace = usual.pace(at(START + 48, 13), &shape).unwrap();
    assert!((95..=110).contains(&pace.usual), "{pace:?}");
}

#[test]
fn years_of_silence_are_zeros_and_cost_little() {
    let (mut usual, mut shape, _) = steady(100, 168);
    usual.take_in(1, at(START + 1_000_000, 0), &mut shape);
    let pace = usual.pace(at(START + 1_000_000, 0), &shape).unwrap();
    assert_eq!((pace.usual, pace.limit, pace.observed_hours), (0, FLOOR * 10, 1_000_000));
}

#[test]
fn the_week_begins_on_a_monday() {
    let mut shape = Shape::default();
    shape.learn(START, 1);
    assert_eq!(shape.hours.iter().position(|bucket| *bucket > 0), Some(0));
}

proptest! {
    #[test]
    fn nothing_heard_stops_it(steps in proptest::collection::vec((any::<i64>(), any::<u64>(), any::<u64>(), any::<bool>()), 0..40)) {
        let (mut usual, mut shape) = (Baseline::default(), Shape::default());
        for (millis, total, events, told) in steps {
            let now = Timestamp::from_millis(millis);
            if told {
                usual.hear(total, events, now, &mut shape);
            } else {
                usual.take_in(events, now, &mut shape);
            }
            if let Some(pace) = usual.pace(now, &shape) {
                prop_assert!(pace.limit >= FLOOR * 10 && pace.limit >= pace.usual);
            }
        }
    }

    #[test]
    fn more_events_never_mean_less(counts in proptest::collection::vec(0_u64..10_000, 30..80), more in 0_u64..10_000) {
        let (mut usual, mut shape) = (Baseline::default(), Shape::default());
        let mut hour = START;
        for count in counts {
            usual.take_in(count, at(hour, 0), &mut shape);
            hour += 1;
        }
        let (mut calm, mut busy) = (usual.clone(), usual);
        calm.take_in(1, at(hour, 0), &mut shape.clone());
        busy.take_in(1 + more, at(hour, 0), &mut shape.clone());
        let (calm, busy) = (calm.pace(at(hour, 1), &shape).unwrap(), busy.pace(at(hour, 1), &shape).unwrap());
        prop_assert!(busy.lately >= calm.lately);
        prop_assert_eq!((busy.usual, busy.limit), (calm.usual, calm.limit), "the running hour is not yet learnt");
    }

    #[test]
    fn a_clock_set_back_and_forth_keeps_what_was_learnt(back in 0_u32..5000) {
        let (mut usual, mut shape) = (Baseline::default(), Shape::default());
        for hour in START..START + 168 {
            usual.take_in(10, at(hour, 0), &mut shape);
        }
        let learnt = usual.mean;
        usual.take_in(1, at(START + 167 - back.min(START), 0), &mut shape);
        prop_assert_eq!(usual.mean, learnt);
    }
}
