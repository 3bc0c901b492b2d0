//! Slack, in two ways: the Web API, which edits its message in place and threads the pages that follow, and an incoming webhook,
//! which can only post.
//!
//! What becomes of a message over the Web API:
//! - the first page of an incident is a message of its own, and its channel and `ts` are the receipt;
//! - later pages, an issue that joins what somebody acknowledged, its growth, and a budget that is used up are replies in its thread
//!   that are also sent to the channel, because an edit notifies nobody;
//! - who took it or put it off, that it is over, and that it rose are edited into the first message;
//! - what an agent says, and all else, is a quiet reply in the thread;
//! - several incidents that go as one are a message of its own, which no later message edits or replies to.

mod blocks;
mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response};

pub use config::{ApiConfig, Mention, WebhookConfig};
pub use render::Message;

/// The word for the Web API.
pub const KIND: &str = "slack";
/// The fields of the Web API's table that are never shown.
pub const SECRETS: &[&str] = &["token"];
/// The word for an incoming webhook.
pub const WEBHOOK_KIND: &str = "slack_webhook";
/// The fields of an incoming webhook's table that are never shown.
pub const WEBHOOK_SECRETS: &[&str] = &["url"];

/// The method that makes a message.
const POST: &str = "chat.postMessage";

/// What is needed to find a message again. `ts` is that of the first message, never of a reply: a thread hangs on its parent
/// (docs.slack.dev, "chat.postMessage", `thread_ts`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    channel: String,
    ts: String,
}

impl Posted {
    /// A receipt that cannot be read is as good as none: a new message is posted.
    fn of(receipt: Option<&Receipt>) -> Option<Self> {
        receipt.and_then(|receipt| serde_json::from_value(receipt.0.clone()).ok())
    }
}

/// Speaks the Web API with a bot's token.
#[derive(Debug, Clone)]
pub struct Slack {
    config: ApiConfig,
}

/// Posts to an incoming webhook.
#[derive(Debug, Clone)]
pub struct SlackWebhook {
    config: WebhookConfig,
}

/// Makes a notifier for the Web API of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    ApiConfig::read(table).map(|config| Arc::new(Slack { config }) as Arc<dyn Notifier>)
}

/// Makes a notifier for an incoming webhook of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure_webhook(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    WebhookConfig::read(table).map(|config| Arc::new(SlackWebhook { config }) as Arc<dyn Notifier>)
}

impl Notifier for Slack {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn render(
        &self,
        notification: &Notification,
        last: Option<&Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Result<Request, RenderError> {
        let message = render::message(notification, &self.config.mentions, now);
        let (method, call) = match (Posted::of(last), &notification.occasion) {
            (Some(posted), occasion) if occasion.is_edited_in() => {
                ("chat.update", json!({"channel": posted.channel, "ts": posted.ts}))
            }
            (Some(posted), occasion) => {
                let call =
                    json!({"channel": posted.channel, "thread_ts": posted.ts, "reply_broadcast": occasion.is_loud()});
                (POST, call)
            }
            (None, _) => (POST, json!({"channel": self.config.channel})),
        };
        self.called(method, message, call, key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        let message = render::list(bulletin, &self.config.mentions, now);
        self.called(POST, message, json!({"channel": self.config.channel}), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::api(response)
    }
}

impl Slack {
    fn called(&self, method: &str, message: Message, call: Value, key: &DedupKey) -> Result<Request, RenderError> {
        let Message { text, blocks } = message;
        // Without `parse` an update would link bare names and addresses (docs.slack.dev, "chat.update": the default is `client`).
        let mut body = json!({"text": text, "blocks": blocks, "parse": "none", "link_names": false});
        merge(&mut body, call);
        if method == POST {
            merge(&mut body, json!({"unfurl_links": false, "unfurl_media": false}));
        }
        let authorization = format!("Bearer {}", self.config.token.expose());
        let to = Destination::post(self.config.method_url(method)?, &self.config.connection);
        posting::json(to, vec![posting::authorization(authorization)], &body, key)
    }
}

impl Notifier for SlackWebhook {
    fn kind(&self) -> &'static str {
        WEBHOOK_KIND
    }

    fn render(
        &self,
        notification: &Notification,
        _: Option<&Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Result<Request, RenderError> {
        self.posted(render::message(notification, &self.config.mentions, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.posted(render::list(bulletin, &self.config.mentions, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::webhook(response)
    }
}

impl SlackWebhook {
    fn posted(&self, message: Message, key: &DedupKey) -> Result<Request, RenderError> {
        let Message { text, blocks } = message;
        let body = json!({"text": text, "blocks": blocks, "unfurl_links": false, "unfurl_media": false});
        posting::json(Destination::post(self.config.url.clone(), &self.config.connection), Vec::new(), &body, key)
    }
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
