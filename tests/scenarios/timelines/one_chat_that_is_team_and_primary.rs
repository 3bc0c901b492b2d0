//! One chat that is team and primary.

use harness::{Setting, minutes};

#[test]
fn it_is_told_once_at_each_step() {
    let setting = Setting::default().with_policy(r#"contacts.ada.channels = ["ops"]"#);
    setting.play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(34)).await;
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
        world.ack(&incident, "ada").await;
        world.expect_news("ops", ["acknowledged by ada"]);
        world.expect_news("bob", ["acknowledged by ada"]);
        world.advance(minutes(30)).await;
        world.expect_reasons("ops", ["acknowledgement_ended"]);
        world.expect_reasons("bob", ["acknowledgement_ended"]);
    });
}

#[test]
fn once_exhausted_it_is_still_paged_because_it_is_the_primary() {
    let setting = Setting::default().with_policy(r#"contacts.ada.channels = ["ops"]"#);
    setting.play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(180)).await;
        world.forget_what_was_sent();
        world.advance(minutes(180)).await;
        let pages = world.sent_to("ops").len();
        assert!((2..=3).contains(&pages), "{pages} pages in three hours\n{}", world.journal());
        world.forget_what_was_sent();
    });
}
