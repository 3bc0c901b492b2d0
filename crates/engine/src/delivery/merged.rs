//! Issues that Sentry merged: no hook tells of it. After the merge the errors of one issue come under the other, and Sentry speaks of the
//! first no more, so what it says of the other must end both (semantics I1, R1).

use domain::command::Command;
use domain::id::{DeliveryId, IncidentId};
use domain::incident::{Incident, Merged};
use domain::signal::{Fact, Outcome, Signal};
use store::record::Identity;

use crate::identity::merged_into;
use crate::workspace::Workspace;

use super::{Delivery, Verdict, write};

impl Delivery {
    /// An issue that had another fingerprint speaks with the one of an issue in another live incident: it was merged into this one. Both
    /// timelines say so, once. Where that incident has more issues nobody can tell which of them moved.
    pub(super) fn note_merge(&self, workspace: &mut Workspace<'_>, verdict: &Verdict) {
        let Some((from, to, there, here)) = self.merge(workspace, verdict) else { return };
        let Some(signal) = &self.signal else { return };
        let key = merged_into(&signal.source, &to);
        for (incident, other) in [(there, here), (here, there)] {
            let command = Command::NoteMoved { from: from.clone(), to: to.clone(), other };
            if let Err(rejection) = workspace.command(Some(incident), &command) {
                tracing::debug!(%incident, ?rejection, "a merge in Sentry is not told");
            }
        }
        write(workspace, &key, Identity { incident: Some(there), ..Identity::default() });
    }

    fn merge(&self, workspace: &Workspace<'_>, verdict: &Verdict) -> Option<(String, String, IncidentId, IncidentId)> {
        let signal = self.signal.as_deref().filter(|signal| signal.fact == Fact::Occurrence)?;
        if verdict.outcome != Outcome::Joined || !workspace.current.triage.join_issues {
            return None;
        }
        let to = signal.issue.as_ref()?;
        let there = workspace.loaded.identities.get(self.keys.group.as_ref()?)?.incident?;
        let here = verdict.incident.filter(|here| *here != there)?;
        let theirs = workspace.incident(there).filter(|incident| incident.state.is_live())?;
        let [moved] = theirs.issues.as_slice() else { return None };
        let mine = workspace.incident(here)?.issues.iter().find(|issue| issue.id == *to)?;
        let differed = moved.print.is_some() && mine.print.is_some() && moved.print != mine.print;
        (differed && moved.open && moved.merged.is_none()).then(|| (moved.id.clone(), to.clone(), there, here))
    }

    /// What Sentry says of an issue's end it says of those that it merged into it too.
    pub(super) fn end_merged(&self, workspace: &mut Workspace<'_>, delivery: DeliveryId) {
        let Some(signal) = &self.signal else { return };
        let known = self.keys.merged.as_ref().and_then(|key| workspace.loaded.identities.get(key));
        let Some(incident) = known.and_then(|known| workspace.incident(known.incident?)) else { return };
        let Some(issue) = signal.issue.as_deref().and_then(|into| merged_issue(incident, into)) else { return };
        let id = incident.id;
        let command = Command::Observe {
            delivery,
            signal: Box::new(Signal { issue: Some(issue), ..(**signal).clone() }),
            triage: Box::new(incident.triage.clone()),
            new_id: self.new_id,
            policy: workspace.current.hash.clone(),
            previous: None,
            label: incident.label.clone(),
        };
        if let Err(rejection) = workspace.command(Some(id), &command) {
            tracing::debug!(incident = %id, ?rejection, "the end of a merged issue changes nothing");
        }
    }
}

fn merged_issue(incident: &Incident, into: &str) -> Option<String> {
    let merged = |other: &Option<Merged>| matches!(other, Some(Merged::Into(other)) if other == into);
    incident.issues.iter().find(|issue| issue.open && merged(&issue.merged)).map(|issue| issue.id.clone())
}
