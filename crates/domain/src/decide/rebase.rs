//! A person moves an incident to the current policy: what it did stays done, what is to come follows the new ladder (semantics L15).

use crate::command::Act;
use crate::decision::{Decision, Rejection};
use crate::event::Event;
use crate::incident::Incident;
use crate::policy::PolicyHash;
use crate::signal::Outcome;

use super::answer::may_act;
use super::ladder::rung_due;
use super::{Context, Draft};

pub(super) fn rebase(
    incident: &Incident,
    act: &Act,
    policy: &PolicyHash,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    may_act(incident, act)?;
    let mut draft = Draft::of(incident.clone(), context);
    draft.heed_what_began();
    let ladder = context.policy.rungs(incident.level, incident.route.as_ref());
    let next = draft.incident.escalation.as_ref().and_then(|escalation| {
        let rung = ladder.get(escalation.next_rung)?;
        // A rung that would have run by now, on the ladder's own clock, runs at once, the ones behind it a cooldown apart.
        let clock = draft.incident.stands_since().unwrap_or(context.now);
        Some(rung_due(escalation, rung, context.policy).max(clock))
    });
    let ran = incident.escalation.as_ref().map_or(0, |escalation| escalation.next_rung);
    let numbers = [("rungs_ran", count(ran)), ("rungs", count(ladder.len()))];
    let why = draft.why("L15", &numbers);
    let event = Event::Rebased { from: incident.policy.clone(), to: policy.clone(), next, reason: act.reason.clone() };
    draft.record(act.by.clone(), event, Some(why));
    draft.expect_what_is_left(next.is_some());
    draft.hold_anew();
    draft.settle();
    Ok(draft.finish(Outcome::Joined))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
