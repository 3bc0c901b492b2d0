//! The fields of a `discord` table: `url`, `thread`, `allow_private`, `ca_file`.

use url::Url;

use super::interpret::is_id;
use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::posting;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The webhook's address, without a query.
    pub url: Secret<Url>,
    /// A thread of the channel.
    pub thread: Option<String>,
    /// How to get there.
    pub connection: Connection,
}

impl Config {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(table: Table) -> Result<Self, Vec<ConfigError>> {
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let url = fields.required_url("url", connection.reach).and_then(|url| {
            if is_webhook(url.expose()) {
                Some(url)
            } else {
                fields.refuse(
                    "url",
                    "is no webhook of Discord: it ends with `/api/webhooks/NUMBER/TOKEN`",
                    Some("in Discord: the channel, \"Integrations\", \"Webhooks\"; a thread goes into `thread`"),
                )
            }
        });
        let thread = fields.id("thread").and_then(|thread| {
            if is_id(&thread) { Some(thread) } else { fields.refuse("thread", "is no thread's number", None) }
        });
        let built = url.map(|url| Self { url, thread, connection });
        fields.finish(built)
    }

    /// Where messages are posted. Without `wait` a message that could not be kept brings no error (discord.com/developers/docs, "Webhook
    /// Resource", "Execute Webhook").
    pub(super) fn post_url(&self) -> Url {
        let mut url = self.url.expose().clone();
        url.query_pairs_mut().append_pair("wait", "true");
        self.in_thread(url)
    }

    /// Where a message is edited.
    pub(super) fn message_url(&self, id: &str) -> Result<Url, RenderError> {
        posting::below(self.url.expose(), &["messages", id]).map(|url| self.in_thread(url))
    }

    fn in_thread(&self, mut url: Url) -> Url {
        if let Some(thread) = &self.thread {
            url.query_pairs_mut().append_pair("thread_id", thread);
        }
        url
    }
}

fn is_webhook(url: &Url) -> bool {
    let segments: Vec<_> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    let ends_well = matches!(segments.as_slice(), [.., "webhooks", id, token] if is_id(id) && !token.is_empty());
    ends_well && url.query().is_none() && url.fragment().is_none()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    const URL: &str = "https://discord.com/api/webhooks/1234567890/hunter2";

    #[test]
    fn each_mistake_names_its_field() {
        for (given, field) in [
            (json!({}), "url"),
            (json!({"url": "https://discord.com/channels/1/hunter2"}), "url"),
            (json!({"url": format!("{URL}/slack")}), "url"),
            (json!({"url": format!("{URL}?thread_id=3")}), "url"),
            (json!({"url": URL.replace("https", "http")}), "url"),
            (json!({"url": URL, "thread": "ops"}), "thread"),
            (json!({"url": URL, "mention": "here"}), "mention"),
        ] {
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }

    #[test]
    fn a_thread_stands_in_both_addresses() {
        let config = Config::read(table(json!({"url": URL, "thread": 99}))).unwrap();
        assert_eq!(config.post_url().as_str(), format!("{URL}?wait=true&thread_id=99"));
        assert_eq!(config.message_url("7").unwrap().as_str(), format!("{URL}/messages/7?thread_id=99"));
    }
}
