//! `GET /api/v1/policy`: the policy that new incidents start with, and who can be reached.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::auth::MayRead;
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Serialize)]
struct Current<'a> {
    hash: &'a str,
    text: &'a str,
    notifiers: Vec<Adapter<'a>>,
    agents: Vec<Adapter<'a>>,
}

#[derive(Serialize)]
struct Adapter<'a> {
    name: &'a str,
    kind: &'static str,
}

pub(super) async fn show(_: MayRead, State(state): State<ServerState>) -> Result<Response, Problem> {
    let settings = state.engine().settings();
    let policy = state.engine().current_policy();
    let current = Current {
        hash: &policy.policy.hash.0,
        text: &policy.text,
        notifiers: settings
            .notifiers
            .iter()
            .map(|(name, adapter)| Adapter { name: name.as_str(), kind: adapter.kind() })
            .collect(),
        agents: settings
            .agents
            .iter()
            .map(|(name, adapter)| Adapter { name: name.as_str(), kind: adapter.kind() })
            .collect(),
    };
    Ok(Json(current).into_response())
}
