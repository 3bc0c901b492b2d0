//! `POST /api/v1/escalations`: opens an incident by hand, under the name that somebody else has for it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::policy::Level;
use engine::operate::{Operated, Operation};
use http::StatusCode;
use serde::Deserialize;

use crate::api::act::Said;
use crate::api::find;
use crate::api::view::{Done, EscalationDetail};
use crate::auth::MayAct;
use crate::input::{self, Input};
use crate::problem::Problem;
use crate::state::ServerState;

const LONGEST_EXTERNAL_ID: usize = 200;
const LONGEST_TITLE: usize = 500;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The name somebody else has for it, or an incident's id.
    #[serde(alias = "alert_id")]
    external_id: Option<String>,
    level: Option<String>,
    /// What it is about; the external id when absent.
    title: Option<String>,
    by: Option<String>,
    reason: Option<String>,
}

pub(super) async fn create(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let external_id =
        input::said("external_id", asked.external_id.as_deref(), LONGEST_EXTERNAL_ID)?.ok_or_else(|| {
            Problem::malformed("expected 'external_id': an incident's id, or the name that somebody else has for it")
        })?;
    let level = input::word("level", asked.level.as_deref().unwrap_or_default(), &Level::ALL, |level| level.as_str())?;
    let title = input::said("title", asked.title.as_deref(), LONGEST_TITLE)?;
    let act = Said { by: asked.by, reason: asked.reason, saw: None }.act(&caller)?;
    let done = state.engine().operate(Operation::Create { external_id, title, level, act }).await?;
    shown(&state, &done).await
}

/// The escalation of what was opened, as the answer; for drills too.
pub(super) async fn shown(state: &ServerState, done: &Operated) -> Result<Response, Problem> {
    let incident = find::incident(state, &done.incident.to_string()).await?.incident;
    let escalation = done.escalation.or_else(|| incident.escalation.as_ref().map(|escalation| escalation.id));
    let Some(escalation) = escalation else {
        return Err(Problem::conflict(format!("{} has no escalation to show", incident.id)));
    };
    let row = find::escalation(state, &escalation.to_string()).await?;
    let status = if done.changed { StatusCode::CREATED } else { StatusCode::OK };
    let now = EscalationDetail::of(&row, Some(&incident), state.engine().now());
    Ok((status, Json(Done { changed: done.changed, now })).into_response())
}
