//! Silences and maintenance windows.

use serde::{Deserialize, Serialize};

use crate::id::SilenceId;
use crate::incident::Incident;
use crate::policy::rule::Sighting;
use crate::time::Timestamp;

/// What matches it is not paged about for a time (semantics A6, A7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    /// Its name.
    pub id: SilenceId,
    /// What it does.
    pub kind: SilenceKind,
}

/// What a silence does to what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceKind {
    /// Holds the ladder of an incident (semantics A6).
    Silence,
    /// Moves what opens to level `maintenance` (semantics A7).
    Maintenance,
}

/// One stretch of time in which a silence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Silence {
    /// The stretch that holds at a moment, if one does.
    #[must_use]
    pub fn period(&self, _at: Timestamp) -> Option<Period> {
        None
    }

    /// When a person ended it early, if one did.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        None
    }

    /// Whether it matches a signal.
    #[must_use]
    pub fn matches(&self, _sighting: &Sighting<'_>) -> bool {
        false
    }

    /// Whether it matches all that is known of an incident: in each of the environments that it was seen in.
    #[must_use]
    pub fn matches_incident(&self, _incident: &Incident, _now: Timestamp) -> bool {
        false
    }
}
