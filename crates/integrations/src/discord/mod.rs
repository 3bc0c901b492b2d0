//! Discord, by a webhook of a channel. A webhook cannot reply, but it can edit what it wrote.
//!
//! What becomes of a message:
//! - a page, growth, and an issue that joins what somebody acknowledged are messages of their own; the id of the last of them is the receipt;
//! - who took it or put it off, that it is over, and that it rose are edited into that message;
//! - what an agent says, and all else, is a message that notifies nobody;
//! - several incidents that go as one are a message of its own.
//!
//! Nobody is mentioned: whoever is to be woken must be notified of every message of the channel.

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
use crate::request::{DedupKey, Request, Response, Secret};

pub use config::Config;

/// The word for it.
pub const KIND: &str = "discord";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["url"];

/// discord.com/developers/docs, "Message Resource", "Message Flags": `SUPPRESS_NOTIFICATIONS`.
const QUIET: u64 = 1 << 12;

/// Writes by one webhook.
#[derive(Debug, Clone)]
pub struct Discord {
    config: Config,
}

/// The last message about an incident that was meant to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    message_id: String,
}

impl Posted {
    /// A receipt that cannot be read is as good as none: a new message is sent.
    fn of(receipt: Option<&Receipt>) -> Option<Self> {
        let posted: Self = serde_json::from_value(receipt?.0.clone()).ok()?;
        interpret::is_id(&posted.message_id).then_some(posted)
    }
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Discord { config }) as Arc<dyn Notifier>)
}

impl Notifier for Discord {
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
        let message = render::message(notification, now);
        match Posted::of(last) {
            Some(posted) if notification.occasion.is_edited_in() => {
                let url = Secret::new(self.config.message_url(&posted.message_id)?);
                let to = Destination { method: http::Method::PATCH, url, connection: &self.config.connection };
                posting::json(to, Vec::new(), &message, key)
            }
            _ => self.posted(message, notification.occasion.is_loud(), key),
        }
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.posted(render::list(bulletin, now), bulletin::pages(bulletin), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Discord {
    fn posted(&self, mut message: Value, loud: bool, key: &DedupKey) -> Result<Request, RenderError> {
        if !loud {
            message["flags"] = json!(QUIET);
        }
        let to = Destination::post(Secret::new(self.config.post_url()), &self.config.connection);
        posting::json(to, Vec::new(), &message, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
