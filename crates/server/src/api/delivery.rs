//! `GET /api/v1/deliveries/{id}`: one delivery without its body.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::DeliveryId;
use store::record::StoredDelivery;

use crate::api::view::DeliveryView;
use crate::auth::MayRead;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn show(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let stored = found(&state, &name).await?;
    Ok(Json(DeliveryView::of(&stored.row)).into_response())
}

/// A delivery by its name; people may leave the `dlv-` out.
pub(super) async fn found(state: &ServerState, name: &str) -> Result<StoredDelivery, Problem> {
    let id = name.parse::<DeliveryId>().ok().or_else(|| name.parse().ok().map(DeliveryId));
    let stored = match id {
        Some(id) => state.engine().store().delivery(id).await?,
        None => None,
    };
    stored.ok_or_else(|| Problem::not_found(format!("there is no delivery '{name}': expected dlv- and a number")))
}
