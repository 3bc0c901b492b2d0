//! A silence over minute 0 to 50.

use harness::{minutes, scenario};

#[test]
fn what_opens_at_minute_10_is_told_at_50_as_if_it_had_opened_then() {
    scenario(async |world| {
        world.silence(&["project=checkout"], minutes(50)).await;
        world.advance(minutes(10)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(39)).await;
        world.expect_silence();

        world.advance(minutes(31)).await;
        world.expect_pages("ops", ["50", "55..55.5", "65..66.5"]);
        world.expect_pages("ada", ["50", "55..55.5", "65..66.5"]);
        world.expect_bulletin("desk", "silence", "50.16..50.17", ["Failure: one"]);
        world.expect_pages("bob", ["80"]);
        world.advance(minutes(30)).await;
        world.expect_pages("carol", ["110"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_people_heard_of_before_is_told_again_at_50_and_goes_on() {
    scenario(async |world| {
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.silence(&["project=checkout"], minutes(50)).await;
        world.advance(minutes(49)).await;
        world.expect_silence();
        world.advance(minutes(31)).await;
        world.expect_pages("ops", ["50", "60..61"]);
        world.expect_pages("ada", ["50", "60..61"]);
        world.expect_pages("bob", ["80"]);
        world.forget_what_was_sent();
    });
}
