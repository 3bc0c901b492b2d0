use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const LATER: Duration = Duration::from_hours(30 * 24);

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

fn at(minute: u64) -> Timestamp {
    NOON + minutes(minute)
}

/// Opened at noon; told a second after it was due.
fn told(incident: u64) -> Facts {
    Facts {
        incident: IncidentId::from_bits(incident),
        ordinal: 1,
        level: Level::High,
        synthetic: false,
        opened_at: NOON,
        first_due_at: Some(at(2)),
        first_delivered_at: Some(at(2) + Duration::from_secs(1)),
        acknowledged_at: None,
        exhausted_at: None,
        response_due_at: Some(at(60)),
        ended: None,
        steps: 2,
        steps_on_time: 2,
        pages_delivered: 1,
        pages_failed: 0,
        interruptions: 1,
        signals: 4,
    }
}

fn acknowledged(incident: u64, minute: u64) -> Facts {
    Facts { acknowledged_at: Some(at(minute)), ..told(incident) }
}

fn resolved(facts: Facts, minute: u64, by: Resolver) -> Facts {
    Facts { ended: Some((at(minute), End::Resolved(Some(by)))), ..facts }
}

fn figures(facts: impl IntoIterator<Item = Facts>) -> Figures {
    Figures::of(facts, NOON + LATER)
}

fn high(facts: impl IntoIterator<Item = Facts>) -> Group {
    figures(facts).levels.remove(&Level::High).unwrap_or_else(|| figures([]).all)
}

#[test]
fn the_open_ones_make_the_median_longer() {
    let quick = (1..=10).map(|number| acknowledged(number, 10 + number));
    let before = high(quick.clone()).ack.times;
    assert_eq!((before.n, before.open), (10, 0));
    assert_eq!(before.median, Quantile::Known(at(15).since(at(2)) - Duration::from_secs(1)));
    let with_open = high(quick.chain((11..=14).map(told))).ack.times;
    assert_eq!((with_open.n, with_open.open), (14, 4));
    assert_eq!(with_open.median, Quantile::Known(at(17).since(at(2)) - Duration::from_secs(1)));
    assert!(matches!(with_open.p90, Quantile::Beyond(longest) if longest > LATER - minutes(5)), "{with_open:?}");
}

#[test]
fn nine_are_too_few_for_anything() {
    let group = high((1..=9).map(|number| acknowledged(number, 10)));
    assert_eq!(group.incidents, 9);
    assert_eq!(group.ack.times.median, Quantile::TooSmall(10));
    assert_eq!(group.ack.times.between, None);
    assert_eq!(group.answer, Share { hits: 9, of: 9 });
    assert_eq!(group.answer.rate(), Err(Missing::TooSmall(10)));
    assert_eq!(group.resolve.mean, Some(Mean::TooSmall(30)));
}

#[test]
fn a_tail_needs_as_many_cases_as_it_speaks_of() {
    let notify = high((1..=40).map(told)).notify;
    assert_eq!(notify.p50, Quantile::Known(Duration::from_secs(1)));
    assert_eq!(notify.p95, Quantile::Known(Duration::from_secs(1)));
    assert_eq!(notify.p99, Quantile::TooSmall(100));
    assert_eq!(notify.max, Some(Duration::from_secs(1)));
}

#[test]
fn drills_and_maintenance_are_in_no_figure() {
    let real: Vec<_> = (1..=12).map(|number| resolved(acknowledged(number, 9), 90, Resolver::Person)).collect();
    let drills = (20..40).map(|number| Facts { synthetic: true, steps_on_time: 0, pages_failed: 7, ..told(number) });
    let windows = (40..60).map(|number| Facts { level: Level::Maintenance, signals: 900, ..told(number) });
    assert_eq!(figures(real.iter().copied().chain(drills).chain(windows)), figures(real));
}

#[test]
fn an_incident_is_one_sample_however_often_it_came_back() {
    let first = resolved(acknowledged(1, 10), 30, Resolver::Sentry);
    let second = resolved(Facts { ordinal: 2, opened_at: at(100), ..acknowledged(1, 110) }, 120, Resolver::Person);
    let third = Facts { ordinal: 3, opened_at: at(200), first_due_at: Some(at(202)), ..told(1) };
    let group = high([third, first, second]);
    assert_eq!((group.incidents, group.reopened), (1, 1));
    assert_eq!((group.ack.times.n, group.ack.times.open, group.resolve.times.open), (1, 1, 1));
    // Steps and pages are what they are: each escalation made its own.
    assert_eq!((group.integrity.of, group.noise), (6, Noise { interruptions: 3, signals: 12 }));
}

#[test]
fn a_rise_hands_on_and_hides_nobody() {
    let low = Facts { ended: Some((at(40), End::HandedOn)), ..told(1) };
    let risen = Facts {
        ordinal: 2,
        level: Level::Critical,
        first_due_at: Some(at(40)),
        first_delivered_at: Some(at(41)),
        ..acknowledged(1, 50)
    };
    let figures = figures([low, risen]);
    let (high, critical) = (&figures.levels[&Level::High], &figures.levels[&Level::Critical]);
    // Below it waited until the rise; nobody can say that a person was needed there.
    assert_eq!((high.ack.times.n, high.ack.times.open, high.answer.of), (1, 1, 0));
    assert_eq!((critical.ack.times.n, critical.ack.times.open, critical.answer), (1, 0, Share { hits: 1, of: 1 }));
    // Over all levels it is one incident, told first by the first ladder.
    assert_eq!((figures.all.incidents, figures.all.reopened, figures.all.answer), (1, 0, Share { hits: 1, of: 1 }));
    assert_eq!(figures.all.noise.signals, 8);
}

#[test]
fn an_undone_resolve_was_none() {
    let undone = Facts { ended: Some((at(30), End::Undone)), signals: 3, ..acknowledged(1, 10) };
    // The same ladder goes on: its counts hold those before.
    let again = Facts { ordinal: 2, first_due_at: None, signals: 2, steps: 3, steps_on_time: 2, ..told(1) };
    let group = high([undone, resolved(again, 300, Resolver::Person)]);
    assert_eq!((group.incidents, group.reopened, group.resolve.by.len()), (1, 0, 1));
    assert_eq!(group.integrity, Share { hits: 2, of: 3 });
    assert_eq!(group.noise.signals, 5);
    assert_eq!((group.ack.times.open, group.notify.n), (0, 1));
}

#[test]
fn a_timer_ends_nothing() {
    let by = |resolver| high((1..=40).map(|number| resolved(acknowledged(number, 20), 24 * 60, resolver))).resolve;
    let person = by(Resolver::Person);
    assert_eq!(person.times.median, Quantile::Known(minutes(24 * 60)));
    assert!(matches!(person.mean, Some(Mean::Known(mean)) if mean.mean == minutes(24 * 60)), "{person:?}");
    for timer in [Resolver::Quiet, Resolver::Age] {
        let resolve = by(timer);
        assert_eq!((resolve.times.open, resolve.times.median), (40, Quantile::Beyond(minutes(24 * 60))));
        assert_eq!(resolve.mean, Some(Mean::TooYoung));
        assert_eq!(resolve.by[&timer], 40);
    }
}

#[test]
fn no_mean_is_made_over_all_levels() {
    let figures = figures((1..=40).map(|number| resolved(told(number), 50, Resolver::Sentry)));
    assert_eq!(figures.all.resolve.mean, None);
    assert!(figures.levels[&Level::High].resolve.mean.is_some());
    assert_eq!(
        figures.levels.keys().copied().collect::<Vec<_>>(),
        [Level::Low, Level::Medium, Level::High, Level::Critical]
    );
}

#[test]
fn answered_means_before_the_ladder_ended() {
    let exhausted = |number, acted: Option<u64>| Facts {
        exhausted_at: Some(at(100)),
        acknowledged_at: acted.map(at),
        ..told(number)
    };
    let group = high([
        acknowledged(1, 10),                                               // in time
        resolved(told(2), 20, Resolver::Person),                           // a resolve is an answer
        exhausted(3, Some(200)),                                           // too late
        exhausted(4, None),                                                // never
        resolved(told(5), 50, Resolver::Quiet),                            // by nobody
        resolved(told(6), 50, Resolver::Sentry),                           // needed nobody
        told(7),                                                           // may yet be answered
        Facts { first_due_at: None, first_delivered_at: None, ..told(8) }, // not told yet
    ]);
    assert_eq!(group.answer, Share { hits: 2, of: 5 });
    assert_eq!(group.exhausted.newest, [3, 4].map(IncidentId::from_bits));
    assert_eq!(group.unanswered.newest, [4, 5].map(IncidentId::from_bits));
    assert_eq!(group.ack.unanswered, Share { hits: 2, of: 7 });
}

#[test]
fn a_digest_asks_nobody_for_an_answer() {
    let low = Facts { level: Level::Low, exhausted_at: Some(at(3)), ..told(1) };
    let figures = figures([low]);
    assert_eq!(figures.levels[&Level::Low].answer, Share::default());
    assert_eq!((figures.all.unanswered.count, figures.all.exhausted.count), (0, 0));
}

#[test]
fn a_response_time_is_met_missed_or_open_past_its_time() {
    let group = Figures::of(
        [
            acknowledged(1, 60),
            acknowledged(2, 61),
            told(3),
            resolved(told(4), 59, Resolver::Sentry),
            resolved(told(5), 61, Resolver::Sentry),
            Facts { response_due_at: None, ..told(6) },
            Facts { response_due_at: Some(at(90)), ..told(7) },
        ],
        at(61),
    )
    .all;
    assert_eq!(group.response, Response { met: 1, missed: 2, overdue: 1, waiting: 1 });
    assert_eq!(group.response.share(), Share { hits: 1, of: 4 });
    assert_eq!(group.late.newest, [2, 3, 5].map(IncidentId::from_bits));
}

#[test]
fn nobody_told_is_counted_as_waiting_and_named() {
    let failed = Facts { first_delivered_at: None, pages_delivered: 0, pages_failed: 2, ..told(1) };
    let group = high([failed]);
    assert_eq!((group.notify.n, group.notify.open, group.ack.times.open), (1, 1, 1));
    assert_eq!(group.delivery, Share { hits: 0, of: 2 });
    assert_eq!(group.untold.newest, [IncidentId::from_bits(1)]);
}

#[test]
fn noise_is_told_against_one_interruption_for_each_webhook() {
    assert_eq!(high((1..=10).map(told)).noise.saved(), Ok(0.75));
    assert_eq!(Noise { interruptions: 30, signals: 20 }.saved(), Ok(-0.5));
    assert_eq!(Noise { interruptions: 0, signals: 9 }.saved(), Err(Missing::TooSmall(10)));
}

#[test]
fn a_figure_names_the_newest_behind_it() {
    let late = |number| Facts { opened_at: at(number), ..told(number) };
    let named = high((1..=30).map(late)).late;
    assert_eq!((named.count, named.newest.len(), named.newest[0]), (30, NAMED, IncidentId::from_bits(30)));
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let time = || prop::option::of((0_u64..500).prop_map(at));
    let end = prop::option::of((0_u64..500, 0_usize..7).prop_map(|(minute, kind)| {
        let resolver = Resolver::ALL.get(kind).copied();
        (at(minute), if kind == 6 { End::HandedOn } else { End::Resolved(resolver) })
    }));
    ((0_u64..8, 1_u32..5, 0_usize..5), (time(), time(), time(), time(), time()), end).prop_map(|(who, times, ended)| {
        let (incident, ordinal, level) = who;
        let (first_due_at, first_delivered_at, acknowledged_at, exhausted_at, response_due_at) = times;
        let level = Level::ALL[level];
        Facts {
            ordinal,
            level,
            first_due_at,
            first_delivered_at,
            acknowledged_at,
            exhausted_at,
            response_due_at,
            ended,
            ..told(incident)
        }
    })
}

proptest! {
    #[test]
    fn no_share_is_more_than_its_whole(facts in prop::collection::vec(any_facts(), 0..60)) {
        let figures = figures(facts);
        for group in figures.levels.values().chain([&figures.all]) {
            for share in [group.integrity, group.delivery, group.answer, group.ack.unanswered, group.response.share()] {
                prop_assert!(share.hits <= share.of, "{group:?}");
            }
            prop_assert!(group.ack.times.n <= group.incidents && group.answer.of <= group.incidents);
            prop_assert!(group.unanswered.count <= group.ack.times.open, "{group:?}");
            prop_assert_eq!(group.ack.unanswered.hits, group.unanswered.count);
            prop_assert_eq!(group.resolve.times.n, group.incidents);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(facts in prop::collection::btree_map((0_u64..8, 1_u32..5), any_facts(), 0..30)) {
        let facts: Vec<_> = facts
            .into_iter()
            .map(|((incident, ordinal), facts)| Facts { incident: IncidentId::from_bits(incident), ordinal, ..facts })
            .collect();
        prop_assert_eq!(figures(facts.iter().copied()), figures(facts.into_iter().rev()));
    }
}
