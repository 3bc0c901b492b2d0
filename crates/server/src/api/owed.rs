//! `GET /api/v1/owed`: what is still to be done and what can no longer be, oldest due first (semantics L14).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::api::view::{List, OwedView};
use crate::auth::MayRead;
use crate::input::{self, Params};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    limit: Option<usize>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let owed = state.engine().store().owed(input::limit(asked.limit)?).await?;
    Ok(Json(List { items: owed.iter().map(OwedView::of).collect(), next: None }).into_response())
}
