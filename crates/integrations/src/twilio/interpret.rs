//! What Twilio's answers mean: 201 with the message, else `{"code", "message", "status"}` (twilio.com/docs, "Error and Warning Dictionary").
//! Whether the SMS arrives is told later, by callbacks that nobody receives here yet.

use serde::Deserialize;

use crate::outcome::{Outcome, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Message {
    sid: String,
    status: String,
    error_code: Option<u32>,
}

#[derive(Deserialize)]
struct Refusal {
    code: u32,
}

/// A message that was asked for.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        Outcome::Delivered { .. } => taken(answer),
        Outcome::Failed { reason } => match serde_json::from_slice::<Refusal>(&answer.body) {
            Ok(Refusal { code: 20_429 }) => Outcome::Retry {
                after: answer.retry_after,
                throttled: true,
                reason: format!("{reason}, code 20429 (too many requests)"),
            },
            Ok(Refusal { code }) => Outcome::Failed { reason: coded(&reason, code) },
            Err(_) => Outcome::Failed { reason },
        },
        other => other,
    }
}

fn taken(answer: &HttpResponse) -> Outcome {
    match serde_json::from_slice::<Message>(&answer.body) {
        Ok(message) if matches!(message.status.as_str(), "failed" | "undelivered" | "canceled") => {
            let reason = "Twilio took the message and gave it up";
            Outcome::Failed { reason: message.error_code.map_or_else(|| reason.to_owned(), |code| coded(reason, code)) }
        }
        Ok(message) if !message.sid.is_empty() => Outcome::Delivered { receipt: None },
        _ => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with something that is not Twilio's", answer.status),
        },
    }
}

/// A code with what the operator can do about it.
fn coded(reason: &str, code: u32) -> String {
    let advice = match code {
        20_003 | 20_404 => ": check `account`, and `auth_token` or `key` and `key_secret`",
        20_005 | 30_002 => ": the account is not active",
        21_211 | 21_214 | 21_217 | 21_614 => ": `to` is no number that can get an SMS",
        21_212 | 21_603 | 21_606 | 21_659 | 21_660 => ": `from` is no number of the account that can send an SMS",
        21_701 | 21_703 | 21_704 => ": the messaging service in `service` has no number, or is gone",
        21_608 => ": a trial account sends to verified numbers only",
        21_610 | 30_004 => ": who has the number in `to` refused further messages; they must answer START",
        21_408 => ": the account may not send to that country",
        21_605 | 21_617 => ": the text is too long: a mistake of ours",
        30_003 | 30_005 | 30_006 => ": the number in `to` cannot be reached by SMS",
        30_007 => ": the network took it for unwanted",
        _ => "",
    };
    format!("{reason}, code {code}{advice}")
}
