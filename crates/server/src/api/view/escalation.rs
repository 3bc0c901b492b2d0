//! Escalations, and whom they told.

use domain::incident::{Escalation, Incident, PageState};
use domain::time::Timestamp;
use serde::Serialize;
use store::record::EscalationRow;

use super::When;
use super::response::ResponseView;

/// An escalation.
#[derive(Serialize)]
pub(in crate::api) struct EscalationView {
    id: String,
    incident: String,
    ordinal: u32,
    level: &'static str,
    state: &'static str,
    /// The rung that ran last, from 0; `None` before the first.
    rung: Option<u32>,
    attempts: u32,
    starts_at: When,
    next_at: Option<When>,
    first_delivered_at: Option<When>,
    acknowledged_at: Option<When>,
    response: Option<ResponseView>,
    ended_at: Option<When>,
    synthetic: bool,
}

impl EscalationView {
    pub(in crate::api) fn of(row: &EscalationRow, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            incident: row.incident.to_string(),
            ordinal: row.ordinal,
            level: row.level.as_str(),
            state: row.state.as_str(),
            rung: row.rungs.checked_sub(1),
            attempts: row.attempts,
            starts_at: When(row.starts_at),
            next_at: row.next_at.map(When),
            first_delivered_at: row.first_delivered_at.map(When),
            acknowledged_at: row.acknowledged_at.map(When),
            response: ResponseView::of_row(row, now),
            ended_at: row.ended_at.map(When),
            synthetic: row.synthetic,
        }
    }
}

/// An escalation with what it is about.
#[derive(Serialize)]
pub(in crate::api) struct EscalationDetail<'a> {
    #[serde(flatten)]
    escalation: EscalationView,
    title: Option<&'a str>,
    external_id: Option<&'a str>,
    incident_state: Option<&'static str>,
    told: Vec<ToldView<'a>>,
}

impl<'a> EscalationDetail<'a> {
    pub(in crate::api) fn of(row: &EscalationRow, incident: Option<&'a Incident>, now: Timestamp) -> Self {
        Self {
            escalation: EscalationView::of(row, now),
            title: incident.map(|incident| incident.subject.title.as_str()),
            external_id: incident.and_then(|incident| incident.external_id.as_deref()),
            incident_state: incident.map(|incident| incident.state.as_str()),
            told: incident
                .and_then(|incident| incident.escalation.as_ref())
                .filter(|escalation| escalation.id == row.id)
                .map(told)
                .unwrap_or_default(),
        }
    }
}

/// What one contact was told in the live escalation.
#[derive(Serialize)]
pub(super) struct ToldView<'a> {
    contact: &'a str,
    channels: Vec<&'a str>,
    pages: u32,
    last_at: When,
    next_at: Option<When>,
    last: &'static str,
}

pub(super) fn told(escalation: &Escalation) -> Vec<ToldView<'_>> {
    escalation
        .told
        .iter()
        .map(|(contact, told)| ToldView {
            contact: contact.as_str(),
            channels: told.channels.iter().map(domain::id::Name::as_str).collect(),
            pages: told.pages,
            last_at: When(told.last_at),
            next_at: told.next_at.map(When),
            last: match told.last {
                PageState::Held => "held",
                PageState::Sending => "sending",
                PageState::Delivered => "delivered",
                PageState::Failed => "failed",
            },
        })
        .collect()
}
