//! What Opsgenie's answers mean: docs.opsgenie.com, "Response". 202 takes a request and carries it out later: one about an alias that nobody
//! knows is dropped without a word. Messages of errors are not repeated.

use serde::Deserialize;

use crate::outcome::{Outcome, classify, http};
use crate::request::Response;

#[derive(Deserialize)]
struct Taken {
    #[serde(rename = "requestId")]
    request: String,
}

/// The Alert API.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        Outcome::Delivered { .. } => match serde_json::from_slice::<Taken>(&answer.body) {
            Ok(taken) if !taken.request.is_empty() => Outcome::Delivered { receipt: None },
            // The alias makes a repeat harmless.
            _ => Outcome::Retry {
                after: answer.retry_after,
                throttled: false,
                reason: format!("answered {} with something that is not Opsgenie's", answer.status),
            },
        },
        Outcome::Failed { reason } => {
            let advice = match answer.status {
                401 => ": Opsgenie does not know the `api_key`; check `region` too",
                402 => ": the plan of the account does not allow it",
                403 => ": the `api_key` may not create alerts; take that of an integration \"API\"",
                404 => ": check `api_url`",
                422 => ": Opsgenie does not take the alert as it is; check `team`",
                _ => "",
            };
            Outcome::Failed { reason: format!("{reason}{advice}") }
        }
        other => other,
    }
}
