//! What the answers and callbacks of an agent behind HTTP mean. It honours the idempotency key, so a start that nobody answered is simply
//! sent again.

use std::time::Duration;

use domain::id::RunId;
use domain::incident::Progress;
use domain::time::Timestamp;
use serde_json::Value;

use super::config::Config;
use crate::agent::report::{Answer, external_id, note, unread, web_link};
use crate::agent::{AgentOutcome, AgentReport, CallbackError};
use crate::request::{Response, TransportError};
use crate::standard_webhooks::verify;

/// The contract's words for a status, in any case.
pub(super) fn own_word(word: &str) -> Option<Progress> {
    match word.trim().to_ascii_lowercase().as_str() {
        "queued" => Some(Progress::Queued),
        "running" => Some(Progress::Running),
        "needs_input" => Some(Progress::NeedsInput),
        "succeeded" => Some(Progress::Succeeded),
        "failed" | "cancelled" => Some(Progress::Failed),
        _ => None,
    }
}

fn words(status: u16) -> Option<&'static str> {
    match status {
        401 | 403 => Some("the signature or the token is not taken"),
        404 | 410 => Some("no such address or run"),
        _ => None,
    }
}

/// The answer to a start.
pub(super) fn started(config: &Config, answer: Result<&Response, &TransportError>) -> AgentOutcome {
    let answer = Answer::of(answer);
    let Answer::Http(http) = &answer else {
        return unread(&answer, Duration::ZERO, words);
    };
    let body = serde_json::from_slice::<Value>(&http.body).unwrap_or(Value::Null);
    let report = report(config, &body, Progress::Queued);
    match http.status {
        200..=202 if report.external_id.is_some() => AgentOutcome::Known(report),
        // With the same key it is our own run that is there already, whether the body says its id or not.
        409 => AgentOutcome::Known(report),
        // Perhaps a page of some gateway; the key makes another try harmless.
        200..=299 => {
            AgentOutcome::Retry { after: http.retry_after, reason: format!("answered {} without an `id`", http.status) }
        }
        _ => unread(&answer, Duration::ZERO, words),
    }
}

/// The answer to a question after one run.
pub(super) fn polled(config: &Config, answer: Result<&Response, &TransportError>) -> AgentOutcome {
    let answer = Answer::of(answer);
    match &answer {
        Answer::Http(http) if (200..=299).contains(&http.status) => {
            let body = serde_json::from_slice::<Value>(&http.body).unwrap_or(Value::Null);
            if status(config, &body).is_none() {
                let reason = format!("answered {} without a status at {}", http.status, config.status_pointer);
                return AgentOutcome::Retry { after: http.retry_after, reason };
            }
            // A word that nobody explained: the run is asked after until its limit.
            AgentOutcome::Known(report(config, &body, Progress::Running))
        }
        _ => unread(&answer, Duration::ZERO, words),
    }
}

/// A callback: `{"status", "url"?, "summary"?, "id"?, "dispatch_id"?}`, signed over its raw body.
pub(super) fn callback(
    config: &Config,
    run: RunId,
    headers: &http::HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<AgentReport, CallbackError> {
    verify(&config.keys, headers, body, now).map_err(|_| CallbackError::Signature)?;
    let body: Value = serde_json::from_slice(body).map_err(|_| CallbackError::Unreadable)?;
    let word = body.get("status").and_then(Value::as_str).ok_or(CallbackError::Unreadable)?;
    let progress = progress(config, word).ok_or(CallbackError::Unreadable)?;
    // The signature does not cover the address: a callback of one run, sent to the address of another, must not count.
    if body.get("dispatch_id").is_some_and(|id| id.as_str() != Some(&run.to_string())) {
        return Err(CallbackError::Unreadable);
    }
    Ok(AgentReport {
        external_id: external_id(body.get("id")),
        progress,
        url: web_link(body.get("url")),
        note: note(body.get("summary")),
    })
}

fn report(config: &Config, body: &Value, otherwise: Progress) -> AgentReport {
    AgentReport {
        external_id: external_id(body.get("id")),
        progress: status(config, body).and_then(|word| progress(config, word)).unwrap_or(otherwise),
        url: web_link(body.pointer(&config.url_pointer)),
        note: note(body.get("summary")),
    }
}

fn status<'a>(config: &Config, body: &'a Value) -> Option<&'a str> {
    body.pointer(&config.status_pointer)?.as_str()
}

fn progress(config: &Config, word: &str) -> Option<Progress> {
    config.statuses.get(&word.to_lowercase()).copied().or_else(|| own_word(word))
}
