//! The same answers from another side: a model that knows no zones but by looking at the clock, minute after minute, and remembers the latest time
//! that it has seen on it.

use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::DateTime;

use super::*;
use crate::wall::instant;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Ten zones, each with a year in which something happens: half an hour on Lord Howe, Ramadan in Casablanca, a midnight in São Paulo, a lost day in Samoa, a
/// quarter of an hour in Kathmandu, and nothing in Kolkata and UTC.
const ZONES: [(&str, i16); 11] = [
    ("Europe/Berlin", 2026),
    ("America/New_York", 2026),
    ("Australia/Lord_Howe", 2026),
    ("Asia/Kolkata", 2026),
    ("America/Sao_Paulo", 2018),
    ("Pacific/Apia", 2011),
    ("Africa/Casablanca", 2026),
    ("Europe/London", 2026),
    ("Asia/Kathmandu", 1986),
    ("America/St_Johns", 2010),
    ("UTC", 2026),
];

/// The moments of a year at which the clock is set, to the minute; two days of March and October where it never is.
fn changes(zone: &TimeZone, year: i16) -> Vec<Timestamp> {
    let new_year = at(&format!("{year:04}-01-01T00:00:00Z")) - DAY;
    let offset = |at| zone.to_offset(instant(at));
    let mut found = Vec::new();
    let mut now = new_year;
    while now < new_year + 367 * DAY {
        let next = now + HOUR;
        if offset(now) != offset(next) {
            let minutes = (1..=60).map(|minute| now + minute * MINUTE);
            found.extend(minutes.into_iter().find(|at| offset(*at) == offset(next)));
        }
        now = next;
    }
    if found.is_empty() {
        found = vec![at(&format!("{year:04}-03-29T01:00:00Z")), at(&format!("{year:04}-10-25T01:00:00Z"))];
    }
    found
}

/// Days, and minutes of the day from and to which.
type Restriction = (Days, i64, i64);

/// One layer, walked.
struct Walker<'a> {
    layer: &'a Layer,
    hours: Vec<Restriction>,
    turn: usize,
    next: DateTime,
}

impl<'a> Walker<'a> {
    /// Before the first hand-over of the start date it is the turn of the last person.
    fn before_start(layer: &'a Layer, hours: Vec<Restriction>) -> Self {
        let (on, at) = match layer.rotation {
            Rotation::Daily { at } | Rotation::Every { at, .. } => (layer.start.weekday(), at),
            Rotation::Weekly { on, at } => (on, at),
        };
        let mut day = layer.start;
        while day.weekday() != on {
            day = day.yesterday().unwrap();
        }
        Self { layer, hours, turn: layer.people.len() - 1, next: day.at(0, 0, 0, 0) + minutes_of(at).minutes() }
    }

    /// The clock has shown `latest`.
    fn step(&mut self, latest: DateTime) {
        while latest >= self.next {
            self.turn = (self.turn + 1) % self.layer.people.len();
            self.next += match self.layer.rotation {
                Rotation::Daily { .. } => 1.day(),
                Rotation::Weekly { .. } => 1.week(),
                Rotation::Every { hours, .. } => i64::from(hours.get()).hours(),
            };
        }
    }

    fn person(&self, latest: DateTime) -> Option<&'a Name> {
        let time = i64::from(latest.hour()) * 60 + i64::from(latest.minute());
        let today = latest.date().weekday();
        let yesterday = today.previous();
        let open = self.hours.iter().any(|(days, from, to)| {
            if from < to {
                days.contains(today) && *from <= time && time < *to
            } else {
                (days.contains(today) && *from <= time) || (days.contains(yesterday) && time < *to)
            }
        });
        (open || self.hours.is_empty()).then(|| &self.layer.people[self.turn])
    }
}

fn minutes_of(time: WallTime) -> i64 {
    let text = time.to_string();
    text[..2].parse::<i64>().unwrap() * 60 + text[3..].parse::<i64>().unwrap()
}

/// Rotations that hand over in the middle of the change and around it.
fn rotations(zone: &TimeZone, change: Timestamp) -> Vec<Rotation> {
    let wall = zone.to_datetime(instant(change));
    let day = wall.date().weekday();
    vec![
        Rotation::Daily { at: super::wall("09:00") },
        Rotation::Daily { at: super::wall("02:30") },
        Rotation::Daily { at: super::wall("00:00") },
        Rotation::Daily { at: super::wall("23:40") },
        Rotation::Weekly { on: Weekday::Monday, at: super::wall("09:00") },
        Rotation::Weekly { on: day, at: super::wall("02:15") },
        every(1, "00:30"),
        every(12, "02:00"),
        every(36, "09:00"),
        every(72, "00:00"),
    ]
}

fn restrictions() -> Vec<Vec<(&'static str, &'static str, &'static str)>> {
    vec![
        vec![("all", "22:00", "02:30"), ("Fri-Mon", "02:30", "10:00")],
        vec![("Mon-Fri", "09:00", "18:00"), ("Sat,Sun", "00:00", "24:00")],
        vec![("all", "23:15", "23:10")],
    ]
}

#[test]
fn ten_zones_agree_with_the_clock_on_every_minute_around_each_change() {
    let mut compared = 0_u64;
    for (zone, year) in ZONES {
        let zone = TimeZone::get(zone).unwrap();
        let changes = changes(&zone, year);
        assert!(changes.len() >= if year == 1986 { 1 } else { 2 }, "{zone:?}: {changes:?}");
        for change in changes {
            compared += compare(&zone, change);
        }
    }
    assert!(compared > 1_000_000, "{compared} minutes");
}

/// Walks from ten days before a change, and compares a day and a half on each side of it. How many minutes were compared.
fn compare(zone: &TimeZone, change: Timestamp) -> u64 {
    let (from, until) = (change - 36 * HOUR, change + 36 * HOUR);
    let begin = change - 10 * DAY;
    // Weekly turns reach back from their start by a week at most.
    let start = zone.to_datetime(instant(begin + 8 * DAY)).date();
    let orders = [
        order(1, "desk", change - 90 * MINUTE, change + 30 * MINUTE),
        order(2, "dan", change - 10 * MINUTE, change + 5 * MINUTE),
        order(3, "desk", change + DAY, change + DAY + 3 * MINUTE),
    ];
    let rotations = rotations(zone, change);
    let unbound = rotations.iter().map(|rotation| (*rotation, Vec::new()));
    let bound =
        restrictions().into_iter().flat_map(|hours| rotations[..2].iter().map(move |one| (*one, hours.clone())));
    let cases: Vec<_> = unbound
        .chain(bound)
        .map(|(rotation, restrictions)| {
            let real = restrictions.iter().map(|(days, from, to)| super::hours(days, from, to)).collect();
            let people = ["ada", "bob", "carol"].map(name).to_vec();
            let layers = BTreeMap::from([(name("primary"), Layer { people, rotation, start, hours: real })]);
            (Schedule { zone: zone.clone(), layers }, restrictions)
        })
        .collect();
    let mut walked: Vec<_> = cases
        .iter()
        .map(|(schedule, restrictions)| {
            let layer = &schedule.layers[&name("primary")];
            let minutes = |text| minutes_of(wall(text));
            let hours =
                restrictions.iter().map(|(days, from, to)| (Days::parse(days).unwrap(), minutes(from), minutes(to)));
            let roster = roster(schedule, &orders);
            let shifts = roster.shifts(from, until).into_iter().peekable();
            (Walker::before_start(layer, hours.collect()), roster, shifts)
        })
        .collect();
    let mut latest = DateTime::MIN;
    let mut compared = 0;
    let mut now = begin;
    while now < until {
        latest = latest.max(zone.to_datetime(instant(now)));
        let order = orders.iter().rev().find(|order| order.from <= now && now < order.until);
        for (walker, roster, shifts) in &mut walked {
            walker.step(latest);
            if now < from {
                continue;
            }
            let person = order.map_or_else(|| walker.person(latest), |order| Some(&order.person));
            while shifts.peek().is_some_and(|shift| shift.until <= now) {
                shifts.next();
            }
            let place =
                || format!("{:?} {:?} {:?} at {now}", zone.iana_name(), walker.layer.rotation, walker.layer.hours);
            let listed = &shifts.peek().unwrap().on_call;
            assert_eq!(listed.person(), person, "{}", place());
            assert_eq!(matches!(listed, OnCall::Instead { .. }), order.is_some(), "{}", place());
            // Asking for a moment costs more than looking at the list: each minute near the change, now and then elsewhere.
            let near = change - HOUR <= now && now <= change + 2 * HOUR;
            if near || compared % 61 == 0 {
                assert_eq!(roster.on_call(now).person(), person, "{}", place());
            }
            compared += 1;
        }
        now = now + MINUTE;
    }
    compared
}
