//! The whole escalation rule: total over (state, command), pure.

use crate::command::Command;
use crate::decision::{Decision, Rejection};
use crate::incident::Incident;
use crate::policy::{Directory, Policy};
use crate::time::Timestamp;

/// What a decision may look at besides the incident and the command.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The policy that the incident is pinned to (semantics L15); the current one for commands that open or reopen.
    pub policy: &'a Policy,
    /// Who can be reached right now.
    pub directory: &'a Directory,
    /// The engine's time.
    pub now: Timestamp,
}

/// What a command does to an incident.
///
/// # Errors
/// A [`Rejection`] when the command does not fit: nothing changes.
pub fn decide(incident: Option<&Incident>, command: &Command, context: &Context<'_>) -> Result<Decision, Rejection> {
    let _ = (incident, command, context);
    Err(Rejection::NoIncident)
}
