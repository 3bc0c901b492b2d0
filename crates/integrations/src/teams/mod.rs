//! Microsoft Teams, by a workflow that posts what a webhook receives ("Post to a channel when a webhook request is received"). A workflow
//! takes a card and posts it later: nothing can be edited, and what becomes of the card stands in the workflow's run history alone.

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
pub use render::BODY;

/// The word for it.
pub const KIND: &str = "teams";
/// The fields that are never shown: whoever has the address may post.
pub const SECRETS: &[&str] = &["url"];

/// Posts by one workflow.
#[derive(Debug, Clone)]
pub struct Teams {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Teams { config }) as Arc<dyn Notifier>)
}

impl Notifier for Teams {
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
        self.posted(&render::card(notification, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.posted(&render::list(bulletin, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Teams {
    fn posted(&self, card: &Value, key: &DedupKey) -> Result<Request, RenderError> {
        // learn.microsoft.com, "Create incoming webhooks with Workflows": the shape that the ready-made workflow reads.
        let body = json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        });
        posting::json(Destination::post(self.config.url.clone(), &self.config.connection), Vec::new(), &body, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
