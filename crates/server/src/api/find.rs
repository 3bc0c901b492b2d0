//! Names as people shorten them: the whole id, its start while that is unique, or what somebody else calls the thing.

use domain::id::{BundleId, EscalationId, IncidentId};
use store::record::{EscalationRow, IncidentRow};

use crate::problem::Problem;
use crate::state::ServerState;

pub(super) async fn incident(state: &ServerState, name: &str) -> Result<IncidentRow, Problem> {
    let store = state.engine().store();
    let id = match name.parse::<IncidentId>() {
        Ok(id) => id,
        Err(_) => only("incident", name, &store.incidents_named(name).await?)?,
    };
    store.incident(id).await?.ok_or_else(|| none("incident", name))
}

pub(super) async fn escalation(state: &ServerState, name: &str) -> Result<EscalationRow, Problem> {
    let store = state.engine().store();
    let id = match name.parse::<EscalationId>() {
        Ok(id) => id,
        Err(_) => only("escalation", name, &store.escalations_named(name).await?)?,
    };
    store.escalation(id).await?.ok_or_else(|| none("escalation", name))
}

pub(super) async fn bundle(state: &ServerState, name: &str) -> Result<BundleId, Problem> {
    match name.parse::<BundleId>() {
        Ok(id) => Ok(id),
        Err(_) => only("bundle", name, &state.engine().store().bundles_named(name).await?),
    }
}

pub(super) fn only<T: ToString + Copy>(kind: &str, name: &str, found: &[T]) -> Result<T, Problem> {
    match found {
        [] => Err(none(kind, name)),
        [one] => Ok(*one),
        several => {
            let detail = format!("expected a name that fits one {kind}: '{name}' fits several");
            Err(Problem::ambiguous(detail, several.iter().map(T::to_string).collect()))
        }
    }
}

pub(super) fn none(kind: &str, name: &str) -> Problem {
    Problem::not_found(format!("there is no {kind} '{name}'"))
}
