//! Rows, as values: what goes into a store and what comes out of it.

mod agent_run;
mod delivery;
mod escalation;
mod identity;
mod incident;
mod keeping;
mod standing;
mod task;

pub use agent_run::*;
pub use delivery::*;
pub use escalation::*;
pub use identity::*;
pub use incident::*;
pub use keeping::*;
pub use standing::*;
pub use task::*;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<i64>,
}
