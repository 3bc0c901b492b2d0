//! `POST /api/v1/escalations/cleanup`: deletes what is older than the retention, or counts it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::record::CleanupReport;

use crate::api::view::When;
use crate::auth::MayAdminister;
use crate::input::Input;
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
pub(super) struct Cleaned {
    dry_run: bool,
    #[serde(flatten)]
    report: CleanupReport,
    before: Before,
}

/// What ended, was done or came before these times is not kept; what lives is.
#[derive(Serialize)]
struct Before {
    incidents: When,
    tasks: When,
    deliveries: When,
}

pub(super) async fn clean_up(
    _: MayAdminister,
    State(state): State<ServerState>,
    Input(asked): Input<Asked>,
) -> Result<Json<Cleaned>, Problem> {
    let engine = state.engine();
    let (retention, now) = (state.retention(), engine.now());
    let report = engine.store().cleanup(retention, now, asked.dry_run).await?;
    let before = Before {
        incidents: When(now - retention.incidents),
        tasks: When(now - retention.tasks),
        deliveries: When(now - retention.deliveries),
    };
    Ok(Json(Cleaned { dry_run: asked.dry_run, report, before }))
}
