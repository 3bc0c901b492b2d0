//! What was learnt of a project as a whole: the shape of its week and its releases.

use serde::{Deserialize, Serialize};

use crate::baseline::Shape;
use crate::release::SeenRelease;

/// What is known of a project from the signals before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProjectHistory {
    /// How busy each hour of its week is.
    pub shape: Shape,
    /// The releases that were seen, by their first signal, oldest first, at most sixteen.
    pub releases: Vec<SeenRelease>,
}
