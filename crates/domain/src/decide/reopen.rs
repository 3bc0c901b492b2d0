//! A signal meets an incident that is over: it comes back, its resolve is undone, or the signal is excused (semantics R3, R4, R5).

use std::time::Duration;

use crate::command::Act;
use crate::decision::{Decision, Rejection};
use crate::event::{Actor, Event, ResolvedBy};
use crate::id::EscalationId;
use crate::incident::{Incident, State};
use crate::policy::{Level, PolicyHash};
use crate::priority::Priority;
use crate::release::{Evidence, Regression, judged};
use crate::signal::{Fact, Lifecycle, Outcome};

use super::answer::saw_this;
use super::maintenance::window;
use super::observe::{Seen, priority_of};
use super::{Context, Draft, millis};

pub(super) fn reopen(
    incident: &Incident,
    seen: &Seen<'_>,
    policy: &PolicyHash,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    let State::Resolved { at, by, as_of, fixed_in, .. } = &incident.state else { return Err(Rejection::Stale) };
    let evidence = judged(seen.signal, seen.at, fixed_in.as_ref(), *as_of);
    match evidence {
        Evidence::BeforeResolve => return Err(Rejection::NotLater),
        Evidence::OlderRelease { seen: release, fixed_in } => {
            return Ok(excuse(incident, seen, release, fixed_in, context));
        }
        _ => {}
    }
    let reopen_window = context.policy.level(incident.level).reopen_window;
    if seen.at > *at + reopen_window {
        return Err(Rejection::WindowOver);
    }
    let quiet = seen.at.since(*at);
    let numbers = [("since_resolved_ms", millis(quiet)), ("window_ms", millis(reopen_window))];
    let by_person = is_by_person(&seen.signal.fact);
    if undoes(incident, &seen.signal.fact) {
        return Ok(undo(incident, seen, &numbers, context));
    }
    let labelled = seen.held(incident.counts.users).is_some();
    let triaged = seen.triage.priority;
    // What was believed fixed came back: one level up, once, and never to critical by itself (semantics R3). Where nobody can tell whether
    // it came back, triage alone decides (R5).
    let believed_fixed = matches!(by, ResolvedBy::Person(_) | ResolvedBy::Sentry);
    // A metric alert names its own priority (semantics I4).
    let by_metric = matches!(seen.signal.fact, Fact::Metric { .. });
    let window = window(seen.signal, &seen.triage.fingerprint.0, context);
    // In a maintenance window the level is the window's: the one raise is not spent on it (A7).
    let raised = believed_fixed
        && window.is_none()
        && evidence.verdict() == Regression::Real
        && !by_person
        && !by_metric
        && !incident.regression_raised
        && !labelled
        && !seen.triage.is_held_down()
        && (Priority::Low..Priority::High).contains(&triaged);
    let priority = if raised { triaged.raised() } else { triaged };
    let Some(level) = Level::of(priority) else { return Err(Rejection::Unwanted) };
    let rule = if evidence.verdict() == Regression::Unsure { "R5" } else { "R3" };
    let level = if window.is_some() { Level::Maintenance } else { level };
    let mut draft = Draft::of(incident.clone(), context);
    draft.incident.policy = policy.clone();
    draft.incident.label = seen.label.cloned();
    let [since, within] = numbers;
    let reopened = Event::Reopened { level, priority, raised, reason: None };
    draft.decided(reopened, rule, &[since, within, ("raised", i64::from(raised))]);
    draft.take_in(seen, true);
    draft.begin_in(window, "L1");
    Ok(draft.finish(Outcome::Reopened))
}

/// Whether a fact takes back the resolve of an incident that stood somewhere before it (semantics R4).
pub(super) fn undoes(incident: &Incident, fact: &Fact) -> bool {
    let stood = matches!(incident.state, State::Resolved { before: Some(_), .. });
    is_by_person(fact) && stood && incident.escalation.is_some()
}

const fn is_by_person(fact: &Fact) -> bool {
    matches!(fact, Fact::Lifecycle(Lifecycle::Unresolved { came_back: false }))
}

/// It runs where the fix is not: told on the timeline, and nothing else changes (semantics R5).
fn excuse(incident: &Incident, seen: &Seen<'_>, release: &str, fixed_in: &str, context: &Context<'_>) -> Decision {
    let mut draft = Draft::of(incident.clone(), context);
    let excused =
        Event::Excused { delivery: seen.delivery, release: release.to_owned(), fixed_in: fixed_in.to_owned() };
    draft.decided(excused, "R5", &[]);
    draft.finish(Outcome::Stored)
}

/// A person takes up again what is over, as a new opening: at its label's or triage's level, whatever time has passed.
pub(super) fn by_person(
    incident: &Incident,
    act: &Act,
    policy: &PolicyHash,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    let State::Resolved { at, .. } = &incident.state else { return Err(Rejection::NotResolved) };
    saw_this(incident, act)?;
    let since = millis(context.now.since(*at));
    let label = incident.label.as_ref().filter(|label| label.holds(incident.counts.users, context.now));
    // Whoever takes up noise again does not mean noise.
    let said = label.map_or(incident.triage.priority, |label| label.priority).max(Priority::Low);
    let Some(level) = Level::of(said) else { return Err(Rejection::Unwanted) };
    let mut draft = Draft::of(incident.clone(), context);
    draft.incident.policy = policy.clone();
    if label.is_some_and(|label| label.priority == Priority::Ignore) {
        draft.incident.label = None;
    }
    let why = draft.why("R3", &[("since_resolved_ms", since)]);
    let reopened = Event::Reopened { level, priority: said, raised: false, reason: act.reason.clone() };
    draft.record(act.by.clone(), reopened, Some(why));
    draft.begin("L1");
    Ok(draft.finish(Outcome::Reopened))
}

/// A person takes a resolve back here, as one may in Sentry (semantics R4).
pub(super) fn undo_by_person(incident: &Incident, act: &Act, context: &Context<'_>) -> Result<Decision, Rejection> {
    let State::Resolved { at, before, .. } = &incident.state else { return Err(Rejection::NotResolved) };
    saw_this(incident, act)?;
    if before.is_none() || incident.escalation.is_none() {
        return Err(Rejection::NothingToUndo);
    }
    let window = context.policy.level(incident.level).reopen_window;
    let quiet = context.now.since(*at);
    if quiet > window {
        return Err(Rejection::WindowOver);
    }
    let numbers = [("since_resolved_ms", millis(quiet)), ("window_ms", millis(window))];
    let mut draft = Draft::of(incident.clone(), context);
    draft.take_back_noise();
    draft.undo(act.by.clone(), act.reason.clone(), quiet, &numbers);
    draft.settle();
    Ok(draft.finish(Outcome::Reopened))
}

/// A person took the resolve back: level, rung, acknowledgement and cooldowns are what they were (semantics R4).
fn undo(incident: &Incident, seen: &Seen<'_>, numbers: &[(&str, i64)], context: &Context<'_>) -> Decision {
    // It goes on under the policy that it had: a rung of another ladder is another rung (semantics L15).
    let mut draft = Draft::of(incident.clone(), context);
    let held = match &incident.state {
        State::Resolved { at, .. } => seen.at.since(*at),
        _ => Duration::ZERO,
    };
    draft.take_back_noise();
    draft.undo(Actor::Sentry, None, held, numbers);
    draft.withdraw_fix_if_reopened(seen.signal);
    draft.take_in(seen, false);
    draft.settle();
    draft.finish(Outcome::Reopened)
}

impl Draft<'_> {
    /// Whoever said that it is noise, and takes the end of it back, takes that word back too (semantics A8).
    fn take_back_noise(&mut self) {
        let Some(label) = self.incident.label.clone().filter(|label| label.priority == Priority::Ignore) else {
            return;
        };
        let because = "the resolve was taken back".to_owned();
        self.decided(Event::LabelEnded { said: label.priority, by: label.by, because }, "A8", &[]);
        let (from, to) = (self.incident.priority, priority_of(self.incident.level));
        self.decided(Event::PriorityNoted { from, to }, "A8", &[]);
    }

    fn undo(&mut self, actor: Actor, reason: Option<String>, held: Duration, numbers: &[(&str, i64)]) {
        let ordinal = self.incident.escalations + 1;
        let escalation = EscalationId::derive(self.incident.id, ordinal);
        let why = self.why("R4", numbers);
        self.record(actor, Event::Undone { escalation, ordinal, held, reason }, Some(why));
    }
}
