//! What a workflow's answers mean (learn.microsoft.com, "Workflows and Request triggers"). 202 says that a run began, not that a card was
//! posted. Bodies are not repeated: they may hold the address.

use crate::outcome::{Outcome, classify, http};
use crate::request::Response;

/// The trigger of a workflow.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        // A web page is no workflow.
        Outcome::Delivered { .. } if answer.body.trim_ascii_start().starts_with(b"<") => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with a web page", answer.status),
        },
        Outcome::Failed { reason } => {
            let advice = match answer.status {
                400 => ": the workflow does not read this request; make it from the template for webhook requests",
                401 | 403 => {
                    ": the workflow does not take the address any more, or asks for a sign-in; copy `url` again, and let anyone trigger it"
                }
                404 | 410 => ": the workflow was removed or turned off; make a new one and change `url`",
                413 => ": the card is too large: a mistake of ours",
                _ => "",
            };
            Outcome::Failed { reason: format!("{reason}{advice}") }
        }
        other => other,
    }
}
