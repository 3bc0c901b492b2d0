//! Agents at work, and fixes that were announced.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{Name, RunId};
use crate::time::Timestamp;

/// A fix that somebody announced in Sentry, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedFix {
    /// When we heard of it first: no later announcement holds longer.
    pub since: Timestamp,
    /// The issues that it is for: while another one is open, it holds nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub issues: BTreeSet<String>,
    /// Whoever announced it answered for the level that the incident has: it did not rise since (semantics R2). False where an older version noted it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answers: bool,
    /// Until when it may hold the ladder; `None` when it holds nothing (any more).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Events and users when the hold began: growth ends it (semantics F2).
    pub held_events: u64,
    /// See `held_events`.
    pub held_users: u64,
}

/// A run of an agent and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixing {
    /// The run.
    pub run: RunId,
    /// Which agent.
    pub agent: Name,
    /// How far it came.
    pub progress: Progress,
    /// The vendor's page for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was decided upon.
    pub since: Timestamp,
    /// Until when it may hold the ladder; `None` when it holds nothing (any more).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Events and users when the hold began: growth ends it (semantics F2).
    pub held_events: u64,
    /// See `held_events`.
    pub held_users: u64,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Decided upon; not yet with the vendor.
    Starting,
    /// Taken by the vendor.
    Queued,
    /// At work.
    Running,
    /// Waits for a person.
    NeedsInput,
    /// Says that it has fixed it: a fix is on its way.
    Succeeded,
    /// Failed, was stopped, or its deadline passed.
    Failed,
    /// Nobody can say whether it ever started (a crash while starting).
    Unknown,
}

impl Progress {
    /// Every stage.
    pub const ALL: [Self; 7] =
        [Self::Starting, Self::Queued, Self::Running, Self::NeedsInput, Self::Succeeded, Self::Failed, Self::Unknown];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::NeedsInput => "needs_input",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the run is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Unknown)
    }
}
