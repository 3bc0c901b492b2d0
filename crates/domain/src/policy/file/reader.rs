//! Reads single values and notes what is wrong with them.

use std::ops::Range;
use std::time::Duration;

use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::id::Name;
use crate::policy::duration::parse_duration;
use crate::policy::mistake::{PolicyError, nearest};
use crate::wall::WallTime;

/// A value with its place.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Collects every mistake. What cannot be read is `None`, and was noted.
pub(crate) struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<PolicyError>,
    /// Lines that are no TOML: what was guessed there is not held against the writer.
    broken_lines: Vec<usize>,
    /// Globs and regular expressions so far.
    patterns: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn of(text: &'t str, broken: &[toml::de::Error]) -> Self {
        let mut reader = Self { text, mistakes: Vec::new(), broken_lines: Vec::new(), patterns: 0 };
        for error in broken {
            let span = error.span().unwrap_or(0..0);
            let mistake = PolicyError::at(text, span, format!("this is no TOML: {}", error.message()), None);
            // The parser's later complaints of one line follow from its first.
            if !reader.broken_lines.contains(&mistake.line) {
                reader.broken_lines.push(mistake.line);
                reader.mistakes.push(mistake);
            }
        }
        reader
    }

    /// Every mistake, and the lines that are no TOML.
    pub(crate) fn finish(self) -> (Vec<PolicyError>, Vec<usize>) {
        (self.mistakes, self.broken_lines)
    }

    pub(crate) fn mistake(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let mistake = PolicyError::at(self.text, span, message.into(), hint);
        if !self.broken_lines.contains(&mistake.line) {
            self.mistakes.push(mistake);
        }
    }

    /// Whether a text may have one more glob or regular expression: each is compiled when the text is read, which must stay short. Tells the first
    /// that is too many.
    pub(crate) fn may_have_pattern(&mut self, span: &Range<usize>) -> bool {
        const MOST: usize = 1_000;
        self.patterns += 1;
        if self.patterns == MOST + 1 {
            self.mistake(span.clone(), format!("a policy has {MOST} globs and regular expressions at most"), None);
        }
        self.patterns <= MOST
    }

    /// Something is not there. Silent while the text is no TOML: it may stand where the parser lost its way.
    pub(crate) fn missing(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        if self.broken_lines.is_empty() {
            self.mistake(span, message, hint);
        }
    }

    /// Refuses keys that mean nothing in `place`.
    pub(crate) fn keys(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let hint = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                self.mistake(key.span(), format!("`{name}` is no setting of {place}"), Some(hint));
            }
        }
    }

    /// The value of a key that must be there; `owner` is where to point when it is not.
    pub(crate) fn required<'v>(
        &mut self,
        table: &'v DeTable<'t>,
        key: &str,
        owner: &Range<usize>,
        hint: &str,
    ) -> Option<&'v Value<'t>> {
        let value = table.get(key);
        if value.is_none() {
            self.missing(owner.clone(), format!("`{key}` is missing"), Some(hint.to_owned()));
        }
        value
    }

    fn wrong_type<T>(&mut self, value: &Value<'_>, expected: &str) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        self.mistake(value.span(), format!("expected {expected}, found {found}"), None);
        None
    }

    pub(crate) fn table<'v>(&mut self, value: &'v Value<'t>) -> Option<&'v DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(value, "a section"),
        }
    }

    pub(crate) fn array<'v>(&mut self, value: &'v Value<'t>, of: &str) -> Option<&'v DeArray<'t>> {
        match value.get_ref() {
            DeValue::Array(array) => Some(array),
            _ => self.wrong_type(value, &format!("a list of {of}")),
        }
    }

    pub(crate) fn string<'v>(&mut self, value: &'v Value<'t>, expected: &str) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type(value, expected),
        }
    }

    pub(crate) fn boolean(&mut self, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.wrong_type(value, "true or false"),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, value: &Value<'_>, from: i64, to: i64, what: &str) -> Option<i64> {
        let expected = format!("{what}: a whole number from {from} to {to}");
        let DeValue::Integer(number) = value.get_ref() else { return self.wrong_type(value, &expected) };
        let read =
            i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| (from..=to).contains(number));
        if read.is_none() {
            self.mistake(value.span(), format!("expected {expected}"), None);
        }
        read
    }

    /// A count of something, from `least` to a thousand.
    pub(crate) fn count(&mut self, value: &Value<'_>, least: i64, what: &str) -> Option<u32> {
        self.whole(value, least, 1_000, what).and_then(|count| u32::try_from(count).ok())
    }

    /// A score from 0 to 100.
    pub(crate) fn score(&mut self, value: &Value<'_>) -> Option<u8> {
        self.whole(value, 0, 100, "a score").and_then(|score| u8::try_from(score).ok())
    }

    /// A weight: any number that is not negative.
    pub(crate) fn weight(&mut self, value: &Value<'_>) -> Option<f64> {
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return self.wrong_type(value, "a weight: a number from 0 to 1000"),
        };
        let weight = text.parse().ok().filter(|weight: &f64| (0.0..=1_000.0).contains(weight));
        if weight.is_none() {
            self.mistake(value.span(), "expected a weight: a number from 0 to 1000", None);
        }
        weight
    }

    /// A number from 0 to 1.
    pub(super) fn fraction(&mut self, value: &Value<'_>) -> Option<f64> {
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return self.wrong_type(value, "a number from 0 to 1"),
        };
        let fraction = text.parse().ok().filter(|fraction: &f64| (0.0..=1.0).contains(fraction));
        if fraction.is_none() {
            self.mistake(value.span(), "expected a number from 0 to 1, such as 0.8", None);
        }
        fraction
    }

    /// A length of time as text; the number 0 is one as well.
    pub(crate) fn duration(&mut self, value: &Value<'_>) -> Option<Duration> {
        const EXPECTED: &str = "a length of time in quotes, such as \"5m\", \"1h 30m\" or \"3d\"";
        match value.get_ref() {
            DeValue::String(text) => match parse_duration(text) {
                Ok(length) => Some(length),
                Err(error) => {
                    self.mistake(value.span(), format!("expected {EXPECTED}; {error}"), None);
                    None
                }
            },
            DeValue::Integer(number) if number.as_str() == "0" => Some(Duration::ZERO),
            DeValue::Integer(number) => {
                let hint = format!("a number has no unit: write \"{number}m\" for minutes, \"{number}s\" for seconds");
                self.mistake(value.span(), format!("expected {EXPECTED}"), Some(hint));
                None
            }
            _ => self.wrong_type(value, EXPECTED),
        }
    }

    /// A length of time, or `"never"`; the outer option is whether it could be read.
    pub(crate) fn duration_or_never(&mut self, value: &Value<'_>) -> Option<Option<Duration>> {
        match value.get_ref() {
            DeValue::String(text) if text == "never" => Some(None),
            _ => self.duration(value).map(Some),
        }
    }

    /// A time of day as `"09:30"`, or a whole hour as a number.
    pub(crate) fn wall_time(&mut self, value: &Value<'_>) -> Option<WallTime> {
        const EXPECTED: &str = "a time of day, such as \"09:00\", up to \"24:00\"";
        let time = match value.get_ref() {
            DeValue::String(text) => WallTime::parse(text.trim()),
            DeValue::Integer(hour) => hour.as_str().parse().ok().and_then(WallTime::hour),
            _ => return self.wrong_type(value, EXPECTED),
        };
        if time.is_none() {
            self.mistake(value.span(), format!("expected {EXPECTED}"), None);
        }
        time
    }

    /// A zone, by its name.
    pub(crate) fn zone(&mut self, value: &Value<'t>) -> Option<TimeZone> {
        let name = self.string(value, "a zone's name, such as \"Europe/Berlin\"")?;
        let zone = TimeZone::get(name).ok();
        if zone.is_none() {
            let hint = "names are those of the IANA database: \"UTC\", \"Europe/Berlin\", \"America/New_York\"";
            self.mistake(value.span(), format!("there is no time zone `{name}`"), Some(hint.to_owned()));
        }
        zone
    }

    /// A name, checked for its letters.
    pub(crate) fn name(&mut self, text: &str, span: Range<usize>, what: &str) -> Option<Name> {
        match text.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                let lower = text.to_lowercase().replace(' ', "-");
                let hint = lower.parse::<Name>().ok().map(|name| format!("for example `{name}`"));
                self.mistake(span, format!("`{text}` is no name of {what}: {error}"), hint);
                None
            }
        }
    }
}
