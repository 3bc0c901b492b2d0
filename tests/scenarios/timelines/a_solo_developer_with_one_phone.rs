//! A solo developer with one phone: `policies/solo.toml`.

use harness::{Reply, Setting, hours, minutes};

#[test]
fn a_critical_rings_the_phone_and_mail_comes_after_an_hour_without_an_answer() {
    Setting::solo().play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(60)).await;
        world.expect_pages("phone", ["0", "10..11", "30..33"]);
        world.expect_pages("mail", ["60"]);
    });
}

#[test]
fn the_phone_goes_on_ringing_every_hour_until_there_is_an_answer() {
    Setting::solo().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(61)).await;
        world.forget_what_was_sent();
        world.advance(hours(3)).await;
        let rings = world.sent_to("phone").len();
        assert!((2..=3).contains(&rings), "{rings} rings in three hours\n{}", world.journal());
        world.forget_what_was_sent();
        world.ack(&incident, "developer").await;
        world.expect_news("phone", ["acknowledged by developer"]);
        world.forget_what_was_sent();
        world.advance(minutes(59)).await;
        world.expect_silence();
    });
}

#[test]
fn a_phone_that_takes_nothing_is_mail_within_a_minute() {
    Setting::solo().play(async |world| {
        world.always_replies("phone", Reply::Status(503));
        world.expect_dead(["phone"]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(2)).await;
        world.expect_pages("mail", ["1"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_high_is_mail_after_five_minutes_and_the_phone_ten_minutes_later() {
    Setting::solo().play(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(34)).await;
        world.expect_pages("mail", ["5"]);
        world.expect_pages("phone", ["15"]);
    });
}

#[test]
fn a_medium_at_night_is_mail_in_the_morning() {
    // Monday 22:00 in Berlin: Tuesday 09:00 there is eleven hours away.
    Setting::solo().starting("2026-05-04T20:00:00Z").play(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(hours(12)).await;
        world.expect_pages("mail", ["660"]);
        world.expect_silence();
    });
}
