//! The short form of a condition, for the command line: `project=shop environment!=production title~REGEX path=/checkout*`.

use std::fmt;

use super::matching::{Matching, key, quoted};
use crate::policy::file;
use crate::policy::rule::{Field, Kind};

/// More terms than that are no short form.
const MOST: usize = 100;

/// A term that says nothing, with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermError {
    /// The term as it was given; empty when it is about all of them.
    pub term: String,
    /// What is wrong with it and what was expected.
    pub message: String,
}

impl fmt::Display for TermError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.term.is_empty() { f.write_str(&self.message) } else { write!(f, "{:?}: {}", self.term, self.message) }
    }
}

impl std::error::Error for TermError {}

/// A term as TOML.
enum Term {
    /// `key = value`.
    Pair(String, String),
    /// A condition in braces.
    Braces(String),
}

impl Term {
    fn in_braces(&self) -> String {
        match self {
            Self::Pair(key, value) => format!("{{ {key} = {value} }}"),
            Self::Braces(text) => text.clone(),
        }
    }
}

pub(super) fn read<S: AsRef<str>>(terms: &[S]) -> Result<Matching, Vec<TermError>> {
    let about_all = |message: String| vec![TermError { term: String::new(), message }];
    if terms.is_empty() {
        return Err(about_all("say what it matches, such as `project=shop`; `{ all = [] }` is everything".to_owned()));
    }
    if terms.len() > MOST {
        return Err(about_all(format!("{MOST} terms at most; a condition in braces holds more")));
    }
    let mut read = Vec::new();
    let mut mistakes = Vec::new();
    for text in terms {
        let text = text.as_ref();
        let mut refused = |message: String| mistakes.push(TermError { term: text.to_owned(), message });
        match term(text) {
            Err(message) => refused(message),
            Ok(term) => {
                // Each by itself first, so that a mistake is told of its term.
                match file::matching(&term.in_braces()) {
                    Ok(_) => read.push(term),
                    Err(errors) => errors.into_iter().for_each(|error| {
                        refused(match error.hint {
                            Some(hint) => format!("{} ({hint})", error.message),
                            None => error.message,
                        });
                    }),
                }
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    file::matching(&together(&read))
        .map_err(|errors| about_all(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

/// One table where no key stands twice, else a list of which all must hold.
fn together(terms: &[Term]) -> String {
    if let [one] = terms {
        return one.in_braces();
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for term in terms {
        match term {
            Term::Pair(key, value) if pairs.iter().all(|(known, _)| known != key) => pairs.push((key, value)),
            _ => {
                let parts: Vec<_> = terms.iter().map(Term::in_braces).collect();
                return format!("{{ all = [{}] }}", parts.join(", "));
            }
        }
    }
    let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// Of two that begin at the same place the longer one is meant; `==` and `=~` are what other tools write.
const OPERATORS: [(&str, bool, bool); 6] = [
    ("!=", true, false),
    ("!~", true, true),
    ("==", false, false),
    ("=~", false, true),
    ("=", false, false),
    ("~", false, true),
];

fn term(text: &str) -> Result<Term, String> {
    if text.trim_start().starts_with('{') {
        return Ok(Term::Braces(text.trim().to_owned()));
    }
    let found = text.char_indices().find_map(|(at, _)| {
        OPERATORS.iter().find(|(word, ..)| text[at..].starts_with(word)).map(|operator| (at, operator))
    });
    let Some((at, (word, negated, regex))) = found else {
        return Err("expected FIELD=VALUE, FIELD!=VALUE, FIELD~REGEX or FIELD!~REGEX".to_owned());
    };
    let (name, value) = (text[..at].trim(), &text[at + word.len()..]);
    if name.ends_with(['<', '>']) {
        let field = name.trim_end_matches(['<', '>']).trim_end();
        return Err(format!("comparisons are written in braces, such as `{{ {field} = {{ at_least = … }} }}`"));
    }
    if value.is_empty() {
        return Err(
            "a value is missing; whether anybody told it is asked by `{ FIELD = { present = true } }`".to_owned()
        );
    }
    let test = if *regex { format!("{{ regex = {} }}", quoted(value)) } else { equality(name, value) };
    let name = match name.strip_prefix("tag.") {
        Some(tag) => format!("tag.{}", key(tag)),
        None => key(name),
    };
    Ok(if *negated { Term::Pair("not".to_owned(), format!("{{ {name} = {test} }}")) } else { Term::Pair(name, test) })
}

/// What is no number of a field that has one stays text: then the mistake is told as in a policy.
fn equality(name: &str, value: &str) -> String {
    let kind = Field::NAMED.iter().find(|(word, _)| *word == name).map_or(Kind::Text, |(_, field)| field.kind());
    match kind {
        Kind::Text if value.contains(['*', '?']) => format!("{{ glob = {} }}", quoted(value)),
        Kind::Truth if matches!(value, "true" | "false") => value.to_owned(),
        Kind::Count => value.parse::<u64>().map_or_else(|_| quoted(value), |count| count.to_string()),
        Kind::Fraction if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            value.parse::<f64>().map_or_else(|_| quoted(value), |number| format!("{number:?}"))
        }
        _ => quoted(value),
    }
}
