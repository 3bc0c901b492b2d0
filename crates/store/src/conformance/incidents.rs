//! Incidents, what leads to them, and their timelines.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::event::{Event, PageReason};
use domain::id::IncidentId;
use domain::policy::Level;
use domain::signal::Lifecycle;

use super::made::{at, entry, escalation, happened, id, incident, name, opening, page, resolved, run};
use super::{look, put, put_with};
use crate::contract::{Changes, LiveScope, Scope, Store};
use crate::error::StoreError;
use crate::record::{EscalationState, Identity, IdentityKey, IncidentFilter, ReceiptRow, Wake};

fn naming(ids: impl IntoIterator<Item = IncidentId>) -> Scope {
    Scope { incidents: ids.into_iter().collect(), ..Scope::default() }
}

/// Every field, to the last bit.
pub async fn an_incident_comes_back_as_it_was(store: &dyn Store) {
    let mut whole = incident(1);
    whole.triage.factors[0].weight = 0.1 + 0.2;
    whole.counts.events = u64::MAX;
    whole.subject.title = "🔥 ünïcode \u{0} \u{202e} \u{ffff}".into();
    whole.endpoints = BTreeMap::from([(name("slack-ops"), at(7))]);
    put(store, opening([whole.clone(), incident(2)])).await.unwrap();
    let row = store.incident(whole.id).await.unwrap().unwrap();
    assert_eq!((row.incident, row.version), (whole.clone(), 1));
    let loaded = look(store, naming([id(9), whole.id])).await.unwrap();
    assert_eq!(loaded.incidents, BTreeMap::from([(whole.id, whole)]));
    assert_eq!(store.incident(id(9)).await.unwrap(), None);
}

/// The incident is loaded with the identity.
pub async fn an_identity_leads_to_its_incident(store: &dyn Store) {
    let mut changes = opening([incident(1), incident(2)]);
    let (one, two) = (IdentityKey("acme/1".into()), IdentityKey("acme/2".into()));
    changes.identities.insert(one.clone(), Identity { incident: Some(id(1)), ..Default::default() });
    put(store, changes).await.unwrap();
    let loaded = look(store, Scope { identities: vec![one.clone(), two.clone()], ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.identities.keys().collect::<Vec<_>>(), [&one]);
    assert_eq!(loaded.incidents.keys().collect::<Vec<_>>(), [&id(1)]);
    let moved = Identity { incident: Some(id(2)), ..Default::default() };
    put(store, Changes { identities: BTreeMap::from([(one.clone(), moved)]), ..Changes::default() }).await.unwrap();
    let loaded = look(store, Scope { identities: vec![one], ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.incidents.keys().collect::<Vec<_>>(), [&id(2)]);
}

/// A `resolved` for an unknown issue is remembered (semantics D3).
pub async fn an_identity_remembers_without_an_incident(store: &dyn Store) {
    let key = IdentityKey("acme/3".into());
    let known = Identity {
        incident: None,
        transition: Some((Lifecycle::Unresolved { came_back: true }, at(4))),
        resolved_as_of: Some(at(5)),
        last_signal_at: Some(at(6)),
        ..Identity::default()
    };
    put(store, Changes { identities: BTreeMap::from([(key.clone(), known.clone())]), ..Changes::default() })
        .await
        .unwrap();
    let scope = Scope { identities: vec![key.clone()], ..Scope::default() };
    assert_eq!(look(store, scope).await.unwrap().identities, BTreeMap::from([(key, known)]));
}

/// A baseline and a label each come back, alone or together, and go again.
pub async fn an_identity_knows_what_is_usual_and_what_was_said(store: &dyn Store) {
    let key = IdentityKey("acme/7".into());
    let usual = domain::baseline::Baseline {
        hour: 9,
        count: u32::MAX,
        before: 1,
        weight: 8,
        mean: 2,
        variance: u64::MAX,
        observed: 3,
        peak: 4,
        total: Some((5, at(6))),
    };
    let label = domain::label::Label {
        priority: domain::priority::Priority::Ignore,
        by: "bob".into(),
        at: at(1),
        until: at(2),
        reason: Some("hostile \u{0}é".into()),
        users: 3,
    };
    let whole = Identity { baseline: Some(usual), label: Some(label), ..Identity::default() };
    let parts = [
        whole.clone(),
        Identity { baseline: None, ..whole.clone() },
        Identity { label: None, ..whole.clone() },
        Identity::default(),
    ];
    for known in parts {
        put(store, Changes { identities: BTreeMap::from([(key.clone(), known.clone())]), ..Changes::default() })
            .await
            .unwrap();
        let scope = Scope { identities: vec![key.clone()], ..Scope::default() };
        assert_eq!(look(store, scope).await.unwrap().identities, BTreeMap::from([(key.clone(), known)]));
    }
}

/// A changed incident keeps its place.
pub async fn every_save_raises_the_version(store: &dyn Store) {
    put(store, opening([incident(1), incident(2)])).await.unwrap();
    let before = store.incident(id(1)).await.unwrap().unwrap();
    let mut changed = incident(1);
    changed.counts.events = 99;
    put_with(store, naming([id(1)]), opening([changed.clone()])).await.unwrap();
    changed.level = Level::Critical;
    put_with(store, naming([id(1)]), opening([changed.clone()])).await.unwrap();
    let after = store.incident(id(1)).await.unwrap().unwrap();
    assert_eq!((after.version, after.place, after.incident), (3, before.place, changed));
    assert_eq!(store.incident(id(2)).await.unwrap().unwrap().version, 1);
}

/// A version that nobody read cannot be compared.
pub async fn an_incident_is_changed_only_by_who_loaded_it(store: &dyn Store) {
    put(store, opening([incident(1)])).await.unwrap();
    let mut changed = incident(1);
    changed.plan = 5;
    let refused = put(store, opening([changed])).await;
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
    assert_eq!(store.incident(id(1)).await.unwrap().unwrap().incident.plan, 1);
}

/// No row points into the void.
pub async fn rows_of_an_unknown_incident_are_refused(store: &dyn Store) {
    let ghost = id(404);
    let attempts = [
        Changes { timeline: vec![entry(ghost, at(1), happened())], ..Changes::default() },
        Changes { wakes: BTreeMap::from([(ghost, Some(Wake { due: at(1), plan: 1 }))]), ..Changes::default() },
        Changes { tasks: vec![page(ghost, at(1), "slack")], ..Changes::default() },
        Changes { runs: BTreeMap::from([(run(ghost, "codegen").id, run(ghost, "codegen"))]), ..Changes::default() },
        Changes {
            escalations: [escalation(ghost, 1, EscalationState::Pending)]
                .into_iter()
                .map(|row| (row.id, row))
                .collect(),
            ..Changes::default()
        },
        Changes {
            receipts: vec![ReceiptRow { incident: ghost, channel: name("slack"), receipt: serde_json::Value::Null }],
            ..Changes::default()
        },
        Changes {
            identities: BTreeMap::from([(
                IdentityKey("x".into()),
                Identity { incident: Some(ghost), ..Default::default() },
            )]),
            ..Changes::default()
        },
    ];
    for changes in attempts {
        let refused = put(store, changes.clone()).await;
        assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?} for {changes:?}");
    }
    // To put away what is not there is no mistake.
    let harmless = Changes { wakes: BTreeMap::from([(ghost, None)]), cancel_pages: vec![ghost], ..Changes::default() };
    put(store, harmless).await.unwrap();
}

/// By state, level, project, and page by page.
pub async fn incidents_are_listed_newest_first(store: &dyn Store) {
    let mut all: Vec<_> = (1..=6).map(incident).collect();
    all[1] = resolved(all[1].clone(), at(50));
    all[2].level = Level::Critical;
    all[3].subject.project = None;
    put(store, opening(all)).await.unwrap();
    let list = async |filter: IncidentFilter| {
        let page = store.incidents(&filter).await.unwrap();
        (page.items.into_iter().map(|row| row.incident.id).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = list(IncidentFilter { limit: 4, ..Default::default() }).await;
    assert_eq!(first, [id(6), id(5), id(4), id(3)]);
    assert_eq!(list(IncidentFilter { before: next, limit: 4, ..Default::default() }).await, (vec![id(2), id(1)], None));
    let states = vec!["resolved".to_owned(), "acknowledged".to_owned()];
    assert_eq!(list(IncidentFilter { states, limit: 4, ..Default::default() }).await.0, [id(2)]);
    let level = Some(Level::Critical);
    assert_eq!(list(IncidentFilter { level, limit: 4, ..Default::default() }).await.0, [id(3)]);
    for project in ["shop-5", "4505"] {
        let project = Some(project.to_owned());
        assert_eq!(list(IncidentFilter { project, limit: 4, ..Default::default() }).await.0, [id(5)]);
    }
    assert_eq!(list(IncidentFilter { limit: 6, ..Default::default() }).await.1, None);
}

/// In the order of opening, none twice, none left out, none that is over.
pub async fn live_incidents_come_in_pages(store: &dyn Store) {
    let all = (1..=5).map(|number| if number == 3 { resolved(incident(3), at(9)) } else { incident(number) });
    put(store, opening(all)).await.unwrap();
    let page = async |after, limit| {
        let loaded = look(store, Scope { live: Some(LiveScope { after, limit }), ..Scope::default() }).await.unwrap();
        (loaded.incidents.into_keys().collect::<Vec<_>>(), loaded.live_next)
    };
    let sorted = |mut ids: Vec<IncidentId>| {
        ids.sort();
        ids
    };
    let (first, next) = page(0, 3).await;
    assert_eq!(first, sorted(vec![id(1), id(2), id(4)]));
    assert_eq!(page(next.unwrap(), 3).await, (vec![id(5)], None));
    assert_eq!(page(0, 4).await.1, None, "a full page was the last one");
    let ended = resolved(incident(5), at(10));
    put_with(store, naming([id(5)]), opening([ended])).await.unwrap();
    assert_eq!(page(next.unwrap(), 3).await, (vec![], None));
}

/// Oldest first, page by page, with who and why.
pub async fn a_timeline_is_read_in_order(store: &dyn Store) {
    let mut changes = opening([incident(1), incident(2)]);
    let held = Duration::from_millis(1_234);
    let events = [
        Event::AcknowledgementEnded { held },
        Event::IssueClosed { issue: "a\0b é".into() },
        Event::Paged {
            contact: name("ada"),
            channels: vec![name("slack-ops")],
            rung: None,
            repetition: 1,
            reason: PageReason::Repeat,
            next: None,
            bundle: None,
        },
    ];
    for event in events {
        changes.timeline.push(entry(id(1), at(3), event));
        changes.timeline.push(entry(id(2), at(3), happened()));
    }
    changes.timeline[2].entry.why = None;
    let written: Vec<_> =
        changes.timeline.iter().filter(|new| new.incident == id(1)).map(|new| new.entry.clone()).collect();
    put(store, changes).await.unwrap();
    let first = store.timeline(id(1), None, 2).await.unwrap();
    let second = store.timeline(id(1), first.next, 2).await.unwrap();
    assert_eq!(second.next, None);
    let read: Vec<_> = first.items.into_iter().chain(second.items).collect();
    assert!(read.is_sorted_by_key(|row| row.id) && read.iter().all(|row| row.at == at(3)));
    assert_eq!(read.into_iter().map(|row| row.entry).collect::<Vec<_>>(), written);
    assert!(store.timeline(id(404), None, 5).await.unwrap().items.is_empty());
}
