//! Text that an attacker may have written. It has no Display: it leaves only through the escape of a sink.

use std::fmt;

/// Text from outside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(String);

impl Untrusted {
    /// Marks text as coming from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For JSON values: serialisation is the escape. Never for building text.
    #[must_use]
    pub fn for_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug of str escapes control characters; bidi and zero-width ones are escaped by the terminal sink alone.
        fmt::Debug::fmt(&self.0, f)
    }
}
