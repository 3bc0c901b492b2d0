//! `GET /api/v1/oncall/{schedule}`: shifts and gaps of a time. With `.ics` behind the name it is the schedule's feed, which has a token of its own.

use std::ops::Range;
use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequestParts as _, State};
use axum::response::{IntoResponse as _, Response};
use domain::id::Name;
use domain::oncall::{Override, Roster, Schedule, Shift, uncovered};
use domain::policy::Policy;
use domain::time::Timestamp;
use domain::wall::read_moment;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::api::oncall_feed;
use crate::api::view::{GapView, OverrideView, ShiftView, When};
use crate::auth::MayRead;
use crate::input::{Named, Params};
use crate::problem::Problem;
use crate::state::ServerState;

/// So much is told when nothing is asked.
const USUAL: Duration = Duration::from_hours(28 * 24);
/// The longest time that is told at once.
const LONGEST: Duration = Duration::from_hours(100 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Now when absent.
    from: Option<String>,
    /// Four weeks later when absent.
    to: Option<String>,
    /// Only this layer.
    layer: Option<String>,
}

#[derive(Serialize)]
struct Told<'a> {
    schedule: &'a str,
    zone: &'a str,
    from: When,
    to: When,
    layers: Vec<LayerView<'a>>,
    /// When nobody is on call by any of these layers.
    uncovered: Vec<GapView>,
    /// What was ordered for this time.
    overrides: Vec<OverrideView<'a>>,
}

#[derive(Serialize)]
struct LayerView<'a> {
    layer: &'a str,
    shifts: Vec<ShiftView<'a>>,
    gaps: Vec<GapView>,
}

pub(super) async fn show(
    State(state): State<ServerState>,
    Named(name): Named,
    mut parts: Parts,
) -> Result<Response, Problem> {
    if let Some(schedule) = name.strip_suffix(oncall_feed::SUFFIX) {
        return oncall_feed::calendar(&state, schedule, &parts.uri).await;
    }
    MayRead::from_request_parts(&mut parts, &state).await?;
    let Params(asked) = Params::<Asked>::from_request_parts(&mut parts, &state).await?;
    let engine = state.engine();
    let policy = engine.current_policy().policy;
    let (name, schedule) = found(&policy, &name)?;
    let window = window(&asked, schedule, engine.now())?;
    let layers = chosen(name, schedule, asked.layer.as_deref())?;
    let (_, standing) = engine.store().standing(window.start).await?;
    let rosters: Vec<Roster<'_>> =
        layers.iter().filter_map(|layer| policy.roster(name, layer, &standing.overrides)).collect();
    let shifts: Vec<Vec<Shift>> = rosters.iter().map(|roster| roster.shifts(window.start, window.end)).collect();
    let concerns = |order: &&Override| {
        order.schedule == *name
            && layers.contains(&&order.layer)
            && order.from < window.end
            && window.start < order.until
    };
    let told = Told {
        schedule: name.as_str(),
        zone: schedule.zone.iana_name().unwrap_or("UTC"),
        from: When(window.start),
        to: When(window.end),
        layers: layers
            .iter()
            .zip(&rosters)
            .zip(&shifts)
            .map(|((layer, roster), shifts)| LayerView {
                layer: layer.as_str(),
                shifts: shifts.iter().map(ShiftView::of).collect(),
                gaps: roster.gaps(window.start, window.end).iter().map(GapView::of).collect(),
            })
            .collect(),
        uncovered: uncovered(&rosters, window.start, window.end).iter().map(GapView::of).collect(),
        overrides: standing.overrides.iter().filter(concerns).map(OverrideView::of).collect(),
    };
    Ok(Json(told).into_response())
}

/// A schedule of the policy by its name.
pub(super) fn found<'p>(policy: &'p Policy, name: &str) -> Result<(&'p Name, &'p Schedule), Problem> {
    let schedule = name.parse::<Name>().ok().and_then(|name| policy.schedules.get_key_value(&name));
    schedule.ok_or_else(|| missing("schedule", name, policy.schedules.keys()))
}

/// 404 for what the policy does not have, with what it has.
pub(super) fn missing<'n>(kind: &str, name: &str, known: impl Iterator<Item = &'n Name>) -> Problem {
    let known: Vec<_> = known.map(Name::as_str).collect();
    Problem::not_found(if known.is_empty() {
        format!("there is no {kind} '{name}': the policy has none")
    } else {
        format!("there is no {kind} '{name}'; there are: {}", known.join(", "))
    })
}

fn chosen<'p>(name: &Name, schedule: &'p Schedule, layer: Option<&str>) -> Result<Vec<&'p Name>, Problem> {
    let Some(layer) = layer else { return Ok(schedule.layers.keys().collect()) };
    let only = schedule.layers.keys().find(|known| known.as_str() == layer);
    only.map(|only| vec![only]).ok_or_else(|| missing(&format!("layer of {name}"), layer, schedule.layers.keys()))
}

fn window(asked: &Asked, schedule: &Schedule, now: Timestamp) -> Result<Range<Timestamp>, Problem> {
    let moment = |field: &str, text: &str| {
        read_moment(text, &schedule.zone).ok_or_else(|| Problem::malformed(expected_moment(field)))
    };
    let from = asked.from.as_deref().map_or(Ok(now), |text| moment("from", text))?;
    let to = asked.to.as_deref().map_or(Ok(from + USUAL), |text| moment("to", text))?;
    if to <= from || to.since(from) > LONGEST {
        let days = LONGEST.as_secs() / 86_400;
        return Err(Problem::malformed(format!("expected 'to' to be after 'from', and at most {days} days")));
    }
    Ok(from..to)
}

pub(super) fn expected_moment(field: &str) -> String {
    format!(
        "expected '{field}' to be a moment such as 2026-11-21T09:00:00Z, or 2026-11-21T09:00 in the schedule's zone"
    )
}
