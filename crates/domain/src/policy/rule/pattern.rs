//! Patterns of a condition: globs and regular expressions, compiled once, matched in time that grows with the text alone.
//!
//! Both meet hostile text. The `regex` crate promises O(pattern × text) and has no backtracking; the glob below goes back to its last star only. Together
//! with the limits here no text makes them slow.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// More of a text than this is not looked at, in bytes. Sentry's texts are cut to it before they become a signal.
pub const LOOKED_AT: usize = 4_096;

/// A pattern may be so long, in bytes.
pub const LONGEST: usize = 500;

/// A regular expression may take so much memory once compiled, in bytes. A `\w` takes about 15 KB: it knows the letters of every script.
pub const LARGEST: usize = 256 * 1_024;

/// Groups of a regular expression may nest so deep.
pub const DEEPEST: u32 = 50;

/// What the automaton may remember while it matches, in bytes; past it, it forgets and goes on.
const REMEMBERED: usize = 1_024 * 1_024;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// So many bytes, more than a pattern may have.
    TooLong(usize),
    /// Compiled, it takes more memory than it may.
    TooLarge,
    /// No regular expression of this kind, with what is wrong.
    Wrong(String),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(f, "a pattern has {LONGEST} bytes at most, this one has {bytes}"),
            Self::TooLarge => write!(f, "this regular expression takes more than {} KiB compiled", LARGEST / 1_024),
            Self::Wrong(why) => write!(f, "this is no regular expression: {why}"),
        }
    }
}

impl std::error::Error for PatternError {}

/// A regular expression, found anywhere in a text unless it is anchored. Two are equal when their texts are.
#[derive(Clone)]
pub struct Expression(Regex);

impl Expression {
    /// Compiles it.
    ///
    /// # Errors
    /// When it is no regular expression, or goes over a limit of this module.
    pub fn compile(text: &str) -> Result<Self, PatternError> {
        short_enough(text)?;
        RegexBuilder::new(text)
            .size_limit(LARGEST)
            .dfa_size_limit(REMEMBERED)
            .nest_limit(DEEPEST)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
                // A drawing of many lines, the last of which says what is wrong.
                other => {
                    let drawing = other.to_string();
                    let last = drawing.lines().last().unwrap_or_default();
                    PatternError::Wrong(last.trim_start_matches("error: ").to_owned())
                }
            })
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        self.0.is_match(looked_at(text))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.as_str())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// A glob for the whole of a text: `*` is any run of characters, also none and also `/`; `?` is one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Takes it.
    ///
    /// # Errors
    /// When it is longer than a pattern may be.
    pub fn compile(text: &str) -> Result<Self, PatternError> {
        short_enough(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Goes through the text once; at a mismatch the last star takes one character more. At most pattern × text steps.
    pub(super) fn fits(&self, text: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.chars(), looked_at(text).chars());
        // After the last star: the pattern from there, and the text that the star has not taken.
        let mut star = None;
        loop {
            let before = rest.clone();
            match (pattern.next(), rest.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    rest = before;
                    star = Some((pattern.clone(), rest.clone()));
                    continue;
                }
                (Some(wanted), Some(found)) if wanted == '?' || wanted == found => continue,
                _ => {}
            }
            let Some((after, mut left)) = star else { return false };
            if left.next().is_none() {
                return false;
            }
            pattern = after.clone();
            rest = left.clone();
            star = Some((after, left));
        }
    }
}

const fn short_enough(text: &str) -> Result<(), PatternError> {
    if text.len() > LONGEST { Err(PatternError::TooLong(text.len())) } else { Ok(()) }
}

fn looked_at(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOOKED_AT)]
}
