//! `GET /api/v1/incidents/{id}/why`: where it stands, and each decision with its rule and its numbers, in words.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use crate::api::view::EntryView;
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
    standing: Vec<String>,
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
    let explained = Explained {
        incident: row.incident.id.to_string(),
        title: &row.incident.subject.title,
        state: row.incident.state.as_str(),
        level: row.incident.level.as_str(),
        standing: words::standing(&row.incident),
        // What was merely received decides nothing and explains nothing.
        items: page.items.iter().filter(|row| row.entry.why.is_some()).map(EntryView::of).collect(),
        next: cursor::written(list, page.next),
    };
    Ok(Json(explained).into_response())
}
