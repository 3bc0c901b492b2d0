//! `POST /api/v1/incidents/{id}/rebase`: moves an incident to the current policy, or shows what that would change (semantics L15).

use axum::Json;
use axum::extract::State;
use domain::command::Revision;
use domain::incident::Incident;
use domain::time::Timestamp;
use engine::operate::Verb;
use serde::{Deserialize, Serialize};

use crate::api::act::{self, Said};
use crate::api::find;
use crate::api::view::When;
use crate::auth::MayAct;
use crate::input::{Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Only show it.
    #[serde(default)]
    dry_run: bool,
    by: Option<String>,
    reason: Option<String>,
    saw: Option<Revision>,
}

#[derive(Serialize)]
pub(super) struct Rebased {
    incident: String,
    dry_run: bool,
    /// False when it has the current policy already: nothing was, or would be, done.
    changed: bool,
    level: &'static str,
    state: &'static str,
    before: Under,
    after: Under,
}

/// How an incident goes on under a policy.
#[derive(Serialize)]
struct Under {
    /// The hash.
    policy: String,
    /// The rung that runs next, from 0; `None` when none is left.
    next_rung: Option<usize>,
    /// When it is due, once nothing holds the ladder.
    next_rung_at: Option<When>,
    /// When people hear of it next if nobody does anything.
    next_at: Option<When>,
    /// When the ladder counts as exhausted, once its last rung ran.
    exhausted_at: Option<When>,
}

impl Under {
    fn of(incident: &Incident) -> Self {
        let escalation = incident.live_escalation();
        let next_rung_at = escalation.and_then(|escalation| escalation.next_rung_at);
        let exhausted_at: Option<Timestamp> = escalation.and_then(|escalation| escalation.exhausted_at);
        Self {
            policy: incident.policy.0.clone(),
            next_rung: escalation.filter(|_| next_rung_at.is_some()).map(|escalation| escalation.next_rung),
            next_rung_at: next_rung_at.map(When),
            next_at: incident.next_step_at().map(When),
            exhausted_at: exhausted_at.map(When),
        }
    }
}

pub(super) async fn rebase(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Json<Rebased>, Problem> {
    let act = Said { by: asked.by, reason: asked.reason, saw: asked.saw }.act(&caller)?;
    let engine = state.engine();
    let incident = find::incident(&state, &name).await?.incident.id;
    let previewed = engine.preview(incident, &act, &Verb::Rebase).await;
    let (before, mut after) = match previewed {
        Ok(previewed) => previewed,
        Err(error) => return Err(act::refused(&state, incident, error).await),
    };
    let changed = before.policy != after.policy;
    if changed && !asked.dry_run {
        act::operated(&state, incident, act, Verb::Rebase).await?;
        after = find::incident(&state, &incident.to_string()).await?.incident;
    }
    // Its own policy leaves everything as it is.
    let after = if changed { &after } else { &before };
    Ok(Json(Rebased {
        incident: incident.to_string(),
        dry_run: asked.dry_run,
        changed,
        level: before.level.as_str(),
        state: before.state.as_str(),
        before: Under::of(&before),
        after: Under::of(after),
    }))
}
