//! The fields of a `mattermost` table: `url`, `channel`, `mention`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// A page that calls more is better served by a channel of its own.
const MENTIONS: usize = 20;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The webhook's address.
    pub url: Secret<Url>,
    /// Another channel than the webhook's own, or `@name` for a direct message.
    pub channel: Option<String>,
    /// Called by name in each page, without the `@`.
    pub mentions: Vec<String>,
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
            let segments: Vec<_> = url.expose().path_segments().map(Iterator::collect).unwrap_or_default();
            if matches!(segments.as_slice(), [.., "hooks", key] if !key.is_empty()) {
                Some(url)
            } else {
                fields.refuse(
                    "url",
                    "is no incoming webhook: it ends with `/hooks/KEY`",
                    Some("in Mattermost: \"Integrations\", \"Incoming Webhooks\""),
                )
            }
        });
        let channel = fields.text("channel").and_then(|channel| {
            let channel = channel.trim().to_owned();
            if is_name(channel.strip_prefix('@').unwrap_or(&channel)) {
                Some(channel)
            } else {
                fields.refuse(
                    "channel",
                    "must be a channel's name as its address has it, such as `town-square`, or `@name` of a person",
                    None,
                )
            }
        });
        let texts = fields.texts("mention");
        if texts.len() > MENTIONS {
            fields.refuse::<()>("mention", format!("names {} people or groups", texts.len()), Some("at most 20"));
        }
        let mut mentions = Vec::new();
        for text in texts {
            let name = text.trim().trim_start_matches('@');
            if is_name(name) {
                mentions.push(name.to_owned());
            } else {
                fields.refuse::<()>(
                    "mention",
                    format!("{text:?} is nobody"),
                    Some("`here`, `channel`, `all`, or the name of a person or a group"),
                );
            }
        }
        let built = url.map(|url| Self { url, channel, mentions, connection });
        fields.finish(built)
    }
}

/// docs.mattermost.com, "User settings" and "Channel naming conventions": lower case letters, digits, `.`, `-` and `_`.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_'))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn each_mistake_names_its_field() {
        let sound =
            json!({"url": "https://chat.example.com/hooks/hunter2", "channel": "@ada", "mention": ["here", "@bob"]});
        assert!(Config::read(table(sound.clone())).is_ok());
        for (field, value) in [
            ("url", json!("https://chat.example.com/hunter2")),
            ("url", json!("http://chat.example.com/hooks/hunter2")),
            ("channel", json!("Town Square")),
            ("mention", json!("all of you")),
            ("username", json!("pager")),
        ] {
            let mut given = sound.clone();
            given[field] = value;
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
        assert_eq!(Config::read(table(json!({"channel": 1, "x": 1}))).unwrap_err().len(), 3, "not all at once");
    }
}
