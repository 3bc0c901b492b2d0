//! How the response time of an incident stands: it may ask the store for the first answer.

use domain::incident::Incident;

use crate::api::view::ResponseView;
use crate::problem::Problem;
use crate::state::ServerState;
use crate::words;

/// What nobody answered tells it by itself; of everything else the escalation's row remembers the first answer.
pub(super) async fn of(state: &ServerState, incident: &Incident) -> Result<Option<ResponseView>, Problem> {
    let now = state.engine().now();
    let Some(escalation) = incident.escalation.as_ref() else { return Ok(None) };
    let Some(due) = escalation.response_due_at else { return Ok(None) };
    if words::is_unanswered(incident) {
        return Ok(ResponseView::of(Some(due), None, None, now));
    }
    let row = state.engine().store().escalation(escalation.id).await?;
    Ok(row.and_then(|row| ResponseView::of_row(&row, now)))
}
