//! What no score may exceed, and that of several the lowest holds.

use super::*;
use crate::label::Label;
use crate::signal::Project;

fn priority(signal: &Signal, policy: &TriagePolicy) -> Priority {
    assess(signal, &Known::default(), policy, NOW).priority
}

fn seen_in(environment: &str) -> Signal {
    let everywhere = unhandled(fresh(level(Severity::Fatal), 5_000));
    Signal { environment: Some(environment.into()), ..everywhere }
}

#[test]
fn where_no_customers_are_nothing_is_above_low_and_a_developers_own_is_no_incident() {
    for (environment, expected) in [
        ("production", Priority::Critical),
        ("staging", Priority::Low),
        ("qa", Priority::Low),
        ("dev", Priority::Ignore),
    ] {
        assert_eq!(priority(&seen_in(environment), &policy()), expected, "{environment}");
        let alert = Signal { fact: Fact::Metric { status: MetricStatus::Critical }, ..seen_in(environment) };
        assert_eq!(priority(&alert, &policy()), expected, "a metric alert on {environment}");
    }
}

#[test]
fn what_the_policy_gives_little_worth_waits() {
    let signal = Signal {
        project: Some(Project { id: None, slug: Some("toy".into()) }),
        ..unhandled(fresh(production(Severity::Fatal), 10_000))
    };
    for (worth, expected) in [(24, Priority::Low), (39, Priority::Medium)] {
        let mut policy = policy();
        policy.projects.insert("toy".into(), worth);
        assert_eq!(priority(&signal, &policy), expected, "worth {worth}");
    }
}

#[test]
fn one_event_of_which_nothing_else_is_known_is_for_today_and_a_death_for_this_hour() {
    assert_eq!(priority(&unhandled(production(Severity::Error)), &policy()), Priority::Medium);
    assert_eq!(priority(&unhandled(production(Severity::Fatal)), &policy()), Priority::High);
    let outage = Signal { category: Some("outage".into()), ..production(Severity::Error) };
    assert!(priority(&outage, &policy()) > Priority::Medium, "a monitor speaks for itself");
    let mut dear = policy();
    dear.projects.insert("shop".into(), 100);
    assert_eq!(priority(&unhandled(production(Severity::Fatal)), &dear), Priority::Critical);
    let mut by_level = policy();
    for factor in [FactorName::Impact, FactorName::Velocity] {
        by_level.weights.insert(factor, 0.0);
    }
    assert_eq!(
        priority(&unhandled(production(Severity::Fatal)), &by_level),
        Priority::Critical,
        "nobody asked for counts"
    );
    let test = Signal { synthetic: true, ..unhandled(production(Severity::Fatal)) };
    assert_eq!(priority(&test, &policy()), Priority::Critical, "a test says by its level what it is to look like");
}

#[test]
fn what_goes_on_as_it_has_for_over_a_week_waits_until_it_grows_or_comes_back() {
    let (mut baseline, mut project) = (crate::baseline::Baseline::default(), crate::project::ProjectHistory::default());
    for hour in (0..28 * 24_u64).rev() {
        baseline.take_in(20, NOW - Duration::from_hours(hour), &mut project.shape);
    }
    let of = |signal: &Signal, baseline: &crate::baseline::Baseline| {
        let known = Known { baseline: Some(baseline), project: Some(&project), ..Known::default() };
        assess(signal, &known, &policy(), NOW).priority
    };
    let error = unhandled(old(production(Severity::Error), 5_000, 90_000));
    assert_eq!(of(&error, &baseline), Priority::Low);
    assert_eq!(of(&unhandled(old(production(Severity::Fatal), 5_000, 90_000)), &baseline), Priority::Medium);
    let escalating = Signal { substatus: Some("escalating".into()), ..error.clone() };
    assert!(of(&escalating, &baseline) > Priority::Medium);
    let mut grown = baseline.clone();
    grown.take_in(3_000, NOW, &mut project.shape.clone());
    assert!(of(&error, &grown) > Priority::Medium);
}

#[test]
fn what_runs_where_the_fix_is_not_is_no_incident() {
    let mut history = incident(Counts { events: 900, ..Counts::default() }, days(9), days(2));
    history.state = State::Resolved {
        at: NOW - days(1),
        by: ResolvedBy::Sentry,
        as_of: NOW - days(1),
        fixed_in: Some(crate::release::FixedIn::Release("shop@1.4.0".into())),
        before: None,
        closed: Vec::new(),
    };
    let known = Known { incident: Some(&history), ..Known::default() };
    let of = |release: &str| {
        let signal = Signal { release: Some(release.into()), ..unhandled(production(Severity::Error)) };
        assess(&signal, &known, &policy(), NOW).priority
    };
    assert_eq!(of("shop@1.3.9"), Priority::Ignore);
    assert!(of("shop@1.4.0") > Priority::Ignore);
}

#[test]
fn a_person_and_a_rule_stand_above_every_ceiling() {
    let label = Label::said(Priority::Critical, "alice", None, Some(5_000), NOW);
    let known = Known { label: Some(&label), ..Known::default() };
    assert_eq!(assess(&seen_in("dev"), &known, &policy(), NOW).priority, Priority::Critical);
}
