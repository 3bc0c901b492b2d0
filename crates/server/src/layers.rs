//! What surrounds every handler, in one layer: request id, the check of `Host`, a last deadline, panics, headers that keep browsers
//! careful, counting, and one line in the log. One layer instead of seven, because each would cost every delivery an allocation.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, Version, header};
// For measuring only; what is decided by time asks the engine's clock.
use tokio::time::Instant;

use crate::listen::Peer;
use crate::metrics::Area;
use crate::problem::Problem;
use crate::state::ServerState;

/// The name of one request, in its answer and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId {
    process: u32,
    number: u32,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{:08x}", self.process, self.number)
    }
}

/// Names for the requests of one process.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u32,
    next: AtomicU32,
}

impl Default for RequestIds {
    fn default() -> Self {
        // Any number that differs between runs will do.
        let drawn = RandomState::new().hash_one(0_u8).to_be_bytes();
        let process = u32::from_be_bytes([drawn[0], drawn[1], drawn[2], drawn[3]]);
        Self { process, next: AtomicU32::new(0) }
    }
}

impl RequestIds {
    fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For every answer: nothing here is a page, is to be guessed at, framed, cached or named to another site.
const CAREFUL: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Headers that never show in a debug print.
const SENSITIVE: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::COOKIE,
    HeaderName::from_static("sentry-hook-signature"),
    HeaderName::from_static("sentry-app-signature"),
];

/// The layer.
pub(crate) async fn around(State(state): State<ServerState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = state.requests().next();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let area = Area::of(route.as_ref().map_or("", MatchedPath::as_str));
    for name in &SENSITIVE {
        if let Some(value) = request.headers_mut().get_mut(name) {
            value.set_sensitive(true);
        }
    }

    let mut response = if hosts_fit(&request) {
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
        match tokio::time::timeout(state.limits().answer, handled).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => Problem::internal("a handler panicked").into_response(),
            Err(_) => Problem::busy("no answer within the last deadline").into_response(),
        }
    } else {
        Problem::malformed("expected exactly one header 'Host'").into_response()
    };

    let mut cause = None;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        cause = problem.cause().map(str::to_owned);
        response = problem.of_request(id).into_response();
    }
    let headers = response.headers_mut();
    for (name, value) in CAREFUL {
        headers.entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }

    let took = started.elapsed();
    state.metrics().count_answer(area, response.status(), took);
    let line = Line {
        method: word(&method),
        route: route.as_ref().map_or("unmatched", MatchedPath::as_str),
        status: response.status().as_u16(),
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        id,
    };
    line.write(&state, area, cause.as_deref());
    response
}

/// A request over a socket names its host exactly once; HTTP/1.0, which health probes still speak, may leave it out. A proxy in front that
/// believes another `Host` than we do could be led astray.
fn hosts_fit(request: &Request) -> bool {
    if request.extensions().get::<Peer>().is_none() {
        return true;
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() == Version::HTTP_10,
        (Some(_), Some(_)) => false,
    }
}

/// A method in the log: one of ours, because a client may make up any other, at any length.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// One line of the log: never the query nor the raw path, which may hold what must not be kept.
struct Line<'a> {
    method: &'static str,
    route: &'a str,
    status: u16,
    milliseconds: u64,
    id: RequestId,
}

impl Line<'_> {
    fn write(&self, state: &ServerState, area: Area, cause: Option<&str>) {
        let Self { method, route, status, milliseconds: ms, id } = self;
        let now = || state.engine().now();
        match status {
            500.. => {
                if let Some(held_back) = state.server_lines().take(now()) {
                    tracing::error!(method, route, status, ms, request = %id, cause, held_back, "answered");
                }
            }
            // Anybody can cause these: they may not fill a disk.
            400..500 => {
                if tracing::enabled!(tracing::Level::INFO)
                    && let Some(held_back) = state.client_lines().take(now())
                {
                    tracing::info!(method, route, status, ms, request = %id, held_back, "answered");
                }
            }
            _ if matches!(area, Area::Health | Area::Metrics) => {
                tracing::debug!(method, route, status, ms, request = %id, "answered");
            }
            _ => tracing::info!(method, route, status, ms, request = %id, "answered"),
        }
    }
}
