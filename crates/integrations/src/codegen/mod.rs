//! Codegen (codegen.com): a hosted coding agent. It has no idempotency key, so a run is started at most once, carries its marker in
//! `metadata`, and is looked up by it when nobody knows whether the start arrived. It calls nobody back.

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

pub use config::Config;

/// The word for it.
pub const KIND: &str = "codegen";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["token"];

/// Starts and follows runs in one organization.
#[derive(Debug, Clone)]
pub struct Codegen {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Agent>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Codegen { config }) as Arc<dyn Agent>)
}

impl Agent for Codegen {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn poll_every(&self) -> Duration {
        self.config.pace.poll_every
    }

    fn run_limit(&self) -> Duration {
        self.config.pace.run_limit
    }

    fn start(&self, task: &AgentTask, _: Timestamp) -> Request {
        render::start(&self.config, task)
    }

    fn started(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        interpret::started(answer)
    }

    fn find(&self, run: RunId, _: Timestamp) -> Option<Request> {
        Some(render::find(&self.config, run))
    }

    fn found(&self, run: RunId, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        interpret::found(run, answer)
    }

    fn poll(&self, run: RunId, external_id: Option<&str>, _: Timestamp) -> Option<Request> {
        render::poll(&self.config, run, external_id?)
    }

    fn polled(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        interpret::polled(answer)
    }

    fn callback(
        &self,
        _: RunId,
        _: &http::HeaderMap,
        _: &[u8],
        _: Timestamp,
    ) -> Option<Result<AgentReport, CallbackError>> {
        None
    }
}

#[cfg(test)]
mod tests;
