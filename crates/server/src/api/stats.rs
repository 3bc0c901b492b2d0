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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::figures::Resolver;
    use domain::id::{EscalationId, IncidentId};
    use domain::policy::Level;
    use domain::priority::Priority;
    use serde_json::{Value, json};
    use store::conformance::made::{id, incident, opening};
    use store::conformance::put;
    use store::contract::Changes;
    use store::memory::MemoryStore;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn hours(hours: u64) -> Duration {
        Duration::from_hours(hours)
    }

    /// Opened so many hours ago, told a second after, acknowledged ten minutes after, resolved after an hour.
    fn row(number: u64, ago: u64) -> EscalationRow {
        let (incident, opened) = (IncidentId::from_bits(number), NOW - hours(ago));
        EscalationRow {
            id: EscalationId::derive(incident, 1),
            incident,
            ordinal: 1,
            level: Level::Critical,
            state: EscalationState::Resolved,
            starts_at: opened,
            rungs: 1,
            attempts: 1,
            next_at: None,
            first_delivered_at: Some(opened + Duration::from_secs(1)),
            acknowledged_at: Some(opened + Duration::from_mins(10)),
            ended_at: Some(opened + hours(1)),
            synthetic: false,
            steps: 2,
            steps_on_time: 2,
            pages_delivered: 1,
            pages_failed: 0,
            response_due_at: Some(opened + Duration::from_mins(15)),
            interruptions: 1,
            opened_at: Some(opened),
            first_due_at: Some(opened),
            exhausted_at: None,
            resolved_by: Some(Resolver::Sentry),
            signals_before: 1,
            signals: 11,
        }
    }

    fn shown(rows: &[EscalationRow], labels: &[TruthLabel]) -> Value {
        serde_json::to_value(told(rows, false, labels, NOW - hours(720), NOW)).unwrap()
    }

    #[test]
    fn each_figure_comes_with_what_it_stands_on() {
        let rows: Vec<_> = (1..=12).map(|number| row(number, number + 2)).collect();
        let stats = shown(&rows, &[]);
        let critical = &stats["levels"]["critical"];
        assert_eq!(critical["time_to_notify"]["p50"], json!({"ms": 1_000}));
        assert_eq!(critical["time_to_notify"]["p95"], json!({"ms": null, "too_small_below": 20}));
        let ack = &critical["time_to_ack"];
        assert_eq!((&ack["n"], &ack["open"], &ack["median"]), (&json!(12), &json!(0), &json!({"ms": 599_000})));
        assert_eq!((&ack["median_low_ms"], &ack["unanswered"]["share"]), (&json!(599_000), &json!(0.0)));
        assert_eq!(critical["time_to_resolve"]["by"], json!({"sentry": 12}));
        assert_eq!(critical["time_to_resolve"]["mean"]["too_small_below"], 30);
        assert_eq!(critical["integrity"]["of"], 24);
        assert_eq!(
            (&critical["response"]["met"], &critical["response"]["in_time"]["share"]),
            (&json!(12), &json!(1.0))
        );
        assert_eq!(critical["noise"], json!({"interruptions": 12, "signals": 120, "saved": 0.9}));
        assert_eq!(stats["levels"]["high"]["incidents"], 0);
        assert!(stats["levels"].get("maintenance").is_none());
    }

    #[test]
    fn the_incidents_behind_what_went_wrong_are_named() {
        let mut late = row(1, 5);
        late.acknowledged_at = late.response_due_at.map(|due| due + Duration::from_secs(1));
        let mut silent = row(2, 30);
        (silent.acknowledged_at, silent.first_delivered_at, silent.resolved_by) = (None, None, Some(Resolver::Quiet));
        let names = [late.incident.to_string(), silent.incident.to_string()];
        let all = &shown(&[late, silent], &[])["all"];
        assert_eq!(all["late"], json!({"count": 2, "newest": names}));
        for figure in ["unanswered", "untold"] {
            assert_eq!(all[figure], json!({"count": 1, "newest": [names[1]]}), "{figure}");
        }
        assert_eq!(all["exhausted"], json!({"count": 0, "newest": []}));
    }

    #[test]
    fn a_resolve_that_was_taken_back_is_none() {
        let mut undone = row(1, 5);
        undone.state = EscalationState::Superseded;
        let mut goes_on = row(1, 5);
        (goes_on.id, goes_on.ordinal) = (EscalationId::derive(goes_on.incident, 2), 2);
        (goes_on.state, goes_on.ended_at, goes_on.resolved_by) = (EscalationState::Acknowledged, None, None);
        let stats = shown(&[goes_on, undone], &[]);
        assert_eq!((&stats["considered"], &stats["all"]["incidents"]), (&json!(2), &json!(1)));
        assert_eq!((&stats["all"]["time_to_resolve"]["by"], &stats["all"]["reopened"]), (&json!({}), &json!(0)));
    }

    #[test]
    fn noise_stands_beside_what_triage_held_too_low() {
        let label = |incident, said, triaged| TruthLabel {
            incident: IncidentId::from_bits(incident),
            at: NOW,
            by: "alice".into(),
            said,
            triaged,
            score: 50,
            reason: None,
        };
        let labels = [
            label(1, Priority::High, Priority::Low),
            label(2, Priority::High, Priority::Low),
            // The last word counts.
            label(2, Priority::Ignore, Priority::Low),
        ];
        assert_eq!(shown(&[], &labels)["labels"], json!({"judged": 2, "too_low": 1}));
    }

    async fn kept(rows: impl IntoIterator<Item = EscalationRow>) -> MemoryStore {
        let store = MemoryStore::empty();
        put(&store, opening((1..=4).map(incident))).await.unwrap();
        for row in rows {
            let row = EscalationRow { incident: id(row.incident.bits()), ..row };
            let escalations = [(row.id, row)].into();
            put(&store, Changes { escalations, ..Changes::default() }).await.unwrap();
        }
        store
    }

    #[tokio::test]
    async fn only_openings_within_the_time_are_looked_at() {
        let rise = EscalationRow { ordinal: 2, id: EscalationId::derive(IncidentId::from_bits(1), 2), ..row(1, 300) };
        let test = EscalationRow { synthetic: true, ..row(4, 2) };
        // In the order of their beginnings: the first of incident 1 long ago, its rise after the opening of 2.
        let store = kept([row(1, 300), row(2, 90), rise, row(3, 50), test]).await;
        let within = async |ago, most| {
            let (rows, truncated) = rows_since(&store, NOW - hours(ago), most).await.unwrap_or_default();
            let number = |row: &EscalationRow| (1..=4).find(|number| id(*number) == row.incident);
            (rows.iter().filter_map(number).collect::<Vec<_>>(), truncated)
        };
        assert_eq!(within(100, 9).await, (vec![3, 2], false));
        assert_eq!(within(400, 9).await, (vec![3, 1, 2, 1], false));
        // The newest are looked at; a test among them is looked at too.
        assert_eq!(within(400, 2).await, (vec![3], true));
        assert_eq!(within(60, 3).await, (vec![3], true));
    }
}
