//! Who is on call.

use serde::{Deserialize, Serialize};

use crate::id::{Name, OverrideId};
use crate::time::Timestamp;

/// A time for which somebody else is on call than the schedule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its name.
    pub id: OverrideId,
    /// Which schedule.
    pub schedule: Name,
    /// Which of its layers.
    pub layer: Name,
    /// The contact who is on call.
    pub person: Name,
    /// From when.
    pub from: Timestamp,
    /// Until when; that moment is no longer theirs.
    pub until: Timestamp,
    /// Who ordered it.
    pub by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
