//! A signal meets an incident, or opens one (semantics I3, I4, L6, L8, R1, R3).

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::command::{Act, Command, seen_at};
use crate::decision::{Decision, News, Rejection};
use crate::event::{Actor, Event, ResolvedBy};
use crate::id::{DeliveryId, IncidentId};
use crate::incident::{Counts, Incident, Merged, Subject, Until};
use crate::label::Label;
use crate::policy::{Level, PolicyHash};
use crate::priority::{Priority, Triage};
use crate::release::FixedIn;
use crate::signal::{Fact, Lifecycle, MetricStatus, Outcome, Signal};
use crate::silence::{Period, Silence};
use crate::time::Timestamp;

use super::answer::{End, may_act};
use super::ladder::starts_at;
use super::maintenance::window;
use super::reopen::reopen;
use super::{Context, Draft, millis};

/// How much older than our newest signal Sentry's `lastSeen` may be before a resolve is called stale (semantics R1).
const STALE_TOLERANCE: Duration = Duration::from_secs(60);
/// How many event ids an incident remembers to count one event once (semantics I5).
const RECENT_EVENTS: usize = 16;

/// What a signal does, in the one word that decides.
enum Effect {
    /// It is trouble: open, join or reopen.
    Trouble,
    /// It may end the incident, or one of its issues.
    End,
    /// Somebody says that a fix is on its way.
    Fix,
    /// A person was given it in Sentry.
    Assigned(Option<String>),
    /// It is kept on the timeline of a live incident.
    Note(Event),
    /// It has nothing to do with an incident.
    Nothing,
}

fn effect(signal: &Signal, delivery: DeliveryId) -> Effect {
    match &signal.fact {
        Fact::Occurrence
        | Fact::Lifecycle(Lifecycle::Unresolved { .. })
        | Fact::Metric { status: MetricStatus::Critical | MetricStatus::Warning | MetricStatus::Open } => {
            Effect::Trouble
        }
        // A commit or the next release will carry the fix: that is no end (semantics A4).
        Fact::Lifecycle(Lifecycle::Resolved { fixed_in: Some(FixedIn::Unnamed) }) if signal.signed => Effect::Fix,
        // An unsigned source may open and join, never resolve (semantics I7).
        Fact::Lifecycle(Lifecycle::Resolved { .. } | Lifecycle::Ignored { .. })
        | Fact::Metric { status: MetricStatus::Resolved } => {
            if signal.signed {
                Effect::End
            } else {
                remark(signal, delivery)
            }
        }
        Fact::Lifecycle(Lifecycle::Assigned { assignee }) => Effect::Assigned(assignee.clone()),
        Fact::Remark => remark(signal, delivery),
        Fact::Aside => Effect::Nothing,
    }
}

fn remark(signal: &Signal, delivery: DeliveryId) -> Effect {
    Effect::Note(Event::Remarked { delivery, resource: signal.resource, action: signal.action.clone() })
}

pub(super) fn observe(
    incident: Option<&Incident>,
    command: &Command,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    let Command::Observe { delivery, signal, triage, new_id, policy, previous, label } = command else {
        return Err(Rejection::Stale);
    };
    let seen = Seen { delivery: *delivery, signal, triage, label: label.as_ref(), at: context.now };
    match (incident, effect(signal, *delivery)) {
        // A rule dropped it: it opens, joins and reopens nothing (semantics D5).
        (_, Effect::Trouble) if triage.drop => Err(Rejection::Unwanted),
        (None, Effect::Trouble) => open(&seen, *new_id, policy, *previous, context),
        (None, _) | (Some(_), Effect::Nothing) => Err(Rejection::NoIncident),
        (Some(incident), Effect::Trouble) if incident.state.is_live() => Ok(join(incident, &seen, context)),
        (Some(incident), Effect::Trouble) => reopen(incident, &seen, policy, context),
        (Some(incident), _) if !incident.state.is_live() => Err(Rejection::AlreadyResolved),
        (Some(incident), Effect::End) => Ok(end(incident, &seen, context)),
        (Some(incident), Effect::Fix) => {
            let mut draft = Draft::of(incident.clone(), context);
            draft.announce_fix(signal);
            Ok(draft.finish(Outcome::Joined))
        }
        (Some(incident), Effect::Assigned(assignee)) => Ok(assigned(incident, assignee, signal.signed, context)),
        (Some(incident), Effect::Note(event)) => {
            let mut draft = Draft::of(incident.clone(), context);
            draft.record(Actor::Sentry, event, None);
            Ok(draft.finish(Outcome::Joined))
        }
    }
}

/// A signal with all that travels along.
pub(super) struct Seen<'a> {
    pub(super) delivery: DeliveryId,
    pub(super) signal: &'a Signal,
    pub(super) triage: &'a Triage,
    /// What a person said last of the identity.
    pub(super) label: Option<&'a Label>,
    pub(super) at: Timestamp,
}

impl Seen<'_> {
    /// What a person said, while it holds for an identity that hit so many users before this signal.
    pub(super) fn held(&self, users: Option<u64>) -> Option<&Label> {
        self.label.filter(|label| label.holds(users.max(self.signal.users), self.at))
    }
}

fn open(
    seen: &Seen<'_>,
    id: IncidentId,
    policy: &PolicyHash,
    previous: Option<IncidentId>,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    let priority = seen.triage.priority;
    let Some(level) = Level::of(priority) else { return Err(Rejection::Unwanted) };
    let window = window(seen.signal, &seen.triage.fingerprint.0, context);
    let level = if window.is_some() { Level::Maintenance } else { level };
    let mut draft = Draft::of(fresh(seen, id, level, policy), context);
    let opened = Event::Opened { level, priority, external_id: None, previous };
    draft.record(Actor::Sentry, opened, None);
    draft.take_in(seen, true);
    draft.begin_in(window, "L1");
    Ok(draft.finish(Outcome::Opened))
}

fn fresh(seen: &Seen<'_>, id: IncidentId, level: Level, policy: &PolicyHash) -> Incident {
    let subject = Subject::of(seen.signal, seen.triage.fingerprint.clone());
    Incident {
        label: seen.label.cloned(),
        synthetic: seen.signal.synthetic,
        last_seen_at: seen_at(seen.signal, seen.at),
        ..Incident::begun(id, level, subject, seen.triage.clone(), policy.clone(), seen.at)
    }
}

/// What somebody asks for who opens an incident by hand.
pub(super) struct Asked<'a> {
    pub(super) id: IncidentId,
    pub(super) external_id: &'a str,
    pub(super) title: &'a str,
    pub(super) level: Level,
    pub(super) policy: &'a PolicyHash,
    pub(super) synthetic: bool,
}

/// Opens an incident by hand.
pub(super) fn create(asked: &Asked<'_>, act: &Act, context: &Context<'_>) -> Decision {
    let (level, priority) = (asked.level, priority_of(asked.level));
    let signal = Signal::manual(asked.title, asked.synthetic);
    let triage = Triage::by_hand(crate::fingerprint::fingerprint(&signal), priority);
    let label = Label::said(priority, &act.by.to_string(), act.reason.as_deref(), None, context.now);
    let seen = Seen { delivery: DeliveryId(0), signal: &signal, triage: &triage, label: Some(&label), at: context.now };
    let mut incident = fresh(&seen, asked.id, level, asked.policy);
    incident.external_id = Some(asked.external_id.to_owned());
    let mut draft = Draft::of(incident, context);
    let opened = Event::Opened { level, priority, external_id: Some(asked.external_id.to_owned()), previous: None };
    draft.record(act.by.clone(), opened, None);
    draft.begin("L1");
    draft.finish(Outcome::Opened)
}

/// The priority that a person means by a level.
pub(super) const fn priority_of(level: Level) -> Priority {
    match level {
        Level::Critical => Priority::Critical,
        Level::High => Priority::High,
        Level::Medium => Priority::Medium,
        Level::Low | Level::Maintenance => Priority::Low,
    }
}

/// A person asks for what lives already: a higher level is a rise, as if triage had said it, and it sticks (semantics L6).
pub(super) fn raise(
    incident: &Incident,
    level: Level,
    act: &Act,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    may_act(incident, act)?;
    if level <= incident.level {
        return Err(Rejection::NotAbove(incident.level));
    }
    let mut draft = Draft::of(incident.clone(), context);
    let (by, reason) = (act.by.to_string(), act.reason.as_deref());
    let label = Label::said(priority_of(level), &by, reason, incident.counts.users, context.now);
    let why = draft.why("L6", &[("holds_ms", millis(label.until.since(label.at)))]);
    let said = Event::Labelled {
        from: incident.priority,
        to: label.priority,
        by: label.by,
        until: label.until,
        users: label.users,
        reason: label.reason,
    };
    draft.record(act.by.clone(), said, Some(why));
    draft.rise(act.by.clone(), level, priority_of(level));
    Ok(draft.finish(Outcome::Joined))
}

/// Sentry gave it to a person: recorded, and an acknowledgement only where the policy says so (semantics A4).
fn assigned(incident: &Incident, assignee: Option<String>, signed: bool, context: &Context<'_>) -> Decision {
    let mut draft = Draft::of(incident.clone(), context);
    draft.record(Actor::Sentry, Event::Assigned { assignee: assignee.clone() }, None);
    let answers = context.policy.assigned_acknowledges && signed;
    if let Some(person) = assignee.filter(|_| answers).map(Actor::Person) {
        draft.heed_what_began();
        if !draft.acknowledge_in_part(&Actor::Sentry, &person, None) {
            draft.acknowledge(Actor::Sentry, person, None, "A4");
        }
    }
    draft.finish(Outcome::Joined)
}

fn join(incident: &Incident, seen: &Seen<'_>, context: &Context<'_>) -> Decision {
    let mut draft = Draft::of(incident.clone(), context);
    draft.take_in(seen, false);
    draft.heed_what_began();
    if !draft.is_in_maintenance() {
        draft.note_priority(seen.triage.priority);
    }
    // A rise starts a ladder of its own: nobody is paged for the one that the silence held (semantics A6, L6).
    draft.end_lifted_silence();
    draft.withdraw_fix_if_reopened(seen.signal);
    draft.end_fix_hold_if_another_issue_is_open();
    draft.end_hold_if_grown();
    draft.weigh_growth(seen.signal);
    draft.finish(Outcome::Joined)
}

/// A merge in Sentry ends nothing: it is told, and remembered for the resolve that will name one issue for both (semantics I1, R1).
pub(super) fn note_moved(
    incident: &Incident,
    from: &str,
    to: &str,
    other: IncidentId,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    if !incident.state.is_live() {
        return Err(Rejection::AlreadyResolved);
    }
    let mut draft = Draft::of(incident.clone(), context);
    draft.decided(Event::IssueMoved { from: from.to_owned(), to: to.to_owned(), incident: other }, "I1", &[]);
    Ok(draft.finish(Outcome::Joined))
}

/// Sentry says that an issue, or a metric alert, is over (semantics R1).
fn end(incident: &Incident, seen: &Seen<'_>, context: &Context<'_>) -> Decision {
    let signal = seen.signal;
    let mut draft = Draft::of(incident.clone(), context);
    // Its own signals are what a resolved issue is measured by: another issue of the incident may well have been seen since.
    let issue = incident.issues.iter().find(|issue| Some(issue.id.as_str()) == signal.issue.as_deref());
    let newest = issue.and_then(|issue| issue.last_seen_at).unwrap_or(incident.last_seen_at);
    if let Some(said) = signal.seen_at.filter(|said| *said + STALE_TOLERANCE < newest) {
        let behind = millis(newest.since(said));
        draft.decided(Event::StaleResolve { issue: signal.issue.clone() }, "R1", &[("behind_ms", behind)]);
        return draft.finish(Outcome::Joined);
    }
    let others_open =
        incident.issues.iter().any(|issue| issue.open && Some(issue.id.as_str()) != signal.issue.as_deref());
    if others_open {
        if let Some(issue) = &signal.issue {
            let still = incident.issues.iter().filter(|other| other.open).count().saturating_sub(1);
            draft.decided(
                Event::IssueClosed { issue: issue.clone() },
                "R1",
                &[("issues_open", i64::try_from(still).unwrap_or(i64::MAX))],
            );
        }
        return draft.finish(Outcome::Joined);
    }
    // Archived until a condition is no end: it is put off until Sentry opens it again, or until the time that it named (semantics A4).
    if let Fact::Lifecycle(Lifecycle::Ignored { until_condition: true, until }) = &signal.fact {
        if let Some(issue) = signal.issue.as_ref().filter(|issue| incident.issues.iter().any(|one| one.id == **issue)) {
            draft.decided(Event::IssueClosed { issue: issue.clone() }, "A4", &[("issues_open", 0)]);
        }
        let at = until.filter(|at| *at > context.now);
        let until = Until { at, reopened_in_sentry: true, ..Until::default() };
        draft.snooze(Actor::Sentry, Actor::Sentry, until, None, "A4");
        return draft.finish(Outcome::Joined);
    }
    let as_of = seen_at(signal, seen.at).max(incident.last_seen_at);
    let fixed_in = match &signal.fact {
        // Each issue has a fix of its own: the last one's says nothing of the others (semantics R5).
        Fact::Lifecycle(Lifecycle::Resolved { fixed_in: Some(_) }) if incident.issues.len() > 1 => {
            Some(FixedIn::Unnamed)
        }
        Fact::Lifecycle(Lifecycle::Resolved { fixed_in }) => fixed_in.clone(),
        _ => None,
    };
    let end = End { by: ResolvedBy::Sentry, as_of, reason: None, fixed_in };
    draft.resolve(Actor::Sentry, end, "R1", &[]);
    draft.finish(Outcome::Resolved)
}

impl Draft<'_> {
    /// Takes a signal's facts into the incident. It never pages by itself and never restarts the ladder (semantics L8).
    pub(super) fn take_in(&mut self, seen: &Seen<'_>, opens: bool) {
        let signal = seen.signal;
        let incident = &mut self.incident;
        incident.last_signal_at = seen.at;
        incident.quiet_since = seen.at;
        incident.last_seen_at = incident.last_seen_at.max(seen_at(signal, seen.at));
        incident.counts.take_in(signal, seen.at);
        incident.subject.complete(signal, seen.triage);
        self.end_label_if_over();
        let incident = &mut self.incident;
        incident.triage = seen.triage.clone();
        let events = incident.counts.events;
        let signals = incident.counts.signals;
        let answered = incident.state.answered_since().is_some();
        let joined_before = !incident.issues.is_empty();
        if let Some(issue) = &signal.issue {
            let known = incident.issues.iter().find(|known| known.id == *issue).map(|known| known.open);
            if known != Some(true) {
                let others = self.incident.issues.iter().filter(|other| other.id != *issue).count();
                // What a second issue joins by, or what the first signals with an issue of their own join by.
                let rule = match (known, joined_before, signals) {
                    (None, true, _) => Some("I3"),
                    (None, false, 2..) => Some("I2"),
                    _ => None,
                };
                let numbers = [
                    ("issues", i64::try_from(others).unwrap_or(i64::MAX)),
                    ("signals", i64::try_from(signals.saturating_sub(1)).unwrap_or(i64::MAX)),
                ];
                let why = rule.map(|rule| self.why(rule, &numbers));
                self.record(Actor::Sentry, Event::IssueJoined { issue: issue.clone() }, why);
                if known.is_none() && joined_before && answered {
                    self.tell(&News::IssueJoined);
                }
            }
        }
        let named = seen_at(signal, seen.at);
        if let Some(joined) = self.incident.issues.iter_mut().find(|joined| Some(&joined.id) == signal.issue.as_ref()) {
            joined.last_seen_at = joined.last_seen_at.max(Some(named));
            if joined.print.is_none() && signal.has_in_app_frame() {
                joined.print = Some(seen.triage.fingerprint.clone());
            }
            if matches!(joined.merged, Some(Merged::Into(_))) {
                joined.merged = Some(Merged::Denied);
            }
        }
        self.weigh_silences(signal, opens);
        let event =
            Event::Signal { delivery: seen.delivery, resource: signal.resource, action: signal.action.clone(), events };
        self.record(Actor::Sentry, event, None);
    }

    /// Arms the ladder of an opening: at its end, where a maintenance window holds (semantics A7).
    pub(super) fn begin_in(&mut self, window: Option<(&Silence, Period)>, rule: &str) {
        let Some((silence, period)) = window else { return self.begin(rule) };
        self.enter_maintenance(silence.id, period.until);
        self.start_escalation(period.until, false, "A7");
        self.settle();
    }

    /// Arms the ladder, and climbs at once where there is no delay.
    pub(super) fn begin(&mut self, rule: &str) {
        let at = starts_at(self.incident.opened_at, self.incident.level, self.context);
        self.start_escalation(at, false, rule);
        self.settle();
    }

    /// A priority above the level is a rise; anything else is only recorded (semantics L6).
    fn note_priority(&mut self, to: Priority) {
        let from = self.incident.priority;
        if from == to || self.incident.is_labelled() {
            return;
        }
        let level = Level::of(to).filter(|level| *level > self.incident.level);
        let Some(level) = level else {
            self.record(Actor::Watchfire, Event::PriorityNoted { from, to }, None);
            return;
        };
        self.rise(Actor::Watchfire, level, to);
    }

    /// Ends the ladder and starts the higher one; breaks an acknowledgement (semantics L6).
    pub(super) fn rise(&mut self, actor: Actor, level: Level, priority: Priority) {
        if self.incident.state.answered_since().is_some() {
            // The owner is told before the ladder forgets whom it told.
            self.tell(&News::Rose);
        }
        self.cancel_pages = true;
        self.end_holds("the level rose");
        let from = self.incident.level;
        let why = self.why("L6", &[]);
        self.record(actor, Event::Rose { from, to: level, priority }, Some(why));
        let at = starts_at(self.incident.opened_at, level, self.context);
        self.start_escalation(at, true, "L6");
        self.settle();
    }
}

/// The short hash by which an event is known.
fn short(event: &str) -> u32 {
    let digest = Sha256::digest(event.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

impl Counts {
    /// Whether the event is one of the last that were counted.
    #[must_use]
    pub fn knows(&self, event: &str) -> bool {
        self.recent_events.contains(&short(event))
    }

    fn take_in(&mut self, signal: &Signal, now: Timestamp) {
        self.signals = self.signals.saturating_add(1);
        let fresh = match &signal.event {
            // Without an event id a signal tells totals only: the first one still stands for one event.
            None => self.events == 0,
            Some(event) => {
                let short = short(event);
                let fresh = !self.recent_events.contains(&short);
                if fresh {
                    self.recent_events.push(short);
                    let surplus = self.recent_events.len().saturating_sub(RECENT_EVENTS);
                    self.recent_events.drain(..surplus);
                }
                fresh
            }
        };
        if fresh {
            // Sentry's total is outside text: it may be as large as a number can be.
            self.events = self.events.saturating_add(1);
        }
        self.events = self.events.max(signal.events.unwrap_or(0));
        // What came now: this event, and by how much Sentry's total has grown beyond it. The first total that is heard may be years old.
        let here = u64::from(fresh);
        let known = self.total.map(|total| total.saturating_add(here));
        let unseen = signal.events.zip(known).map_or(0, |(total, known)| total.saturating_sub(known));
        self.total = signal.events.max(known);
        self.pace.take_in(here.saturating_add(unseen), now);
        self.users = self.users.max(signal.users);
    }
}

impl Subject {
    /// Later signals fill what earlier ones left open; the newest release wins. A signal with an exception knows the fingerprint better.
    fn complete(&mut self, signal: &Signal, triage: &Triage) {
        let keep = |mine: &mut Option<String>, theirs: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        };
        if self.exception.is_none() && signal.exception().is_some() {
            self.fingerprint = triage.fingerprint.clone();
        }
        keep(&mut self.culprit, &signal.culprit);
        self.environments.add(signal.environment.as_deref());
        keep(&mut self.link, &signal.link);
        keep(&mut self.exception, &signal.exception().map(|exception| exception.class.clone()));
        if signal.release.is_some() {
            self.release.clone_from(&signal.release);
        }
        if self.metric.is_none() {
            self.metric.clone_from(&signal.metric);
        }
        self.severity = self.severity.max(signal.severity);
        self.in_app |= signal.has_in_app_frame();
        match (&mut self.project, &signal.project) {
            (Some(mine), Some(theirs)) => {
                keep(&mut mine.id, &theirs.id);
                keep(&mut mine.slug, &theirs.slug);
            }
            (mine @ None, theirs) => mine.clone_from(theirs),
            (Some(_), None) => {}
        }
    }
}
