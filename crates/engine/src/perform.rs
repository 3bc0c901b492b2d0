//! Doing what is due to the outside world: transport only; what follows is decided with the end of the task.

use std::time::Duration;

use domain::attention::Attentions;
use domain::backoff::{MAX_TRIES, PAGE_DEADLINE, retry_after};
use domain::decide::Context;
use domain::decision::{News, Page, Update, Work};
use domain::id::Name;
use domain::incident::{Incident, PageState, State};
use domain::time::Timestamp;
use integrations::notifier::{Notification, Notifier, Occasion};
use integrations::outcome::{Outcome, Receipt, unanswered};
use integrations::request::{DedupKey, Request, Response, Sent, TransportError};
use store::record::{Claimed, ReceiptRow, TaskEnd, TaskRow};
use tracing::Instrument as _;

use crate::finish::{Finish, Then};
use crate::inside::Inside;
use crate::metrics::Told;
use crate::notification;

/// A transport that keeps no deadline must not keep a slot for ever.
const GRACE: Duration = Duration::from_secs(5);

impl Inside {
    /// Performs one claimed task and saves its end.
    pub(crate) async fn perform(&self, claimed: &Claimed) {
        let task = &claimed.task;
        let now = self.now();
        self.metrics.late(now.since(task.due));
        let span = match &task.work {
            Work::Page(_) => tracing::debug_span!("perform.page", task = %task.id, incident = %task.incident),
            Work::Update(_) => tracing::debug_span!("perform.update", task = %task.id, incident = %task.incident),
            Work::AgentStart { run, .. } => tracing::debug_span!("perform.agent_start", task = %task.id, %run),
            Work::AgentPoll { run, .. } => tracing::debug_span!("perform.agent_poll", task = %task.id, %run),
        };
        async {
            match &task.work {
                Work::Page(page) => self.page(claimed, page, now).await,
                Work::Update(update) => self.update(claimed, update, now).await,
                Work::AgentStart { run, agent } => self.agent_start(claimed, *run, agent, now).await,
                Work::AgentPoll { run, agent } => self.agent_poll(claimed, *run, agent, now).await,
            }
        }
        .instrument(span)
        .await;
    }

    async fn page(&self, claimed: &Claimed, page: &Page, now: Timestamp) {
        if let Some(then) = self.is_needless(&claimed.incident, page, now) {
            self.metrics.told(self.kind(&page.channel), Told::Dropped);
            return self.finish(now, Finish::of(&claimed.task, TaskEnd::Dropped).then(then)).await;
        }
        if let Some(until) = self.cools_until(&claimed.incident, page, now) {
            let trouble = "its endpoint was paged within the cooldown".to_owned();
            return self.finish(now, Finish::of(&claimed.task, TaskEnd::Retry { due: until, trouble })).await;
        }
        let occasion = Occasion::Page { reason: page.reason, rung: page.rung, repetition: page.repetition };
        let public_url = self.settings.public_url.as_deref();
        let message = notification::of_incident(&claimed.incident, occasion, Some(&page.contact), public_url);
        let outcome = self.tell(claimed, &page.channel, &message, now).await;
        self.finish(now, self.end_of(&claimed.task, outcome)).await;
    }

    /// Whether a page need not be made any more, and what follows from that: something has made it needless, or a silence began while it
    /// waited, which the incident hears of here (semantics L10, A6).
    pub(crate) fn is_needless(&self, incident: &Incident, page: &Page, now: Timestamp) -> Option<Then> {
        match (is_wanted(incident, page), self.is_silenced(incident, now)) {
            (true, true) => Some(Then::Heed),
            (true, false) => None,
            (false, _) => Some(Then::Nothing),
        }
    }

    fn is_silenced(&self, incident: &Incident, now: Timestamp) -> bool {
        let (_, standing) = self.orders.held();
        let Some(policy) = self.policies.find(&incident.policy) else { return false };
        let attention = Attentions::new();
        let context =
            Context { policy: &policy, directory: &self.directory, standing: &standing, attention: &attention, now };
        domain::decide::silence::is_silenced(incident, &context)
    }

    /// Until when a later channel of a page must wait, because it is an endpoint over which somebody else was paged for this incident: the
    /// decision looked at the first channel only (semantics L4, L13).
    pub(crate) fn cools_until(&self, incident: &Incident, page: &Page, now: Timestamp) -> Option<Timestamp> {
        let told = incident.escalation.as_ref()?.told.get(&page.contact)?;
        let is_first = told.channels.first() == Some(&page.channel);
        let paged_at = incident.endpoints.get(&page.channel).filter(|at| !is_first && **at <= now)?;
        let until = *paged_at + self.policies.find(&incident.policy)?.level(incident.level).cooldown;
        (until > now).then_some(until)
    }

    async fn update(&self, claimed: &Claimed, update: &Update, now: Timestamp) {
        if !is_news(&claimed.incident, update) {
            self.metrics.told(self.kind(&update.channel), Told::Dropped);
            return self.finish(now, Finish::of(&claimed.task, TaskEnd::Dropped)).await;
        }
        let message = notification::news(&claimed.incident, update, self.settings.public_url.as_deref());
        let outcome = self.tell(claimed, &update.channel, &message, now).await;
        self.finish(now, self.end_of(&claimed.task, outcome)).await;
    }

    async fn tell(&self, claimed: &Claimed, channel: &Name, message: &Notification, now: Timestamp) -> Outcome {
        let Some(notifier) = self.settings.notifiers.get(channel) else {
            return Outcome::Failed { reason: format!("notifier {channel} is no longer configured") };
        };
        let incident = claimed.task.incident;
        // Without the receipt the message is posted anew instead of edited: better twice than never.
        let last = self.ports.store.receipt(incident, channel).await.ok().flatten().map(Receipt);
        let key = DedupKey(claimed.task.work.dedup_key(incident));
        self.notify(notifier.as_ref(), message, last, &key, now).await
    }

    /// Renders, sends and reads the answer; anew without a receipt when the message to edit is gone.
    async fn notify(
        &self,
        notifier: &dyn Notifier,
        message: &Notification,
        mut last: Option<Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Outcome {
        loop {
            let request = match notifier.render(message, last.as_ref(), key, now) {
                Ok(request) => request,
                Err(error) => return Outcome::Failed { reason: error.reason },
            };
            let outcome = match self.carry(request).await {
                Ok(response) => notifier.interpret(&response),
                Err(error) => unanswered(&error),
            };
            match outcome {
                Outcome::Repost if last.is_some() => last = None,
                Outcome::Repost => {
                    return Outcome::Failed {
                        reason: "the vendor has no message to edit, though none was named".into(),
                    };
                }
                other => return other,
            }
        }
    }

    /// Carries a request; the transport keeps its deadline, this keeps the transport to it.
    pub(crate) async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let limit = request.deadline + GRACE;
        tokio::time::timeout(limit, self.ports.transport.send(request)).await.unwrap_or_else(|_| {
            Err(TransportError { sent: Sent::Maybe, permanent: false, reason: "no answer within the deadline".into() })
        })
    }

    /// The end of a try of a task that is told alone.
    fn end_of(&self, task: &TaskRow, outcome: Outcome) -> Finish {
        let key = DedupKey(task.work.dedup_key(task.incident));
        let receipt = match &outcome {
            Outcome::Delivered { receipt } => receipt.clone(),
            Outcome::Retry { .. } | Outcome::Failed { .. } | Outcome::Repost => None,
        };
        let row = receipt.map(|receipt| ReceiptRow {
            incident: task.incident,
            channel: task.work.lane().clone(),
            receipt: receipt.0,
        });
        let end = self.heard(task.work.lane(), outcome, &key, &[task]).end(task);
        Finish::told(task, end).with_receipt(row)
    }

    /// What a receiver's answer means for what it was told: noted and counted once, however many tasks the message was for. Those are tried
    /// again at the same moment, as the one that was tried most often would be.
    pub(crate) fn heard(&self, channel: &Name, outcome: Outcome, key: &DedupKey, tasks: &[&TaskRow]) -> Heard {
        let now = self.now();
        let (heard, told) = match outcome {
            Outcome::Delivered { .. } => {
                self.notes.lane_succeeded(channel, now);
                (Heard::Delivered, Told::Delivered)
            }
            Outcome::Retry { after, throttled, reason } => {
                self.notes.lane_failed(channel, &reason);
                let tries = tasks.iter().map(|task| task.attempt).max().unwrap_or(1);
                let due = now + retry_after(tries, throttled, after, &[key.0.as_bytes()]);
                let given_up = tasks.iter().all(|task| is_last(task, due));
                if given_up {
                    tracing::warn!(%channel, tries, reason, "a message is given up after its last try");
                }
                let told = if given_up { Told::Failed } else { Told::Retry };
                (Heard::Again { due, trouble: reason }, told)
            }
            Outcome::Failed { reason } => {
                self.notes.lane_failed(channel, &reason);
                tracing::warn!(%channel, reason, "a message failed for good");
                (Heard::Never { trouble: reason }, Told::Failed)
            }
            Outcome::Repost => (Heard::Never { trouble: "the message to edit is gone".into() }, Told::Failed),
        };
        self.metrics.told(self.kind(channel), told);
        heard
    }

    pub(crate) fn kind(&self, channel: &Name) -> &'static str {
        self.settings.notifiers.get(channel).map_or("gone", |notifier| notifier.kind())
    }

    pub(crate) async fn test_notifier(&self, name: &Name) -> Option<Result<(), String>> {
        let notifier = self.settings.notifiers.get(name)?;
        let now = self.now();
        let key = DedupKey(format!("test-{name}-{}", (self.ports.ids)()));
        let outcome = self.notify(notifier.as_ref(), &notification::test(now), None, &key, now).await;
        Some(match outcome {
            Outcome::Delivered { .. } => Ok(()),
            Outcome::Retry { reason, .. } | Outcome::Failed { reason } => Err(reason),
            Outcome::Repost => Err("the vendor asked for another message".to_owned()),
        })
    }
}

/// What a receiver's answer means.
pub(crate) enum Heard {
    Delivered,
    /// Worth another try, then.
    Again {
        due: Timestamp,
        trouble: String,
    },
    Never {
        trouble: String,
    },
}

impl Heard {
    /// What it means for one of the tasks that the message was for.
    pub(crate) fn end(&self, task: &TaskRow) -> TaskEnd {
        match self {
            Self::Delivered => TaskEnd::Done,
            Self::Again { due, trouble } => again(task, *due, trouble.clone()),
            Self::Never { trouble } => TaskEnd::Dead { trouble: trouble.clone() },
        }
    }
}

/// Another try, or the end of trying.
pub(crate) fn again(task: &TaskRow, due: Timestamp, trouble: String) -> TaskEnd {
    if is_last(task, due) {
        TaskEnd::Dead { trouble: format!("given up after {} tries: {trouble}", task.attempt) }
    } else {
        TaskEnd::Retry { due, trouble }
    }
}

/// Whether there is no other try: a page that comes too late is told through others (semantics L14).
fn is_last(task: &TaskRow, due: Timestamp) -> bool {
    let late = matches!(task.work, Work::Page(_)) && due > task.first_due + PAGE_DEADLINE;
    task.attempt >= MAX_TRIES || late
}

/// Whether a page still has to be made: its escalation runs, people may be paged, and neither another channel nor a later page has
/// reached the contact meanwhile (semantics L10, L13).
fn is_wanted(incident: &Incident, page: &Page) -> bool {
    let Some(escalation) = incident.live_escalation().filter(|escalation| escalation.ordinal == page.ordinal) else {
        return false;
    };
    let Some(told) = escalation.told.get(&page.contact) else { return false };
    // One of several people who must acknowledge, and has, is left alone.
    let has_answered = escalation.acknowledged_by.contains(page.contact.as_str());
    incident.state.is_pageable()
        && told.pages == page.repetition + 1
        && told.last != PageState::Delivered
        && !has_answered
}

/// Whether it is still so: news that was held up must not show what is over as running, nor what runs again as over (semantics L10).
pub(crate) const fn is_news(incident: &Incident, update: &Update) -> bool {
    match &update.news {
        News::Acknowledged { .. } => matches!(incident.state, State::Acknowledged { .. }),
        News::Snoozed { .. } => matches!(incident.state, State::Snoozed { .. }),
        News::Resolved { .. } => !incident.state.is_live(),
        News::Rose | News::IssueJoined | News::Grew { .. } | News::AcknowledgedInPart { .. } | News::Agent { .. } => {
            incident.state.is_live()
        }
        // What was hidden, or demoted, has to be told however it stands by now (semantics L14, L16).
        News::SilenceEnded | News::InWindow | News::BudgetSpent { .. } => true,
    }
}
