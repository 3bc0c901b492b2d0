//! What every adapter must pass, and what their tests share: samples, hostile text, answers of every status, golden requests.
//! Compiled for tests, and for other crates' tests with the feature `testkit`.

mod bulletins;
mod hostile;
mod promises;
mod samples;

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::Value;

use crate::notifier::Notifier;
use crate::outcome::Outcome;
use crate::registry::Table;
use crate::request::{HeaderValue, HttpRequest, HttpResponse, Request, RequestKind, Response};

pub use bulletins::{BUNDLE_KINDS, bulletin, bulletins, hostile_bulletin, thousand};
pub use hostile::{hostile, is_dangerous};
pub use promises::{GARBAGE, Promises};
pub use samples::{agent_task, every_occasion, everywhere, key, news, notifications, now, page, test};

/// Sixty statuses: all that are registered and may come as a final answer, and some that proxies invented.
pub const STATUSES: [u16; 60] = [
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404,
    405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431,
    451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511, 520, 529,
];

/// An answer without `Retry-After`.
#[must_use]
pub fn answer(status: u16, body: &str) -> Response {
    Response::Http(HttpResponse { status, retry_after: None, body: Bytes::copy_from_slice(body.as_bytes()) })
}

/// A JSON object as a table of the configuration; anything else is an empty one.
#[must_use]
pub fn table(value: Value) -> Table {
    match value {
        Value::Object(table) => table,
        _ => Table::new(),
    }
}

/// An outcome in one line, for tables in snapshots.
#[must_use]
pub fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered { receipt: None } => "delivered".into(),
        Outcome::Delivered { receipt: Some(receipt) } => format!("delivered, receipt {}", receipt.0),
        Outcome::Retry { throttled: true, reason, .. } => format!("slow down and retry ({reason})"),
        Outcome::Retry { throttled: false, reason, .. } => format!("retry ({reason})"),
        Outcome::Repost => "repost".into(),
        Outcome::Failed { reason } => format!("failed ({reason})"),
    }
}

/// What an adapter makes of each of [`STATUSES`], one line each. `body` is what comes with 2xx; the others come empty.
#[must_use]
pub fn status_table(adapter: &dyn Notifier, body: &str) -> String {
    let mut table = String::new();
    for status in STATUSES {
        let body = if (200..300).contains(&status) { body } else { "" };
        let _ = writeln!(table, "{status}: {}", told(&adapter.interpret(&answer(status, body))));
    }
    table
}

/// A request as text for a snapshot: secrets as `***`, JSON laid out.
#[must_use]
pub fn golden(request: &Request) -> String {
    let mut text = format!("key: {}\ndeadline: {:?}\n", request.key.0, request.deadline);
    match &request.kind {
        RequestKind::Console(page) => text.push_str(page),
        RequestKind::Http(http) => {
            let _ = writeln!(text, "{} {} ({:?})", http.method, http.url, http.reach);
            for (name, value) in &http.headers {
                let shown = match value {
                    HeaderValue::Plain(value) => value.as_str(),
                    HeaderValue::Secret(_) => "***",
                };
                let _ = writeln!(text, "{name}: {shown}");
            }
            let laid_out = serde_json::from_slice::<Value>(&http.body)
                .and_then(|body| serde_json::to_string_pretty(&body))
                .unwrap_or_else(|_| String::from_utf8_lossy(&http.body).into_owned());
            let _ = write!(text, "\n{laid_out}");
        }
    }
    text
}

/// The headers as a receiver sees them, secrets included; one that cannot be sent is left out.
#[must_use]
pub fn header_map(request: &HttpRequest) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    for (name, value) in &request.headers {
        if let Ok(value) = http::HeaderValue::from_str(header_text(value)) {
            headers.append(name.clone(), value);
        }
    }
    headers
}

fn header_text(value: &HeaderValue) -> &str {
    match value {
        HeaderValue::Plain(value) => value,
        HeaderValue::Secret(value) => value.expose(),
    }
}
