//! Resolving and reopening.

use super::*;
use crate::signal::MetricStatus;

#[test]
fn r1_sentry_resolves_when_the_last_joined_issue_is_resolved_or_ignored() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.observe(signal("2", story.now), Priority::High).unwrap();
    story.observe(lifecycle("1", story.now, Lifecycle::Resolved { fixed_in: None }), Priority::High).unwrap();
    assert_eq!(story.state(), "open");
    let ignored = lifecycle("2", story.now, Lifecycle::Ignored { until_condition: false, until: None });
    let decision = story.observe(ignored, Priority::High).unwrap();
    assert_eq!((story.state(), decision.outcome), ("resolved", crate::signal::Outcome::Resolved));
}

#[test]
fn r1_a_resolve_older_than_a_signal_of_this_opening_is_stale() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    let old = story.now - Duration::from_secs(61);
    story.observe(lifecycle("1", old, Lifecycle::Resolved { fixed_in: None }), Priority::High).unwrap();
    assert_eq!(story.state(), "open");
    let tolerated = story.now - Duration::from_secs(59);
    story.observe(lifecycle("1", tolerated, Lifecycle::Resolved { fixed_in: None }), Priority::High).unwrap();
    assert_eq!(story.state(), "resolved");
}

#[test]
fn i7_an_unsigned_source_never_resolves() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    let mut unsigned = lifecycle("1", story.now, Lifecycle::Resolved { fixed_in: None });
    unsigned.signed = false;
    story.observe(unsigned, Priority::High).unwrap();
    assert_eq!(story.state(), "open");
}

#[test]
fn r2_quiet_never_resolves_a_critical_or_high_that_nobody_acknowledged() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(29 * 24 * 60));
    assert_eq!(story.state(), "exhausted");
    story.wait(minutes(24 * 60));
    assert_eq!(story.state(), "resolved", "by age, after thirty days");
}

#[test]
fn r2_quiet_resolves_what_was_acknowledged_and_a_signal_counts_it_anew() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(3));
    story.acknowledge("ada");
    story.wait(minutes(23 * 60));
    story.signal(Priority::High).unwrap();
    story.wait(minutes(23 * 60));
    assert_ne!(story.state(), "resolved");
    story.wait(minutes(60));
    assert_eq!(story.state(), "resolved");
}

#[test]
fn r3_a_later_signal_reopens_as_a_regression_one_level_up_once() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(1));
    story.resolve("ada");
    story.now = story.now + minutes(5);
    story.signal(Priority::Medium).unwrap();
    assert_eq!((story.level(), story.incident().opening), (Level::High, 2));
    story.resolve("ada");
    story.now = story.now + minutes(5);
    story.signal(Priority::Medium).unwrap();
    assert_eq!(story.level(), Level::Medium, "at most once per incident");
}

#[test]
fn r3_a_regression_never_raises_to_critical() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.resolve("ada");
    story.now = story.now + minutes(5);
    story.signal(Priority::High).unwrap();
    assert_eq!(story.level(), Level::High);
}

#[test]
fn r3_a_resolve_by_quiet_raises_nothing() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(3 * 24 * 60));
    assert_eq!(story.state(), "resolved");
    story.now = story.now + minutes(5);
    story.signal(Priority::Medium).unwrap();
    assert_eq!(story.level(), Level::Medium);
}

#[test]
fn r3_a_signal_from_before_the_resolve_reopens_nothing_and_one_after_the_window_neither() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let before = story.now;
    story.now = story.now + minutes(10);
    story.resolve("ada");
    story.now = story.now + minutes(1);
    assert_eq!(story.observe(signal("1", before), Priority::Critical), Err(Rejection::NotLater));
    story.now = story.now + minutes(24 * 60 + 1);
    assert_eq!(story.signal(Priority::Critical), Err(Rejection::WindowOver));
}

#[test]
fn d5_what_triage_ignores_opens_nothing() {
    let mut story = Story::begins();
    assert_eq!(story.signal(Priority::Ignore), Err(Rejection::Unwanted));
}

#[test]
fn d5_what_a_rule_drops_opens_joins_and_reopens_nothing_but_a_resolve_still_ends() {
    let mut story = Story::begins();
    let dropped = |story: &mut Story, signal: Signal| {
        let policy = story.policy.hash.clone();
        story.ask(&Command::Observe {
            delivery: DeliveryId(77),
            signal: Box::new(signal),
            triage: Box::new(Triage { drop: true, ..triage(Priority::Ignore) }),
            new_id: IncidentId::from_bits(8),
            policy,
            previous: None,
            label: None,
        })
    };
    let now = story.now;
    assert_eq!(dropped(&mut story, signal("1", now)), Err(Rejection::Unwanted));
    story.signal(Priority::High).unwrap();
    let before = story.incident().clone();
    story.now = story.now + minutes(5);
    let now = story.now;
    assert_eq!(dropped(&mut story, signal("1", now)), Err(Rejection::Unwanted));
    assert_eq!(story.incident(), &before);
    dropped(&mut story, lifecycle("1", now, Lifecycle::Resolved { fixed_in: None })).unwrap();
    assert_eq!(story.state(), "resolved");
    story.now = story.now + minutes(5);
    let now = story.now;
    assert_eq!(dropped(&mut story, signal("1", now)), Err(Rejection::Unwanted));
}

#[test]
fn i5_one_event_seen_as_two_resources_counts_once_and_sentrys_totals_win() {
    let mut story = Story::begins();
    let mut seen = signal("1", story.now);
    seen.event = Some("e1".to_owned());
    story.observe(seen.clone(), Priority::High).unwrap();
    story.observe(seen.clone(), Priority::High).unwrap();
    assert_eq!((story.incident().counts.events, story.incident().counts.signals), (1, 2));
    seen.event = None;
    seen.events = Some(40);
    story.observe(seen, Priority::High).unwrap();
    assert_eq!(story.incident().counts.events, 40);
}

#[test]
fn i5_the_first_total_that_is_heard_is_no_growth_and_each_event_counts_once() {
    let mut story = Story::begins();
    let told = |story: &mut Story, event: Option<&str>, events| {
        let seen = Signal { event: event.map(str::to_owned), events, ..signal("1", story.now) };
        story.observe(seen, Priority::High).unwrap();
        story.incident().counts.pace.rate(story.now)
    };
    assert_eq!(told(&mut story, Some("e1"), None), 1);
    assert_eq!(told(&mut story, None, Some(10_000)), 1, "they may be years old");
    assert_eq!(told(&mut story, Some("e2"), None), 2);
    assert_eq!(told(&mut story, None, Some(10_001)), 2, "that was e2");
    assert_eq!(told(&mut story, None, Some(10_005)), 6);
}

#[test]
fn i4_a_metric_alert_that_comes_back_as_a_warning_is_medium_and_not_raised() {
    let metric = |status, at| Signal { fact: Fact::Metric { status }, ..signal("1", at) };
    let mut story = Story::begins();
    story.observe(metric(MetricStatus::Critical, story.now), Priority::Critical).unwrap();
    story.observe(metric(MetricStatus::Resolved, story.now), Priority::Critical).unwrap();
    assert_eq!(story.state(), "resolved");
    story.now = story.now + minutes(5);
    story.observe(metric(MetricStatus::Warning, story.now), Priority::Medium).unwrap();
    assert_eq!(story.level(), Level::Medium);
}

#[test]
fn r1_an_issue_is_over_even_if_another_of_the_incident_was_seen_since() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    let seen = story.now;
    story.wait(minutes(5));
    story.observe(signal("2", story.now), Priority::High).unwrap();
    story.observe(lifecycle("1", seen, Lifecycle::Resolved { fixed_in: None }), Priority::High).unwrap();
    story.observe(lifecycle("2", story.now, Lifecycle::Resolved { fixed_in: None }), Priority::High).unwrap();
    assert_eq!(story.state(), "resolved");
}

#[test]
fn r2_quiet_says_nothing_of_an_incident_that_was_opened_by_hand() {
    let mut story = Story::begins();
    let policy = story.policy.hash.clone();
    let by = Actor::Person("ada".to_owned());
    story
        .ask(&Command::Create {
            new_id: IncidentId::from_bits(7),
            external_id: "switch-7".to_owned(),
            title: "the switch in the cellar smells".to_owned(),
            level: Level::Medium,
            act: Act { by, reason: None, saw: None },
            policy,
            synthetic: false,
        })
        .unwrap();
    story.wait(minutes(29 * 24 * 60));
    assert_eq!(story.state(), "exhausted");
    story.wait(minutes(24 * 60));
    assert_eq!(story.state(), "resolved", "by age");
}

#[test]
fn an_incident_of_an_older_version_keeps_its_one_environment() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    let mut stored = serde_json::to_value(story.incident()).unwrap();
    stored["subject"]["environment"] = "production".into();
    let opened: crate::incident::Incident = serde_json::from_value(stored).unwrap();
    assert_eq!(opened.subject.environments.all(), ["production"]);
}

#[test]
fn r4_what_an_older_version_resolved_reopens_without_a_raise() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.resolve("ada");
    let mut stored = serde_json::to_value(story.incident()).unwrap();
    stored["state"].as_object_mut().unwrap().remove("before");
    story.incident = Some(serde_json::from_value(stored).unwrap());
    story.wait(minutes(1));
    let unresolved = lifecycle("1", story.now, Lifecycle::Unresolved { came_back: false });
    story.observe(unresolved, Priority::Medium).unwrap();
    assert_eq!((story.state(), story.level()), ("open", Level::Medium));
}

#[test]
fn r2_an_answer_to_less_is_none_to_what_it_rose_to() {
    for fix in [false, true] {
        let mut story = Story::begins();
        story.signal(Priority::Medium).unwrap();
        if fix {
            announce_fix(&mut story, Priority::Medium);
        } else {
            story.acknowledge("ada");
        }
        story.wait(minutes(30));
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(25 * 60));
        assert_eq!(story.state(), "exhausted", "a fix: {fix}");
        // Whoever answers now answers for it.
        story.acknowledge("bob");
        story.wait(minutes(60));
        assert_eq!(story.state(), "resolved", "a fix: {fix}");
    }
}

#[test]
fn r2_an_answer_holds_through_an_undone_resolve_and_a_withdrawn_fix_does_not() {
    for acknowledged in [false, true] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        announce_fix(&mut story, Priority::Critical);
        if acknowledged {
            story.acknowledge("ada");
        }
        story.wait(minutes(5));
        story.observe(lifecycle("1", story.now, Lifecycle::Resolved { fixed_in: None }), Priority::Critical).unwrap();
        story.wait(minutes(5));
        let undone = Lifecycle::Unresolved { came_back: false };
        story.observe(lifecycle("1", story.now, undone), Priority::Critical).unwrap();
        assert_eq!((story.incident().fix.as_ref(), story.incident().opening), (None, 2));
        story.wait(minutes(25 * 60));
        assert_eq!(story.state(), if acknowledged { "resolved" } else { "exhausted" });
    }
}

#[test]
fn r2_what_an_older_version_stored_counts_as_unanswered() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    announce_fix(&mut story, Priority::Critical);
    story.acknowledge("ada");
    let mut stored = serde_json::to_value(story.incident()).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("answered").is_some());
    assert!(stored["fix"].as_object_mut().unwrap().remove("answers").is_some());
    story.incident = Some(serde_json::from_value(stored).unwrap());
    story.wait(minutes(25 * 60));
    assert_ne!(story.state(), "resolved");
}

fn announce_fix(story: &mut Story, priority: Priority) {
    let fix = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
    story.observe(lifecycle("1", story.now, fix), priority).unwrap();
}
