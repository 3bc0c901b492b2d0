//! SMS by Twilio. Each message costs money by its segments, so it says in a few lines what is needed to answer; nothing is edited.
//!
//! Twilio knows no key for repeats: when no answer comes, the same SMS may be sent twice.

mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::time::Timestamp;

use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response};

pub use config::{Config, Sender};

/// The word for it.
pub const KIND: &str = "twilio";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["auth_token", "key_secret"];

/// Sends to one number.
#[derive(Debug, Clone)]
pub struct Twilio {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Twilio { config }) as Arc<dyn Notifier>)
}

impl Notifier for Twilio {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn render(
        &self,
        notification: &Notification,
        _: Option<&Receipt>,
        key: &DedupKey,
        _: Timestamp,
    ) -> Result<Request, RenderError> {
        self.sent(&render::text(notification), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, _: Timestamp) -> Result<Request, RenderError> {
        self.sent(&render::list(bulletin), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Twilio {
    fn sent(&self, text: &str, key: &DedupKey) -> Result<Request, RenderError> {
        let sender = match &self.config.sender {
            Sender::Number(number) => ("From", number.as_str()),
            Sender::Service(service) => ("MessagingServiceSid", service.as_str()),
        };
        let fields = [("To", self.config.to.as_str()), sender, ("Body", text)];
        let headers = vec![posting::basic(&self.config.user, &self.config.password)];
        Ok(posting::form(Destination::post(self.config.url()?, &self.config.connection), headers, &fields, key))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
