//! Reading a table of the configuration field by field, so that all its mistakes are told at once (serde would stop at the first).

use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde_json::Value;
use url::Url;

use crate::registry::{ConfigError, Table};
use crate::request::{Reach, Secret};
use crate::standard_webhooks::SigningKey;

/// How every adapter that speaks HTTP gets there: the fields `allow_private` and `ca_file`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// Whether addresses that are not public, and plain http, are allowed.
    pub reach: Reach,
    /// A file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// A table that is being read. Every field that was asked for is known; [`Fields::finish`] refuses the others.
#[derive(Debug)]
pub struct Fields {
    table: Table,
    known: Vec<&'static str>,
    mistakes: Vec<ConfigError>,
}

impl Fields {
    /// Starts to read.
    #[must_use]
    pub fn of(table: Table) -> Self {
        Self { table, known: Vec::new(), mistakes: Vec::new() }
    }

    /// Text that is not blank; `None` when it is absent or wrong, which is noted.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        match self.take(field)? {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::String(_) => self.refuse(field, "is empty", None),
            other => self.wrong_type(field, "text", &other),
        }
    }

    /// Text that must be there.
    pub fn required_text(&mut self, field: &'static str) -> Option<String> {
        self.demand(field);
        self.text(field)
    }

    /// A vendor's id that must be there.
    pub fn required_id(&mut self, field: &'static str) -> Option<String> {
        self.demand(field);
        self.id(field)
    }

    /// A vendor's id: text, or the whole number as which people write some.
    pub fn id(&mut self, field: &'static str) -> Option<String> {
        match self.take(field)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::String(_) => self.refuse(field, "is empty", None),
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            other => self.wrong_type(field, "text or a whole number", &other),
        }
    }

    /// A secret; white space around it, which files end with, is not part of it.
    pub fn secret(&mut self, field: &'static str) -> Option<Secret<String>> {
        self.text(field).map(|text| Secret::new(text.trim().to_owned()))
    }

    /// A secret that must be there.
    pub fn required_secret(&mut self, field: &'static str) -> Option<Secret<String>> {
        self.demand(field);
        self.secret(field)
    }

    /// One or several texts: `"a"` or `["a", "b"]`; empty when absent.
    pub fn texts(&mut self, field: &'static str) -> Vec<String> {
        let items = match self.take(field) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(text) if !text.trim().is_empty() => texts.push(text),
                Value::String(_) => {
                    self.refuse::<()>(field, "holds an empty text", None);
                }
                other => {
                    self.wrong_type::<()>(field, "text or a list of texts", &other);
                }
            }
        }
        texts
    }

    /// `true` or `false`; `false` when absent.
    pub fn flag(&mut self, field: &'static str) -> bool {
        match self.take(field) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(other) => self.wrong_type(field, "true or false", &other).unwrap_or(false),
        }
    }

    /// A whole number within `range`.
    pub fn integer(&mut self, field: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.take(field)?;
        match value.as_u64().filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                self.wrong_type(field, &format!("a whole number from {} to {}", range.start(), range.end()), &value)
            }
        }
    }

    /// `allow_private` and `ca_file`.
    pub fn connection(&mut self) -> Connection {
        let reach = if self.flag("allow_private") { Reach::Private } else { Reach::Public };
        Connection { reach, ca_file: self.text("ca_file").map(PathBuf::from) }
    }

    /// An address to call: https, or http when `reach` allows private addresses; without a user name in it. Secret, because many are.
    pub fn url(&mut self, field: &'static str, reach: Reach) -> Option<Secret<Url>> {
        let text = self.text(field)?;
        match callable(&text, reach) {
            Ok(url) => Some(Secret::new(url)),
            Err((message, hint)) => self.refuse(field, message, hint),
        }
    }

    /// An address that must be there.
    pub fn required_url(&mut self, field: &'static str, reach: Reach) -> Option<Secret<Url>> {
        self.demand(field);
        self.url(field, reach)
    }

    /// One or several keys of Standard Webhooks, `whsec_…`; at least one.
    pub fn signing_keys(&mut self, field: &'static str) -> Option<Vec<SigningKey>> {
        const HINT: &str = "base64 of 24 to 64 random bytes after `whsec_`; several in a list while keys are changed";
        if !self.table.contains_key(field) {
            self.known.push(field);
            return self.refuse(field, "is missing", Some(HINT));
        }
        let before = self.mistakes.len();
        let mut keys = Vec::new();
        for text in self.texts(field) {
            match SigningKey::parse(&text) {
                Ok(key) => keys.push(key),
                Err(error) => {
                    self.refuse::<()>(field, error.to_string(), Some(HINT));
                }
            }
        }
        if keys.is_empty() && self.mistakes.len() == before {
            return self.refuse(field, "holds no key", Some(HINT));
        }
        (!keys.is_empty()).then_some(keys)
    }

    /// The field `region`, for vendors that keep accounts of Europe apart: the root of the API that is meant, that of the US without it.
    pub fn region(&mut self, us: &'static str, eu: &'static str) -> Option<Url> {
        match self.word("region", &["us", "eu"]) {
            Some("eu") => Url::parse(eu).ok(),
            _ => Url::parse(us).ok(),
        }
    }

    /// One of these words.
    pub fn word(&mut self, field: &'static str, words: &'static [&'static str]) -> Option<&'static str> {
        let text = self.text(field)?;
        match words.iter().find(|word| **word == text.trim()) {
            Some(word) => Some(word),
            None => self.refuse(field, "is none of the words for it", Some(&format!("one of: {}", words.join(", ")))),
        }
    }

    /// Notes a mistake; `None`, so that a reader can end with it.
    pub fn refuse<T>(&mut self, field: &str, message: impl Into<String>, hint: Option<&str>) -> Option<T> {
        self.mistakes.push(ConfigError {
            field: field.to_owned(),
            message: message.into(),
            hint: hint.map(str::to_owned),
        });
        None
    }

    /// Ends the reading: what was built of the fields, if there was no mistake.
    ///
    /// # Errors
    /// Every mistake, unknown fields included.
    pub fn finish<T>(mut self, built: Option<T>) -> Result<T, Vec<ConfigError>> {
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        for field in unknown {
            let hint = format!("known fields: {}", self.known.join(", "));
            self.mistakes.push(ConfigError::at(field, "is not a field of this kind").with_hint(hint));
        }
        match built {
            Some(value) if self.mistakes.is_empty() => Ok(value),
            // A reader that gave up without a note is a mistake of ours; it must not pass as an empty list.
            _ if self.mistakes.is_empty() => Err(vec![ConfigError::at("type", "could not be configured")]),
            _ => Err(self.mistakes),
        }
    }

    fn take(&mut self, field: &'static str) -> Option<Value> {
        if !self.known.contains(&field) {
            self.known.push(field);
        }
        self.table.remove(field)
    }

    fn demand(&mut self, field: &'static str) {
        if !self.table.contains_key(field) {
            self.mistakes.push(ConfigError::at(field, "is missing"));
        }
    }

    fn wrong_type<T>(&mut self, field: &'static str, expected: &str, found: &Value) -> Option<T> {
        // The value itself is not repeated: the field may be a secret.
        let found = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a table",
        };
        self.refuse(field, format!("must be {expected}, but is {found}"), None)
    }
}

fn callable(text: &str, reach: Reach) -> Result<Url, (String, Option<&'static str>)> {
    let url = Url::parse(text.trim()).map_err(|error| (format!("is not an address: {error}"), Some("https://…")))?;
    match (url.scheme(), reach) {
        ("https", _) | ("http", Reach::Private) => {}
        ("http", Reach::Public) => {
            return Err((
                "must begin with https://".into(),
                Some("http is for private networks: set `allow_private = true` if that is meant"),
            ));
        }
        _ => return Err(("must begin with https://".into(), None)),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(("names no host".into(), None));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("must not carry a user name or password".into(), None));
    }
    Ok(url)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(table) => Fields::of(table),
            other => panic!("not a table: {other}"),
        }
    }

    #[test]
    fn all_mistakes_of_a_table_are_told_at_once() {
        let mut table = fields(json!({"url": "ftp://x", "allow_private": "yes", "tokn": "hunter2"}));
        let connection = table.connection();
        let url = table.required_url("url", connection.reach);
        let token = table.required_secret("token");
        let mistakes = table.finish(url.zip(token)).map(|_| ()).unwrap_err();
        let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
        assert_eq!(told, ["allow_private", "url", "token", "tokn"]);
        assert!(!format!("{mistakes:?}").contains("hunter2"), "a value that may be a secret was repeated");
    }

    #[test]
    fn plain_http_needs_the_word_of_the_operator() {
        for (address, reach, taken) in [
            ("https://example.com/x", Reach::Public, true),
            ("http://example.com/x", Reach::Public, false),
            ("http://10.0.0.1/x", Reach::Private, true),
            ("https://user:pw@example.com", Reach::Public, false),
            ("file:///etc/passwd", Reach::Private, false),
            ("not an address", Reach::Private, false),
        ] {
            assert_eq!(callable(address, reach).is_ok(), taken, "{address}");
        }
    }

    #[test]
    fn a_secret_from_a_file_loses_its_newline() {
        let mut table = fields(json!({"token": "abc\n"}));
        assert_eq!(table.secret("token").map(|secret| secret.expose().clone()).as_deref(), Some("abc"));
    }
}
