//! `GET /api/v1/silences/{id}`: one silence, with what is unwise about it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::silence::Silence;
use serde::Serialize;

use crate::api::view::SilenceView;
use crate::api::{find, silences};
use crate::auth::MayRead;
use crate::input::Named;
use crate::problem::Problem;
use crate::state::ServerState;

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    silence: SilenceView<'a>,
    cautions: Vec<String>,
}

pub(super) async fn show(
    _: MayRead,
    State(state): State<ServerState>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let silence = found(&state, &name).await?;
    let cautions = cautions(&silence);
    Ok(Json(Detail { silence: SilenceView::of(&silence, state.engine().now()), cautions }).into_response())
}

pub(super) fn cautions(silence: &Silence) -> Vec<String> {
    silence.cautions().iter().map(ToString::to_string).collect()
}

/// A silence by its id, the start of it, with or without `sil-`, or its name in the policy.
pub(super) async fn found(state: &ServerState, name: &str) -> Result<Silence, Problem> {
    let mut known = silences::known(state).await?;
    let wanted = name.to_ascii_lowercase();
    let is_called = |silence: &Silence| silence.name.as_ref().is_some_and(|own| own.as_str() == wanted);
    let place = match known.iter().position(is_called) {
        Some(place) => place,
        None => {
            let start = wanted.strip_prefix("sil-").unwrap_or(&wanted);
            let begins = |id: &str| !start.is_empty() && id["sil-".len()..].starts_with(start);
            let fitting: Vec<_> =
                known.iter().map(|silence| silence.id).filter(|id| begins(&id.to_string())).take(10).collect();
            let id = find::only("silence", name, &fitting)?;
            known.iter().position(|silence| silence.id == id).ok_or_else(|| find::none("silence", name))?
        }
    };
    Ok(known.swap_remove(place))
}
