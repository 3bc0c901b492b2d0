//! `POST /api/v1/bundles/{id}/ack`: a person takes everything that a bundle listed and that lives (semantics L12).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
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
    /// What it listed and nobody has to take any more: it ended, rose, or came back since.
    passed: Vec<String>,
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
    let listed = engine.acknowledge_bundle(bundle, &act).await.map_err(|error| match error {
        OperateError::NotFound => find::none("bundle", &name),
        error => error.into(),
    })?;
    let mut rows = Vec::with_capacity(listed.len());
    for taken in listed.iter().filter_map(|one| one.taken.as_ref()) {
        let incident = find::incident(&state, &taken.incident.to_string()).await?.incident;
        let response = response::of(&state, &incident).await?;
        rows.push((taken.changed, incident, response));
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
        passed: listed.iter().filter(|one| one.taken.is_none()).map(|one| one.incident.to_string()).collect(),
    };
    Ok(Json(answer).into_response())
}
