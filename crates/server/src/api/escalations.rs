//! `GET /api/v1/escalations`: escalations, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use store::record::EscalationFilter;

use crate::api::view::{EscalationView, List};
use crate::api::{cursor, find};
use crate::auth::MayRead;
use crate::input::{self, Params};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Only those that are not over.
    #[serde(default)]
    live: bool,
    /// Only of this incident.
    incident: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let incident = match &asked.incident {
        Some(name) => Some(find::incident(&state, name).await?.incident.id),
        None => None,
    };
    let filter = EscalationFilter {
        live: asked.live,
        incident,
        before: cursor::read(cursor::Of::Escalations, asked.cursor.as_deref())?,
        limit: input::limit(asked.limit)?,
    };
    let page = state.engine().store().escalations(&filter).await?;
    let now = state.engine().now();
    let items = page.items.iter().map(|row| EscalationView::of(row, now)).collect();
    Ok(Json(List { items, next: cursor::written(cursor::Of::Escalations, page.next) }).into_response())
}
