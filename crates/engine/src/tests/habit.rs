//! What signals teach: semantics I5, S2.

use domain::baseline::Baseline;
use domain::project::ProjectHistory;
use store::conformance::look;
use store::contract::Scope;
use store::record::{IdentityKey, ProjectKey};

use super::*;

async fn usual(world: &World, issue: u64) -> Option<Baseline> {
    let key = IdentityKey(format!("issue/i-1/{issue}"));
    let scope = Scope { identities: vec![key.clone()], ..Scope::default() };
    look(&*world.store, scope).await.unwrap().identities.remove(&key)?.baseline
}

async fn project(world: &World) -> Option<ProjectHistory> {
    let key = ProjectKey("i-1/7".into());
    let scope = Scope { projects: vec![key.clone()], ..Scope::default() };
    look(&*world.store, scope).await.unwrap().projects.remove(&key)
}

#[tokio::test]
async fn i5_the_usual_rate_counts_distinct_events_and_never_deliveries() {
    let world = World::begin().await;
    for event in ["e1", "e2", "e2", "e1", "e3"] {
        world.send("event_alert", &alert(1, event, 0, "production")).await;
    }
    let mut other_rule = alert(1, "e2", 0, "production");
    other_rule["data"]["triggered_rule"] = json!("another");
    let answer = world.send("event_alert", &other_rule).await;
    assert!(!answer.duplicate, "another rule speaks, and is heard");
    assert_eq!(usual(&world, 1).await.unwrap().count, 3);
}

#[tokio::test]
async fn i5_totals_of_sentry_count_by_their_growth() {
    let world = World::begin().await;
    let mut told = issue("created", 1, 0);
    for (count, minute, counted) in [(30, 0, 1), (34, 1, 5), (34, 2, 5), (2, 3, 5)] {
        told["data"]["issue"]["count"] = json!(count.to_string());
        told["data"]["issue"]["lastSeen"] = json!(at(minute).to_string());
        world.send("issue", &told).await;
        assert_eq!(usual(&world, 1).await.unwrap().count, counted, "{count} at {minute}");
    }
}

#[tokio::test]
async fn a_project_is_written_when_an_hour_closes_or_a_release_is_new() {
    let world = World::begin().await;
    world.send("event_alert", &alert(1, "e1", 0, "production")).await;
    assert_eq!(project(&world).await, None, "an hour that runs teaches nothing yet");
    let mut released = alert(1, "e2", 1, "production");
    released["data"]["event"]["release"] = json!("shop@1.2.3");
    world.send("event_alert", &released).await;
    let known = project(&world).await.unwrap();
    assert_eq!((known.releases.len(), known.releases[0].name.as_str()), (1, "shop@1.2.3"));
    assert!(known.shape.hours.is_empty());
    world.advance(minutes(61)).await;
    world.send("event_alert", &alert(1, "e3", 61, "production")).await;
    let known = project(&world).await.unwrap();
    assert_eq!(known.shape.hours.iter().sum::<u32>(), 2 * 16, "two events of the closed hour");
    assert_eq!(usual(&world, 1).await.unwrap().observed, 1);
}

#[tokio::test]
async fn s2_a_test_teaches_nothing() {
    let world = World::begin().await;
    let mut test = alert(1, "e1", 0, "production");
    test["watchfire"] = json!({"synthetic": true});
    test["data"]["event"]["release"] = json!("shop@9");
    let answer = world.send("event_alert", &test).await;
    assert!(world.incident(answer.incident).await.synthetic);
    assert_eq!((usual(&world, 1).await, project(&world).await), (None, None));
}
