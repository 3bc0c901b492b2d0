//! What a silence matches: the condition of a rule, with the text that it was read from.

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::terms::{self, TermError};
use super::whole;
use crate::incident::Incident;
use crate::policy::file::{self, PolicyError};
use crate::policy::rule::{Condition, Field};
use crate::time::Timestamp;

/// A condition as it is written in a rule's `when`, on one line. Kept as its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Matching {
    text: String,
    condition: Condition,
}

impl Matching {
    /// Reads a condition, such as `{ project = "shop", environment = "staging" }`. `{ all = [] }` is everything.
    ///
    /// # Errors
    /// Every mistake, in the words of a policy's; also a condition that never holds.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        file::matching(text)
    }

    /// Reads the short form of the command line: each of these terms must hold. `project=shop`, `environment!=production`, `title~REGEX`,
    /// `title!~REGEX`, `path=/checkout*`; a term in braces is a condition of [`parse`](Self::parse).
    ///
    /// # Errors
    /// Every term that says nothing, and a list without terms: everything is said by `{ all = [] }`, never by leaving it out.
    pub fn of_terms<S: AsRef<str>>(terms: &[S]) -> Result<Self, Vec<TermError>> {
        terms::read(terms)
    }

    /// Of a table that was read into this condition.
    pub(crate) fn of(table: &DeTable<'_>, condition: Condition) -> Self {
        Self { text: braces(table), condition }
    }

    /// The condition as TOML on one line. It may hold text from outside: escape it for its sink.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The condition.
    #[must_use]
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Whether it matches everything, whatever it is.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.condition.constant() == Some(true)
    }

    /// Whether it asks for this field at all.
    #[must_use]
    pub fn names(&self, field: &Field) -> bool {
        whole::mentions(&self.condition, field)
    }

    /// Whether it holds of all that is known of an incident; `None` when that depends on what an incident does not keep.
    #[must_use]
    pub fn of_incident(&self, incident: &Incident, now: Timestamp) -> Option<bool> {
        whole::holds(&self.condition, incident, now)
    }
}

impl From<Matching> for String {
    fn from(matching: Matching) -> Self {
        matching.text
    }
}

impl TryFrom<String> for Matching {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

/// A table in braces: however it was laid out, it stands on one line.
fn braces(table: &DeTable<'_>) -> String {
    let parts = table.iter().map(|(name, value)| format!("{} = {}", key(name.get_ref()), inline(value.get_ref())));
    format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
}

fn inline(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(list) => {
            let parts: Vec<_> = list.iter().map(|one| inline(one.get_ref())).collect();
            format!("[{}]", parts.join(", "))
        }
        DeValue::Table(table) => braces(table),
    }
}

/// A key of TOML for any text: bare where that is allowed.
pub(super) fn key(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_bare) { text.to_owned() } else { quoted(text) }
}

/// A string of TOML on one line for any text.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() || is_unseen(control) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Letters that break lines, turn the direction of a text or take no room: who reads the condition shall see them.
const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
