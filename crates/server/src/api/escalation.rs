//! `GET /api/v1/escalations/{id}`: one escalation.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::api::find;
use crate::api::view::EscalationDetail;
use crate::auth::MayRead;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn show(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let row = find::escalation(&state, &name).await?;
    let incident = state.engine().store().incident(row.incident).await?;
    let incident = incident.as_ref().map(|row| &row.incident);
    Ok(Json(EscalationDetail::of(&row, incident, state.engine().now())).into_response())
}
