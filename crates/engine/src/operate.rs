//! What people do: every change of an incident that is not a signal or a timer comes through here.

use std::fmt;
use std::sync::Arc;

use domain::command::{Act, Command};
use domain::decision::Rejection;
use domain::id::{EscalationId, IncidentId};
use domain::incident::{Incident, State, Until};
use domain::policy::{Level, Policy};
use domain::priority::Priority;
use domain::signal::{Lifecycle, Outcome};
use store::contract::Scope;
use store::error::StoreError;
use store::record::{Identity, IdentityKey, TruthLabel};

use crate::commit::{Job, Reply};
use crate::identity::{self, points_to};
use crate::inside::Inside;
use crate::workspace::Workspace;

/// What a person asks for.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Something done to one incident.
    Act {
        /// Which.
        incident: IncidentId,
        /// Who, why, and what they saw.
        act: Act,
        /// What.
        verb: Verb,
    },
    /// Open an incident by hand; if one of this name is live, raise it to the level, or leave it if it is there (`escalation create`).
    Create {
        /// An incident's id (full or shortened, known) or the name somebody else has for it.
        external_id: String,
        /// What it is about; the external id when absent.
        title: Option<String>,
        /// How to escalate it.
        level: Level,
        /// Who, and why.
        act: Act,
    },
    /// Open a marked test of a level, through the true path, outside every figure (semantics S2).
    Drill {
        /// Whose ladder.
        level: Level,
        /// Who, and why.
        act: Act,
    },
}

/// What is done to one incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Take it.
    Acknowledge,
    /// Put it off (semantics A5).
    Snooze {
        /// What ends it.
        until: Until,
        /// The next release ends it too.
        next_release: bool,
    },
    /// End it.
    Resolve {
        /// The release that carries the fix, if the person names it (semantics R5).
        fixed_in: Option<String>,
    },
    /// Take up again what is over, as a new opening.
    Reopen,
    /// Take a resolve back (semantics R4).
    Undo,
    /// Say what it is worth; it holds the identity (semantics A8).
    Label(Priority),
    /// Move it to the current policy (semantics L15).
    Rebase,
}

impl Verb {
    fn command(&self, act: &Act, current: &Policy) -> Command {
        let act = act.clone();
        match self {
            Self::Acknowledge => Command::Acknowledge(act),
            Self::Snooze { until, next_release } => {
                Command::Snooze { act, until: until.clone(), next_release: *next_release }
            }
            Self::Resolve { fixed_in } => Command::Resolve { act, fixed_in: fixed_in.clone() },
            Self::Reopen => Command::Reopen { act, policy: current.hash.clone() },
            Self::Undo => Command::Undo(act),
            Self::Label(priority) => Command::Label { act, priority: *priority },
            Self::Rebase => Command::Rebase { act, policy: current.hash.clone() },
        }
    }

    /// Whether it changes something that was not so already.
    fn changes(&self, before: &Incident, current: &Policy) -> bool {
        match self {
            Self::Acknowledge => !matches!(before.state, State::Acknowledged { .. }),
            Self::Snooze { .. } | Self::Resolve { .. } | Self::Reopen | Self::Undo => true,
            Self::Label(priority) => before.label.as_ref().is_none_or(|label| label.priority != *priority),
            Self::Rebase => before.policy != current.hash,
        }
    }
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

/// An incident that a bundle listed, and what became of its acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The incident.
    pub incident: IncidentId,
    /// `None` when there was nothing to take any more: it ended, rose, or came back since it was listed.
    pub taken: Option<Operated>,
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
pub(crate) enum Asked {
    Act {
        incident: IncidentId,
        act: Act,
        verb: Verb,
        /// What the word holds from now on, or whose transition it is (semantics A8, D2).
        identities: Vec<IdentityKey>,
    },
    Create {
        /// Incidents that the external id may mean.
        candidates: Vec<IncidentId>,
        external_id: String,
        title: String,
        level: Level,
        act: Act,
        new_id: IncidentId,
        /// Two who create the same at the same time meet here.
        identity: IdentityKey,
        synthetic: bool,
    },
}

impl Asked {
    pub(crate) fn add_to(&self, scope: &mut Scope) {
        match self {
            Self::Act { incident, identities, .. } => {
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
            Self::Act { incident, act, verb, identities } => done(workspace, *incident, act, verb, identities),
            Self::Create { candidates, external_id, title, level, act, new_id, identity, synthetic } => {
                let created = workspace.loaded.identities.get(identity).and_then(|known| known.incident);
                let meant = meant(workspace, created, candidates, external_id)?;
                let command = Command::Create {
                    new_id: *new_id,
                    external_id: external_id.clone(),
                    title: title.clone(),
                    level: *level,
                    act: act.clone(),
                    policy: workspace.current.hash.clone(),
                    synthetic: *synthetic,
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

/// Does it, and notes what the identities of the incident must know of it.
fn done(
    workspace: &mut Workspace<'_>,
    incident: IncidentId,
    act: &Act,
    verb: &Verb,
    identities: &[IdentityKey],
) -> Result<Operated, OperateError> {
    let before = workspace.incident(incident).ok_or(OperateError::NotFound)?.clone();
    let current = Arc::clone(&workspace.current);
    // What a person may not do is refused, also where there is nothing to do.
    let may_rebase = before.state.is_live() && act.saw.is_none_or(|saw| saw.fits(&before));
    if *verb == Verb::Rebase && may_rebase && !verb.changes(&before, &current) {
        return Ok(operated(workspace, incident, false));
    }
    let outcome = match workspace.command(Some(incident), &verb.command(act, &current)) {
        Ok((_, outcome)) => outcome,
        // It is so already, whoever did it (semantics L10).
        Err(Rejection::AlreadyResolved) if matches!(verb, Verb::Resolve { .. }) => {
            return Ok(operated(workspace, incident, false));
        }
        Err(rejection) => return Err(OperateError::Rejected(rejection)),
    };
    if matches!(verb, Verb::Label(_)) {
        keep_label(workspace, &before, identities);
    }
    if matches!(verb, Verb::Reopen | Verb::Undo) {
        end_label(workspace, &before, identities);
    }
    match outcome {
        Outcome::Resolved => note_transition(workspace, incident, identities, &Lifecycle::Resolved { fixed_in: None }),
        Outcome::Reopened => {
            note_transition(workspace, incident, identities, &Lifecycle::Unresolved { came_back: false });
        }
        Outcome::Opened | Outcome::Joined | Outcome::Ignored | Outcome::Stored => {}
    }
    Ok(operated(workspace, incident, verb.changes(&before, &current)))
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

/// What a person does is a transition like Sentry's: after a resolve an old `unresolved` may be a new fact, and the other way round
/// (semantics D2).
fn note_transition(
    workspace: &mut Workspace<'_>,
    incident: IncidentId,
    identities: &[IdentityKey],
    transition: &Lifecycle,
) {
    let now = workspace.now;
    for key in identities {
        let Some(known) = workspace.loaded.identities.get_mut(key) else { continue };
        if points_to(Some(known), incident) {
            known.transition = Some((transition.clone(), now));
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

/// A word that ended with the act ends for the identities too: noise that somebody takes up again is noise no longer (semantics A8).
fn end_label(workspace: &mut Workspace<'_>, before: &Incident, identities: &[IdentityKey]) {
    let ended = before.label.as_ref().filter(|_| workspace.incident(before.id).is_some_and(|now| now.label.is_none()));
    let Some(ended) = ended else { return };
    for key in identities {
        let Some(known) = workspace.loaded.identities.get_mut(key) else { continue };
        if known.label.as_ref() == Some(ended) {
            known.label = None;
            workspace.changes.identities.insert(key.clone(), known.clone());
        }
    }
}

fn operated(workspace: &Workspace<'_>, incident: IncidentId, changed: bool) -> Operated {
    let escalation =
        workspace.incident(incident).and_then(|incident| incident.live_escalation()).map(|escalation| escalation.id);
    Operated { incident, escalation, changed }
}

impl Inside {
    pub(crate) async fn operate(&self, operation: Operation) -> Result<Operated, OperateError> {
        let store = &self.ports.store;
        let asked = match operation {
            Operation::Act { incident, act, verb } => {
                let identities = match verb {
                    Verb::Acknowledge | Verb::Snooze { .. } | Verb::Rebase => Vec::new(),
                    Verb::Resolve { .. } => identity::of_incident(&self.found(incident).await?),
                    Verb::Reopen | Verb::Undo | Verb::Label(_) => identity::labelled(&self.found(incident).await?),
                };
                Asked::Act { incident, act, verb, identities }
            }
            Operation::Create { external_id, title, level, act } => Asked::Create {
                candidates: store.incidents_named(&external_id).await.map_err(OperateError::Store)?,
                title: title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| external_id.clone()),
                identity: identity::manual(&external_id),
                new_id: IncidentId::from_bits((self.ports.ids)()),
                external_id,
                level,
                act,
                synthetic: false,
            },
            Operation::Drill { level, act } => {
                let new_id = IncidentId::from_bits((self.ports.ids)());
                // Fresh each time: a drill never joins another one (semantics S2).
                let external_id = format!("drill-{new_id}");
                Asked::Create {
                    candidates: Vec::new(),
                    title: format!("Drill of level {level}: nothing is broken, please acknowledge"),
                    identity: identity::manual(&external_id),
                    new_id,
                    external_id,
                    level,
                    act,
                    synthetic: true,
                }
            }
        };
        match self.submit(Job::Asked(Box::new(asked)), None).await {
            Ok(Reply::Operated(operated)) => operated,
            Ok(_) => Err(OperateError::NotFound),
            Err(error) => Err(OperateError::Store(error)),
        }
    }

    pub(crate) async fn found(&self, incident: IncidentId) -> Result<Incident, OperateError> {
        let row = self.ports.store.incident(incident).await.map_err(OperateError::Store)?;
        row.map(|row| row.incident).ok_or(OperateError::NotFound)
    }

    /// What an act would come to now, without doing it: the incident as it would be. `policy rebase` shows it before it asks.
    pub(crate) async fn preview(
        &self,
        incident: IncidentId,
        act: &Act,
        verb: &Verb,
    ) -> Result<(Incident, Incident), OperateError> {
        let before = self.found(incident).await?;
        let mut after = Err(OperateError::NotFound);
        let scope = Scope { incidents: vec![incident], ..Scope::default() };
        let tried = self.transact(&scope, |workspace| {
            let current = Arc::clone(&workspace.current);
            let decided = workspace.command(Some(incident), &verb.command(act, &current));
            after = decided
                .map_err(OperateError::Rejected)
                .and_then(|(id, _)| workspace.incident(id).cloned().ok_or(OperateError::NotFound));
            workspace.forget();
        });
        tried.await.map_err(OperateError::Store)?;
        Ok((before, after?))
    }
}
