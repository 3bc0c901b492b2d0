//! The engine's promises, on a store in memory, a clock that stands still, and receivers that answer as they are told.

mod agents;
mod intake;
mod on_disk;
mod operate;
mod outbox;
mod time;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::id::{IncidentId, Name, RunId};
use domain::incident::{Incident, Progress};
use domain::policy::Policy;
use domain::time::{ManualClock, Timestamp};
use http::HeaderMap;
use integrations::agent::{Agent, AgentOutcome, AgentReport, AgentTask, CallbackError};
use integrations::notifier::{Notification, Notifier, Occasion, RenderError};
use integrations::outcome::{Outcome, Receipt, classify};
use integrations::request::{
    DedupKey, HttpRequest, HttpResponse, Reach, Request, RequestKind, Response, Secret, Sending, Sent, Transport,
    TransportError,
};
use integrations::sentry::{HOOK_SIGNATURE_HEADER, SigningSecret, sign};
use serde_json::{Value, json};
use store::contract::Store;
use store::memory::MemoryStore;
use store::record::{DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, IncidentFilter};

use crate::engine::Engine;
use crate::intake::{Answer, Hook, IntakeError};
use crate::ports::{Ports, Settings};

/// The policy as it comes, with somebody to call.
pub(super) const POLICY: &str = include_str!("../../../../policies/default.toml");
pub(super) const LEASE: Duration = Duration::from_secs(60);

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(super) enum Reaction {
    Answer(u16, &'static str),
    Throttle(Duration),
    Refuse,
    Lose,
    /// Never answers.
    Hang,
}

/// Keeps what was sent; answers 200 unless told otherwise.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    pub(super) sent: Mutex<Vec<(String, String)>>,
    reactions: Mutex<VecDeque<Reaction>>,
}

impl Receivers {
    pub(super) fn react(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().unwrap().extend(reactions);
    }

    /// What was sent, as `receiver: text`.
    pub(super) fn texts(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Transport for Receivers {
    fn send(&self, request: Request) -> Sending<'_> {
        let RequestKind::Http(http) = &request.kind else { panic!("only HTTP is sent here") };
        let text = String::from_utf8(http.body.to_vec()).unwrap();
        self.sent.lock().unwrap().push((request.key.0.clone(), text));
        let reaction = self.reactions.lock().unwrap().pop_front().unwrap_or(Reaction::Answer(200, ""));
        let http = |status, retry_after, body: &'static str| {
            Ok(Response::Http(HttpResponse { status, retry_after, body: Bytes::from_static(body.as_bytes()) }))
        };
        let lost = |sent| Err(TransportError { sent, permanent: false, reason: "no answer".into() });
        Box::pin(async move {
            match reaction {
                Reaction::Answer(status, body) => http(status, None, body),
                Reaction::Throttle(after) => http(429, Some(after), ""),
                Reaction::Refuse => lost(Sent::No),
                Reaction::Lose => lost(Sent::Maybe),
                Reaction::Hang => std::future::pending().await,
            }
        })
    }
}

fn request(key: &DedupKey, text: String) -> Request {
    Request {
        key: key.clone(),
        deadline: Duration::from_secs(10),
        kind: RequestKind::Http(HttpRequest {
            method: http::Method::POST,
            url: Secret::new("https://receiver.example/".parse().unwrap()),
            headers: Vec::new(),
            body: Bytes::from(text),
            reach: Reach::Public,
            ca_file: None,
        }),
    }
}

/// A notifier that says where, why, what, and which message it edits.
struct Bell(&'static str);

impl Notifier for Bell {
    fn kind(&self) -> &'static str {
        "bell"
    }

    fn render(
        &self,
        notification: &Notification,
        last: Option<&Receipt>,
        key: &DedupKey,
        _now: Timestamp,
    ) -> Result<Request, RenderError> {
        let why = match &notification.occasion {
            Occasion::Page { reason, .. } => reason.as_str().to_owned(),
            Occasion::News(news) => serde_json::to_value(news).unwrap()["news"].as_str().unwrap().to_owned(),
            Occasion::Test => "test".to_owned(),
        };
        let edits = if last.is_some() { " (edits)" } else { "" };
        Ok(request(key, format!("{}: {why}{edits}", self.0)))
    }

    fn interpret(&self, response: &Response) -> Outcome {
        let Response::Http(answer) = response else { panic!("only HTTP is sent here") };
        match (answer.status, classify(answer)) {
            (404, _) => Outcome::Repost,
            (_, Outcome::Delivered { .. }) => Outcome::Delivered { receipt: Some(Receipt(json!("message"))) },
            (_, outcome) => outcome,
        }
    }
}

/// An agent without idempotency keys, like most.
struct Fixer;

impl Fixer {
    fn read(answer: Result<&Response, &TransportError>) -> AgentOutcome {
        let reason = "no answer".to_owned();
        let report = |progress| AgentReport { external_id: Some("42".into()), progress, url: None, note: None };
        match answer {
            Ok(Response::Http(answer)) => match (answer.status, &answer.body[..]) {
                (200, b"done") => AgentOutcome::Known(report(Progress::Succeeded)),
                (200, b"running") => AgentOutcome::Known(report(Progress::Running)),
                (200, _) => AgentOutcome::Known(report(Progress::Queued)),
                (404, _) => AgentOutcome::NotFound,
                (503, _) => AgentOutcome::Retry { after: None, reason },
                _ => AgentOutcome::Failed { reason: "refused".into() },
            },
            Ok(Response::Console) => panic!("only HTTP is sent here"),
            Err(error) if error.sent == Sent::No => AgentOutcome::Retry { after: None, reason },
            Err(_) => AgentOutcome::Unsure { reason },
        }
    }
}

impl Agent for Fixer {
    fn kind(&self) -> &'static str {
        "fixer"
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run_limit(&self) -> Duration {
        Duration::from_hours(2)
    }

    fn start(&self, task: &AgentTask, _now: Timestamp) -> Request {
        request(&DedupKey(task.run.to_string()), "fixer: start".into())
    }

    fn started(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn find(&self, run: RunId, _now: Timestamp) -> Option<Request> {
        Some(request(&DedupKey(run.to_string()), "fixer: find".into()))
    }

    fn found(&self, _run: RunId, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn poll(&self, run: RunId, external_id: Option<&str>, _now: Timestamp) -> Option<Request> {
        Some(request(&DedupKey(run.to_string()), format!("fixer: poll {}", external_id.unwrap_or("?"))))
    }

    fn polled(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn callback(
        &self,
        _run: RunId,
        headers: &HeaderMap,
        body: &[u8],
        _now: Timestamp,
    ) -> Option<Result<AgentReport, CallbackError>> {
        if headers.get("x-signature").is_none() {
            return Some(Err(CallbackError::Signature));
        }
        let progress = Progress::ALL.into_iter().find(|progress| progress.as_str().as_bytes() == body);
        let report = progress.map(|progress| AgentReport { external_id: None, progress, url: None, note: None });
        Some(report.ok_or(CallbackError::Unreadable))
    }
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

pub(super) fn at(minute: u64) -> Timestamp {
    start() + minutes(minute)
}

fn secret() -> SigningSecret {
    SigningSecret::new("1", Secret::new("0123456789abcdef0123456789abcdef".to_owned()))
}

pub(super) fn hook(resource: &str, body: String) -> Hook {
    let mut headers = HeaderMap::new();
    headers.insert("sentry-hook-resource", resource.parse().unwrap());
    headers.insert(HOOK_SIGNATURE_HEADER, sign(&secret(), body.as_bytes()).parse().unwrap());
    Hook { headers, body: Bytes::from(body) }
}

/// A hook of the life of an issue; `minute` is its `lastSeen`.
pub(super) fn issue(action: &str, id: u64, minute: u64) -> Value {
    let (status, substatus) = match action {
        "resolved" => ("resolved", Value::Null),
        "unresolved" => ("unresolved", json!("ongoing")),
        _ => ("unresolved", json!("new")),
    };
    json!({
        "action": action,
        "installation": {"uuid": "i-1"},
        "data": {"issue": {
            "id": id.to_string(),
            "title": format!("PaymentError: nothing works {id}"),
            "culprit": "pay.charge",
            "level": "fatal",
            "status": status,
            "substatus": substatus,
            "isUnhandled": true,
            "priority": "high",
            "issueCategory": "error",
            "project": {"id": "7", "slug": "shop", "name": "shop"},
            "metadata": {"type": "PaymentError", "value": "nothing works", "severity": 1},
            "count": "30",
            "userCount": 12,
            "firstSeen": at(0).to_string(),
            "lastSeen": at(minute).to_string(),
        }},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}

/// An alert about an event of an issue.
pub(super) fn alert(issue: u64, event: &str, minute: u64, environment: &str) -> Value {
    json!({
        "action": "triggered",
        "installation": {"uuid": "i-1"},
        "data": {
            "event": {
                "event_id": event,
                "issue_id": issue.to_string(),
                "project": 7,
                "platform": "python",
                "level": "fatal",
                "title": "PaymentError: nothing works",
                "culprit": "pay.charge",
                "environment": environment,
                "datetime": at(minute).to_string(),
                "exception": {"values": [{
                    "type": "PaymentError",
                    "value": "nothing works",
                    "mechanism": {"type": "generic", "handled": false},
                    "stacktrace": {"frames": [{"module": "pay", "function": "charge", "in_app": true}]},
                }]},
                "url": "https://sentry.example/api/0/projects/acme/shop/events/1/",
                "web_url": format!("https://sentry.example/organizations/acme/issues/{issue}/"),
                "issue_url": format!("https://sentry.example/api/0/organizations/acme/issues/{issue}/"),
            },
            "triggered_rule": "everything",
        },
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}

/// A metric alert's change of status.
pub(super) fn metric(action: &str, minute: u64) -> Value {
    json!({
        "action": action,
        "installation": {"uuid": "i-1"},
        "data": {
            "description_text": "1000 events in the last 10 minutes",
            "description_title": format!("{action}: Too many errors"),
            "metric_alert": {
                "id": "4", "identifier": "1", "organization_id": "5", "projects": ["shop"], "title": "Too many errors",
                "date_started": at(minute).to_string(), "date_detected": at(minute).to_string(), "date_closed": null,
                "alert_rule": {"id": "7", "name": "Too many errors", "environment": null, "projects": ["shop"]},
            },
            "web_url": "https://sentry.example/organizations/acme/alerts/1/",
        },
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}
