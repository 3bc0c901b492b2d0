//! The engine: one handle for the shell's faces, one loop that does the work.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use domain::command::Act;
use domain::id::{BundleId, IncidentId, Name, OverrideId, RunId, SilenceId};
use domain::incident::Incident;
use domain::oncall::Override;
use domain::policy::Policy;
use domain::silence::{Reason, Silence};
use domain::standing::Standing;
use domain::time::Timestamp;
use http::HeaderMap;
use store::contract::Store;
use store::error::StoreError;
use tokio_util::sync::CancellationToken;

use crate::health::EngineHealth;
use crate::inside::Inside;
use crate::intake::{Answer, Hook, IntakeError};
use crate::operate::{Listed, OperateError, Operated, Operation, Verb};
use crate::policies::CurrentPolicy;
use crate::ports::{Ports, Settings};

/// A handle on the engine; cheap to clone. Its loop is started once, with `run`.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inside: Arc<Inside>,
}

/// An agent's callback that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackRefusal {
    /// No such run, or its agent has no callbacks.
    NotFound,
    /// The signature is missing or wrong.
    Signature,
    /// The body is not what the contract says.
    Unreadable,
    /// The store would not.
    Busy,
}

impl fmt::Display for CallbackRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such run, or its agent has no callbacks",
            Self::Signature => "the signature is missing or wrong",
            Self::Unreadable => "the body is not a report on a run",
            Self::Busy => "the store cannot take it right now",
        })
    }
}

impl std::error::Error for CallbackRefusal {}

impl Engine {
    /// Builds an engine. Keeps the policy's text in the store, if the store takes something now; else before the first decision, so that
    /// a read-only store can be read. Nothing runs until `run`.
    ///
    /// # Errors
    /// When the store refuses the policy for another reason than that it takes nothing.
    pub async fn build(ports: Ports, settings: Settings) -> Result<Self, StoreError> {
        Ok(Self { inside: Arc::new(Inside::build(ports, settings).await?) })
    }

    /// Keeps the current policy's text in the store, unless that was done: for those who will decide, and want to know at once whether
    /// the store takes something.
    ///
    /// # Errors
    /// When the store would not keep it.
    pub async fn keep_policy(&self) -> Result<(), StoreError> {
        self.inside.policies.keep(&*self.inside.ports.store, self.now()).await
    }

    /// Makes another policy the current one: for incidents and openings that start from now on. Running ones stay with the policy that
    /// they started with (semantics L15).
    ///
    /// # Errors
    /// When the store would not keep its text: then the policy before stays.
    pub async fn reload_policy(&self, policy: Arc<Policy>, text: Arc<str>) -> Result<(), StoreError> {
        let current = CurrentPolicy { policy, text };
        self.inside.policies.replace(current, &*self.inside.ports.store, self.now()).await
    }

    /// The policy that incidents start with now.
    #[must_use]
    pub fn current_policy(&self) -> CurrentPolicy {
        self.inside.policies.current()
    }

    /// Verifies, parses, queues and waits for the commit of a delivery (semantics D). The caller hanging up changes nothing.
    ///
    /// # Errors
    /// A signature that does not hold; too much waiting already; a store that is away, full or slow. A delivery that was refused as busy
    /// may still be committed.
    pub async fn receive(&self, hook: Hook) -> Result<Answer, IntakeError> {
        self.inside.receive(hook).await
    }

    /// Does what a person asks; committed when it returns.
    ///
    /// # Errors
    /// No such incident, one that the operation does not fit, or a store that would not.
    pub async fn operate(&self, operation: Operation) -> Result<Operated, OperateError> {
        self.inside.operate(operation).await
    }

    /// What an act would come to, without doing it: the incident before and after.
    ///
    /// # Errors
    /// As [`Engine::operate`].
    pub async fn preview(
        &self,
        incident: IncidentId,
        act: &Act,
        verb: &Verb,
    ) -> Result<(Incident, Incident), OperateError> {
        self.inside.preview(incident, act, verb).await
    }

    /// Acknowledges everything that a bundle listed and that lives (semantics L12).
    ///
    /// # Errors
    /// No such bundle, one that has listed nothing yet, or a store that would not.
    pub async fn acknowledge_bundle(&self, bundle: BundleId, act: &Act) -> Result<Vec<Listed>, OperateError> {
        self.inside.acknowledge_bundle(bundle, act).await
    }

    /// Silences, maintenance windows and overrides of who is on call: those that stand or will, and those that ended not long ago.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn standing(&self) -> Result<Arc<Standing>, StoreError> {
        self.inside.standing().await
    }

    /// Keeps a silence or maintenance window; what lives is held or let go at once (semantics A6).
    ///
    /// # Errors
    /// When the store would not.
    pub async fn keep_silence(&self, silence: Silence) -> Result<(), StoreError> {
        self.inside.keep_silence(silence).await
    }

    /// Ends a silence or window before its time; one of the policy is ended until the policy changes its name. `None` when there is none of this
    /// name, or it was ended before.
    ///
    /// # Errors
    /// When the store would not.
    pub async fn end_silence(
        &self,
        id: SilenceId,
        by: &str,
        reason: Option<Reason>,
    ) -> Result<Option<Silence>, StoreError> {
        self.inside.end_silence(id, by, reason).await
    }

    /// Puts somebody on call instead of whom the schedule says.
    ///
    /// # Errors
    /// When the store would not.
    pub async fn keep_override(&self, order: Override) -> Result<(), StoreError> {
        self.inside.keep_override(order).await
    }

    /// Takes an override back, as if it had never been ordered.
    ///
    /// # Errors
    /// When the store would not.
    pub async fn take_back(&self, id: OverrideId) -> Result<(), StoreError> {
        self.inside.take_back(id).await
    }

    /// Sixty fresh bits for the id of something that is ordered.
    #[must_use]
    pub fn draw(&self) -> u64 {
        (self.inside.ports.ids)()
    }

    /// Takes an agent's report on a run: any number of times and in any order, a run never goes back.
    ///
    /// # Errors
    /// See [`CallbackRefusal`].
    pub async fn agent_callback(&self, run: RunId, headers: &HeaderMap, body: Bytes) -> Result<(), CallbackRefusal> {
        self.inside.agent_callback(run, headers, body).await
    }

    /// Sends one test message over a notifier, outside the outbox, and gives what came of it. `None` when there is no such notifier.
    pub async fn test_notifier(&self, notifier: &Name) -> Option<Result<(), String>> {
        self.inside.test_notifier(notifier).await
    }

    /// What it says of itself.
    #[must_use]
    pub fn health(&self) -> EngineHealth {
        self.inside.health()
    }

    /// Metrics in Prometheus' text form, with the store's figures as they are now.
    pub async fn metrics_text(&self) -> String {
        self.inside.metrics_text().await
    }

    /// For reading only: pages, API and health.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inside.ports.store
    }

    /// The engine's time: moves with the monotonic clock (semantics C2).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inside.now()
    }

    /// What was configured at the start; the current policy is [`Engine::current_policy`].
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inside.settings
    }

    /// The loop: batches of the queue, due timers, claims, sends. Ends when `shutdown` is cancelled and what is under way is done, at the
    /// latest after some twenty seconds. To be called once at a time.
    pub async fn run(&self, shutdown: CancellationToken) {
        self.inside.run(shutdown).await;
    }

    /// For tests and for commands without a service: does everything that is due now, one after another, and gives how much that was. Does
    /// not wait for the future; must not be used while `run` runs.
    pub async fn drain(&self) -> usize {
        self.inside.drain().await
    }
}
