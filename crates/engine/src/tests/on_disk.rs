//! The same promises on SQLite, where they depend on what a scope loads.

use crate::operate::Verb;
use domain::command::Act;
use std::path::PathBuf;

use domain::event::Event;
use domain::policy::Level;
use store::sqlite::{SqliteOptions, SqliteStore};

use super::*;
use crate::operate::Operation;

/// A directory of this test alone; gone with it.
struct Directory(PathBuf);

impl Directory {
    fn of(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("watchfire-engine-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_database_that_takes_nothing_can_be_read() {
    let directory = Directory::of("read-only");
    let path = directory.0.join("watchfire.db");
    let World { settings, clock, receivers, ids, .. } = World::begin().await;
    let create =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::High, act: Act::by("ann") };
    let store = Arc::new(SqliteStore::open(&SqliteOptions::at(path.clone())).await.unwrap());
    let engine = build(&store, &clock, &receivers, &settings, &ids).await;
    let incident = engine.operate(create.clone()).await.unwrap().incident;
    store.close().await.unwrap();

    let reading = SqliteOptions { read_only: true, ..SqliteOptions::at(path) };
    let store = Arc::new(SqliteStore::open(&reading).await.unwrap());
    let engine = build(&store, &clock, &receivers, &settings, &ids).await;
    assert!(engine.store().incident(incident).await.unwrap().is_some());
    assert!(engine.keep_policy().await.is_err(), "who wants to decide is told at once");
    assert!(matches!(engine.operate(create).await, Err(crate::operate::OperateError::Store(_))));
}

#[tokio::test]
async fn a_story_is_told_the_same_on_disk() {
    let directory = Directory::of("story");
    let policy = POLICY
        .replace("fallback = [\"notifier:*\"]", "fallback = [\"notifier:horn\"]")
        .replace("team = [\"notifier:*\"]", "team = [\"contact:ann\"]")
        + "\n[contacts.ann]\nchannels = [\"phone\", \"mail\"]\n";
    let World { settings, clock, receivers, ids, .. } = World::with(&["phone", "mail", "horn"], true, &policy).await;
    let store = Arc::new(SqliteStore::open(&SqliteOptions::at(directory.0.join("watchfire.db"))).await.unwrap());
    let engine = build(&store, &clock, &receivers, &settings, &ids).await;

    let opened = engine.receive(hook("issue", issue("created", 1, 0).to_string())).await.unwrap();
    let again = engine.receive(hook("issue", issue("created", 1, 0).to_string())).await.unwrap();
    assert_eq!(again, Answer { duplicate: true, ..opened.clone() });
    let create =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::Critical, act: Act::by("ann") };
    let incident = engine.operate(create).await.unwrap().incident;
    // Ladder and agent at once; both channels of the page fail, a minute apart, and the fallback is told (semantics L13, L14).
    receivers.react([Reaction::Answer(410, ""), Reaction::Answer(200, ""), Reaction::Answer(410, "")]);
    engine.drain().await;
    clock.advance(minutes(1));
    engine.drain().await;
    let timeline = store.timeline(incident, None, 100).await.unwrap();
    let others_left: Vec<bool> = timeline
        .items
        .iter()
        .filter_map(|row| match &row.entry.event {
            Event::PageFailed { others_left, .. } => Some(*others_left),
            _ => None,
        })
        .collect();
    assert_eq!(others_left, [true, false]);
    assert!(receivers.texts().contains(&"horn: fallback".to_owned()), "{:?}", receivers.texts());

    let acknowledge = Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge };
    engine.operate(acknowledge).await.unwrap();
    clock.advance(minutes(31));
    engine.drain().await;
    let filter = EscalationFilter { incident: Some(incident), limit: 1, ..EscalationFilter::default() };
    let escalation = store.escalations(&filter).await.unwrap().items.remove(0);
    assert_eq!(escalation.state.as_str(), "running", "the acknowledgement ran out");
    assert_eq!(escalation.first_delivered_at, Some(at(1)));
    assert_eq!(escalation.acknowledged_at, Some(at(1)), "the first times stay");
    store.close().await.unwrap();
}
