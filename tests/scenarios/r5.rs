//! R5: an old release excuses a signal only when the resolve named a fix release and the order is known.

use harness::{Answer, World, minutes, scenario};
use serde_json::json;

async fn fixed_in(world: &mut World, incident: &str, release: &str) {
    let body = json!({"by": "ada", "fixed_in": release});
    let (status, _) = world.api_post(&format!("/api/v1/incidents/{incident}/resolve"), &body).await;
    assert_eq!(status, 200);
    world.advance(minutes(5)).await;
}

async fn seen_in(world: &mut World, event: u32, release: &str) -> Answer {
    world.sentry("event_alert.triggered").event(event).release(release).medium().send().await
}

#[test]
fn a_signal_from_an_older_release_than_the_fix_reopens_nothing_and_the_timeline_says_so() {
    scenario(async |world| {
        let incident = seen_in(world, 1, "shop@1.1.0").await.incident();
        fixed_in(world, &incident, "shop@1.2.0").await;
        let old = seen_in(world, 2, "shop@1.1.9").await;
        assert_eq!((old.outcome.as_str(), old.incident()), ("stored", incident.clone()));
        let shown = world.incident(&incident).await;
        assert_eq!(shown.state(), "resolved");
        assert_eq!(shown.events().last().map(String::as_str), Some("excused"));
    });
}

#[test]
fn the_release_of_the_fix_and_later_ones_are_a_regression() {
    for release in ["shop@1.2.0", "shop@1.10.0"] {
        scenario(async |world| {
            let incident = seen_in(world, 1, "shop@1.1.0").await.incident();
            fixed_in(world, &incident, "shop@1.2.0").await;
            assert_eq!(seen_in(world, 2, release).await.outcome, "reopened");
            assert_eq!(world.incident(&incident).await.level(), "high");
        });
    }
}

#[test]
fn where_the_order_is_unknown_it_reopens_at_the_normal_level() {
    scenario(async |world| {
        let incident = seen_in(world, 1, "4f2a9c1d").await.incident();
        fixed_in(world, &incident, "9d8e7f60").await;
        assert_eq!(seen_in(world, 2, "0a1b2c3d").await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "medium");
    });
}

#[test]
fn a_resolve_in_sentry_names_its_release_too() {
    scenario(async |world| {
        let incident = seen_in(world, 1, "shop@1.1.0").await.incident();
        let details = json!({"inRelease": "shop@1.2.0"});
        let resolved = world.sentry("issue.resolved").with("statusDetails", details).send().await;
        assert_eq!(resolved.outcome, "resolved");
        world.advance(minutes(5)).await;
        assert_eq!(seen_in(world, 2, "shop@1.1.9").await.outcome, "stored");
        assert_eq!(seen_in(world, 3, "shop@1.2.1").await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "high");
    });
}

#[test]
fn of_several_issues_each_has_a_fix_of_its_own_and_the_last_ones_excuses_nobody() {
    scenario(async |world| {
        let incident = seen_in(world, 1, "shop@1.1.0").await.incident();
        world.sentry("event_alert.triggered").issue("9").event(2).release("shop@1.1.0").medium().send().await;
        for (issue, release) in [("5501234567", "shop@1.2.0"), ("9", "shop@1.3.0")] {
            let details = json!({"inRelease": release});
            world.sentry("issue.resolved").issue(issue).with("statusDetails", details).send().await;
        }
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        world.advance(minutes(5)).await;
        assert_eq!(seen_in(world, 3, "shop@1.1.0").await.outcome, "reopened");
        assert_eq!(world.incident(&incident).await.level(), "medium", "nobody can tell: no raise");
    });
}
