//! What the whole store comes to, and how long it is kept.

use std::time::Duration;

use domain::time::Timestamp;
use serde::Serialize;

/// Counts of the whole store.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Incidents by (state, level), by word.
    pub incidents: Vec<(String, String, u64)>,
    /// Unfinished and dead tasks by (work, state), by word.
    pub tasks: Vec<(String, String, u64)>,
    /// The due time of the oldest task or timer that is due already.
    pub oldest_due: Option<Timestamp>,
    /// Receipt of the last delivery.
    pub last_delivery_at: Option<Timestamp>,
    /// Deliveries that could not be read.
    pub unreadable: u64,
    /// Deliveries in the store.
    pub deliveries: u64,
    /// Size of the database in bytes, with its log.
    pub bytes: u64,
}

/// How long to keep what is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that no live incident needs.
    pub deliveries: Duration,
    /// Finished tasks.
    pub tasks: Duration,
    /// Resolved incidents with their timelines and escalations; and silences and overrides that ended.
    pub incidents: Duration,
}

/// What a clean-up deleted, or would.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CleanupReport {
    /// Deliveries.
    pub deliveries: u64,
    /// Tasks.
    pub tasks: u64,
    /// Incidents.
    pub incidents: u64,
    /// Escalations.
    pub escalations: u64,
    /// Timeline rows.
    pub timeline: u64,
    /// Silences and overrides.
    pub orders: u64,
}
