//! Quotations: where they end, and which of them quote the program rather than its data.
//!
//! `KeyError: 'user-7'` quotes data. `object has no attribute 'total'` quotes a name that stands in the code or in the schema: another name there
//! is another bug. Such a name is kept where the words around it say that it is one, and only when it has no digit.

use crate::fingerprint::codes::ends_with_words;
use crate::fingerprint::mask::is_blank;

/// Finds where quotations end. Remembers which marks do not occur any more, so that a text full of opening marks is still read once.
#[derive(Default)]
pub(super) struct Quotes {
    none_left: [bool; QUOTES.len()],
}

/// Opening marks with their closing ones.
const QUOTES: [(char, char); 11] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('‘', '’'),
    ('„', '“'),
    ('‚', '‘'),
    ('«', '»'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
];

/// No name in a program is longer than this; what is, is data.
const MAX_NAME: usize = 80;

/// What stands before a quoted name of the program.
const BEFORE_NAMES: [&str; 23] = [
    "argument",
    "attribute",
    "because",
    "column",
    "constraint",
    "field",
    "for key",
    "function",
    "import name",
    "index",
    "invoke",
    "keyword",
    "local variable",
    "local variable or method",
    "member",
    "method",
    "module named",
    "parameter",
    "property",
    "reading",
    "relation",
    "setting",
    "variable",
];

/// What stands behind one.
const AFTER_NAMES: [&str; 5] =
    ["is not defined", "is not a function", "object", "is undefined", "before initialization"];

impl Quotes {
    /// The end of the quotation that `mark`, at `at`, opens.
    pub(super) fn end(&mut self, text: &str, at: usize, mark: char) -> Option<usize> {
        let kind = QUOTES.iter().position(|(open, _)| *open == mark)?;
        let before = text[..at].chars().next_back();
        if self.none_left[kind] || (mark == '\'' && before.is_some_and(char::is_alphanumeric)) {
            return None;
        }
        let close = QUOTES[kind].1;
        let start = at + mark.len_utf8();
        // In text that is itself quoted every mark is escaped; then the escapes mean nothing to us.
        let escapes = before != Some('\\');
        let mut previous = mark;
        let mut escaped = false;
        for (offset, c) in text[start..].char_indices() {
            let end = start + offset + c.len_utf8();
            // GNU tools and Ruby before 3.4 write `this', Polish „this”.
            let closes = c == close || matches!((mark, c), ('`', '\'') | ('„', '”') | ('‚', '’'));
            if escaped {
                escaped = false;
            } else if c == '\\' && escapes {
                escaped = true;
            } else if closes && !(c == '\'' && is_apostrophe(previous, text[end..].chars().next())) {
                return Some(end);
            }
            previous = c;
        }
        self.none_left[kind] = true;
        None
    }
}

/// Whether a single mark stands within a word: `don't`.
pub(super) fn is_apostrophe(before: char, after: Option<char>) -> bool {
    before.is_alphabetic() && after.is_some_and(char::is_alphabetic)
}

/// Whether a quotation says what went wrong rather than with what. `before` is the masked text so far, `after` the text behind.
pub(super) fn tells_the_cause(before: &str, quotation: &str, after: &str) -> bool {
    if quotation.len() > MAX_NAME {
        return false;
    }
    let mut inner = quotation.chars();
    let (Some(_), Some(_)) = (inner.next(), inner.next_back()) else { return false };
    let inner = inner.as_str();
    if is_status_line(inner) {
        return ends_with_words(before.trim_end(), "resulted in a");
    }
    if is_constant(inner) {
        // `code: 'ECONNREFUSED'`: the mark tells it from a coupon's code.
        let key = before.trim_end();
        return key.strip_suffix([':', '=']).is_some_and(|key| ends_with_words(key, "code"))
            || (is_name(inner) && stands_for_a_name(before, after));
    }
    is_name(inner) && stands_for_a_name(before, after)
}

fn stands_for_a_name(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches([' ', ':']);
    AFTER_NAMES.iter().any(|words| begins_with_words(after, words))
        || BEFORE_NAMES.iter().any(|words| ends_with_words(before, words))
}

/// Whether the text, as yet unmasked, begins with white space and these words.
fn begins_with_words(text: &str, words: &str) -> bool {
    let mut rest = text;
    for word in words.split(' ') {
        let gap = rest.trim_start_matches(is_blank);
        match gap.strip_prefix(word) {
            Some(behind) if gap.len() < rest.len() => rest = behind,
            _ => return false,
        }
    }
    !rest.starts_with(char::is_alphanumeric)
}

/// `total`, `shop.Cart.total()`, `Shop\Cart::$total`, `users-email`, `./cart/total`.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '$' | '.' | '@' | '#'))
        && chars.all(|c| c.is_alphabetic() || "_$.#()?!:\\-/@".contains(c))
}

/// `ECONNREFUSED`, `ER_DUP_ENTRY`.
fn is_constant(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// `404 Not Found`, as Guzzle quotes it.
fn is_status_line(text: &str) -> bool {
    let Some((status, phrase)) = text.split_at_checked(3) else { return false };
    matches!(status.as_bytes(), [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'])
        && phrase.starts_with(is_blank)
        && phrase.chars().all(|c| c.is_ascii_alphabetic() || is_blank(c))
}
