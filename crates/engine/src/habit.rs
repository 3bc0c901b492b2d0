//! What a signal teaches: the usual rate of its identity, the shape of its project's week, the releases of the project.

use domain::baseline::Baseline;
use domain::id::IncidentId;
use domain::project::ProjectHistory;
use domain::signal::{Fact, Signal};
use domain::time::Timestamp;
use store::record::{IdentityKey, ProjectKey};

use crate::identity::part;
use crate::workspace::Workspace;

/// The key of what is learnt of a signal's project. A test teaches nothing (semantics S2).
pub(crate) fn project_of(signal: &Signal) -> Option<ProjectKey> {
    let project = signal.project.as_ref().filter(|_| signal.fact != Fact::Aside && !signal.synthetic)?;
    Some(ProjectKey(format!("{}/{}", part(&signal.source.0), part(project.key()))))
}

/// Teaches the identity and the project what the signal says, before it is assessed: the pace includes its own events. `incident` is the one
/// that knows which events were seen.
pub(crate) fn learn(
    workspace: &mut Workspace<'_>,
    signal: &Signal,
    own: Option<&IdentityKey>,
    project: Option<&ProjectKey>,
    incident: Option<IncidentId>,
    now: Timestamp,
) {
    if signal.synthetic {
        return;
    }
    let mut history = project.and_then(|key| workspace.loaded.projects.get(key)).cloned().unwrap_or_default();
    let mut learnt = signal.release.as_deref().is_some_and(|release| history.note(release, now));
    if let Some(own) = own {
        let counts = incident.and_then(|id| workspace.incident(id)).map(|incident| &incident.counts);
        let fresh = signal.event.as_deref().is_some_and(|event| counts.is_none_or(|counts| !counts.knows(event)));
        // An occurrence without an id and without a total is an event of its own.
        let nameless = signal.fact == Fact::Occurrence && signal.event.is_none() && signal.events.is_none();
        let events = u64::from(fresh || nameless);
        if events > 0 || signal.events.is_some() {
            let mut identity = workspace.loaded.identities.get(own).cloned().unwrap_or_default();
            let usual = identity.baseline.get_or_insert_with(Baseline::default);
            learnt |= match signal.events {
                Some(total) => usual.hear(total, events, now, &mut history.shape),
                None => usual.take_in(events, now, &mut history.shape),
            };
            workspace.changes.identities.insert(own.clone(), identity.clone());
            workspace.loaded.identities.insert(own.clone(), identity);
        }
    }
    if let Some(key) = project.filter(|_| learnt) {
        write(workspace, key, history);
    }
}

fn write(workspace: &mut Workspace<'_>, key: &ProjectKey, history: ProjectHistory) {
    workspace.changes.projects.insert(key.clone(), history.clone());
    workspace.loaded.projects.insert(key.clone(), history);
}
