//! Work that goes out together is claimed together, and remembered together (semantics L12).

use std::time::Duration;

use domain::id::BundleId;

use super::made::{at, bundled, id, incident, name, opening, page, update};
use super::put;
use crate::contract::{Changes, Store};
use crate::record::{Claimed, FinishedTask, NewTask, TaskEnd, TaskState};

const LEASE: Duration = Duration::from_millis(100);

async fn queue(store: &dyn Store, tasks: Vec<NewTask>) {
    let mut changes = opening((1..=4).map(incident));
    changes.tasks = tasks;
    put(store, changes).await.unwrap();
}

const fn bundle(number: u64) -> BundleId {
    BundleId::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

async fn claim(store: &dyn Store, now: i64, limit: usize) -> Vec<Claimed> {
    store.claim_bundle(at(now), LEASE, bundle(1), &name("slack"), limit).await.unwrap()
}

fn incidents(claims: &[Claimed]) -> Vec<u64> {
    claims.iter().map(|claim| (1..9).find(|number| id(*number) == claim.incident.id).unwrap()).collect()
}

/// All that is due of one bundle and lane, pages first; nobody else's, nothing before its time.
pub async fn a_bundle_is_claimed_whole(store: &dyn Store) {
    queue(
        store,
        vec![
            bundled(update(id(3), at(10), "slack"), bundle(1)),
            bundled(page(id(1), at(10), "slack"), bundle(1)),
            bundled(page(id(2), at(10), "slack"), bundle(1)),
            bundled(page(id(4), at(90), "slack"), bundle(1)),
            bundled(page(id(4), at(10), "mail"), bundle(1)),
            bundled(page(id(4), at(10), "slack"), bundle(2)),
            page(id(4), at(10), "slack"),
        ],
    )
    .await;
    assert!(claim(store, 9, 99).await.is_empty());
    let claims = claim(store, 10, 99).await;
    assert_eq!(incidents(&claims), [1, 2, 3]);
    assert!(claims.iter().all(|claim| claim.task.work.bundle().map(|bundle| bundle.id) == Some(bundle(1))));
    assert!(claims.iter().all(|claim| (claim.task.attempt, claim.task.token) == (1, 1)));
    assert!(claims.iter().all(|claim| claim.task.incident == claim.incident.id));
    assert!(claim(store, 10, 99).await.is_empty(), "it is leased");
    assert_eq!(store.claim(at(10), LEASE, 99, &[]).await.unwrap().len(), 3, "the rest is there for all");
}

/// Whoever claims one of them alone first takes it from the bundle, as long as the lease holds.
pub async fn a_claim_of_a_bundle_takes_what_nobody_holds(store: &dyn Store) {
    queue(store, (1..=3).map(|number| bundled(page(id(number), at(1), "slack"), bundle(1))).collect()).await;
    let one = store.claim(at(10), LEASE, 1, &[]).await.unwrap();
    assert_eq!(incidents(&one), [1]);
    assert_eq!(incidents(&claim(store, 20, 1).await), [2], "at most so many");
    assert_eq!(incidents(&claim(store, 20, 99).await), [3]);
    // The lease of the first ends; what is done is never claimed again.
    let again = claim(store, 110, 99).await;
    assert_eq!((again[0].task.id, again[0].task.attempt, again[0].task.token), (one[0].task.id, 2, 2));
    assert_eq!(again.len(), 1);
    let done = FinishedTask { task: again[0].task.id, token: again[0].task.token, end: TaskEnd::Done };
    put(store, Changes { finished: vec![done], ..Changes::default() }).await.unwrap();
    assert_eq!(incidents(&claim(store, 9_999, 99).await), [2, 3]);
}

/// Whatever became of its work: an acknowledgement of a bundle acknowledges what it listed (semantics L12).
pub async fn a_bundle_tells_what_it_listed(store: &dyn Store) {
    queue(
        store,
        vec![
            bundled(page(id(1), at(1), "slack"), bundle(1)),
            bundled(page(id(2), at(1), "slack"), bundle(1)),
            bundled(page(id(3), at(1), "slack"), bundle(1)),
            bundled(update(id(4), at(90), "slack"), bundle(1)),
            bundled(page(id(4), at(1), "slack"), bundle(2)),
            page(id(4), at(1), "slack"),
        ],
    )
    .await;
    let claims = claim(store, 10, 2).await;
    let end = |claim: &Claimed, end| FinishedTask { task: claim.task.id, token: claim.task.token, end };
    let finished = vec![end(&claims[0], TaskEnd::Done), end(&claims[1], TaskEnd::Dead { trouble: "410 Gone".into() })];
    put(store, Changes { finished, cancel_pages: vec![id(3)], ..Changes::default() }).await.unwrap();
    let listed = store.bundled(bundle(1)).await.unwrap();
    let told: Vec<_> = listed.iter().map(|task| (task.incident, task.state, task.attempt)).collect();
    assert_eq!(
        told,
        [
            (id(1), TaskState::Done, 1),
            (id(2), TaskState::Dead, 1),
            (id(3), TaskState::Dropped, 0),
            (id(4), TaskState::Waiting, 0),
        ]
    );
    assert!(store.bundled(bundle(404)).await.unwrap().is_empty());
}

/// With or without `bnd-`, the newest first, and at most ten.
pub async fn the_start_of_a_bundles_id_is_enough(store: &dyn Store) {
    let tasks = (1..=400).flat_map(|number| {
        [page(id(1), at(1), "slack"), page(id(2), at(1), "slack")].map(|task| bundled(task, bundle(number)))
    });
    queue(store, tasks.collect()).await;
    let whole = bundle(7).to_string();
    for short in [&whole[..], &whole[4..], &whole[..12], &whole[4..12]] {
        assert_eq!(store.bundles_named(short).await.unwrap(), [bundle(7)], "{short}");
    }
    let many = store.bundles_named(&whole[..5]).await.unwrap();
    let newest = (1..=400).rev().map(bundle).filter(|id| id.to_string().starts_with(&whole[..5])).take(10);
    assert_eq!(many, newest.collect::<Vec<_>>());
    assert_eq!(many.len(), 10, "four hundred ids share thirty-two first characters");
    for nothing in ["", "bnd-", "inc-0", "%", "zzzzzzzzzzzzz"] {
        assert!(store.bundles_named(nothing).await.unwrap().is_empty(), "{nothing}");
    }
}
