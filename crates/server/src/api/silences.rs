//! `GET /api/v1/silences`: silences and maintenance windows that hold, will, or ended lately; also those of the policy.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::silence::Silence;
use domain::time::Timestamp;
use serde::Deserialize;

use crate::api::view::{List, SilenceView};
use crate::auth::MayRead;
use crate::input::{self, Params};
use crate::problem::Problem;
use crate::state::ServerState;

/// So long one that is over is still shown.
const LATELY: Duration = Duration::from_hours(7 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Also those that ended long ago, as far as they are kept.
    all: Option<String>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let all = input::flag("all", asked.all.as_deref())?;
    let now = state.engine().now();
    let known = known(&state).await?;
    let policy = state.engine().current_policy().policy;
    // One that the policy has is shown as long as it has it, also ended.
    let is_shown = |silence: &&Silence| {
        all || over_at(silence).is_none_or(|over| over > now - LATELY)
            || policy.silences.iter().any(|own| own.id == silence.id)
    };
    let mut silences: Vec<&Silence> = known.iter().filter(is_shown).collect();
    silences.sort_by_key(|silence| rank(silence, now));
    let items = silences.into_iter().map(|silence| SilenceView::of(silence, now)).collect();
    Ok(Json(List { items, next: None }).into_response())
}

/// All that are kept, and those of the policy as they are now: one that somebody ended is kept as ended.
pub(super) async fn known(state: &ServerState) -> Result<Vec<Silence>, Problem> {
    let (_, standing) = state.engine().store().standing(Timestamp::EPOCH).await?;
    let mut known = standing.silences;
    let policy = state.engine().current_policy().policy;
    let own: Vec<_> =
        policy.silences.iter().filter(|own| known.iter().all(|ordered| ordered.id != own.id)).cloned().collect();
    known.extend(own);
    Ok(known)
}

/// When it was over for good, or will be.
fn over_at(silence: &Silence) -> Option<Timestamp> {
    silence.ended.as_ref().map(|ended| ended.at).or_else(|| silence.times.ends_at())
}

/// What holds first, by its end; then what will, by its begin; then what is over, the last first.
fn rank(silence: &Silence, now: Timestamp) -> (u8, i64) {
    match (silence.period(now), silence.next(now)) {
        (Some(period), _) => (0, period.until.millis()),
        (None, Some(next)) => (1, next.from.millis()),
        (None, None) => (2, over_at(silence).map_or(0, |over| -over.millis())),
    }
}
