//! Health, from what was recorded: asking changes nothing and promises nothing that was not seen.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::time::Timestamp;
use engine::health::EngineHealth;
use http::{StatusCode, header};
use serde::Serialize;
use store::record::Figures;

use crate::api::view::When;
use crate::auth::MayRead;
use crate::metrics::Unread;
use crate::problem::Problem;
use crate::state::ServerState;

/// A loop that did not go round for so long stands still: it does several times a second when it lives.
const TICK_STALE: Duration = Duration::from_secs(10);

pub(crate) fn routes() -> Router<ServerState> {
    Router::new()
        .route("/health", get(summary))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/health/detailed", get(detailed))
}

pub(crate) fn metrics_routes() -> Router<ServerState> {
    Router::new().route("/metrics", get(metrics))
}

/// What keeps the service from doing its work, in words that anybody may read.
fn hindrances(engine: &EngineHealth, now: Timestamp) -> Vec<&'static str> {
    let mut found = Vec::new();
    if engine.store_trouble.is_some() {
        found.push("the store refused the last transaction");
    }
    match engine.last_tick_at {
        None => found.push("the engine has not started"),
        Some(tick) if now.since(tick) > TICK_STALE => found.push("the engine stands still"),
        Some(_) => {}
    }
    found
}

/// Whether deliveries are taken and ladders run.
pub(crate) fn is_ready(engine: &EngineHealth, now: Timestamp) -> bool {
    hindrances(engine, now).is_empty()
}

/// What works as configured, but not as most would want it.
fn remarks(engine: &EngineHealth) -> Vec<&'static str> {
    let mut remarks = Vec::new();
    if !engine.monitoring {
        remarks
            .push("monitoring is off (SENTRY_MONITORING_ENABLED=false): deliveries are stored, and nothing is opened");
    }
    if engine.secrets == 0 {
        remarks.push("no signing secret is configured: every delivery is refused");
    }
    if engine.lanes.iter().any(|lane| lane.failures > 0) {
        remarks.push("the last try of a notifier or agent failed");
    }
    remarks
}

#[derive(Serialize)]
struct Summary {
    status: &'static str,
    version: &'static str,
    monitoring: bool,
    hindrances: Vec<&'static str>,
    remarks: Vec<&'static str>,
    /// What somebody should look at, with its number; it does not make the service any less ready.
    attention: Vec<String>,
}

/// What was taken and could not be understood: nobody was paged for it, so a person must know (docs/semantics.md, D).
fn attention(engine: &EngineHealth) -> Vec<String> {
    let deliveries = match engine.unreadable {
        0 => return Vec::new(),
        1 => "1 signed delivery".to_owned(),
        more => format!("{more} signed deliveries"),
    };
    vec![format!(
        "{deliveries} could not be read since the start: stored, nothing opened; see /api/v1/deliveries?trouble=true"
    )]
}

impl Summary {
    fn of(engine: &EngineHealth, now: Timestamp) -> Self {
        let (hindrances, remarks) = (hindrances(engine, now), remarks(engine));
        let status = match (hindrances.is_empty(), remarks.is_empty()) {
            (true, true) => "ok",
            (true, false) => "degraded",
            (false, _) => "failing",
        };
        Self {
            status,
            version: env!("CARGO_PKG_VERSION"),
            monitoring: engine.monitoring,
            hindrances,
            remarks,
            attention: attention(engine),
        }
    }

    fn code(&self) -> StatusCode {
        if self.hindrances.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }
}

async fn summary(State(state): State<ServerState>) -> Response {
    let summary = Summary::of(&state.engine().health(), state.engine().now());
    (summary.code(), Json(summary)).into_response()
}

#[derive(Serialize)]
struct Probe {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hindrances: Vec<&'static str>,
}

/// The process answers: nothing more is said, so that no orchestrator restarts it for a database's fault.
async fn live() -> Json<Probe> {
    Json(Probe { status: "ok", hindrances: Vec::new() })
}

async fn ready(State(state): State<ServerState>) -> Response {
    let hindrances = hindrances(&state.engine().health(), state.engine().now());
    if hindrances.is_empty() {
        Json(Probe { status: "ok", hindrances }).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Probe { status: "failing", hindrances })).into_response()
    }
}

#[derive(Serialize)]
struct Detailed {
    #[serde(flatten)]
    summary: Summary,
    now: When,
    started_at: When,
    database: Database,
    engine: Loop,
    oldest_due: Option<Due>,
    last_delivery_at: Option<When>,
    last_unreadable: Option<Unreadable>,
    secrets: usize,
    triage: Triage,
    lanes: Vec<Lane>,
    incidents: BTreeMap<String, u64>,
    tasks: Vec<Tasks>,
    /// Deliveries whose body was not taken, since the start.
    unread: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Triage {
    policy: String,
    rules: usize,
    ladders: usize,
    join_issues: bool,
    process_low: bool,
}

#[derive(Serialize)]
struct Database {
    ok: bool,
    trouble: Option<String>,
    bytes: Option<u64>,
    deliveries: Option<u64>,
    unreadable: Option<u64>,
}

#[derive(Serialize)]
struct Unreadable {
    delivery: String,
    at: When,
    trouble: String,
}

#[derive(Serialize)]
struct Loop {
    last_tick_at: Option<When>,
    tick_age_ms: Option<u64>,
    queued: usize,
    in_flight: usize,
}

#[derive(Serialize)]
struct Due {
    due: When,
    late_ms: u64,
}

#[derive(Serialize)]
struct Lane {
    name: String,
    kind: &'static str,
    failures: u32,
    last_success_at: Option<When>,
    last_trouble: Option<String>,
}

#[derive(Serialize)]
struct Tasks {
    work: String,
    state: String,
    count: u64,
}

async fn detailed(_: MayRead, State(state): State<ServerState>) -> Response {
    let now = state.engine().now();
    let health = state.engine().health();
    let figures = state.engine().store().figures(now).await;
    let summary = Summary::of(&health, now);
    let code = summary.code();
    // The figures are themselves a question to the store: what it says to them is newer than what the engine noted.
    let trouble = figures.as_ref().err().map(ToString::to_string).or(health.store_trouble);
    let figures = figures.ok();
    let millis = |since: Timestamp| u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX);
    let detailed = Detailed {
        summary,
        now: When(now),
        started_at: When(health.started_at),
        database: Database {
            ok: trouble.is_none(),
            trouble,
            bytes: figures.as_ref().map(|figures| figures.bytes),
            deliveries: figures.as_ref().map(|figures| figures.deliveries),
            unreadable: figures.as_ref().map(|figures| figures.unreadable),
        },
        engine: Loop {
            last_tick_at: health.last_tick_at.map(When),
            tick_age_ms: health.last_tick_at.map(millis),
            queued: health.queued,
            in_flight: health.in_flight,
        },
        oldest_due: figures
            .as_ref()
            .and_then(|figures| figures.oldest_due)
            .map(|due| Due { due: When(due), late_ms: millis(due) }),
        last_delivery_at: health
            .last_delivery_at
            .max(figures.as_ref().and_then(|figures| figures.last_delivery_at))
            .map(When),
        last_unreadable: health.last_unreadable.map(|last| Unreadable {
            delivery: last.delivery.to_string(),
            at: When(last.at),
            trouble: last.trouble,
        }),
        secrets: health.secrets,
        triage: Triage {
            policy: health.triage.policy.0.clone(),
            rules: health.triage.rules,
            ladders: health.triage.ladders,
            join_issues: health.triage.join_issues,
            process_low: health.triage.process_low,
        },
        lanes: health
            .lanes
            .into_iter()
            .map(|lane| Lane {
                name: lane.name.to_string(),
                kind: lane.kind,
                failures: lane.failures,
                last_success_at: lane.last_success_at.map(When),
                last_trouble: lane.last_trouble,
            })
            .collect(),
        incidents: figures.as_ref().map(by_state).unwrap_or_default(),
        tasks: figures
            .into_iter()
            .flat_map(|figures| figures.tasks)
            .map(|(work, state, count)| Tasks { work, state, count })
            .collect(),
        unread: Unread::ALL.into_iter().map(|reason| (reason.as_str(), state.metrics().unread(reason))).collect(),
    };
    (code, Json(detailed)).into_response()
}

/// Incidents by state, of all levels.
fn by_state(figures: &Figures) -> BTreeMap<String, u64> {
    let mut states = BTreeMap::new();
    for (state, _, count) in &figures.incidents {
        *states.entry(state.clone()).or_default() += count;
    }
    states
}

async fn metrics(State(state): State<ServerState>) -> Result<Response, Problem> {
    let engine = state.engine().metrics_text().await;
    let text = state.metrics().text(&engine).map_err(|error| Problem::internal(error.to_string()))?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
