//! Content lines: folded and escaped on the way out, unfolded on the way in (RFC 5545, 3.1 and 3.3.11).

use std::borrow::Cow;

/// A line has so many bytes at most before it is folded, the break left aside.
const FOLD_AT: usize = 75;

/// Writes lines, each folded and ended as the format wants it.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A line whose value is part of the format: names, times and words that hold nothing to escape.
    pub(super) fn plain(&mut self, name: &str, value: &str) {
        self.folded(&format!("{name}:{value}"));
    }

    /// A line whose value is text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.folded(&format!("{name}:{}", escape(value)));
    }

    fn folded(&mut self, line: &str) {
        let mut rest = line;
        // A folded line begins with a space, which counts.
        let mut room = FOLD_AT;
        while rest.len() > room {
            let (head, tail) = rest.split_at(rest.floor_char_boundary(room));
            self.0.push_str(head);
            self.0.push_str("\r\n ");
            rest = tail;
            room = FOLD_AT - 1;
        }
        self.0.push_str(rest);
        self.0.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Text as a value: nothing in it can end the line, begin another or become a list. Control characters have no form and are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A value as text again.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            _ => text.push(character),
        }
    }
    text
}

/// A line of a calendar, unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// In upper case.
    pub name: String,
    /// Parameters: names in upper case, values without quotes.
    pub parameters: Vec<(String, String)>,
    /// As it stands there, still escaped.
    pub value: String,
}

impl Line {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `NAME;PARAMETER=value;…:value`; `None` for anything else.
    fn parse(number: usize, text: &str) -> Option<Self> {
        let end = text.find([';', ':'])?;
        let (name, mut rest) = text.split_at(end);
        let word = |text: &str| {
            (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
                .then(|| text.to_ascii_uppercase())
        };
        let name = word(name)?;
        let mut parameters = Vec::new();
        while let Some(parameter) = rest.strip_prefix(';') {
            let (key, after) = parameter.split_once('=')?;
            let end = end_of_value(after)?;
            parameters.push((word(key)?, after[..end].replace('"', "")));
            rest = &after[end..];
        }
        Some(Self { number, name, parameters, value: rest.strip_prefix(':')?.to_owned() })
    }
}

/// Where a parameter's value ends: at the first `;` or `:` outside quotes.
fn end_of_value(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.find(|character| {
        quoted ^= character == '"';
        !quoted && (character == ';' || character == ':')
    })
}

/// The lines of a calendar; what is no line is `Err` with its number. Empty lines are passed over.
pub(super) fn unfold(text: &str) -> impl Iterator<Item = Result<Line, usize>> + '_ {
    let mut physical = text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate().peekable();
    std::iter::from_fn(move || {
        loop {
            let (index, first) = physical.next()?;
            let mut line = Cow::Borrowed(first);
            while let Some((_, more)) = physical.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                line.to_mut().push_str(&more[1..]);
            }
            if !line.trim().is_empty() {
                return Some(Line::parse(index + 1, &line).ok_or(index + 1));
            }
        }
    })
}
