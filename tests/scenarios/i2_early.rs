//! I2: signals that come before their issue does.

use harness::{Answer, World, scenario};

async fn issueless(world: &mut World, event: u32) -> Answer {
    world.sentry("error.created").event(event).environment("production").without_issue().send().await
}

#[test]
fn an_issue_joins_what_its_error_opened_before_it_had_one() {
    scenario(async |world| {
        let opened = issueless(world, 1).await;
        assert_eq!(opened.outcome, "opened");
        let named = world.sentry("error.created").event(2).issue("7").environment("production").send().await;
        assert_eq!((named.outcome.as_str(), named.incident.clone()), ("joined", opened.incident));
        let resolved = world.sentry("issue.resolved").issue("7").send().await;
        assert_eq!((resolved.outcome.as_str(), resolved.incident), ("resolved", named.incident));
    });
}

#[test]
fn after_the_first_issue_others_join_by_i3_alone() {
    scenario(async |world| {
        issueless(world, 1).await;
        world.sentry("error.created").event(2).issue("7").environment("production").send().await;
        let elsewhere = world.sentry("error.created").event(3).issue("8").environment("staging").send().await;
        assert_eq!(elsewhere.outcome, "opened");
    });
}

#[test]
fn an_event_without_an_issue_joins_the_incident_of_its_group() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").event(1).issue("7").send().await.incident;
        let bare = world.sentry("event_alert.triggered").event(2).without_issue().send().await;
        assert_eq!((bare.outcome.as_str(), bare.incident), ("joined", incident));
    });
}
