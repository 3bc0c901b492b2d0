//! What the engine is given: the leaves of the house, as values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::Name;
use domain::policy::Policy;
use domain::time::Clock;
use integrations::agent::Agent;
use integrations::notifier::Notifier;
use integrations::request::Transport;
use integrations::sentry::SigningSecret;
use store::contract::Store;

/// The outside, as the engine sees it.
#[derive(Clone)]
pub struct Ports {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Whoever carries requests.
    pub transport: Arc<dyn Transport>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bits for the ids of new incidents: the only randomness there is.
    pub ids: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// What is configured, known to be sound.
#[derive(Clone)]
pub struct Settings {
    /// The live secrets of the Sentry integration.
    pub secrets: Vec<SigningSecret>,
    /// `SENTRY_MONITORING_ENABLED`: when false, hooks are stored and nothing is opened.
    pub monitoring: bool,
    /// The policy to begin with; see `Engine::reload_policy`.
    pub policy: Arc<Policy>,
    /// Its text, to be kept with the incidents that start with it.
    pub policy_text: Arc<str>,
    /// Notifiers by name; the console alone when nothing else is configured.
    pub notifiers: BTreeMap<Name, Arc<dyn Notifier>>,
    /// Agents by name.
    pub agents: BTreeMap<Name, Arc<dyn Agent>>,
    /// Where people and agents reach this service from outside, without a trailing slash.
    pub public_url: Option<String>,
    /// How many requests may be under way at once.
    pub slots: usize,
    /// How many of them to one notifier or agent.
    pub slots_per_lane: usize,
    /// How long a claimed task belongs to its claimer.
    pub lease: Duration,
}
