//! A signal meets an incident that is over: it comes back, its resolve is undone, or the signal is excused (semantics R3, R4, R5).

use crate::decision::{Decision, Rejection};
use crate::event::{Actor, Event, ResolvedBy};
use crate::id::EscalationId;
use crate::incident::{Incident, State};
use crate::policy::{Level, PolicyHash};
use crate::priority::Priority;
use crate::release::{Evidence, Regression, judged};
use crate::signal::{Fact, Lifecycle, Outcome};

use super::observe::Seen;
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
    let window = context.policy.level(incident.level).reopen_window;
    if seen.at > *at + window {
        return Err(Rejection::WindowOver);
    }
    let quiet = seen.at.since(*at);
    let numbers = [("since_resolved_ms", millis(quiet)), ("window_ms", millis(window))];
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
    let raised = believed_fixed
        && evidence.verdict() == Regression::Real
        && !by_person
        && !by_metric
        && !incident.regression_raised
        && !labelled
        && (Priority::Low..Priority::High).contains(&triaged);
    let priority = if raised { triaged.raised() } else { triaged };
    let Some(level) = Level::of(priority) else { return Err(Rejection::Unwanted) };
    let rule = if evidence.verdict() == Regression::Unsure { "R5" } else { "R3" };
    let mut draft = Draft::of(incident.clone(), context);
    draft.incident.policy = policy.clone();
    draft.incident.label = seen.label.cloned();
    let [since, within] = numbers;
    draft.decided(Event::Reopened { level, priority, raised }, rule, &[since, within, ("raised", i64::from(raised))]);
    draft.take_in(seen);
    draft.begin("L1");
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

/// A person took the resolve back: level, rung, acknowledgement and cooldowns are what they were (semantics R4).
fn undo(incident: &Incident, seen: &Seen<'_>, numbers: &[(&str, i64)], context: &Context<'_>) -> Decision {
    // It goes on under the policy that it had: a rung of another ladder is another rung (semantics L15).
    let mut draft = Draft::of(incident.clone(), context);
    let held = match &incident.state {
        State::Resolved { at, .. } => seen.at.since(*at),
        _ => std::time::Duration::ZERO,
    };
    let ordinal = incident.escalations + 1;
    let escalation = EscalationId::derive(incident.id, ordinal);
    let why = draft.why("R4", numbers);
    draft.record(Actor::Sentry, Event::Undone { escalation, ordinal, held }, Some(why));
    draft.take_in(seen);
    draft.settle();
    draft.finish(Outcome::Reopened)
}
