//! `POST /api/v1/incidents/{id}/snooze`: a person puts an incident off (semantics A5).

use axum::extract::State;
use axum::response::Response;
use domain::command::Revision;
use domain::incident::Until;
use domain::policy::duration::{LONGEST, parse_duration};
use domain::time::Timestamp;
use engine::operate::Verb;
use serde::Deserialize;

use crate::api::act::{self, Said};
use crate::auth::MayAct;
use crate::input::{Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// A time in RFC 3339.
    until: Option<String>,
    /// A length from now, such as `2h`.
    r#for: Option<String>,
    /// So many events within an hour.
    rate: Option<u64>,
    /// So many users in all.
    users: Option<u64>,
    /// A signal from a later release than the newest known.
    #[serde(default)]
    next_release: bool,
    by: Option<String>,
    reason: Option<String>,
    saw: Option<Revision>,
}

pub(super) async fn snooze(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let at = at(asked.until.as_deref(), asked.r#for.as_deref(), state.engine().now())?;
    let (rate, users) = (some("rate", asked.rate)?, some("users", asked.users)?);
    let until = Until { at, rate, users, ..Until::default() };
    let act = Said { by: asked.by, reason: asked.reason, saw: asked.saw }.act(&caller)?;
    act::done(&state, &name, act, Verb::Snooze { until, next_release: asked.next_release }).await
}

/// When it ends, by a time or a length. A snooze over a year is a slip of the pen; whether it lies ahead is the domain's to say.
fn at(until: Option<&str>, length: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    match (until, length) {
        (Some(_), Some(_)) => Err(Problem::malformed("expected 'until' or 'for', not both")),
        (Some(text), None) => match Timestamp::parse(text) {
            Some(at) if at <= now + LONGEST => Ok(Some(at)),
            Some(_) => Err(Problem::malformed("expected 'until' to be within a year")),
            None => Err(Problem::malformed("expected 'until' to be a time such as 2026-12-01T09:00:00Z")),
        },
        (None, Some(text)) => match parse_duration(text) {
            Ok(length) => Ok(Some(now + length)),
            Err(error) => Err(Problem::malformed(format!("expected 'for' to be a length of time such as 2h: {error}"))),
        },
        (None, None) => Ok(None),
    }
}

fn some(field: &str, number: Option<u64>) -> Result<Option<u64>, Problem> {
    match number {
        Some(0) => Err(Problem::malformed(format!("expected '{field}' to be at least 1"))),
        number => Ok(number),
    }
}
