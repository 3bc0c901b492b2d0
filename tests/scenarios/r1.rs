//! R1: Sentry resolves an incident when its last joined issue is resolved or ignored; a stale `resolved` changes nothing.

use harness::{minutes, scenario, seconds};

#[test]
fn the_last_issue_decides() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").issue("1").event(1).send().await.incident();
        world.sentry("event_alert.triggered").issue("2").event(2).send().await;

        let first = world.sentry("issue.resolved").issue("1").send().await;
        assert_eq!((first.outcome.as_str(), first.incident()), ("joined", incident.clone()));
        assert_eq!(world.incident(&incident).await.state(), "open");

        let last = world.sentry("issue.archived").issue("2").send().await;
        assert_eq!((last.outcome.as_str(), last.incident()), ("resolved", incident.clone()));
        assert_eq!(world.incident(&incident).await.0["resolved"]["how"], "sentry");
    });
}

#[test]
fn an_issue_that_came_back_counts_again() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").issue("1").event(1).send().await.incident();
        world.sentry("event_alert.triggered").issue("2").event(2).send().await;
        world.sentry("issue.resolved").issue("1").send().await;
        world.advance(seconds(1)).await;
        world.sentry("event_alert.triggered").issue("1").event(3).send().await;
        assert_eq!(world.sentry("issue.resolved").issue("2").send().await.outcome, "joined");
        assert_eq!(world.incident(&incident).await.state(), "open");
    });
}

#[test]
fn a_resolve_older_than_a_signal_of_this_opening_is_stale() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        let seen = world.now();
        world.advance(seconds(100)).await;
        let stale = world.sentry("issue.resolved").seen(seen - seconds(61)).send().await;
        assert_eq!(stale.outcome, "joined");
        assert_eq!(world.incident(&incident).await.state(), "open");

        let tolerated = world.sentry("issue.resolved").seen(seen - seconds(60)).send().await;
        assert_eq!(tolerated.outcome, "resolved");
    });
}

#[test]
fn people_who_were_paged_hear_that_it_is_over() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(1)).await;
        world.sentry("issue.resolved").send().await;
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
    });
}
