//! PagerDuty, by its Events API v2. PagerDuty has a ladder of its own: an alert rings by the escalation policy of its service.
//!
//! What becomes of a message:
//! - a page triggers the alert of its incident; further pages are lines in its log while it is open;
//! - a page after an acknowledgement or a snooze that ended triggers a new alert: PagerDuty would only log it in one that it holds for
//!   acknowledged, and nobody would hear it;
//! - an acknowledgement and a snooze acknowledge the alert that rang last, and a resolve resolves it;
//! - partial acknowledgements, a rise and what an agent says are lines in its log;
//! - growth and an issue that joins what somebody acknowledged are alerts of their own, which ring; so is a bulletin;
//! - all else is an alert of its own with the severity `info`.

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

pub use config::Config;

/// The word for it.
pub const KIND: &str = "pagerduty";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["routing_key"];

/// Sends events to one integration of one service.
#[derive(Debug, Clone)]
pub struct PagerDuty {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(PagerDuty { config }) as Arc<dyn Notifier>)
}

impl Notifier for PagerDuty {
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
        self.enqueued(render::event(notification, last, key, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.enqueued(render::list(bulletin, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl PagerDuty {
    fn enqueued(&self, mut event: serde_json::Value, key: &DedupKey) -> Result<Request, RenderError> {
        event["routing_key"] = self.config.routing_key.expose().as_str().into();
        posting::json(Destination::post(self.config.url()?, &self.config.connection), Vec::new(), &event, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
