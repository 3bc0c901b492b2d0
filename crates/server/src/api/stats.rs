//! `GET /api/v1/escalations/stats`: how fast people are told, answer and end things, whether ladders kept their times, how much noise there
//! was. The figures are the domain's (`domain::figures`); here they are asked for and shown.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::figures::{End, Facts, Figures};
use domain::policy::duration::parse_duration;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::contract::Store;
use store::record::{EscalationFilter, EscalationRow, EscalationState, TruthLabel};

use crate::api::triage_report::last_words;
use crate::api::view::{GroupView, When};
use crate::auth::MayRead;
use crate::input::Params;
use crate::problem::Problem;
use crate::state::ServerState;

/// How far back it looks when nothing is asked.
const USUAL: Duration = Duration::from_hours(30 * 24);
/// The newest so many escalations are looked at.
const MOST: usize = 10_000;
const PAGE: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// How far back, such as `30d`: incidents whose opening began within it.
    since: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Stats {
    since: When,
    /// How many escalations stand behind it, tests left out.
    considered: usize,
    /// More exist than were looked at: the oldest are missing.
    truncated: bool,
    states: BTreeMap<&'static str, usize>,
    levels: BTreeMap<&'static str, GroupView>,
    all: GroupView,
    labels: Labels,
}

/// What people said of incidents: noise is never shown without what may have been missed for it.
#[derive(Serialize)]
struct Labels {
    /// Incidents that people judged.
    judged: usize,
    /// Those that triage had held for less than people did.
    too_low: usize,
}

pub(super) async fn stats(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Json<Stats>, Problem> {
    let back = match asked.since.as_deref() {
        None => USUAL,
        Some(text) => parse_duration(text)
            .map_err(|error| Problem::malformed(format!("expected 'since' to be a time such as 30d: {error}")))?,
    };
    let now = state.engine().now();
    let since = now - back;
    let store = state.engine().store();
    let (rows, truncated) = rows_since(&**store, since, MOST).await?;
    let labels = store.labels(since).await?;
    Ok(Json(told(&rows, truncated, &labels, since, now)))
}

/// The escalations of openings that began at `since` or later, of the newest `most`, and whether there are more.
async fn rows_since(store: &dyn Store, since: Timestamp, most: usize) -> Result<(Vec<EscalationRow>, bool), Problem> {
    let (mut rows, mut looked_at, mut before) = (Vec::new(), 0, None);
    loop {
        let filter = EscalationFilter { live: false, incident: None, before, limit: PAGE.min(most - looked_at) };
        let page = store.escalations(&filter).await?;
        looked_at += page.items.len();
        // Listed by when they were armed. The first of an incident was armed as it opened: what is listed behind it opened earlier still.
        let is_over = page.items.iter().any(|row| row.ordinal == 1 && opened_at(row) < since);
        rows.extend(page.items.into_iter().filter(|row| !row.synthetic && opened_at(row) >= since));
        match page.next {
            Some(next) if !is_over && looked_at < most => before = Some(next),
            next => return Ok((rows, next.is_some() && !is_over)),
        }
    }
}

fn opened_at(row: &EscalationRow) -> Timestamp {
    // Rows of an older version do not tell; they began about then.
    row.opened_at.unwrap_or(row.starts_at)
}

fn told(rows: &[EscalationRow], truncated: bool, labels: &[TruthLabel], since: Timestamp, now: Timestamp) -> Stats {
    let count = |state: EscalationState| rows.iter().filter(|row| row.state == state).count();
    let figures = Figures::of(rows.iter().map(facts), now);
    let judged = last_words(labels);
    Stats {
        since: When(since),
        considered: rows.len(),
        truncated,
        states: EscalationState::ALL.into_iter().map(|state| (state.as_str(), count(state))).collect(),
        levels: figures.levels.iter().map(|(level, group)| (level.as_str(), GroupView::of(group))).collect(),
        all: GroupView::of(&figures.all),
        labels: Labels {
            judged: judged.len(),
            too_low: judged.values().filter(|label| label.triaged < label.said).count(),
        },
    }
}

fn facts(row: &EscalationRow) -> Facts {
    let end = match row.state {
        EscalationState::Resolved => Some(End::Resolved(row.resolved_by)),
        // It was resolved, and that was taken back.
        EscalationState::Superseded if row.resolved_by.is_some() => Some(End::Undone),
        EscalationState::Superseded => Some(End::HandedOn),
        EscalationState::Pending
        | EscalationState::Running
        | EscalationState::Acknowledged
        | EscalationState::Exhausted => None,
    };
    Facts {
        incident: row.incident,
        ordinal: row.ordinal,
        level: row.level,
        synthetic: row.synthetic,
        opened_at: opened_at(row),
        first_due_at: row.first_due_at,
        first_delivered_at: row.first_delivered_at,
        acknowledged_at: row.acknowledged_at,
        exhausted_at: row.exhausted_at,
        response_due_at: row.response_due_at,
        ended: row.ended_at.zip(end),
        steps: row.steps,
        steps_on_time: row.steps_on_time,
        pages_delivered: row.pages_delivered,
        pages_failed: row.pages_failed,
        interruptions: row.interruptions,
        signals: row.signals.saturating_sub(row.signals_before),
    }
}
