//! What every agent's answers have in common: how they come, and how much of what they say is kept.

use std::time::Duration;

use serde_json::Value;

use super::AgentOutcome;
use crate::request::{HttpResponse, Response, TransportError};
use crate::untrusted::Untrusted;

/// The longest note, in characters: what the model wrote is as untrusted as what it read.
pub const NOTE_LIMIT: usize = 500;

/// The longest id of a vendor, in bytes.
const ID_LIMIT: usize = 200;

/// What came back for a request, if it was an HTTP answer.
pub(crate) enum Answer<'a> {
    /// A status and a body.
    Http(&'a HttpResponse),
    /// Nothing.
    Missing(&'a TransportError),
    /// Something that no agent asked for: a mistake in the wiring.
    Alien(&'static str),
}

impl<'a> Answer<'a> {
    pub(crate) const fn of(answer: Result<&'a Response, &'a TransportError>) -> Self {
        match answer {
            Ok(Response::Http(answer)) => Self::Http(answer),
            Ok(other) => Self::Alien(other.way()),
            Err(error) => Self::Missing(error),
        }
    }
}

/// An answer to a question that changes nothing, and may be asked again, when it is not the wanted one. `slowest` is the least wait after
/// a 429; `known` gives words for a status.
pub(crate) fn unread(answer: &Answer<'_>, slowest: Duration, known: fn(u16) -> Option<&'static str>) -> AgentOutcome {
    match answer {
        Answer::Http(answer) => match answer.status {
            429 => AgentOutcome::Retry {
                after: Some(answer.retry_after.unwrap_or_default().max(slowest)),
                reason: "answered 429 (too many requests)".into(),
            },
            408 | 425 | 500..=599 => {
                AgentOutcome::Retry { after: answer.retry_after, reason: format!("answered {}", answer.status) }
            }
            status => AgentOutcome::Failed { reason: status_words(status, known) },
        },
        Answer::Missing(error) if error.permanent => AgentOutcome::Failed { reason: error.reason.clone() },
        Answer::Missing(error) => AgentOutcome::Retry { after: None, reason: error.reason.clone() },
        Answer::Alien(way) => AgentOutcome::Failed { reason: format!("expected an HTTP answer, got {way}") },
    }
}

/// `answered 402: …`; the vendor's own words stay out, because nobody checked them.
pub(crate) fn status_words(status: u16, known: fn(u16) -> Option<&'static str>) -> String {
    known(status).map_or_else(|| format!("answered {status}"), |words| format!("answered {status}: {words}"))
}

/// An address of the vendor's that a person may click.
pub(crate) fn web_link(value: Option<&Value>) -> Option<String> {
    let link = Untrusted::new(value?.as_str()?).for_link()?;
    Some(link.as_str().to_owned())
}

/// What was said, in one short line without hidden characters.
pub(crate) fn note(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?.trim();
    (!text.is_empty()).then(|| Untrusted::new(text).for_terminal(NOTE_LIMIT))
}

/// A vendor's id: a number, or short visible ASCII.
pub(crate) fn external_id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => {
            let sound = (1..=ID_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
            sound.then(|| text.clone())
        }
        _ => None,
    }
}
