//! Requests to Codegen. Source: `docs/api-reference/openapi3.json` of the repository codegen-sh/codegen.

use std::time::Duration;

use domain::id::RunId;
use http::Method;
use serde::Serialize;

use super::config::Config;
use crate::agent::AgentTask;
use crate::agent::context::{Facts, boundary};
use crate::request::{DedupKey, HeaderValue, HttpRequest, Request, RequestKind, Secret};

/// The key in `metadata` under which a run's marker is found again: the vendor has no idempotency key.
pub(super) const MARKER: &str = "watchfire_run";

/// How many runs are looked through for a marker. Newest come first, and an answer is read to 64 KiB only.
pub(super) const LOOKED_AT: usize = 20;

const START_DEADLINE: Duration = Duration::from_secs(15);
const ASK_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Start<'a> {
    prompt: String,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    repo_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_type: Option<&'a str>,
}

#[derive(Serialize)]
struct Metadata {
    watchfire_run: String,
    watchfire_incident: String,
}

/// `POST …/agent/run`.
pub(super) fn start(config: &Config, task: &AgentTask) -> Request {
    let body = Start {
        prompt: prompt(task, config.include_title),
        metadata: Metadata { watchfire_run: task.run.to_string(), watchfire_incident: task.incident.to_string() },
        repo_id: config.repo_id,
        model: config.model.as_deref(),
        agent_type: config.agent_type.as_deref(),
    };
    // Text and numbers only: serialisation cannot fail.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut request = request(config, Method::POST, &["agent", "run"], task.run.to_string(), START_DEADLINE);
    if let RequestKind::Http(http) = &mut request.kind {
        http.headers.push((http::header::CONTENT_TYPE, HeaderValue::Plain("application/json".into())));
        http.body = body.into();
    }
    request
}

/// `GET …/agent/runs`, newest first.
pub(super) fn find(config: &Config, run: RunId) -> Request {
    let mut request = request(config, Method::GET, &["agent", "runs"], format!("{run}-find"), ASK_DEADLINE);
    if let RequestKind::Http(http) = &mut request.kind {
        let mut url = http.url.expose().clone();
        url.set_query(Some(&format!("source_type=API&skip=0&limit={LOOKED_AT}")));
        http.url = Secret::new(url);
    }
    request
}

/// `GET …/agent/run/{id}`; `None` when the id is none of the vendor's, which are numbers.
pub(super) fn poll(config: &Config, run: RunId, external_id: &str) -> Option<Request> {
    let id = external_id.parse::<u64>().ok()?.to_string();
    Some(request(config, Method::GET, &["agent", "run", &id], format!("{run}-poll"), ASK_DEADLINE))
}

fn request(config: &Config, method: Method, path: &[&str], key: String, deadline: Duration) -> Request {
    let mut url = config.base_url.clone();
    let org = config.org_id.to_string();
    // An https address has a path; `Err` is for addresses such as `mailto:`.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["v1", "organizations", &org]).extend(path);
    }
    let authorization = HeaderValue::Secret(Secret::new(format!("Bearer {}", config.token.expose())));
    let http = HttpRequest {
        method,
        url: Secret::new(url),
        headers: vec![
            (http::header::AUTHORIZATION, authorization),
            (http::header::ACCEPT, HeaderValue::Plain("application/json".into())),
        ],
        body: bytes::Bytes::new(),
        reach: config.connection.reach,
        ca_file: config.connection.ca_file.clone(),
    };
    Request { key: DedupKey(key), deadline, kind: RequestKind::Http(http) }
}

/// The instruction is a fixed text with ids of our own; all that came from outside stands in the fence, as JSON, whose texts hold no line
/// feed: no line of theirs can be the closing one.
pub(super) fn prompt(task: &AgentTask, include_title: bool) -> String {
    let facts = Facts::of(task, include_title);
    let data = serde_json::to_string_pretty(&facts).unwrap_or_default();
    include_str!("prompt.txt")
        .replace("{boundary}", &boundary(task.run))
        .replace("{run}", &task.run.to_string())
        .replace("{incident}", &task.incident.to_string())
        // Last, so that nothing in the data is taken for a place to fill.
        .replace("{data}", &data)
}
