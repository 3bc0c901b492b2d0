//! L8: a new signal on a live incident updates it; it never pages by itself and never restarts the ladder.

use harness::{minutes, scenario, seconds};

#[test]
fn fifty_signals_page_nobody_and_move_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        let before = world.kept(&incident).await;
        let timer = world.next_timer(&incident).await;
        for event in 0..50 {
            world.advance(seconds(2)).await;
            let answer = world.sentry("event_alert.triggered").critical().event(event).send().await;
            assert_eq!(answer.outcome, "joined");
        }
        world.expect_silence();
        let after = world.kept(&incident).await;
        assert_eq!((after.escalation, after.plan), (before.escalation, before.plan));
        assert_eq!(world.next_timer(&incident).await, timer);
        assert_eq!(after.counts.signals, 51);

        world.advance(minutes(5)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);
    });
}

#[test]
fn a_signal_during_an_acknowledgement_pages_nobody() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        for event in 0..8 {
            world.advance(minutes(2)).await;
            world.sentry("event_alert.triggered").critical().event(event).send().await;
        }
        // Nine events this hour, one when it was taken: ten times as many would be news for the owner (A2), and no page either.
        world.expect_silence();
    });
}
