//! Incidents and their timelines, as rows.

use domain::decision::Entry;
use domain::id::IncidentId;
use domain::incident::Incident;
use domain::policy::Level;
use domain::time::Timestamp;
use serde::Serialize;

/// A line for a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Whose timeline.
    pub incident: IncidentId,
    /// When.
    pub at: Timestamp,
    /// What, by whom, why.
    pub entry: Entry,
}

/// A line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineRow {
    /// Its number; rises within an incident.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What, by whom, why.
    #[serde(flatten)]
    pub entry: Entry,
}

/// An incident as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    /// Its place in the order of opening; also the cursor of lists.
    pub place: i64,
    /// The row's version (compare and swap).
    pub version: u64,
    /// The incident.
    pub incident: Incident,
}

/// Which incidents to list.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Only in these states, by word; empty for all.
    pub states: Vec<String>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only of this project, by slug or number.
    pub project: Option<String>,
    /// Continue behind this place.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}
