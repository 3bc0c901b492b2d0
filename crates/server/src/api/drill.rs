//! `POST /api/v1/drills`: opens a marked test of a level through the true path (semantics S2). Whoever starts one ends it: it is an incident
//! like any other.

use axum::extract::State;
use axum::response::Response;
use domain::policy::Level;
use engine::operate::Operation;
use serde::Deserialize;

use crate::api::act::Said;
use crate::api::create;
use crate::auth::MayAct;
use crate::input::{self, Input};
use crate::problem::Problem;
use crate::state::ServerState;

/// What pages somebody: nobody is asked to answer a maintenance window.
const LEVELS: [Level; 4] = [Level::Critical, Level::High, Level::Medium, Level::Low];

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    level: Option<String>,
    by: Option<String>,
    reason: Option<String>,
}

pub(super) async fn start(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let level = input::word("level", asked.level.as_deref().unwrap_or_default(), &LEVELS, |level| level.as_str())?;
    let act = Said { by: asked.by, reason: asked.reason, saw: None }.act(&caller)?;
    let done = state.engine().operate(Operation::Drill { level, act }).await?;
    create::shown(&state, &done).await
}
