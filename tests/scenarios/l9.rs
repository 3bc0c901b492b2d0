//! L9: the revision changes with state, level, rung or opening, never with a signal; a wake-up for another revision does nothing.

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
