//! ntfy: notifications on phones and desktops, through ntfy.sh or a server of one's own, by its publishing as JSON.
//!
//! Each message is a notification of its own: nothing is edited. Pages come with the priority of the incident, and the phone rings by it; news comes
//! quietly, except what an owner must see. The buttons open Sentry's and Watchfire's pages.

mod config;
mod interpret;
mod render;

use std::sync::Arc;

use domain::time::Timestamp;
use serde_json::Value;

use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::{self, Destination};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, Response, Secret};

pub use config::{Access, Config};

/// The word for it.
pub const KIND: &str = "ntfy";
/// The fields that are never shown: who knows a topic of an open server can read and write it.
pub const SECRETS: &[&str] = &["topic", "token", "password"];

/// Publishes to one topic.
#[derive(Debug, Clone)]
pub struct Ntfy {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Ntfy { config }) as Arc<dyn Notifier>)
}

impl Notifier for Ntfy {
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
        self.published(render::message(notification, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.published(render::list(bulletin, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Ntfy {
    fn published(&self, mut message: Value, key: &DedupKey) -> Result<Request, RenderError> {
        message["topic"] = self.config.topic.expose().as_str().into();
        let headers = self.config.access.header().into_iter().collect();
        let url = Secret::new(self.config.server.clone());
        posting::json(Destination::post(url, &self.config.connection), headers, &message, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
