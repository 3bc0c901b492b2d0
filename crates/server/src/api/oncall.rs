//! `GET /api/v1/oncall`: who is on call now by each layer of each schedule, until when, and who comes next. Nobody is said as well.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::Name;
use domain::oncall::{OnCall, Override, Roster, Shift};
use domain::policy::Policy;
use domain::time::Timestamp;
use serde::Serialize;

use crate::api::view::{List, OverrideView, ShiftView, When, how};
use crate::auth::MayRead;
use crate::problem::Problem;
use crate::state::ServerState;

/// So far ahead it is looked for an end of what is true now.
const AHEAD: Duration = Duration::from_hours(100 * 24);

#[derive(Serialize)]
struct Now<'a> {
    schedule: &'a str,
    layer: &'a str,
    zone: &'a str,
    /// Null for nobody.
    person: Option<String>,
    /// `rotation`, `override` or `nobody`.
    by: &'static str,
    #[serde(rename = "override")]
    order: Option<OverrideView<'a>>,
    /// Null when nothing changes within a hundred days.
    until: Option<When>,
    /// The next time of somebody; where it does not begin at `until`, nobody is on call between.
    next: Option<ShiftView<'a>>,
}

pub(super) async fn list(_: MayRead, State(state): State<ServerState>) -> Result<Response, Problem> {
    let engine = state.engine();
    let policy = engine.current_policy().policy;
    let now = engine.now();
    let (_, standing) = engine.store().standing(now).await?;
    let rosters = rosters(&policy, &standing.overrides);
    let shifts: Vec<Vec<Shift>> = rosters.iter().map(|(_, _, roster)| roster.shifts(now, now + AHEAD)).collect();
    let items = rosters.iter().zip(&shifts).filter_map(|(roster, shifts)| told(roster, shifts, now + AHEAD)).collect();
    Ok(Json(List { items, next: None }).into_response())
}

type Layered<'a> = (&'a Name, &'a Name, Roster<'a>);

/// Each layer of each schedule, with their names.
fn rosters<'a>(policy: &'a Policy, overrides: &'a [Override]) -> Vec<Layered<'a>> {
    let layers =
        policy.schedules.iter().flat_map(|(name, schedule)| schedule.layers.keys().map(move |layer| (name, layer)));
    layers.filter_map(|(name, layer)| Some((name, layer, policy.roster(name, layer, overrides)?))).collect()
}

fn told<'a>((schedule, layer, roster): &Layered<'a>, shifts: &'a [Shift], end: Timestamp) -> Option<Now<'a>> {
    let (first, rest) = shifts.split_first()?;
    let (by, _) = how(&first.on_call);
    let order = match first.on_call {
        OnCall::Instead { order, .. } => roster.order(order).map(OverrideView::of),
        OnCall::Nobody | OnCall::Turn(_) => None,
    };
    Some(Now {
        schedule: schedule.as_str(),
        layer: layer.as_str(),
        zone: roster.zone().iana_name().unwrap_or("UTC"),
        person: first.on_call.person().map(ToString::to_string),
        by,
        order,
        until: (first.until < end).then_some(When(first.until)),
        next: rest.iter().find(|shift| shift.on_call != OnCall::Nobody).map(ShiftView::of),
    })
}
