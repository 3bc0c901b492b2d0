//! `GET /api/v1/silences/{id}/preview`: what a silence would have muted in the last week, had it stood then.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::event::Event;
use domain::incident::{Incident, State as IncidentState};
use domain::silence::{Period, Preview, Silence};
use domain::time::Timestamp;
use store::contract::Store;
use store::record::IncidentFilter;

use crate::api::silence;
use crate::api::view::PreviewView;
use crate::auth::MayRead;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

/// So much of the past is asked.
const WINDOW: Duration = Duration::from_hours(7 * 24);
/// How many rows are read at once.
const PAGE: usize = 500;

/// How much is read for one preview.
#[derive(Clone, Copy)]
struct Most {
    incidents: usize,
    /// Lines of timelines.
    lines: usize,
}

const MOST: Most = Most { incidents: 5_000, lines: 50_000 };

pub(super) async fn show(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Json<PreviewView>, Problem> {
    let silence = silence::found(&state, &name).await?;
    Ok(Json(of_last_week(&state, &silence).await?))
}

pub(super) async fn of_last_week(state: &ServerState, silence: &Silence) -> Result<PreviewView, Problem> {
    let engine = state.engine();
    over_last_week(&**engine.store(), silence, engine.now(), MOST).await
}

async fn over_last_week(
    store: &dyn Store,
    silence: &Silence,
    now: Timestamp,
    most: Most,
) -> Result<PreviewView, Problem> {
    let window = Period { from: now - WINDOW, until: now };
    let mut preview = Preview::over(window, silence);
    let (mut considered, mut lines, mut truncated) = (0, most.lines, false);
    let mut before = None;
    loop {
        let limit = PAGE.min(most.incidents - considered);
        let page = store.incidents(&IncidentFilter { before, limit, ..IncidentFilter::default() }).await?;
        for row in &page.items {
            considered += 1;
            if !may_be_muted(silence, &row.incident, window) {
                continue;
            }
            match told(store, &row.incident, &mut lines).await? {
                Some(story) => preview.add(&row.incident, story.iter().map(|(at, event)| (*at, event))),
                None => truncated = true,
            }
        }
        match page.next {
            Some(next) if considered < most.incidents => before = Some(next),
            next => {
                truncated |= next.is_some();
                return Ok(PreviewView::of(preview, considered, truncated));
            }
        }
    }
}

/// Whether its timeline is worth reading: it may have been paged in the window, and it does not surely fail to match.
fn may_be_muted(silence: &Silence, incident: &Incident, window: Period) -> bool {
    let was_over = matches!(incident.state, IncidentState::Resolved { at, .. } if at < window.from);
    !incident.synthetic && !was_over && silence.matching.of_incident(incident, window.until) != Some(false)
}

/// What a preview asks of a timeline; `None` when that is more than there are lines left, of which it takes what it reads.
async fn told(
    store: &dyn Store,
    incident: &Incident,
    lines: &mut usize,
) -> Result<Option<Vec<(Timestamp, Event)>>, Problem> {
    let (mut story, mut after) = (Vec::new(), None);
    while *lines > 0 {
        let page = store.timeline(incident.id, after, PAGE.min(*lines)).await?;
        *lines -= page.items.len().min(*lines);
        story.extend(page.items.into_iter().filter_map(|row| {
            let counts = matches!(row.entry.event, Event::Opened { .. } | Event::Reopened { .. } | Event::Paged { .. });
            counts.then_some((row.at, row.entry.event))
        }));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(Some(story)),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use domain::silence::SilenceKind;
    use serde_json::Value;

    use super::*;
    use crate::tests::Kit;

    #[tokio::test]
    async fn what_was_not_looked_at_is_said() {
        let kit = Kit::new().await;
        for title in ["one", "two", "three"] {
            let body = format!(r#"{{"external_id":"{title}","level":"critical"}}"#);
            kit.post("/api/v1/escalations", &body).await;
        }
        kit.engine.drain().await;
        let all = r#"{"match": ["{ all = [] }"], "for": "1h", "reason": "x"}"#;
        kit.post("/api/v1/silences", all).await;
        let silence = kit.engine.standing().await.unwrap().silences[0].clone();
        assert_eq!(silence.kind, SilenceKind::Silence);
        let now = kit.engine.now() + Duration::from_secs(1);
        let told = async |incidents: usize, lines: usize| {
            let most = Most { incidents, lines };
            let view = over_last_week(&**kit.engine.store(), &silence, now, most).await.unwrap();
            let view: Value = serde_json::to_value(view).unwrap();
            (
                view["muted"]["incidents"].as_u64().unwrap(),
                view["considered"].as_u64().unwrap(),
                view["truncated"] == true,
            )
        };
        assert_eq!(told(10, 1_000).await, (3, 3, false));
        assert_eq!(told(3, 1_000).await, (3, 3, false));
        assert_eq!(told(2, 1_000).await, (2, 2, true));
        let (muted, considered, truncated) = told(10, 5).await;
        assert!(muted < 3 && considered == 3 && truncated, "{muted} {considered} {truncated}");
    }
}
