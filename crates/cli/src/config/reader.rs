//! Reading one table of the merged tree key by key, so that every mistake in it is noted.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use integrations::request::Secret;

use super::errors::{Mistake, Report, nearest};
use super::raw::{Entry, Node, Place, Table, Value};

/// A table that is being read.
pub struct Reader<'a, 'r> {
    name: &'a str,
    table: Option<&'a Table>,
    known: Vec<&'static str>,
    report: &'r mut Report,
}

impl<'a, 'r> Reader<'a, 'r> {
    /// Starts with the table at the top, or with one of its sections.
    pub fn of(root: &'a Table, name: &'a str, report: &'r mut Report) -> Self {
        let table = if name.is_empty() {
            Some(root)
        } else {
            match root.0.get(name).map(|entry| (&entry.node.value, &entry.node.place)) {
                Some((Value::Table(table), _)) => Some(table),
                Some((other, place)) => {
                    let message = format!("`{name}` must be a table, but is {}", other.word());
                    report.note(Mistake::at(place, message).with_hint(format!("write [{name}] on a line of its own")));
                    None
                }
                None => None,
            }
        };
        Self { name, table, known: Vec::new(), report }
    }

    /// The report, for mistakes that only the caller can see.
    pub const fn report(&mut self) -> &mut Report {
        self.report
    }

    /// The value of a key, whatever it is.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.table.and_then(|table| table.0.get(key)).map(|entry| &entry.node)
    }

    /// Says that a key is read elsewhere.
    pub fn leave(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// The name of a key in full.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Notes that a value is not what was expected. It is repeated only where no file can be shown, which only public fields allow.
    pub fn refuse(&mut self, key: &str, node: &Node, expected: &str, hint: Option<&str>) {
        let found = match &node.value {
            Value::Text(text) if node.place.is_textual() => format!(", but is {:?}", text.expose()),
            // The line itself is shown.
            Value::Text(_) | Value::Integer(_) => String::new(),
            other => format!(", but is {}", other.word()),
        };
        let mut mistake = Mistake::at(&node.place, format!("`{}` must be {expected}{found}", self.path(key)));
        mistake.hint = hint.map(str::to_owned);
        self.report.note(mistake);
    }

    /// Text that is not blank.
    pub fn text(&mut self, key: &'static str) -> Option<(&'a Place, &'a str)> {
        let node = self.node(key)?;
        match &node.value {
            Value::Text(text) if !text.expose().trim().is_empty() => Some((&node.place, text.expose().trim())),
            Value::Text(_) => {
                self.report.note(
                    Mistake::at(&node.place, format!("`{}` is empty", self.path(key)))
                        .with_hint("leave the line out instead"),
                );
                None
            }
            _ => {
                self.refuse(key, node, "text", None);
                None
            }
        }
    }

    /// A path.
    pub fn path_value(&mut self, key: &'static str) -> Option<(&'a Place, PathBuf)> {
        self.text(key).map(|(place, text)| (place, PathBuf::from(text)))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        let flag = match &node.value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) if node.place.is_textual() => match text.expose().trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.refuse(key, node, "true or false", None);
        }
        flag
    }

    /// A whole number within `range`.
    pub fn integer(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let node = self.node(key)?;
        let number = match &node.value {
            Value::Integer(number) => Some(*number),
            Value::Text(text) if node.place.is_textual() => text.expose().trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.refuse(key, node, &expected, None);
        }
        number
    }

    /// An address to listen on.
    pub fn address(&mut self, key: &'static str) -> Option<IpAddr> {
        let node = self.node(key)?;
        let address = match &node.value {
            Value::Text(text) => text.expose().trim().parse().ok(),
            _ => None,
        };
        if address.is_none() {
            self.refuse(
                key,
                node,
                "an IP address",
                Some("127.0.0.1 for this machine alone, 0.0.0.0 or :: for all networks; the port stands in `port`"),
            );
        }
        address
    }

    /// A time such as `90d`; at least a minute.
    pub fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let node = self.node(key)?;
        let duration = match &node.value {
            Value::Text(text) => duration(text.expose()).filter(|duration| *duration >= Duration::from_secs(60)),
            _ => None,
        };
        if duration.is_none() {
            self.refuse(key, node, "a time of at least a minute", Some("such as \"36h\", \"90d\" or \"52w\""));
        }
        duration
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let node = self.node(key)?;
        let found = match &node.value {
            Value::Text(text) => words.iter().find(|(word, _)| *word == text.expose().trim()).map(|(_, value)| *value),
            _ => None,
        };
        if found.is_none() {
            let list: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.refuse(key, node, &format!("one of {}", list.join(", ")), None);
        }
        found
    }

    /// One or several secrets.
    pub fn secrets(&mut self, key: &'static str) -> Vec<(&'a Place, Secret<String>)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let items = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut secrets = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                Value::Text(text) if !text.expose().trim().is_empty() => {
                    secrets.push((&item.place, Secret::new(text.expose().trim().to_owned())));
                }
                other => {
                    let found = if matches!(other, Value::Text(_)) { "empty" } else { other.word() };
                    self.report.note(Mistake::at(
                        &item.place,
                        format!("`{}` must hold texts, but one is {found}", self.path(key)),
                    ));
                }
            }
        }
        secrets
    }

    /// The tables within this one, which names its own keys: `[notifiers.NAME]`.
    pub fn tables(self) -> Vec<(&'a str, &'a Place, &'a Table)> {
        let mut tables = Vec::new();
        for (key, Entry { key: place, node }) in self.table.into_iter().flat_map(|table| &table.0) {
            match &node.value {
                Value::Table(table) => tables.push((key.as_str(), place, table)),
                other => {
                    let message = format!("`{}.{key}` must be a table, but is {}", self.name, other.word());
                    self.report.note(
                        Mistake::at(&node.place, message)
                            .with_hint(format!("[{}.NAME], and its keys below it", self.name)),
                    );
                }
            }
        }
        tables
    }

    /// Ends the reading: what nobody asked for is a mistake.
    pub fn finish(self) {
        for (key, entry) in self.table.into_iter().flat_map(|table| &table.0) {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let path = if self.name.is_empty() { key.clone() } else { format!("{}.{key}", self.name) };
            let is_table = matches!(entry.node.value, Value::Table(_));
            let what = if self.name.is_empty() && is_table { "there is no section" } else { "there is no key" };
            let mistake = Mistake::at(&entry.key, format!("{what} `{path}`"));
            self.report.note(match nearest(key, self.known.iter().copied()) {
                Some(meant) => mistake.with_hint(format!("did you mean `{meant}`?")),
                None => mistake.with_hint(format!("known here: {}", self.known.join(", "))),
            });
        }
    }
}

/// Reads `90d`, `36h`, `1h 30m`; a day has 24 hours.
fn duration(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.trim().parse().ok()?;
    let exact = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    exact.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them() {
        for (text, seconds) in [("90d", 90 * 86_400), ("36h", 36 * 3_600), ("1h 30m", 5_400), ("2w", 14 * 86_400)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "90", "soon", "-1d", "1 month"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
