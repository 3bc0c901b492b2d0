//! Pushover: notifications on phones.
//!
//! What becomes of a message:
//! - a page of a critical incident is an emergency: it rings again and again until somebody confirms it on the phone, and the
//!   receipt is Pushover's;
//! - who took it or put it off, and that it is over, ends that ringing, which takes the place of a message; where nothing rang it is a message;
//! - all else is a message, and only what must be seen makes a sound.

mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::decision::News;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notifier::{Bulletin, Notification, Notifier, Occasion, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response, Secret};

pub use config::Config;

/// The word for it.
pub const KIND: &str = "pushover";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["token", "user"];

/// Sends to one user or group.
#[derive(Debug, Clone)]
pub struct Pushover {
    config: Config,
}

/// The emergency that rings, or rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ringing {
    receipt: String,
}

impl Ringing {
    /// A receipt that cannot be read is as good as none.
    fn of(receipt: Option<&Receipt>) -> Option<Self> {
        let ringing: Self = serde_json::from_value(receipt?.0.clone()).ok()?;
        config::is_key(&ringing.receipt).then_some(ringing)
    }
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Pushover { config }) as Arc<dyn Notifier>)
}

impl Notifier for Pushover {
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
        match Ringing::of(last) {
            // By the incident's tag: each page that was repeated is an emergency of its own, and the receipt is only that of the last.
            Some(_) if ends_the_ringing(&notification.occasion) => {
                let tag = format!("{}.json", notification.incident);
                let path = ["1", "receipts", "cancel_by_tag", tag.as_str()];
                let url = Secret::new(posting::below(&self.config.api, &path)?);
                let fields = [("token", self.config.token.expose().as_str())];
                Ok(posting::form(Destination::post(url, &self.config.connection), Vec::new(), &fields, key))
            }
            _ => self.sent(&render::message(notification, now), key),
        }
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.sent(&render::list(bulletin, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Pushover {
    fn sent(&self, message: &render::Message, key: &DedupKey) -> Result<Request, RenderError> {
        let priority = message.priority.to_string();
        let (retry, expire) = (self.config.retry.to_string(), self.config.expire.to_string());
        let mut fields = vec![
            ("token", self.config.token.expose().as_str()),
            ("user", self.config.user.expose().as_str()),
            ("title", message.title.as_str()),
            ("message", message.text.as_str()),
            ("priority", priority.as_str()),
        ];
        if message.priority == render::EMERGENCY {
            fields.extend([("retry", retry.as_str()), ("expire", expire.as_str())]);
            fields.extend(message.tag.as_deref().map(|tag| ("tags", tag)));
        }
        if let Some((name, address)) = &message.link {
            fields.extend([("url", address.as_str()), ("url_title", *name)]);
        }
        if let Some(device) = &self.config.device {
            fields.push(("device", device.as_str()));
        }
        let url = Secret::new(posting::below(&self.config.api, &["1", "messages.json"])?);
        Ok(posting::form(Destination::post(url, &self.config.connection), Vec::new(), &fields, key))
    }
}

/// Somebody has it, or it is over: the phones of all others must fall silent.
const fn ends_the_ringing(occasion: &Occasion) -> bool {
    matches!(occasion, Occasion::News(News::Acknowledged { .. } | News::Snoozed { .. } | News::Resolved { .. }))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
