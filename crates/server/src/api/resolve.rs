//! `POST /api/v1/incidents/{id}/resolve`: a person ends an incident.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::IncidentId;
use engine::operate::{Operated, Operation};
use serde::Deserialize;

use crate::api::ack::LONGEST_PERSON;
use crate::api::find;
use crate::api::view::{Done, IncidentView};
use crate::auth::{Caller, MayAct};
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

/// A reason is a remark, not a report.
pub(super) const LONGEST_REASON: usize = 1_000;
/// As long as Sentry lets the name of a release be.
const LONGEST_RELEASE: usize = 250;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Who; the token's name when absent.
    by: Option<String>,
    /// Why, in the person's words.
    reason: Option<String>,
    /// The release that carries the fix; signals from older ones reopen nothing (semantics R5).
    fixed_in: Option<String>,
}

pub(super) async fn resolve(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let incident = find::incident(&state, &name).await?.incident.id;
    let done = resolved(&state, &caller, incident, asked).await?;
    let row = find::incident(&state, &done.incident.to_string()).await?;
    Ok(Json(Done { changed: done.changed, now: IncidentView::of(&row.incident) }).into_response())
}

/// Ends an incident, for this endpoint and for the one that names it by its escalation.
pub(super) async fn resolved(
    state: &ServerState,
    caller: &Caller,
    incident: IncidentId,
    asked: Asked,
) -> Result<Operated, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let reason = input::said("reason", asked.reason.as_deref(), LONGEST_REASON)?;
    let fixed_in = input::said("fixed_in", asked.fixed_in.as_deref(), LONGEST_RELEASE)?;
    Ok(state.engine().operate(Operation::Resolve { incident, by, reason, fixed_in }).await?)
}
