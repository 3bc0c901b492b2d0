//! Configuration before it is judged: trees of values, each with its place, from every layer, laid over one another.
//!
//! The defaults, the file, the environment and the flags all become the same kind of tree, so that one reader serves them all and every
//! mistake can be pointed at, wherever it was made. All text is secret until a reader of a public field takes it out.

use std::collections::BTreeMap;
use std::ops::Range;

use integrations::request::Secret;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, or in the embedded defaults: which one, and the bytes.
    Text {
        /// Index into [`Sources`].
        source: usize,
        /// Bytes of its text.
        span: Range<usize>,
    },
    /// In an environment variable.
    Variable(String),
    /// On the command line.
    Flag(&'static str),
}

impl Place {
    /// Whether values here are always text, so that numbers have to be read out of it.
    #[must_use]
    pub const fn is_textual(&self) -> bool {
        matches!(self, Self::Variable(_) | Self::Flag(_))
    }
}

/// A file that was read.
#[derive(Clone)]
pub struct Source {
    /// Its path as the operator wrote it.
    pub name: String,
    /// Its text; may hold secrets.
    pub text: Secret<String>,
    /// What may not be shown of it.
    pub hidden: Vec<Range<usize>>,
}

/// The files of one load, in the order of reading.
#[derive(Clone, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// Takes a file in and gives its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.0.push(Source { name: name.into(), text: Secret::new(text.into()), hidden: Vec::new() });
        self.0.len() - 1
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it was written.
    pub place: Place,
    /// What was written.
    pub value: Value,
}

/// What can be written.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text.
    Text(Secret<String>),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A date or time; nothing here takes one.
    Date,
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

impl Value {
    fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.expose() == b.expose(),
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Flag(a), Self::Flag(b)) => a == b,
            (Self::Date, Self::Date) => true,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.says_the_same(&b.value))
            }
            (Self::Table(a), Self::Table(b)) => a.differences(b).is_empty(),
            _ => false,
        }
    }

    /// The word for its type.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A table; each key with its own place.
#[derive(Debug, Clone, Default)]
pub struct Table(pub BTreeMap<String, Entry>);

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key was written.
    pub key: Place,
    /// The value.
    pub node: Node,
}

impl Table {
    /// Where two trees do not say the same, wherever it was written: paths, without values.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let keys: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let mut found = Vec::new();
        for key in keys {
            let value = |table: &'_ Self| table.0.get(key).map(|entry| entry.node.value.clone());
            match (value(self), value(other)) {
                (Some(Value::Table(a)), Some(Value::Table(b))) => {
                    found.extend(a.differences(&b).into_iter().map(|path| format!("{key}.{path}")));
                }
                (Some(a), Some(b)) if a.says_the_same(&b) => {}
                _ => found.push(key.clone()),
            }
        }
        found
    }

    /// Puts text at a path, making the tables on the way; what stood there gives way.
    pub fn put(&mut self, path: &[&str], place: &Place, value: Value) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = |value| Entry { key: place.clone(), node: Node { place: place.clone(), value } };
        if rest.is_empty() {
            self.0.insert((*first).to_owned(), node(value));
            return;
        }
        let entry = self.0.entry((*first).to_owned()).or_insert_with(|| node(Value::Table(Self::default())));
        if !matches!(entry.node.value, Value::Table(_)) {
            *entry = node(Value::Table(Self::default()));
        }
        if let Value::Table(table) = &mut entry.node.value {
            table.put(rest, place, value);
        }
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Node> {
        let (first, rest) = path.split_first()?;
        let node = &self.0.get(*first)?.node;
        match (&node.value, rest.is_empty()) {
            (_, true) => Some(node),
            (Value::Table(table), false) => table.get(rest),
            _ => None,
        }
    }

    /// Lays `upper` over this one: tables are joined key by key, everything else is replaced.
    pub fn overlay(&mut self, upper: Self) {
        for (key, entry) in upper.0 {
            match self.0.get_mut(&key) {
                Some(lower) => match (&mut lower.node.value, entry.node.value) {
                    (Value::Table(below), Value::Table(above)) => {
                        below.overlay(above);
                        lower.key = entry.key;
                        lower.node.place = entry.node.place;
                    }
                    (_, value) => *lower = Entry { key: entry.key, node: Node { place: entry.node.place, value } },
                },
                None => {
                    self.0.insert(key, entry);
                }
            }
        }
    }
}

/// A mistake of TOML itself.
#[derive(Debug, Clone)]
pub struct SyntaxMistake {
    /// What, as the parser says it; it never repeats a value.
    pub message: String,
    /// Where.
    pub span: Range<usize>,
}

/// Reads TOML as far as it can be read, with every mistake of its syntax.
#[must_use]
pub fn read(source: usize, text: &str) -> (Table, Vec<SyntaxMistake>) {
    let (table, mistakes) = DeTable::parse_recoverable(text);
    let mistakes = mistakes
        .into_iter()
        .map(|mistake| SyntaxMistake {
            message: mistake.message().to_owned(),
            span: mistake.span().unwrap_or(text.len()..text.len()),
        })
        .collect();
    (table_of(source, table.into_inner()), mistakes)
}

fn table_of(source: usize, table: DeTable<'_>) -> Table {
    let entries = table.into_iter().map(|(key, value)| {
        let place = Place::Text { source, span: key.span() };
        (key.into_inner().into_owned(), Entry { key: place, node: node_of(source, value) })
    });
    Table(entries.collect())
}

fn node_of(source: usize, value: Spanned<DeValue<'_>>) -> Node {
    let place = Place::Text { source, span: value.span() };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(Secret::new(text.into_owned())),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            i64::from_str_radix(digits, number.radix()).map_or_else(|_| Value::Float(f64::INFINITY), Value::Integer)
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node_of(source, item)).collect()),
        DeValue::Table(table) => Value::Table(table_of(source, table)),
    };
    Node { place, value }
}

/// Whether the text at a path may be shown. Everything that is not known to be harmless is hidden: a mistyped key may hold a secret.
#[must_use]
pub fn is_public(path: &[String], text: &str) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["data_dir" | "policy"] | ["server" | "log" | "retention" | "engine", _] => true,
        ["sentry", key] => *key == "secrets_file",
        ["store", "url"] | ["public_url"] => !text.contains('@'),
        ["notifiers" | "agents", _, key] => {
            matches!(*key, "type" | "channel" | "ca_file" | "org_id" | "repo_id" | "model" | "agent_type")
                || key.ends_with("_file")
        }
        _ => false,
    }
}

/// The bytes of a file that hold text which may not be shown.
#[must_use]
pub fn hidden(table: &Table) -> Vec<Range<usize>> {
    fn walk(path: &mut Vec<String>, node: &Node, found: &mut Vec<Range<usize>>) {
        match &node.value {
            Value::Text(text) => {
                if let (false, Place::Text { span, .. }) = (is_public(path, text.expose()), &node.place) {
                    found.push(span.clone());
                }
            }
            Value::List(items) => items.iter().for_each(|item| walk(path, item, found)),
            Value::Table(table) => {
                for (key, entry) in &table.0 {
                    path.push(key.clone());
                    walk(path, &entry.node, found);
                    path.pop();
                }
            }
            Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::Date => {}
        }
    }
    let mut found = Vec::new();
    for (key, entry) in &table.0 {
        walk(&mut vec![key.clone()], &entry.node, &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Table {
        read(0, text).0
    }

    #[test]
    fn a_higher_layer_replaces_values_and_joins_tables() {
        let mut lower = tree("a = 1\n[t]\nx = 1\ny = 2\n");
        lower.overlay(tree("a = 2\n[t]\ny = 3\n"));
        let number = |path: &[&str]| match lower.get(path).map(|node| &node.value) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        assert_eq!([number(&["a"]), number(&["t", "x"]), number(&["t", "y"])], [Some(2), Some(1), Some(3)]);
    }

    #[test]
    fn text_that_may_be_a_secret_is_hidden() {
        let text = "data_dir = \"here\"\n[sentry]\nsecretz = \"one\"\nsecrets = [\"two\"]\n[notifiers.x]\ntype = \"slack\"\ntokn = \"three\"\n";
        let shown: Vec<_> = hidden(&tree(text)).into_iter().map(|span| &text[span]).collect();
        assert_eq!(shown.len(), 3, "{shown:?}");
        for secret in ["\"one\"", "\"two\"", "\"three\""] {
            assert!(shown.contains(&secret), "{shown:?}");
        }
    }

    #[test]
    fn debug_shows_no_text() {
        let shown = format!("{:?}", tree("a = \"hunter2\""));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
