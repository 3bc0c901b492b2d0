//! What stands above the score: rules, a person's label, and the order of the two.

use super::*;
use crate::label::Label;
use crate::policy::rule::{Condition, Effect, Rule};

fn everything() -> Condition {
    Condition::All(Vec::new())
}

fn rule(name: &str, effect: Effect) -> Rule {
    Rule { name: name.parse().unwrap(), when: everything(), effect, route: None }
}

fn ruled(effect: Effect) -> TriagePolicy {
    TriagePolicy { rules: vec![rule("first", effect)], ..policy() }
}

fn floor(floor: Priority) -> Effect {
    Effect::Bounds { floor: Some(floor), ceiling: None }
}

fn label(priority: Priority) -> Label {
    Label { priority, by: "alice".into(), at: ago(days(1)), until: NOW + days(29), reason: None, users: 3 }
}

#[test]
fn a_rule_stands_above_the_score_and_says_so_with_the_one_that_would_have_been_next() {
    let policy = TriagePolicy {
        rules: vec![rule("first", floor(Priority::High)), rule("second", Effect::Fixed(Priority::Low))],
        ..policy()
    };
    let triage = assess(&level(Severity::Error), &Known::default(), &policy, NOW);
    assert_eq!((triage.priority, triage.scored()), (Priority::High, Priority::Medium));
    assert_eq!(triage.because.as_ref(), Some(&Because::Rule));
    assert!(triage.because().unwrap().starts_with("rule first: never below high"));
    assert_eq!(triage.rule.unwrap().runner_up.unwrap().as_str(), "second");
}

#[test]
fn a_rule_may_exceed_the_built_in_ceilings_and_beats_a_metric_alert() {
    let staging = Signal { environment: Some("development".into()), ..level(Severity::Fatal) };
    let triage = assess(&staging, &Known::default(), &ruled(floor(Priority::Critical)), NOW);
    assert_eq!((triage.priority, triage.scored()), (Priority::Critical, Priority::Ignore));
    let alert = Signal { fact: Fact::Metric { status: MetricStatus::Critical }, ..level(Severity::Error) };
    let triage = assess(&alert, &Known::default(), &ruled(Effect::Fixed(Priority::Low)), NOW);
    assert_eq!((triage.priority, triage.scored()), (Priority::Low, Priority::Critical));
}

#[test]
fn a_rule_that_changes_nothing_decided_nothing_but_is_told() {
    let triage = assess(&fresh(production(Severity::Error), 3), &Known::default(), &ruled(floor(Priority::Low)), NOW);
    assert_eq!((triage.priority, &triage.because), (Priority::Medium, &None));
    assert_eq!(triage.rule.unwrap().name.as_str(), "first");
}

#[test]
fn a_label_stands_above_every_rule_while_it_holds_and_yields_when_users_grow_tenfold() {
    let label = label(Priority::Low);
    let known = Known { label: Some(&label), ..Known::default() };
    let policy = ruled(Effect::Fixed(Priority::Critical));
    let of = |users: u64, now| assess(&fresh(production(Severity::Error), users), &known, &policy, now);
    assert_eq!((of(29, NOW).priority, of(30, NOW).priority), (Priority::Low, Priority::Critical));
    assert!(matches!(of(29, NOW).because, Some(Because::Label(_))));
    assert_eq!(of(3, NOW + days(29)).priority, Priority::Critical);
}

#[test]
fn what_a_rule_drops_is_marked_unless_a_label_holds_or_it_is_a_life_cycle_hook() {
    let policy = ruled(Effect::Drop);
    let crash = fresh(production(Severity::Fatal), 900);
    let dropped = assess(&crash, &Known::default(), &policy, NOW);
    assert!(dropped.drop && dropped.priority == Priority::Ignore && dropped.scored() == Priority::Critical);
    let label = label(Priority::High);
    let known = Known { label: Some(&label), ..Known::default() };
    let labelled = assess(&production(Severity::Fatal), &known, &policy, NOW);
    assert!(!labelled.drop && labelled.priority == Priority::High);
    for fact in [
        Fact::Lifecycle(Lifecycle::Resolved { fixed_in: None }),
        Fact::Lifecycle(Lifecycle::Unresolved { came_back: true }),
        Fact::Metric { status: MetricStatus::Resolved },
    ] {
        let hook = assess(&Signal { fact, ..production(Severity::Error) }, &Known::default(), &policy, NOW);
        assert!(!hook.drop && hook.priority > Priority::Ignore);
    }
}

#[test]
fn low_that_a_rule_or_a_person_says_is_still_switched_off_last() {
    let off = TriagePolicy { process_low: false, ..ruled(Effect::Fixed(Priority::Low)) };
    let triage = assess(&fresh(production(Severity::Fatal), 900), &Known::default(), &off, NOW);
    assert_eq!((triage.priority, triage.because), (Priority::Ignore, Some(Because::LowOff)));
    assert_eq!(triage.before, Some(Priority::Critical));
}

#[test]
fn a_rule_gives_the_route_even_where_a_label_gives_the_priority() {
    let mut policy = ruled(floor(Priority::High));
    policy.rules[0].route = Some("night".parse().unwrap());
    let label = label(Priority::Medium);
    let known = Known { label: Some(&label), ..Known::default() };
    let triage = assess(&production(Severity::Error), &known, &policy, NOW);
    assert_eq!((triage.priority, triage.route.unwrap().as_str()), (Priority::Medium, "night"));
}

#[test]
fn a_triage_of_an_older_version_opens_and_keeps_its_words() {
    let old = serde_json::json!({
        "fingerprint": "d41d8cd98f00b204e9800998ecf8427e", "priority": "low", "score": 71, "because": "level info: never above low",
        "factors": [
            {"name": "severity", "score": 70, "weight": 1.5, "evidence": "level error, unhandled"},
            {"name": "velocity", "weight": 1.0, "evidence": "rate"},
        ],
    });
    let triage: Triage = serde_json::from_value(old.clone()).unwrap();
    assert_eq!(triage.factors[0].evidence, Evidence::Told("level error, unhandled".into()));
    assert_eq!(triage.because().as_deref(), Some("level info: never above low"));
    assert_eq!((triage.scored(), triage.drop, &triage.policy), (Priority::Low, false, &None));
    assert_eq!(serde_json::to_value(&triage).unwrap(), old);
    let null =
        serde_json::json!({ "fingerprint": "f", "priority": "high", "score": 71, "factors": [], "because": null });
    assert_eq!(serde_json::from_value::<Triage>(null).unwrap().because, None);
}
