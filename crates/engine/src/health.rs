//! How the engine is doing, from what it noted already: reading it costs nothing and changes nothing.

use domain::id::Name;
use domain::time::Timestamp;

/// The engine's own account of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineHealth {
    /// When the service started.
    pub started_at: Timestamp,
    /// When the loop last went round.
    pub last_tick_at: Option<Timestamp>,
    /// Whether the last transaction succeeded, and what it said if not.
    pub store_trouble: Option<String>,
    /// When the last delivery was taken.
    pub last_delivery_at: Option<Timestamp>,
    /// Deliveries that wait in the queue.
    pub queued: usize,
    /// Requests under way.
    pub in_flight: usize,
    /// Each notifier and agent.
    pub lanes: Vec<LaneHealth>,
    /// `SENTRY_MONITORING_ENABLED`.
    pub monitoring: bool,
    /// How many signing secrets are live.
    pub secrets: usize,
}

/// One notifier or agent.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneHealth {
    /// Its name.
    pub name: Name,
    /// Its kind.
    pub kind: &'static str,
    /// Tries in a row that did not succeed.
    pub failures: u32,
    /// When the last try succeeded.
    pub last_success_at: Option<Timestamp>,
    /// The last trouble, without secrets.
    pub last_trouble: Option<String>,
}
