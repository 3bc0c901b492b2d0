//! The text between two quotes, decoded when somebody keeps it.

/// A string as it stands between its quotes, not yet decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The bytes between two quotes; `escaped` when there is a backslash among them.
    pub(super) const fn between_quotes(raw: &'a [u8], escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The text, at most `cap` bytes, cut between characters. What is no character (lone surrogates, invalid UTF-8, unknown escapes)
    /// becomes U+FFFD; so does U+0000, which PostgreSQL's text cannot hold.
    pub(super) fn decode(self, cap: usize) -> String {
        let mut text = if self.escaped {
            String::from_utf8_lossy(&self.unescaped(cap)).into_owned()
        } else {
            // Four bytes more than wanted: a character cut in two at the end is then beyond the cap and goes away below.
            String::from_utf8_lossy(&self.raw[..self.raw.len().min(cap.saturating_add(4))]).into_owned()
        };
        if text.len() > cap {
            text.truncate(text.floor_char_boundary(cap));
        }
        if text.contains('\0') {
            text = text.replace('\0', "\u{fffd}");
            text.truncate(text.floor_char_boundary(cap));
        }
        text
    }

    fn unescaped(self, cap: usize) -> Vec<u8> {
        let enough = cap.saturating_add(4);
        let mut out = Vec::with_capacity(self.raw.len().min(enough));
        let mut rest = self.raw;
        while out.len() < enough {
            let run = rest.iter().position(|byte| *byte == b'\\').unwrap_or(rest.len());
            out.extend_from_slice(&rest[..run.min(enough - out.len())]);
            let Some(escape) = rest.get(run..).filter(|escape| !escape.is_empty()) else { break };
            let (decoded, length) = unescape(escape);
            let mut buffer = [0; 4];
            out.extend_from_slice(decoded.encode_utf8(&mut buffer).as_bytes());
            rest = escape.get(length..).unwrap_or_default();
        }
        out
    }

    /// The bytes between the quotes, if they hold no escape.
    pub(super) fn plain(self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.raw)
    }
}

/// One escape at the start of `bytes`, and how many bytes it takes.
fn unescape(bytes: &[u8]) -> (char, usize) {
    let simple = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unicode(bytes),
        // A backslash never ends a string, so there is a byte after it; it is kept, the backslash becomes the mark.
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (simple, 2)
}

fn unescape_unicode(bytes: &[u8]) -> (char, usize) {
    let Some(first) = hex4(bytes.get(2..6)) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if !(0xd800..0xe000).contains(&first) {
        return (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
    }
    if first < 0xdc00
        && bytes.get(6..8) == Some(b"\\u")
        && let Some(second @ 0xdc00..=0xdfff) = hex4(bytes.get(8..12))
    {
        let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::REPLACEMENT_CHARACTER, 6)
}

fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |sum, digit| Some((sum << 4) | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::reader::{Reader, Scalar};
    use super::*;

    fn text(json: &str, cap: usize) -> String {
        match Reader::over(json.as_bytes()).scalar().unwrap() {
            Scalar::Text(text) => text.decode(cap),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_character_is_marked_and_the_rest_survives() {
        assert_eq!(text(r#""x\ud800y""#, 99), "x\u{fffd}y");
        assert_eq!(text(r#""\udc00\ud83d\udd25\ud83d""#, 99), "\u{fffd}🔥\u{fffd}");
        assert_eq!(text(r#""a\u0000b\q\u12""#, 99), "a\u{fffd}b\u{fffd}q\u{fffd}12");
        assert_eq!(text(r#""d\u00e9j\u00e0\n\"vu\"\/""#, 99), "déjà\n\"vu\"/");
        assert_eq!(Text { raw: b"a\xff\0b", escaped: false }.decode(99), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(text("\"ééé\"", 3), "é");
        assert_eq!(text(r#""\u00e9\u00e9\u00e9""#, 3), "é");
        assert_eq!(text(r#""aaaaaa\n""#, 2), "aa");
        assert_eq!(text("\"\0\0\0\"", 4), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn text_says_what_serde_json_says(wanted in any::<String>().prop_filter("U+0000 is marked", |text| !text.contains('\0'))) {
            prop_assert_eq!(text(&serde_json::to_string(&wanted).unwrap(), usize::MAX), wanted);
        }
    }
}
