//! L11: at any moment a live incident has exactly one timer, and one that is over has none.

use harness::{Reply, Setting, minutes, scenario};

#[test]
fn through_its_whole_life_an_incident_has_one_timer() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.check_timers().await;
        assert_eq!(world.next_timer(&incident).await, Some(15), "rung 0");

        world.sentry("event_alert.triggered").high().send().await;
        world.check_timers().await;
        assert_eq!(world.next_timer(&incident).await, Some(2), "rung 0 of the higher ladder");

        world.advance(minutes(2)).await;
        world.check_timers().await;
        world.ack(&incident, "ada").await;
        world.check_timers().await;
        assert_eq!(world.next_timer(&incident).await, Some(122), "the end of the acknowledgement");

        world.advance(minutes(120)).await;
        world.check_timers().await;
        world.advance(minutes(10 * 60)).await;
        world.check_timers().await;
        assert_eq!(world.incident(&incident).await.state(), "exhausted");

        world.resolve(&incident, "ada").await;
        world.check_timers().await;
        assert_eq!(world.next_timer(&incident).await, None, "over");

        world.sentry("event_alert.triggered").event(2).high().send().await;
        world.check_timers().await;
        world.restart().await;
        world.check_timers().await;
        world.forget_what_was_sent();
    });
}

#[test]
fn while_an_agent_holds_the_ladder_its_end_is_the_timer() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        world.check_timers().await;
        assert_eq!(world.next_timer(&incident).await, Some(32));
        world.forget_what_was_sent();
    });
}

#[test]
fn while_pages_fail_there_is_still_one_timer() {
    scenario(async |world| {
        for target in ["ops", "ada", "bob", "desk"] {
            world.always_replies(target, Reply::Status(404));
        }
        world.expect_dead(["ops", "ada", "bob", "desk"]);
        world.sentry("issue.created").critical().send().await;
        for _ in 0..8 {
            world.check_timers().await;
            world.advance(minutes(5)).await;
        }
        world.forget_what_was_sent();
    });
}
