//! What a receiver's status means: the specification's table under "Delivery success and failure".

use crate::outcome::{Outcome, classify, http};
use crate::request::Response;

/// 410 means that the receiver wants no more; 502 and 504 mean that it is under load, like 429.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match answer.status {
        410 => Outcome::Failed {
            reason: "answered 410 (gone): the receiver wants no more messages; remove this target".into(),
        },
        502 | 504 => Outcome::Retry {
            after: answer.retry_after,
            throttled: true,
            reason: format!("answered {}: the receiver is under load", answer.status),
        },
        _ => classify(answer),
    }
}
