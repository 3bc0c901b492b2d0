//! What PagerDuty's answers mean: developer.pagerduty.com, "Events API v2 Overview", "Response Codes & Retry Logic".

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::render::{RECEIPT, is_alert_of_an_incident};
use crate::outcome::{Outcome, Receipt, classify, http};
use crate::request::{HttpResponse, Response};

/// The page asks for "a few minutes" after a 429 and sends no `Retry-After`.
const THROTTLED: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Answer {
    status: String,
    dedup_key: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<String>,
}

/// 202 took it, and says under which key.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match (classify(answer), answer.status) {
        (Outcome::Delivered { .. }, _) => taken(answer),
        (Outcome::Retry { after, throttled: true, reason }, _) => {
            Outcome::Retry { after: after.or(Some(THROTTLED)), throttled: true, reason }
        }
        (_, 400) => Outcome::Failed { reason: refused(answer) },
        (_, 404) => Outcome::Failed { reason: "answered 404: check `api_url` and `region`".into() },
        (_, 413) => Outcome::Failed { reason: "answered 413: the event is too large: a mistake of ours".into() },
        (other, _) => other,
    }
}

fn taken(answer: &HttpResponse) -> Outcome {
    match serde_json::from_slice::<Answer>(&answer.body) {
        Ok(said) if said.status == "success" => {
            let key = said.dedup_key.filter(|key| is_alert_of_an_incident(key));
            Outcome::Delivered { receipt: key.map(|key| Receipt(json!({RECEIPT: key}))) }
        }
        // A proxy's page, or an answer cut short: the key makes a repeat harmless.
        _ => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with something that is not PagerDuty's", answer.status),
        },
    }
}

/// The errors may repeat what was sent; only what they are about is told.
fn refused(answer: &HttpResponse) -> String {
    let errors = serde_json::from_slice::<Refusal>(&answer.body).map(|refusal| refusal.errors).unwrap_or_default();
    if errors.iter().any(|error| error.contains("routing_key") || error.contains("routing key")) {
        "answered 400: PagerDuty does not know the `routing_key`; take the key of an integration \"Events API V2\""
            .into()
    } else {
        "answered 400: PagerDuty does not take the event; is `routing_key` the key of an integration \"Events API V2\"?"
            .into()
    }
}
