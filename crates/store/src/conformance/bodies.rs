//! Bodies and text come back as they came, whatever is in them.

use domain::id::DeliveryId;
use domain::signal::Outcome;

use super::made::{at, delivery, incident, key, opening};
use super::put;
use crate::contract::{Changes, Store};
use crate::record::IdentityKey;

/// NUL, broken UTF-8, nothing at all, five megabytes.
pub async fn every_body_comes_back_byte_for_byte(store: &dyn Store) {
    let big: Vec<u8> = (0_u32..5 * 1024 * 1024).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bodies: [&[u8]; 7] = [
        b"",
        b"\0",
        b"{\"title\":\"a\0b\"}",
        &[0xff, 0xfe, 0x80, 0],
        "héllo 🔥 \u{202e}".as_bytes(),
        &[b'x'; 70_000],
        &big,
    ];
    let rows = bodies.iter().zip(1..).map(|(body, id)| delivery(id, body)).collect();
    put(store, Changes { deliveries: rows, ..Changes::default() }).await.unwrap();
    for (body, id) in bodies.iter().zip(1..) {
        let stored = store.delivery(DeliveryId(id)).await.unwrap().unwrap();
        assert!(stored.body == *body, "body {id} of {} bytes changed", body.len());
        assert_eq!(stored.row.length as usize, body.len());
    }
    assert_eq!(store.delivery(DeliveryId(99)).await.unwrap(), None);
}

/// Quotes, NUL, control bytes and other scripts in every text that somebody else wrote.
pub async fn hostile_text_survives(store: &dyn Store) {
    let hostile = "a\0b \u{1b}[31m \"quoted\" 'single' \\ \u{202e} 🔥 é\r\n; DROP TABLE incidents --";
    let mut stored = incident(1);
    stored.subject.title = hostile.into();
    stored.subject.project.as_mut().unwrap().slug = Some(hostile.into());
    stored.external_id = Some(hostile.into());
    stored.issues[0].id = hostile.into();
    let mut row = delivery(1, b"{}");
    row.resource = hostile.into();
    row.action = hostile.into();
    row.trouble = Some(hostile.into());
    row.headers = hostile.into();
    let mut changes = opening([stored.clone()]);
    changes.deliveries.push(row.clone());
    changes.identities.insert(
        IdentityKey(hostile.into()),
        crate::record::Identity { incident: Some(stored.id), ..Default::default() },
    );
    put(store, changes).await.unwrap();

    assert_eq!(store.incident(stored.id).await.unwrap().unwrap().incident, stored);
    let back = store.delivery(DeliveryId(1)).await.unwrap().unwrap().row;
    assert_eq!((&back.resource, &back.action, &back.trouble), (&row.resource, &row.action, &row.trouble));
    assert_eq!((back.outcome, back.received_at), (Outcome::Opened, at(1)));
    assert_eq!(store.incidents_named(hostile).await.unwrap(), [stored.id]);
    let filter = crate::record::IncidentFilter { project: Some(hostile.into()), limit: 5, ..Default::default() };
    assert_eq!(store.incidents(&filter).await.unwrap().items.len(), 1);
    let scope = crate::contract::Scope { identities: vec![IdentityKey(hostile.into())], ..Default::default() };
    let loaded = super::look(store, scope).await.unwrap();
    assert_eq!(loaded.identities[&IdentityKey(hostile.into())].incident, Some(stored.id));
    let other = crate::contract::Scope { identities: vec![IdentityKey("a".into())], ..Default::default() };
    assert!(super::look(store, other).await.unwrap().identities.is_empty(), "a NUL ended the key");
    assert_ne!(key(1), key(2));
}
