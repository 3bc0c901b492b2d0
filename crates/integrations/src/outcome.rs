//! What an answer means for the outbox: classified once, here, for every adapter.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::request::{HttpResponse, Response, TransportError};

/// What became of one try of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor has it.
    Delivered {
        /// What is needed to edit or thread the message later; `None` where the vendor gives nothing.
        receipt: Option<Receipt>,
    },
    /// Try again, not before `after` if the vendor said so.
    Retry {
        /// The vendor's `Retry-After`.
        after: Option<Duration>,
        /// The vendor said that we are too fast: equal jitter instead of full.
        throttled: bool,
        /// For the timeline, without secrets.
        reason: String,
    },
    /// The message to edit is gone: render anew without a receipt, and send that.
    Repost,
    /// It will never be taken.
    Failed {
        /// For the timeline, without secrets.
        reason: String,
    },
}

/// What a vendor gave to find a message again. Kept per (incident, target).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipt(pub serde_json::Value);

/// How most vendors mean a status: 2xx took it; 408, 425, 429 and 5xx may be tried again; everything else is final, redirects too.
#[must_use]
pub fn classify(response: &HttpResponse) -> Outcome {
    match response.status {
        200..=299 => Outcome::Delivered { receipt: None },
        429 => Outcome::Retry {
            after: response.retry_after,
            throttled: true,
            reason: "answered 429 (too many requests)".into(),
        },
        408 | 425 | 500..=599 => Outcome::Retry {
            after: response.retry_after,
            throttled: false,
            reason: format!("answered {}", response.status),
        },
        300..=399 => {
            Outcome::Failed { reason: format!("answered {}: a redirect, which is never followed", response.status) }
        }
        status => Outcome::Failed { reason: format!("answered {status}") },
    }
}

/// The HTTP answer of an adapter that asked for one.
///
/// # Errors
/// Final: anything else than HTTP came back, which is a mistake in the wiring.
pub fn http(response: &Response) -> Result<&HttpResponse, Outcome> {
    match response {
        Response::Http(answer) => Ok(answer),
        Response::Console => Err(Outcome::Failed { reason: "expected an HTTP answer, got the terminal".into() }),
    }
}

/// What no answer at all means for a notification, which may be sent twice with the same key.
#[must_use]
pub fn unanswered(error: &TransportError) -> Outcome {
    if error.permanent {
        Outcome::Failed { reason: error.reason.clone() }
    } else {
        Outcome::Retry { after: None, throttled: false, reason: error.reason.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Sent;

    #[test]
    fn a_page_without_an_answer_is_tried_again_unless_that_cannot_help() {
        let error = |permanent| TransportError { sent: Sent::Maybe, permanent, reason: "it broke".into() };
        let again = Outcome::Retry { after: None, throttled: false, reason: "it broke".into() };
        assert_eq!(unanswered(&error(false)), again);
        assert_eq!(unanswered(&error(true)), Outcome::Failed { reason: "it broke".into() });
    }

    #[test]
    fn text_on_a_terminal_is_no_answer_over_http() {
        assert!(matches!(http(&Response::Console), Err(Outcome::Failed { .. })));
    }
}
