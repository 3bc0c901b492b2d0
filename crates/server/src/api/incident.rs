//! `GET /api/v1/incidents/{id}`: one incident, with its factors and its timeline.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::api::view::{EntryView, IncidentDetail};
use crate::api::{cursor, find, response};
use crate::auth::MayRead;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

/// A longer timeline goes on at `/timeline`.
const TIMELINE_ROWS: usize = 1_000;

pub(super) async fn show(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let row = find::incident(&state, &name).await?;
    let store = state.engine().store();
    let timeline = store.timeline(row.incident.id, None, TIMELINE_ROWS).await?;
    let runs = store.runs(row.incident.id).await?;
    let entries = timeline.items.iter().map(EntryView::of).collect();
    let response = response::of(&state, &row.incident).await?;
    let next = cursor::written(cursor::Of::Timeline(row.incident.id), timeline.next);
    Ok(Json(IncidentDetail::of(&row, response, &runs, entries, next, state.engine().now())).into_response())
}
