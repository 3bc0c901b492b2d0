//! `GET /api/v1/incidents/{id}/timeline`: a timeline, oldest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::api::view::{EntryView, List};
use crate::api::{cursor, find};
use crate::auth::MayRead;
use crate::input::{self, Named, Params};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let limit = input::limit(asked.limit)?;
    let row = find::incident(&state, &name).await?;
    let list = cursor::Of::Timeline(row.incident.id);
    let after = cursor::read(list, asked.cursor.as_deref())?;
    let page = state.engine().store().timeline(row.incident.id, after, limit).await?;
    let items = page.items.iter().map(EntryView::of).collect();
    Ok(Json(List { items, next: cursor::written(list, page.next) }).into_response())
}
