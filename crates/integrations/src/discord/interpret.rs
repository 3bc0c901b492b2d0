//! What Discord's answers mean. An error comes as `{"code", "message"}`; the codes are those of discord.com/developers/docs, "Opcodes and
//! Status Codes", "JSON Error Codes". Being too fast says for how long in seconds, as a fraction ("Rate Limits").

use std::time::Duration;

use serde::Deserialize;

use super::{Posted, QUIET};
use crate::outcome::{Outcome, Receipt, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(default)]
    flags: u64,
}

#[derive(Deserialize)]
struct Refusal {
    code: u64,
}

#[derive(Deserialize)]
struct Throttled {
    retry_after: f64,
}

/// Longer than this nobody is told to wait; what is more is a mistake.
const LONGEST_WAIT: f64 = 86_400.0;

/// 200 with the message, because it was waited for.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match classify(answer) {
        Outcome::Delivered { .. } => taken(answer),
        Outcome::Retry { after, throttled: true, reason } => {
            Outcome::Retry { after: after.or_else(|| told_in(answer)), throttled: true, reason }
        }
        Outcome::Failed { reason } => refused(reason, answer),
        other => other,
    }
}

fn taken(answer: &HttpResponse) -> Outcome {
    match serde_json::from_slice::<Message>(&answer.body) {
        // What a receiver that does not know `wait` answers: it took the message and says no more.
        _ if answer.status == 204 => Outcome::Delivered { receipt: None },
        // A message that notifies nobody is not the one to edit.
        Ok(message) if message.flags & QUIET != 0 => Outcome::Delivered { receipt: None },
        Ok(message) if is_id(&message.id) => {
            Outcome::Delivered { receipt: serde_json::to_value(Posted { message_id: message.id }).ok().map(Receipt) }
        }
        _ => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with something that is not Discord's", answer.status),
        },
    }
}

fn told_in(answer: &HttpResponse) -> Option<Duration> {
    let throttled: Throttled = serde_json::from_slice(&answer.body).ok()?;
    (0.0..=LONGEST_WAIT).contains(&throttled.retry_after).then(|| Duration::from_secs_f64(throttled.retry_after))
}

fn refused(reason: String, answer: &HttpResponse) -> Outcome {
    let Ok(Refusal { code }) = serde_json::from_slice(&answer.body) else { return Outcome::Failed { reason } };
    let advice = match code {
        // The message to edit, or the one that was written by another webhook.
        10_008 | 50_005 => return Outcome::Repost,
        10_003 => ": the channel or the `thread` is gone",
        10_015 => ": the webhook was removed; make a new one and change `url`",
        50_027 => ": the webhook's token is not valid; copy `url` again",
        50_013 => ": the webhook may not write there",
        50_083 | 160_005 => ": the `thread` is archived or locked",
        220_001 => ": a forum takes messages in threads only; set `thread`",
        50_006 | 50_035 | 50_109 => ": Discord does not take the message as it is: a mistake of ours",
        _ => "",
    };
    Outcome::Failed { reason: format!("{reason}, code {code}{advice}") }
}

/// discord.com/developers/docs, "API Reference", "Snowflakes": a number of 64 bits.
pub fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
