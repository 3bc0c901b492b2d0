//! I3: different Sentry issues join one incident only with the same fingerprint, an in-app frame in both, and an equal known environment.

use harness::{HookBuilder, World, scenario};

fn seen<'w>(world: &'w mut World, issue: &str) -> HookBuilder<'w> {
    let event = issue.parse().unwrap();
    world.sentry("event_alert.triggered").issue(issue).event(event)
}

#[test]
fn two_issues_that_are_the_same_error_are_one_incident() {
    scenario(async |world| {
        let first = seen(world, "1").send().await;
        let second = seen(world, "2").send().await;
        assert_eq!((second.outcome.as_str(), second.incident.clone()), ("joined", first.incident));
        let shown = world.incident(&second.incident()).await;
        assert_eq!(shown.0["issues"], serde_json::json!([{"id": "1", "open": true}, {"id": "2", "open": true}]));
    });
}

#[test]
fn later_signals_of_both_issues_go_to_the_one_incident() {
    scenario(async |world| {
        let incident = seen(world, "1").send().await.incident();
        seen(world, "2").send().await;
        for issue in ["1", "2"] {
            let later = world.sentry("issue.unresolved.escalating").issue(issue).send().await;
            assert_eq!((later.outcome.as_str(), later.incident()), ("joined", incident.clone()));
        }
    });
}

#[test]
fn another_environment_is_another_incident() {
    scenario(async |world| {
        seen(world, "1").environment("production").send().await;
        assert_eq!(seen(world, "2").environment("staging").send().await.outcome, "opened");
    });
}

#[test]
fn an_unknown_environment_joins_nothing() {
    scenario(async |world| {
        seen(world, "1").without_environment().send().await;
        assert_eq!(seen(world, "2").without_environment().send().await.outcome, "opened");
        assert_eq!(seen(world, "3").environment("production").send().await.outcome, "opened");
    });
}

#[test]
fn an_error_without_frames_of_its_own_joins_nothing() {
    scenario(async |world| {
        seen(world, "1").without_own_frames().send().await;
        assert_eq!(seen(world, "2").without_own_frames().send().await.outcome, "opened");
        assert_eq!(seen(world, "3").send().await.outcome, "opened");
    });
}

#[test]
fn another_error_is_another_incident() {
    scenario(async |world| {
        seen(world, "1").titled("KeyError: basket").send().await;
        assert_eq!(seen(world, "2").titled("ValueError: amount").send().await.outcome, "opened");
    });
}

#[test]
fn an_issue_that_joins_an_acknowledged_incident_is_told_to_its_owner_once() {
    scenario(async |world| {
        let incident = seen(world, "1").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        assert_eq!(world.ack(&incident, "ada").await, 200);
        world.expect_news("ops", ["acknowledged by ada"]);
        world.expect_news("ada", ["acknowledged by ada"]);

        assert_eq!(seen(world, "2").critical().send().await.outcome, "joined");
        world.expect_news("ada", ["issue joined"]);
        // The team's channel may hear it as well.
        world.sent_to("ops");
        world.sentry("issue.unresolved.escalating").critical().issue("2").send().await;
        world.expect_silence();
    });
}

#[test]
fn each_issue_that_joins_is_news_with_a_key_of_its_own() {
    scenario(async |world| {
        let incident = seen(world, "1").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        seen(world, "2").critical().send().await;
        seen(world, "3").critical().send().await;
        let keys: Vec<String> = world.sent_to("ada").into_iter().map(|sent| sent.key).collect();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1], "a receiver would take the second for a repeat of the first");
        world.forget_what_was_sent();
    });
}

#[test]
fn an_owner_whom_no_rung_had_paged_is_told_too() {
    scenario(async |world| {
        let incident = seen(world, "1").critical().send().await.incident();
        assert_eq!(world.ack(&incident, "bob").await, 200);
        world.forget_what_was_sent();

        seen(world, "2").critical().send().await;
        world.expect_news("bob", ["issue joined"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_timeline_says_by_which_rule_an_issue_joined() {
    scenario(async |world| {
        let incident = seen(world, "1").send().await.incident();
        seen(world, "2").send().await;
        let shown = world.incident(&incident).await;
        let joined: Vec<_> = shown.0["timeline"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| row["event"] == "issue_joined")
            .map(|row| row["why"]["rule"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(joined, [None, Some("I3".to_owned())]);
    });
}

#[test]
fn an_issue_that_was_split_off_joins_and_must_be_resolved_too() {
    scenario(async |world| {
        let incident = seen(world, "1").send().await.incident();
        assert_eq!(seen(world, "3").send().await.incident(), incident, "the same fingerprint under a new issue");
        world.sentry("issue.resolved").issue("1").send().await;
        assert_ne!(world.incident(&incident).await.state(), "resolved");
        assert_eq!(world.sentry("issue.resolved").issue("3").send().await.outcome, "resolved");
    });
}
