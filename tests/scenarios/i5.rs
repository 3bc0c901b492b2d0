//! I5: impact counts distinct events or Sentry's own totals, never deliveries.

use harness::{scenario, seconds};

#[test]
fn one_event_seen_as_two_resources_and_under_two_rules_counts_once() {
    scenario(async |world| {
        let incident = world.sentry("error.created").issue("77").event(7).send().await.incident();
        world.sentry("event_alert.triggered").issue("77").event(7).rule("payments").send().await;
        world.sentry("event_alert.triggered").issue("77").event(7).rule("checkout").send().await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.field("count").as_str(), shown.field("signals").as_str()), ("1", "3"));

        world.sentry("event_alert.triggered").issue("77").event(8).send().await;
        assert_eq!(world.incident(&incident).await.field("count"), "2");
    });
}

#[test]
fn sentrys_totals_count_and_not_how_often_they_are_told() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").events(40).users(9).send().await.incident();
        for _ in 0..5 {
            world.advance(seconds(1)).await;
            world.sentry("issue.unresolved.escalating").events(41).users(10).send().await;
        }
        let shown = world.incident(&incident).await;
        assert_eq!((shown.field("count").as_str(), shown.field("users").as_str()), ("41", "10"));
    });
}

#[test]
fn a_total_as_large_as_a_number_can_be_is_a_total_like_any_other() {
    scenario(async |world| {
        let incident =
            world.sentry("issue.created").issue("9").events(u64::MAX).users(u64::MAX).send().await.incident();
        for event in 0..3 {
            world.advance(seconds(1)).await;
            let answer = world.sentry("event_alert.triggered").issue("9").event(event).send().await;
            assert_eq!((answer.outcome.as_str(), answer.incident()), ("joined", incident.clone()));
        }
        assert_eq!(world.incident(&incident).await.field("count"), u64::MAX.to_string());
        world.forget_what_was_sent();
    });
}
