//! Why something was, or was not, done: numbers and a rule, kept with the timeline row; the words are made on reading.

use serde::{Deserialize, Serialize};

/// The reason of one decision. Kept as JSON of at most 600 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The rule of `docs/semantics.md` that decided, such as `L3`.
    pub rule: RuleId,
    /// The first eight characters of the policy's hash.
    pub policy: String,
    /// The numbers that went in, by name: durations in milliseconds, counts as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<(String, i64)>,
}

/// The name of a rule of `docs/semantics.md`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(pub String);
