//! Work is claimed under a token, and ends under it.

use std::time::Duration;

use domain::id::TaskId;

use super::made::{at, entry, happened, id, incident, name, opening, page, update};
use super::{look, put, put_with};
use crate::contract::{Changes, Scope, Store};
use crate::error::StoreError;
use crate::record::{Claimed, FinishedTask, NewTask, TaskEnd, TaskState, Wake};

const LEASE: Duration = Duration::from_millis(100);

async fn queue(store: &dyn Store, tasks: Vec<NewTask>) {
    let mut changes = opening([incident(1), incident(2)]);
    changes.tasks = tasks;
    put(store, changes).await.unwrap();
}

async fn claim(store: &dyn Store, now: i64, limit: usize) -> Vec<Claimed> {
    store.claim(at(now), LEASE, limit, &[]).await.unwrap()
}

fn ending(claim: &Claimed, end: TaskEnd) -> Changes {
    let finished = vec![FinishedTask { task: claim.task.id, token: claim.task.token, end }];
    Changes { finished, ..Changes::default() }
}

fn lanes(claims: &[Claimed]) -> Vec<&str> {
    claims.iter().map(|claim| claim.task.work.lane().as_str()).collect()
}

/// Then the rest, each kind by its due time; nothing before its time, nothing twice.
pub async fn pages_go_first_and_the_earliest_of_them(store: &dyn Store) {
    queue(
        store,
        vec![
            update(id(1), at(1), "update-early"),
            page(id(1), at(30), "page-late"),
            page(id(2), at(20), "page-early"),
            update(id(2), at(2), "update-late"),
            page(id(2), at(90), "page-not-yet"),
        ],
    )
    .await;
    assert!(claim(store, 0, 9).await.is_empty());
    let claims = claim(store, 50, 3).await;
    assert_eq!(lanes(&claims), ["page-early", "page-late", "update-early"]);
    assert_eq!(claims[0].incident, incident(2));
    assert_eq!((claims[0].task.due, claims[0].task.first_due, claims[0].task.incident), (at(20), at(20), id(2)));
    assert_eq!(lanes(&claim(store, 50, 9).await), ["update-late"]);
}

/// A dead receiver's work waits; nobody else's does.
pub async fn busy_lanes_are_passed_over(store: &dyn Store) {
    queue(
        store,
        vec![
            page(id(1), at(1), "dead"),
            page(id(1), at(2), "dead"),
            page(id(2), at(3), "well"),
            update(id(1), at(1), "dead-2"),
        ],
    )
    .await;
    let busy = [name("dead"), name("dead-2")];
    let claims = store.claim(at(50), LEASE, 2, &busy).await.unwrap();
    assert_eq!(lanes(&claims), ["well"]);
    assert_eq!(lanes(&claim(store, 50, 9).await), ["dead", "dead", "dead-2"]);
}

/// +1 for the token and for the attempt.
pub async fn every_claim_has_a_new_token(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "slack")]).await;
    let first = claim(store, 10, 1).await.remove(0).task;
    assert_eq!((first.state, first.attempt, first.trouble), (TaskState::Leased, 1, None));
    let second = claim(store, 200, 1).await.remove(0).task;
    assert_eq!((second.id, second.attempt, second.due), (first.id, 2, at(1)));
    assert_eq!(second.token, first.token + 1);
}

/// Until then nobody else has it; at its end it is there for all.
pub async fn a_lease_holds_until_its_end(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "slack")]).await;
    assert_eq!(claim(store, 10, 9).await.len(), 1);
    assert!(claim(store, 109, 9).await.is_empty());
    assert_eq!(claim(store, 110, 9).await.len(), 1);
}

/// Not even what stands beside it.
pub async fn a_late_finish_saves_nothing(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "slack")]).await;
    let late = claim(store, 10, 1).await.remove(0);
    let current = claim(store, 200, 1).await.remove(0);
    let mut changes = ending(&late, TaskEnd::Done);
    changes.timeline = vec![entry(id(1), at(1), happened())];
    assert_eq!(put(store, changes.clone()).await, Err(StoreError::LeaseLost));
    assert!(store.timeline(id(1), None, 9).await.unwrap().items.is_empty());
    // Neither does one that ends the same task twice, or one that never was.
    let mut twice = ending(&current, TaskEnd::Done);
    twice.finished.extend(ending(&current, TaskEnd::Done).finished);
    assert_eq!(put(store, twice).await, Err(StoreError::LeaseLost));
    changes.finished[0].task = TaskId(404);
    assert_eq!(put(store, changes).await, Err(StoreError::LeaseLost));
    // The one who holds it may end it, once.
    let scope = Scope { tasks: vec![(current.task.id, current.task.token)], ..Scope::default() };
    put_with(store, scope, ending(&current, TaskEnd::Done)).await.unwrap();
    assert_eq!(put(store, ending(&current, TaskEnd::Done)).await, Err(StoreError::LeaseLost));
    assert!(claim(store, 9_999, 9).await.is_empty());
}

/// With their incidents; the others are missing, so that the rest of a batch goes on.
pub async fn only_held_tasks_are_loaded(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "slack"), page(id(2), at(2), "mail")]).await;
    let claims = claim(store, 10, 9).await;
    let (held, lost) = (&claims[0].task, &claims[1].task);
    let scope = Scope { tasks: vec![(held.id, held.token), (lost.id, lost.token + 1)], ..Scope::default() };
    let loaded = look(store, scope).await.unwrap();
    assert_eq!(loaded.tasks.values().collect::<Vec<_>>(), [held]);
    assert_eq!(loaded.incidents.into_keys().collect::<Vec<_>>(), [id(1)]);
}

/// It keeps what it was first due at, and what went wrong.
pub async fn a_retry_waits_for_its_time(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "slack")]).await;
    let first = claim(store, 10, 1).await.remove(0);
    let trouble = "timed out: \"slack\" \u{0} é".to_owned();
    put(store, ending(&first, TaskEnd::Retry { due: at(500), trouble: trouble.clone() })).await.unwrap();
    assert!(claim(store, 499, 9).await.is_empty());
    assert_eq!(put(store, ending(&first, TaskEnd::Done)).await, Err(StoreError::LeaseLost));
    let owed = store.owed(9).await.unwrap().remove(0);
    assert_eq!((owed.task.state, owed.task.trouble.as_ref()), (TaskState::Waiting, Some(&trouble)));
    let second = claim(store, 500, 9).await.remove(0).task;
    assert_eq!((second.attempt, second.due, second.first_due, second.trouble), (2, at(500), at(1), Some(trouble)));
}

/// With its incident, oldest due first (semantics L14).
pub async fn what_failed_for_good_is_owed(store: &dyn Store) {
    queue(
        store,
        vec![
            page(id(1), at(5), "dead"),
            page(id(2), at(6), "done"),
            page(id(1), at(7), "dropped"),
            update(id(2), at(4), "waits"),
        ],
    )
    .await;
    let claims = claim(store, 10, 3).await;
    put(store, ending(&claims[0], TaskEnd::Dead { trouble: "410 Gone".into() })).await.unwrap();
    put(store, ending(&claims[1], TaskEnd::Done)).await.unwrap();
    put(store, ending(&claims[2], TaskEnd::Dropped)).await.unwrap();
    assert_eq!(lanes(&claim(store, 9_999, 9).await), ["waits"]);
    let owed = store.owed(9).await.unwrap();
    let told: Vec<_> = owed.iter().map(|owed| (owed.task.work.lane().as_str(), owed.task.state)).collect();
    assert_eq!(told, [("waits", TaskState::Leased), ("dead", TaskState::Dead)]);
    assert_eq!((&owed[1].title, &owed[1].state), (&incident(1).subject.title, &"open".to_owned()));
    assert_eq!(owed[1].task.trouble.as_deref(), Some("410 Gone"));
    assert_eq!(store.owed(1).await.unwrap().len(), 1);
}

/// Waiting or under way, in the order of their numbers; no updates, nobody else's, nothing that ended. Their incidents come along.
pub async fn unfinished_pages_are_loaded_when_asked_for(store: &dyn Store) {
    let tasks = vec![
        page(id(1), at(90), "waits"),
        page(id(1), at(2), "leased"),
        page(id(1), at(1), "done"),
        page(id(2), at(90), "other"),
        update(id(1), at(90), "update"),
    ];
    queue(store, tasks).await;
    let claims = claim(store, 10, 9).await;
    put(store, ending(&claims[0], TaskEnd::Done)).await.unwrap();
    let loaded = look(store, Scope { open_pages: vec![id(1), id(404)], ..Scope::default() }).await.unwrap();
    let told: Vec<_> = loaded.open_pages.iter().map(|task| (task.work.lane().as_str(), task.state)).collect();
    assert_eq!(told, [("waits", TaskState::Waiting), ("leased", TaskState::Leased)]);
    assert!(loaded.open_pages.iter().all(|task| task.incident == id(1)));
    assert_eq!(loaded.incidents.into_keys().collect::<Vec<_>>(), [id(1)]);
    assert!(look(store, Scope::default()).await.unwrap().open_pages.is_empty());
}

/// Waiting or under way, of these incidents alone; new pages of the same save are not meant (semantics L10).
pub async fn cancelled_pages_are_never_sent(store: &dyn Store) {
    queue(
        store,
        vec![
            page(id(1), at(1), "sent"),
            page(id(1), at(50), "waits"),
            page(id(2), at(50), "other"),
            update(id(1), at(50), "update"),
        ],
    )
    .await;
    let under_way = claim(store, 10, 1).await.remove(0);
    let cancel = Changes { cancel_pages: vec![id(1)], tasks: vec![page(id(1), at(50), "anew")], ..Changes::default() };
    put(store, cancel).await.unwrap();
    assert_eq!(put(store, ending(&under_way, TaskEnd::Done)).await, Err(StoreError::LeaseLost));
    let scope = Scope { tasks: vec![(under_way.task.id, under_way.task.token)], ..Scope::default() };
    assert!(look(store, scope).await.unwrap().tasks.is_empty());
    assert_eq!(lanes(&claim(store, 9_999, 9).await), ["other", "anew", "update"]);
    assert_eq!(store.owed(9).await.unwrap().len(), 3);
}

/// The end of a try counts before the cancelling: a delivered page whose incident ends with it is done, not lost.
pub async fn a_page_may_end_and_cancel_the_others_at_once(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "sent"), page(id(1), at(2), "waits"), page(id(1), at(1), "tried")]).await;
    let claims = claim(store, 1, 9).await;
    let mut changes = ending(&claims[0], TaskEnd::Done);
    changes.finished.extend(ending(&claims[1], TaskEnd::Retry { due: at(3), trouble: "busy".into() }).finished);
    changes.cancel_pages = vec![id(1)];
    put(store, changes).await.unwrap();
    assert!(claim(store, 9_999, 9).await.is_empty());
    assert!(store.owed(9).await.unwrap().is_empty());
}

/// Due times and leases move by it, before anything else of the save (semantics C2).
pub async fn a_jump_of_the_clock_moves_work_but_no_timer(store: &dyn Store) {
    queue(store, vec![page(id(1), at(1), "leased"), page(id(1), at(50), "waits")]).await;
    assert_eq!(claim(store, 10, 9).await.len(), 1);
    let jump = Changes {
        shift_tasks: Some(1_000),
        wakes: [(id(1), Some(Wake { due: at(700), plan: 1 }))].into(),
        tasks: vec![page(id(2), at(60), "new")],
        ..Changes::default()
    };
    put(store, jump).await.unwrap();
    assert_eq!(lanes(&claim(store, 1_049, 9).await), ["new"]);
    assert_eq!(lanes(&claim(store, 1_050, 9).await), ["waits"]);
    let leased = claim(store, 1_110, 9).await.remove(0).task;
    assert_eq!((leased.work.lane().as_str(), leased.due, leased.first_due), ("leased", at(1_001), at(1_001)));
    let loaded = look(store, Scope { wakes: Some((at(700), 9)), ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.wakes.len(), 1);
    put(store, Changes { shift_tasks: Some(-1_000), ..Changes::default() }).await.unwrap();
    assert_eq!(store.owed(9).await.unwrap()[0].task.due, at(-940));
}
