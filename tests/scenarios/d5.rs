//! D5: `ignored` means that triage said ignore; life-cycle hooks on a live incident answer `joined`, `resolved` or `reopened`.

use harness::{Setting, scenario};

#[test]
fn what_triage_ignores_is_stored_answered_ignored_and_opens_nothing() {
    scenario(async |world| {
        let answer = world.sentry("issue.created").not_worth_it().send().await;
        assert_eq!((answer.status, answer.outcome.as_str(), answer.incident), (202, "ignored", None));
        assert!(world.incidents().await.is_empty());
    });
}

#[test]
fn low_is_ignored_when_the_policy_says_so() {
    Setting::default().with_policy("triage.process_low = false").play(async |world| {
        assert_eq!(world.sentry("issue.created").low().send().await.outcome, "ignored");
        assert_eq!(world.sentry("issue.created").medium().issue("2").send().await.outcome, "opened");
    });
}

#[test]
fn the_life_of_an_issue_answers_with_what_it_did() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        for (fixture, outcome) in [
            ("issue.assigned", "joined"),
            ("issue.assigned.by-rule", "joined"),
            ("comment.created", "joined"),
            ("issue.unresolved.escalating", "joined"),
            ("issue.resolved", "resolved"),
            ("issue.unresolved.by-person", "reopened"),
            ("issue.ignored", "joined"),
            ("issue.archived", "resolved"),
        ] {
            let answer = world.sentry(fixture).send().await;
            assert_eq!((answer.status, answer.outcome.as_str()), (202, outcome), "{fixture}");
            assert_eq!(answer.incident, Some(incident.clone()), "{fixture}");
        }
    });
}

#[test]
fn a_low_signal_joins_a_live_incident_whatever_triage_says_of_it() {
    scenario(async |world| {
        world.sentry("issue.created").send().await;
        assert_eq!(world.sentry("event_alert.triggered").not_worth_it().send().await.outcome, "joined");
    });
}

#[test]
fn with_monitoring_switched_off_hooks_are_stored_and_open_nothing() {
    Setting::default().without_monitoring().play(async |world| {
        let answer = world.sentry("issue.created").critical().send().await;
        assert_eq!((answer.status, answer.outcome.as_str(), answer.incident), (202, "stored", None));
        let told = world.read("/api/sentry-webhook").await;
        assert_eq!(told["features"]["smartMonitoring"], false);
    });
}

#[test]
fn what_a_rule_drops_is_ignored_and_opens_nothing_but_ends_what_it_is_about() {
    let drop = r#"
        [[rules]]
        name = "noise"
        when = { project = "checkout" }
        drop = true
    "#;
    harness::scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.restart_with(|setting| setting.with_policy(drop)).await;
        assert_eq!(world.sentry("issue.created").issue("2").high().send().await.outcome, "ignored");
        let ended = world.sentry("issue.resolved").send().await;
        assert_eq!((ended.outcome.as_str(), ended.incident()), ("resolved", incident));
    });
}
