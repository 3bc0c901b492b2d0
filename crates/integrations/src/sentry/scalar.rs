//! What a single value can mean: an id, a count, a time, some words. Wrong kinds mean nothing; they never cost the signal.

use domain::signal::{Hint, Severity};
use domain::time::Timestamp;

use super::reader::{Fault, Reader, Scalar};

/// Longest title, name, class or address kept, in bytes.
pub(super) const TITLE: usize = 1024;
/// Longest message or exception value kept, in bytes.
pub(super) const MESSAGE: usize = 4096;
/// Longest key or value of a tag kept, in bytes; Sentry's own limits are 200 characters.
pub(super) const TAG: usize = 512;
/// Longest id kept; a longer one is none, for a shortened id would be another's.
const ID: usize = 128;
/// The last millisecond of the year 9999: beyond it no RFC 3339 exists.
const LAST_MILLIS: f64 = 253_402_300_799_999.0;

impl Scalar<'_> {
    /// Words, at most `cap` bytes, without blanks around; blank words are none. Numbers and flags are taken as they are written.
    pub(super) fn words(self, cap: usize) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Number(digits) => Some(digits.chars().take(cap).collect()),
            Self::Text(text) => {
                let mut words = text.decode(cap);
                words.truncate(words.trim_end().len());
                let blank = words.len() - words.trim_start().len();
                words.drain(..blank);
                (!words.is_empty()).then_some(words)
            }
        }
    }

    /// An id: Sentry writes the same id as text in one resource and as a number in another; other tools turn numbers into floats.
    pub(super) fn id(self) -> Option<String> {
        match self {
            Self::Number(digits) => {
                let whole = digits.strip_suffix(".0").unwrap_or(digits);
                (whole.len() <= ID && whole.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.to_owned())
            }
            Self::Text(_) => self.words(ID + 1).filter(|id| id.len() <= ID),
            Self::Flag(_) | Self::Nothing => None,
        }
    }

    /// A whole number that is not negative; `count` comes as text, and floats such as `3.0` occur.
    pub(super) fn count(self) -> Option<u64> {
        let words = self.words(40)?;
        words.parse().ok().or_else(|| {
            let whole = words.strip_suffix(".0")?;
            whole.parse().ok()
        })
    }

    /// A number that is finite.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Flag(_) | Self::Nothing => None,
            Self::Number(_) | Self::Text(_) => self.words(40)?.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// `true` or `false`, also Sentry's `yes` and `no` in the tag `handled`.
    pub(super) fn flag(self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(flag),
            Self::Text(text) => match text.plain()? {
                b"true" | b"yes" => Some(true),
                b"false" | b"no" => Some(false),
                _ => None,
            },
            Self::Number(_) | Self::Nothing => None,
        }
    }

    /// A time: RFC 3339, the same without an offset (which in Sentry means UTC), or seconds since 1970. A bad date is no date.
    pub(super) fn time(self) -> Option<Timestamp> {
        match self {
            Self::Flag(_) | Self::Nothing => None,
            Self::Number(_) => {
                let millis = (self.number()? * 1000.0).round();
                (0.0..=LAST_MILLIS).contains(&millis).then(|| Timestamp::from_millis(millis as i64))
            }
            Self::Text(_) => {
                let words = self.words(64)?;
                Timestamp::parse(&words).or_else(|| Timestamp::parse(&format!("{words}Z")))
            }
        }
    }

    /// Sentry's level.
    pub(super) fn severity(self) -> Option<Severity> {
        Severity::from_wire(&self.words(16)?)
    }

    /// Sentry's priority: a word, or 25, 50, 75 in `metadata.initial_priority`.
    pub(super) fn hint(self) -> Option<Hint> {
        match self.words(16)?.as_str() {
            "low" | "25" => Some(Hint::Low),
            "medium" | "50" => Some(Hint::Medium),
            "high" | "75" => Some(Hint::High),
            _ => None,
        }
    }
}

/// The value of one key of an object; the rest is skipped.
pub(super) fn one<'a>(reader: &mut Reader<'a>, wanted: &[u8]) -> Result<Scalar<'a>, Fault> {
    let mut found = Scalar::Nothing;
    reader.object(|reader, key| {
        if key == wanted {
            found = reader.scalar()?;
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(found)
}

/// `metadata` of an issue or event: what Sentry makes its titles of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Metadata<'a> {
    title: Scalar<'a>,
    class: Scalar<'a>,
    value: Scalar<'a>,
    severity: Scalar<'a>,
    initial_priority: Scalar<'a>,
}

impl<'a> Metadata<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut metadata = Self::default();
        reader.object(|reader, key| {
            match key {
                b"title" => metadata.title = reader.scalar()?,
                b"type" => metadata.class = reader.scalar()?,
                b"value" => metadata.value = reader.scalar()?,
                b"severity" => metadata.severity = reader.scalar()?,
                b"initial_priority" => metadata.initial_priority = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(metadata)
    }

    pub(super) fn class(&self) -> Option<String> {
        self.class.words(TITLE)
    }

    pub(super) fn value(&self) -> Option<String> {
        self.value.words(MESSAGE)
    }

    /// The title of an event without an exception.
    pub(super) fn title(&self) -> Option<String> {
        self.title.words(TITLE)
    }

    /// A title put together as Sentry does it: `title`, else `type: value`, else whichever there is.
    pub(super) fn headline(&self) -> Option<String> {
        self.title().or_else(|| headline(self.class.words(TITLE).as_deref(), self.value.words(TITLE).as_deref()))
    }

    /// Severity score, 0 to 1.
    pub(super) fn severity_score(&self) -> Option<f64> {
        self.severity.number().filter(|score| (0.0..=1.0).contains(score))
    }

    pub(super) fn initial_priority(&self) -> Option<Hint> {
        self.initial_priority.hint()
    }
}

/// `class: value`, or whichever there is, on one line of at most [`TITLE`] bytes.
pub(super) fn headline(class: Option<&str>, value: Option<&str>) -> Option<String> {
    let first_line = value.and_then(|value| value.lines().find(|line| !line.trim().is_empty())).map(str::trim);
    let class = class.filter(|class| !class.is_empty());
    let mut headline = match (class, first_line) {
        (Some(class), Some(value)) => format!("{class}: {value}"),
        (Some(words), None) | (None, Some(words)) => words.to_owned(),
        (None, None) => return None,
    };
    headline.truncate(headline.floor_char_boundary(TITLE));
    Some(headline)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        Reader::over(json.as_bytes()).scalar().unwrap()
    }

    #[test]
    fn an_id_is_the_same_as_text_and_as_a_number() {
        assert_eq!(scalar("4509877862268928123").id().as_deref(), Some("4509877862268928123"));
        assert_eq!(scalar("\"4509877862268928123\"").id().as_deref(), Some("4509877862268928123"));
        assert_eq!(scalar("10.0").id().as_deref(), Some("10"));
        for nothing in ["null", "\"\"", "\" \"", "-1", "1.5", "1e400", "true", "[1]", "{}"] {
            assert_eq!(scalar(nothing).id(), None, "{nothing}");
        }
        assert_eq!(scalar(&format!("\"{}\"", "9".repeat(129))).id(), None, "a shortened id would be another's");
    }

    #[test]
    fn counts_come_as_text_and_as_numbers() {
        assert_eq!(scalar("\"24\"").count(), Some(24));
        assert_eq!(scalar("24").count(), Some(24));
        assert_eq!(scalar("24.0").count(), Some(24));
        for nothing in ["\"many\"", "-1", "1e400", "99999999999999999999999", "null"] {
            assert_eq!(scalar(nothing).count(), None, "{nothing}");
        }
    }

    #[test]
    fn times_are_read_in_each_form_and_bad_ones_are_none() {
        let wanted = Timestamp::parse("2026-03-04T05:06:07.089Z");
        assert!(wanted.is_some());
        for form in [
            "\"2026-03-04T05:06:07.089000Z\"",
            "\"2026-03-04T06:06:07.089+01:00\"",
            "\"2026-03-04T05:06:07.089\"",
            "1772600767.089",
        ] {
            assert_eq!(scalar(form).time(), wanted, "{form}");
        }
        for nothing in ["\"2026-13-40T25:00:00Z\"", "\"soon\"", "\"\"", "1e400", "-1e300", "9e18", "true", "null"] {
            assert_eq!(scalar(nothing).time(), None, "{nothing}");
        }
    }

    #[test]
    fn a_headline_is_one_line() {
        assert_eq!(headline(Some("KeyError"), Some("\n  'a'\nmore")).as_deref(), Some("KeyError: 'a'"));
        assert_eq!(headline(None, Some(" \n ")), None);
        assert_eq!(headline(Some(&"é".repeat(700)), None).unwrap().len(), TITLE);
    }
}
