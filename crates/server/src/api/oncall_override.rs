//! `POST /api/v1/oncall/{schedule}/overrides`: puts somebody on call instead of whom the schedule says.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::{Name, OverrideId};
use domain::oncall::Override;
use domain::policy::Policy;
use domain::policy::duration::parse_duration;
use domain::time::Timestamp;
use domain::wall::read_moment;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::api::act::{LONGEST_PERSON, LONGEST_REASON};
use crate::api::oncall_schedule::{expected_moment, found};
use crate::api::view::OverrideView;
use crate::auth::MayAct;
use crate::input::{self, Input, Named};
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    layer: Option<String>,
    /// A contact of the policy.
    person: Option<String>,
    /// Now when absent.
    from: Option<String>,
    until: Option<String>,
    /// How long instead of until when.
    #[serde(rename = "for")]
    length: Option<String>,
    /// Who orders it; the token's name when absent.
    by: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Ordered<'a> {
    #[serde(flatten)]
    order: OverrideView<'a>,
    /// Who would have been on call in that time.
    instead_of: BTreeSet<Name>,
}

pub(super) async fn order(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Named(schedule): Named,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let reason = input::said("reason", asked.reason.as_deref(), LONGEST_REASON)?;
    let engine = state.engine();
    let policy = engine.current_policy().policy;
    let (schedule, _) = found(&policy, &schedule)?;
    let now = engine.now();
    let id = OverrideId::from_bits(engine.draw());
    let order = ordered(&asked, id, schedule, (by, reason), &policy, now).map_err(Problem::unsound)?;
    let (_, standing) = engine.store().standing(now).await?;
    let roster = policy.roster(schedule, &order.layer, &standing.overrides);
    let shifts = roster.map(|roster| roster.shifts(order.from.max(now), order.until)).unwrap_or_default();
    let instead_of = shifts.iter().filter_map(|shift| shift.on_call.person().cloned()).collect();
    engine.keep_override(order.clone()).await?;
    Ok((StatusCode::CREATED, Json(Ordered { order: OverrideView::of(&order), instead_of })).into_response())
}

/// The override that is asked for, or every mistake.
fn ordered(
    asked: &Asked,
    id: OverrideId,
    schedule: &Name,
    (by, reason): (String, Option<String>),
    policy: &Policy,
    now: Timestamp,
) -> Result<Override, Vec<String>> {
    let mut mistakes = Vec::new();
    let mut name = |field: &str, text: Option<&str>, example: &str| {
        let name = text.and_then(|text| text.trim().parse::<Name>().ok());
        if name.is_none() {
            mistakes.push(format!("expected '{field}', {example}"));
        }
        name
    };
    let layer = name("layer", asked.layer.as_deref(), "a layer of the schedule");
    let person = name("person", asked.person.as_deref(), "a contact of the policy");
    let zone = policy.schedules.get(schedule).map(|schedule| &schedule.zone);
    let mut moment = |field: &str, text: &str| {
        let at = zone.and_then(|zone| read_moment(text, zone));
        if at.is_none() {
            mistakes.push(expected_moment(field));
        }
        at
    };
    let from = asked.from.as_deref().map_or(Some(now), |text| moment("from", text));
    let until = match (asked.until.as_deref(), asked.length.as_deref()) {
        (Some(until), None) => moment("until", until),
        (None, Some(length)) => match parse_duration(length) {
            Ok(length) => from.map(|from| from + length),
            Err(error) => {
                mistakes.push(format!("'for': {error}"));
                None
            }
        },
        _ => {
            mistakes.push("expected one of 'until' and 'for', such as 8h: an override has an end".to_owned());
            None
        }
    };
    if let (Some(layer), Some(person), Some(from), Some(until)) = (layer, person, from, until) {
        let order = Override { id, schedule: schedule.clone(), layer, person, from, until, by, reason };
        return order.order(policy, now).map_err(|error| vec![error.to_string()]);
    }
    Err(mistakes)
}
