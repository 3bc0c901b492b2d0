//! `GET /api/v1/deliveries/{id}/body`: the very bytes that were signed. They may hold anything that the watched program was handling, so
//! this takes the widest scope, and no browser is told that it could show them.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;

use crate::api::delivery;
use crate::auth::MayAdminister;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn raw(
    _: MayAdminister,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let stored = delivery::found(&state, &name).await?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")];
    Ok((headers, stored.body).into_response())
}
