//! `POST /api/v1/incidents/{id}/ack`: a person takes an incident (semantics A1).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::event::Actor;
use engine::operate::Operation;
use serde::Deserialize;

use crate::api::find;
use crate::api::view::{Done, IncidentView};
use crate::auth::MayAct;
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

/// Longer than every name of a person that a message shows.
pub(super) const LONGEST_PERSON: usize = 100;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Who; the token's name when absent.
    by: Option<String>,
}

pub(super) async fn acknowledge(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let incident = find::incident(&state, &name).await?.incident.id;
    let done = state.engine().operate(Operation::Acknowledge { incident, by: Actor::Person(by) }).await?;
    let row = find::incident(&state, &done.incident.to_string()).await?;
    Ok(Json(Done { changed: done.changed, now: IncidentView::of(&row.incident) }).into_response())
}
