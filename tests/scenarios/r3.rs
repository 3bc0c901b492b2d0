//! R3: inside the reopen window a later signal reopens as a regression, after it a new incident names the old one.

use harness::{HookBuilder, World, hours, minutes, scenario, seconds};

fn again(world: &mut World, event: u32) -> HookBuilder<'_> {
    world.sentry("event_alert.triggered").event(event)
}

#[test]
fn a_regression_of_a_medium_is_high_once() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        let back = again(world, 1).medium().send().await;
        assert_eq!((back.outcome.as_str(), back.incident()), ("reopened", incident.clone()));
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("opening").as_str()), ("high", "2"));

        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        again(world, 2).medium().send().await;
        assert_eq!(world.incident(&incident).await.level(), "medium", "at most once per incident");
    });
}

#[test]
fn a_regression_is_never_raised_to_critical() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.sentry("issue.resolved").send().await;
        world.advance(minutes(1)).await;
        again(world, 1).high().send().await;
        assert_eq!(world.incident(&incident).await.level(), "high");
    });
}

#[test]
fn a_resolve_by_quiet_raises_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(hours(72)).await;
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        world.advance(minutes(1)).await;
        assert_eq!(again(world, 1).medium().send().await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "medium");
    });
}

#[test]
fn triage_decides_when_it_says_more() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(1)).await;
        again(world, 1).critical().send().await;
        assert_eq!(world.incident(&incident).await.level(), "critical");
        world.expect_pages("ops", ["1"]);
        world.expect_pages("ada", ["1"]);
    });
}

#[test]
fn a_signal_from_before_the_resolve_reopens_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(1)).await;
        world.resolve(&incident, "ada").await;
        let before = world.now() - seconds(30);
        world.advance(minutes(1)).await;
        let late = again(world, 1).seen(before).high().send().await;
        assert_eq!(late.outcome, "stored");
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}

#[test]
fn after_the_window_a_new_incident_names_the_old_one() {
    scenario(async |world| {
        let old = world.sentry("issue.created").high().send().await.incident();
        world.resolve(&old, "ada").await;
        world.advance(hours(3 * 24)).await;
        world.advance(seconds(1)).await;
        let new = again(world, 1).high().send().await;
        assert_eq!(new.outcome, "opened");
        assert_ne!(new.incident(), old);
        let shown = world.incident(&new.incident()).await;
        let names = shown.0["timeline"].to_string();
        assert!(names.contains(&old), "{names}");
    });
}

#[test]
fn within_the_window_to_its_last_moment_it_is_the_same_incident() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(hours(3 * 24)).await;
        let back = again(world, 1).high().send().await;
        assert_eq!((back.outcome.as_str(), back.incident()), ("reopened", incident));
    });
}

#[test]
fn what_sentry_opens_again_is_open_whatever_the_date_of_its_last_event() {
    harness::Setting::default().with_default_triage().play(async |world| {
        let seen = world.now();
        for hook in ["issue.unresolved.escalating", "activity_alert.triggered.status_regressed"] {
            let opened =
                world.sentry("issue.created").issue(hook).level("fatal").events(900).users(400).seen(seen).send();
            let incident = opened.await.incident();
            world.advance(minutes(5)).await;
            world.resolve(&incident, "ada").await;
            world.advance(minutes(5)).await;
            let back = world.sentry(hook).issue(hook).level("fatal").events(900).users(400).seen(seen).send().await;
            assert_eq!((back.outcome.as_str(), back.incident()), ("reopened", incident), "{hook}");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn a_person_reopens_at_what_triage_says_and_raises_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        assert_eq!(world.reopen(&incident, "bob").await, 200);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("open", "medium"));
        assert_eq!(shown.field("opening"), "2");
        // Medium's delay counts from the new opening.
        world.advance(minutes(14)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["20"]);
    });
}

#[test]
fn a_person_reopens_whatever_time_has_passed() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(hours(10 * 24)).await;
        world.forget_what_was_sent();
        assert_eq!(world.reopen(&incident, "bob").await, 200);
        world.expect_pages("ops", ["14400"]);
        world.expect_pages("ada", ["14400"]);
    });
}

#[test]
fn a_person_reopens_within_the_cooldown_and_the_pages_wait_for_its_end() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        world.reopen(&incident, "bob").await;
        world.expect_silence();
        world.advance(minutes(6)).await;
        world.expect_pages("ops", ["5"]);
        world.expect_pages("ada", ["5"]);
    });
}

#[test]
fn what_is_not_over_is_not_reopened() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        assert_eq!(world.reopen(&incident, "bob").await, 409);
    });
}

#[test]
fn who_takes_up_noise_again_does_not_mean_noise() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        assert_eq!(world.act(&incident, "noise", serde_json::json!({"by": "ada"})).await.0, 200);
        world.advance(minutes(5)).await;
        assert_eq!(world.reopen(&incident, "bob").await, 200);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("open", "low"));
        assert!(shown.0["label"].is_null(), "{}", shown.0["label"]);
        assert_eq!(world.sentry("event_alert.triggered").low().send().await.outcome, "joined");
    });
}

#[test]
fn a_label_decides_the_level_of_what_a_person_reopens() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.label(&incident, "ada", "critical").await;
        world.reopen(&incident, "bob").await;
        assert_eq!(world.incident(&incident).await.level(), "critical");
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
    });
}

#[test]
fn what_a_person_reopened_is_not_raised_by_the_signals_that_follow() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        world.reopen(&incident, "bob").await;
        assert_eq!(again(world, 1).medium().send().await.outcome, "joined");
        assert_eq!(world.incident(&incident).await.level(), "medium");
    });
}

#[test]
fn noise_that_a_person_took_up_again_counts_when_it_returns_after_its_end() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.act(&incident, "noise", serde_json::json!({"by": "ada"})).await;
        world.advance(minutes(5)).await;
        world.reopen(&incident, "bob").await;
        world.resolve(&incident, "bob").await;
        world.advance(minutes(5)).await;
        assert_eq!(again(world, 1).high().send().await.outcome, "reopened");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_regression_is_not_raised_over_the_ceiling_of_its_environment() {
    harness::Setting::default().with_default_triage().play(async |world| {
        let opened = again(world, 1).environment("staging").level("error").send().await;
        let incident = opened.incident();
        assert_eq!(world.incident(&incident).await.level(), "low");
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        let back = again(world, 2).environment("staging").level("error").send().await;
        assert_eq!(back.outcome, "reopened");
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("low", "low"));
    });
}

#[test]
fn a_regression_is_not_raised_over_the_ceiling_of_a_rule() {
    const RULE: &str = r#"
        [[rules]]
        name = "never-above-low"
        when.all = []
        ceiling = "low"
    "#;
    harness::Setting::default().with_policy(RULE).play(async |world| {
        let incident = again(world, 1).high().send().await.incident();
        assert_eq!(world.incident(&incident).await.level(), "low");
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        assert_eq!(again(world, 2).high().send().await.outcome, "reopened");
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("low", "low"));
    });
}
