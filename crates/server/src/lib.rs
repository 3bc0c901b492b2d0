#![doc = include_str!("../README.md")]

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Json;
use axum::routing::get;

mod api;
mod auth;
mod body;
mod failures;
mod health;
mod idle;
mod input;
mod layers;
mod limits;
mod listen;
mod metrics;
mod problem;
mod stall;
mod state;
mod webhooks;
pub mod words;

#[cfg(test)]
mod tests;

pub use auth::{Authorised, Scope, Token, TokenError, Tokens, token_text};
pub use limits::Limits;
pub use listen::serve;
pub use problem::Problem;
pub use state::ServerState;

/// Everything, for one listener and for callers in the same process.
pub fn router(state: ServerState) -> Router {
    let routes = hooks_router().merge(api_router()).merge(health_router()).merge(metrics_router());
    finished(routes.route("/", get(front)), state)
}

/// Deliveries and callbacks: what must be reachable from outside.
pub fn hooks_router() -> Router<ServerState> {
    webhooks::routes()
}

/// `/api/v1`.
pub fn api_router() -> Router<ServerState> {
    api::routes()
}

/// `/health` and what is below it.
pub fn health_router() -> Router<ServerState> {
    health::routes()
}

/// `/metrics`.
pub fn metrics_router() -> Router<ServerState> {
    health::metrics_routes()
}

/// Puts the layers around some of the routers above: with it a second listener serves the same faces under the same rules.
pub fn finished(routes: Router<ServerState>, state: ServerState) -> Router {
    routes
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(state.clone(), layers::around))
        .with_state(state)
}

async fn nothing_here() -> Problem {
    Problem::not_found("there is nothing at this path; the API is below /api/v1, deliveries go to /api/sentry-webhook")
}

async fn other_method() -> Problem {
    Problem::method_not_allowed()
}

#[derive(serde::Serialize)]
struct Front {
    name: &'static str,
    version: &'static str,
    api: &'static str,
    webhook: &'static str,
    health: &'static str,
    metrics: &'static str,
}

async fn front() -> Json<Front> {
    Json(Front {
        name: "watchfire",
        version: env!("CARGO_PKG_VERSION"),
        api: "/api/v1",
        webhook: webhooks::sentry::PATH,
        health: "/health",
        metrics: "/metrics",
    })
}
