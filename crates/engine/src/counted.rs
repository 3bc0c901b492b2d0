//! What a decision adds to the figures for Prometheus. Pure; drills and tests add nothing (semantics S2).

use std::time::Duration;

use domain::decision::Entry;
use domain::event::{Event, ResolvedBy};
use domain::figures::Resolver;
use domain::incident::{Escalation, Incident, Tally};
use domain::policy::Level;
use domain::response_time::Responded;
use domain::time::Timestamp;

use crate::escalation_row::{first_delivered, is_answer, is_undone};

/// One thing to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The first page of an escalation was delivered, so long after its first rung was due.
    Notified(Level, Duration),
    /// A person took it, alone or as one of several, or put it off.
    Acknowledged(Level),
    /// It ended.
    Resolved(Level, Resolver),
    /// Everybody was told, and nobody answered.
    Exhausted(Level),
    /// The first answer of an opening came within its response time, or did not.
    Responded(Level, bool),
    /// So many steps of a ladder were done: in time, and late.
    Steps(Level, u32, u32),
    /// A person was interrupted so often.
    Interrupted(Level, u32),
}

pub(crate) fn counted(before: Option<&Incident>, after: &Incident, timeline: &[Entry], now: Timestamp) -> Vec<Counted> {
    let mut all = Vec::new();
    if after.synthetic {
        return all;
    }
    for entry in timeline {
        match &entry.event {
            _ if is_answer(entry) => all.push(Counted::Acknowledged(after.level)),
            Event::Resolved { by, .. } => all.push(Counted::Resolved(after.level, Resolver::from(by))),
            Event::Exhausted { .. } => all.push(Counted::Exhausted(after.level)),
            _ => {}
        }
    }
    all.extend(before.and_then(|before| responded(before, timeline, now)));
    let Some(escalation) = &after.escalation else { return all };
    if first_delivered(before, after) {
        // An acknowledgement before the first page moved its start with it: then it is counted from where it would go on.
        all.push(Counted::Notified(escalation.level, now.since(escalation.starts_at)));
    }
    let (had, has) = (counts_before(before, after, escalation), escalation.tally);
    let on_time = has.steps_on_time.saturating_sub(had.steps_on_time);
    let late = has.steps.saturating_sub(had.steps).saturating_sub(on_time);
    if on_time + late > 0 {
        all.push(Counted::Steps(escalation.level, on_time, late));
    }
    let interruptions = has.interruptions.saturating_sub(had.interruptions);
    if interruptions > 0 {
        all.push(Counted::Interrupted(escalation.level, interruptions));
    }
    all
}

/// What this escalation had counted before the decision; one that goes on after an undone resolve kept its counts.
fn counts_before(before: Option<&Incident>, after: &Incident, escalation: &Escalation) -> Tally {
    before
        .and_then(|before| before.escalation.as_ref())
        .filter(|old| old.id == escalation.id || is_undone(before, after))
        .map(|old| old.tally)
        .unwrap_or_default()
}

/// How the first act of a person in this opening, or the end without one, stands to the response time.
fn responded(before: &Incident, timeline: &[Entry], now: Timestamp) -> Option<Counted> {
    let unanswered = |escalation: &&Escalation| before.owner.is_none() && escalation.acknowledged_by.is_empty();
    let escalation = before.live_escalation().filter(unanswered)?;
    let due = escalation.response_due_at?;
    let level = escalation.level;
    timeline.iter().find_map(|entry| {
        let (acted, ended) = match &entry.event {
            _ if is_answer(entry) => (Some(now), None),
            Event::Resolved { by: ResolvedBy::Person(_), .. } => (Some(now), Some(now)),
            Event::Resolved { .. } => (None, Some(now)),
            _ => return None,
        };
        let responded = Responded::of(due, acted, ended, now)?;
        Some(Counted::Responded(level, responded == Responded::Met))
    })
}
