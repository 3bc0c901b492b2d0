//! A clean-up deletes what is older than the retention, and nothing that anybody still needs.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::attention::{Attention, Whose};
use domain::baseline::Baseline;
use domain::id::DeliveryId;
use domain::label::Label;
use domain::priority::Priority;

use super::made::{
    at, delivery, entry, escalation, happened, id, incident, key, name, opening, page, replacement, resolved, run,
    silence,
};
use super::{look, put};
use crate::contract::{Changes, Scope, Store};
use crate::record::{
    CleanupReport, DeliveryFilter, EscalationState, FinishedTask, Identity, IdentityKey, ReceiptRow, Retention,
    StandingOrder, TaskEnd, Wake,
};

const RETENTION: Retention = Retention {
    deliveries: Duration::from_millis(100),
    tasks: Duration::from_millis(100),
    incidents: Duration::from_millis(100),
};

/// Incidents 1 (live), 2 (over for long) and 3 (over just now), each with one of everything; each page was sent.
async fn fill(store: &dyn Store) {
    let mut changes = opening([incident(1), resolved(incident(2), at(50)), resolved(incident(3), at(950))]);
    for number in 1..=3_u64 {
        let incident = id(number);
        let mut row = delivery(number.cast_signed(), b"{}");
        row.incident = Some(incident);
        changes.deliveries.push(row);
        changes.timeline.push(entry(incident, at(1), happened()));
        changes.tasks.push(page(incident, at(number.cast_signed()), "slack"));
        let ladder = escalation(incident, 1, EscalationState::Resolved);
        changes.escalations.insert(ladder.id, ladder);
        changes.runs.insert(run(incident, "codegen").id, run(incident, "codegen"));
        changes.receipts.push(ReceiptRow { incident, channel: name("slack"), receipt: serde_json::Value::Bool(true) });
        let identity = Identity { incident: Some(incident), ..Default::default() };
        changes.identities.insert(IdentityKey(format!("acme/{number}")), identity);
        changes.wakes.insert(incident, Some(Wake { due: at(9_000), plan: 1 }));
    }
    // No incident needs this one.
    changes.deliveries.push(delivery(4, b"{}"));
    let mut young = delivery(5, b"{}");
    young.received_at = at(950);
    changes.deliveries.push(young);
    put(store, changes).await.unwrap();
    let claims = store.claim(at(10), Duration::from_millis(10), 9, &[]).await.unwrap();
    let finished = claims
        .iter()
        .map(|claim| FinishedTask { task: claim.task.id, token: claim.task.token, end: TaskEnd::Done })
        .collect();
    put(store, Changes { finished, ..Changes::default() }).await.unwrap();
}

/// Else what is ignored would be remembered for good; a person's word is.
pub async fn what_opened_nothing_is_forgotten_when_it_was_silent(store: &dyn Store) {
    let heard = |hour| Identity { baseline: Some(Baseline { hour, ..Baseline::default() }), ..Identity::default() };
    let label = Label { priority: Priority::Ignore, by: "bob".into(), at: at(1), until: at(2), reason: None, users: 1 };
    let identities = BTreeMap::from([
        (IdentityKey("silent".into()), heard(3)),
        (IdentityKey("heard".into()), heard(9)),
        (IdentityKey("labelled".into()), Identity { label: Some(label), ..heard(3) }),
        (IdentityKey("uncounted".into()), Identity { resolved_as_of: Some(at(1)), ..Identity::default() }),
    ]);
    let all: Vec<_> = identities.keys().cloned().collect();
    put(store, Changes { identities, ..Changes::default() }).await.unwrap();
    let left = async || {
        let loaded = look(store, Scope { identities: all.clone(), ..Scope::default() }).await.unwrap();
        loaded.identities.into_keys().map(|key| key.0).collect::<Vec<_>>()
    };
    let now = domain::time::Timestamp::from_millis(9 * 3_600_000 + 100);
    store.cleanup(&RETENTION, now, true).await.unwrap();
    assert_eq!(left().await.len(), 4);
    store.cleanup(&RETENTION, now, false).await.unwrap();
    assert_eq!(left().await, ["heard", "labelled", "uncounted"]);
}

/// What is left: deliveries, by number.
async fn left(store: &dyn Store) -> Vec<i64> {
    let filter = DeliveryFilter { limit: 99, ..Default::default() };
    store.deliveries(&filter).await.unwrap().items.iter().map(|row| row.id.0).collect()
}

/// However old they are.
pub async fn live_incidents_are_never_touched(store: &dyn Store) {
    fill(store).await;
    store.cleanup(&RETENTION, at(1_000_000), false).await.unwrap();
    assert!(store.incident(id(1)).await.unwrap().is_some());
    assert_eq!(store.timeline(id(1), None, 9).await.unwrap().items.len(), 1);
    assert_eq!(store.runs(id(1)).await.unwrap().len(), 1);
    assert!(store.receipt(id(1), &name("slack")).await.unwrap().is_some());
    assert_eq!(left(store).await, [1]);
    let scope = Scope { identities: vec![IdentityKey("acme/1".into())], ..Scope::default() };
    assert_eq!(look(store, scope).await.unwrap().incidents.len(), 1);
    let scope = Scope { wakes: Some((at(9_999), 9)), ..Scope::default() };
    assert_eq!(look(store, scope).await.unwrap().wakes.len(), 1);
}

/// Timeline, escalations, work, runs, receipts, identities.
pub async fn what_is_over_goes_with_everything_of_its(store: &dyn Store) {
    fill(store).await;
    let report = store.cleanup(&RETENTION, at(1_000), false).await.unwrap();
    assert_eq!(report, CleanupReport { deliveries: 3, tasks: 2, incidents: 1, escalations: 1, timeline: 1, orders: 0 });
    assert_eq!(left(store).await, [5, 1]);
    assert_eq!(store.incident(id(2)).await.unwrap(), None);
    assert!(store.incident(id(3)).await.unwrap().is_some(), "it ended less than the retention ago");
    assert!(store.timeline(id(2), None, 9).await.unwrap().items.is_empty());
    assert!(store.runs(id(2)).await.unwrap().is_empty());
    assert_eq!(store.run(run(id(2), "codegen").id).await.unwrap(), None);
    assert!(
        store
            .escalations_named(&escalation(id(2), 1, EscalationState::Pending).id.to_string())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.incidents_named("6000000002").await.unwrap().is_empty());
    let keys = ["acme/2", "acme/3"].map(|key| IdentityKey(key.into()));
    let loaded =
        look(store, Scope { identities: keys.to_vec(), deliveries: vec![key(2)], ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.identities.keys().collect::<Vec<_>>(), [&keys[1]]);
    assert!(loaded.deliveries.is_empty());
    assert_eq!(store.cleanup(&RETENTION, at(1_000), false).await.unwrap(), CleanupReport::default());
}

/// So that a person may look first.
pub async fn a_dry_run_counts_the_same_and_deletes_nothing(store: &dyn Store) {
    fill(store).await;
    let counted = store.cleanup(&RETENTION, at(1_000), true).await.unwrap();
    assert_eq!(left(store).await.len(), 5);
    assert!(store.incident(id(2)).await.unwrap().is_some());
    assert_eq!(store.cleanup(&RETENTION, at(1_000), false).await.unwrap(), counted);
}

/// Why an incident of then was quiet, or whom it called, stays known as long as the incident.
pub async fn orders_go_with_the_incidents_of_their_time(store: &dyn Store) {
    let silenced = |number, ends_at| StandingOrder::Silence { silence: Box::new(silence(number)), ends_at };
    let standing = vec![
        silenced(1, Some(at(899))),
        silenced(2, Some(at(900))),
        silenced(3, None),
        StandingOrder::Override(replacement(4, at(1))),
        StandingOrder::Override(replacement(5, at(5_000))),
    ];
    put(store, Changes { standing, ..Changes::default() }).await.unwrap();
    let expected = CleanupReport { orders: 2, ..CleanupReport::default() };
    assert_eq!(store.cleanup(&RETENTION, at(1_000), true).await.unwrap(), expected);
    assert_eq!(store.standing(at(0)).await.unwrap().1.silences.len(), 3);
    assert_eq!(store.cleanup(&RETENTION, at(1_000), false).await.unwrap(), expected);
    let (_, left) = store.standing(at(0)).await.unwrap();
    assert_eq!(left.silences, [silence(2), silence(3)]);
    assert_eq!(left.overrides, [replacement(5, at(5_000))]);
    assert_eq!(store.cleanup(&RETENTION, at(1_000), false).await.unwrap(), CleanupReport::default());
}

/// Of somebody who is no longer asked; a count of turns stays.
pub async fn attention_of_long_ago_is_forgotten(store: &dyn Store) {
    const DAY: i64 = 86_400_000;
    let paged = |when| Attention { first_pages: vec![at(when)], ..Attention::default() };
    let attention = BTreeMap::from([
        (Whose::Channel(name("old")), paged(DAY - 1)),
        (Whose::Channel(name("young")), paged(DAY)),
        (Whose::Role(name("primary")), Attention { turns: 3, ..paged(0) }),
    ]);
    put(store, Changes { attention, ..Changes::default() }).await.unwrap();
    let left = async || look(store, Scope::default()).await.unwrap().attention.into_keys().collect::<Vec<_>>();
    store.cleanup(&RETENTION, at(31 * DAY), true).await.unwrap();
    assert_eq!(left().await.len(), 3);
    store.cleanup(&RETENTION, at(31 * DAY), false).await.unwrap();
    assert_eq!(left().await, [Whose::Channel(name("young")), Whose::Role(name("primary"))]);
}

/// What is owed is owed (semantics L14).
pub async fn an_incident_with_work_left_stays(store: &dyn Store) {
    let mut changes = opening([resolved(incident(1), at(1))]);
    changes.tasks = vec![page(id(1), at(1), "slack")];
    put(store, changes).await.unwrap();
    assert_eq!(store.cleanup(&RETENTION, at(1_000), false).await.unwrap(), CleanupReport::default());
    assert_eq!(store.owed(9).await.unwrap().len(), 1);
}

/// A late answer or an old link never means something else than it did.
pub async fn a_number_is_never_given_out_twice(store: &dyn Store) {
    let mut changes = opening([resolved(incident(1), at(1))]);
    changes.deliveries = vec![delivery(1, b"{}"), delivery(2, b"{}")];
    changes.tasks = vec![page(id(1), at(1), "slack")];
    put(store, changes).await.unwrap();
    let old = store.claim(at(1), Duration::from_secs(1), 1, &[]).await.unwrap().remove(0);
    let done = FinishedTask { task: old.task.id, token: old.task.token, end: TaskEnd::Done };
    put(store, Changes { finished: vec![done], ..Changes::default() }).await.unwrap();
    let place = store.incident(id(1)).await.unwrap().unwrap().place;
    let report = store.cleanup(&RETENTION, at(1_000), false).await.unwrap();
    assert_eq!((report.deliveries, report.tasks, report.incidents), (2, 1, 1));
    assert_eq!(look(store, Scope::default()).await.unwrap().next_delivery, 3);
    let mut changes = opening([incident(2)]);
    changes.tasks = vec![page(id(2), at(1), "slack")];
    changes.wakes = BTreeMap::from([(id(2), Some(Wake { due: at(1), plan: 1 }))]);
    put(store, changes).await.unwrap();
    assert!(store.incident(id(2)).await.unwrap().unwrap().place > place);
    assert!(store.claim(at(2_000), Duration::from_secs(1), 1, &[]).await.unwrap()[0].task.id > old.task.id);
    assert_eq!(store.delivery(DeliveryId(1)).await.unwrap(), None);
}
