//! The fields of a `telegram` table: `token`, `chat`, `topic`, `api_url`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::posting;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// Where the Bot API lives, unless `api_url` says otherwise (a server of one's own).
const API: &str = "https://api.telegram.org/";

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The bot's token.
    pub token: Secret<String>,
    /// A chat's id, or `@name` of a public channel or group.
    pub chat: String,
    /// A topic of a forum.
    pub topic: Option<u64>,
    /// The root of the API.
    pub api: Url,
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
        let token = fields.required_secret("token").and_then(|token| {
            if is_token(token.expose()) {
                Some(token)
            } else {
                fields.refuse("token", "is no bot token, such as `123456:ABC…`", Some("@BotFather gives one"))
            }
        });
        let chat = fields.required_id("chat").and_then(|chat| {
            if is_chat(&chat) {
                Some(chat)
            } else {
                fields.refuse(
                    "chat",
                    "must be a chat's number, or `@name` of a public channel or group",
                    Some("a group's number is negative; the bot must be a member"),
                )
            }
        });
        let topic = fields.integer("topic", 1..=i32::MAX as u64);
        let api =
            fields.url("api_url", connection.reach).map(|url| url.expose().clone()).or_else(|| Url::parse(API).ok());
        let built = match (token, chat, api) {
            (Some(token), Some(chat), Some(api)) => Some(Self { token, chat, topic, api, connection }),
            _ => None,
        };
        fields.finish(built)
    }

    /// Whether a message in this chat is one of the configured chat: a receipt may be older than the configuration.
    pub(super) fn may_be(&self, chat: i64) -> bool {
        self.chat.parse::<i64>().map_or(true, |configured| configured == chat)
    }

    /// The address of a method; the token stands in it.
    pub(super) fn method_url(&self, method: &str) -> Result<Secret<Url>, RenderError> {
        posting::below(&self.api, &[&format!("bot{}", self.token.expose()), method]).map(Secret::new)
    }
}

/// core.telegram.org/bots/api, "Authorizing your bot": a number, a colon, and what nobody may know.
fn is_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && (20..=100).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

fn is_chat(text: &str) -> bool {
    match text.strip_prefix('@') {
        Some(name) => {
            (4..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }
        None => text.parse::<i64>().is_ok_and(|number| number != 0),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    const TOKEN: &str = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";

    #[test]
    fn each_mistake_names_its_field() {
        for (field, value) in [
            ("token", json!("hunter2")),
            ("token", json!("123456:hunter2/../../x hunter2 hunter2")),
            ("chat", json!("ops")),
            ("chat", json!(true)),
            ("chat", json!(0)),
            ("topic", json!("7")),
            ("api_url", json!("http://127.0.0.1/")),
            ("parse_mode", json!("HTML")),
        ] {
            let mut given = json!({"token": TOKEN, "chat": "@watchfire_ops"});
            assert!(Config::read(table(given.clone())).is_ok());
            given[field] = value;
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
        assert_eq!(Config::read(table(json!({"topic": 0}))).unwrap_err().len(), 3, "not all at once");
    }

    #[test]
    fn a_chat_is_a_number_or_a_name() {
        for chat in [json!(-1_001_234_567_890_i64), json!("-1001234567890"), json!(42), json!("@watchfire_ops")] {
            let config = Config::read(table(json!({"token": TOKEN, "chat": chat}))).unwrap();
            let url = config.method_url("sendMessage").unwrap();
            assert_eq!(url.expose().as_str(), format!("https://api.telegram.org/bot{TOKEN}/sendMessage"));
        }
    }
}
