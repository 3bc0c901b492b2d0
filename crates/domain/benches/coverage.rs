//! What a year of a schedule costs: `cargo bench -p watchfire-domain --bench coverage`. A year with two layers, restrictions and 50 overrides is promised
//! below 50 ms.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]

extern crate watchfire_domain as domain;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::id::{Name, OverrideId};
use domain::oncall::{Override, Roster, Schedule, uncovered};
use domain::policy::file::parse;
use domain::time::Timestamp;

/// 2026-01-01 in UTC.
const FROM: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const YEAR: Duration = Duration::from_hours(365 * 24);

const SCHEDULE: &str = r#"
[contacts]
alice = { channels = ["phone"] }
bob = { channels = ["phone"] }
carol = { channels = ["phone"] }
dan = { channels = ["phone"] }

[schedules.web]
zone = "America/New_York"
[schedules.web.layers.primary]
people = ["alice", "bob", "carol"]
rotation = "daily"
hours = [{ days = "Mon-Fri", from = "08:00", to = "20:00" }, { days = "Sat,Sun", from = "10:00", to = "18:00" }]
[schedules.web.layers.secondary]
people = ["carol", "dan"]
rotation = "12h"
hours = [{ days = "all", from = "20:00", to = "08:00" }, { days = "Mon-Fri", from = "12:00", to = "13:00" }]
"#;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn schedule() -> Schedule {
    let text = format!("{}\n{SCHEDULE}", domain::policy::file::DEFAULT);
    parse(&text).unwrap().schedules.remove(&name("web")).unwrap()
}

/// One a week, half of them in each layer, a day and a half long.
fn overrides() -> Vec<Override> {
    let made = (0..50_u64).map(|week| {
        let from = FROM + Duration::from_hours(week * 7 * 24 + 30);
        Override {
            id: OverrideId::from_bits(week),
            schedule: name("web"),
            layer: name(if week % 2 == 0 { "primary" } else { "secondary" }),
            person: name("dan"),
            from,
            until: from + Duration::from_hours(36),
            by: "ada".into(),
            reason: None,
        }
    });
    made.collect()
}

fn rosters<'a>(schedule: &'a Schedule, overrides: &'a [Override]) -> [Roster<'a>; 2] {
    ["primary", "secondary"].map(|layer| schedule.roster(&name("web"), &name(layer), overrides).unwrap())
}

fn a_year(criterion: &mut Criterion) {
    let (schedule, overrides) = (schedule(), overrides());
    let until = FROM + YEAR;
    criterion.bench_function("a year of coverage: two layers, restrictions, 50 overrides", |bencher| {
        bencher.iter(|| {
            let rosters = rosters(&schedule, &overrides);
            let shifts = rosters.each_ref().map(|roster| roster.shifts(FROM, until));
            (black_box(shifts), black_box(uncovered(&rosters, FROM, until)))
        });
    });
    criterion.bench_function("the shifts of one layer alone", |bencher| {
        let [primary, _] = rosters(&schedule, &overrides);
        bencher.iter(|| black_box(primary.shifts(FROM, until)));
    });
    criterion.bench_function("who is on call now", |bencher| {
        let [primary, _] = rosters(&schedule, &overrides);
        bencher.iter(|| black_box(primary.on_call(black_box(until))));
    });
}

criterion_group!(coverage, a_year);
criterion_main!(coverage);
