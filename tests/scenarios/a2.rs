//! A2: at each tenfold growth of users or rate since the acknowledgement the owner gets one update; the ladder stays still.

use harness::{World, minutes, scenario};

/// A critical with five users, taken by somebody at minute 1; what was sent so far is forgotten.
async fn taken(world: &mut World, by: &str) -> String {
    let incident = world.sentry("issue.created").users(5).critical().send().await.incident();
    world.advance(minutes(1)).await;
    world.ack(&incident, by).await;
    world.forget_what_was_sent();
    incident
}

async fn users(world: &mut World, users: u64) {
    world.advance(minutes(1)).await;
    world.sentry("issue.unresolved.escalating").users(users).critical().send().await;
}

#[test]
fn the_owner_hears_of_ten_times_the_users_once_and_of_a_hundred_times_once_more() {
    scenario(async |world| {
        taken(world, "ada").await;
        users(world, 49).await;
        world.expect_silence();
        users(world, 50).await;
        world.expect_news("ada", ["grew"]);
        world.expect_silence();
        users(world, 400).await;
        world.expect_silence();
        users(world, 500).await;
        world.expect_news("ada", ["grew"]);
        world.expect_silence();
    });
}

#[test]
fn the_ladder_stays_still() {
    scenario(async |world| {
        let incident = taken(world, "ada").await;
        let before = world.kept(&incident).await;
        users(world, 5_000).await;
        let after = world.kept(&incident).await;
        assert_eq!((after.escalation, after.plan), (before.escalation, before.plan));
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.expect_news("ada", ["grew"]);
        // The acknowledgement of minute 1 ends when it would have ended.
        world.advance(minutes(28)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ada", ["acknowledgement_ended"]);
        world.expect_reasons("ops", ["acknowledgement_ended"]);
    });
}

#[test]
fn ten_times_the_events_an_hour_are_growth_too() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").events(100).critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        // One event was known of that hour: nine is not ten times as many.
        world.sentry("issue.unresolved.escalating").events(108).critical().send().await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.sentry("issue.unresolved.escalating").events(109).critical().send().await;
        world.expect_news("ada", ["grew"]);
        world.expect_silence();
    });
}

#[test]
fn an_owner_whom_no_rung_had_paged_is_told_too() {
    scenario(async |world| {
        taken(world, "carol").await;
        users(world, 50).await;
        world.expect_news("carol", ["grew"]);
        world.expect_silence();
    });
}

#[test]
fn where_the_owner_is_no_contact_those_who_were_told_hear_of_it() {
    scenario(async |world| {
        taken(world, "somebody else").await;
        users(world, 50).await;
        world.expect_news("ops", ["grew"]);
        world.expect_news("ada", ["grew"]);
    });
}

#[test]
fn growth_is_measured_from_the_first_acknowledgement_however_often_it_is_renewed() {
    scenario(async |world| {
        let incident = taken(world, "ada").await;
        users(world, 30).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        users(world, 50).await;
        world.expect_news("ada", ["grew"]);
    });
}

#[test]
fn what_nobody_acknowledged_has_no_owner_to_tell() {
    scenario(async |world| {
        world.sentry("issue.created").users(5).critical().send().await;
        world.forget_what_was_sent();
        users(world, 5_000).await;
        world.expect_silence();
    });
}

#[test]
fn growth_that_is_a_rise_breaks_the_acknowledgement_instead() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").users(5).high().send().await.incident();
        world.advance(minutes(2)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        users(world, 50).await;
        world.expect_news("ada", ["rose"]);
        world.expect_pages("ada", ["3"]);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "escalating");
    });
}

#[test]
fn a_total_that_is_heard_for_the_first_time_is_no_growth() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").event(1).critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        // The issue is years old: its ten thousand events did not happen within this minute.
        world.sentry("issue.unresolved.escalating").events(10_000).users(0).critical().send().await;
        world.expect_silence();
    });
}
