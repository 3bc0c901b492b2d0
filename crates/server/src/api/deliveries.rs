//! `GET /api/v1/deliveries`: deliveries without their bodies, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::signal::Outcome;
use serde::Deserialize;
use store::record::DeliveryFilter;

use crate::api::cursor;
use crate::api::view::{DeliveryView, List};
use crate::auth::MayRead;
use crate::input::{self, Params};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    outcome: Option<String>,
    /// Only those that could not be read.
    #[serde(default)]
    trouble: bool,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let filter = DeliveryFilter {
        outcome: asked
            .outcome
            .map(|outcome| input::word("outcome", &outcome, &Outcome::ALL, |outcome| outcome.as_str()))
            .transpose()?,
        trouble: asked.trouble,
        before: cursor::read(cursor::Of::Deliveries, asked.cursor.as_deref())?,
        limit: input::limit(asked.limit)?,
    };
    let page = state.engine().store().deliveries(&filter).await?;
    let items = page.items.iter().map(DeliveryView::of).collect();
    Ok(Json(List { items, next: cursor::written(cursor::Of::Deliveries, page.next) }).into_response())
}
