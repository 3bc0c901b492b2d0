//! A test on a field. A test on what nobody told does not hold, whatever it asks; only `present` asks that.

use super::Sighting;
use super::field::Field;
use super::pattern::{Expression, Glob};

/// What must be so of a field. Of a field with several texts, such as the exceptions of a chain, one must pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is one of these, to the letter.
    OneOf(Vec<String>),
    /// It begins so.
    Prefix(String),
    /// It ends so.
    Suffix(String),
    /// This is in it.
    Contains(String),
    /// All of it fits the glob.
    Glob(Glob),
    /// The regular expression is found in it.
    Regex(Expression),
    /// Its number, in the unit of its [`Kind`](super::Kind), compares so with this one; of ordered words their rank from 0.
    Number(Comparison, u64),
    /// It is yes, or no.
    Truth(bool),
    /// Whether it was told.
    Present(bool),
}

/// How a number must stand to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Exactly,
    /// Not less.
    AtLeast,
    /// Not more.
    AtMost,
    /// More.
    Above,
    /// Less.
    Below,
}

impl Comparison {
    const fn holds(self, found: u64, wanted: u64) -> bool {
        match self {
            Self::Exactly => found == wanted,
            Self::AtLeast => found >= wanted,
            Self::AtMost => found <= wanted,
            Self::Above => found > wanted,
            Self::Below => found < wanted,
        }
    }
}

impl Test {
    /// Whether it holds of the field.
    #[must_use]
    pub fn holds(&self, field: &Field, seen: &Sighting<'_>) -> bool {
        match self {
            Self::Number(comparison, wanted) => {
                field.number(seen).is_some_and(|found| comparison.holds(found, *wanted))
            }
            Self::Truth(wanted) => field.truth(seen) == Some(*wanted),
            Self::Present(wanted) => field.is_told(seen) == *wanted,
            _ => self.passing(field, seen).is_some(),
        }
    }

    /// The text of the field that passes.
    pub(super) fn passing<'a>(&self, field: &Field, seen: &Sighting<'a>) -> Option<&'a str> {
        match self {
            Self::OneOf(words) => field.find(seen, |text| words.iter().any(|word| word == text)),
            Self::Prefix(part) => field.find(seen, |text| text.starts_with(part.as_str())),
            Self::Suffix(part) => field.find(seen, |text| text.ends_with(part.as_str())),
            Self::Contains(part) => field.find(seen, |text| text.contains(part.as_str())),
            Self::Glob(glob) => field.find(seen, |text| glob.fits(text)),
            Self::Regex(expression) => field.find(seen, |text| expression.fits(text)),
            Self::Number(..) | Self::Truth(_) | Self::Present(_) => None,
        }
    }
}
