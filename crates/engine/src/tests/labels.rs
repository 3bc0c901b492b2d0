//! What people say an incident is worth: kept with its identities, and as a truth to measure triage by (semantics A8).

use crate::operate::Verb;
use domain::command::Act;
use std::time::Duration;

use domain::priority::Priority;
use domain::signal::Outcome;
use serde_json::json;
use store::contract::{Changes, Scope};
use store::record::{IdentityKey, TruthLabel};

use super::*;
use crate::operate::{Operated, Operation};

const DAY: Duration = Duration::from_hours(24);

async fn say(world: &World, incident: IncidentId, priority: Priority) -> Operated {
    let operation = Operation::Act {
        incident,
        act: Act { reason: Some("known".into()), ..Act::by("alice") },
        verb: Verb::Label(priority),
    };
    world.engine.operate(operation).await.unwrap()
}

async fn resolve(world: &World, incident: IncidentId) {
    world
        .engine
        .operate(Operation::Act { incident, act: Act::by("alice"), verb: Verb::Resolve { fixed_in: None } })
        .await
        .unwrap();
}

async fn labels(world: &World) -> Vec<TruthLabel> {
    world.store.labels(start()).await.unwrap()
}

/// The identities that carry a label, of those that the world of these tests knows.
async fn labelled(world: &World) -> Vec<String> {
    let print = world.incident(Some(world.deliveries().await[0].incident.unwrap())).await.subject.fingerprint.0;
    let keys = ["issue/i-1/7".to_owned(), "issue/i-1/9".to_owned(), format!("group/i-1/7/{print}/production")];
    let keys: Vec<_> = keys.into_iter().map(IdentityKey).collect();
    let scope = Scope { identities: keys.clone(), ..Scope::default() };
    let found = std::sync::Mutex::new(Vec::new());
    let look = |loaded: &mut store::contract::Loaded| {
        let has = |key: &&IdentityKey| loaded.identities.get(*key).is_some_and(|known| known.label.is_some());
        *found.lock().unwrap() = keys.iter().filter(has).map(|key| key.0.clone()).collect();
        Changes::default()
    };
    world.store.transact(scope, Box::new(look)).await.unwrap();
    found.into_inner().unwrap()
}

#[tokio::test]
async fn a_label_holds_every_identity_of_the_incident() {
    let world = World::begin().await;
    let incident = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident.unwrap();
    assert_eq!(world.send("event_alert", &alert(9, "e2", 2, "production")).await.incident, Some(incident));
    assert!(say(&world, incident, Priority::Low).await.changed);
    assert_eq!(labelled(&world).await.len(), 3, "{:?}", labelled(&world).await);
    assert!(!say(&world, incident, Priority::Low).await.changed, "saying it again renews it");
}

#[tokio::test]
async fn a_new_incident_of_the_same_identity_starts_with_it() {
    let world = World::begin().await;
    let first = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident.unwrap();
    say(&world, first, Priority::Medium).await;
    resolve(&world, first).await;
    world.advance(10 * DAY).await;
    let later = 10 * 24 * 60 + 1;
    let second = world.send("event_alert", &alert(7, "e2", later, "production")).await;
    assert_eq!(second.outcome, Outcome::Opened);
    let second = world.incident(second.incident).await;
    assert_eq!((second.priority, second.label.map(|label| label.by)), (Priority::Medium, Some("alice".to_owned())));
    // Another issue of the same group as well (semantics I3).
    resolve(&world, second.id).await;
    let other = world.send("event_alert", &alert(9, "e3", later + 1, "production")).await;
    assert_eq!(other.outcome, Outcome::Opened);
    assert_eq!(world.incident(other.incident).await.priority, Priority::Medium);
}

#[tokio::test]
async fn noise_ignores_the_identity_for_thirty_days_and_no_longer() {
    let world = World::begin().await;
    let incident = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident.unwrap();
    say(&world, incident, Priority::Ignore).await;
    assert_eq!(world.incident(Some(incident)).await.state.as_str(), "resolved");
    for (day, outcome) in [(1, Outcome::Ignored), (20, Outcome::Ignored), (31, Outcome::Opened)] {
        let wait = (start() + day * DAY).since(world.engine.now());
        world.advance(wait).await;
        let minute = u64::from(day) * 24 * 60;
        let answer = world.send("event_alert", &alert(7, &format!("d{day}"), minute, "production")).await;
        assert_eq!(answer.outcome, outcome, "day {day}");
        if outcome == Outcome::Opened {
            assert!(world.told(answer.incident, "label_ended").await == 1);
            assert!(labelled(&world).await.is_empty(), "what ended stays ended");
        }
    }
}

#[tokio::test]
async fn what_is_said_is_kept_beside_what_triage_had_said() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 7, 1)).await.incident;
    let triaged = world.incident(opened).await.triage;
    say(&world, opened.unwrap(), Priority::Low).await;
    let mut more = issue("created", 7, 2);
    more["data"]["issue"]["count"] = json!("31");
    world.send("issue", &more).await;
    say(&world, opened.unwrap(), Priority::Ignore).await;
    let kept = labels(&world).await;
    let said: Vec<_> = kept.iter().map(|label| (label.said, label.triaged, label.score)).collect();
    assert_eq!(
        said,
        [(Priority::Low, triaged.priority, triaged.score), (Priority::Ignore, triaged.priority, triaged.score)]
    );
    let text = world.engine.metrics_text().await;
    assert!(text.contains(r#"watchfire_labels_total{said="low",triage="over"} 1"#), "{text}");
}

#[tokio::test]
async fn what_a_person_opened_measures_nothing() {
    let world = World::begin().await;
    let create = Operation::Create {
        external_id: "x".into(),
        title: None,
        level: domain::policy::Level::High,
        act: Act::by("ann"),
    };
    let incident = world.engine.operate(create).await.unwrap().incident;
    say(&world, incident, Priority::Low).await;
    assert_eq!(world.incident(Some(incident)).await.priority, Priority::Low);
    assert!(labels(&world).await.is_empty());
}

#[tokio::test]
async fn each_signal_is_counted_once_by_what_it_came_to_and_what_decided() {
    let world = World::begin().await;
    let incident = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident.unwrap();
    let triaged = world.incident(Some(incident)).await.triage;
    say(&world, incident, Priority::High).await;
    for event in ["e2", "e3"] {
        world.send("event_alert", &alert(7, event, 2, "production")).await;
    }
    let text = world.engine.metrics_text().await;
    for (priority, decided, count) in [(triaged.priority.as_str(), triaged.decided(), 1), ("high", "label", 2)] {
        let line = format!(r#"watchfire_triage_total{{priority="{priority}",decided="{decided}"}} {count}"#);
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn noise_that_somebody_takes_up_again_in_sentry_is_noise_no_longer() {
    let world = World::begin().await;
    let incident = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident.unwrap();
    say(&world, incident, Priority::Ignore).await;
    assert_eq!(labelled(&world).await.len(), 2);
    let mut again = issue("unresolved", 7, 2);
    again["data"]["issue"]["substatus"] = json!("ongoing");
    let answer = world.send("issue", &again).await;
    assert_eq!((answer.outcome, answer.incident), (Outcome::Reopened, Some(incident)));
    let back = world.send("event_alert", &alert(7, "e2", 3, "production")).await;
    assert_eq!((back.outcome, back.incident), (Outcome::Joined, Some(incident)));
    assert!(labelled(&world).await.is_empty(), "neither the issue nor its group is noise");
    assert_ne!(world.incident(Some(incident)).await.triage.priority, Priority::Ignore);
}
