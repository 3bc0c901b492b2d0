//! Bundles: what goes to one channel as one is claimed together, told together, and ends together (semantics L12).

use std::collections::BTreeMap;

use domain::command::{Act, Revision};
use domain::decision::{Bundled, Work};
use domain::id::{BundleId, IncidentId, Name};
use domain::time::Timestamp;
use integrations::notifier::{Bulletin, Notification, Occasion};
use integrations::outcome::{Outcome, unanswered};
use integrations::request::DedupKey;
use store::record::{Claimed, TaskEnd, TaskRow, TaskState};
use tracing::Instrument as _;

use crate::finish::{Finish, Then};
use crate::inside::Inside;
use crate::metrics::Told;
use crate::notification;
use crate::operate::{Listed, OperateError, Operation, Verb};

/// More goes into the next message. A message that lists so much is read by nobody, but its tasks have to end.
const MOST: usize = 1_000;

/// Claimed work that is told as one: a bundle with all its parts, or one task alone.
pub(crate) struct Together {
    pub(crate) claimed: Vec<Claimed>,
    pub(crate) lane: Name,
}

impl Inside {
    /// Brings the parts of each bundle together: those of this claim, and those that the claim left. Where the store does not give those, the
    /// ones in hand go without them: they are leased, and nobody else would tell them.
    pub(crate) async fn together(&self, claimed: Vec<Claimed>) -> Vec<Together> {
        let mut all: Vec<Together> = Vec::new();
        let mut bundles: BTreeMap<(BundleId, Name), Vec<Claimed>> = BTreeMap::new();
        for claimed in claimed {
            let lane = claimed.task.work.lane().clone();
            match claimed.task.work.bundle() {
                Some(bundle) => bundles.entry((bundle.id, lane)).or_default().push(claimed),
                None => all.push(Together { claimed: vec![claimed], lane }),
            }
        }
        for ((bundle, lane), mut parts) in bundles {
            match self.ports.store.claim_bundle(self.now(), self.settings.lease, bundle, &lane, MOST).await {
                Ok(rest) => parts.extend(rest),
                Err(error) => tracing::warn!(%bundle, %lane, %error, "the rest of a bundle follows by itself"),
            }
            parts.sort_by_key(|part| part.task.id);
            all.push(Together { claimed: parts, lane });
        }
        all
    }

    /// Performs what is told as one.
    pub(crate) async fn perform_together(&self, together: &Together) {
        match together.claimed.as_slice() {
            [alone] if alone.task.work.bundle().is_none_or(|bundle| bundle.kind.interrupts()) => {
                self.perform(alone).await;
            }
            parts => {
                let bundle = parts.first().and_then(|part| part.task.work.bundle()).map(|bundle| bundle.id);
                let bundle = bundle.map(tracing::field::display);
                let span = tracing::debug_span!("perform.bundle", bundle, parts = parts.len());
                self.perform_bundle(parts, &together.lane).instrument(span).await;
            }
        }
    }

    async fn perform_bundle(&self, parts: &[Claimed], lane: &Name) {
        let now = self.now();
        let mut told: Vec<(&Claimed, Notification)> = Vec::new();
        let mut ends = Vec::new();
        for part in parts {
            self.metrics.late(now.since(part.task.due));
            match self.part(part, now) {
                Part::Told(message) => told.push((part, *message)),
                Part::Later(due) => {
                    let trouble = "its endpoint was paged within the cooldown".to_owned();
                    ends.push(Finish::of(&part.task, TaskEnd::Retry { due, trouble }));
                }
                Part::Needless(then) => {
                    self.metrics.told(self.kind(lane), Told::Dropped);
                    ends.push(Finish::of(&part.task, TaskEnd::Dropped).then(then));
                }
            }
        }
        let bundle = parts.iter().find_map(|part| part.task.work.bundle());
        if let Some(((first, _), bundle)) = told.first().zip(bundle) {
            let key = DedupKey(format!("{}-{}-{lane}", bundle.id, first.task.id));
            let outcome = self.tell_bundle(bundle, &told, lane, &key, now).await;
            let tasks: Vec<&TaskRow> = told.iter().map(|(part, _)| &part.task).collect();
            let heard = self.heard(lane, outcome, &key, &tasks);
            ends.extend(tasks.into_iter().map(|task| Finish::told(task, heard.end(task))));
        }
        // With one commit: what was told as one is never half told, and is tried again under the same key.
        self.finish_together(now, ends).await;
    }

    fn part(&self, part: &Claimed, now: Timestamp) -> Part {
        let public_url = self.settings.public_url.as_deref();
        match &part.task.work {
            Work::Page(page) => {
                if let Some(then) = self.is_needless(&part.incident, page, now) {
                    return Part::Needless(then);
                }
                if let Some(until) = self.cools_until(&part.incident, page, now) {
                    return Part::Later(until);
                }
                let occasion = Occasion::Page { reason: page.reason, rung: page.rung, repetition: page.repetition };
                let contact = Some(&page.contact);
                Part::Told(Box::new(notification::of_incident(&part.incident, occasion, contact, public_url)))
            }
            Work::Update(update) if crate::perform::is_news(&part.incident, update) => {
                Part::Told(Box::new(notification::news(&part.incident, update, public_url)))
            }
            Work::Update(_) | Work::AgentStart { .. } | Work::AgentPoll { .. } => Part::Needless(Then::Nothing),
        }
    }

    async fn tell_bundle(
        &self,
        bundle: Bundled,
        told: &[(&Claimed, Notification)],
        lane: &Name,
        key: &DedupKey,
        now: Timestamp,
    ) -> Outcome {
        let Some(notifier) = self.settings.notifiers.get(lane) else {
            return Outcome::Failed { reason: format!("notifier {lane} is no longer configured") };
        };
        // What came last of an incident is what stands: each is listed once.
        let mut items: BTreeMap<IncidentId, Notification> = BTreeMap::new();
        for (part, message) in told {
            items.insert(part.incident.id, message.clone());
        }
        let mut items: Vec<Notification> = items.into_values().collect();
        items.sort_by_key(|item| (std::cmp::Reverse(item.priority), item.opened_at, item.incident));
        let own_link = self.settings.public_url.as_deref().map(|base| format!("{base}/bundles/{}", bundle.id));
        let bulletin = Bulletin { id: bundle.id, kind: bundle.kind, items, own_link };
        let request = match notifier.render_bulletin(&bulletin, key, now) {
            Ok(request) => request,
            Err(error) => return Outcome::Failed { reason: error.reason },
        };
        match self.carry(request).await {
            Ok(response) => notifier.interpret(&response),
            Err(error) => unanswered(&error),
        }
    }

    /// An acknowledgement of a bundle acknowledges what it listed, as far as that lives (semantics L12).
    pub(crate) async fn acknowledge_bundle(&self, bundle: BundleId, act: &Act) -> Result<Vec<Listed>, OperateError> {
        let parts = self.ports.store.bundled(bundle).await.map_err(OperateError::Store)?;
        // What came last of an incident is what it was listed with.
        let listed: BTreeMap<IncidentId, TaskRow> =
            parts.into_iter().filter(was_listed).map(|part| (part.incident, part)).collect();
        if listed.is_empty() {
            return Err(OperateError::NotFound);
        }
        // All are asked at once: they share their commits.
        let taking = listed.values().map(|part| self.take_listed(part, act));
        futures_util::future::join_all(taking).await.into_iter().collect()
    }

    async fn take_listed(&self, part: &TaskRow, act: &Act) -> Result<Listed, OperateError> {
        let incident = part.incident;
        let now = match self.found(incident).await {
            // What came back since it was listed is not what was shown (semantics L9).
            Ok(now) if now.opened_at > part.first_due => return Ok(Listed { incident, taken: None }),
            Ok(now) => now,
            Err(OperateError::NotFound) => return Ok(Listed { incident, taken: None }),
            Err(error) => return Err(error),
        };
        let escalation = if let Work::Page(page) = &part.work { page.ordinal } else { now.escalations };
        let act = Act { saw: Some(Revision { opening: now.opening, escalation }), ..act.clone() };
        match self.operate(Operation::Act { incident, act, verb: Verb::Acknowledge }).await {
            Ok(taken) => Ok(Listed { incident, taken: Some(taken) }),
            // It ended or rose since it was listed: a resolve wins (semantics L10).
            Err(OperateError::Rejected(_) | OperateError::NotFound) => Ok(Listed { incident, taken: None }),
            Err(error) => Err(error),
        }
    }
}

/// Whether a message may have told of it: what waits still, and what was needless at its first try, was in none.
fn was_listed(part: &TaskRow) -> bool {
    part.attempt > 0 && (part.state != TaskState::Dropped || part.trouble.is_some())
}

/// What becomes of one part of a bundle.
enum Part {
    Told(Box<Notification>),
    Later(Timestamp),
    Needless(Then),
}
