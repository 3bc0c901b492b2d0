//! Stops and clocks: nothing is skipped after a stop, nothing is early or late after a jump (semantics C1, C2).

use std::time::Duration;

use crate::decision::{Decision, Rejection};
use crate::event::{Actor, Event, PageReason};
use crate::id::Name;
use crate::incident::{Incident, State};
use crate::policy::Reachable;
use crate::signal::Outcome;
use crate::time::Timestamp;

use super::{Context, Draft, is_resolved, millis};

/// Back after a stop of over five minutes: those told so far are paged again once, as they can be reached now; the earliest rung not yet
/// run follows at most one cooldown later, and the rest keep their distances (semantics C1).
pub(super) fn resume(incident: &Incident, away: Duration, context: &Context<'_>) -> Result<Decision, Rejection> {
    if is_resolved(incident) {
        return Err(Rejection::AlreadyResolved);
    }
    let mut draft = Draft::of(incident.clone(), context);
    let why = draft.why("C1", &[("away_ms", millis(away))]);
    draft.record(Actor::Watchfire, Event::Resumed { away }, Some(why));
    // Nobody listened while we were away: that time is no quiet (semantics R2).
    draft.incident.quiet_since = (draft.incident.quiet_since + away).min(context.now);
    draft.heed_what_began();
    // A hold that ran out while we were away holds nobody.
    if draft.incident.held_until().is_some_and(|until| until <= context.now) {
        draft.end_holds("it held the ladder for as long as the level allows");
    }
    if matches!(incident.state, State::Escalating | State::Exhausted { .. } | State::Open)
        && draft.incident.held_until().is_none()
        && draft.incident.silenced.is_none()
    {
        draft.respace_rungs();
        draft.page_again();
    }
    Ok(draft.finish(Outcome::Joined))
}

/// The wall clock jumped, and shows `now` since: everything due moves with it.
pub(super) fn shift(incident: &Incident, by: i64, now: Timestamp, context: &Context<'_>) -> Decision {
    let mut draft = Draft::of(incident.clone(), context);
    let why = draft.why("C2", &[("by_ms", by)]);
    draft.record(Actor::Watchfire, Event::ClockJumped { by }, Some(why));
    draft.end_window_before(now);
    draft.finish(Outcome::Joined)
}

impl Draft<'_> {
    /// A jump went past the end of its window: it ends at `now`, and its ladder counts from there (semantics A7).
    fn end_window_before(&mut self, now: Timestamp) {
        let Some(window) = self.incident.window.as_mut().filter(|window| !window.over && window.until < now) else {
            return;
        };
        window.until = now;
        if let Some(escalation) = self.incident.escalation.as_mut().filter(|escalation| escalation.next_rung == 0) {
            escalation.starts_at = now;
            escalation.next_rung_at = Some(now);
        }
    }

    fn respace_rungs(&mut self) {
        let now = self.now();
        let cooldown = self.level().cooldown;
        let Some(escalation) = &mut self.incident.escalation else { return };
        let Some(due) = escalation.next_rung_at.filter(|due| *due < now) else { return };
        let nobody_told = escalation.next_rung == 0;
        let next = if nobody_told { now } else { now + cooldown };
        escalation.starts_at = escalation.starts_at + next.since(due);
        escalation.next_rung_at = Some(next);
    }

    /// Pages those told so far. Whom a rung told is whoever its roles mean now; where they mean nobody, it is whoever they meant then.
    fn page_again(&mut self) {
        let Some(escalation) = self.incident.escalation.clone() else { return };
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let mut again: Vec<(Reachable, Option<usize>)> = Vec::new();
        for (contact, told) in escalation.told {
            let rung = told.rung.and_then(|rung| ladder.get(rung)).filter(|rung| !rung.round_robin);
            let mut people = rung.map_or_else(Vec::new, |rung| self.context.reach(&rung.targets));
            if people.is_empty() || people.iter().any(|reachable| reachable.contact == contact) {
                let channels = told.channels;
                people = vec![self.reachable(&contact).unwrap_or(Reachable { contact, channels })];
            }
            again.extend(people.into_iter().map(|reachable| (reachable, told.rung)));
        }
        let mut known: Vec<Name> = Vec::new();
        for (reachable, rung) in again {
            let Some(endpoint) = reachable.channels.first() else { continue };
            if !known.contains(endpoint) {
                known.push(endpoint.clone());
                self.page(&reachable, PageReason::Restart, rung);
            }
        }
    }
}
