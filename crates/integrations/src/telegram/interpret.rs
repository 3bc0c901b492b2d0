//! What Telegram's answers mean: always `{"ok", "result"}` or `{"ok", "error_code", "description", "parameters"}`
//! (core.telegram.org/bots/api, "Making requests"). Descriptions are for people and may change, so whatever `parameters` or the status say
//! comes first; a description is compared, never repeated.

use std::time::Duration;

use serde::Deserialize;

use super::Posted;
use crate::outcome::{Outcome, Receipt, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    result: Option<serde_json::Value>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize, Default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    chat: Chat,
    reply_to_message: Option<Replied>,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
}

#[derive(Deserialize)]
struct Replied {
    message_id: i64,
}

/// The Bot API.
pub fn outcome(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    match serde_json::from_slice::<Answer>(&answer.body) {
        Ok(said) if said.ok && (200..300).contains(&answer.status) => Outcome::Delivered { receipt: receipt(said) },
        Ok(said) if !said.ok => refused(&said, answer),
        Ok(_) | Err(_) => match classify(answer) {
            Outcome::Delivered { .. } => Outcome::Retry {
                after: answer.retry_after,
                throttled: false,
                reason: format!("answered {} with something that is not Telegram's", answer.status),
            },
            Outcome::Failed { reason } => Outcome::Failed { reason: advised(reason, answer.status, "") },
            other => other,
        },
    }
}

/// The first message: a reply hangs on it. In a topic every message seems to reply to the one that opened the topic.
fn receipt(said: Answer) -> Option<Receipt> {
    let message: Message = serde_json::from_value(said.result?).ok()?;
    let replied = message
        .reply_to_message
        .map(|replied| replied.message_id)
        .filter(|replied| !(message.is_topic_message && message.message_thread_id == Some(*replied)));
    let posted = Posted { chat: message.chat.id, message_id: replied.unwrap_or(message.message_id) };
    serde_json::to_value(posted).ok().map(Receipt)
}

fn refused(said: &Answer, answer: &HttpResponse) -> Outcome {
    if let Some(chat) = said.parameters.migrate_to_chat_id {
        let reason = format!("the group became a supergroup, with another number: set `chat` to {chat}");
        return Outcome::Failed { reason };
    }
    let description = said.description.to_lowercase();
    // What should be said is said already: an edit that was tried twice.
    if description.contains("message is not modified") {
        return Outcome::Delivered { receipt: None };
    }
    if ["message to edit not found", "message can't be edited", "message_id_invalid"]
        .iter()
        .any(|gone| description.contains(gone))
    {
        return Outcome::Repost;
    }
    // A proxy of the API may answer 200 to everything.
    let status = if (200..300).contains(&answer.status) { said.error_code.unwrap_or(400) } else { answer.status };
    let after = answer.retry_after.or(said.parameters.retry_after.map(Duration::from_secs));
    match classify(&HttpResponse { status, retry_after: after, body: answer.body.clone() }) {
        Outcome::Failed { .. } if said.parameters.retry_after.is_some() => {
            Outcome::Retry { after, throttled: true, reason: format!("answered {status} (too many requests)") }
        }
        Outcome::Failed { reason } => Outcome::Failed { reason: advised(reason, status, &description) },
        Outcome::Delivered { .. } => Outcome::Failed { reason: "answered that it is not ok, without an error".into() },
        other => other,
    }
}

/// What the operator can do about it.
fn advised(reason: String, status: u16, description: &str) -> String {
    let advice = match status {
        401 | 404 => "Telegram does not know the `token`",
        403 if description.contains("blocked") => "the person blocked the bot",
        403 if description.contains("deactivated") => "the person's account is closed; choose another `chat`",
        403 => "the bot is not in the chat, or may not write there: add it, and let the person or an admin start it",
        400 if description.contains("chat not found") => "there is no such `chat`, or the bot is not in it",
        400 if description.contains("thread not found") => "there is no such `topic` in the chat",
        400 if description.contains("topic_closed") => "the `topic` is closed",
        400 if description.contains("rights") => "the bot may not write in the chat",
        400 if description.contains("too long") => "the message is too long: a mistake of ours",
        _ => return reason,
    };
    format!("{reason}: {advice}")
}
