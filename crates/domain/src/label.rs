//! A person's word about the priority of an identity (semantics A8).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::priority::Priority;
use crate::time::Timestamp;

/// How long a label holds; saying it again renews it.
pub const HOLDS: Duration = Duration::from_hours(30 * 24);

/// What a person said of an identity: it stands above triage and rules while it holds. `ignore` is noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// What they said.
    pub priority: Priority,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Users that were hit when it was said: ten times as many end it.
    #[serde(default)]
    pub users: u64,
}

/// Whether a label still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Holds,
    /// Its time is over.
    Expired,
    /// Ten times the users are hit.
    Outgrown,
}

impl Label {
    /// Whether it stands for an identity that hits so many users.
    #[must_use]
    pub fn standing(&self, users: Option<u64>, now: Timestamp) -> Standing {
        if now >= self.until {
            Standing::Expired
        } else if users.unwrap_or(0) >= self.users.max(1).saturating_mul(10) {
            Standing::Outgrown
        } else {
            Standing::Holds
        }
    }
}
