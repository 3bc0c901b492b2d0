//! Situations, and the priority that somebody who is on call would give them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod above;
mod ceilings;
mod limits;
mod outlook;
mod seen;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::event::ResolvedBy;
use crate::fingerprint::tests::bare_signal;
use crate::id::IncidentId;
use crate::incident::{Counts, State, Subject};
use crate::policy::{Level, PolicyHash, file};
use crate::signal::{Hint, Lifecycle, MetricAlert, Severity};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn policy() -> TriagePolicy {
    file::parse(file::DEFAULT).unwrap().triage
}

fn ago(length: Duration) -> Timestamp {
    NOW - length
}

fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

fn level(severity: Severity) -> Signal {
    Signal { severity: Some(severity), ..bare_signal("it broke") }
}

fn production(severity: Severity) -> Signal {
    Signal { environment: Some("production".into()), ..level(severity) }
}

/// As Sentry tells of an issue that it just made.
fn fresh(signal: Signal, users: u64) -> Signal {
    Signal {
        substatus: Some("new".into()),
        events: Some(users.max(1)),
        users: Some(users),
        first_seen: Some(ago(minutes(2))),
        hint: Some(Hint::High),
        ..signal
    }
}

/// As Sentry tells of an issue that is old.
fn old(signal: Signal, users: u64, events: u64) -> Signal {
    Signal {
        substatus: Some("ongoing".into()),
        events: Some(events),
        users: Some(users),
        first_seen: Some(ago(days(60))),
        ..signal
    }
}

fn unhandled(signal: Signal) -> Signal {
    Signal { unhandled: Some(true), ..signal }
}

fn incident(counts: Counts, opened: Duration, last: Duration) -> Incident {
    let triage = assess(&level(Severity::Error), &Known::default(), &policy(), NOW);
    let signal = Signal { environment: Some("production".into()), ..level(Severity::Error) };
    let subject = Subject { title: "it broke".into(), ..Subject::of(&signal, triage.fingerprint.clone()) };
    let begun = Incident::begun(
        IncidentId::from_bits(1),
        Level::Medium,
        subject,
        triage,
        PolicyHash(String::new()),
        NOW - opened,
    );
    Incident {
        state: State::Escalating,
        priority: Priority::Medium,
        last_signal_at: NOW - last,
        last_seen_at: NOW - last,
        quiet_since: NOW - last,
        counts,
        escalations: 1,
        ..begun
    }
}

fn factor(triage: &Triage, name: FactorName) -> Factor {
    triage.factors.iter().find(|factor| factor.name == name).unwrap().clone()
}

#[test]
fn situations_get_the_priority_that_somebody_on_call_would_give() {
    use Priority::{Critical, High, Ignore, Low, Medium};
    let payments = |signal: Signal| Signal {
        project: Some(crate::signal::Project { id: Some("9".into()), slug: Some("payments".into()) }),
        ..signal
    };
    let in_environment = |name: &str, signal: Signal| Signal { environment: Some(name.into()), ..signal };
    let situations: Vec<(&str, Signal, &[Priority])> = vec![
        (
            "the program died for the first time in production",
            unhandled(fresh(production(Severity::Fatal), 1)),
            &[High, Critical],
        ),
        ("the program died in production, told by a bare event", unhandled(production(Severity::Fatal)), &[High]),
        ("a new crash already hits 100 users", unhandled(fresh(production(Severity::Fatal), 100)), &[Critical]),
        ("a crash of unknown place, counts unknown: unsure is not asleep", level(Severity::Fatal), &[High]),
        (
            "a new plain error in production for three users can wait an hour",
            fresh(production(Severity::Error), 3),
            &[Medium],
        ),
        (
            "a new unhandled error in production for one user",
            unhandled(fresh(production(Severity::Error), 1)),
            &[Medium],
        ),
        ("an unhandled error event in production, counts unknown", unhandled(production(Severity::Error)), &[Medium]),
        (
            "a handled error event in production, counts unknown",
            Signal { unhandled: Some(false), ..production(Severity::Error) },
            &[Medium],
        ),
        ("a new issue's hook names no environment", unhandled(fresh(level(Severity::Error), 1)), &[Medium]),
        ("a plain error of which nothing else is known", level(Severity::Error), &[Medium]),
        ("an unhandled error for 100 users in production", unhandled(fresh(production(Severity::Error), 100)), &[High]),
        ("a new error for 1 000 users in production", fresh(production(Severity::Error), 1_000), &[High, Critical]),
        ("the same, unhandled", unhandled(fresh(production(Severity::Error), 1_000)), &[Critical]),
        ("an old error that still hits 1 000 users", old(production(Severity::Error), 1_000, 5_000), &[Medium]),
        (
            "an unhandled error for 1 000 users escalates",
            Signal {
                substatus: Some("escalating".into()),
                ..unhandled(old(production(Severity::Error), 1_000, 5_000))
            },
            &[High, Critical],
        ),
        ("an old error for two users is background", old(production(Severity::Error), 2, 9), &[Low]),
        (
            "an old handled error of one user that Sentry calls low",
            Signal { hint: Some(Hint::Low), unhandled: Some(false), ..old(production(Severity::Error), 1, 3) },
            &[Low, Medium],
        ),
        (
            "an error came back after its fix",
            Signal { substatus: Some("regressed".into()), ..unhandled(fresh(production(Severity::Error), 20)) },
            &[High],
        ),
        ("payments fails", payments(unhandled(fresh(production(Severity::Error), 10))), &[High, Critical]),
        (
            "an outage found by a monitor",
            Signal { category: Some("outage".into()), ..production(Severity::Error) },
            &[Critical, High],
        ),
        ("a warning of which nothing else is known", level(Severity::Warning), &[Low]),
        ("a new warning in production", fresh(production(Severity::Warning), 3), &[Medium]),
        ("information in production", fresh(production(Severity::Info), 1), &[Ignore]),
        ("information that everybody gets is still information", fresh(production(Severity::Info), 10_000), &[Low]),
        ("information alone", level(Severity::Info), &[Ignore]),
        ("debug output", level(Severity::Debug), &[Ignore]),
        ("debug output in production", fresh(production(Severity::Debug), 1), &[Ignore]),
        ("an error on staging", in_environment("staging", unhandled(fresh(level(Severity::Error), 3))), &[Low, Medium]),
        (
            "a crash on staging wakes nobody",
            in_environment("Staging-EU", unhandled(fresh(level(Severity::Fatal), 500))),
            &[Low],
        ),
        (
            "an error on a developer's machine",
            in_environment("development", unhandled(fresh(level(Severity::Error), 1))),
            &[Ignore],
        ),
        ("nothing is known at all", bare_signal("?"), &[Medium]),
    ];
    let mut policy = policy();
    policy.projects.insert("payments".into(), 100);
    let missed: Vec<String> = situations
        .iter()
        .filter_map(|(what, signal, expected)| {
            let triage = assess(signal, &Known::default(), &policy, NOW);
            let found = (triage.priority, triage.score, triage.because());
            (!expected.contains(&triage.priority)).then(|| format!("{what}: expected {expected:?}, found {found:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_metric_alert_is_what_its_status_says() {
    let metric = |status| Signal {
        fact: Fact::Metric { status },
        metric: Some(MetricAlert { organization: Some("1".into()), identifier: Some("2".into()), id: None }),
        ..production(Severity::Error)
    };
    let policy = policy();
    let critical = assess(&metric(MetricStatus::Critical), &Known::default(), &policy, NOW);
    assert_eq!(critical.priority, Priority::Critical);
    assert_eq!(critical.because().as_deref(), Some("a metric alert: its status is critical"));
    assert_eq!(assess(&metric(MetricStatus::Warning), &Known::default(), &policy, NOW).priority, Priority::Medium);
}

#[test]
fn low_is_ignored_when_it_is_switched_off_and_says_so() {
    let policy = TriagePolicy { process_low: false, ..policy() };
    let warning = assess(&level(Severity::Warning), &Known::default(), &policy, NOW);
    assert_eq!(warning.priority, Priority::Ignore);
    assert!(warning.because().unwrap().contains("SENTRY_PROCESS_LOW_PRIORITY"));
    let debug = assess(&level(Severity::Debug), &Known::default(), &policy, NOW);
    assert_eq!((debug.priority, debug.because), (Priority::Ignore, None));
    assert_eq!(assess(&level(Severity::Error), &Known::default(), &policy, NOW).priority, Priority::Medium);
}

#[test]
fn a_factor_without_data_is_left_out_and_says_what_was_missing() {
    let triage = assess(&level(Severity::Error), &Known::default(), &policy(), NOW);
    assert_eq!(triage.score, 65);
    for (name, evidence) in [
        (FactorName::Environment, "the environment was not told"),
        (FactorName::Impact, "neither users nor events were told"),
        (FactorName::Velocity, "no rate: when it was first seen, or how often, was not told"),
        (FactorName::Novelty, "when it was first seen was not told"),
        (FactorName::Criticality, "the policy gives project shop no weight of its own"),
    ] {
        let factor = factor(&triage, name);
        assert_eq!((factor.score, factor.evidence.to_string()), (None, evidence.to_owned()));
    }
}

#[test]
fn evidence_names_its_numbers() {
    let signal = Signal { hint: Some(Hint::Medium), ..unhandled(old(production(Severity::Error), 1_000, 5_000)) };
    let triage = assess(&signal, &Known::default(), &policy(), NOW);
    for (name, evidence) in [
        (FactorName::Severity, "level error, unhandled, Sentry's priority medium (-5)"),
        (FactorName::Environment, "environment production"),
        (FactorName::Impact, "1000 users, 5000 events"),
        (FactorName::Velocity, "3.4 events an hour over 60 d"),
        (FactorName::Novelty, "first seen 60 d ago"),
    ] {
        assert_eq!(factor(&triage, name).evidence.to_string(), evidence);
    }
}

#[test]
fn what_an_earlier_signal_said_fills_the_gaps() {
    let history = incident(Counts { users: Some(40), events: 90, ..Counts::default() }, days(2), minutes(1));
    let triage =
        assess(&bare_signal("it broke"), &Known { incident: Some(&history), ..Known::default() }, &policy(), NOW);
    assert_eq!(factor(&triage, FactorName::Severity).evidence.to_string(), "level error");
    assert_eq!(
        factor(&triage, FactorName::Environment).evidence.to_string(),
        "environment production, from an earlier signal"
    );
    assert_eq!(factor(&triage, FactorName::Impact).evidence.to_string(), "40 users, 90 events");
}

#[test]
fn few_events_of_our_own_count_say_nothing() {
    let history = |events| incident(Counts { events, ..Counts::default() }, minutes(30), minutes(1));
    let signal = production(Severity::Error);
    let few = assess(&signal, &Known { incident: Some(&history(3)), ..Known::default() }, &policy(), NOW);
    assert_eq!(factor(&few, FactorName::Impact).score, None);
    let many = assess(&signal, &Known { incident: Some(&history(500)), ..Known::default() }, &policy(), NOW);
    assert_eq!(factor(&many, FactorName::Impact).evidence.to_string(), "500 events; users were not told");
}

#[test]
fn velocity_compares_lately_with_before() {
    // 100 events in ten hours, then 100 more in one.
    let history = incident(Counts { users: Some(5), events: 100, ..Counts::default() }, minutes(660), minutes(60));
    let signal = |events| Signal { events: Some(events), users: Some(5), ..production(Severity::Error) };
    let grown = factor(
        &assess(&signal(200), &Known { incident: Some(&history), ..Known::default() }, &policy(), NOW),
        FactorName::Velocity,
    );
    assert_eq!((grown.score, grown.evidence.to_string().as_str()), (Some(90), "100 events an hour lately, 10 before"));
    let steady = factor(
        &assess(&signal(110), &Known { incident: Some(&history), ..Known::default() }, &policy(), NOW),
        FactorName::Velocity,
    );
    assert_eq!(steady.score, Some(25));
    let escalating = Signal { substatus: Some("escalating".into()), ..signal(101) };
    let told = factor(
        &assess(&escalating, &Known { incident: Some(&history), ..Known::default() }, &policy(), NOW),
        FactorName::Velocity,
    );
    assert_eq!((told.score, told.evidence.to_string().as_str()), (Some(90), "Sentry says that it escalates"));
}

#[test]
fn what_came_back_is_no_old_news() {
    let mut history = incident(Counts::default(), days(3), days(2));
    history.state = State::Resolved {
        at: NOW - days(1),
        by: ResolvedBy::Quiet,
        as_of: NOW - days(1),
        fixed_in: None,
        before: None,
        closed: Vec::new(),
    };
    let back = factor(
        &assess(&production(Severity::Error), &Known { incident: Some(&history), ..Known::default() }, &policy(), NOW),
        FactorName::Novelty,
    );
    assert_eq!((back.score, back.evidence.to_string().as_str()), (Some(85), "resolved here 24 h ago"));
    let regressed = Signal {
        fact: Fact::Lifecycle(Lifecycle::Unresolved { came_back: true }),
        ..old(level(Severity::Error), 1, 1)
    };
    assert_eq!(factor(&assess(&regressed, &Known::default(), &policy(), NOW), FactorName::Novelty).score, Some(90));
}

#[test]
fn weights_of_the_policy_decide() {
    let mut policy = policy();
    let signal = fresh(production(Severity::Error), 10_000);
    for factor in FactorName::ALL {
        policy.weights.insert(factor, 0.0);
    }
    assert_eq!(
        assess(&signal, &Known::default(), &policy, NOW).because().as_deref(),
        Some("nothing is known that could be weighed")
    );
    policy.weights.insert(FactorName::Impact, 0.001);
    assert_eq!(assess(&signal, &Known::default(), &policy, NOW).score, 100);
    policy.weights.insert(FactorName::Impact, f64::NAN);
    policy.weights.insert(FactorName::Severity, f64::INFINITY);
    assert_eq!(assess(&signal, &Known::default(), &policy, NOW).score, 65);
}

#[test]
fn outside_text_in_evidence_is_short_and_on_one_line() {
    let signal = Signal { environment: Some(format!("a\nb{}", "x".repeat(10_000))), ..level(Severity::Error) };
    let evidence =
        factor(&assess(&signal, &Known::default(), &policy(), NOW), FactorName::Environment).evidence.to_string();
    assert!(evidence.chars().count() < 80 && !evidence.contains('\n'), "{evidence}");
}

proptest! {
    #[test]
    fn any_numbers_give_an_answer_and_more_users_never_a_lower_one(
        events: Option<u64>, users: Option<u64>, more in 0_u64..1_000_000, first: Option<i64>, score: Option<f64>, last: i64,
        own: u64, told: Option<u64>,
    ) {
        let policy = policy();
        let mut history = incident(Counts { events: own, users: told, ..Counts::default() }, days(1), minutes(1));
        history.last_signal_at = Timestamp::from_millis(last);
        let signal = Signal {
            events, users,
            first_seen: first.map(Timestamp::from_millis),
            severity_score: score,
            ..production(Severity::Error)
        };
        let triage = assess(&signal, &Known { incident: Some(&history), ..Known::default() }, &policy, NOW);
        prop_assert!(triage.factors.iter().all(|factor| factor.score.is_none_or(|score| score <= 100) && factor.evidence.to_string().chars().count() <= 120));
        let worse = Signal { users: Some(users.unwrap_or(0).saturating_add(more)), ..signal };
        let worse = assess(&worse, &Known { incident: Some(&history), ..Known::default() }, &policy, NOW);
        prop_assert!(factor(&worse, FactorName::Impact).score >= factor(&triage, FactorName::Impact).score);
    }
}
