//! An incident's escalation as a row, for lists and statistics.

use domain::decision::Entry;
use domain::event::Event;
use domain::figures::Resolver;
use domain::incident::{Escalation, Incident, PageState, State};
use domain::time::Timestamp;
use store::record::{EscalationRow, EscalationState};

/// The rows that a decision changes: the live escalation, and the one that it follows.
pub(crate) fn changed(
    before: Option<&Incident>,
    after: &Incident,
    timeline: &[Entry],
    now: Timestamp,
) -> Vec<EscalationRow> {
    let old = before.and_then(row);
    let mut rows = Vec::new();
    let new = row(after).map(|row| EscalationRow {
        first_due_at: first_due(timeline),
        first_delivered_at: first_delivered(before, after).then_some(now),
        acknowledged_at: (timeline.iter().any(is_answer) || begins_answered(before, after)).then_some(now),
        signals_before: before.map_or(0, |before| before.counts.signals),
        ..row
    });
    if let Some(old) = &old
        && new.as_ref().is_some_and(|new| new.id != old.id)
        && (old.state.is_live() || is_undone(before, after))
    {
        rows.push(EscalationRow {
            state: EscalationState::Superseded,
            next_at: None,
            ended_at: Some(now),
            ..old.clone()
        });
    }
    // A signal alone rewrites no row: how many there were is told with the next step.
    let is_news = |new: &EscalationRow| {
        let EscalationRow { signals, signals_before, .. } = *new;
        old.as_ref().is_none_or(|old| EscalationRow { signals, signals_before, ..old.clone() } != *new)
    };
    rows.extend(new.filter(is_news));
    rows
}

/// Two decisions of one transaction write one row: the first times of the earlier one stay, as they do in the store.
pub(crate) fn with_first_times(mut row: EscalationRow, earlier: Option<&EscalationRow>) -> EscalationRow {
    if let Some(earlier) = earlier {
        row.keep_first(earlier);
    }
    row
}

/// Whether a resolve was taken back: the opening goes on, under another escalation (semantics R4).
pub(crate) fn is_undone(before: Option<&Incident>, after: &Incident) -> bool {
    before.is_some_and(|before| !before.state.is_live() && after.state.is_live() && before.opened_at == after.opened_at)
}

/// Whether the first page of the escalation was delivered just now. One that goes on after an undone resolve had its first page before.
pub(crate) fn first_delivered(before: Option<&Incident>, after: &Incident) -> bool {
    let name = |incident: &Incident| incident.escalation.as_ref().map(|escalation| escalation.id);
    let delivered = |incident: &Incident| incident.escalation.as_ref().is_some_and(was_delivered);
    let same = before.is_some_and(|before| name(before) == name(after) || is_undone(Some(before), after));
    delivered(after) && !(same && before.is_some_and(delivered))
}

fn was_delivered(escalation: &Escalation) -> bool {
    escalation.told.values().any(|told| told.last == PageState::Delivered)
}

/// Whether a person takes it, alone or as one of several, or puts it off. The state tells since when the ladder's clock stands still, which
/// may be longer.
pub(crate) fn is_answer(entry: &Entry) -> bool {
    match &entry.event {
        Event::Acknowledged { by, .. } | Event::Snoozed { by, .. } => by.person().is_some(),
        Event::AcknowledgedInPart { .. } => true,
        _ => false,
    }
}

/// Whether a new escalation begins under the answer that a person gave before: after a fall, or after a resolve that was taken back.
fn begins_answered(before: Option<&Incident>, after: &Incident) -> bool {
    let is_new = before.is_some_and(|before| before.escalations != after.escalations);
    let by = match &after.state {
        State::Acknowledged { by, .. } | State::Snoozed { by, .. } => by.person(),
        State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => None,
    };
    is_new && by.is_some()
}

/// When the first rung that ran was due: with all of its pages in a digest, when that leaves.
fn first_due(timeline: &[Entry]) -> Option<Timestamp> {
    let due = timeline.iter().find_map(|entry| match entry.event {
        Event::RungRan { due, .. } => Some(due),
        _ => None,
    })?;
    let leaves = timeline.iter().filter_map(|entry| match &entry.event {
        Event::Paged { bundle, .. } => {
            let digest = bundle.as_ref().filter(|bundle| !bundle.kind.interrupts());
            Some(digest.map_or(due, |digest| digest.due.max(due)))
        }
        _ => None,
    });
    Some(leaves.min().unwrap_or(due))
}

fn row(incident: &Incident) -> Option<EscalationRow> {
    let escalation = incident.escalation.as_ref()?;
    let tally = escalation.tally;
    let mut row = EscalationRow {
        id: escalation.id,
        incident: incident.id,
        ordinal: escalation.ordinal,
        level: escalation.level,
        state: EscalationState::Pending,
        starts_at: escalation.starts_at,
        rungs: u32::try_from(escalation.next_rung).unwrap_or(u32::MAX),
        attempts: escalation.attempts,
        next_at: incident.next_step_at(),
        opened_at: Some(incident.opened_at),
        first_due_at: None,
        first_delivered_at: None,
        acknowledged_at: None,
        exhausted_at: None,
        ended_at: None,
        resolved_by: None,
        synthetic: incident.synthetic,
        steps: tally.steps,
        steps_on_time: tally.steps_on_time,
        pages_delivered: tally.delivered,
        pages_failed: tally.failed,
        response_due_at: escalation.response_due_at,
        interruptions: tally.interruptions,
        signals: incident.counts.signals,
        signals_before: 0,
    };
    match &incident.state {
        State::Open => {}
        State::Escalating => row.state = EscalationState::Running,
        State::Acknowledged { .. } | State::Snoozed { .. } => row.state = EscalationState::Acknowledged,
        State::Exhausted { since } => {
            row.state = EscalationState::Exhausted;
            row.exhausted_at = Some(*since);
        }
        State::Resolved { at, by, .. } => {
            row.state = EscalationState::Resolved;
            row.ended_at = Some(*at);
            row.resolved_by = Some(Resolver::from(by));
        }
    }
    Some(row)
}
