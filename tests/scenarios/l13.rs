//! L13: critical and high: no success within 60 s starts the next channel while the first goes on trying; medium and low after 15 min.

use harness::{Reply, Setting, minutes, seconds};

fn two_channels() -> Setting {
    Setting::default().with_phone("ada-sms").with_policy(r#"contacts.ada.channels = ["ada", "ada-sms"]"#)
}

#[test]
fn a_first_channel_without_success_is_joined_by_the_next_after_a_minute() {
    two_channels().play(async |world| {
        world.next_replies("ada", vec![Reply::Throttled(seconds(42)); 3]);
        world.next_replies("ada-sms", vec![Reply::Throttled(seconds(48)); 9]);
        world.sentry("issue.created").critical().send().await;
        world.advance(seconds(59)).await;
        world.expect_pages("ada-sms", []);
        world.advance(seconds(1)).await;
        world.expect_pages("ada-sms", ["1"]);

        // Both go on until one has it: the first, on its fourth try.
        world.advance(minutes(3)).await;
        world.expect_tries("ada", ["0", "0.7", "1.4", "2.1"]);
        world.expect_tries("ada-sms", ["1.8"]);
        world.expect_pages("ops", ["0"]);
    });
}

#[test]
fn a_first_channel_that_works_is_left_alone() {
    two_channels().play(async |world| {
        world.next_replies("ada", [Reply::Status(503)]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(29)).await;
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
        world.expect_silence();
    });
}

#[test]
fn when_all_channels_but_the_last_fail_for_good_the_fallback_is_not_needed() {
    two_channels().play(async |world| {
        world.always_replies("ada", Reply::Status(404));
        world.expect_dead(["ada"]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(4)).await;
        world.expect_pages("ada", ["0"]);
        world.expect_pages("ada-sms", ["0..1"]);
        world.expect_pages("ops", ["0"]);
        world.expect_silence();
    });
}

#[test]
fn a_medium_waits_a_quarter_of_an_hour_for_its_first_channel() {
    let setting = Setting::default().with_phone("mail").with_policy(
        r#"
            roles.team = ["contact:room"]
            contacts.room.channels = ["ops", "mail"]
        "#,
    );
    setting.play(async |world| {
        world.always_replies("ops", Reply::Throttled(seconds(200)));
        // Its tries may be over by then.
        world.expect_dead(["ops"]);
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(29)).await;
        world.expect_pages("mail", []);
        world.advance(minutes(1)).await;
        world.expect_pages("mail", ["30"]);
        world.forget_what_was_sent();
    });
}
