//! Why a silence was ordered, in somebody's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Words that are there and not many. Untrusted text, as every word from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Reason(String);

/// Why words are no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonError {
    /// There are none.
    Empty,
    /// So many bytes, more than [`Reason::LONGEST`].
    TooLong(usize),
}

impl fmt::Display for ReasonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a silence needs a reason"),
            Self::TooLong(bytes) => write!(f, "a reason has {} bytes at most, this one has {bytes}", Reason::LONGEST),
        }
    }
}

impl std::error::Error for ReasonError {}

impl Reason {
    /// The most, in bytes.
    pub const LONGEST: usize = 1_000;

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = ReasonError;
    fn try_from(text: String) -> Result<Self, ReasonError> {
        let words = text.trim();
        match words.len() {
            0 => Err(ReasonError::Empty),
            bytes if bytes > Self::LONGEST => Err(ReasonError::TooLong(bytes)),
            _ => Ok(Self(words.to_owned())),
        }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}
