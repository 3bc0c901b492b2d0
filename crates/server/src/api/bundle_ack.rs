//! `POST /api/v1/bundles/{id}/ack`: a person takes everything that a bundle listed and that lives (semantics L12).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::IncidentId;
use engine::operate::OperateError;
use serde::{Deserialize, Serialize};

use crate::api::act::Said;
use crate::api::view::{Done, IncidentView};
use crate::api::{find, response};
use crate::auth::MayAct;
use crate::input::{Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    by: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Acknowledged<'a> {
    bundle: String,
    changed: bool,
    /// What it listed and somebody has now.
    items: Vec<Done<IncidentView<'a>>>,
    /// What it listed and is over.
    over: Vec<String>,
}

pub(super) async fn acknowledge(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let act = Said { by: asked.by, reason: asked.reason, saw: None }.act(&caller)?;
    let engine = state.engine();
    let bundle = find::bundle(&state, &name).await?;
    let done = engine.acknowledge_bundle(bundle, &act).await.map_err(|error| match error {
        OperateError::NotFound => find::none("bundle", &name),
        error => error.into(),
    })?;
    let mut listed: Vec<IncidentId> = engine.store().bundled(bundle).await?.iter().map(|task| task.incident).collect();
    listed.sort_unstable();
    listed.dedup();
    listed.retain(|incident| done.iter().all(|done| done.incident != *incident));
    let mut rows = Vec::with_capacity(done.len());
    for done in &done {
        let incident = find::incident(&state, &done.incident.to_string()).await?.incident;
        let response = response::of(&state, &incident).await?;
        rows.push((done.changed, incident, response));
    }
    let now = engine.now();
    let items: Vec<_> = rows
        .iter()
        .map(|(changed, incident, response)| Done {
            changed: *changed,
            now: IncidentView::of(incident, response.clone(), now),
        })
        .collect();
    let answer = Acknowledged {
        bundle: bundle.to_string(),
        changed: items.iter().any(|item| item.changed),
        items,
        over: listed.iter().map(ToString::to_string).collect(),
    };
    Ok(Json(answer).into_response())
}
