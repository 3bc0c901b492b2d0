//! `/api/sentry-webhook`: Sentry's deliveries. The body goes to the engine raw, with its headers; the answer comes after the commit.
//!
//! A correctly signed delivery is never answered 429: the signature is verified first, and only failures are counted per address.

use std::fmt::Write as _;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::intake::{Answer, Hook, IntakeError};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::body::{self, BodyRefusal, RawBody};
use crate::failures::RETRY_SECONDS;
use crate::health;
use crate::listen::Peer;
use crate::metrics::Unread;
use crate::problem::Problem;
use crate::state::ServerState;

/// Where Sentry sends to.
pub(crate) const PATH: &str = "/api/sentry-webhook";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// POST: takes one delivery.
pub(crate) async fn receive(State(state): State<ServerState>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let limits = state.limits();
    let RawBody { bytes, room } = body::read(body, &parts.headers, limits.hook_bytes, limits.body, state.room())
        .await
        .inspect_err(|refusal| state.metrics().count_unread(unread(*refusal)))?;
    let peer = parts.extensions.get::<Peer>().copied();
    let taken = state.engine().receive(Hook { headers: parts.headers, body: bytes }).await;
    drop(room);
    match taken {
        Ok(answer) => Ok(told(&answer)),
        Err(IntakeError::Busy { reason }) => Err(Problem::busy(reason)),
        Err(IntakeError::Signature(_)) => {
            Err(if state.failures().allows(peer.map(|peer| peer.0), state.engine().now()) {
                Problem::unsigned(
                    "expected 'Sentry-Hook-Signature' to be the HMAC-SHA256 of the raw body in lower-case hex, made with a live secret",
                )
            } else {
                Problem::too_many_failures(RETRY_SECONDS)
            })
        }
    }
}

const fn unread(refusal: BodyRefusal) -> Unread {
    match refusal {
        BodyRefusal::TooLarge(_) => Unread::TooLarge,
        BodyRefusal::TooSlow(_) => Unread::TooSlow,
        BodyRefusal::Broken => Unread::Broken,
        BodyRefusal::NoRoom => Unread::NoRoom,
    }
}

/// Ids and words need no escape, so the answer is written as it is.
fn told(answer: &Answer) -> Response {
    let mut body = String::with_capacity(96);
    let _ = write!(body, r#"{{"outcome":"{}","delivery":"{}","incident":"#, answer.outcome.as_str(), answer.delivery);
    // Writing into a String cannot fail.
    let _ = match answer.incident {
        Some(incident) => write!(body, r#""{incident}"}}"#),
        None => write!(body, "null}}"),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = if answer.duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

#[derive(Serialize)]
pub(crate) struct Status {
    status: &'static str,
    features: Features,
}

/// What works right now; the names are those that senders know already.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Features {
    /// `SENTRY_MONITORING_ENABLED`: deliveries open incidents.
    smart_monitoring: bool,
    /// There is a live secret to verify with; without one every delivery is refused.
    signature_verification: bool,
    /// The engine goes round and its store takes what it decides.
    escalation_manager: bool,
}

/// GET: whether anybody is at home, for people who set the integration up.
pub(crate) async fn features(State(state): State<ServerState>) -> Json<Status> {
    let engine = state.engine().health();
    Json(Status {
        status: "ok",
        features: Features {
            smart_monitoring: engine.monitoring,
            signature_verification: engine.secrets > 0,
            escalation_manager: health::is_ready(&engine, state.engine().now()),
        },
    })
}
