//! What becomes of one delivery: read before the transaction, decided inside it, purely, on what was loaded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::command::Command;
use domain::decision::Rejection;
use domain::fingerprint::fingerprint;
use domain::id::{DeliveryId, IncidentId};
use domain::label::Label;
use domain::priority::{Known, Priority, assess};
use domain::signal::{Fact, Lifecycle, MetricStatus, Outcome, Resource, Signal};
use domain::time::Timestamp;
use integrations::sentry::{Parsed, RESOURCE_HEADER, event_key, parse};
use sha2::{Digest as _, Sha256};
use store::contract::Scope;
use store::record::{DeliveryKey, EventKey, Identity, IdentityKey, KnownDelivery, NewDelivery, Packing, ProjectKey};

use crate::habit;
use crate::identity::{Keys, points_to};
use crate::intake::{Answer, Hook};
use crate::workspace::Workspace;

/// The longest resource or action that is kept, in bytes.
const TOKEN: usize = 64;
/// The longest value of a header that is kept, in bytes.
const HEADER: usize = 200;
/// A time that is further ahead of our clock is a wrong clock, or a lie: believed, it would make every later resolve stale and every later
/// signal old (semantics R1, R3).
const AHEAD: Duration = Duration::from_hours(1);
/// Headers worth keeping with a delivery; none is signed.
const KEPT_HEADERS: [&str; 3] = ["request-id", "sentry-hook-timestamp", "user-agent"];

/// One delivery, verified, read and packed.
pub(crate) struct Delivery {
    key: DeliveryKey,
    event: Option<EventKey>,
    received_at: Timestamp,
    resource: String,
    action: String,
    secret: String,
    headers: String,
    trouble: Option<String>,
    /// Signed, and yet not what its resource promises: an operator has to know. A resource or action that is merely new is no such case.
    unreadable: bool,
    packing: Packing,
    length: u32,
    body: Bytes,
    signal: Option<Box<Signal>>,
    keys: Keys,
    project: Option<ProjectKey>,
    /// Drawn before the transaction, which may be decided more than once.
    new_id: IncidentId,
}

/// What a delivery comes to.
struct Verdict {
    outcome: Outcome,
    incident: Option<IncidentId>,
}

impl Verdict {
    const fn stored(incident: Option<IncidentId>) -> Self {
        Self { outcome: Outcome::Stored, incident }
    }
}

mod merged;

/// Noise whose incident lives again without that word: somebody in Sentry took the end of it back. What the hook that said so does not name, the
/// group, or another issue of the incident, hears of it with its own next signal (semantics A8).
fn was_taken_back(known: &Identity, workspace: &Workspace<'_>) -> bool {
    let lives = |id| workspace.incident(id).is_some_and(|now| now.state.is_live() && now.label.is_none());
    known.label.as_ref().is_some_and(|label| label.priority == Priority::Ignore) && known.incident.is_some_and(lives)
}

impl Delivery {
    /// Reads a verified delivery: parse, fingerprint, digest, pack. Pure work.
    pub(crate) fn read(hook: &Hook, secret: &str, received_at: Timestamp, new_id: IncidentId) -> Self {
        let resource = hook.headers.get(RESOURCE_HEADER).and_then(|value| value.to_str().ok());
        let parsed = parse(resource, &hook.body);
        let seen_at = said_at(&parsed, &hook.body).unwrap_or(Timestamp::EPOCH);
        let trouble = (!matches!(parsed, Parsed::Signal(_))).then(|| parsed.to_string());
        let unreadable = matches!(parsed, Parsed::Mismatch { .. } | Parsed::Unreadable { .. });
        let (action, signal) = match parsed {
            Parsed::Signal(mut signal) => {
                signal.seen_at = signal.seen_at.filter(|at| *at <= received_at + AHEAD);
                (signal.action.clone(), Some(signal))
            }
            Parsed::Unknown { action, .. } => (action.unwrap_or_default(), None),
            Parsed::Mismatch { .. } | Parsed::Unreadable { .. } => (String::new(), None),
        };
        let keys = signal.as_ref().map(|signal| Keys::of(signal, &fingerprint(signal))).unwrap_or_default();
        let project = signal.as_deref().and_then(habit::project_of);
        let event = signal.as_deref().and_then(event_key).map(|digest| EventKey { seen_at, digest });
        let (packing, body) = store::pack::pack(&hook.body);
        Self {
            key: DeliveryKey { seen_at, digest: digest(&hook.body) },
            event,
            received_at,
            resource: shortened(resource.unwrap_or_default(), TOKEN),
            action: shortened(&action, TOKEN),
            secret: secret.to_owned(),
            headers: kept_headers(&hook.headers),
            trouble,
            unreadable,
            packing,
            length: u32::try_from(hook.body.len()).unwrap_or(u32::MAX),
            body,
            signal,
            keys,
            project,
            new_id,
        }
    }

    /// What was wrong with a body that was signed and cannot be read.
    pub(crate) fn unreadable(&self) -> Option<&str> {
        self.trouble.as_deref().filter(|_| self.unreadable)
    }

    pub(crate) fn add_to(&self, scope: &mut Scope) {
        scope.deliveries.push(self.key);
        scope.events.extend(self.event);
        scope.projects.extend(self.project.clone());
        let Keys { own, group, early, merged } = &self.keys;
        scope.identities.extend([own, group, early, merged].into_iter().flatten().cloned());
    }

    /// Exactly one outcome, that of the first copy for a duplicate (semantics D1, D2).
    pub(crate) fn decide(&mut self, workspace: &mut Workspace<'_>) -> Answer {
        let known = workspace.loaded.deliveries.get(&self.key).cloned();
        if let Some(known) = known.as_ref().filter(|known| !self.is_new_fact(known, workspace)) {
            return Answer { delivery: known.id, outcome: known.outcome, incident: known.incident, duplicate: true };
        }
        let delivery = DeliveryId(workspace.loaded.next_delivery);
        workspace.loaded.next_delivery += 1;
        let generation = known.map_or(0, |known| known.generation + 1);
        let twin =
            self.event.and_then(|event| workspace.loaded.events.get(&event)).filter(|_| generation == 0).cloned();
        let (verdict, duplicate) = match twin {
            // The same event under the same rule in other bytes: kept, because it was signed, but no new fact.
            Some(first) => (Verdict { outcome: first.outcome, incident: first.incident }, true),
            None => (self.verdict(workspace, delivery), false),
        };
        let known = KnownDelivery {
            id: delivery,
            generation,
            received_at: self.received_at,
            outcome: verdict.outcome,
            incident: verdict.incident,
        };
        let event = self.event.filter(|_| !duplicate && generation == 0);
        if let Some(event) = event {
            workspace.loaded.events.insert(event, known.clone());
        }
        workspace.loaded.deliveries.insert(self.key, known);
        workspace.changes.deliveries.push(self.row(delivery, generation, event, &verdict));
        Answer { delivery, outcome: verdict.outcome, incident: verdict.incident, duplicate }
    }

    fn row(&self, id: DeliveryId, generation: u32, event: Option<EventKey>, verdict: &Verdict) -> NewDelivery {
        NewDelivery {
            id,
            key: self.key,
            generation,
            event,
            received_at: self.received_at,
            resource: self.resource.clone(),
            action: self.action.clone(),
            outcome: verdict.outcome,
            incident: verdict.incident,
            trouble: self.trouble.clone(),
            secret: self.secret.clone(),
            headers: self.headers.clone(),
            packing: self.packing,
            length: self.length,
            body: self.body.clone(),
        }
    }

    /// A life-cycle body that came before is a new fact only if the opposite transition came in between and no later signal was seen
    /// since (semantics D2).
    fn is_new_fact(&self, known: &KnownDelivery, workspace: &Workspace<'_>) -> bool {
        let Some(Fact::Lifecycle(again)) = self.signal.as_ref().map(|signal| &signal.fact) else { return false };
        let Some(identity) = self.keys.own.as_ref().and_then(|key| workspace.loaded.identities.get(key)) else {
            return false;
        };
        let undone = identity.transition.as_ref().is_some_and(|(last, _)| again.is_opposite_of(last));
        undone && identity.last_signal_at.is_none_or(|at| at <= known.received_at)
    }

    fn verdict(&mut self, workspace: &mut Workspace<'_>, delivery: DeliveryId) -> Verdict {
        let concerns = self.signal.as_ref().is_some_and(|signal| signal.fact != Fact::Aside);
        if !concerns || !workspace.inside.settings.monitoring {
            return Verdict::stored(None);
        }
        self.learn(workspace);
        let verdict = self.meet(workspace, delivery);
        self.remember(workspace, &verdict);
        self.note_merge(workspace, &verdict);
        self.end_merged(workspace, delivery);
        self.end_labels(workspace, verdict.incident);
        verdict
    }

    fn learn(&self, workspace: &mut Workspace<'_>) {
        let Some(signal) = &self.signal else { return };
        let incident_of = |key: &IdentityKey| workspace.loaded.identities.get(key).and_then(|known| known.incident);
        let incident = [&self.keys.own, &self.keys.group].into_iter().flatten().find_map(incident_of);
        let (own, project) = (self.keys.own.as_ref(), self.project.as_ref());
        habit::learn(workspace, signal, own, project, incident, self.received_at);
    }

    /// Finds the incident that the signal joins, or lets it open one.
    fn meet(&mut self, workspace: &mut Workspace<'_>, delivery: DeliveryId) -> Verdict {
        let own = self.keys.own.as_ref().and_then(|key| workspace.loaded.identities.get(key)).cloned();
        let mine = own.as_ref().and_then(|own| own.incident).filter(|id| workspace.incident(*id).is_some());
        let shared = self.keys.group.as_ref().and_then(|key| workspace.loaded.identities.get(key)?.incident);
        let shared = shared.filter(|id| workspace.incident(*id).is_some_and(|incident| incident.state.is_live()));
        let shared = shared.filter(|_| workspace.current.triage.join_issues).or_else(|| self.awaited(workspace));
        let target = mine.or(shared);
        let late = self.is_late(own.as_ref());
        // A late signal of an issue that is over must not make it look open in somebody else's incident (semantics D3, R1).
        if (late && mine.is_none()) || (target.is_none() && !self.opens()) {
            return Verdict::stored(None);
        }
        let mut result = self.observe(workspace, target, delivery, None);
        if result == Err(Rejection::WindowOver) && !late {
            // What ended long ago is not reopened: the signal joins what runs for its group, or opens a new one that names the old.
            result = self.observe(workspace, shared, delivery, target.filter(|_| shared.is_none()));
        }
        match result {
            Ok((incident, outcome)) => Verdict { outcome, incident: Some(incident) },
            Err(Rejection::Unwanted) => Verdict { outcome: Outcome::Ignored, incident: None },
            // It says what is so already: no news, but no lie either (docs/semantics.md, D5).
            Err(Rejection::AlreadyResolved) if self.ends() => Verdict { outcome: Outcome::Resolved, incident: target },
            Err(Rejection::NotLater | Rejection::AlreadyResolved | Rejection::WindowOver) => Verdict::stored(target),
            // Of these only a person's act can be.
            Err(
                Rejection::NoIncident
                | Rejection::Stale
                | Rejection::NotAbove(_)
                | Rejection::NotResolved
                | Rejection::Endless
                | Rejection::NothingToUndo,
            ) => Verdict::stored(None),
        }
    }

    /// The incident whose signals came before their issue did: it waits for one (semantics I2).
    fn awaited(&self, workspace: &Workspace<'_>) -> Option<IncidentId> {
        let id = workspace.loaded.identities.get(self.keys.early.as_ref()?)?.incident?;
        // Whoever has an issue already is joined by semantics I3 alone.
        workspace.incident(id).filter(|incident| incident.state.is_live() && incident.issues.is_empty()).map(|_| id)
    }

    /// Triage runs with the current policy and what is known of the incident: what is pinned is the ladder (semantics L15).
    fn observe(
        &mut self,
        workspace: &mut Workspace<'_>,
        target: Option<IncidentId>,
        delivery: DeliveryId,
        previous: Option<IncidentId>,
    ) -> Result<(IncidentId, Outcome), Rejection> {
        let Some(signal) = self.signal.take() else { return Err(Rejection::NoIncident) };
        let current = Arc::clone(&workspace.current);
        let label = self.label(workspace, target);
        let own = self.keys.own.as_ref().and_then(|key| workspace.loaded.identities.get(key));
        let known = Known {
            incident: target.and_then(|id| workspace.incident(id)),
            baseline: own.and_then(|own| own.baseline.as_ref()),
            project: self.project.as_ref().and_then(|key| workspace.loaded.projects.get(key)),
            label: label.as_ref(),
        };
        let triage = Box::new(assess(&signal, &known, &current.triage, workspace.now).under(&current.hash));
        let came_to = (triage.priority, triage.decided());
        let policy = current.hash.clone();
        let command = Command::Observe { delivery, signal, triage, new_id: self.new_id, policy, previous, label };
        let result = workspace.command(target, &command);
        // It is triaged anew against what it joins instead.
        if result != Err(Rejection::WindowOver) {
            workspace.triaged(came_to);
        }
        // Lent, not given: the decision may be made again.
        if let Command::Observe { signal, .. } = command {
            self.signal = Some(signal);
        }
        result
    }

    /// What a person said last of the incident or its identity: the own one's word before the shared one's (semantics A8).
    fn label(&self, workspace: &Workspace<'_>, target: Option<IncidentId>) -> Option<Label> {
        let said = |key: &Option<IdentityKey>| {
            let known = workspace.loaded.identities.get(key.as_ref()?)?;
            known.label.as_ref().filter(|_| !was_taken_back(known, workspace))
        };
        let incident = target.and_then(|id| workspace.incident(id)?.label.as_ref());
        let identity = said(&self.keys.own).or_else(|| said(&self.keys.group));
        incident.into_iter().chain(identity).max_by_key(|label| label.at).cloned()
    }

    /// A label that holds no longer is taken from the identities of this signal: what ended stays ended, also for a signal that counts fewer
    /// users, and what was noise until somebody took the end of it back in Sentry is noise no longer (semantics A8).
    fn end_labels(&self, workspace: &mut Workspace<'_>, incident: Option<IncidentId>) {
        let counted = incident.and_then(|id| workspace.incident(id)?.counts.users);
        let users = self.signal.as_ref().and_then(|signal| signal.users).max(counted);
        for key in self.keys.own.iter().chain(&self.keys.group) {
            let Some(known) = workspace.loaded.identities.get(key) else { continue };
            let ended = |label: &Label| !label.holds(users, workspace.now) || was_taken_back(known, workspace);
            if known.label.as_ref().is_some_and(ended) {
                let unlabelled = Identity { label: None, ..known.clone() };
                write(workspace, key, unlabelled);
            }
        }
    }

    /// Whether the signal says that something is over.
    fn ends(&self) -> bool {
        self.signal.as_ref().is_some_and(|signal| {
            signal.signed
                && matches!(
                    signal.fact,
                    Fact::Lifecycle(Lifecycle::Resolved { .. } | Lifecycle::Ignored { .. })
                        | Fact::Metric { status: MetricStatus::Resolved }
                )
        })
    }

    /// Whether the fact may open an incident.
    fn opens(&self) -> bool {
        self.signal.as_ref().is_some_and(|signal| {
            matches!(
                signal.fact,
                Fact::Occurrence
                    | Fact::Lifecycle(Lifecycle::Unresolved { .. })
                    | Fact::Metric { status: MetricStatus::Critical | MetricStatus::Warning | MetricStatus::Open }
            )
        })
    }

    /// Sentry said `resolved` as of a time that this signal is not later than (semantics D3). An `unresolved` is no late signal: it says
    /// that the issue is open again.
    fn is_late(&self, own: Option<&Identity>) -> bool {
        let Some(signal) = self.signal.as_ref().filter(|signal| !matches!(signal.fact, Fact::Lifecycle(_))) else {
            return false;
        };
        let seen_at = signal.seen_at.unwrap_or(self.received_at);
        own.and_then(|own| own.resolved_as_of).is_some_and(|as_of| seen_at <= as_of)
    }

    /// What the next signal of these identities must know.
    fn remember(&self, workspace: &mut Workspace<'_>, verdict: &Verdict) {
        let Some(signal) = &self.signal else { return };
        let taken =
            matches!(verdict.outcome, Outcome::Opened | Outcome::Joined | Outcome::Reopened | Outcome::Resolved);
        let incident = verdict.incident.filter(|_| taken);
        if let Some(key) = &self.keys.own {
            let known = workspace.loaded.identities.get(key);
            let mut own = known.cloned().unwrap_or_default();
            self.note(&mut own, signal, incident);
            if known.map_or(own != Identity::default(), |known| *known != own) {
                write(workspace, key, own);
            }
        }
        let (Some(key), Some(incident)) = (&self.keys.group, incident) else { return };
        let known = workspace.loaded.identities.get(key);
        let taken_by_a_live_one =
            known.and_then(|known| workspace.incident(known.incident?)).is_some_and(|other| other.state.is_live());
        if !points_to(known, incident) && !taken_by_a_live_one {
            let shared = Identity { incident: Some(incident), ..known.cloned().unwrap_or_default() };
            write(workspace, key, shared);
        }
    }

    fn note(&self, own: &mut Identity, signal: &Signal, incident: Option<IncidentId>) {
        own.incident = incident.or(own.incident);
        let seen_at = signal.seen_at.unwrap_or(self.received_at);
        let unknown = own.incident.is_none();
        match &signal.fact {
            // An unsigned source never resolves (semantics I7).
            Fact::Lifecycle(Lifecycle::Resolved { .. } | Lifecycle::Ignored { .. }) if !signal.signed => {}
            Fact::Lifecycle(ended @ (Lifecycle::Resolved { .. } | Lifecycle::Ignored { .. })) => {
                own.transition = Some((ended.clone(), seen_at));
                if unknown {
                    own.resolved_as_of = own.resolved_as_of.max(Some(seen_at));
                }
            }
            Fact::Lifecycle(again @ Lifecycle::Unresolved { .. }) => {
                own.transition = Some((again.clone(), seen_at));
                own.resolved_as_of = None;
            }
            Fact::Metric { status: MetricStatus::Resolved } if unknown && signal.signed => {
                own.resolved_as_of = own.resolved_as_of.max(Some(seen_at));
            }
            // Only a transition can come again in the same bytes, so only after one is the last signal asked for (semantics D2).
            Fact::Occurrence | Fact::Metric { .. } if own.transition.is_some() => {
                own.last_signal_at = own.last_signal_at.max(Some(self.received_at));
            }
            Fact::Lifecycle(Lifecycle::Assigned { .. })
            | Fact::Occurrence
            | Fact::Metric { .. }
            | Fact::Remark
            | Fact::Aside => {}
        }
    }
}

fn write(workspace: &mut Workspace<'_>, key: &IdentityKey, identity: Identity) {
    workspace.changes.identities.insert(key.clone(), identity.clone());
    workspace.loaded.identities.insert(key.clone(), identity);
}

/// The time that a body names, whatever the unsigned header calls it: it is part of the key by which copies are known (semantics D1).
fn said_at(parsed: &Parsed, body: &[u8]) -> Option<Timestamp> {
    match parsed {
        Parsed::Signal(signal) => signal.seen_at,
        Parsed::Unreadable { .. } => None,
        Parsed::Mismatch { .. } | Parsed::Unknown { .. } => {
            Resource::ALL.into_iter().find_map(|resource| match parse(Some(resource.as_str()), body) {
                Parsed::Signal(signal) => signal.seen_at,
                _ => None,
            })
        }
    }
}

fn digest(body: &[u8]) -> [u8; 16] {
    let whole: [u8; 32] = Sha256::digest(body).into();
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    first
}

fn shortened(text: &str, limit: usize) -> String {
    text[..text.floor_char_boundary(limit)].to_owned()
}

fn kept_headers(headers: &http::HeaderMap) -> String {
    let kept: BTreeMap<&str, String> = KEPT_HEADERS
        .iter()
        .filter_map(|name| Some((*name, shortened(headers.get(*name)?.to_str().ok()?, HEADER))))
        .collect();
    serde_json::to_string(&kept).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::tests::{hook, issue};

    fn read(action: &str, signed: bool) -> Delivery {
        let hook = hook("issue", issue(action, 1, 3).to_string());
        let mut delivery = Delivery::read(&hook, "1", Timestamp::EPOCH, IncidentId::from_bits(1));
        delivery.signal.as_mut().unwrap().signed = signed;
        delivery
    }

    #[test]
    fn i7_an_unsigned_resolve_leaves_no_trace() {
        for (signed, remembered) in [(true, true), (false, false)] {
            let delivery = read("resolved", signed);
            let mut own = Identity::default();
            delivery.note(&mut own, delivery.signal.as_ref().unwrap(), None);
            assert_eq!((own.transition.is_some(), own.resolved_as_of.is_some()), (remembered, remembered));
        }
    }

    #[test]
    fn what_identifies_a_delivery_is_its_bytes_behind_its_own_time() {
        let delivery = read("created", true);
        assert_eq!(delivery.key.seen_at, crate::tests::at(3));
        assert_eq!(delivery.key.digest, read("created", true).key.digest);
        assert_ne!(delivery.key.digest, read("resolved", true).key.digest);
        assert_eq!((delivery.resource.as_str(), delivery.action.as_str()), ("issue", "created"));
    }
}
