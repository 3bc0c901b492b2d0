//! What holds for every schedule.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
];

const PEOPLE: [&str; 4] = ["ada", "bob", "carol", "dan"];

fn wall_time() -> impl Strategy<Value = WallTime> {
    (0..24_u8, 0..4_u8).prop_map(|(hour, quarter)| wall(&format!("{hour:02}:{:02}", quarter * 15)))
}

fn rotation() -> impl Strategy<Value = Rotation> {
    let weekday = (0..7_i8).prop_map(|day| Weekday::from_monday_zero_offset(day).unwrap());
    prop_oneof![
        wall_time().prop_map(|at| Rotation::Daily { at }),
        (weekday, wall_time()).prop_map(|(on, at)| Rotation::Weekly { on, at }),
        (1..400_u32, wall_time()).prop_map(|(hours, at)| Rotation::Every { hours: hours.try_into().unwrap(), at }),
    ]
}

fn some_hours() -> impl Strategy<Value = Hours> {
    let days = prop::sample::subsequence(vec!["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], 1..=7);
    (days, wall_time(), wall_time()).prop_filter_map("an empty stretch", |(days, from, to)| {
        Hours::between(Days::parse(&days.join(",")).unwrap(), from, to)
    })
}

/// Around the years whose changes of clocks the zones have.
fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![1_300_000_000_000_i64..1_330_000_000_000, 1_770_000_000_000_i64..1_810_000_000_000]
        .prop_map(Timestamp::from_millis)
}

fn a_schedule() -> impl Strategy<Value = Schedule> {
    let layer = (0..=4_usize, rotation(), -4_000..4_000_i64, prop::collection::vec(some_hours(), 0..3));
    (0..ZONES.len(), layer).prop_map(|(zone, (people, rotation, day, hours))| {
        let start = jiff::civil::date(2020, 1, 1) + jiff::Span::new().days(day);
        let people = PEOPLE[..people].iter().map(|text| name(text)).collect();
        schedule(ZONES[zone], Layer { people, rotation, start, hours })
    })
}

fn orders(from: Timestamp) -> impl Strategy<Value = Vec<Override>> {
    let one = (0..PEOPLE.len(), -200..1_000_i64, 0..300_i64);
    prop::collection::vec(one, 0..6).prop_map(move |orders| {
        let hour = 3_600_000;
        let made = orders.into_iter().enumerate().map(|(id, (person, begin, length))| {
            let begin = from.shifted(begin * hour);
            order(id as u64, PEOPLE[person], begin, begin.shifted(length * hour))
        });
        made.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn shifts_are_gapless_ordered_merged_and_agree_with_each_moment(
        schedule in a_schedule(),
        (from, orders) in moment().prop_flat_map(|from| (Just(from), orders(from))),
        hours in 0..800_u64,
        asked in prop::collection::vec(0.0..1.0_f64, 20),
    ) {
        let until = from + Duration::from_hours(hours);
        let roster = roster(&schedule, &orders);
        let shifts = roster.shifts(from, until);
        prop_assert_eq!(shifts.is_empty(), from >= until);
        if let (Some(first), Some(last)) = (shifts.first(), shifts.last()) {
            prop_assert_eq!((first.from, last.until), (from, until));
        }
        for pair in shifts.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
            prop_assert_ne!(&pair[0].on_call, &pair[1].on_call);
        }
        for shift in &shifts {
            prop_assert!(shift.from < shift.until);
            prop_assert_eq!(&roster.on_call(shift.from), &shift.on_call);
            prop_assert_eq!(&roster.on_call(shift.until.shifted(-1)), &shift.on_call);
        }
        for share in asked {
            let at = from + Duration::from_hours(hours).mul_f64(share);
            if let Some(shift) = shifts.iter().find(|shift| (shift.from..shift.until).contains(&at)) {
                prop_assert_eq!(&roster.on_call(at), &shift.on_call);
            }
        }
        let open: Duration = roster.gaps(from, until).iter().map(|gap| gap.end.since(gap.start)).sum();
        let held: Duration = shifts
            .iter()
            .filter(|shift| shift.on_call.person().is_some())
            .map(|shift| shift.until.since(shift.from))
            .sum();
        prop_assert_eq!(open + held, until.since(from));
    }

    #[test]
    fn turns_are_shifts_cut_at_hand_overs_and_never_cut_by_the_window(
        schedule in a_schedule(),
        (from, orders) in moment().prop_flat_map(|from| (Just(from), orders(from))),
        hours in 1..400_u64,
        later in 0..200_u64,
    ) {
        let until = from + Duration::from_hours(hours);
        let roster = roster(&schedule, &orders);
        let turns = roster.turns(from, until);
        let (first, last) = (turns.first().unwrap(), turns.last().unwrap());
        prop_assert!(first.from <= from && until <= last.until);
        for pair in turns.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
        }
        for turn in &turns {
            prop_assert_eq!(&roster.on_call(turn.from), &turn.on_call);
            prop_assert_eq!(&roster.on_call(turn.until.shifted(-1)), &turn.on_call);
        }
        // Looked at from another day, what both see is the same.
        let others = roster.turns(from + Duration::from_hours(later), until + Duration::from_hours(later));
        let both = |turn: &&Shift| turn.from >= others[0].from && turn.until <= last.until;
        let (mine, theirs): (Vec<_>, Vec<_>) = (turns.iter().filter(both).collect(), others.iter().filter(both).collect());
        prop_assert_eq!(mine, theirs);
    }

    #[test]
    fn a_day_is_served_by_whose_day_it_is(zone in 0..ZONES.len(), at in wall_time(), from in moment()) {
        // A day that the zone left out is nobody's where turns begin at midnight: it has no moment.
        prop_assume!(ZONES[zone] != "Pacific/Apia" || at != WallTime::MIDNIGHT);
        // Of thirty daily turns none is skipped and none comes twice, whatever the clocks do.
        let daily = layer(&PEOPLE, Rotation::Daily { at }, "2020-01-01", Vec::new());
        let schedule = schedule(ZONES[zone], daily);
        let turns = roster(&schedule, &[]).turns(from, from + Duration::from_hours(30 * 24));
        for pair in turns.windows(2) {
            let place = |shift: &Shift| PEOPLE.iter().position(|person| shift.on_call.person() == Some(&name(person))).unwrap();
            prop_assert_eq!((place(&pair[0]) + 1) % PEOPLE.len(), place(&pair[1]));
        }
    }
}
