//! I1: a Sentry issue belongs to its source; the same (source, issue) is one identity, whatever resource tells of it.

use harness::scenario;

#[test]
fn one_issue_seen_as_every_resource_is_one_incident() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").issue("77").send().await.incident();
        for fixture in [
            "error.created",
            "event_alert.triggered",
            "event_alert.triggered.message",
            "activity_alert.triggered.status_regressed",
            "activity_alert.triggered.seer",
            "comment.created",
            "issue.unresolved.escalating",
        ] {
            let answer = world.sentry(fixture).issue("77").send().await;
            assert_eq!((answer.outcome.as_str(), answer.incident), ("joined", Some(incident.clone())), "{fixture}");
        }
        assert_eq!(world.incidents().await.len(), 1);
    });
}

#[test]
fn whichever_resource_comes_first_the_others_join_it() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").issue("77").send().await.incident();
        let joined = world.sentry("issue.created").issue("77").send().await;
        assert_eq!((joined.outcome.as_str(), joined.incident()), ("joined", incident));
    });
}

#[test]
fn the_same_number_of_another_installation_is_another_incident() {
    scenario(async |world| {
        let ours = world.sentry("issue.created").issue("77").send().await;
        let theirs = world.sentry("issue.created").issue("77").from_installation("another").send().await;
        assert_eq!(theirs.outcome, "opened");
        assert_ne!(theirs.incident, ours.incident);
    });
}
