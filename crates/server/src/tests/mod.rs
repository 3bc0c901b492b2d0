//! What the server promises, asked over the router itself and over real sockets, with a whole engine behind it and a store in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod acts;
mod api;
mod gate;
mod health;
mod layers;
mod log;
mod oncall;
mod silences;
mod sockets;
mod webhook;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use domain::policy::file::{DEFAULT, parse};
use domain::time::{ManualClock, Timestamp};
use engine::calendar::FeedKey;
use engine::engine::Engine;
use engine::ports::{Ports, Settings};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use integrations::notifier::Notifier;
use integrations::request::{Request as Outgoing, Response as Incoming, Secret, Sending, Transport};
use integrations::sentry::{HOOK_SIGNATURE_HEADER, RESOURCE_HEADER, SigningSecret, sign, synthetic_hook};
use store::memory::MemoryStore;
use store::record::Retention;
use tower::ServiceExt as _;

use self::log::Log;
use crate::{Authorised, Limits, Scope, ServerState, Token, Tokens, router};

const START: Timestamp = Timestamp::from_millis(1_795_262_400_000);
const SECRET: &str = "a-client-secret-of-at-least-32-characters";

/// A console that takes everything.
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: Outgoing) -> Sending<'_> {
        Box::pin(async { Ok(Incoming::Console) })
    }
}

pub(crate) struct Kit {
    pub(crate) engine: Engine,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    router: Router,
}

/// An answer, read whole.
pub(crate) struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Told {
    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {:?}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The last part of a problem's type; checks its form on the way.
    fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        assert!(document["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        document["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
    }
}

fn token(scope: Scope) -> String {
    format!("wf_{}", scope.as_str().repeat(16))
}

impl Kit {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        log::install();
        let store = Arc::new(MemoryStore::empty());
        let clock = Arc::new(ManualClock::starting_at(START));
        let drawn = AtomicU64::new(0);
        let ports = Ports {
            store: store.clone(),
            transport: Arc::new(Nowhere),
            clock: clock.clone(),
            // All begin with `7`, and differ behind it.
            ids: Arc::new(move || {
                let number = drawn.fetch_add(1, Ordering::SeqCst) + 1;
                (7 << 55) | (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 9)
            }),
        };
        let console: Arc<dyn Notifier> = Arc::new(integrations::console::Console);
        let settings = Settings {
            secrets: vec![SigningSecret::new("1", Secret::new(SECRET.to_owned()))],
            monitoring: true,
            policy: Arc::new(parse(DEFAULT).unwrap()),
            policy_text: DEFAULT.into(),
            notifiers: BTreeMap::from([("console".parse().unwrap(), console)]),
            agents: BTreeMap::new(),
            public_url: None,
            slots: 4,
            slots_per_lane: 2,
            lease: Duration::from_secs(60),
        };
        let engine = Engine::build(ports, settings).await.unwrap();
        let tokens = Scope::ALL.map(|scope| Token::from_text(scope.as_str(), &token(scope), scope).unwrap());
        let day = Duration::from_secs(86_400);
        let retention = Retention { deliveries: 30 * day, tasks: 30 * day, incidents: 365 * day };
        let tokens = Tokens::new(tokens.to_vec()).with_feeds(FeedKey::of(vec![7; 32]).unwrap());
        let state = ServerState::new(engine.clone(), tokens, limits, retention);
        Self { engine, store, clock, router: router(state) }
    }

    async fn send(&self, request: Request<Body>) -> Told {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Told { status: parts.status, headers: parts.headers, body }
    }

    /// As somebody in the same process who may do everything.
    async fn get(&self, path: &str) -> Told {
        self.send(Request::get(path).extension(Authorised(Scope::Admin)).body(Body::empty()).unwrap()).await
    }

    async fn delete(&self, path: &str) -> Told {
        self.send(Request::delete(path).extension(Authorised(Scope::Admin)).body(Body::empty()).unwrap()).await
    }

    /// From now on this is the policy, behind the built-in one.
    async fn policy(&self, more: &str) {
        let text = format!("{DEFAULT}\n{more}");
        self.engine.reload_policy(Arc::new(parse(&text).unwrap()), text.into()).await.unwrap();
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Told {
        let request =
            Request::post(path).extension(Authorised(Scope::Admin)).body(Body::from(body.to_owned())).unwrap();
        self.send(request).await
    }

    /// Delivers a test error of its own identity.
    async fn hook(&self, nonce: u64) -> Told {
        self.send(signed(&hook_body(nonce))).await
    }

    /// Opens an incident and gives its id.
    async fn incident(&self, nonce: u64) -> String {
        let told = self.hook(nonce).await;
        assert_eq!(told.status, 202, "{}", told.json());
        told.json()["incident"].as_str().unwrap().to_owned()
    }
}

fn hook_body(nonce: u64) -> Vec<u8> {
    synthetic_hook(nonce, START, "https://sentry.example").body
}

fn signature(body: &[u8]) -> String {
    sign(&SigningSecret::new("1", Secret::new(SECRET.to_owned())), body)
}

fn signed(body: &[u8]) -> Request<Body> {
    Request::post("/api/sentry-webhook")
        .header(HOOK_SIGNATURE_HEADER, signature(body))
        .header(RESOURCE_HEADER, "event_alert")
        .body(Body::from(body.to_vec()))
        .unwrap()
}
