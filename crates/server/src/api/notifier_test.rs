//! `POST /api/v1/notifiers/{name}/test`: sends one test message, and says what came of it.

use axum::Json;
use axum::extract::State;
use domain::id::Name;
use serde::Serialize;

use crate::auth::MayAdminister;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Serialize)]
pub(super) struct Tested {
    notifier: Name,
    delivered: bool,
    /// What the vendor or the network said, without secrets.
    reason: Option<String>,
}

pub(super) async fn test(
    _: MayAdminister,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Json<Tested>, Problem> {
    let engine = state.engine();
    let unknown = || {
        let known: Vec<_> = engine.settings().notifiers.keys().map(Name::as_str).collect();
        Problem::not_found(format!("there is no notifier '{name}'; configured are: {}", known.join(", ")))
    };
    let notifier: Name = name.parse().map_err(|_| unknown())?;
    let reason = engine.test_notifier(&notifier).await.ok_or_else(unknown)?.err();
    Ok(Json(Tested { notifier, delivered: reason.is_none(), reason }))
}
