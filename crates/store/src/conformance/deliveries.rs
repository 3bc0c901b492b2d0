//! A delivery is stored once, with one outcome, and known from then on (semantics D1, D2).

use domain::id::DeliveryId;
use domain::signal::Outcome;

use super::made::{at, delivery, id, incident, key, opening};
use super::{look, put, put_with};
use crate::contract::{Changes, Scope, Store};
use crate::error::StoreError;
use crate::record::{DeliveryFilter, DeliveryKey, EventKey, Identity, IdentityKey};

fn asking(deliveries: Vec<DeliveryKey>) -> Scope {
    Scope { deliveries, ..Scope::default() }
}

/// Its key, and nothing like it, leads to it.
pub async fn a_stored_delivery_is_known(store: &dyn Store) {
    assert_eq!(look(store, Scope::default()).await.unwrap().next_delivery, 1);
    let mut row = delivery(1, b"{}");
    row.incident = Some(id(9));
    row.outcome = Outcome::Joined;
    put(store, Changes { deliveries: vec![row], ..Changes::default() }).await.unwrap();
    let other_time = DeliveryKey { seen_at: at(77), ..key(1) };
    let loaded = look(store, asking(vec![key(2), other_time, key(1), key(1)])).await.unwrap();
    assert_eq!(loaded.deliveries.keys().collect::<Vec<_>>(), [&key(1)]);
    let known = &loaded.deliveries[&key(1)];
    assert_eq!(
        (known.id, known.generation, known.outcome, known.incident),
        (DeliveryId(1), 0, Outcome::Joined, Some(id(9)))
    );
    assert_eq!(known.received_at, at(1));
    assert_eq!(loaded.next_delivery, 2);
}

/// A repeat that is a new fact has the next generation; the newest counts.
pub async fn the_newest_generation_is_known(store: &dyn Store) {
    let mut rows: Vec<_> = [1, 2, 3].into_iter().map(|id| delivery(id, b"{}")).collect();
    for (row, generation) in rows.iter_mut().zip(0..) {
        row.key = key(1);
        row.generation = generation;
    }
    put(store, Changes { deliveries: rows, ..Changes::default() }).await.unwrap();
    let known = &look(store, asking(vec![key(1)])).await.unwrap().deliveries[&key(1)];
    assert_eq!((known.id, known.generation), (DeliveryId(3), 2));
}

/// By (resource, event, rule), whatever else is in the bytes.
pub async fn an_event_hook_is_known_in_other_bytes(store: &dyn Store) {
    let event = EventKey { seen_at: at(5), digest: [7; 16] };
    let mut row = delivery(1, b"{}");
    row.event = Some(event);
    let rows = vec![row, delivery(2, b"{}")];
    put(store, Changes { deliveries: rows, ..Changes::default() }).await.unwrap();
    let other = EventKey { seen_at: at(6), ..event };
    let loaded = look(store, Scope { events: vec![other, event], ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.events.keys().collect::<Vec<_>>(), [&event]);
    assert_eq!(loaded.events[&event].id, DeliveryId(1));
    let mut again = delivery(3, b"{}");
    again.event = Some(event);
    let refused = put(store, Changes { deliveries: vec![again], ..Changes::default() }).await;
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
}

/// The batch is refused whole, and the store goes on.
pub async fn a_repeated_row_is_refused_and_nothing_else_is_saved(store: &dyn Store) {
    put(store, Changes { deliveries: vec![delivery(1, b"{}")], ..Changes::default() }).await.unwrap();
    let mut same_body = delivery(2, b"{}");
    same_body.key = key(1);
    for bad in [same_body, delivery(1, b"[]")] {
        let mut changes = opening([incident(1)]);
        changes.deliveries = vec![delivery(3, b"{}"), bad];
        let refused = put(store, changes).await;
        assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
        assert_eq!(store.incident(id(1)).await.unwrap(), None);
        assert_eq!(store.delivery(DeliveryId(3)).await.unwrap(), None);
    }
    put(store, Changes { deliveries: vec![delivery(2, b"{}")], ..Changes::default() }).await.unwrap();
}

/// With filters, and page by page.
pub async fn deliveries_are_listed_newest_first(store: &dyn Store) {
    let mut rows: Vec<_> = (1..=5).map(|id| delivery(id, b"{}")).collect();
    rows[1].outcome = Outcome::Stored;
    rows[3].outcome = Outcome::Stored;
    rows[3].trouble = Some("no JSON".into());
    put(store, Changes { deliveries: rows, ..Changes::default() }).await.unwrap();
    let list = async |filter: DeliveryFilter| {
        let page = store.deliveries(&filter).await.unwrap();
        (page.items.iter().map(|row| row.id.0).collect::<Vec<_>>(), page.next)
    };
    let first = list(DeliveryFilter { limit: 3, ..Default::default() }).await;
    assert_eq!(first, (vec![5, 4, 3], Some(3)));
    assert_eq!(list(DeliveryFilter { before: first.1, limit: 2, ..Default::default() }).await, (vec![2, 1], None));
    let stored = DeliveryFilter { outcome: Some(Outcome::Stored), limit: 9, ..Default::default() };
    assert_eq!(list(stored.clone()).await, (vec![4, 2], None));
    assert_eq!(list(DeliveryFilter { trouble: true, ..stored.clone() }).await, (vec![4], None));
    assert_eq!(list(DeliveryFilter { trouble: true, outcome: Some(Outcome::Opened), ..stored }).await, (vec![], None));
}

/// The workspace belongs to the decision: what it puts in, it finds (semantics I6). Then all of it is saved together.
pub async fn the_second_signal_of_a_batch_sees_the_first(store: &dyn Store) {
    let identity = IdentityKey("acme/6000000001".into());
    let scope = Scope { identities: vec![identity.clone()], deliveries: vec![key(1), key(2)], ..Scope::default() };
    let asked = identity.clone();
    store
        .transact(
            scope,
            Box::new(move |loaded| {
                let mut changes = Changes::default();
                for _ in 0..2 {
                    let mut row = delivery(loaded.next_delivery, b"{}");
                    loaded.next_delivery += 1;
                    let known = loaded.identities.get(&asked).and_then(|identity| identity.incident);
                    let mut incident =
                        known.and_then(|id| loaded.incidents.get(&id).cloned()).unwrap_or_else(|| incident(1));
                    row.outcome = if known.is_some() { Outcome::Joined } else { Outcome::Opened };
                    row.incident = Some(incident.id);
                    incident.counts.signals += u64::from(known.is_some());
                    loaded
                        .identities
                        .insert(asked.clone(), Identity { incident: Some(incident.id), ..Default::default() });
                    loaded.incidents.insert(incident.id, incident.clone());
                    changes.incidents.insert(incident.id, incident);
                    changes.deliveries.push(row);
                }
                changes.identities.clone_from(&loaded.identities);
                changes
            }),
        )
        .await
        .unwrap();
    assert_eq!(store.incident(id(1)).await.unwrap().unwrap().incident.counts.signals, 2);
    let loaded = look(store, asking(vec![key(1), key(2)])).await.unwrap();
    assert_eq!(loaded.deliveries[&key(1)].outcome, Outcome::Opened);
    assert_eq!(loaded.deliveries[&key(2)].outcome, Outcome::Joined);
    let nothing = Scope { identities: vec![identity], ..Scope::default() };
    put_with(store, nothing, Changes::default()).await.unwrap();
}
