//! `GET /api/v1/incidents/{id}/why`: where it stands, what triage says of it and what would change that, and each decision with its rule and its
//! numbers, in words.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::incident::Incident;
use domain::policy::TriagePolicy;
use serde::{Deserialize, Serialize};

use crate::api::view::{EntryView, TriageView};
use crate::api::{cursor, find};
use crate::auth::MayRead;
use crate::input::{self, Named, Params};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::words;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Explained<'a> {
    incident: String,
    title: &'a str,
    state: &'static str,
    level: &'static str,
    priority: &'static str,
    standing: Vec<String>,
    triage: TriageView<'a>,
    items: Vec<EntryView>,
    next: Option<String>,
}

pub(super) async fn explain(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let limit = input::limit(asked.limit.or(Some(500)))?;
    let row = find::incident(&state, &name).await?;
    let list = cursor::Of::Timeline(row.incident.id);
    let after = cursor::read(list, asked.cursor.as_deref())?;
    let page = state.engine().store().timeline(row.incident.id, after, limit).await?;
    let policy = triage_policy(&state, &row.incident).await?;
    let explained = Explained {
        incident: row.incident.id.to_string(),
        title: &row.incident.subject.title,
        state: row.incident.state.as_str(),
        level: row.incident.level.as_str(),
        priority: row.incident.priority.as_str(),
        standing: words::standing(&row.incident, state.engine().now()),
        triage: TriageView::of(&row.incident, policy.as_ref()),
        // What was merely received decides nothing and explains nothing.
        items: page.items.iter().filter(|row| row.entry.why.is_some()).map(EntryView::of).collect(),
        next: cursor::written(list, page.next),
    };
    Ok(Json(explained).into_response())
}

/// The weights and thresholds that the incident's triage was made with, else those it is pinned to: an older version did not say.
async fn triage_policy(state: &ServerState, incident: &Incident) -> Result<Option<TriagePolicy>, Problem> {
    let hash = incident.triage.policy.as_ref().unwrap_or(&incident.policy);
    let current = state.engine().current_policy();
    if current.policy.hash == *hash {
        return Ok(Some(current.policy.triage.clone()));
    }
    let text = state.engine().store().policy(hash).await?;
    // One that this version cannot read any more is as good as gone.
    Ok(text.and_then(|text| domain::policy::file::parse(&text).ok()).map(|policy| policy.triage))
}
