//! `POST /api/v1/silences/{id}/end`: ends a silence or maintenance window before its time; what it held is let go (semantics A6, A7).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::silence::Reason;
use serde::Deserialize;

use crate::api::act::LONGEST_PERSON;
use crate::api::silence;
use crate::api::view::{Done, SilenceView};
use crate::auth::MayAct;
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Who; the token's name when absent.
    by: Option<String>,
    /// Why, in the person's words.
    reason: Option<String>,
}

pub(super) async fn end(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let reason = input::said("reason", asked.reason.as_deref(), Reason::LONGEST)?;
    let reason = reason.map(Reason::try_from).transpose().map_err(|error| Problem::unsound(vec![error.to_string()]))?;
    let silence = silence::found(&state, &name).await?;
    let engine = state.engine();
    let ended = engine.end_silence(silence.id, &by, reason).await?;
    let (changed, now_is) = ended.map_or((false, silence), |ended| (true, ended));
    Ok(Json(Done { changed, now: SilenceView::of(&now_is, engine.now()) }).into_response())
}
