//! Requests to an agent behind HTTP. All text is JSON, and all text from outside stands under `context`.

use std::time::Duration;

use domain::id::RunId;
use domain::time::Timestamp;
use http::{HeaderName, Method};
use serde::Serialize;
use url::Url;

use super::config::Config;
use crate::agent::AgentTask;
use crate::agent::context::Facts;
use crate::request::{DedupKey, HeaderValue, HttpRequest, Request, RequestKind, Secret};
use crate::standard_webhooks::{ID, SIGNATURE, TIMESTAMP, message_id, sign};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const START_DEADLINE: Duration = Duration::from_secs(15);
const ASK_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Start<'a> {
    dispatch_id: String,
    incident: String,
    callback_url: Option<&'a str>,
    /// Said in the body itself, for whoever builds a prompt of it.
    context_is_untrusted: bool,
    context: Facts,
}

/// The start of a run: the same key and the same body for every try.
pub(super) fn start(config: &Config, task: &AgentTask, now: Timestamp) -> Request {
    let body = Start {
        dispatch_id: task.run.to_string(),
        incident: task.incident.to_string(),
        callback_url: task.callback_url.as_deref(),
        context_is_untrusted: true,
        context: Facts::of(task, config.include_title),
    };
    // Text and flags only: serialisation cannot fail.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let key = DedupKey(task.run.to_string());
    let mut http = signed(config, Method::POST, config.url.clone(), &key, body, now);
    http.headers.push((http::header::CONTENT_TYPE, HeaderValue::Plain("application/json".into())));
    http.headers.push((IDEMPOTENCY_KEY, HeaderValue::Plain(key.0.clone())));
    Request { key, deadline: START_DEADLINE, kind: RequestKind::Http(http) }
}

/// The question how a run is doing, signed like a message with an empty body.
pub(super) fn poll(config: &Config, run: RunId, external_id: &str, now: Timestamp) -> Option<Request> {
    let url = config.status_url.as_ref()?.of(external_id)?;
    let key = DedupKey(format!("{run}-poll"));
    let http = signed(config, Method::GET, url, &key, Vec::new(), now);
    Some(Request { key, deadline: ASK_DEADLINE, kind: RequestKind::Http(http) })
}

fn signed(
    config: &Config,
    method: Method,
    url: Secret<Url>,
    key: &DedupKey,
    body: Vec<u8>,
    now: Timestamp,
) -> HttpRequest {
    let id = message_id(key);
    let seconds = now.millis().div_euclid(1000);
    let signature = sign(&config.keys, &id, seconds, &body);
    let mut headers = vec![
        (http::header::ACCEPT, HeaderValue::Plain("application/json".into())),
        (ID, HeaderValue::Plain(id)),
        (TIMESTAMP, HeaderValue::Plain(seconds.to_string())),
        (SIGNATURE, HeaderValue::Plain(signature)),
    ];
    if let Some(token) = &config.token {
        let bearer = Secret::new(format!("Bearer {}", token.expose()));
        headers.push((http::header::AUTHORIZATION, HeaderValue::Secret(bearer)));
    }
    HttpRequest {
        method,
        url,
        headers,
        body: body.into(),
        reach: config.connection.reach,
        ca_file: config.connection.ca_file.clone(),
    }
}
