//! `GET /api/v1/incidents`: incidents, newest opening first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::policy::Level;
use serde::Deserialize;
use store::record::IncidentFilter;

use crate::api::view::{IncidentView, List};
use crate::api::{cursor, response};
use crate::auth::MayRead;
use crate::input::{self, Params};
use crate::problem::Problem;
use crate::state::ServerState;

/// Words of states; `live` stands for all that are not over.
const STATES: [&str; 6] = ["open", "escalating", "acknowledged", "snoozed", "exhausted", "resolved"];
const LIVE: &str = "live";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// One or more words, separated by commas.
    state: Option<String>,
    level: Option<String>,
    project: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn list(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let filter = IncidentFilter {
        states: asked.state.as_deref().map(states).transpose()?.unwrap_or_default(),
        level: asked
            .level
            .map(|level| input::word("level", &level, &Level::ALL, |level| level.as_str()))
            .transpose()?,
        project: asked.project,
        before: cursor::read(cursor::Of::Incidents, asked.cursor.as_deref())?,
        limit: input::limit(asked.limit)?,
    };
    let page = state.engine().store().incidents(&filter).await?;
    let now = state.engine().now();
    let mut items = Vec::with_capacity(page.items.len());
    for row in &page.items {
        items.push(IncidentView::of(&row.incident, response::of(&state, &row.incident).await?, now));
    }
    Ok(Json(List { items, next: cursor::written(cursor::Of::Incidents, page.next) }).into_response())
}

fn states(asked: &str) -> Result<Vec<String>, Problem> {
    let mut states: Vec<&str> = Vec::new();
    for word in asked.split(',') {
        if word == LIVE {
            states.extend(STATES.iter().filter(|state| **state != "resolved"));
        } else if STATES.contains(&word) {
            states.push(word);
        } else {
            return Err(Problem::malformed(format!("expected 'state' to be of {}, {LIVE}", STATES.join(", "))));
        }
    }
    states.sort_unstable();
    states.dedup();
    Ok(states.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_words_and_live_is_all_but_resolved() {
        assert_eq!(states("open").ok(), Some(vec!["open".to_owned()]));
        assert_eq!(states("live,open").map(|states| states.len()).ok(), Some(5));
        assert!(states("closed").is_err());
        assert!(states("").is_err());
    }
}
