//! The fields of an `ntfy` table: `topic`, `url`, `token` or `user` and `password`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::posting::{self, Header};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// Where the project itself runs a server.
const SERVER: &str = "https://ntfy.sh/";

/// docs.ntfy.sh, "Publishing": letters, digits, `_` and `-`; the server takes at most 64.
const TOPIC: usize = 64;

/// How the server knows us.
#[derive(Debug, Clone)]
pub enum Access {
    /// Not at all.
    Open,
    /// An access token, `tk_…`.
    Token(Secret<String>),
    /// A user of the server.
    User(String, Secret<String>),
}

impl Access {
    /// The header that says so.
    pub(super) fn header(&self) -> Option<Header> {
        match self {
            Self::Open => None,
            Self::Token(token) => Some(posting::authorization(format!("Bearer {}", token.expose()))),
            Self::User(user, password) => Some(posting::basic(user, password)),
        }
    }
}

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to publish.
    pub topic: Secret<String>,
    /// The root of the server.
    pub server: Url,
    /// How it knows us.
    pub access: Access,
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
        let topic = fields.required_secret("topic").and_then(|topic| {
            let text = topic.expose();
            let is_topic = text.len() <= TOPIC
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            if is_topic {
                Some(topic)
            } else {
                fields.refuse(
                    "topic",
                    "is none: at most 64 letters, digits, `_` and `-`",
                    Some("the server goes into `url`"),
                )
            }
        });
        let server = match fields.url("url", connection.reach) {
            Some(url) if matches!(url.expose().path(), "" | "/") => Some(url.expose().clone()),
            Some(_) => fields.refuse(
                "url",
                "must be the root of the server, without a path",
                Some("messages are published as JSON, which ntfy takes at its root; the topic goes into `topic`"),
            ),
            None => Url::parse(SERVER).ok(),
        };
        let token = fields.secret("token");
        if token.as_ref().is_some_and(|token| !posting::fits_a_header(token.expose())) {
            fields.refuse::<()>(
                "token",
                "holds characters that no token has",
                Some("an access token begins with `tk_`"),
            );
        }
        let user = fields.text("user");
        if user.as_ref().is_some_and(|user| user.contains(':')) {
            fields.refuse::<()>("user", "must not hold a colon", None);
        }
        let password = fields.secret("password");
        let access = match (token, user, password) {
            (None, None, None) => Some(Access::Open),
            (Some(token), None, None) => Some(Access::Token(token)),
            (None, Some(user), Some(password)) => Some(Access::User(user, password)),
            (None, Some(_), None) => fields.refuse("password", "is missing: `user` stands alone", None),
            (None, None, Some(_)) => fields.refuse("user", "is missing: `password` stands alone", None),
            (Some(_), _, _) => {
                fields.refuse("token", "stands beside `user` or `password`", Some("keep one of the two ways"))
            }
        };
        let built = match (topic, server, access) {
            (Some(topic), Some(server), Some(access)) => Some(Self { topic, server, access, connection }),
            _ => None,
        };
        fields.finish(built)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn each_mistake_names_its_field() {
        for (given, field) in [
            (json!({}), "topic"),
            (json!({"topic": "hunter2/x"}), "topic"),
            (json!({"topic": "t", "url": "https://ntfy.example.com/t"}), "url"),
            (json!({"topic": "t", "url": "http://ntfy.example.com/"}), "url"),
            (json!({"topic": "t", "user": "a"}), "password"),
            (json!({"topic": "t", "user": "a:b", "password": "hunter2"}), "user"),
            (json!({"topic": "t", "password": "hunter2"}), "user"),
            (json!({"topic": "t", "token": "hunter2", "user": "a", "password": "b"}), "token"),
            (json!({"topic": "t", "token": "hunter2\nx"}), "token"),
            (json!({"topic": "t", "priority": 5}), "priority"),
        ] {
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }

    #[test]
    fn each_way_to_be_known_is_taken() {
        for given in [
            json!({"topic": "t"}),
            json!({"topic": "t", "token": "tk_1"}),
            json!({"topic": "t", "user": "ada", "password": "x", "url": "https://ntfy.example.com"}),
            json!({"topic": "t", "url": "http://10.0.0.1:8080/", "allow_private": true}),
        ] {
            assert!(Config::read(table(given.clone())).is_ok(), "{given}");
        }
    }
}
