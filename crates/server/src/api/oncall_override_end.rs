//! `DELETE /api/v1/oncall/overrides/{id}`: ends an override. One that has not begun is taken back as if it had never been ordered; one that runs ends
//! now, so that it stays known who was on call.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::OverrideId;
use domain::oncall::Override;
use domain::time::Timestamp;
use serde::Serialize;

use crate::api::find;
use crate::api::view::OverrideView;
use crate::auth::MayAct;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Serialize)]
struct Ended<'a> {
    changed: bool,
    /// `withdrawn`, `ended` now, or `over` already.
    state: &'static str,
    #[serde(flatten)]
    order: OverrideView<'a>,
}

pub(super) async fn end(_: MayAct, State(state): State<ServerState>, Named(name): Named) -> Result<Response, Problem> {
    let engine = state.engine();
    let mut order = found(&state, &name).await?;
    let now = engine.now();
    let came_to = if order.until <= now {
        "over"
    } else if order.from < now {
        order.until = now;
        engine.keep_override(order.clone()).await?;
        "ended"
    } else {
        engine.take_back(order.id).await?;
        "withdrawn"
    };
    Ok(Json(Ended { changed: came_to != "over", state: came_to, order: OverrideView::of(&order) }).into_response())
}

/// An override by its id, or the start of it, with or without `ovr-`.
async fn found(state: &ServerState, name: &str) -> Result<Override, Problem> {
    let (_, standing) = state.engine().store().standing(Timestamp::EPOCH).await?;
    let wanted = name.to_ascii_lowercase();
    let start = wanted.strip_prefix("ovr-").unwrap_or(&wanted);
    let begins = |id: &OverrideId| !start.is_empty() && id.to_string()["ovr-".len()..].starts_with(start);
    let fitting: Vec<_> = standing.overrides.iter().map(|order| order.id).filter(begins).take(10).collect();
    let id = find::only("override", name, &fitting)?;
    standing.overrides.into_iter().find(|order| order.id == id).ok_or_else(|| find::none("override", name))
}
