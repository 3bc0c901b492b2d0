//! L6: a rise ends the escalation and starts the higher one at rung 0; an automatic fall is only recorded. A person's rise and fall are told in `a8.rs`.

use harness::{minutes, scenario};

#[test]
fn a_rise_to_critical_starts_the_higher_ladder_at_once() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(minutes(7)).await;
        world.expect_silence();
        assert_eq!(world.sentry("event_alert.triggered").critical().send().await.outcome, "joined");
        world.expect_pages("ops", ["7"]);
        world.expect_pages("ada", ["7"]);
        assert_eq!(world.incident(&incident).await.level(), "critical");

        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["37"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_higher_delay_counts_from_the_opening() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").high().send().await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.advance(minutes(60)).await;
        world.expect_pages("bob", ["62"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rise_breaks_the_cooldown_and_an_acknowledgement_and_the_owner_is_told() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();

        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.expect_news("ada", ["rose"]);
        world.expect_pages("ada", ["3"]);
        world.expect_pages("ops", ["3"]);
        world.forget_what_was_sent();
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("escalating", "critical"));
    });
}

#[test]
fn an_owner_whom_no_rung_had_paged_is_told_of_a_rise() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.ack(&incident, "carol").await;
        world.forget_what_was_sent();
        world.sentry("event_alert.triggered").critical().send().await;
        world.expect_news("carol", ["rose"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_automatic_fall_is_only_recorded() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").low().send().await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("high", "low"));
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
    });
}

#[test]
fn a_rise_after_a_fall_back_to_the_same_level_starts_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        let escalation = world.incident(&incident).await.0["escalation"]["id"].clone();
        world.sentry("event_alert.triggered").event(1).low().send().await;
        world.sentry("event_alert.triggered").event(2).high().send().await;
        assert_eq!(world.incident(&incident).await.0["escalation"]["id"], escalation);
    });
}
