//! `watchfire notify test`: does a message get through.

use serde_json::json;

use super::{address, print_json, text, with_client_or_new};
use crate::args::Output;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{GREEN, print, styled};

/// Sends one test message.
///
/// # Errors
/// When it was not delivered, or there is no such notifier.
pub async fn test(session: &Session, target: &str, output: Output) -> Result<(), Failure> {
    // A target of a policy is written notifier:NAME; both are understood.
    let name = target.strip_prefix("notifier:").unwrap_or(target);
    let path = address(&["api", "v1", "notifiers", name, "test"], &[]);
    let tested = with_client_or_new(session, async |client: &Client| client.ask(&path, &json!({})).await).await?;
    let delivered = tested["delivered"].as_bool() == Some(true);
    if output.json {
        print_json(&tested)?;
    } else if delivered {
        print(&format!("{} {} took the message", styled(GREEN, "delivered:"), text(&tested, "notifier", 64)))?;
    }
    if delivered {
        Ok(())
    } else if output.json {
        Err(Failure::Told)
    } else {
        Err(Failure::Failed(format!(
            "{} did not take the message: {}",
            text(&tested, "notifier", 64),
            text(&tested, "reason", 500)
        )))
    }
}
