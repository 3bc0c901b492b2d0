//! What people do: every change of an incident that is not a signal or a timer comes through here.

use std::fmt;

use domain::command::Command;
use domain::decision::Rejection;
use domain::event::Actor;
use domain::id::{EscalationId, IncidentId};
use domain::incident::{Incident, State};
use domain::policy::Level;
use domain::priority::Priority;
use domain::signal::{Lifecycle, Outcome};
use store::contract::Scope;
use store::error::StoreError;
use store::record::{Identity, IdentityKey, TruthLabel};

use crate::commit::{Job, Reply};
use crate::identity::{self, points_to};
use crate::inside::Inside;
use crate::workspace::Workspace;

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
        /// The release that carries the fix, if the person names it (semantics R5).
        fixed_in: Option<String>,
    },
    /// Say what an incident is worth; it holds the identity (semantics A8).
    Label {
        /// Which.
        incident: IncidentId,
        /// What they say; `ignore` is noise.
        priority: Priority,
        /// Who.
        by: String,
        /// Why.
        reason: Option<String>,
    },
    /// Open an incident by hand; if one of this name is live, raise it to the level, or leave it if it is there (`escalation create`).
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
    /// A shortened name that fits several incidents.
    Ambiguous(Vec<IncidentId>),
    /// The incident with this id is over, and no other is meant.
    Resolved(IncidentId),
    /// The store would not.
    Store(StoreError),
}

impl fmt::Display for OperateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such incident"),
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Ambiguous(candidates) => write!(f, "the name fits {} incidents", candidates.len()),
            Self::Resolved(incident) => write!(f, "{incident} is resolved; a new incident needs a name of its own"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OperateError {}

/// An operation with what was looked up for it before the transaction.
pub(crate) enum Act {
    Acknowledge {
        incident: IncidentId,
        by: Actor,
    },
    Resolve {
        incident: IncidentId,
        by: String,
        reason: Option<String>,
        fixed_in: Option<String>,
        /// Of its issues, to note the transition (semantics D2).
        identities: Vec<IdentityKey>,
    },
    Label {
        incident: IncidentId,
        priority: Priority,
        by: String,
        reason: Option<String>,
        /// What the word holds from now on.
        identities: Vec<IdentityKey>,
    },
    Create {
        /// Incidents that the external id may mean.
        candidates: Vec<IncidentId>,
        external_id: String,
        title: String,
        level: Level,
        by: Actor,
        new_id: IncidentId,
        /// Two who create the same at the same time meet here.
        identity: IdentityKey,
    },
}

impl Act {
    pub(crate) fn add_to(&self, scope: &mut Scope) {
        match self {
            Self::Acknowledge { incident, .. } => scope.incidents.push(*incident),
            Self::Resolve { incident, identities, .. } | Self::Label { incident, identities, .. } => {
                scope.incidents.push(*incident);
                scope.identities.extend(identities.iter().cloned());
            }
            Self::Create { candidates, identity, .. } => {
                scope.incidents.extend(candidates.iter().copied());
                scope.identities.push(identity.clone());
            }
        }
    }

    pub(crate) fn decide(&self, workspace: &mut Workspace<'_>) -> Result<Operated, OperateError> {
        match self {
            Self::Acknowledge { incident, by } => {
                let before = workspace.incident(*incident).ok_or(OperateError::NotFound)?;
                let changed = !matches!(before.state, State::Acknowledged { .. });
                let command = Command::Acknowledge { by: by.clone(), opening: None };
                workspace.command(Some(*incident), &command).map_err(OperateError::Rejected)?;
                Ok(operated(workspace, *incident, changed))
            }
            Self::Resolve { incident, by, reason, fixed_in, identities } => {
                workspace.incident(*incident).ok_or(OperateError::NotFound)?;
                let command = Command::Resolve { by: by.clone(), reason: reason.clone(), fixed_in: fixed_in.clone() };
                match workspace.command(Some(*incident), &command) {
                    Ok(_) => {
                        note_resolved(workspace, *incident, identities);
                        Ok(operated(workspace, *incident, true))
                    }
                    Err(Rejection::AlreadyResolved) => Ok(operated(workspace, *incident, false)),
                    Err(rejection) => Err(OperateError::Rejected(rejection)),
                }
            }
            Self::Label { incident, priority, by, reason, identities } => {
                let before = workspace.incident(*incident).ok_or(OperateError::NotFound)?.clone();
                let command = Command::Label { priority: *priority, by: by.clone(), reason: reason.clone() };
                let (_, outcome) = workspace.command(Some(*incident), &command).map_err(OperateError::Rejected)?;
                keep_label(workspace, &before, identities);
                if outcome == Outcome::Resolved {
                    note_resolved(workspace, *incident, identities);
                }
                let changed = before.label.is_none_or(|label| label.priority != *priority);
                Ok(operated(workspace, *incident, changed))
            }
            Self::Create { candidates, external_id, title, level, by, new_id, identity } => {
                let created = workspace.loaded.identities.get(identity).and_then(|known| known.incident);
                let meant = meant(workspace, created, candidates, external_id)?;
                let command = Command::Create {
                    new_id: *new_id,
                    external_id: external_id.clone(),
                    title: title.clone(),
                    level: *level,
                    by: by.clone(),
                    policy: workspace.current.hash.clone(),
                    synthetic: false,
                };
                let id = match workspace.command(meant, &command) {
                    Ok((id, _)) => id,
                    Err(Rejection::NotAbove(now)) if now == *level => {
                        return meant.map(|id| operated(workspace, id, false)).ok_or(OperateError::NotFound);
                    }
                    Err(rejection) => return Err(OperateError::Rejected(rejection)),
                };
                if meant.is_some() {
                    return Ok(operated(workspace, id, true));
                }
                let known = Identity { incident: Some(id), ..Identity::default() };
                workspace.changes.identities.insert(identity.clone(), known.clone());
                workspace.loaded.identities.insert(identity.clone(), known);
                Ok(operated(workspace, id, true))
            }
        }
    }
}

/// The live incident that a name means, if it means any: a whole id first, then the name that it was opened with or one of its Sentry
/// issues, then the start of an id.
fn meant(
    workspace: &Workspace<'_>,
    created: Option<IncidentId>,
    candidates: &[IncidentId],
    name: &str,
) -> Result<Option<IncidentId>, OperateError> {
    let mut ids: Vec<IncidentId> = candidates.iter().copied().chain(created).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = || ids.iter().filter_map(|id| workspace.incident(*id));
    let whole = known().find(|incident| {
        let id = incident.id.to_string();
        id == name || id.strip_prefix(IncidentId::PREFIX) == Some(name)
    });
    if let Some(incident) = whole {
        return live(incident).map(Some);
    }
    let named: Vec<&Incident> =
        known().filter(|incident| incident.state.is_live() && goes_by(incident, name)).collect();
    let short = name.len() > IncidentId::PREFIX.len() && name.starts_with(IncidentId::PREFIX);
    let started = known().filter(|incident| short && incident.id.to_string().starts_with(name));
    let fitting = if named.is_empty() { started.collect() } else { named };
    match fitting.as_slice() {
        [] => Ok(None),
        [one] => live(one).map(Some),
        several => Err(OperateError::Ambiguous(several.iter().map(|incident| incident.id).collect())),
    }
}

fn live(incident: &Incident) -> Result<IncidentId, OperateError> {
    if incident.state.is_live() { Ok(incident.id) } else { Err(OperateError::Resolved(incident.id)) }
}

fn goes_by(incident: &Incident, name: &str) -> bool {
    incident.external_id.as_deref() == Some(name) || incident.issues.iter().any(|issue| issue.id == name)
}

/// A person's resolve is a transition like Sentry's: after it, an old `unresolved` may be a new fact (semantics D2).
fn note_resolved(workspace: &mut Workspace<'_>, incident: IncidentId, identities: &[IdentityKey]) {
    let now = workspace.now;
    for key in identities {
        let Some(known) = workspace.loaded.identities.get_mut(key) else { continue };
        if points_to(Some(known), incident) {
            known.transition = Some((Lifecycle::Resolved { fixed_in: None }, now));
            workspace.changes.identities.insert(key.clone(), known.clone());
        }
    }
}

/// A person's word holds the identities from now on, and is a truth to measure triage by: not of what a person opened, nor of a test
/// (semantics A8, S2).
fn keep_label(workspace: &mut Workspace<'_>, before: &Incident, identities: &[IdentityKey]) {
    let Some(label) = workspace.incident(before.id).and_then(|incident| incident.label.clone()) else { return };
    for key in identities {
        let known = workspace.loaded.identities.get(key).cloned().unwrap_or_default();
        let labelled = Identity { label: Some(label.clone()), ..known };
        workspace.changes.identities.insert(key.clone(), labelled.clone());
        workspace.loaded.identities.insert(key.clone(), labelled);
    }
    if before.synthetic || before.external_id.is_some() {
        return;
    }
    let triaged = before.triage.scored();
    workspace.label(TruthLabel {
        incident: before.id,
        at: label.at,
        by: label.by,
        said: label.priority,
        triaged,
        score: before.triage.score,
        reason: label.reason,
    });
}

fn operated(workspace: &Workspace<'_>, incident: IncidentId, changed: bool) -> Operated {
    let escalation =
        workspace.incident(incident).and_then(|incident| incident.live_escalation()).map(|escalation| escalation.id);
    Operated { incident, escalation, changed }
}

impl Inside {
    pub(crate) async fn operate(&self, operation: Operation) -> Result<Operated, OperateError> {
        let store = &self.ports.store;
        let act = match operation {
            Operation::Acknowledge { incident, by } => Act::Acknowledge { incident, by },
            Operation::Resolve { incident, by, reason, fixed_in } => {
                let row = store.incident(incident).await.map_err(OperateError::Store)?;
                let row = row.ok_or(OperateError::NotFound)?;
                Act::Resolve { incident, by, reason, fixed_in, identities: identity::of_incident(&row.incident) }
            }
            Operation::Label { incident, priority, by, reason } => {
                let row = store.incident(incident).await.map_err(OperateError::Store)?;
                let row = row.ok_or(OperateError::NotFound)?;
                Act::Label { incident, priority, by, reason, identities: identity::labelled(&row.incident) }
            }
            Operation::Create { external_id, title, level, by } => Act::Create {
                candidates: store.incidents_named(&external_id).await.map_err(OperateError::Store)?,
                title: title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| external_id.clone()),
                identity: identity::manual(&external_id),
                new_id: IncidentId::from_bits((self.ports.ids)()),
                external_id,
                level,
                by,
            },
        };
        match self.submit(Job::Act(Box::new(act)), None).await {
            Ok(Reply::Act(operated)) => operated,
            Ok(_) => Err(OperateError::NotFound),
            Err(error) => Err(OperateError::Store(error)),
        }
    }
}
