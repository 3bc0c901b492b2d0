//! An incident's escalation as a row, for lists and statistics.

use domain::incident::{Escalation, Incident, PageState, State};
use domain::time::Timestamp;
use store::record::{EscalationRow, EscalationState};

/// The rows that a decision changes: the live escalation, and the one that a rise ended.
pub(crate) fn changed(before: Option<&Incident>, after: &Incident, now: Timestamp) -> Vec<EscalationRow> {
    let old = before.and_then(row);
    let mut rows = Vec::new();
    let new = row(after).map(|mut row| {
        let delivered = |incident: &Incident| incident.escalation.as_ref().is_some_and(was_delivered);
        let same = old.as_ref().is_some_and(|old| old.id == row.id);
        if delivered(after) && !(same && before.is_some_and(delivered)) {
            row.first_delivered_at = Some(now);
        }
        row
    });
    if let Some(old) = &old
        && old.state.is_live()
        && new.as_ref().is_some_and(|new| new.id != old.id)
    {
        rows.push(EscalationRow {
            state: EscalationState::Superseded,
            next_at: None,
            ended_at: Some(now),
            ..old.clone()
        });
    }
    rows.extend(new.filter(|new| old.as_ref() != Some(new)));
    rows
}

/// Two decisions of one transaction write one row: the first times of the earlier one stay, as they do in the store.
pub(crate) fn with_first_times(mut row: EscalationRow, earlier: Option<&EscalationRow>) -> EscalationRow {
    if let Some(earlier) = earlier {
        row.first_delivered_at = earlier.first_delivered_at.or(row.first_delivered_at);
        row.acknowledged_at = earlier.acknowledged_at.or(row.acknowledged_at);
    }
    row
}

fn was_delivered(escalation: &Escalation) -> bool {
    escalation.told.values().any(|told| told.last == PageState::Delivered)
}

fn row(incident: &Incident) -> Option<EscalationRow> {
    let escalation = incident.escalation.as_ref()?;
    let (state, acknowledged_at, ended_at) = match &incident.state {
        State::Open => (EscalationState::Pending, None, None),
        State::Escalating => (EscalationState::Running, None, None),
        State::Acknowledged { since, .. } => (EscalationState::Acknowledged, Some(*since), None),
        State::Exhausted { .. } => (EscalationState::Exhausted, None, None),
        State::Resolved { at, .. } => (EscalationState::Resolved, None, Some(*at)),
    };
    Some(EscalationRow {
        id: escalation.id,
        incident: incident.id,
        ordinal: escalation.ordinal,
        level: escalation.level,
        state,
        starts_at: escalation.starts_at,
        rungs: u32::try_from(escalation.next_rung).unwrap_or(u32::MAX),
        attempts: escalation.attempts,
        next_at: incident.next_step_at(),
        first_delivered_at: None,
        acknowledged_at,
        ended_at,
        synthetic: incident.synthetic,
        steps: 0,
        steps_on_time: 0,
        pages_delivered: 0,
        pages_failed: 0,
        response_due_at: None,
        interruptions: 0,
    })
}
