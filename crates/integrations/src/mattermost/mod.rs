//! Mattermost, by an incoming webhook: it can only post, so each message is a post of its own.

mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response};

pub use config::Config;

/// The word for it.
pub const KIND: &str = "mattermost";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["url"];

/// Posts by one webhook.
#[derive(Debug, Clone)]
pub struct Mattermost {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Mattermost { config }) as Arc<dyn Notifier>)
}

impl Notifier for Mattermost {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn render(
        &self,
        notification: &Notification,
        _: Option<&Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Result<Request, RenderError> {
        self.posted(&render::text(notification, &self.config.mentions, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.posted(&render::list(bulletin, &self.config.mentions, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Mattermost {
    fn posted(&self, text: &str, key: &DedupKey) -> Result<Request, RenderError> {
        let mut body: Value = json!({"text": text});
        if let Some(channel) = &self.config.channel {
            body["channel"] = channel.as_str().into();
        }
        posting::json(Destination::post(self.config.url.clone(), &self.config.connection), Vec::new(), &body, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
