//! The fields of a `pushover` table: `token`, `user`, `device`, `retry`, `expire`, `api_url`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

const API: &str = "https://api.pushover.net/";

/// pushover.net/api, "Registration" and "Identifiers": letters and digits.
const KEY: usize = 30;
/// The same page, "Device identifiers".
const DEVICE: usize = 25;
/// The same page, "Emergency Priority": the shortest `retry` and the longest `expire`, in seconds.
const RETRY: u64 = 30;
const EXPIRE: u64 = 10_800;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The application's token.
    pub token: Secret<String>,
    /// The key of a user or a group.
    pub user: Secret<String>,
    /// One device of the user, or several with commas; without it all.
    pub device: Option<String>,
    /// Seconds between the rings of an emergency.
    pub retry: u64,
    /// Seconds until it gives up.
    pub expire: u64,
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
        let token = key(&mut fields, "token", "the token of your application, from its page");
        let user = key(&mut fields, "user", "the key of a user or a group, from the front page");
        let device = fields.text("device").and_then(|device| {
            let is_name = |name: &str| {
                (1..=DEVICE).contains(&name.len())
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            };
            if device.split(',').all(is_name) {
                Some(device)
            } else {
                fields.refuse("device", "must be a device's name, or several with commas", None)
            }
        });
        let retry = fields.integer("retry", RETRY..=EXPIRE).unwrap_or(60);
        let expire = fields.integer("expire", RETRY..=EXPIRE).unwrap_or(3_600);
        if expire < retry {
            fields.refuse::<()>("expire", "is shorter than `retry`", None);
        }
        let api =
            fields.url("api_url", connection.reach).map(|url| url.expose().clone()).or_else(|| Url::parse(API).ok());
        let built = match (token, user, api) {
            (Some(token), Some(user), Some(api)) => Some(Self { token, user, device, retry, expire, api, connection }),
            _ => None,
        };
        fields.finish(built)
    }
}

fn key(fields: &mut Fields, field: &'static str, what: &str) -> Option<Secret<String>> {
    let key = fields.required_secret(field)?;
    if is_key(key.expose()) { Some(key) } else { fields.refuse(field, "must be 30 letters and digits", Some(what)) }
}

/// Tokens, keys and receipts look alike.
pub(super) fn is_key(text: &str) -> bool {
    text.len() == KEY && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn each_mistake_names_its_field() {
        for (field, value) in [
            ("token", json!("hunter2")),
            ("user", json!("hunter2-90123456789012345678901")),
            ("device", json!("my phone")),
            ("retry", json!(29)),
            ("expire", json!(10_801)),
            ("expire", json!(30)),
            ("api_url", json!("http://127.0.0.1/")),
            ("sound", json!("siren")),
        ] {
            let mut given = json!({
                "token": "a23456789012345678901234567890",
                "user": "u23456789012345678901234567890",
                "device": "phone,tablet",
            });
            assert!(Config::read(table(given.clone())).is_ok());
            given[field] = value;
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
        assert_eq!(Config::read(table(json!({"x": 1}))).unwrap_err().len(), 3, "not all at once");
    }
}
