//! What every act of a person on an incident carries, and how it is done: refused, it shows where the incident stands now (semantics L9).

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::command::{Act, Revision};
use domain::event::Actor;
use domain::id::IncidentId;
use engine::operate::{OperateError, Operated, Operation, Verb};
use serde::Deserialize;

use crate::api::view::{Done, IncidentView};
use crate::api::{find, response};
use crate::auth::Caller;
use crate::input;
use crate::problem::{Problem, Stands};
use crate::state::ServerState;

/// Longer than every name of a person that a message shows.
pub(super) const LONGEST_PERSON: usize = 100;
/// A reason is a remark, not a report.
pub(super) const LONGEST_REASON: usize = 1_000;

/// Who, why, and what they saw: the whole body of an act that needs nothing else.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    /// Who; the token's name when absent.
    pub(super) by: Option<String>,
    /// Why, in the person's words.
    pub(super) reason: Option<String>,
    /// The revision that was looked at; absent, the incident is meant as it is.
    pub(super) saw: Option<Revision>,
}

impl Said {
    pub(super) fn act(self, caller: &Caller) -> Result<Act, Problem> {
        let by = input::said("by", self.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
        let reason = input::said("reason", self.reason.as_deref(), LONGEST_REASON)?;
        Ok(Act { by: Actor::Person(by), reason, saw: self.saw })
    }
}

/// Does it to the incident that somebody named, and shows the incident as it is then.
pub(super) async fn done(state: &ServerState, name: &str, act: Act, verb: Verb) -> Result<Response, Problem> {
    let incident = find::incident(state, name).await?.incident.id;
    let done = operated(state, incident, act, verb).await?;
    let incident = find::incident(state, &done.incident.to_string()).await?.incident;
    let response = response::of(state, &incident).await?;
    let now = IncidentView::of(&incident, response, state.engine().now());
    Ok(Json(Done { changed: done.changed, now }).into_response())
}

/// Does it.
pub(super) async fn operated(
    state: &ServerState,
    incident: IncidentId,
    act: Act,
    verb: Verb,
) -> Result<Operated, Problem> {
    match state.engine().operate(Operation::Act { incident, act, verb }).await {
        Ok(done) => Ok(done),
        Err(error) => Err(refused(state, incident, error).await),
    }
}

/// What an act came to that was not done; whoever acted on what has moved on is shown where it stands.
pub(super) async fn refused(state: &ServerState, incident: IncidentId, error: OperateError) -> Problem {
    let OperateError::Rejected(rejection) = error else { return error.into() };
    match state.engine().store().incident(incident).await {
        Ok(row) => Problem::rejected(&rejection, row.map(|row| Stands::of(&row.incident))),
        Err(error) => error.into(),
    }
}
