//! What ntfy's answers mean. An error comes as `{"code", "http", "error"}`; the first three digits of the code are the status
//! (binwiederhier/ntfy, `server/errors.go`).

use serde::Deserialize;

use crate::outcome::{Outcome, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Published {
    event: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: u32,
}

/// 200 with the message that was published.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        Outcome::Delivered { .. } => match serde_json::from_slice::<Published>(&answer.body) {
            Ok(published) if published.event == "message" => Outcome::Delivered { receipt: None },
            _ => Outcome::Retry {
                after: answer.retry_after,
                throttled: false,
                reason: format!(
                    "answered {} with something that is not ntfy's; is `url` an ntfy server?",
                    answer.status
                ),
            },
        },
        Outcome::Retry { after, throttled, reason } => {
            Outcome::Retry { after, throttled, reason: coded(reason, answer) }
        }
        Outcome::Failed { reason } => {
            let reason = coded(reason, answer);
            let advice = match answer.status {
                401 => ": the server does not know the `token`, or the `user` and its `password`",
                403 => ": the server lets nobody write to the topic; give `token`, or `user` and `password`",
                404 => ": check `url`",
                413 => ": the message is too large: a mistake of ours",
                _ => "",
            };
            Outcome::Failed { reason: format!("{reason}{advice}") }
        }
        other @ Outcome::Repost => other,
    }
}

/// The code is a number of the vendor's and says more than the status; its words are not repeated.
fn coded(reason: String, answer: &HttpResponse) -> String {
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(refusal) => format!("{reason}, code {}", refusal.code),
        Err(_) => reason,
    }
}
