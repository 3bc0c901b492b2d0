//! `POST /api/v1/incidents/{id}/priority` and `/noise`: a person says what an incident is worth (semantics A8).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::priority::Priority;
use engine::operate::Operation;
use serde::Deserialize;

use crate::api::ack::LONGEST_PERSON;
use crate::api::find;
use crate::api::resolve::LONGEST_REASON;
use crate::api::view::{Done, IncidentView};
use crate::auth::{Caller, MayAct};
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `critical`, `high`, `medium`, `low` or `ignore`.
    priority: Option<String>,
    /// Who; the token's name when absent.
    by: Option<String>,
    /// Why, in the person's words.
    reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Noise {
    /// Who; the token's name when absent.
    by: Option<String>,
    /// Why, in the person's words.
    reason: Option<String>,
}

pub(super) async fn set(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let word = asked.priority.as_deref().unwrap_or_default();
    let priority = input::word("priority", word, &Priority::ALL, |priority| priority.as_str())?;
    labelled(&state, &caller, &name, priority, Noise { by: asked.by, reason: asked.reason }).await
}

pub(super) async fn noise(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Noise>,
) -> Result<Response, Problem> {
    labelled(&state, &caller, &name, Priority::Ignore, asked).await
}

async fn labelled(
    state: &ServerState,
    caller: &Caller,
    name: &str,
    priority: Priority,
    asked: Noise,
) -> Result<Response, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let reason = input::said("reason", asked.reason.as_deref(), LONGEST_REASON)?;
    let incident = find::incident(state, name).await?.incident.id;
    let done = state.engine().operate(Operation::Label { incident, priority, by, reason }).await?;
    let row = find::incident(state, &done.incident.to_string()).await?;
    Ok(Json(Done { changed: done.changed, now: IncidentView::of(&row.incident) }).into_response())
}
