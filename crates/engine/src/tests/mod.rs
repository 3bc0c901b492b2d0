//! The engine's promises, on a store in memory, a clock that stands still, and receivers that answer as they are told.

mod agents;
mod bodies;
mod bundles;
mod figures;
mod habit;
mod intake;
mod labels;
mod on_disk;
mod operate;
mod orders;
mod outbox;
mod receivers;
mod time;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::id::{IncidentId, Name, RunId};
use domain::incident::{Incident, Progress};
use domain::policy::Policy;
use domain::time::{ManualClock, Timestamp};
use http::HeaderMap;
use integrations::notifier::Notifier;
use integrations::request::{Secret, Transport};
use integrations::sentry::{HOOK_SIGNATURE_HEADER, SigningSecret, sign};
use serde_json::{Value, json};
use store::contract::Store;
use store::memory::MemoryStore;
use store::record::{DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, IncidentFilter};

use crate::engine::Engine;
use crate::intake::{Answer, Hook, IntakeError};
use crate::ports::{Ports, Settings};
pub(crate) use bodies::{alert, issue, metric};
use receivers::{Bell, Fixer, Reaction, Receivers};

/// The policy as it comes, with somebody to call.
pub(super) const POLICY: &str = include_str!("../../../../policies/default.toml");
pub(super) const LEASE: Duration = Duration::from_secs(60);

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Everything that an engine needs, and the engine.
pub(super) struct World {
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) receivers: Arc<Receivers>,
    pub(super) settings: Settings,
    pub(super) engine: Engine,
    ids: Arc<AtomicU64>,
}

impl World {
    /// One notifier, no agent.
    pub(super) async fn begin() -> Self {
        Self::with(&["bell"], false, POLICY).await
    }

    pub(super) async fn with(bells: &[&'static str], agent: bool, policy: &str) -> Self {
        let policy_read: Policy = domain::policy::file::parse(policy).unwrap();
        let mut settings = Settings {
            secrets: vec![secret()],
            monitoring: true,
            policy: Arc::new(policy_read),
            policy_text: policy.into(),
            notifiers: bells.iter().map(|bell| (name(bell), Arc::new(Bell(bell)) as Arc<dyn Notifier>)).collect(),
            agents: std::collections::BTreeMap::new(),
            public_url: None,
            slots: 8,
            slots_per_lane: 4,
            lease: LEASE,
        };
        if agent {
            settings.agents.insert(name("fixer"), Arc::new(Fixer));
        }
        Self::of(settings).await
    }

    pub(super) async fn of(settings: Settings) -> Self {
        let store = Arc::new(MemoryStore::empty());
        let clock = Arc::new(ManualClock::starting_at(start()));
        let receivers = Arc::new(Receivers::default());
        let ids = Arc::new(AtomicU64::new(1));
        let engine = build(&store, &clock, &receivers, &settings, &ids).await;
        Self { store, clock, receivers, settings, engine, ids }
    }

    /// Another engine on the same store: a restart, or a second one beside it.
    pub(super) async fn another(&self) -> Engine {
        build(&self.store, &self.clock, &self.receivers, &self.settings, &self.ids).await
    }

    /// The process dies and comes back.
    pub(super) async fn restart(&mut self) {
        self.store.void_leases();
        self.engine = self.another().await;
    }

    pub(super) async fn advance(&self, by: Duration) -> usize {
        self.clock.advance(by);
        self.engine.drain().await
    }

    pub(super) async fn send(&self, resource: &str, body: &Value) -> Answer {
        self.receive(hook(resource, body.to_string())).await.unwrap()
    }

    pub(super) async fn receive(&self, hook: Hook) -> Result<Answer, IntakeError> {
        self.engine.receive(hook).await
    }

    pub(super) async fn incident(&self, id: Option<IncidentId>) -> Incident {
        self.store.incident(id.unwrap()).await.unwrap().unwrap().incident
    }

    pub(super) async fn incidents(&self) -> usize {
        let filter = IncidentFilter { limit: 100, ..IncidentFilter::default() };
        self.store.incidents(&filter).await.unwrap().items.len()
    }

    pub(super) async fn deliveries(&self) -> Vec<DeliveryRow> {
        let filter = DeliveryFilter { limit: 2_000, ..DeliveryFilter::default() };
        self.store.deliveries(&filter).await.unwrap().items
    }

    pub(super) async fn escalations(&self) -> Vec<EscalationRow> {
        let filter = EscalationFilter { limit: 100, ..EscalationFilter::default() };
        self.store.escalations(&filter).await.unwrap().items
    }

    /// The words of a timeline.
    pub(super) async fn story(&self, id: Option<IncidentId>) -> Vec<&'static str> {
        let page = self.store.timeline(id.unwrap(), None, 1_000).await.unwrap();
        page.items.iter().map(|row| row.entry.event.as_str()).collect()
    }

    pub(super) async fn told(&self, id: Option<IncidentId>, event: &str) -> usize {
        self.story(id).await.iter().filter(|word| **word == event).count()
    }
}

async fn build<S: Store + 'static>(
    store: &Arc<S>,
    clock: &Arc<ManualClock>,
    receivers: &Arc<Receivers>,
    settings: &Settings,
    ids: &Arc<AtomicU64>,
) -> Engine {
    let ids = Arc::clone(ids);
    let ports = Ports {
        store: Arc::clone(store) as Arc<dyn Store>,
        transport: Arc::clone(receivers) as Arc<dyn Transport>,
        clock: Arc::clone(clock) as Arc<dyn domain::time::Clock>,
        ids: Arc::new(move || ids.fetch_add(1, Ordering::SeqCst)),
    };
    Engine::build(ports, settings.clone()).await.unwrap()
}

pub(super) fn start() -> Timestamp {
    Timestamp::parse("2026-11-16T12:00:00Z").unwrap()
}

pub(crate) fn at(minute: u64) -> Timestamp {
    start() + minutes(minute)
}

fn secret() -> SigningSecret {
    SigningSecret::new("1", Secret::new("0123456789abcdef0123456789abcdef".to_owned()))
}

pub(crate) fn hook(resource: &str, body: String) -> Hook {
    let mut headers = HeaderMap::new();
    headers.insert("sentry-hook-resource", resource.parse().unwrap());
    headers.insert(HOOK_SIGNATURE_HEADER, sign(&secret(), body.as_bytes()).parse().unwrap());
    Hook { headers, body: Bytes::from(body) }
}
