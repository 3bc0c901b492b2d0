//! `POST /api/v1/escalations/{id}/resolve`: ends the incident of an escalation.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::api::view::{Done, EscalationDetail};
use crate::api::{act, find, resolve};
use crate::auth::MayAct;
use crate::input::{Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn resolve(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<resolve::Asked>,
) -> Result<Response, Problem> {
    let (act, verb) = asked.act(&caller)?;
    let row = find::escalation(&state, &name).await?;
    let done = act::operated(&state, row.incident, act, verb).await?;
    let row = find::escalation(&state, &row.id.to_string()).await?;
    let incident = find::incident(&state, &done.incident.to_string()).await?.incident;
    let now = EscalationDetail::of(&row, Some(&incident), state.engine().now());
    Ok(Json(Done { changed: done.changed, now }).into_response())
}
