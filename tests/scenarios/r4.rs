//! R4: an unresolve by a person is an undo: level, rung and cooldowns come back.

use harness::{Setting, World, hours, minutes, scenario, seconds};

async fn undo(world: &mut World) -> String {
    world.sentry("issue.unresolved.by-person").send().await.outcome
}

#[test]
fn the_ladder_goes_on_at_the_next_rung_its_clock_having_stood_still() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(20)).await;
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(hours(2)).await;
        world.expect_silence();

        assert_eq!(undo(world).await, "reopened");
        world.expect_silence();
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("escalating", "critical"));
        // Due at 30, after two hours in which nothing counted: at 150.
        world.advance(minutes(9)).await;
        assert!(world.sent_to("bob").is_empty());
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["150"]);
        world.forget_what_was_sent();
        let kept = world.kept(&incident).await;
        assert_eq!((kept.escalations, kept.opening), (2, 2));
    });
}

#[test]
fn a_resolve_that_is_taken_back_within_a_minute_pages_nobody_twice() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        for _ in 0..2 {
            world.advance(seconds(10)).await;
            world.sentry("issue.resolved").send().await;
            assert_eq!(world.incident(&incident).await.state(), "resolved");
            world.advance(seconds(10)).await;
            world.forget_what_was_sent();
            assert_eq!(undo(world).await, "reopened");
            world.expect_silence();
        }
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        world.forget_what_was_sent();
        world.advance(hours(3)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}

#[test]
fn an_acknowledgement_comes_back_with_the_time_that_it_had_left() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.advance(minutes(20)).await;
        world.resolve(&incident, "ada").await;
        world.advance(hours(1)).await;
        world.forget_what_was_sent();

        undo(world).await;
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.advance(minutes(9)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ada", ["acknowledgement_ended"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_rest_of_the_initial_delay_remains() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(1)).await;
        world.resolve(&incident, "ada").await;
        world.advance(hours(1)).await;
        undo(world).await;
        assert_eq!(world.incident(&incident).await.state(), "open");
        world.advance(seconds(59)).await;
        world.expect_silence();
        world.advance(seconds(1)).await;
        assert_eq!(world.sent_to("ops").len(), 1);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_undo_raises_nothing_and_lowers_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        world.sentry("issue.unresolved.by-person").critical().send().await;
        assert_eq!(world.incident(&incident).await.level(), "medium");
    });
}

#[test]
fn it_goes_on_under_the_policy_that_it_had() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        let pinned = world.kept(&incident).await.policy;
        world.advance(minutes(20)).await;
        world.resolve(&incident, "ada").await;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        world.forget_what_was_sent();

        assert_eq!(undo(world).await, "reopened");
        assert_eq!(world.kept(&incident).await.policy, pinned);
        world.advance(minutes(10)).await;
        assert!(!world.sent_to("bob").is_empty(), "the secondary of the ladder that it climbs");
        assert!(world.sent_to("dan").is_empty());
        world.forget_what_was_sent();
    });
}

#[test]
fn a_person_may_take_a_resolve_back_here_as_well() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(20)).await;
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(hours(2)).await;
        assert_eq!(world.undo(&incident, "bob").await, 200);
        world.expect_silence();
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("escalating", "critical"));
        world.advance(minutes(10)).await;
        world.expect_pages("bob", ["150"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn after_it_sentry_ends_it_as_before() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(1)).await;
        world.sentry("issue.resolved").send().await;
        world.advance(minutes(1)).await;
        world.undo(&incident, "bob").await;
        assert_eq!(world.incident(&incident).await.0["issues"][0]["open"], true);
        world.advance(minutes(1)).await;
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        world.forget_what_was_sent();
    });
}

#[test]
fn what_is_not_over_or_was_over_for_too_long_is_not_taken_back() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        assert_eq!(world.undo(&incident, "ada").await, 409);
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(hours(24)).await;
        world.advance(seconds(1)).await;
        assert_eq!(world.undo(&incident, "ada").await, 409, "the reopen window is over");
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}

#[test]
fn a_snooze_comes_back_with_the_time_that_it_had_left() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.snooze(&incident, "ada", serde_json::json!({"for": "1h"})).await;
        world.advance(minutes(20)).await;
        world.resolve(&incident, "ada").await;
        world.advance(hours(1)).await;
        world.forget_what_was_sent();
        world.undo(&incident, "ada").await;
        assert_eq!(world.incident(&incident).await.state(), "snoozed");
        world.advance(minutes(39)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ops", ["snooze_ended"]);
        world.expect_reasons("ada", ["snooze_ended"]);
    });
}

#[test]
fn an_undo_restarts_no_agent() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(5)).await;
        world.expect_starts("fixer", ["2"]);
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        world.undo(&incident, "ada").await;
        world.advance(hours(1)).await;
        world.expect_starts("fixer", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_undo_of_noise_takes_the_word_back_with_the_resolve() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.act(&incident, "noise", serde_json::json!({"by": "ada"})).await;
        world.advance(minutes(5)).await;
        assert_eq!(world.undo(&incident, "ada").await, 200);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("escalating", "critical"));
        assert_eq!(shown.field("priority"), "critical", "what is paged as critical is no noise");
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        assert_eq!(world.sentry("event_alert.triggered").critical().send().await.outcome, "reopened");
        world.forget_what_was_sent();
    });
}
