//! C3: what keeps to hours runs in UTC unless a zone is set.

use harness::{Setting, hours};

#[test]
fn working_hours_are_those_of_utc() {
    // Monday 16:00; the rung of 20:15 waits for Tuesday 09:00.
    Setting::default().starting("2026-05-04T16:00:00Z").play(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(hours(16)).await;
        world.expect_pages("ada", []);
        world.advance(hours(1)).await;
        world.expect_pages("ada", ["1020"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn or_of_the_zone_that_is_set() {
    // Tuesday 09:00 in Berlin is 07:00 in UTC, in summer.
    let setting =
        Setting::default().starting("2026-05-04T16:00:00Z").with_policy(r#"working_hours.zone = "Europe/Berlin""#);
    setting.play(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(hours(15)).await;
        world.expect_pages("ada", ["900"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_weekend_is_waited_out() {
    // Friday 16:00: Monday 09:00 is 65 hours away.
    Setting::default().starting("2026-05-08T16:00:00Z").play(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(hours(65)).await;
        world.expect_pages("ada", ["3900"]);
        world.forget_what_was_sent();
    });
}
