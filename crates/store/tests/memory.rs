//! The store in memory fails exactly where it is told to.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

extern crate watchfire_store as store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::conformance::made::{at, id, incident, opening, page};
use store::conformance::put;
use store::contract::{Scope, Store};
use store::error::StoreError;
use store::memory::{FaultPoint, MemoryStore};

#[tokio::test]
async fn a_fault_before_the_commit_saves_nothing_and_one_after_it_everything() {
    let store = MemoryStore::empty();
    store.fail_next(FaultPoint::BeforeCommit);
    store.fail_next(FaultPoint::AfterCommit);
    for (number, saved) in [(1, false), (2, true)] {
        assert!(matches!(put(&store, opening([incident(number)])).await, Err(StoreError::Unavailable { .. })));
        assert_eq!(store.incident(id(number)).await.unwrap().is_some(), saved);
    }
    put(&store, opening([incident(3)])).await.unwrap();
    assert_eq!(store.commits(), 2);
}

#[tokio::test]
async fn a_conflict_runs_the_decision_twice_and_saves_once() {
    let store = MemoryStore::empty();
    store.fail_next(FaultPoint::Conflict);
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let decide = Box::new(move |_: &mut store::contract::Loaded| {
        counted.fetch_add(1, Ordering::Relaxed);
        opening([incident(1)])
    });
    store.transact(Scope::default(), decide).await.unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    assert_eq!(store.incident(id(1)).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn a_read_fails_once() {
    let store = MemoryStore::empty();
    store.fail_next(FaultPoint::Read);
    assert!(store.next_due().await.is_err());
    assert_eq!(store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn a_restart_voids_leases_and_opens_it_again() {
    let store = MemoryStore::empty();
    let mut changes = opening([incident(1)]);
    changes.tasks = vec![page(id(1), at(1), "slack")];
    put(&store, changes).await.unwrap();
    let before = store.claim(at(1), Duration::from_secs(3_600), 1, &[]).await.unwrap().remove(0);
    store.close().await.unwrap();
    assert!(store.next_due().await.is_err());
    store.void_leases();
    let after = store.claim(at(1), Duration::from_secs(3_600), 1, &[]).await.unwrap().remove(0);
    assert_eq!((after.task.id, after.task.attempt), (before.task.id, 2));
}
