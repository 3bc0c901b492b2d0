//! What Mattermost's answers mean: 200 with `ok`, else `{"id", "message", "status_code"}`. The ids are those of `web.incoming_webhook.*` in
//! the server's own texts.

use serde::Deserialize;

use crate::outcome::{Outcome, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Refusal {
    id: String,
}

/// An incoming webhook.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        // A web page is no receiver of hooks.
        Outcome::Delivered { .. } if answer.body.trim_ascii_start().starts_with(b"<") => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with a web page instead of `ok`", answer.status),
        },
        Outcome::Failed { reason } => match advice(answer) {
            Some(advice) => Outcome::Failed { reason: format!("{reason}: {advice}") },
            None => Outcome::Failed { reason },
        },
        // The server says 501 when an admin has turned webhooks off: no number of tries turns them on.
        Outcome::Retry { reason, throttled: false, .. } if answer.status == 501 && advice(answer).is_some() => {
            Outcome::Failed { reason: format!("{reason}: {}", advice(answer).unwrap_or_default()) }
        }
        other => other,
    }
}

fn advice(answer: &HttpResponse) -> Option<&'static str> {
    let Refusal { id } = serde_json::from_slice(&answer.body).ok()?;
    let what = id.strip_prefix("web.incoming_webhook.")?.strip_suffix(".app_error")?;
    Some(match what {
        "disabled" => "the server takes no incoming webhooks; an admin turns them on",
        "invalid" => "the webhook was removed; make a new one and change `url`",
        "channel" => "there is no such `channel`",
        "channel_locked" => "the webhook is locked to its own channel; remove `channel`",
        "permissions" => "whoever made the webhook may not write in the channel",
        "user" => "there is no such person as `channel` names, or the webhook's owner is gone",
        "parse" | "text" | "text.length" | "split_props_length" => {
            "the server does not take the post as it is: a mistake of ours"
        }
        _ => return None,
    })
}
