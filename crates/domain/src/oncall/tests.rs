//! Who is on call, as people would read it off the wall.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use jiff::civil::Weekday;

use super::*;
use crate::wall::WallTime;

mod ordered;
mod properties;
mod walked;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn wall(text: &str) -> WallTime {
    WallTime::parse(text).unwrap()
}

fn hours(days: &str, from: &str, to: &str) -> Hours {
    Hours::between(Days::parse(days).unwrap(), wall(from), wall(to)).unwrap()
}

fn every(hours: u32, at: &str) -> Rotation {
    Rotation::Every { hours: hours.try_into().unwrap(), at: wall(at) }
}

fn layer(people: &[&str], rotation: Rotation, start: &str, hours: Vec<Hours>) -> Layer {
    Layer { people: people.iter().map(|text| name(text)).collect(), rotation, start: start.parse().unwrap(), hours }
}

fn schedule(zone: &str, layer: Layer) -> Schedule {
    Schedule { zone: TimeZone::get(zone).unwrap(), layers: BTreeMap::from([(name("primary"), layer)]) }
}

fn roster<'a>(schedule: &'a Schedule, overrides: &'a [Override]) -> Roster<'a> {
    schedule.roster(&name("web"), &name("primary"), overrides).unwrap()
}

fn order(id: u64, person: &str, from: Timestamp, until: Timestamp) -> Override {
    Override {
        id: OverrideId::from_bits(id),
        schedule: name("web"),
        layer: name("primary"),
        person: name(person),
        from,
        until,
        by: "ada".into(),
        reason: None,
    }
}

/// Shifts as `begin person`, in UTC to the minute.
fn told(shifts: &[Shift]) -> Vec<String> {
    let told = |shift: &Shift| {
        let person = match &shift.on_call {
            OnCall::Nobody => "nobody".to_owned(),
            OnCall::Turn(person) => person.to_string(),
            OnCall::Instead { person, .. } => format!("{person} instead"),
        };
        format!("{} {person}", &shift.from.to_string()[..16])
    };
    shifts.iter().map(told).collect()
}

fn shifts(schedule: &Schedule, overrides: &[Override], from: &str, until: &str) -> Vec<String> {
    told(&roster(schedule, overrides).shifts(at(from), at(until)))
}

const MONDAY_NINE: Rotation = Rotation::Weekly {
    on: Weekday::Monday,
    at: match WallTime::hour(9) {
        Some(nine) => nine,
        None => WallTime::END,
    },
};

#[test]
fn nine_stays_nine_across_dst() {
    let berlin = schedule("Europe/Berlin", layer(&["ada", "bob"], MONDAY_NINE, "2026-01-05", Vec::new()));
    // The clocks go forward on Sunday 2026-03-29 and back on Sunday 2026-10-25: nine o'clock is 08:00, 07:00 and 08:00 again.
    assert_eq!(
        shifts(&berlin, &[], "2026-03-20T00:00:00Z", "2026-04-07T00:00:00Z"),
        ["2026-03-20T00:00 ada", "2026-03-23T08:00 bob", "2026-03-30T07:00 ada", "2026-04-06T07:00 bob"]
    );
    assert_eq!(
        shifts(&berlin, &[], "2026-10-20T00:00:00Z", "2026-11-03T00:00:00Z"),
        ["2026-10-20T00:00 bob", "2026-10-26T08:00 ada", "2026-11-02T08:00 bob"]
    );
}

#[test]
fn a_hand_over_in_a_gap_happens_at_its_end_and_one_that_comes_twice_the_first_time() {
    let daily = Rotation::Daily { at: wall("02:30") };
    let berlin = schedule("Europe/Berlin", layer(&["ada", "bob", "carol"], daily, "2026-03-27", Vec::new()));
    assert_eq!(
        shifts(&berlin, &[], "2026-03-28T01:30:00Z", "2026-03-30T12:00:00Z"),
        ["2026-03-28T01:30 bob", "2026-03-29T01:00 carol", "2026-03-30T00:30 ada"]
    );
    let autumn = shifts(&berlin, &[], "2026-10-24T00:30:00Z", "2026-10-26T12:00:00Z");
    let begins: Vec<&str> = autumn.iter().map(|shift| &shift[..16]).collect();
    assert_eq!(begins, ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]);
}

#[test]
fn turns_of_hours_keep_to_the_wall_clock() {
    let half_days = schedule("America/New_York", layer(&["ada", "bob"], every(12, "09:00"), "2026-03-06", Vec::new()));
    // Forward on Sunday 2026-03-08: the night before it has eleven hours, and 09:00 stays 09:00.
    assert_eq!(
        shifts(&half_days, &[], "2026-03-07T14:00:00Z", "2026-03-09T02:00:00Z"),
        ["2026-03-07T14:00 ada", "2026-03-08T02:00 bob", "2026-03-08T13:00 ada", "2026-03-09T01:00 bob"]
    );
}

#[test]
fn an_hour_that_the_clock_leaves_out_is_nobodys_turn() {
    let hourly =
        schedule("Europe/Berlin", layer(&["ada", "bob", "carol"], every(1, "00:00"), "2026-03-29", Vec::new()));
    // 00:00 ada, 01:00 bob, 02:00 carol does not come, 03:00 ada.
    assert_eq!(
        shifts(&hourly, &[], "2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z"),
        ["2026-03-28T23:00 ada", "2026-03-29T00:00 bob", "2026-03-29T01:00 ada"]
    );
}

#[test]
fn a_start_is_a_day_of_the_first_turn_and_no_beginning() {
    // Wednesday: ada's turn has been running since Monday.
    let midweek = schedule("UTC", layer(&["ada", "bob", "carol"], MONDAY_NINE, "2026-01-07", Vec::new()));
    assert_eq!(
        shifts(&midweek, &[], "2025-12-29T09:00:00Z", "2026-01-20T00:00:00Z"),
        ["2025-12-29T09:00 carol", "2026-01-05T09:00 ada", "2026-01-12T09:00 bob", "2026-01-19T09:00 carol"]
    );
    // A start on the very day of the hand-over begins with it.
    let monday = schedule("UTC", layer(&["ada", "bob"], MONDAY_NINE, "2026-01-05", Vec::new()));
    assert_eq!(roster(&monday, &[]).on_call(at("2026-01-05T08:59:59Z")), OnCall::Turn(name("bob")));
    assert_eq!(roster(&monday, &[]).on_call(at("2026-01-05T09:00:00Z")), OnCall::Turn(name("ada")));
}

#[test]
fn outside_its_hours_nobody_of_a_layer_is_on_call() {
    let office = vec![hours("Mon-Fri", "09:00", "18:00")];
    let berlin =
        schedule("Europe/Berlin", layer(&["ada"], Rotation::Daily { at: wall("09:00") }, "2026-01-05", office));
    assert_eq!(
        shifts(&berlin, &[], "2026-11-19T20:00:00Z", "2026-11-23T12:00:00Z"),
        ["2026-11-19T20:00 nobody", "2026-11-20T08:00 ada", "2026-11-20T17:00 nobody", "2026-11-23T08:00 ada"]
    );
    let gaps = roster(&berlin, &[]).gaps(at("2026-11-20T08:00:00Z"), at("2026-11-24T08:00:00Z"));
    assert_eq!(gaps.len(), 2);
    assert_eq!(gaps[0], at("2026-11-20T17:00:00Z")..at("2026-11-23T08:00:00Z"));
}

#[test]
fn hours_may_pass_midnight() {
    let nights = vec![hours("Fri", "22:00", "06:00")];
    let utc = schedule("UTC", layer(&["ada"], MONDAY_NINE, "2026-01-05", nights));
    // Friday 2026-11-20; Saturday's morning belongs to Friday's night, Friday's to Thursday's.
    assert_eq!(
        shifts(&utc, &[], "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"),
        ["2026-11-20T00:00 nobody", "2026-11-20T22:00 ada", "2026-11-21T06:00 nobody"]
    );
}

#[test]
fn an_override_stands_above_the_rotation_and_its_hours_and_the_later_word_holds() {
    let office = vec![hours("Mon-Fri", "09:00", "18:00")];
    let utc = schedule("UTC", layer(&["ada"], MONDAY_NINE, "2026-01-05", office));
    let orders = [
        order(1, "bob", at("2026-11-20T17:00:00Z"), at("2026-11-20T22:00:00Z")),
        order(2, "carol", at("2026-11-20T19:00:00Z"), at("2026-11-20T20:00:00Z")),
        Override {
            layer: name("secondary"),
            ..order(3, "dan", at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"))
        },
        Override { schedule: name("app"), ..order(4, "dan", at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z")) },
        order(5, "dan", at("2026-11-20T12:00:00Z"), at("2026-11-20T12:00:00Z")),
    ];
    assert_eq!(
        shifts(&utc, &orders, "2026-11-20T09:00:00Z", "2026-11-21T00:00:00Z"),
        [
            "2026-11-20T09:00 ada",
            "2026-11-20T17:00 bob instead",
            "2026-11-20T19:00 carol instead",
            "2026-11-20T20:00 bob instead",
            "2026-11-20T22:00 nobody",
        ]
    );
    assert_eq!(roster(&utc, &orders).order(OverrideId::from_bits(2)).map(|order| &order.person), Some(&name("carol")));
    assert!(roster(&utc, &orders).order(OverrideId::from_bits(3)).is_none());
}

#[test]
fn an_empty_layer_has_nobody_but_by_order() {
    let empty = schedule("UTC", layer(&[], MONDAY_NINE, "2026-01-05", Vec::new()));
    let orders = [order(1, "bob", at("2026-11-20T12:00:00Z"), at("2026-11-20T13:00:00Z"))];
    assert_eq!(
        shifts(&empty, &orders, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ["2026-11-20T00:00 nobody", "2026-11-20T12:00 bob instead", "2026-11-20T13:00 nobody"]
    );
}

#[test]
fn a_day_that_the_zone_left_out_skips_no_turn() {
    let daily = Rotation::Daily { at: wall("09:00") };
    let samoa = schedule("Pacific/Apia", layer(&["ada", "bob", "carol"], daily, "2011-12-28", Vec::new()));
    // Thursday 2011-12-29 ended at 10:00 in UTC, and Saturday began. Friday's turn lasts from then to Saturday nine.
    assert_eq!(
        shifts(&samoa, &[], "2011-12-28T19:00:00Z", "2012-01-01T00:00:00Z"),
        [
            "2011-12-28T19:00 ada",
            "2011-12-29T19:00 bob",
            "2011-12-30T10:00 carol",
            "2011-12-30T19:00 ada",
            "2011-12-31T19:00 bob"
        ]
    );
}

#[test]
fn calendars_get_whole_turns_that_do_not_move_with_the_window() {
    let alone = schedule("Europe/Berlin", layer(&["ada"], MONDAY_NINE, "2026-01-05", Vec::new()));
    let seen_on = |day: &str| roster(&alone, &[]).turns(at(day), at("2026-11-20T00:00:00Z"));
    assert_eq!(
        told(&seen_on("2026-11-11T12:00:00Z")),
        ["2026-11-09T08:00 ada", "2026-11-16T08:00 ada"],
        "each turn is one, though nobody else takes part"
    );
    assert_eq!(seen_on("2026-11-11T12:00:00Z"), seen_on("2026-11-15T12:00:00Z"));
    assert_eq!(seen_on("2026-11-11T12:00:00Z")[1].until, at("2026-11-23T08:00:00Z"));
    // What ends with a hand-over ends there.
    let week = roster(&alone, &[]).turns(at("2026-11-09T08:00:00Z"), at("2026-11-16T08:00:00Z"));
    assert_eq!(told(&week), ["2026-11-09T08:00 ada"]);
}

#[test]
fn what_one_layer_leaves_open_another_may_cover() {
    let days = schedule("UTC", layer(&["ada"], MONDAY_NINE, "2026-01-05", vec![hours("all", "08:00", "20:00")]));
    let nights = schedule("UTC", layer(&["bob"], MONDAY_NINE, "2026-01-05", vec![hours("Mon-Fri", "20:00", "08:00")]));
    let (from, until) = (at("2026-11-16T00:00:00Z"), at("2026-11-23T00:00:00Z"));
    let open = uncovered(&[roster(&days, &[]), roster(&nights, &[])], from, until);
    // Monday's small hours are Sunday's night; Saturday's are Friday's.
    assert_eq!(
        open,
        [
            at("2026-11-16T00:00:00Z")..at("2026-11-16T08:00:00Z"),
            at("2026-11-21T20:00:00Z")..at("2026-11-22T08:00:00Z"),
            at("2026-11-22T20:00:00Z")..at("2026-11-23T00:00:00Z"),
        ]
    );
    assert_eq!(uncovered(&[], from, until), [from..until]);
    assert_eq!(uncovered(&[], until, from), []);
}

#[test]
fn no_time_is_too_far_away() {
    let far = [Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX)];
    for rotation in [MONDAY_NINE, every(1, "00:00"), every(8_784, "23:59")] {
        for start in ["-009999-01-01", "9999-12-31", "2026-01-05"] {
            let utc = schedule(
                "Pacific/Kiritimati",
                layer(&["ada", "bob"], rotation, start, vec![hours("all", "22:00", "06:00")]),
            );
            for at in far {
                let roster = roster(&utc, &[]);
                assert_eq!(roster.on_call(at), roster.on_call(at.shifted(1)));
                let day = std::time::Duration::from_hours(24);
                let (from, until) = (at - day, at + day);
                assert_eq!(roster.shifts(from, until).first().map(|shift| shift.from), Some(from));
                assert!(!roster.turns(from, until).is_empty());
            }
        }
    }
}
