//! The fields of a `slack` table (`token`, `channel`, `mention`, `api_url`, `allow_private`, `ca_file`) and of a `slack_webhook` table
//! (`url`, `mention`, `allow_private`, `ca_file`).

use url::Url;

use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// Where the Web API lives, unless `api_url` says otherwise (GovSlack, a test server).
const API: &str = "https://slack.com/api/";

/// A page that calls more is better served by a user group.
const MENTIONS: usize = 20;

/// Who is called by name in each page, besides whoever reads the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention(String);

impl Mention {
    /// `here`, `channel`, `everyone`, a member's id (`U…`, `W…`) or a user group's id (`S…`).
    fn read(text: &str) -> Option<Self> {
        let is_id = text.len() >= 5
            && text.len() <= 32
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        // The markup is Slack's: docs.slack.dev, "Formatting message text", "Mentioning".
        match text.as_bytes() {
            b"here" | b"channel" | b"everyone" => Some(Self(format!("<!{text}>"))),
            [b'U' | b'W', ..] if is_id => Some(Self(format!("<@{text}>"))),
            [b'S', ..] if is_id => Some(Self(format!("<!subteam^{text}>"))),
            _ => None,
        }
    }

    /// Slack's markup for it; safe, because it was read from the configuration and checked.
    #[must_use]
    pub fn markup(&self) -> &str {
        &self.0
    }
}

/// A sound configuration of the Web API.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// A bot's token.
    pub token: Secret<String>,
    /// A channel's id, or `#name`.
    pub channel: String,
    /// Called by name in each page.
    pub mentions: Vec<Mention>,
    /// Ends with a slash.
    pub api: Url,
    /// How to get there.
    pub connection: Connection,
}

impl ApiConfig {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(table: Table) -> Result<Self, Vec<ConfigError>> {
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let token = fields.required_secret("token").and_then(|token| {
            // A wrong kind of token is the most common mistake, and Slack would only say `not_allowed_token_type`.
            if ["xoxb-", "xoxp-", "xoxe."].iter().any(|prefix| token.expose().starts_with(prefix)) {
                Some(token)
            } else {
                fields.refuse(
                    "token",
                    "is not a bot token, which begins with `xoxb-`",
                    Some("api.slack.com/apps, your app, \"OAuth & Permissions\"; it needs the scope `chat:write`"),
                )
            }
        });
        let channel = fields.required_text("channel").and_then(|channel| {
            let is_name = channel.strip_prefix('#').is_some_and(|name| {
                (1..=80).contains(&name.chars().count())
                    && !name.contains(|c: char| c.is_whitespace() || c.is_control())
            });
            let is_id = channel.len() >= 5
                && channel.starts_with(['C', 'G', 'D', 'U'])
                && channel.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if is_name || is_id {
                Some(channel)
            } else {
                fields.refuse(
                    "channel",
                    "must be a channel's id such as `C0123456789`, or `#name`",
                    Some("the id stands at the end of \"View channel details\""),
                )
            }
        });
        let mentions = mentions(&mut fields);
        let api = if let Some(url) = fields.url("api_url", connection.reach) {
            let mut url = url.expose().clone();
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            Some(url)
        } else {
            Url::parse(API).ok()
        };
        let built = match (token, channel, api) {
            (Some(token), Some(channel), Some(api)) => Some(Self { token, channel, mentions, api, connection }),
            _ => None,
        };
        fields.finish(built)
    }

    /// The address of a method.
    pub(super) fn method_url(&self, method: &str) -> Result<Secret<Url>, RenderError> {
        self.api
            .join(method)
            .map(Secret::new)
            .map_err(|error| RenderError { reason: format!("`api_url` cannot be joined with {method}: {error}") })
    }
}

/// A sound configuration of an incoming webhook.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// The address, which is the secret.
    pub url: Secret<Url>,
    /// Called by name in each page.
    pub mentions: Vec<Mention>,
    /// How to get there.
    pub connection: Connection,
}

impl WebhookConfig {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(table: Table) -> Result<Self, Vec<ConfigError>> {
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let url = fields.required_url("url", connection.reach);
        let mentions = mentions(&mut fields);
        let built = url.map(|url| Self { url, mentions, connection });
        fields.finish(built)
    }
}

fn mentions(fields: &mut Fields) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let texts = fields.texts("mention");
    if texts.len() > MENTIONS {
        fields.refuse::<()>("mention", format!("names {} people or groups", texts.len()), Some("at most 20"));
    }
    for text in texts {
        match Mention::read(text.trim()) {
            Some(mention) => mentions.push(mention),
            None => {
                fields.refuse::<()>(
                    "mention",
                    format!("{text:?} is nobody"),
                    Some("`here`, `channel`, `everyone`, a member's id `U…` or a user group's id `S…`"),
                );
            }
        }
    }
    mentions
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn each_mistake_names_its_field() {
        let sound = json!({"token": "xoxb-1", "channel": "#ops", "mention": ["here", "U012AB3CD", "S0614TZR7"]});
        assert!(ApiConfig::read(table(sound.clone())).is_ok());
        for (field, value) in [
            ("token", json!("xapp-1-hunter2")),
            ("token", json!(7)),
            ("channel", json!("ops")),
            ("channel", json!("#a b")),
            ("mention", json!("bob")),
            ("mention", json!(["<!channel>"])),
            ("api_url", json!("http://127.0.0.1/")),
            ("chanel", json!("#ops")),
        ] {
            let mut given = sound.clone();
            given[field] = value;
            let mistakes = ApiConfig::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }

    #[test]
    fn an_own_address_of_the_api_needs_no_slash_at_its_end() {
        for address in ["http://127.0.0.1:4003/api", "http://127.0.0.1:4003/api/"] {
            let given = json!({"token": "xoxb-1", "channel": "C01234567", "api_url": address, "allow_private": true});
            let url = ApiConfig::read(table(given)).ok().and_then(|config| config.method_url("chat.update").ok());
            let url = url.map(|url| url.expose().to_string());
            assert_eq!(url.as_deref(), Some("http://127.0.0.1:4003/api/chat.update"));
        }
    }
}
