//! `POST /api/v1/incidents/{id}/resolve`: a person ends an incident.

use axum::extract::State;
use axum::response::Response;
use domain::command::{Act, Revision};
use engine::operate::Verb;
use serde::Deserialize;

use crate::api::act::{self, Said};
use crate::auth::{Caller, MayAct};
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

/// As long as Sentry lets the name of a release be.
const LONGEST_RELEASE: usize = 250;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    by: Option<String>,
    reason: Option<String>,
    saw: Option<Revision>,
    /// The release that carries the fix; signals from older ones reopen nothing (semantics R5).
    fixed_in: Option<String>,
}

impl Asked {
    /// For this endpoint, and for the one that names the incident by its escalation.
    pub(super) fn act(self, caller: &Caller) -> Result<(Act, Verb), Problem> {
        let fixed_in = input::said("fixed_in", self.fixed_in.as_deref(), LONGEST_RELEASE)?;
        let act = Said { by: self.by, reason: self.reason, saw: self.saw }.act(caller)?;
        Ok((act, Verb::Resolve { fixed_in }))
    }
}

pub(super) async fn resolve(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(name): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let (act, verb) = asked.act(&caller)?;
    act::done(&state, &name, act, verb).await
}
