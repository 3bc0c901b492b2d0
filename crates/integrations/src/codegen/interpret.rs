//! What Codegen's answers mean. Its `status` is a free, nullable text, and the vendor's own clients disagree about its words and their
//! case: the known ones are taken, and with any other one the run is asked after until its limit.

use std::time::Duration;

use domain::id::RunId;
use domain::incident::Progress;
use serde_json::Value;

use super::render::{LOOKED_AT, MARKER};
use crate::agent::report::{Answer, external_id, note, status_words, unread, web_link};
use crate::agent::{AgentOutcome, AgentReport};
use crate::request::{HttpResponse, Response, Sent, TransportError};

/// The vendor names no `Retry-After`; runs may be created ten times a minute.
pub(super) const SLOWEST: Duration = Duration::from_secs(60);

fn words(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("the token is not taken"),
        402 => Some("the runs of the billing plan are used up"),
        403 => Some("the token may not use this organization"),
        404 => Some("no such organization, repository or run"),
        _ => None,
    }
}

/// The answer to a start. Only what certainly started nothing may be tried again (semantics F1).
pub(super) fn started(answer: Result<&Response, &TransportError>) -> AgentOutcome {
    let answer = Answer::of(answer);
    match &answer {
        Answer::Http(http) => match http.status {
            200..=299 => read(http).map_or_else(
                || AgentOutcome::Unsure { reason: format!("answered {} without a readable run", http.status) },
                AgentOutcome::Known,
            ),
            429 => unread(&answer, SLOWEST, words),
            // A gateway that gave up says nothing about what stands behind it.
            408 | 425 | 500..=599 => AgentOutcome::Unsure { reason: format!("answered {}", http.status) },
            status => AgentOutcome::Failed { reason: status_words(status, words) },
        },
        Answer::Missing(error) if error.sent == Sent::Maybe => AgentOutcome::Unsure { reason: error.reason.clone() },
        Answer::Missing(_) | Answer::Alien(_) => unread(&answer, SLOWEST, words),
    }
}

/// The answer to a question after one run.
pub(super) fn polled(answer: Result<&Response, &TransportError>) -> AgentOutcome {
    let answer = Answer::of(answer);
    match &answer {
        Answer::Http(http) if (200..=299).contains(&http.status) => read(http).map_or_else(
            || AgentOutcome::Retry { after: None, reason: format!("answered {} without a readable run", http.status) },
            AgentOutcome::Known,
        ),
        _ => unread(&answer, SLOWEST, words),
    }
}

/// The answer to the list of runs. That a run is not there is certain only if the list is whole and shows every run's metadata.
pub(super) fn found(run: RunId, answer: Result<&Response, &TransportError>) -> AgentOutcome {
    let answer = Answer::of(answer);
    let http = match &answer {
        Answer::Http(http) if (200..=299).contains(&http.status) => http,
        _ => {
            return match unread(&answer, SLOWEST, words) {
                // The question failed for good, not the run.
                AgentOutcome::Failed { reason } => AgentOutcome::Unsure { reason },
                other => other,
            };
        }
    };
    let List { runs, whole } = list(&http.body);
    let marker = run.to_string();
    let ours = runs.iter().find(|run| run["metadata"][MARKER].as_str() == Some(&marker));
    if let Some(report) = ours.and_then(report) {
        return AgentOutcome::Known(report);
    }
    if whole && runs.len() < LOOKED_AT && runs.iter().all(|run| run["metadata"].is_object()) {
        return AgentOutcome::NotFound;
    }
    AgentOutcome::Unsure { reason: format!("not among the {} newest runs that could be read", runs.len()) }
}

struct List {
    runs: Vec<Value>,
    /// Whether nothing was cut off.
    whole: bool,
}

/// The runs of a list, `{"items": […]}` or a bare array. A list with long results is cut at the limit of an answer, so what stands
/// before the cut is read one by one.
fn list(body: &[u8]) -> List {
    let Some(start) = body.iter().position(|byte| *byte == b'[') else {
        return List { runs: Vec::new(), whole: false };
    };
    let mut rest = &body[start + 1..];
    let mut runs = Vec::new();
    loop {
        let skipped = rest.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',').unwrap_or(rest.len());
        rest = &rest[skipped..];
        if rest.first() == Some(&b']') {
            return List { runs, whole: true };
        }
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else {
            return List { runs, whole: false };
        };
        rest = &rest[values.byte_offset()..];
        runs.push(value);
    }
}

fn read(answer: &HttpResponse) -> Option<AgentReport> {
    report(&serde_json::from_slice(&answer.body).ok()?)
}

fn report(run: &Value) -> Option<AgentReport> {
    let id = external_id(run.get("id"))?;
    let pull_requests = run["github_pull_requests"].as_array();
    let pull_request = pull_requests.into_iter().flatten().find_map(|pull| web_link(pull.get("url")));
    Some(AgentReport {
        external_id: Some(id),
        progress: progress(run["status"].as_str()),
        url: pull_request.or_else(|| web_link(run.get("web_url"))),
        note: note(run.get("summary")).or_else(|| note(run.get("result"))),
    })
}

fn progress(status: Option<&str>) -> Progress {
    match status.unwrap_or_default().trim().to_ascii_uppercase().as_str() {
        "COMPLETE" | "COMPLETED" => Progress::Succeeded,
        "FAILED" | "ERROR" | "STOPPED" | "CANCELLED" | "CANCELED" => Progress::Failed,
        "PENDING" | "QUEUED" => Progress::Queued,
        "PAUSED" => Progress::NeedsInput,
        // RUNNING and ACTIVE; also what nobody documented.
        _ => Progress::Running,
    }
}
