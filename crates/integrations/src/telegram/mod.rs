//! Telegram, by a bot: one message per incident, edited in place.
//!
//! What becomes of a message:
//! - the first page of an incident is a message of its own, and its chat and id are the receipt;
//! - later pages, an issue that joins what somebody acknowledged, its growth, and a budget that is used up reply to it, because an edit notifies
//!   nobody;
//! - who took it or put it off, that it is over, and that it rose are edited into the first message;
//! - what an agent says, and all else, is a reply without a sound;
//! - several incidents that go as one are a message of its own, which no later message edits or replies to.

mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response};

pub use config::Config;

/// The word for it.
pub const KIND: &str = "telegram";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["token"];

/// Speaks the Bot API.
#[derive(Debug, Clone)]
pub struct Telegram {
    config: Config,
}

/// The first message about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    chat: i64,
    message_id: i64,
}

impl Posted {
    /// A receipt that cannot be read is as good as none: a new message is sent.
    fn of(receipt: Option<&Receipt>) -> Option<Self> {
        receipt.and_then(|receipt| serde_json::from_value(receipt.0.clone()).ok())
    }
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Telegram { config }) as Arc<dyn Notifier>)
}

impl Notifier for Telegram {
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
        let mut call = render::message(notification, now);
        let posted = Posted::of(last).filter(|posted| self.config.may_be(posted.chat));
        match posted {
            Some(posted) if notification.occasion.is_edited_in() => {
                call["chat_id"] = posted.chat.into();
                call["message_id"] = posted.message_id.into();
                self.called("editMessageText", &call, key)
            }
            posted => {
                self.address(&mut call, posted.as_ref());
                call["disable_notification"] = (!notification.occasion.is_loud()).into();
                self.called("sendMessage", &call, key)
            }
        }
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        let mut call = render::list(bulletin, now);
        self.address(&mut call, None);
        call["disable_notification"] = (!bulletin::pages(bulletin)).into();
        self.called("sendMessage", &call, key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Telegram {
    /// A reply stays in the topic of what it replies to; it goes out even when that was deleted.
    fn address(&self, call: &mut Value, posted: Option<&Posted>) {
        call["chat_id"] = match posted {
            Some(posted) => posted.chat.into(),
            None => self.config.chat.as_str().into(),
        };
        if let Some(topic) = self.config.topic {
            call["message_thread_id"] = topic.into();
        }
        if let Some(posted) = posted {
            call["reply_parameters"] = json!({"message_id": posted.message_id, "allow_sending_without_reply": true});
        }
    }

    fn called(&self, method: &str, call: &Value, key: &DedupKey) -> Result<Request, RenderError> {
        let to = Destination::post(self.config.method_url(method)?, &self.config.connection);
        posting::json(to, Vec::new(), call, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
