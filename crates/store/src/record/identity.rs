//! Identities: what makes signals belong together.

use std::fmt;

use domain::baseline::Baseline;
use domain::id::IncidentId;
use domain::label::Label;
use domain::priority::Priority;
use domain::signal::Lifecycle;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What makes signals belong together (semantics I1 to I4): readable, and rising with Sentry's ids, so that neighbours are stored together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey(pub String);

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an identity.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The incident that its signals join, or joined last.
    pub incident: Option<IncidentId>,
    /// The last life-cycle transition, by hook, poll or person (semantics D2), with the time of its fact.
    pub transition: Option<(Lifecycle, Timestamp)>,
    /// A `resolved` was seen as of this time: signals not later than it open nothing (semantics D3).
    pub resolved_as_of: Option<Timestamp>,
    /// The latest receipt of a signal that was no life-cycle hook (semantics D2).
    pub last_signal_at: Option<Timestamp>,
    /// Its usual rate; `None` before anything was counted.
    pub baseline: Option<Baseline>,
    /// What a person said of it (semantics A8).
    pub label: Option<Label>,
}

/// A project of a source, as the key of what was learnt of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectKey(pub String);

/// What a person said about one incident, beside what triage had said: a truth to measure triage by. Kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthLabel {
    /// The incident.
    pub incident: IncidentId,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub by: String,
    /// What they said.
    pub said: Priority,
    /// What triage itself had come to, before rules' and people's words.
    pub triaged: Priority,
    /// Its mean.
    pub score: u8,
    /// Why, in their words.
    pub reason: Option<String>,
}
