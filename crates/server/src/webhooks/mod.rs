//! Where others report: Sentry's deliveries, agents' callbacks.

use axum::Router;
use axum::routing::{get, post};

use crate::state::ServerState;

pub(crate) mod agent;
pub(crate) mod sentry;

pub(crate) fn routes() -> Router<ServerState> {
    Router::new()
        .route(sentry::PATH, get(sentry::features).post(sentry::receive))
        .route("/api/callbacks/agent/{run}", post(agent::report))
}
