//! Releases: which of two is the older, as far as their names tell.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A release of a project, with when its first signal was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRelease {
    /// As the SDK named it.
    pub name: String,
    /// The receipt of its first signal.
    pub first_seen_at: Timestamp,
}

/// Whether a signal after a resolve is the error come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regression {
    /// It came back: in the release that was to fix it or a later one, or later than a resolve that named no release.
    Real,
    /// It did not: it comes from an older release than the fix, or from before the resolve.
    Not,
    /// Nobody can tell: the order of the releases is not known.
    Unsure,
}

/// Which of two releases is the older; `None` when their names do not tell.
#[must_use]
pub fn order(one: &str, other: &str) -> Option<Ordering> {
    (one == other).then_some(Ordering::Equal)
}
