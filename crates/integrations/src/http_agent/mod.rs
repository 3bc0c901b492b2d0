#![doc = include_str!("README.md")]

mod config;
mod interpret;
mod render;

use std::sync::Arc;
use std::time::Duration;

use domain::id::RunId;
use domain::time::Timestamp;

use crate::agent::{Agent, AgentOutcome, AgentReport, AgentTask, CallbackError};
use crate::registry::{ConfigError, Table};
use crate::request::{Request, Response, TransportError};

pub use config::{Config, StatusUrl};

/// The word for it.
pub const KIND: &str = "http";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["url", "status_url", "secret", "token"];

/// Starts and follows runs at one address.
#[derive(Debug, Clone)]
pub struct HttpAgent {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Agent>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(HttpAgent { config }) as Arc<dyn Agent>)
}

impl Agent for HttpAgent {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn poll_every(&self) -> Duration {
        self.config.pace.poll_every
    }

    fn run_limit(&self) -> Duration {
        self.config.pace.run_limit
    }

    fn honours_key(&self) -> bool {
        true
    }

    fn start(&self, task: &AgentTask, now: Timestamp) -> Request {
        render::start(&self.config, task, now)
    }

    fn started(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        interpret::started(&self.config, answer)
    }

    fn find(&self, _: RunId, _: Timestamp) -> Option<Request> {
        // Another start with the same key is the way to find a run.
        None
    }

    fn found(&self, _: RunId, _: Result<&Response, &TransportError>) -> AgentOutcome {
        AgentOutcome::Unsure { reason: "this kind of agent has no look-up".into() }
    }

    fn poll(&self, run: RunId, external_id: Option<&str>, now: Timestamp) -> Option<Request> {
        render::poll(&self.config, run, external_id?, now)
    }

    fn polled(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        interpret::polled(&self.config, answer)
    }

    fn callback(
        &self,
        run: RunId,
        headers: &http::HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Result<AgentReport, CallbackError>> {
        Some(interpret::callback(&self.config, run, headers, body, now))
    }
}

#[cfg(test)]
mod tests;
