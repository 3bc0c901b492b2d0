//! L4: one endpoint is never paged twice for one incident within the level's base cooldown.

use harness::{Reply, Setting, minutes, scenario};

#[test]
fn not_across_a_reopening() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(1)).await;
        world.resolve(&incident, "bob").await;
        world.expect_news("ops", ["resolved by bob"]);
        world.expect_news("ada", ["resolved by bob"]);

        world.advance(minutes(1)).await;
        assert_eq!(world.sentry("event_alert.triggered").critical().send().await.outcome, "reopened");
        world.expect_silence();
        world.advance(minutes(8)).await;
        world.expect_pages("ops", ["5"]);
        world.expect_pages("ada", ["5"]);
    });
}

#[test]
fn not_across_restarts() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        for _ in 0..4 {
            world.restart().await;
            world.advance(minutes(1)).await;
        }
        world.expect_silence();
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);
    });
}

#[test]
fn not_as_two_roles() {
    let setting = Setting::default().with_policy(
        r#"
            [contacts]
            ada = { channels = ["ops"] }
            bob = { channels = ["ops"] }
        "#,
    );
    setting.play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(34)).await;
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
    });
}

#[test]
fn not_as_the_first_channel_of_one_and_the_second_of_another() {
    let setting = Setting::default().with_phone("shared").with_policy(
        r#"
            roles.primary = ["contact:ada", "contact:bob"]
            contacts.ada.channels = ["ada", "shared"]
            contacts.bob.channels = ["shared"]
        "#,
    );
    setting.play(async |world| {
        world.next_replies("ada", vec![Reply::Throttled(minutes(2)); 2]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(4)).await;
        world.expect_pages("shared", ["0"]);
        world.expect_tries("ada", ["0", "2", "4"]);
        world.expect_pages("ops", ["0"]);
    });
}

#[test]
fn tries_of_one_send_count_once() {
    scenario(async |world| {
        world.next_replies("ada", [Reply::Status(503), Reply::NotSent, Reply::Lost]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(6)).await;
        // Each wait is at most twice the one before, from two seconds on.
        world.expect_tries("ada", ["0", "0..0.04", "0..0.1", "0..0.24", "5..5.5"]);
        world.expect_pages("ops", ["0", "5..5.5"]);
    });
}

#[test]
fn tries_of_one_send_carry_the_same_key_and_repeats_another() {
    scenario(async |world| {
        world.next_replies("ada", [Reply::Lost]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(6)).await;
        let keys: Vec<String> = world.sent_to("ada").into_iter().map(|sent| sent.key).collect();
        assert_eq!(keys.len(), 3);
        assert_eq!(keys[0], keys[1]);
        assert_ne!(keys[1], keys[2]);
        world.sent_to("ops");
    });
}

#[test]
fn a_send_whose_answer_was_lost_in_a_crash_is_sent_again_under_the_same_key() {
    scenario(async |world| {
        world.next_replies("ops", [Reply::Hang]);
        world.sentry("issue.created").critical().send().await;
        world.restart().await;
        world.advance(minutes(4)).await;
        let keys: Vec<String> = world.sent_to("ops").into_iter().map(|sent| sent.key).collect();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0], keys[1]);
        world.expect_tries("ada", ["0"]);
    });
}

#[test]
fn the_exceptions_are_said_in_why() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        let why = world.read(&format!("/api/v1/incidents/{incident}/why")).await.to_string();
        assert!(why.contains("L6"), "{why}");

        world.ack(&incident, "ada").await;
        world.advance(minutes(30)).await;
        let why = world.read(&format!("/api/v1/incidents/{incident}/why")).await.to_string();
        assert!(why.contains("A3"), "{why}");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_page_that_failed_for_good_does_not_count() {
    scenario(async |world| {
        world.next_replies("ada", [Reply::Status(404)]);
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ada", ["0"]);
        world.expect_pages("ops", ["0"]);
        world.expect_pages("desk", ["0"]);
        world.expect_dead(["ada"]);
        world.advance(minutes(1)).await;
        world.resolve(&incident, "bob").await;
        world.forget_what_was_sent();

        world.advance(minutes(1)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.expect_pages("ada", ["2"]);
        world.expect_silence();
    });
}

#[test]
fn news_is_no_page() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.ack(&incident, "ada").await;
        world.expect_news("ops", ["acknowledged by ada"]);
        world.expect_news("ada", ["acknowledged by ada"]);
        world.resolve(&incident, "ada").await;
        world.expect_news("ops", ["resolved by ada"]);
        world.expect_news("ada", ["resolved by ada"]);
    });
}
