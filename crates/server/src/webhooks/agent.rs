//! `POST /api/callbacks/agent/{run}`: an agent reports on its run. Signed as its adapter says; the engine verifies.

use axum::extract::{Request, State};
use domain::id::RunId;
use engine::engine::CallbackRefusal;
use http::StatusCode;

use crate::body;
use crate::failures::RETRY_SECONDS;
use crate::input::Named;
use crate::listen::Peer;
use crate::problem::Problem;
use crate::state::ServerState;

pub(crate) async fn report(
    State(state): State<ServerState>,
    Named(run): Named,
    request: Request,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("there is no such run, or its agent takes no callbacks");
    let run: RunId = run.parse().map_err(|_| unknown())?;
    let (parts, body) = request.into_parts();
    let limits = state.limits();
    let body = body::read(body, &parts.headers, limits.input_bytes, limits.body, state.room()).await?;
    match state.engine().agent_callback(run, &parts.headers, body.bytes).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(CallbackRefusal::NotFound) => Err(unknown()),
        Err(CallbackRefusal::Unreadable) => Err(Problem::malformed(
            "expected a report as the agent's contract says: JSON with a 'status' that it names",
        )),
        Err(CallbackRefusal::Busy) => Err(Problem::busy("the store would not take an agent's report")),
        Err(CallbackRefusal::Signature) => {
            let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
            Err(if state.failures().allows(peer, state.engine().now()) {
                Problem::unsigned("expected the body to be signed with the agent's secret")
            } else {
                Problem::too_many_failures(RETRY_SECONDS)
            })
        }
    }
}
