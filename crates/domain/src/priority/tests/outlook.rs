//! What would have to change: said so that doing it does it, and doing one less does not.

use super::*;
use crate::label::Label;
use crate::policy::rule::{Condition, Effect, Rule};
use crate::priority::outlook::{Counted, outcome, outlook};

fn ruled(effect: Effect) -> TriagePolicy {
    let rule = Rule { name: "held".parse().unwrap(), when: Condition::All(Vec::new()), effect, route: None };
    TriagePolicy { rules: vec![rule], ..policy() }
}

fn with(triage: &Triage, name: FactorName, score: u8) -> Vec<Factor> {
    let mut factors = triage.factors.clone();
    factors.iter_mut().find(|factor| factor.name == name).unwrap().score = Some(score);
    factors
}

#[test]
fn a_way_is_told_in_users_where_the_score_comes_from_users() {
    let signal = Signal { users: Some(12), ..production(Severity::Error) };
    let policy = policy();
    let triage = assess(&signal, &Known::default(), &policy, NOW);
    let higher = outlook(&triage, &policy).higher.unwrap();
    let way = higher.ways.iter().find(|way| way.factor == FactorName::Impact).unwrap();
    let count = way.count.unwrap();
    assert_eq!((count.of, count.from), (Counted::Users, 12));
    let told = format!("impact {} instead of 46: about {} users instead of 12", way.to, count.to);
    assert_eq!(way.to_string(), told);
    let users =
        |users| assess(&Signal { users: Some(users), ..signal.clone() }, &Known::default(), &policy, NOW).priority;
    assert_eq!((users(count.to - 1), users(count.to)), (triage.priority, higher.to));
}

#[test]
fn what_holds_it_is_named_with_what_it_would_be_without() {
    let signal = level(Severity::Error);
    let floor = ruled(Effect::Bounds { floor: Some(Priority::High), ceiling: None });
    let held = outlook(&assess(&signal, &Known::default(), &floor, NOW), &floor);
    assert_eq!(held.held.as_deref(), Some("rule held holds it at high: without it medium"));
    assert_eq!(held.lower.unwrap().to_string(), "no factor has a say");
    let label =
        Label { priority: Priority::Low, by: "alice".into(), at: NOW, until: NOW + days(30), reason: None, users: 0 };
    let policy = policy();
    let labelled = assess(&signal, &Known { label: Some(&label), ..Known::default() }, &policy, NOW);
    let labelled = outlook(&labelled, &policy);
    assert!(labelled.held.unwrap().starts_with("a label holds it at low until 20"));
    assert!(labelled.higher.unwrap().ways.is_empty());
}

#[test]
fn a_ceiling_is_told_and_another_environment_is_the_way_above_it() {
    let policy = policy();
    let signal = unhandled(fresh(Signal { environment: Some("staging".into()), ..level(Severity::Fatal) }, 500));
    let triage = assess(&signal, &Known::default(), &policy, NOW);
    let outlook = outlook(&triage, &policy);
    assert!(outlook.held.unwrap().contains("never above low"));
    let higher = outlook.higher.unwrap();
    assert_eq!(higher.needs, None);
    assert_eq!(higher.ways.iter().map(|way| way.factor).collect::<Vec<_>>(), [FactorName::Environment]);
}

#[test]
fn a_metric_alert_is_not_moved_by_factors() {
    let policy = policy();
    let alert = Signal { fact: Fact::Metric { status: MetricStatus::Warning }, ..production(Severity::Error) };
    let outlook = outlook(&assess(&alert, &Known::default(), &policy, NOW), &policy);
    assert!(outlook.higher.unwrap().ways.is_empty() && outlook.lower.unwrap().ways.is_empty());
    assert_eq!(outlook.held.as_deref(), Some("a metric alert: its status is warning; the score has no say"));
    let policy = ruled(Effect::Bounds { floor: Some(Priority::High), ceiling: None });
    let outlook = crate::priority::outlook::outlook(&assess(&alert, &Known::default(), &policy, NOW), &policy);
    assert!(outlook.higher.unwrap().ways.is_empty() && outlook.lower.unwrap().ways.is_empty());
}

#[test]
fn what_is_critical_has_no_higher_and_what_is_ignored_no_lower() {
    let policy = policy();
    let of = |signal: &Signal| outlook(&assess(signal, &Known::default(), &policy, NOW), &policy);
    assert!(of(&unhandled(fresh(production(Severity::Fatal), 900))).higher.is_none());
    assert!(of(&level(Severity::Debug)).lower.is_none());
}

proptest! {
    #[test]
    fn the_stated_score_crosses_and_one_less_does_not(
        severity in prop::option::of(0_usize..5), environment in prop::option::of(0_usize..4), users in prop::option::of(0_u64..100_000),
        events in prop::option::of(0_u64..1_000_000), age in prop::option::of(0_u64..100_000), effect in 0_usize..5, low: bool,
    ) {
        let severities = [Severity::Debug, Severity::Info, Severity::Warning, Severity::Error, Severity::Fatal];
        let mut policy = match effect {
            0 | 1 => policy(),
            2 => ruled(Effect::Bounds { floor: Some(Priority::Medium), ceiling: None }),
            3 => ruled(Effect::Bounds { floor: None, ceiling: Some(Priority::High) }),
            _ => ruled(Effect::Bounds { floor: Some(Priority::Low), ceiling: Some(Priority::Medium) }),
        };
        policy.process_low = low;
        let signal = Signal {
            severity: severity.map(|at| severities[at]),
            environment: environment.map(|at| ["production", "staging", "development", "somewhere"][at].to_owned()),
            users, events, first_seen: age.map(|age| ago(minutes(age))),
            ..bare_signal("?")
        };
        let triage = assess(&signal, &Known::default(), &policy, NOW);
        prop_assert_eq!(outcome(&triage, &triage.factors, &policy), Some(triage.priority));
        let seen = outlook(&triage, &policy);
        prop_assert_eq!((seen.higher.is_some(), seen.lower.is_some()), (triage.priority != Priority::Critical, triage.priority != Priority::Ignore));
        for way in seen.higher.iter().flat_map(|change| &change.ways) {
            prop_assert!(outcome(&triage, &with(&triage, way.factor, way.to), &policy) > Some(triage.priority));
            if way.from.map_or(0, |from| from + 1) < way.to {
                prop_assert!(outcome(&triage, &with(&triage, way.factor, way.to - 1), &policy) <= Some(triage.priority));
            }
        }
        for way in seen.lower.iter().flat_map(|change| &change.ways) {
            prop_assert!(outcome(&triage, &with(&triage, way.factor, way.to), &policy) < Some(triage.priority));
            if way.from.map_or(100, |from| from - 1) > way.to {
                prop_assert!(outcome(&triage, &with(&triage, way.factor, way.to + 1), &policy) >= Some(triage.priority));
            }
        }
    }
}
