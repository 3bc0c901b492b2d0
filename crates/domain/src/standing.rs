//! What people ordered for a time, beside the policy: silences, maintenance windows, and who is on call instead of whom. It is no part of a
//! policy, because it begins and ends at any hour, and holds for incidents whatever policy they are pinned to.

use crate::oncall::Override;
use crate::silence::Silence;

/// All orders that stand, or will.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Silences and maintenance windows, oldest first.
    pub silences: Vec<Silence>,
    /// Who is on call instead of whom, oldest first: the later word holds.
    pub overrides: Vec<Override>,
}
