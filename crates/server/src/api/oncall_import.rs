//! `POST /api/v1/oncall/{schedule}/import`: the events of a calendar become overrides of one layer, all or none.

use axum::Json;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use domain::oncall::Override;
use engine::calendar::LARGEST;
use serde::{Deserialize, Serialize};

use crate::api::act::LONGEST_PERSON;
use crate::api::oncall_schedule::{found, missing};
use crate::api::view::{OverrideView, When};
use crate::auth::MayAct;
use crate::body;
use crate::input::{self, Named, Params};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    layer: Option<String>,
    /// Imports nothing.
    dry_run: Option<String>,
    /// Who; the token's name when absent.
    by: Option<String>,
}

#[derive(Serialize)]
struct Imported<'a> {
    schedule: &'a str,
    layer: &'a str,
    dry_run: bool,
    /// Events that begin later were passed over.
    until: When,
    items: Vec<OverrideView<'a>>,
}

pub(super) async fn import(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let Params(asked) = Params::<Asked>::from_request_parts(&mut parts, &state).await?;
    let dry_run = input::flag("dry_run", asked.dry_run.as_deref())?;
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let engine = state.engine();
    let policy = engine.current_policy().policy;
    let (schedule, layers) = found(&policy, &name)?;
    let wanted = asked.layer.ok_or_else(|| Problem::malformed("expected 'layer', a layer of the schedule"))?;
    let layer = layers.layers.keys().find(|layer| layer.as_str() == wanted);
    let layer = layer.ok_or_else(|| missing(&format!("layer of {schedule}"), &wanted, layers.layers.keys()))?;
    let body = body::read(body, &parts.headers, LARGEST, state.limits().body, state.room()).await?;
    let (made, until): (Vec<Override>, _) =
        engine.read_calendar(&body.bytes, schedule, layer, &by).map_err(Problem::unsound)?;
    if !dry_run && !made.is_empty() {
        engine.keep_overrides(made.clone()).await?;
    }
    let items = made.iter().map(OverrideView::of).collect();
    let answer = Imported { schedule: schedule.as_str(), layer: layer.as_str(), dry_run, until: When(until), items };
    Ok(Json(answer).into_response())
}
