//! What people do: every change of an incident that is not a signal or a timer comes through here.

use domain::decision::Rejection;
use domain::event::Actor;
use domain::id::{EscalationId, IncidentId};
use domain::policy::Level;
use store::error::StoreError;

/// One act of a person.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Take an incident.
    Acknowledge {
        /// Which.
        incident: IncidentId,
        /// Who.
        by: Actor,
    },
    /// End an incident.
    Resolve {
        /// Which.
        incident: IncidentId,
        /// Who.
        by: String,
        /// Why.
        reason: Option<String>,
    },
    /// Open an incident by hand, or start nothing anew if one with this external id is live (`escalation create`).
    Create {
        /// An incident's id (full or shortened, known) or the name somebody else has for it.
        external_id: String,
        /// What it is about; the external id when absent.
        title: Option<String>,
        /// How to escalate it.
        level: Level,
        /// Who.
        by: Actor,
    },
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operated {
    /// The incident.
    pub incident: IncidentId,
    /// Its escalation, if one is live.
    pub escalation: Option<EscalationId>,
    /// False when it was so already.
    pub changed: bool,
}

/// Why an operation was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperateError {
    /// No such incident.
    NotFound,
    /// It does not fit the incident's state.
    Rejected(Rejection),
    /// The store would not.
    Store(StoreError),
}
