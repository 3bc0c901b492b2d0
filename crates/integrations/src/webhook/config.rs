//! The fields of a `webhook` table: `url`, `secret` (one or several), `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;
use crate::standard_webhooks::SigningKey;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to post.
    pub url: Secret<Url>,
    /// At least one; several while keys are changed.
    pub keys: Vec<SigningKey>,
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
        let url = fields.required_url("url", connection.reach);
        let keys = fields.signing_keys("secret");
        let built = url.zip(keys).map(|(url, keys)| Self { url, keys, connection });
        fields.finish(built)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn one_secret_or_several_are_taken() {
        for secret in [json!(KEY), json!([KEY, KEY])] {
            let read = Config::read(table(json!({"url": "https://example.com/", "secret": secret})));
            assert!(read.is_ok(), "{read:?}");
        }
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (given, field) in [
            (json!({"secret": KEY}), "url"),
            (json!({"url": "http://example.com", "secret": KEY}), "url"),
            (json!({"url": "https://example.com"}), "secret"),
            (json!({"url": "https://example.com", "secret": []}), "secret"),
            (json!({"url": "https://example.com", "secret": "hunter2hunter2"}), "secret"),
            (json!({"url": "https://example.com", "secret": KEY, "timeout": 3}), "timeout"),
            (json!({"url": "https://example.com", "secret": KEY, "ca_file": 3}), "ca_file"),
        ] {
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }
}
