//! A5: a snooze ends at its time, rate, user count or release; then as the end of an acknowledgement.

use harness::{World, hours, minutes, scenario};
use serde_json::{Value, json};

/// A critical that ada snoozes at minute 10; what was sent so far is forgotten.
async fn snoozed(world: &mut World, ends: Value) -> String {
    let incident = world.sentry("event_alert.triggered").release("shop@1.1.0").critical().send().await.incident();
    world.advance(minutes(10)).await;
    world.forget_what_was_sent();
    assert_eq!(world.snooze(&incident, "ada", ends).await, 200);
    world.expect_news("ops", ["snoozed by ada"]);
    world.expect_news("ada", ["snoozed by ada"]);
    assert_eq!(world.incident(&incident).await.state(), "snoozed");
    incident
}

fn expect_those_told(world: &mut World) {
    world.expect_reasons("ops", ["snooze_ended"]);
    world.expect_reasons("ada", ["snooze_ended"]);
    world.expect_silence();
}

#[test]
fn it_ends_at_its_time_and_the_ladder_goes_on_from_where_it_stood() {
    scenario(async |world| {
        let incident = snoozed(world, json!({"for": "2h"})).await;
        world.advance(minutes(119)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        expect_those_told(world);
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        // Ten minutes had passed and 120 were held: what was due at 30 is due at 150.
        world.advance(minutes(19)).await;
        assert!(world.sent_to("bob").is_empty());
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["150"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_time_of_day_may_be_named() {
    scenario(async |world| {
        let until = (world.now() + hours(3)).to_string();
        snoozed(world, json!({"until": until})).await;
        world.advance(minutes(169)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        expect_those_told(world);
    });
}

#[test]
fn it_ends_at_so_many_events_an_hour() {
    scenario(async |world| {
        snoozed(world, json!({"rate": 4})).await;
        for event in 10..12 {
            world.advance(minutes(1)).await;
            world.sentry("event_alert.triggered").event(event).critical().send().await;
        }
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").event(12).critical().send().await;
        expect_those_told(world);
    });
}

#[test]
fn it_ends_at_so_many_users() {
    scenario(async |world| {
        snoozed(world, json!({"users": 100})).await;
        world.sentry("issue.unresolved.escalating").users(99).critical().send().await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.sentry("issue.unresolved.escalating").users(100).critical().send().await;
        expect_those_told(world);
    });
}

#[test]
fn it_ends_with_the_next_release_that_has_it_too() {
    scenario(async |world| {
        snoozed(world, json!({"next_release": true})).await;
        world.advance(hours(5)).await;
        for (event, release) in [(1, "shop@1.1.0"), (2, "shop@1.0.9")] {
            world.sentry("event_alert.triggered").event(event).release(release).critical().send().await;
            world.expect_silence();
        }
        world.sentry("event_alert.triggered").event(3).release("shop@1.1.1").critical().send().await;
        expect_those_told(world);
    });
}

#[test]
fn a_release_of_which_nobody_can_tell_ends_it_too() {
    scenario(async |world| {
        snoozed(world, json!({"next_release": true})).await;
        world.sentry("event_alert.triggered").event(1).release("4f2a9c1d").critical().send().await;
        expect_those_told(world);
    });
}

#[test]
fn of_several_ends_the_first_counts() {
    scenario(async |world| {
        snoozed(world, json!({"for": "1h", "users": 100})).await;
        world.advance(minutes(30)).await;
        world.sentry("issue.unresolved.escalating").users(100).critical().send().await;
        expect_those_told(world);
        world.advance(minutes(4)).await;
        world.expect_silence();
    });
}

#[test]
fn without_an_end_or_with_one_in_the_past_it_is_refused() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        let past = (world.now() - minutes(1)).to_string();
        for ends in [json!({}), json!({"until": past}), json!({"for": "0"})] {
            assert_eq!(world.snooze(&incident, "ada", ends.clone()).await, 422, "{ends}");
        }
        assert_eq!(world.incident(&incident).await.state(), "open");
    });
}

#[test]
fn within_the_initial_delay_it_holds_the_rest_of_it() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(1)).await;
        world.snooze(&incident, "ada", json!({"for": "1h"})).await;
        world.advance(minutes(59)).await;
        world.expect_silence();
        // At 61 the owner is told at once, and a minute of the delay is left.
        world.advance(minutes(2)).await;
        world.expect_pages("ada", ["61"]);
        world.expect_pages("ops", ["62"]);
    });
}

#[test]
fn a_rise_breaks_it_and_the_owner_is_told() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        world.snooze(&incident, "ada", json!({"for": "8h"})).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.expect_news("ada", ["rose"]);
        world.expect_pages("ada", ["4"]);
        world.expect_pages("ops", ["4"]);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "escalating");
    });
}

#[test]
fn growth_is_no_news_of_what_is_snoozed() {
    scenario(async |world| {
        snoozed(world, json!({"for": "2h"})).await;
        world.sentry("issue.unresolved.escalating").users(90_000).critical().send().await;
        world.expect_silence();
    });
}

#[test]
fn an_acknowledgement_after_it_holds_for_its_own_time() {
    scenario(async |world| {
        let incident = snoozed(world, json!({"for": "8h"})).await;
        world.advance(minutes(10)).await;
        world.ack(&incident, "bob").await;
        world.forget_what_was_sent();
        world.advance(minutes(29)).await;
        world.expect_silence();
        // From minute 10 to 50 the clock stood still: what was due at 30 is due at 70.
        world.advance(minutes(21)).await;
        world.expect_reasons("ops", ["acknowledgement_ended"]);
        world.forget_what_was_sent();
        assert_eq!(world.kept(&incident).await.escalation.unwrap().next_rung, 2);
    });
}

#[test]
fn a_snooze_survives_a_stop_and_its_end_is_not_missed() {
    scenario(async |world| {
        snoozed(world, json!({"for": "1h"})).await;
        world.off_for(hours(3)).await;
        expect_those_told(world);
    });
}

#[test]
fn a_resolve_ends_it_for_good() {
    scenario(async |world| {
        snoozed(world, json!({"for": "1h"})).await;
        world.sentry("issue.resolved").send().await;
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        world.advance(hours(3)).await;
        world.expect_silence();
    });
}
