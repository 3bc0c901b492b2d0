//! What the channels, people and roles behind pages were asked for lately: from it follow storms (semantics L12), noise budgets (L16) and whose
//! turn it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{BundleId, Name};
use crate::time::Timestamp;

/// Whose attention.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// A channel's: storms.
    Channel(Name),
    /// A contact's: the noise budget.
    Contact(Name),
    /// A role's: whose turn it is.
    Role(Name),
}

/// What was asked of it lately. Nothing of it is more than a few days old.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attention {
    /// First pages of the last five minutes, oldest first, as many as decide whether a storm begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_pages: Vec<Timestamp>,
    /// The storm that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
    /// Interruptions in the running day or night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
    /// How many turns a role has had.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u64,
}

/// A storm: pages to a channel go in bundles until fifteen quiet minutes have passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Since when.
    pub since: Timestamp,
    /// The last page or news that went into a bundle.
    pub last_at: Timestamp,
    /// The bundle of criticals that still takes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<OpenBundle>,
    /// The same of all other levels: the two never mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OpenBundle>,
}

/// A bundle that still takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBundle {
    /// Its name.
    pub id: BundleId,
    /// When it leaves.
    pub due: Timestamp,
}

/// Interruptions of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Until when they are counted: the end of that day or night.
    pub until: Timestamp,
    /// How many.
    pub count: u32,
    /// The last one: several within a minute are one.
    pub last_at: Timestamp,
    /// The team was told that the budget is used up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// All attention that decisions know of.
pub type Attentions = BTreeMap<Whose, Attention>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(turns: &u64) -> bool {
    *turns == 0
}
