//! Runs of agents.

use domain::id::{IncidentId, Name, RunId};
use domain::incident::Progress;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How far the start of a run came: `Sending` is committed before the request leaves, so that a run is never started twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// Planned; nothing left the house.
    Planned,
    /// The request is leaving, or has left without an answer.
    Sending,
    /// The vendor has it.
    Started,
    /// Over.
    Ended,
}

/// A run of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRun {
    /// Its name, and the marker at the vendor.
    pub id: RunId,
    /// For which incident.
    pub incident: IncidentId,
    /// Which agent.
    pub agent: Name,
    /// How far its start came.
    pub phase: RunPhase,
    /// How far it came.
    pub progress: Progress,
    /// The vendor's id.
    pub external_id: Option<String>,
    /// The vendor's page.
    pub url: Option<String>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it is given up.
    pub deadline: Timestamp,
}
