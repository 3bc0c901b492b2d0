//! One timer for each incident.

use std::collections::BTreeMap;
use std::time::Duration;

use super::made::{at, id, incident, opening, page};
use super::{look, put};
use crate::contract::{Changes, Scope, Store};
use crate::record::{DueWake, Wake};

async fn arm(store: &dyn Store, number: u64, wake: Option<Wake>) {
    put(store, Changes { wakes: BTreeMap::from([(id(number), wake)]), ..Changes::default() }).await.unwrap();
}

async fn due(store: &dyn Store, now: i64, limit: usize) -> Vec<DueWake> {
    look(store, Scope { wakes: Some((at(now), limit)), ..Scope::default() }).await.unwrap().wakes
}

/// Arming it anew moves it; putting it away removes it.
pub async fn an_incident_has_one_timer(store: &dyn Store) {
    put(store, opening([incident(1)])).await.unwrap();
    arm(store, 1, Some(Wake { due: at(10), plan: 1 })).await;
    arm(store, 1, Some(Wake { due: at(20), plan: 2 })).await;
    assert_eq!(due(store, 19, 9).await, []);
    assert_eq!(due(store, 20, 9).await, [DueWake { incident: id(1), due: at(20), plan: 2 }]);
    arm(store, 1, None).await;
    assert_eq!(due(store, 99, 9).await, []);
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(store.claim(at(99), Duration::from_secs(1), 9, &[]).await.unwrap().is_empty(), "a timer is no work");
}

/// With their incidents, at most so many.
pub async fn due_timers_come_earliest_first(store: &dyn Store) {
    put(store, opening((1..=4).map(incident))).await.unwrap();
    for (number, when) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
        arm(store, number, Some(Wake { due: at(when), plan: 1 })).await;
    }
    let loaded = look(store, Scope { wakes: Some((at(50), 2)), ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.wakes.iter().map(|wake| wake.incident).collect::<Vec<_>>(), [id(2), id(3)]);
    assert_eq!(loaded.incidents.len(), 2);
    assert_eq!(due(store, 50, 9).await.len(), 3);
    assert!(due(store, 50, 0).await.is_empty());
}

/// A leased task counts by the end of its lease.
pub async fn the_next_due_time_is_of_tasks_leases_and_timers(store: &dyn Store) {
    assert_eq!(store.next_due().await.unwrap(), None);
    put(store, opening([incident(1)])).await.unwrap();
    arm(store, 1, Some(Wake { due: at(500), plan: 1 })).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(500)));
    put(store, Changes { tasks: vec![page(id(1), at(100), "slack")], ..Changes::default() }).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(100)));
    assert_eq!(store.claim(at(100), Duration::from_millis(250), 1, &[]).await.unwrap().len(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(at(350)));
}
