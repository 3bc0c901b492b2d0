//! L9: the revision changes with state, level, rung or opening, never with a signal; a wake-up for another revision does nothing. A button
//! acknowledges any revision of the same opening; it is refused, showing the state, after a resolve, reopening or rise.

use harness::{World, minutes, scenario};

async fn plan(world: &World, incident: &str) -> u32 {
    world.kept(incident).await.plan
}

#[test]
fn the_revision_moves_with_the_ladder_and_with_people_but_not_with_signals() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        let opened = plan(world, &incident).await;
        world.sentry("event_alert.triggered").high().send().await;
        assert_eq!(plan(world, &incident).await, opened, "a signal");

        world.advance(minutes(2)).await;
        let rung = plan(world, &incident).await;
        assert!(rung > opened, "a rung");
        world.sentry("event_alert.triggered").event(2).critical().send().await;
        let rise = plan(world, &incident).await;
        assert!(rise > rung, "a rise");
        world.ack(&incident, "ada").await;
        let acknowledged = plan(world, &incident).await;
        assert!(acknowledged > rise, "an acknowledgement");
        world.resolve(&incident, "ada").await;
        let resolved = plan(world, &incident).await;
        assert!(resolved > acknowledged, "a resolve");
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").event(3).critical().send().await;
        assert!(plan(world, &incident).await > resolved, "a reopening");
        world.forget_what_was_sent();
    });
}

#[test]
fn the_timer_of_an_earlier_revision_does_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(4)).await;
        world.forget_what_was_sent();
        // One page was due at minute five.
        world.ack(&incident, "ada").await;
        world.expect_news("ops", ["acknowledged by ada"]);
        world.expect_news("ada", ["acknowledged by ada"]);
        world.advance(minutes(29)).await;
        world.expect_silence();
        world.check_timers().await;
    });
}

#[test]
fn an_acknowledgement_is_taken_at_any_revision_of_the_opening() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(65)).await;
        world.forget_what_was_sent();
        assert_eq!(world.ack(&incident, "ada").await, 200);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
    });
}

const BUTTONS: [&str; 3] = ["ack", "snooze", "resolve"];

/// Each button that was drawn for `saw` is refused, and shows where the incident stands.
async fn refused(world: &mut World, incident: &str, saw: &serde_json::Value, state: &str, level: &str) {
    for button in BUTTONS {
        let (status, answer) = world.press(incident, button, "ada", saw).await;
        assert_eq!(status, 409, "{button}: {answer}");
        let now = &answer["now"];
        assert_eq!((now["state"].as_str(), now["level"].as_str()), (Some(state), Some(level)), "{button}: {answer}");
    }
}

#[test]
fn a_button_is_refused_after_a_rise() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        let saw = world.saw(&incident).await;
        world.sentry("event_alert.triggered").critical().send().await;
        refused(world, &incident, &saw, "escalating", "critical").await;
        let fresh = world.saw(&incident).await;
        assert_eq!(world.press(&incident, "ack", "ada", &fresh).await.0, 200);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_button_is_refused_after_a_resolve() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        let saw = world.saw(&incident).await;
        world.resolve(&incident, "bob").await;
        let (status, answer) = world.press(&incident, "ack", "ada", &saw).await;
        assert_eq!((status, answer["now"]["state"].as_str()), (409, Some("resolved")), "{answer}");
        let (status, _) = world.press(&incident, "snooze", "ada", &saw).await;
        assert_eq!(status, 409);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_button_is_refused_after_a_reopening() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        let saw = world.saw(&incident).await;
        world.resolve(&incident, "bob").await;
        world.advance(minutes(6)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        refused(world, &incident, &saw, "escalating", "critical").await;
        world.forget_what_was_sent();
    });
}

#[test]
fn a_button_is_refused_after_an_undo() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        let saw = world.saw(&incident).await;
        world.resolve(&incident, "bob").await;
        world.advance(minutes(6)).await;
        assert_eq!(world.undo(&incident, "bob").await, 200);
        refused(world, &incident, &saw, "escalating", "critical").await;
        world.forget_what_was_sent();
    });
}

#[test]
fn the_button_of_what_is_over_takes_it_up_again_only_once() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "bob").await;
        let saw = world.saw(&incident).await;
        assert_eq!(world.press(&incident, "reopen", "ada", &saw).await.0, 200);
        assert_eq!(world.press(&incident, "reopen", "ada", &saw).await.0, 409);
        assert_eq!(world.press(&incident, "undo", "ada", &saw).await.0, 409);
        world.resolve(&incident, "bob").await;
        assert_eq!(world.press(&incident, "undo", "ada", &saw).await.0, 409, "that resolve was another one");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_button_outlives_rungs_signals_answers_and_a_fall() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        let saw = world.saw(&incident).await;
        world.advance(minutes(65)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.ack(&incident, "bob").await;
        world.advance(minutes(30)).await;
        assert_eq!(world.label(&incident, "bob", "high").await, 200);
        assert_eq!(world.press(&incident, "ack", "ada", &saw).await.0, 200);
        assert_eq!(world.incident(&incident).await.0["acknowledged"]["by"], "ada");
        world.forget_what_was_sent();
    });
}

#[test]
fn who_names_an_incident_means_it_as_it_is() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.sentry("event_alert.triggered").critical().send().await;
        assert_eq!(world.ack(&incident, "ada").await, 200);
        world.forget_what_was_sent();
    });
}
