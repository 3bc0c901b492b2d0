//! A medium that turns high, at minute 10 and at minute 270.

use harness::{minutes, scenario};

#[test]
fn at_minute_10_nobody_was_told_yet_and_the_higher_ladder_starts_at_once() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(10)).await;
        world.expect_silence();
        world.sentry("event_alert.triggered").high().send().await;
        world.expect_pages("ops", ["10"]);
        world.expect_pages("ada", ["10"]);
        world.advance(minutes(240)).await;
        world.expect_pages("bob", ["70", "85..86.5", "115..119.5", "175..185.5"]);
        world.expect_pages("carol", ["250"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn at_minute_270_those_of_the_lower_ladder_are_told_again_whatever_their_cooldown() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(270)).await;
        world.expect_pages("ops", ["15", "75..81", "195..213"]);
        world.expect_pages("ada", ["255"]);
        world.sentry("event_alert.triggered").high().send().await;
        world.expect_pages("ops", ["270"]);
        world.expect_pages("ada", ["270"]);
        world.advance(minutes(60)).await;
        world.expect_pages("ops", ["285..286.5", "315..319.5"]);
        world.expect_pages("ada", ["285..286.5", "315..319.5"]);
        world.expect_pages("bob", ["330"]);
        world.advance(minutes(180)).await;
        world.expect_pages("carol", ["510"]);
        world.forget_what_was_sent();
    });
}
