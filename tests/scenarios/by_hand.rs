//! What somebody opens by hand (`escalation create`) is an incident as any other (L1), and of a live one it is a rise that sticks (L6, A8).

use harness::{World, hours, minutes, scenario};
use serde_json::{Value, json};

/// Carol asks for an escalation of what has this name; gives the answer with its status.
async fn create(world: &mut World, name: &str, level: &str) -> (u16, Value) {
    let body = json!({"external_id": name, "title": "The cellar is wet", "level": level, "by": "carol"});
    world.api_post("/api/v1/escalations", &body).await
}

#[test]
fn a_critical_by_hand_is_paged_at_once_and_climbs_its_ladder() {
    scenario(async |world| {
        let (status, answer) = create(world, "PAY-17", "critical").await;
        assert_eq!((status, &answer["level"]), (201, &"critical".into()), "{answer}");
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        let shown = world.incident(answer["incident"].as_str().unwrap()).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("escalating", "critical"));
        assert_eq!((shown.field("title"), shown.field("external_id")), ("The cellar is wet".into(), "PAY-17".into()));
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["30"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_lower_one_waits_for_its_initial_delay() {
    scenario(async |world| {
        assert_eq!(create(world, "PAY-17", "medium").await.0, 201);
        world.advance(minutes(14)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["15"]);
    });
}

#[test]
fn the_same_name_again_is_the_same_incident_and_a_higher_level_raises_it() {
    scenario(async |world| {
        let first = create(world, "PAY-17", "high").await.1;
        let again = create(world, "PAY-17", "high").await;
        assert_eq!((again.0, &again.1["changed"], &again.1["id"]), (200, &false.into(), &first["id"]));
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.advance(minutes(1)).await;
        let raised = create(world, "PAY-17", "critical").await;
        assert_eq!((raised.0, &raised.1["incident"]), (201, &first["incident"]));
        world.expect_pages("ops", ["3"]);
        world.expect_pages("ada", ["3"]);
        assert_eq!(world.incidents().await.len(), 1);
    });
}

#[test]
fn what_sentry_opened_rises_by_hand_and_no_signal_takes_it_down() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(minutes(1)).await;
        world.expect_silence();
        let (status, answer) = create(world, &incident, "critical").await;
        assert_eq!((status, answer["incident"].as_str()), (201, Some(incident.as_str())), "{answer}");
        world.expect_pages("ops", ["1"]);
        world.expect_pages("ada", ["1"]);
        world.sentry("event_alert.triggered").low().send().await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("critical", "critical"));
        // The higher ladder counts from the rise.
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["31"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rise_by_hand_breaks_an_acknowledgement_and_a_lower_level_is_refused() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        assert_eq!(create(world, &incident, "medium").await.0, 409);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("acknowledged", "high"));
        world.expect_silence();
        assert_eq!(create(world, &incident, "critical").await.0, 201);
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.expect_news("ada", ["rose"]);
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn quiet_ends_nothing_that_was_opened_by_hand() {
    scenario(async |world| {
        let answer = create(world, "PAY-17", "medium").await.1;
        let signalled = world.sentry("issue.created").medium().send().await.incident();
        world.advance(hours(73)).await;
        assert_eq!(world.incident(&signalled).await.state(), "resolved");
        assert_ne!(world.incident(answer["incident"].as_str().unwrap()).await.state(), "resolved");
        world.forget_what_was_sent();
    });
}
