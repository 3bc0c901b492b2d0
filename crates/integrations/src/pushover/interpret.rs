//! What Pushover's answers mean: `{"status": 1, "request", "receipt"}`, or `{"status": 0, "errors"}` and a key for each field that is wrong
//! (pushover.net/api, "Response format" and "Being Friendly to our API"). Errors are not repeated: they may hold what was sent.

use serde::Deserialize;

use super::{Ringing, config};
use crate::outcome::{Outcome, Receipt, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Answer {
    status: u32,
    #[serde(default)]
    receipt: Option<String>,
    /// How many emergencies were silenced.
    canceled: Option<u64>,
    token: Option<String>,
    user: Option<String>,
    #[serde(default)]
    errors: Vec<String>,
}

/// Messages, and the end of a ringing.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    let said = serde_json::from_slice::<Answer>(&answer.body).ok();
    match (classify(answer), said) {
        // Nothing rang any more: then the news can be told.
        (Outcome::Delivered { .. }, Some(said)) if said.status == 1 && said.canceled == Some(0) => Outcome::Repost,
        (Outcome::Delivered { .. }, Some(said)) if said.status == 1 => Outcome::Delivered { receipt: receipt(said) },
        (Outcome::Delivered { .. }, Some(said)) => refused(&format!("answered {}", answer.status), &said, answer),
        (Outcome::Delivered { .. }, None) => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with something that is not Pushover's", answer.status),
        },
        (Outcome::Retry { after, throttled: true, .. }, _) => Outcome::Retry {
            after,
            throttled: true,
            reason: "answered 429: the application has used up its messages of this month".into(),
        },
        (Outcome::Failed { reason }, Some(said)) => refused(&reason, &said, answer),
        (other, _) => other,
    }
}

fn receipt(said: Answer) -> Option<Receipt> {
    let receipt = said.receipt.filter(|receipt| config::is_key(receipt))?;
    serde_json::to_value(Ringing { receipt }).ok().map(Receipt)
}

fn refused(reason: &str, said: &Answer, answer: &HttpResponse) -> Outcome {
    let about = |word: &str| said.errors.iter().any(|error| error.contains(word));
    // Receipts are kept for a week: what rang is long silent, and the news can be told.
    if said.receipt.is_some() || about("receipt") {
        return Outcome::Repost;
    }
    let advice = if said.token.is_some() || about("token") {
        ": Pushover does not know the `token`"
    } else if said.user.is_some() || about("user") {
        ": Pushover does not know the `user`, or it has no such `device`"
    } else if answer.status == 413 {
        ": the message is too large: a mistake of ours"
    } else {
        ": Pushover does not take the message as it is"
    };
    Outcome::Failed { reason: format!("{reason}{advice}") }
}
