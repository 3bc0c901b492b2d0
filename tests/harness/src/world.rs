//! The world: what a story can do, and what it can look at.

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use domain::time::{Clock, ManualClock, Timestamp};
use engine::engine::Engine;
use engine::ports::{Ports, Settings};
use http_body_util::{BodyExt as _, Full};
use integrations::sentry::{HOOK_SIGNATURE_HEADER, RESOURCE_HEADER};
use serde_json::Value;
use server::{Limits, Scope, ServerState, Token, Tokens};
use store::contract::Store;
use store::record::Retention;
use store::sqlite::{SqliteOptions, SqliteStore};
use tower::ServiceExt as _;

use crate::hooks::{HookBuilder, SignedHook, signing_secret};
use crate::recorder::Recorder;
use crate::setting::Setting;
use crate::span::Minute;

pub(crate) const TOKEN: &str = "wf_0123456789abcdef0123456789abcdef";

/// How often the engine may be asked to do what is due at one moment, before it is said to run in circles.
const ROUNDS: usize = 10_000;

/// What Sentry is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `opened`, `joined`, …; empty for an answer that is no 2xx.
    pub outcome: String,
    /// `dlv-…`; empty for an answer that is no 2xx.
    pub delivery: String,
    /// `inc-…`.
    pub incident: Option<String>,
    /// The whole answer.
    pub body: Value,
}

impl Answer {
    /// The incident's id.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn incident(&self) -> String {
        self.incident.clone().unwrap_or_else(|| panic!("no incident in {}", self.body))
    }
}

/// An incident as the API shows it.
#[derive(Debug, Clone)]
pub struct Shown(pub Value);

impl Shown {
    /// One field as text; empty when it is null.
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        match &self.0[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> String {
        self.field("state")
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> String {
        self.field("level")
    }

    /// The words of the timeline's events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        let rows = self.0["timeline"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["event"].as_str().map(str::to_owned)).collect()
    }
}

/// A delivery that was taken, to be compared with what the store says in the end.
pub(crate) struct Taken {
    pub delivery: String,
    pub outcome: String,
    pub body: Vec<u8>,
}

struct House {
    engine: Engine,
    state: ServerState,
}

/// A small world in which Watchfire runs.
pub struct World {
    pub(crate) setting: Setting,
    folder: PathBuf,
    clock: Arc<ManualClock>,
    pub(crate) recorder: Arc<Recorder>,
    ids: Arc<AtomicU64>,
    house: Option<House>,
    under_way: Option<Pin<Box<dyn Future<Output = usize>>>>,
    pub(crate) taken: Vec<Taken>,
    pub(crate) dead_expected: Vec<String>,
    /// The names of standing orders that were given and not taken back.
    pub(crate) ordered: Vec<String>,
    pub(crate) ended: bool,
}

impl World {
    pub(crate) async fn begin(setting: Setting) -> Self {
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("watchfire-scenario-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = Arc::new(ManualClock::starting_at(setting.start));
        let mut world = Self {
            recorder: Recorder::with(Arc::clone(&clock)),
            setting,
            folder,
            clock,
            ids: Arc::new(AtomicU64::new(1)),
            house: None,
            under_way: None,
            taken: Vec::new(),
            dead_expected: Vec::new(),
            ordered: Vec::new(),
            ended: false,
        };
        world.open().await;
        world
    }

    async fn open(&mut self) {
        let store = open_store(&self.folder.join("watchfire.db")).await;
        let ids = Arc::clone(&self.ids);
        let ports = Ports {
            store,
            transport: Arc::clone(&self.recorder) as Arc<_>,
            clock: Arc::clone(&self.clock) as Arc<_>,
            // Far apart, so that the first characters of two ids differ, as people shorten them.
            ids: Arc::new(move || ids.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        };
        let (policy, policy_text) = self.setting.read_policy();
        let settings = Settings {
            secrets: vec![signing_secret()],
            monitoring: self.setting.monitoring,
            policy: Arc::new(policy),
            policy_text: policy_text.into(),
            notifiers: self.setting.notifiers.clone(),
            agents: self.setting.agents.clone(),
            public_url: Some("https://watchfire.example.com".to_owned()),
            slots: 1,
            slots_per_lane: 1,
            lease: Duration::from_secs(60),
        };
        let engine = Engine::build(ports, settings).await.unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        let retention = Retention { deliveries: 90 * day, tasks: 30 * day, incidents: 365 * day };
        let tokens = Tokens::new(vec![Token::from_text("tests", TOKEN, Scope::Admin).unwrap()]);
        let state = ServerState::new(engine.clone(), tokens, Limits::default(), retention);
        self.house = Some(House { engine, state });
        self.work().await;
    }

    async fn close(&mut self) {
        self.under_way = None;
        self.recorder.forget_hanging();
        if let Some(House { engine, state }) = self.house.take() {
            let store = Arc::clone(engine.store());
            drop((engine, state));
            store.close().await.unwrap();
        }
    }

    /// The engine.
    ///
    /// # Panics
    /// While it is switched off.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.house.as_ref().unwrap().engine
    }

    /// The store, for looking only.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        self.engine().store()
    }

    /// The time that the wall clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    /// How long the story has been going on.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.monotonic()
    }

    // ---- Sentry ------------------------------------------------------------------------------------------------------------------

    /// A hook after the fixture of this name, seen just now; see [`HookBuilder`].
    pub fn sentry(&mut self, fixture: &str) -> HookBuilder<'_> {
        HookBuilder::of(self, fixture)
    }

    /// Sends a hook; the engine then does what is due at once.
    pub async fn deliver(&mut self, hook: &SignedHook) -> Answer {
        let answer = self.post_hook(hook).await;
        self.work().await;
        answer
    }

    /// Sends hooks at the same time, in this order.
    pub async fn deliver_at_once(&mut self, hooks: &[SignedHook]) -> Vec<Answer> {
        let state = &self.house.as_ref().unwrap().state;
        let mut waiting: Vec<_> = hooks
            .iter()
            .map(|hook| Some(Box::pin(server::router(state.clone()).oneshot(hook_request(hook)))))
            .collect();
        let mut responses: Vec<_> = hooks.iter().map(|_| None).collect();
        poll_fn(|context| {
            for (slot, response) in waiting.iter_mut().zip(&mut responses) {
                if let Some(request) = slot
                    && let Poll::Ready(answered) = request.as_mut().poll(context)
                {
                    *response = Some(answered.unwrap());
                    *slot = None;
                }
            }
            if responses.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let mut answers = Vec::new();
        for (response, hook) in responses.into_iter().flatten().zip(hooks) {
            let status = response.status().as_u16();
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            answers.push(self.note_answer(status, &bytes, hook));
        }
        self.work().await;
        answers
    }

    async fn post_hook(&mut self, hook: &SignedHook) -> Answer {
        let (status, bytes) = self.call(hook_request(hook)).await;
        self.note_answer(status, &bytes, hook)
    }

    fn note_answer(&mut self, status: u16, bytes: &[u8], hook: &SignedHook) -> Answer {
        let body: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let answer = Answer {
            status,
            outcome: text("outcome"),
            delivery: text("delivery"),
            incident: body["incident"].as_str().map(str::to_owned),
            body: body.clone(),
        };
        if (200..300).contains(&status) {
            self.taken.push(Taken {
                delivery: answer.delivery.clone(),
                outcome: answer.outcome.clone(),
                body: hook.body.clone(),
            });
        }
        answer
    }

    // ---- time --------------------------------------------------------------------------------------------------------------------

    /// Lets time pass. Everything happens at its own time: the clock goes from one due time to the next.
    ///
    /// # Panics
    /// When something that is due is never done.
    pub async fn advance(&mut self, by: Duration) {
        let until = self.elapsed() + by;
        for _ in 0..ROUNDS {
            self.work().await;
            if self.recorder.is_hanging() {
                break;
            }
            let left = until.saturating_sub(self.elapsed());
            let due = self.store().next_due().await.unwrap().map(|due| due.since(self.engine().now()));
            match due {
                Some(wait) if wait.is_zero() => panic!("due, but not done, at minute {}", Minute(self.elapsed())),
                Some(wait) if wait <= left => self.clock.advance(wait),
                _ if left.is_zero() => return,
                _ => self.clock.advance(left),
            }
        }
        let left = until.saturating_sub(self.elapsed());
        assert!(
            self.recorder.is_hanging(),
            "it runs in circles at minute {}\n{}",
            Minute(self.elapsed()),
            self.journal()
        );
        self.clock.advance(left);
    }

    /// Sets the wall clock forward or back, without time passing.
    pub async fn jump_clock(&mut self, millis: i64) {
        self.clock.jump(millis);
        self.work().await;
    }

    /// Stops and starts the service on the same files; nothing is lost but what was under way.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    /// Stops the service, lets so much time pass, and starts it again.
    pub async fn off_for(&mut self, away: Duration) {
        self.close().await;
        self.clock.advance(away);
        self.open().await;
    }

    /// Stops the service, changes the configuration or the policy, and starts it again.
    pub async fn restart_with(&mut self, change: impl FnOnce(Setting) -> Setting) {
        self.close().await;
        self.setting = change(self.setting.clone());
        self.open().await;
    }

    /// Does what is due now, until nothing is, or until a receiver does not answer.
    pub(crate) async fn work(&mut self) {
        let Some(house) = &self.house else { return };
        for _ in 0..ROUNDS {
            let engine = house.engine.clone();
            let mut round = self.under_way.take().unwrap_or_else(|| Box::pin(async move { engine.drain().await }));
            let recorder = &self.recorder;
            let done = poll_fn(|context| match round.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if recorder.is_hanging() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await;
            match done {
                Some(0) => return,
                Some(_) => {}
                None => {
                    self.under_way = Some(round);
                    return;
                }
            }
        }
        panic!("the engine is never done at minute {}\n{}", Minute(self.elapsed()), self.journal());
    }

    pub(crate) async fn call(&self, request: http::Request<Full<Bytes>>) -> (u16, Bytes) {
        let state = self.house.as_ref().unwrap().state.clone();
        let response = server::router(state).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes())
    }

    pub(crate) async fn finish(&mut self) {
        self.close().await;
        self.ended = true;
    }
}

fn hook_request(hook: &SignedHook) -> http::Request<Full<Bytes>> {
    let mut request = http::Request::post("/api/sentry-webhook")
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(RESOURCE_HEADER, &hook.resource);
    if let Some(signature) = &hook.signature {
        request = request.header(HOOK_SIGNATURE_HEADER, signature);
    }
    request.body(Full::from(hook.body.clone())).unwrap()
}

async fn open_store(path: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&SqliteOptions::at(path)).await.unwrap())
}

impl Drop for World {
    fn drop(&mut self) {
        // The folder may be gone already, or stay behind: neither matters to a test.
        let _ = std::fs::remove_dir_all(&self.folder);
        assert!(
            self.ended || std::thread::panicking(),
            "a world was dropped without its last checks: use `Setting::play`"
        );
    }
}
