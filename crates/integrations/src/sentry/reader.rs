//! A tolerant reader of JSON: bytes in, one pass, nothing built that nobody asks for.
//!
//! Anybody who can make the watched program fail can write into a body, and Sentry's own encoder changes. serde_json gives a whole
//! body up for one lone surrogate, one repeated key, one `1e400` or one wrongly typed field, and walks ignored values to any depth.
//! Here only broken structure is an error. Strings are found, not decoded, until somebody keeps them; what is skipped is walked
//! without recursion. Most of an event are frames, variables and breadcrumbs, and they cost a scan for quotes.

use std::fmt;

use super::text::Text;

/// How deep a body may nest: Sentry trims far below it. Also the width of the stack in [`Reader::skip`].
pub(super) const MAX_DEPTH: u32 = 64;
/// How many values (of any kind) a body may hold: several times what the largest events have.
pub(super) const MAX_VALUES: u32 = 100_000;

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends inside a value.
    Ended,
    /// No JSON from this byte on.
    Syntax {
        /// Bytes from the start of the body, a byte order mark not counted.
        at: usize,
    },
    /// More than [`MAX_DEPTH`] levels.
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    TooMany,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the body ends inside a value"),
            Self::Syntax { at } => write!(f, "no JSON at byte {at}"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Self::TooMany => write!(f, "more than {MAX_VALUES} values"),
        }
    }
}

/// A value without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Scalar<'a> {
    /// Absent, `null`, or not of a kind that has one value.
    #[default]
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A number as written: ids may be beyond what floats keep.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
}

/// The place in a body.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    values: u32,
}

type Read<T> = Result<T, Fault>;

impl<'a> Reader<'a> {
    pub(super) const fn over(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, depth: 0, values: 0 }
    }

    /// The first byte of what comes next, whitespace skipped.
    pub(super) fn peek(&mut self) -> Read<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Fault::Ended),
            }
        }
    }

    /// Nothing but whitespace may follow.
    pub(super) fn finish(mut self) -> Read<()> {
        match self.peek() {
            Err(Fault::Ended) => Ok(()),
            _ => Err(self.syntax()),
        }
    }

    /// Reads an object: `field` gets each key and must consume exactly its value. Whatever is no object is skipped.
    /// Says whether it was one. A repeated key is given again: the last one wins, as in JavaScript and Python.
    pub(super) fn object(&mut self, mut field: impl FnMut(&mut Self, &[u8]) -> Read<()>) -> Read<bool> {
        if self.peek()? != b'{' {
            self.skip()?;
            return Ok(false);
        }
        self.enter()?;
        if self.peek()? == b'}' {
            self.leave();
            return Ok(true);
        }
        loop {
            let key = self.key()?;
            match key.plain() {
                Some(name) => field(self, name)?,
                None => field(self, key.decode(256).as_bytes())?,
            }
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.leave();
                    return Ok(true);
                }
                _ => return Err(self.syntax()),
            }
        }
    }

    /// Reads an array: `element` must consume exactly one value each time. Whatever is no array is skipped.
    pub(super) fn array(&mut self, mut element: impl FnMut(&mut Self) -> Read<()>) -> Read<bool> {
        if self.peek()? != b'[' {
            self.skip()?;
            return Ok(false);
        }
        self.enter()?;
        if self.peek()? == b']' {
            self.leave();
            return Ok(true);
        }
        loop {
            element(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.leave();
                    return Ok(true);
                }
                _ => return Err(self.syntax()),
            }
        }
    }

    /// Reads a value without parts; one with parts is skipped and counts as nothing.
    pub(super) fn scalar(&mut self) -> Read<Scalar<'a>> {
        match self.peek()? {
            b'"' => {
                self.count()?;
                Ok(Scalar::Text(self.string()?))
            }
            b'{' | b'[' => {
                self.skip()?;
                Ok(Scalar::Nothing)
            }
            _ => {
                self.count()?;
                self.primitive()
            }
        }
    }

    /// Walks over one value of any kind, without recursion.
    pub(super) fn skip(&mut self) -> Read<()> {
        // One bit per open bracket, 1 for an object: the depth limit is what lets the stack be a word.
        let mut kinds = 0_u64;
        let mut open = 0_u32;
        loop {
            match self.peek()? {
                b'{' => {
                    self.enter()?;
                    if self.peek()? == b'}' {
                        self.leave();
                    } else {
                        kinds = (kinds << 1) | 1;
                        open += 1;
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.enter()?;
                    if self.peek()? == b']' {
                        self.leave();
                    } else {
                        kinds <<= 1;
                        open += 1;
                        continue;
                    }
                }
                b'"' => {
                    self.count()?;
                    self.string()?;
                }
                _ => {
                    self.count()?;
                    self.primitive()?;
                }
            }
            loop {
                if open == 0 {
                    return Ok(());
                }
                match (self.peek()?, kinds & 1) {
                    (b',', 1) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (b',', _) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', 1) | (b']', 0) => {
                        self.leave();
                        kinds >>= 1;
                        open -= 1;
                    }
                    _ => return Err(self.syntax()),
                }
            }
        }
    }

    const fn syntax(&self) -> Fault {
        Fault::Syntax { at: self.at }
    }

    fn count(&mut self) -> Read<()> {
        self.values += 1;
        if self.values > MAX_VALUES { Err(Fault::TooMany) } else { Ok(()) }
    }

    /// Steps over an opening bracket.
    fn enter(&mut self) -> Read<()> {
        self.count()?;
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Steps over a closing bracket.
    const fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// A key and its colon.
    fn key(&mut self) -> Read<Text<'a>> {
        if self.peek()? != b'"' {
            return Err(self.syntax());
        }
        let key = self.string()?;
        if self.peek()? != b':' {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(key)
    }

    /// A string, from its opening quote on.
    fn string(&mut self) -> Read<Text<'a>> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = quote_or_backslash(self.bytes, at).ok_or(Fault::Ended)?;
            if self.bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(Text::between_quotes(&self.bytes[start..at], escaped));
            }
            escaped = true;
            at += 2;
        }
    }

    fn primitive(&mut self) -> Read<Scalar<'a>> {
        let rest = &self.bytes[self.at..];
        let (scalar, length) = match rest.first() {
            Some(b't') if rest.starts_with(b"true") => (Scalar::Flag(true), 4),
            Some(b'f') if rest.starts_with(b"false") => (Scalar::Flag(false), 5),
            Some(b'n') if rest.starts_with(b"null") => (Scalar::Nothing, 4),
            Some(b'-' | b'0'..=b'9') => {
                let length = rest
                    .iter()
                    .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .unwrap_or(rest.len());
                (Scalar::Number(std::str::from_utf8(&rest[..length]).unwrap_or_default()), length)
            }
            // A literal cut off by the end of the body is the body's end, not a mistake inside it.
            _ if [&b"true"[..], b"false", b"null"].iter().any(|word| word.starts_with(rest)) => {
                return Err(Fault::Ended);
            }
            _ => return Err(self.syntax()),
        };
        self.at += length;
        Ok(scalar)
    }
}

/// The next quote or backslash, eight bytes at a time: strings are most of a body.
fn quote_or_backslash(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest set high bit of the result stands in the lowest zero byte; those above it may be wrong (borrow), and are not used.
    const fn zero_bytes(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word & HIGHS
    }
    let rest = bytes.get(from..)?;
    let (words, tail) = rest.as_chunks::<8>();
    for (index, chunk) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let found = zero_bytes(word ^ (ONES * b'"' as u64)) | zero_bytes(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(from + index * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let before = rest.len() - tail.len();
    tail.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|position| from + before + position)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn skims(bytes: &[u8]) -> Read<()> {
        let mut reader = Reader::over(bytes);
        reader.skip()?;
        reader.finish()
    }

    #[test]
    fn a_quote_is_found_wherever_it_stands_among_the_bytes() {
        for length in 0..40 {
            for (end, escaped) in [("\"", false), ("\\\"\"", true)] {
                let body = format!("\"{}{end}", "é".repeat(length));
                let mut reader = Reader::over(body.as_bytes());
                let Scalar::Text(text) = reader.scalar().unwrap() else { unreachable!("{body} is no text") };
                assert_eq!(text.plain().is_none(), escaped);
                assert_eq!(reader.at, body.len());
            }
        }
    }

    #[test]
    fn sixty_four_levels_are_read_and_sixty_five_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(skims(nested(64).as_bytes()), Ok(()));
        assert_eq!(skims(nested(65).as_bytes()), Err(Fault::TooDeep));
        let objects = format!("{}1{}", r#"{"a":["#.repeat(32), "]}".repeat(32));
        assert_eq!(skims(objects.as_bytes()), Ok(()));
    }

    #[test]
    fn broken_structure_is_told_with_its_place() {
        assert_eq!(skims(b"{\"a\":1"), Err(Fault::Ended));
        assert_eq!(skims(b"\"a\\"), Err(Fault::Ended));
        assert_eq!(skims(b"[tru"), Err(Fault::Ended));
        assert_eq!(skims(b"[1}"), Err(Fault::Syntax { at: 2 }));
        assert_eq!(skims(b"{} x"), Err(Fault::Syntax { at: 3 }));
        assert_eq!(skims(b"[1,]"), Err(Fault::Syntax { at: 3 }));
        assert_eq!(skims(b"{\"a\" 1}"), Err(Fault::Syntax { at: 5 }));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<f64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn all_that_is_json_is_read(value in json(), pretty in any::<bool>()) {
            let bytes = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
            prop_assert_eq!(skims(&bytes), Ok(()));
        }

        #[test]
        fn a_body_cut_short_is_never_whole(value in json(), cut in any::<prop::sample::Index>()) {
            let bytes = serde_json::to_vec(&serde_json::json!([value])).unwrap();
            prop_assert_eq!(skims(&bytes[..cut.index(bytes.len())]), Err(Fault::Ended));
        }

        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"{}[]\",:\\u0d8e"[..])], 0..200)) {
            let _ = skims(&bytes);
        }
    }
}
