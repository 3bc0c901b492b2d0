//! How a fix is asked for: what every agent is given, and what it must be able to do. A run is started at most once (semantics F1).

pub mod context;
pub(crate) mod report;
pub mod settings;

use std::time::Duration;

use domain::id::{IncidentId, Name, RunId};
use domain::incident::Progress;
use domain::time::Timestamp;

use crate::request::{Request, Response, TransportError};
use crate::untrusted::Untrusted;

/// The bounded, checked context of a run (contract A8): ids, links and allow-listed fields; free text stays out of instructions.
#[derive(Debug, Clone)]
pub struct AgentTask {
    /// The run: also the marker by which it is found again after a crash.
    pub run: RunId,
    /// The incident.
    pub incident: IncidentId,
    /// Sentry's issue id: digits and letters only, else absent.
    pub issue: Option<String>,
    /// Project slug: checked, else absent.
    pub project: Option<String>,
    /// The class of the exception: matches `[A-Za-z0-9_.:$<>]{1,100}`, else absent.
    pub exception: Option<String>,
    /// Sentry's page.
    pub sentry_link: Option<Untrusted>,
    /// Release, for the data section.
    pub release: Option<Untrusted>,
    /// Environment, for the data section.
    pub environment: Option<Untrusted>,
    /// Title, for the data section of agents that were told to include it.
    pub title: Untrusted,
    /// Where the agent may report: `/api/callbacks/agent/{run}` under the public address, if one is configured.
    pub callback_url: Option<String>,
}

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentReport {
    /// The vendor's id, needed to poll.
    pub external_id: Option<String>,
    /// How far it came.
    pub progress: Progress,
    /// The vendor's page, or the pull request.
    pub url: Option<String>,
    /// What was said; untrusted, shortened.
    pub note: Option<String>,
}

/// What an answer of an agent's vendor means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentOutcome {
    /// The vendor knows the run.
    Known(AgentReport),
    /// (of `find`) The vendor certainly has no run with the marker.
    NotFound,
    /// Ask again, not before `after`. For a start it means: certainly not started.
    Retry {
        /// The vendor's `Retry-After`.
        after: Option<Duration>,
        /// Without secrets.
        reason: String,
    },
    /// (of `start`) Nobody knows whether it was started: look the marker up before anything else.
    Unsure {
        /// Without secrets.
        reason: String,
    },
    /// It will never run.
    Failed {
        /// Without secrets.
        reason: String,
    },
}

/// An adapter that tries a fix: pure.
pub trait Agent: Send + Sync {
    /// The word for its kind, such as `codegen`.
    fn kind(&self) -> &'static str;

    /// How often to ask how a run is doing.
    fn poll_every(&self) -> Duration;

    /// After how long a run that did not end is given up.
    fn run_limit(&self) -> Duration;

    /// Whether the vendor takes the run's id as an idempotency key: a start of which nobody knows whether it arrived may then be sent
    /// again, and still starts one run (semantics F1).
    fn honours_key(&self) -> bool {
        false
    }

    /// Starts a run.
    fn start(&self, task: &AgentTask, now: Timestamp) -> Request;

    /// Reads the answer to `start`; an error of transport with `Sent::Maybe` is `Unsure` unless the vendor honours the marker as a key.
    fn started(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome;

    /// Looks a run up by its marker; `None` when the vendor has no way to.
    fn find(&self, run: RunId, now: Timestamp) -> Option<Request>;

    /// Reads the answer to `find`.
    fn found(&self, run: RunId, answer: Result<&Response, &TransportError>) -> AgentOutcome;

    /// Asks how a run is doing; `None` when only callbacks tell.
    fn poll(&self, run: RunId, external_id: Option<&str>, now: Timestamp) -> Option<Request>;

    /// Reads the answer to `poll`.
    fn polled(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome;

    /// Verifies and reads a callback: raw body and headers, as they came. `None` when the agent has no callbacks; an error when the
    /// signature is missing or wrong, or the body cannot be read.
    ///
    /// # Errors
    /// [`CallbackError`] tells which.
    fn callback(
        &self,
        run: RunId,
        headers: &http::HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Result<AgentReport, CallbackError>>;
}

/// A callback that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackError {
    /// No signature, a wrong one, or one that is too old.
    Signature,
    /// The body is not what the contract says.
    Unreadable,
}

/// A configured agent.
#[derive(Clone)]
pub struct ConfiguredAgent {
    /// Its name in the configuration.
    pub name: Name,
    /// The adapter.
    pub adapter: std::sync::Arc<dyn Agent>,
}
