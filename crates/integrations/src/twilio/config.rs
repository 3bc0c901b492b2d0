//! The fields of a `twilio` table: `account`, `auth_token` or `key` and `key_secret`, `to`, `from` or `service`, `api_url`, `allow_private`,
//! `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::posting;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

const API: &str = "https://api.twilio.com/";

/// Who an SMS is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number, a short code, or a name of up to 11 letters and digits.
    Number(String),
    /// A messaging service, which chooses the number.
    Service(String),
}

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The account's id.
    pub account: String,
    /// The account's id again, or that of an API key.
    pub user: String,
    /// What belongs to it.
    pub password: Secret<String>,
    /// Who it is for.
    pub to: String,
    /// Who it is from.
    pub sender: Sender,
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
        let account = fields.required_text("account").and_then(|account| {
            if is_sid(&account, "AC") {
                Some(account)
            } else {
                fields.refuse("account", "must be the account's id: `AC` and 32 digits from 0 to f", None)
            }
        });
        let access = access(&mut fields, account.as_deref());
        let to = fields.required_text("to").and_then(|to| {
            if is_number(&to) {
                Some(to)
            } else {
                fields.refuse("to", "must be a number with its country: `+` and up to 15 digits", None)
            }
        });
        let sender = sender(&mut fields);
        let api =
            fields.url("api_url", connection.reach).map(|url| url.expose().clone()).or_else(|| Url::parse(API).ok());
        let built = match (account, access, to, sender, api) {
            (Some(account), Some((user, password)), Some(to), Some(sender), Some(api)) => {
                Some(Self { account, user, password, to, sender, api, connection })
            }
            _ => None,
        };
        fields.finish(built)
    }

    /// Where messages are made.
    pub(super) fn url(&self) -> Result<Secret<Url>, RenderError> {
        posting::below(&self.api, &["2010-04-01", "Accounts", &self.account, "Messages.json"]).map(Secret::new)
    }
}

/// The account's own token, or a key that can be taken back alone.
fn access(fields: &mut Fields, account: Option<&str>) -> Option<(String, Secret<String>)> {
    let token = fields.secret("auth_token");
    let key = fields.text("key");
    if key.as_ref().is_some_and(|key| !is_sid(key, "SK")) {
        return fields.refuse("key", "must be a key's id: `SK` and 32 digits from 0 to f", None);
    }
    match (token, key, fields.secret("key_secret")) {
        // Without an account the table is refused anyway, for that.
        (Some(token), None, None) => Some((account.unwrap_or_default().to_owned(), token)),
        (None, Some(key), Some(secret)) => Some((key, secret)),
        (None, Some(_), None) => fields.refuse("key_secret", "is missing: `key` stands alone", None),
        (None, None, Some(_)) => fields.refuse("key", "is missing: `key_secret` stands alone", None),
        (None, None, None) => fields.refuse("auth_token", "is missing", Some("or give `key` and `key_secret`")),
        (Some(_), _, _) => {
            fields.refuse("auth_token", "stands beside `key` or `key_secret`", Some("keep one of the two ways"))
        }
    }
}

fn sender(fields: &mut Fields) -> Option<Sender> {
    let from = fields.text("from");
    match (from, fields.text("service")) {
        (Some(from), None) if is_number(&from) || is_short_code(&from) || is_name(&from) => Some(Sender::Number(from)),
        (Some(_), None) => fields.refuse(
            "from",
            "must be a number with its country, a short code, or a name of at most 11 letters and digits",
            None,
        ),
        (None, Some(service)) if is_sid(&service, "MG") => Some(Sender::Service(service)),
        (None, Some(_)) => {
            fields.refuse("service", "must be a messaging service's id: `MG` and 32 digits from 0 to f", None)
        }
        (None, None) => fields.refuse("from", "is missing", Some("or give `service`")),
        (Some(_), Some(_)) => fields.refuse("from", "stands beside `service`", Some("keep one of the two")),
    }
}

/// twilio.com/docs, "Twilio's Security Identifiers": two letters and 32 digits from 0 to f.
fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// ITU-T E.164.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    })
}

fn is_short_code(text: &str) -> bool {
    (3..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// twilio.com/docs, "Alphanumeric Sender ID".
fn is_name(text: &str) -> bool {
    (1..=11).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testkit::table;

    fn sid(prefix: &str) -> String {
        format!("{prefix}{}", "0123456789abcdef".repeat(2))
    }

    fn told(given: &Value) -> Vec<String> {
        let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
        assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        mistakes.into_iter().map(|mistake| mistake.field).collect()
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (field, value) in [
            ("account", json!("AC1")),
            ("auth_token", json!(7)),
            ("to", json!("0171 1234567")),
            ("from", json!("a name that is too long")),
            ("api_url", json!("http://127.0.0.1/")),
            ("body", json!("x")),
        ] {
            let mut given =
                json!({"account": sid("AC"), "auth_token": "hunter2", "to": "+491711234567", "from": "Watchfire"});
            assert!(Config::read(table(given.clone())).is_ok());
            given[field] = value;
            let told = told(&given);
            assert_eq!(told[0], field, "{given}");
        }
        assert_eq!(told(&json!({})), ["account", "auth_token", "to", "from"]);
    }

    #[test]
    fn there_are_two_ways_to_be_known_and_two_to_send() {
        let given = |access: Value, sender: Value| {
            let mut given = json!({"account": sid("AC"), "to": "+491711234567"});
            for more in [access, sender] {
                for (field, value) in more.as_object().unwrap() {
                    given[field] = value.clone();
                }
            }
            given
        };
        let (token, key) = (json!({"auth_token": "hunter2"}), json!({"key": sid("SK"), "key_secret": "hunter2"}));
        let (from, service) = (json!({"from": "+15005550006"}), json!({"service": sid("MG")}));
        for access in [&token, &key] {
            for sender in [&from, &service] {
                assert!(Config::read(table(given(access.clone(), sender.clone()))).is_ok());
            }
        }
        for (access, field) in [
            (json!({"key": sid("SK")}), "key_secret"),
            (json!({"key_secret": "hunter2"}), "key"),
            (json!({"key": "hunter2", "key_secret": "x"}), "key"),
            (json!({"auth_token": "hunter2", "key": sid("SK")}), "auth_token"),
        ] {
            assert_eq!(told(&given(access, from.clone()))[0], field);
        }
        assert_eq!(told(&given(token.clone(), json!({"from": "123", "service": sid("MG")}))), ["from"]);
        assert_eq!(told(&given(token, json!({"service": "MG1"}))), ["service"]);
    }
}
