//! L2: rung k runs at its offset; rungs add people, and a later rung drops nobody.

use harness::{hours, minutes, scenario};

#[test]
fn the_ladder_of_a_critical_minute_by_minute() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);

        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["5..5.5", "15..16.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["30"]);
        world.expect_silence();

        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["35..38.5"]);
        world.expect_pages("ada", ["35..38.5"]);
        world.expect_pages("bob", ["35..35.5", "45..46.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("carol", ["60"]);
        world.expect_silence();

        world.advance(minutes(59)).await;
        world.expect_pages("ops", ["75..82.5"]);
        world.expect_pages("ada", ["75..82.5"]);
        world.expect_pages("bob", ["65..68.5", "105..112.5"]);
        world.expect_pages("carol", ["65..65.5", "75..76.5", "95..98.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("dan", ["120"]);
        world.expect_silence();
    });
}

#[test]
fn the_ladder_of_a_high_has_three_rungs() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(61)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["62"]);
        world.advance(minutes(179)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("carol", ["242"]);
        world.advance(hours(3)).await;
        assert!(world.sent_to("dan").is_empty(), "the director is on no rung of high");
        world.forget_what_was_sent();
    });
}

#[test]
fn the_second_rung_of_a_medium_is_the_primary_after_four_hours() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(15 + 239)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("ada", ["255"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_pages_of_a_restarted_service_keep_their_offsets() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        for _ in 0..10 {
            world.restart().await;
            world.advance(minutes(3)).await;
        }
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
    });
}
