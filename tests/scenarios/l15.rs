//! L15: an incident keeps the policy that it started with.

use harness::{minutes, scenario};

#[test]
fn a_new_policy_is_for_new_incidents_alone() {
    scenario(async |world| {
        world.sentry("issue.created").issue("1").critical().titled("Old: one").send().await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();

        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        world.sentry("issue.created").issue("2").critical().titled("New: two").send().await;
        world.advance(minutes(28)).await;
        world.forget_what_was_sent();

        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["30"]);
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("dan", ["31"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_reopened_incident_takes_the_policy_of_its_new_opening() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        let before = world.kept(&incident).await.policy;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        assert_eq!(world.kept(&incident).await.policy, before);
        world.advance(minutes(6)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        assert_ne!(world.kept(&incident).await.policy, before);
        world.advance(minutes(30)).await;
        world.expect_pages("dan", ["36"]);
        world.expect_pages("bob", []);
        world.forget_what_was_sent();
    });
}
