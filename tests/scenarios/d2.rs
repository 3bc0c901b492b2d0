//! D2: a repeated life-cycle body is a new fact only if the opposite transition came in between and no later signal was seen since.

use harness::{World, scenario, seconds};

async fn state(world: &World, incident: &str) -> String {
    world.incident(incident).await.state()
}

#[test]
fn a_resolve_sent_again_changes_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        let resolved = world.sentry("issue.resolved").hook();
        assert_eq!(world.deliver(&resolved).await.outcome, "resolved");
        let again = world.deliver(&resolved).await;
        assert_eq!((again.status, again.outcome.as_str()), (200, "resolved"));
        assert_eq!(state(world, &incident).await, "resolved");
    });
}

#[test]
fn a_resolve_is_a_new_fact_once_the_issue_was_unresolved_in_between() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        let resolved = world.sentry("issue.resolved").hook();
        let first = world.deliver(&resolved).await;
        world.advance(seconds(10)).await;
        assert_eq!(world.sentry("issue.unresolved.by-person").send().await.outcome, "reopened");
        world.advance(seconds(10)).await;

        let again = world.deliver(&resolved).await;
        assert_eq!((again.status, again.outcome.as_str()), (202, "resolved"));
        assert_ne!(again.delivery, first.delivery);
        assert_eq!(state(world, &incident).await, "resolved");
    });
}

#[test]
fn a_resolve_is_no_new_fact_once_a_later_signal_was_seen() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        let resolved = world.sentry("issue.resolved").hook();
        world.deliver(&resolved).await;
        world.advance(seconds(10)).await;
        world.sentry("issue.unresolved.by-person").send().await;
        world.advance(seconds(10)).await;
        assert_eq!(world.sentry("event_alert.triggered").send().await.outcome, "joined");

        let again = world.deliver(&resolved).await;
        assert_eq!((again.status, again.outcome.as_str()), (200, "resolved"));
        assert_eq!(state(world, &incident).await, "open", "in doubt it stays open");
    });
}

#[test]
fn a_resolve_is_no_new_fact_when_a_signal_alone_reopened_the_incident() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        let resolved = world.sentry("issue.resolved").hook();
        world.deliver(&resolved).await;
        world.advance(seconds(10)).await;
        assert_eq!(world.sentry("event_alert.triggered").send().await.outcome, "reopened");
        assert_eq!(world.deliver(&resolved).await.status, 200);
        assert_eq!(state(world, &incident).await, "open");
    });
}

#[test]
fn an_unresolve_is_a_new_fact_once_a_person_resolved_the_incident_here() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        world.sentry("issue.resolved").send().await;
        world.advance(seconds(10)).await;
        let unresolved = world.sentry("issue.unresolved.by-person").hook();
        assert_eq!(world.deliver(&unresolved).await.outcome, "reopened");
        world.advance(seconds(10)).await;
        assert_eq!(world.resolve(&incident, "ada").await, 200);
        world.advance(seconds(10)).await;

        let again = world.deliver(&unresolved).await;
        assert_eq!((again.status, again.outcome.as_str()), (202, "reopened"));
        assert_eq!(state(world, &incident).await, "open");
    });
}

#[test]
fn an_assignment_sent_again_is_no_new_fact() {
    scenario(async |world| {
        world.sentry("issue.created").send().await;
        let assigned = world.sentry("issue.assigned").hook();
        assert_eq!(world.deliver(&assigned).await.status, 202);
        assert_eq!(world.deliver(&assigned).await.status, 200);
    });
}
