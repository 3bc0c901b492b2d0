//! `POST /api/v1/incidents/{id}/priority` and `/noise`: a person says what an incident is worth (semantics A8).

use axum::extract::State;
use axum::response::Response;
use domain::command::Revision;
use domain::priority::Priority;
use engine::operate::Verb;
use serde::Deserialize;

use crate::api::act::{self, Said};
use crate::auth::MayAct;
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `critical`, `high`, `medium`, `low` or `ignore`.
    priority: Option<String>,
    by: Option<String>,
    reason: Option<String>,
    saw: Option<Revision>,
}

pub(super) async fn set(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let word = asked.priority.as_deref().unwrap_or_default();
    let priority = input::word("priority", word, &Priority::ALL, |priority| priority.as_str())?;
    let act = Said { by: asked.by, reason: asked.reason, saw: asked.saw }.act(&caller)?;
    act::done(&state, &name, act, Verb::Label(priority)).await
}

pub(super) async fn noise(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    act::done(&state, &name, said.act(&caller)?, Verb::Label(Priority::Ignore)).await
}
