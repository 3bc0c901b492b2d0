//! What Slack's answers mean. The Web API answers 200 to almost everything and says in the body what it did: `{"ok": false, "error"}`.
//! The codes are those of docs.slack.dev, "chat.postMessage" and "chat.update", and of "Sending messages using incoming webhooks".

use serde::Deserialize;

use super::Posted;
use crate::outcome::{Outcome, Receipt, classify, http};
use crate::request::{HttpResponse, Response};

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    channel: Option<String>,
    ts: Option<String>,
    message: Option<PostedMessage>,
}

#[derive(Deserialize)]
struct PostedMessage {
    /// The parent's `ts`, when the message is a reply.
    thread_ts: Option<String>,
}

/// The Web API.
pub fn api(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    if answer.status != 200 {
        return classify(answer);
    }
    match serde_json::from_slice::<Answer>(&answer.body) {
        Ok(said) if said.ok => Outcome::Delivered { receipt: receipt(said) },
        Ok(said) => refused(said.error.as_deref().unwrap_or_default(), answer),
        // A proxy's page, or an answer cut short: nobody knows whether Slack ever saw the message, and a page twice beats none.
        Err(_) => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: "answered 200 with something that is not Slack's".into(),
        },
    }
}

fn receipt(said: Answer) -> Option<Receipt> {
    let root = said.message.and_then(|message| message.thread_ts).or(said.ts)?;
    let posted = Posted { channel: said.channel?, ts: root };
    serde_json::to_value(posted).ok().map(Receipt)
}

fn refused(code: &str, answer: &HttpResponse) -> Outcome {
    match code {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
            Outcome::Retry { after: answer.retry_after, throttled: true, reason: format!("Slack says {code}") }
        }
        "internal_error"
        | "fatal_error"
        | "request_timeout"
        | "service_unavailable"
        | "team_added_to_org"
        | "org_login_required" => {
            Outcome::Retry { after: answer.retry_after, throttled: false, reason: format!("Slack says {code}") }
        }
        // The message to edit, or the thread to reply in, is gone or closed.
        "message_not_found"
        | "cant_update_message"
        | "edit_window_closed"
        | "thread_not_found"
        | "cannot_reply_to_message"
        | "restricted_action_thread_locked"
        | "restricted_action_non_threadable_channel" => Outcome::Repost,
        _ => Outcome::Failed { reason: explained(code) },
    }
}

/// A code with what the operator can do about it.
fn explained(code: &str) -> String {
    match advice(code) {
        Some(advice) => format!("Slack says {code}: {advice}"),
        None => format!("Slack says {}", readable(code)),
    }
}

/// What the operator can do about a code; `None` for one that is not known here.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "channel_not_found" => "check `channel`; a private channel must invite the app",
        "not_in_channel" => "invite the app into the channel, or give it the scope `chat:write.public`",
        "is_archived" | "is_inactive" | "channel_is_archived" => "the channel is archived; choose another",
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            "the token is not valid; install the app again and change `token`"
        }
        "not_allowed_token_type" => "`token` is of the wrong kind; a bot token begins with `xoxb-`",
        "missing_scope" | "no_permission" => "give the app the scope `chat:write` and install it again",
        "restricted_action"
        | "restricted_action_read_only_channel"
        | "posting_to_general_channel_denied"
        | "action_prohibited" => "a rule of the workspace forbids the app to post there",
        "no_service" | "no_service_id" | "no_team" | "invalid_token" | "no_active_hooks" => {
            "the webhook was removed or turned off; make a new one and change `url`"
        }
        "no_text"
        | "msg_too_long"
        | "msg_blocks_too_long"
        | "invalid_blocks"
        | "invalid_blocks_format"
        | "too_many_attachments"
        | "invalid_payload"
        | "invalid_arguments" => "Slack does not take the message as it is: a mistake of ours",
        "user_not_found" => "check `channel` or the webhook's user; the member is not there any more",
        _ => return None,
    })
}

/// A code is letters and underscores; anything else could be anything and is not repeated.
fn readable(code: &str) -> &str {
    let is_code = (1..=80).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code { code } else { "something that is no error code" }
}

/// An incoming webhook: text bodies, `ok` or a code; every 4xx but 408, 425 and 429 is final.
pub fn webhook(response: &Response) -> Outcome {
    let answer = match http(response) {
        Ok(answer) => answer,
        Err(failed) => return failed,
    };
    let body = std::str::from_utf8(&answer.body).unwrap_or_default().trim();
    match classify(answer) {
        // Servers that imitate Slack answer with nothing or with JSON of their own; a web page is no receiver of hooks.
        Outcome::Delivered { .. } if body.starts_with('<') => Outcome::Retry {
            after: answer.retry_after,
            throttled: false,
            reason: format!("answered {} with a web page instead of `ok`", answer.status),
        },
        // Only known words are repeated: the body may echo the address, which is the secret.
        Outcome::Failed { reason } => match advice(body) {
            Some(advice) => Outcome::Failed { reason: format!("{reason}: Slack says {body}: {advice}") },
            None => Outcome::Failed { reason },
        },
        other => other,
    }
}
