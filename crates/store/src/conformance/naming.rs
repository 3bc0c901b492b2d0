//! What a person types leads to what they mean.

use domain::id::EscalationId;

use super::made::{escalation, id, incident, opening};
use super::put;
use crate::contract::{Changes, Store};
use crate::record::EscalationState;

/// With or without `inc-` and `esc-`, and at most ten.
pub async fn the_start_of_an_id_is_enough(store: &dyn Store) {
    let mut changes = opening((1..=400).map(incident));
    for number in 1..=400 {
        let row = escalation(id(number), 1, EscalationState::Running);
        changes.escalations.insert(row.id, row);
    }
    put(store, changes).await.unwrap();
    let (incident, esc) = (id(7).to_string(), EscalationId::derive(id(7), 1));
    for short in [&incident[..], &incident[4..], &incident[..12], &incident[4..12]] {
        assert_eq!(store.incidents_named(short).await.unwrap(), [id(7)], "{short}");
    }
    let whole = esc.to_string();
    for short in [&whole[..], &whole[4..], &whole[..12]] {
        assert_eq!(store.escalations_named(short).await.unwrap(), [esc], "{short}");
    }
    let many = store.incidents_named(&incident[4..5]).await.unwrap();
    assert_eq!(many.len(), 10, "four hundred ids share thirty-two first characters");
    assert!(many.iter().all(|id| id.to_string().starts_with(&incident[..5])));
    for nothing in ["", "inc-", "inc-!", "%", "zzzzzzzzzzzzz"] {
        assert!(store.incidents_named(nothing).await.unwrap().is_empty(), "{nothing}");
        assert!(store.escalations_named(nothing).await.unwrap().is_empty(), "{nothing}");
    }
    put(store, Changes::default()).await.unwrap();
}

/// An external id, a Sentry issue id: exactly.
pub async fn other_peoples_names_are_found(store: &dyn Store) {
    let mut named = incident(1);
    named.external_id = Some("OPS-17".into());
    put(store, opening([named, incident(2)])).await.unwrap();
    assert_eq!(store.incidents_named("OPS-17").await.unwrap(), [id(1)]);
    assert_eq!(store.incidents_named(" 6000000002 ").await.unwrap(), [id(2)]);
    for nothing in ["OPS-1", "ops-17", "60000000021"] {
        assert!(store.incidents_named(nothing).await.unwrap().is_empty(), "{nothing}");
    }
    // Another issue joins later.
    let mut joined = incident(2);
    joined.issues.push(domain::incident::JoinedIssue {
        id: "77".into(),
        open: true,
        last_seen_at: None,
        print: None,
        merged: None,
    });
    let scope = crate::contract::Scope { incidents: vec![id(2)], ..Default::default() };
    super::put_with(store, scope, opening([joined])).await.unwrap();
    assert!(store.incidents_named("77").await.unwrap().contains(&id(2)));
}
