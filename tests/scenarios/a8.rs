//! A8: a label by a person holds the identity for 30 days (renewable), is shown in each message, and yields when users grow tenfold. What it
//! does to the ladder is L6's.

use std::time::Duration;

use harness::{World, minutes, scenario};
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn says(world: &mut World, incident: &str, priority: &str) {
    let body = json!({"priority": priority, "by": "ada", "reason": "known"});
    let (status, answer) = world.api_post(&format!("/api/v1/incidents/{incident}/priority"), &body).await;
    assert_eq!((status, answer["label"]["by"].as_str()), (200, Some("ada")), "{answer}");
}

async fn noise(world: &mut World, incident: &str) {
    let (status, answer) = world.api_post(&format!("/api/v1/incidents/{incident}/noise"), &json!({"by": "ada"})).await;
    assert_eq!((status, answer["state"].as_str()), (200, Some("resolved")), "{answer}");
}

#[test]
fn a_rise_by_a_person_pages_and_is_shown_in_each_message() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        world.advance(minutes(10)).await;
        world.expect_silence();
        says(world, &incident, "critical").await;
        let pages = world.sent_to("ada");
        assert_eq!(pages.len(), 1, "{}", world.journal());
        let label = &pages[0].body["data"]["incident"]["label"];
        assert_eq!(
            (label["priority"].as_str(), label["by"].as_str(), label["reason"].as_str()),
            (Some("critical"), Some("ada"), Some("known"))
        );
        let chat = world.sent_to("ops").into_iter().map(|sent| sent.body.to_string()).collect::<String>();
        assert!(chat.contains("critical until 2026-06-03, said by ada: known"), "{chat}");
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("critical", "critical"));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_fall_by_a_person_starts_the_lower_ladder_from_now() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(20)).await;
        world.forget_what_was_sent();
        says(world, &incident, "medium").await;
        world.expect_silence();
        // Medium's delay of 15 minutes is over since the opening, but counts from the fall; its cooldown of an hour counts from the last page.
        world.advance(minutes(14)).await;
        world.expect_silence();
        let kept = world.kept(&incident).await;
        assert_eq!(kept.live_escalation().map(|escalation| escalation.next_rung), Some(0));
        world.advance(minutes(1)).await;
        let kept = world.kept(&incident).await;
        assert_eq!(kept.live_escalation().map(|escalation| escalation.next_rung), Some(1));
        world.advance(minutes(60)).await;
        let shown = world.incident(&incident).await;
        assert_eq!(shown.level(), "medium");
        // The manager and the secondary of the higher ladder are not called any more.
        world.expect_pages("bob", []);
        world.expect_pages("carol", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_fall_keeps_the_acknowledgement() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(10)).await;
        says(world, &incident, "high").await;
        // High's hold of two hours counts from the person's word.
        world.advance(minutes(119)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.advance(minutes(2)).await;
        assert_ne!(world.incident(&incident).await.state(), "acknowledged");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_confirmation_leaves_the_ladder_alone() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();
        let before = world.kept(&incident).await;
        says(world, &incident, "critical").await;
        let after = world.kept(&incident).await;
        assert_eq!((after.escalation, after.plan, after.state), (before.escalation, before.plan, before.state));
        world.expect_silence();
        assert!(world.incident(&incident).await.events().contains(&"labelled".to_owned()));
    });
}

#[test]
fn triage_does_not_move_what_a_person_said() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        says(world, &incident, "low").await;
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.advance(minutes(1)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.level(), "low");
    });
}

#[test]
fn it_yields_when_users_grow_tenfold() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().users(3).send().await.incident();
        says(world, &incident, "low").await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.sentry("issue.created").critical().users(29).send().await;
        assert_eq!(world.incident(&incident).await.level(), "low");
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.sentry("issue.created").critical().users(30).send().await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.0["label"].is_null()), ("critical", true));
        assert!(shown.events().contains(&"label_ended".to_owned()), "{:?}", shown.events());
        world.expect_pages("ada", ["2"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn it_holds_for_thirty_days_and_can_be_renewed() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        says(world, &incident, "low").await;
        for _ in 0..20 {
            world.advance(DAY).await;
            world.sentry("event_alert.triggered").low().send().await;
        }
        says(world, &incident, "low").await;
        world.forget_what_was_sent();
        // Thirty days after the first word the second still holds.
        for _ in 0..15 {
            world.advance(DAY).await;
            world.sentry("event_alert.triggered").critical().send().await;
        }
        assert_eq!(world.incident(&incident).await.level(), "low");
        for _ in 0..15 {
            world.advance(DAY).await;
            world.forget_what_was_sent();
            world.sentry("event_alert.triggered").critical().send().await;
        }
        let shown = world.incident(&incident).await;
        assert_eq!(shown.level(), "critical");
        assert_eq!(world.sent_to("ada").len(), 1, "{}", world.journal());
        world.forget_what_was_sent();
    });
}

#[test]
fn noise_ends_the_incident_tells_who_was_paged_and_ignores_what_follows() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        noise(world, &incident).await;
        world.expect_news("ada", ["resolved by ada"]);
        world.expect_news("ops", ["resolved by ada"]);
        for _ in 0..3 {
            world.advance(minutes(5)).await;
            assert_eq!(world.sentry("event_alert.triggered").critical().send().await.outcome, "ignored");
        }
        world.advance(3 * DAY).await;
        assert_eq!(world.sentry("event_alert.triggered").critical().send().await.outcome, "ignored");
        world.expect_silence();
        assert_eq!(world.incidents().await.len(), 1);
    });
}

#[test]
fn noise_yields_when_it_hits_ten_times_the_users() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().users(2).send().await.incident();
        noise(world, &incident).await;
        world.advance(minutes(5)).await;
        assert_eq!(world.sentry("issue.created").high().users(19).send().await.outcome, "ignored");
        world.advance(minutes(5)).await;
        assert_eq!(world.sentry("issue.created").high().users(20).send().await.outcome, "reopened");
        assert!(world.incident(&incident).await.events().contains(&"label_ended".to_owned()));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_regression_never_raises_above_a_persons_priority() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        says(world, &incident, "low").await;
        world.resolve(&incident, "ada").await;
        world.advance(minutes(5)).await;
        assert_eq!(world.sentry("event_alert.triggered").medium().send().await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "low");
        world.forget_what_was_sent();
    });
}

#[test]
fn on_an_incident_that_is_over_it_starts_nothing_and_holds_the_identity() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        says(world, &incident, "critical").await;
        world.advance(minutes(60)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        assert_eq!(world.sentry("event_alert.triggered").low().send().await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "critical");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_new_incident_of_the_same_identity_starts_with_it() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        says(world, &incident, "high").await;
        world.resolve(&incident, "ada").await;
        world.advance(4 * DAY).await;
        world.forget_what_was_sent();
        let later = world.sentry("event_alert.triggered").low().send().await;
        assert_eq!(later.outcome, "opened");
        let shown = world.incident(&later.incident()).await;
        assert_eq!((shown.level().as_str(), shown.0["label"]["by"].as_str()), ("high", Some("ada")));
        world.forget_what_was_sent();
    });
}
