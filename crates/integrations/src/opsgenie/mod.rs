//! Opsgenie, by its Alert API. Opsgenie has a ladder of its own: an alert rings by the rules of its team. Atlassian ends the API on 2027-04-05.
//!
//! What becomes of a message:
//! - a page creates the alert of its incident, whose alias it is; while that is open, further pages count up in it;
//! - an acknowledgement and a snooze acknowledge it, and a resolve closes it;
//! - partial acknowledgements, a rise and what an agent says are notes on it;
//! - a page after an acknowledgement or a snooze that ended is an alert of its own: Opsgenie would only count it in one that is acknowledged, and
//!   nobody would hear it. So are growth, an issue that joins what somebody acknowledged, and bulletins;
//! - all else is an alert of its own with the lowest priority.

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
pub const KIND: &str = "opsgenie";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["api_key"];

/// Creates, acknowledges and closes alerts by one integration.
#[derive(Debug, Clone)]
pub struct Opsgenie {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Opsgenie { config }) as Arc<dyn Notifier>)
}

impl Notifier for Opsgenie {
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
        self.called(render::call(notification, key, now), key)
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        self.called(render::list(bulletin, now), key)
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Opsgenie {
    fn called(&self, call: render::Call, key: &DedupKey) -> Result<Request, RenderError> {
        let render::Call { alert, mut body } = call;
        if alert.is_none() && !self.config.teams.is_empty() {
            let teams = self.config.teams.iter();
            body["responders"] = teams.map(|name| serde_json::json!({"type": "team", "name": name})).collect();
        }
        let headers = vec![posting::authorization(format!("GenieKey {}", self.config.api_key.expose()))];
        let url = self.config.url(alert.as_ref())?;
        posting::json(Destination::post(url, &self.config.connection), headers, &body, key)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
