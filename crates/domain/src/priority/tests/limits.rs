//! Where each ceiling begins and where it ends, which of several holds, and what leads above it.

use super::*;
use crate::baseline::Baseline;
use crate::project::ProjectHistory;
use crate::release::FixedIn;

/// Critical by its score in any environment of some worth.
fn disaster() -> Signal {
    unhandled(fresh(production(Severity::Fatal), 100_000))
}

fn triage(signal: &Signal, policy: &TriagePolicy) -> Triage {
    assess(signal, &Known::default(), policy, NOW)
}

fn ceiling(triage: &Triage) -> Option<&Ceiling> {
    match &triage.because {
        Some(Because::Ceiling(ceiling)) => Some(ceiling),
        _ => None,
    }
}

fn worth(shop: u8) -> TriagePolicy {
    let mut policy = policy();
    policy.projects.insert("shop".into(), shop);
    policy
}

fn without(factor: FactorName) -> TriagePolicy {
    let mut policy = policy();
    policy.weights.insert(factor, 0.0);
    policy
}

/// Two weeks of eight events an hour, and so many in the hour that runs.
fn baseline(count: u32) -> Baseline {
    let hour = u32::try_from(NOW.millis() / 3_600_000).unwrap();
    Baseline { hour, count, mean: 8 << 20, observed: 336, weight: 336 << 10, peak: 8 << 10, ..Baseline::default() }
}

/// High by its score, and two months old.
fn long_known() -> Signal {
    unhandled(old(production(Severity::Error), 20_000, 50_000))
}

fn at_pace(signal: &Signal, count: u32, policy: &TriagePolicy) -> Triage {
    let (baseline, project) = (baseline(count), ProjectHistory::default());
    let known = Known { baseline: Some(&baseline), project: Some(&project), ..Known::default() };
    assess(signal, &known, policy, NOW)
}

/// A signal after a resolve that named the release of its fix, or none.
fn after_the_fix(signal: &Signal, fixed_in: Option<&str>, policy: &TriagePolicy) -> Triage {
    let mut history = incident(Counts::default(), days(3), days(2));
    history.state = State::Resolved {
        at: ago(days(1)),
        by: ResolvedBy::Sentry,
        as_of: ago(days(1)),
        fixed_in: fixed_in.map(|release| FixedIn::Release(release.into())),
        before: None,
        closed: Vec::new(),
    };
    assess(signal, &Known { incident: Some(&history), ..Known::default() }, policy, NOW)
}

fn in_release(release: &str) -> Signal {
    Signal { release: Some(release.into()), seen_at: Some(NOW), ..disaster() }
}

#[test]
fn an_environment_below_15_opens_nothing_and_one_below_40_is_low() {
    let mut policy = policy();
    let signal = Signal { environment: Some("edge".into()), ..disaster() };
    for (worth, priority) in [
        (0, Priority::Ignore),
        (14, Priority::Ignore),
        (15, Priority::Low),
        (39, Priority::Low),
        (40, Priority::Critical),
    ] {
        policy.environments.insert("edge".into(), worth);
        let triage = triage(&signal, &policy);
        assert_eq!(triage.priority, priority, "{worth}");
        assert_eq!(ceiling(&triage).is_some(), worth < 40, "{worth}");
    }
}

#[test]
fn an_environment_holds_whatever_it_weighs() {
    let staging = Signal { environment: Some("staging".into()), ..disaster() };
    assert_eq!(triage(&staging, &without(FactorName::Environment)).priority, Priority::Low);
}

#[test]
fn an_environment_stands_over_a_metric_alert_too() {
    let alert = |status, environment: &str| {
        let environment = Some(environment.to_owned());
        triage(&Signal { fact: Fact::Metric { status }, environment, ..level(Severity::Error) }, &policy())
    };
    let staging = alert(MetricStatus::Critical, "staging");
    assert_eq!(staging.priority, Priority::Low);
    assert_eq!(staging.because().unwrap(), "environment staging counts 25: never above low");
    assert_eq!(alert(MetricStatus::Warning, "staging").priority, Priority::Low);
    assert_eq!(alert(MetricStatus::Critical, "dev").priority, Priority::Ignore);
    assert_eq!(alert(MetricStatus::Critical, "production").priority, Priority::Critical);
    // No other ceiling does: a person set its threshold.
    let info = Signal { fact: Fact::Metric { status: MetricStatus::Critical }, ..production(Severity::Info) };
    assert_eq!(triage(&info, &worth(5)).priority, Priority::Critical);
}

#[test]
fn what_counts_below_25_is_low_and_below_40_medium() {
    for (shop, priority) in [(0, Priority::Low), (24, Priority::Low), (25, Priority::Medium), (39, Priority::Medium)] {
        let triage = triage(&disaster(), &worth(shop));
        assert_eq!((triage.priority, ceiling(&triage)), (priority, Some(&Ceiling::Worth(shop))));
    }
    let enough = triage(&disaster(), &worth(40));
    assert!(enough.priority > Priority::Medium && ceiling(&enough).is_none());
    let mut weightless = worth(5);
    weightless.weights.insert(FactorName::Criticality, 0.0);
    assert_eq!(ceiling(&triage(&disaster(), &weightless)), None);
}

#[test]
fn what_came_back_is_not_as_usual() {
    let regressed = Signal { substatus: Some("regressed".into()), ..long_known() };
    assert!(at_pace(&regressed, 8, &policy()).priority >= Priority::High);
}

#[test]
fn what_is_younger_than_a_week_or_has_no_usual_is_not_as_usual() {
    let aged = |age| at_pace(&Signal { first_seen: Some(ago(age)), ..long_known() }, 8, &policy()).priority;
    assert_eq!((aged(days(7)), aged(days(7) - minutes(1))), (Priority::Low, Priority::High));
    assert_eq!(ceiling(&triage(&long_known(), &policy())), None);
    assert_eq!(ceiling(&at_pace(&long_known(), 8, &without(FactorName::Velocity))), None);
}

#[test]
fn what_runs_where_the_fix_is_not_opens_nothing() {
    let before = after_the_fix(&in_release("shop@1.2.9"), Some("shop@1.3.0"), &policy());
    assert_eq!((before.priority, ceiling(&before)), (Priority::Ignore, Some(&Ceiling::BeforeFix {})));
    for (release, fix) in [
        ("shop@1.3.1", Some("shop@1.3.0")), // It has the fix.
        ("abcdef1", Some("shop@1.3.0")),    // Nobody can tell.
        ("shop@1.2.9", None),               // No fix was named.
    ] {
        let triage = after_the_fix(&in_release(release), fix, &policy());
        assert_eq!((triage.priority, ceiling(&triage)), (Priority::Critical, None), "{release} {fix:?}");
    }
    let weightless = without(FactorName::Novelty);
    assert_eq!(ceiling(&after_the_fix(&in_release("shop@1.2.9"), Some("shop@1.3.0"), &weightless)), None);
}

#[test]
fn the_first_event_of_what_is_dear_and_an_outage_speak_for_themselves() {
    let error = unhandled(production(Severity::Error));
    assert_eq!(triage(&error, &worth(59)).priority, Priority::Medium);
    assert_eq!(triage(&error, &worth(60)).priority, Priority::High);
    let outage = Signal { category: Some("outage".into()), ..production(Severity::Error) };
    assert_eq!(triage(&outage, &policy()).priority, Priority::Critical);
}

#[test]
fn a_policy_that_gives_impact_or_velocity_no_weight_does_not_ask_for_counts() {
    for factor in [FactorName::Impact, FactorName::Velocity] {
        let triage = triage(&unhandled(production(Severity::Error)), &without(factor));
        assert_eq!((triage.priority, ceiling(&triage)), (Priority::High, None), "{factor:?}");
    }
}

#[test]
fn of_several_the_lowest_holds_and_of_two_alike_the_place_is_told() {
    // One event: high; little worth: medium.
    let worth_below_event = triage(&production(Severity::Fatal), &worth(39));
    assert_eq!(worth_below_event.priority, Priority::Medium);
    assert_eq!(ceiling(&worth_below_event), Some(&Ceiling::Worth(39)));
    // Little worth: medium; staging: low.
    let staging = Signal { environment: Some("staging".into()), ..disaster() };
    let place_below_worth = triage(&staging, &worth(30));
    assert_eq!(place_below_worth.priority, Priority::Low);
    assert!(matches!(ceiling(&place_below_worth), Some(Ceiling::Environment { worth: 25, .. })));
    // Staging: low; before the fix: nothing.
    let old_release = Signal { environment: Some("staging".into()), ..in_release("shop@1.2.9") };
    let fix_below_place = after_the_fix(&old_release, Some("shop@1.3.0"), &policy());
    assert_eq!((fix_below_place.priority, ceiling(&fix_below_place)), (Priority::Ignore, Some(&Ceiling::BeforeFix {})));
    // Both low.
    let alike = triage(&staging, &worth(24));
    assert!(matches!(ceiling(&alike), Some(Ceiling::Environment { .. })));
}

mod ways_out {
    use super::*;
    use crate::priority::outlook::{Outlook, Way, outlook};

    fn upward(outlook: &Outlook, factor: FactorName) -> Option<Way> {
        outlook.higher.as_ref().unwrap().ways.iter().find(|way| way.factor == factor).copied()
    }

    #[test]
    fn above_one_event_lead_counts_a_rate_or_worth() {
        let (policy, signal) = (policy(), unhandled(production(Severity::Error)));
        let outlook = outlook(&triage(&signal, &policy), &policy);
        let held = outlook.held.as_deref().unwrap();
        assert!(held.contains("by its score it would be high; a count of users or events or a rate lifts that"));
        let users = upward(&outlook, FactorName::Impact).unwrap().count.unwrap().to;
        let with = |users| triage(&Signal { users: Some(users), ..signal.clone() }, &policy).priority;
        assert_eq!((with(users - 1), with(users)), (Priority::Medium, Priority::High));
        assert!(upward(&outlook, FactorName::Velocity).is_some());
        assert_eq!(upward(&outlook, FactorName::Criticality).unwrap().to, 60);
    }

    #[test]
    fn above_as_usual_lead_a_pace_above_the_limit_or_a_return() {
        let policy = policy();
        let outlook = outlook(&at_pace(&long_known(), 8, &policy), &policy);
        assert!(outlook.held.as_deref().unwrap().contains("a pace above its limit"));
        assert_eq!(upward(&outlook, FactorName::Velocity).unwrap().to, 85);
        assert_eq!(upward(&outlook, FactorName::Novelty).unwrap().to, 60);
        // More users change nothing while it goes on as usual.
        assert_eq!(upward(&outlook, FactorName::Impact), None);
    }

    #[test]
    fn above_before_the_fix_leads_a_release_with_it() {
        let policy = policy();
        let outlook = outlook(&after_the_fix(&in_release("shop@1.2.9"), Some("shop@1.3.0"), &policy), &policy);
        assert!(outlook.held.as_deref().unwrap().contains("a signal from a release with the fix lifts that"));
        let ways: Vec<_> = outlook.higher.unwrap().ways.iter().map(|way| (way.factor, way.to)).collect();
        assert_eq!(ways, [(FactorName::Novelty, 60)]);
    }

    #[test]
    fn above_little_worth_leads_more_worth() {
        let policy = worth(39);
        let outlook = outlook(&triage(&disaster(), &policy), &policy);
        let ways: Vec<_> = outlook.higher.unwrap().ways.iter().map(|way| (way.factor, way.to)).collect();
        assert_eq!(ways, [(FactorName::Criticality, 40)]);
    }

    #[test]
    fn a_metric_alert_in_a_place_of_little_worth_is_moved_by_the_place_alone() {
        let policy = policy();
        let staging = Some("staging".to_owned());
        let fact = Fact::Metric { status: MetricStatus::Critical };
        let signal = Signal { fact, environment: staging, ..level(Severity::Error) };
        let outlook = outlook(&triage(&signal, &policy), &policy);
        assert_eq!(
            outlook.held.as_deref(),
            Some(
                "environment staging counts 25: never above low; a metric alert: its status is critical; the score has no say"
            )
        );
        let (higher, lower) = (outlook.higher.unwrap(), outlook.lower.unwrap());
        assert_eq!((higher.needs, lower.needs), (None, None));
        let ways = |ways: &[Way]| ways.iter().map(|way| (way.factor, way.to)).collect::<Vec<_>>();
        assert_eq!(ways(&higher.ways), [(FactorName::Environment, 40)]);
        assert_eq!(ways(&lower.ways), [(FactorName::Environment, 14)]);
    }

    #[test]
    fn a_test_is_not_said_to_be_held_by_what_does_not_hold_it() {
        let (policy, test) = (policy(), Signal { synthetic: true, ..production(Severity::Fatal) });
        assert_eq!(outlook(&triage(&test, &policy), &policy).held, None);
    }
}
