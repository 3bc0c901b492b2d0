//! `POST /api/v1/incidents/{id}/ack`: a person takes an incident (semantics A1).

use axum::extract::State;
use axum::response::Response;
use engine::operate::Verb;

use crate::api::act::{self, Said};
use crate::auth::MayAct;
use crate::input::{Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn acknowledge(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    act::done(&state, &name, said.act(&caller)?, Verb::Acknowledge).await
}
