//! Masks the variable parts of a message, so that the same error says the same each time.
//!
//! One pass reads the text once, piece by piece; it is repeated until nothing changes, which makes masking idempotent by construction.
//! Each pass that changes anything leaves less unmasked text, and the text is short after the first, so the repetition ends soon.
//!
//! Numbers, hex, UUIDs, hashes and other ids share one mask on purpose: one hex id in fifty has no letter, and must not group apart.

use crate::fingerprint::machine_text as machine;

/// The longest result, in bytes.
pub const MAX_LENGTH: usize = 512;

/// What lies behind is not read: a longer message has said what it is by then.
const MAX_INPUT: usize = 4096;

/// No word is longer; what is, is data.
const MAX_CHUNK: usize = 256;

/// Numbers and identifiers.
const ID: &str = "<id>";
/// Points in time.
const DATE: &str = "<date>";
/// What stood in quotes.
const QUOTED: &str = "<str>";
/// Paths of files and addresses.
const PATH: &str = "<path>";
/// Whole addresses with a scheme.
const URL: &str = "<url>";
/// Host names and IP addresses.
const HOST: &str = "<host>";
/// Mail addresses.
const MAIL: &str = "<mail>";

const MASKS: [&str; 7] = [ID, DATE, QUOTED, PATH, URL, HOST, MAIL];

/// What may stand between two equal masks that become one: a list, a version, a line and column say the same however long they are.
const BETWEEN: [&str; 7] = [", ", ",", " ", "-", ":", ".", ""];

/// How much is masked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of it: for messages.
    Everything,
    /// Values only: for places, whose paths and hosts are what tells them apart.
    Values,
}

/// The message with each variable part replaced by its kind, at most [`MAX_LENGTH`] bytes long.
///
/// White space is joined, invisible characters are dropped. Linear in time: nothing in the text can make it slow. Masking a masked text changes
/// nothing.
#[must_use]
pub fn mask(text: &str) -> String {
    settle(text, Scope::Everything)
}

/// A culprit or transaction with its numbers, dates and ids masked.
pub(super) fn mask_place(text: &str) -> String {
    settle(text, Scope::Values)
}

fn settle(text: &str, scope: Scope) -> String {
    let mut masked = pass(&text[..text.floor_char_boundary(MAX_INPUT)], scope);
    loop {
        let again = pass(&masked, scope);
        if again == masked {
            return masked;
        }
        masked = again;
    }
}

fn pass(text: &str, scope: Scope) -> String {
    let mut out = Masked { text: String::with_capacity(text.len().min(MAX_LENGTH)), full: false };
    let mut quotes = Quotes::default();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if out.full {
            break;
        }
        let after = at + first.len_utf8();
        if first.is_whitespace() || first.is_control() {
            out.space();
            at = after;
        } else if is_invisible(first) {
            at = after;
        } else if first == '<'
            && let Some(mask) = mask_at(&text[at..])
        {
            out.mask(mask);
            at += mask.len();
        } else if scope == Scope::Everything
            && let Some(end) = quotes.end(text, at, first)
        {
            out.mask(QUOTED);
            at = end;
        } else {
            let end = chunk_end(text, at);
            if end == at {
                out.push(first);
                at = after;
            } else {
                at = url(text, at, end, scope, &mut out).unwrap_or_else(|| {
                    long_chunk(&text[at..end], scope, &mut out);
                    end
                });
            }
        }
    }
    let end = out.text.trim_end().len();
    out.text.truncate(end);
    out.text
}

fn mask_at(text: &str) -> Option<&'static str> {
    MASKS.into_iter().find(|mask| text.starts_with(mask))
}

/// Marks of direction, joiners and other characters of no width: they make equal texts look equal and differ.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Finds where quotations end. Remembers which marks do not occur any more, so that a text full of opening marks is still read once.
#[derive(Default)]
struct Quotes {
    none_left: [bool; 7],
}

/// Opening marks with their closing ones.
const QUOTES: [(char, char); 7] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('«', '»'), ('「', '」')];

impl Quotes {
    /// The end of the quotation that `mark`, at `at`, opens.
    fn end(&mut self, text: &str, at: usize, mark: char) -> Option<usize> {
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
            if escaped {
                escaped = false;
            } else if c == '\\' && escapes {
                escaped = true;
            } else if c == close && !(close == '\'' && is_apostrophe(previous, text[end..].chars().next())) {
                return Some(end);
            }
            previous = c;
        }
        self.none_left[kind] = true;
        None
    }
}

fn is_apostrophe(before: char, after: Option<char>) -> bool {
    before.is_alphabetic() && after.is_some_and(char::is_alphabetic)
}

/// The end of the run of text that has no white space, quote or bracket in it.
fn chunk_end(text: &str, at: usize) -> usize {
    let mut previous = ' ';
    for (offset, c) in text[at..].char_indices() {
        let ends = match c {
            '\'' => !is_apostrophe(previous, text[at + offset + 1..].chars().next()),
            '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '=' | '"' | '`' => true,
            '“' | '”' | '‘' | '’' | '«' | '»' | '「' | '」' | '、' | '。' | '，' | '：' => true,
            _ => c.is_whitespace() || c.is_control() || is_invisible(c),
        };
        if ends {
            return at + offset;
        }
        previous = c;
    }
    text.len()
}

/// Masks an address that begins in the chunk and may reach beyond it; returns where it ends.
fn url(text: &str, at: usize, chunk_end: usize, scope: Scope, out: &mut Masked) -> Option<usize> {
    if scope == Scope::Values {
        return None;
    }
    let colon = at + text[at..chunk_end].find("://")?;
    let scheme = text[at..colon]
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c)))
        .map_or(at, |last| at + last + text[at + last..].chars().next().map_or(1, char::len_utf8));
    if scheme == colon {
        return None;
    }
    let body = &text[colon + 3..];
    let length = body
        .find(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '}' | '|' | '”' | '’' | '»')
        })
        .unwrap_or(body.len());
    let length = body[..length].trim_end_matches(['.', ',', ':', ';', '!', '?']).len();
    if scheme > at {
        long_chunk(&text[at..scheme], scope, out);
    }
    out.mask(URL);
    Some(colon + 3 + length)
}

fn long_chunk(chunk: &str, scope: Scope, out: &mut Masked) {
    if chunk.len() > MAX_CHUNK && chunk.is_ascii() {
        out.mask(ID);
        return;
    }
    // Scripts without spaces make long runs of words.
    let mut rest = chunk;
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(rest.floor_char_boundary(MAX_CHUNK));
        split_at_colons(piece, scope, out);
        rest = tail;
    }
}

/// `key:value` is looked at as a whole first, then the key by itself and the value as a whole again.
fn split_at_colons(chunk: &str, scope: Scope, out: &mut Masked) {
    let mut rest = chunk;
    loop {
        let lead = rest.len() - rest.trim_start_matches([':', '#', '*', '!', '?', '&', '^', '$']).len();
        let body = rest[lead..].trim_end_matches([':', '.', '!', '?', '*', '&']);
        let tail = &rest[lead + body.len()..];
        out.push_str(&rest[..lead]);
        if let Some(mask) = whole(body, scope) {
            out.mask(mask);
            out.push_str(tail);
            return;
        }
        let Some((key, value)) = body.split_once(':') else {
            words(body, out);
            out.push_str(tail);
            return;
        };
        words(key, out);
        out.push(':');
        rest = &rest[rest.len() - tail.len() - value.len()..];
    }
}

/// The mask of a piece that is, as a whole, one thing.
fn whole(piece: &str, scope: Scope) -> Option<&'static str> {
    let mut digit = false;
    let (mut dot, mut colon, mut slash, mut at) = (false, false, false, false);
    for byte in piece.bytes() {
        digit |= byte.is_ascii_digit();
        dot |= byte == b'.';
        colon |= byte == b':';
        slash |= byte == b'/' || byte == b'\\';
        at |= byte == b'@';
    }
    if digit && machine::is_date(piece) {
        return Some(DATE);
    }
    if at && machine::is_mail(piece) {
        return Some(MAIL);
    }
    if scope == Scope::Values {
        return None;
    }
    if digit && (dot || colon) && machine::is_ip(piece) {
        return Some(HOST);
    }
    if slash && machine::is_path(piece) {
        return Some(PATH);
    }
    (dot || piece.starts_with("localhost")).then(|| machine::is_host(piece).then_some(HOST)).flatten()
}

/// Masks identifiers and digits, word by word; words stay.
fn words(piece: &str, out: &mut Masked) {
    let mut at = 0;
    while let Some(first) = piece[at..].chars().next() {
        if !first.is_alphanumeric() {
            out.push(first);
            at += first.len_utf8();
            continue;
        }
        if first.is_ascii_hexdigit() && machine::starts_with_uuid(&piece[at..]) {
            out.mask(ID);
            at += 36;
            continue;
        }
        let mut length = piece[at..].find(|c: char| !c.is_alphanumeric()).unwrap_or(piece.len() - at);
        length += machine::signed_exponent(&piece[at..], length);
        word(&piece[at..at + length], out);
        at += length;
    }
}

fn word(run: &str, out: &mut Masked) {
    if !run.chars().any(char::is_numeric) {
        out.word(run);
    } else if machine::is_identifier(run) {
        out.mask(ID);
    } else {
        let mut rest = run;
        while !rest.is_empty() {
            let letters = rest.find(char::is_numeric).unwrap_or(rest.len());
            let (name, number) = rest.split_at(letters);
            out.push_str(name);
            let digits = number.find(|c: char| !c.is_numeric()).unwrap_or(number.len());
            if digits > 0 {
                out.number(name.is_empty());
            }
            rest = &number[digits..];
        }
    }
}

/// The result as it grows.
struct Masked {
    text: String,
    /// No more fits; what comes is dropped.
    full: bool,
}

impl Masked {
    fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    fn push_str(&mut self, piece: &str) {
        let room = MAX_LENGTH - self.text.len();
        let fits = piece.floor_char_boundary(room);
        self.full |= fits < piece.len();
        self.text.push_str(&piece[..fits]);
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.push(' ');
        }
    }

    /// A word; a month after a day's number makes both a date.
    fn word(&mut self, word: &str) {
        if let Some(before) = self.before_gap(ID)
            && machine::is_month(word)
        {
            self.text.truncate(before);
            self.mask(DATE);
        } else {
            self.push_str(word);
        }
    }

    /// A number; its sign goes with it when it begins a word, since zero and less are the same kind of value.
    fn number(&mut self, begins_word: bool) {
        if begins_word && self.text.ends_with(['-', '+']) {
            let rest = &self.text[..self.text.len() - 1];
            if !rest.ends_with(|c: char| c.is_alphanumeric() || c == '>' || c == '-' || c == '+') {
                self.text.pop();
            }
        }
        self.mask(ID);
    }

    fn mask(&mut self, mask: &'static str) {
        if mask == ID {
            // `<date> 2026` is still one date.
            if let Some(before) = self.before_gap(DATE) {
                self.text.truncate(before + DATE.len());
                return;
            }
            if let Some(month) = self.name_before_gap(machine::is_month) {
                self.text.truncate(month);
                return self.mask(DATE);
            }
        }
        if mask == DATE
            && let Some(weekday) = self.name_before_gap(machine::is_weekday)
        {
            self.text.truncate(weekday);
        }
        for between in BETWEEN {
            if let Some(head) = self.text.strip_suffix(between)
                && head.ends_with(mask)
            {
                let length = head.len();
                self.text.truncate(length);
                return;
            }
        }
        // Half a mask would be a word.
        if self.text.len() + mask.len() > MAX_LENGTH {
            self.full = true;
        } else {
            self.text.push_str(mask);
        }
    }

    /// Where `mask` begins, when it and one gap end the text.
    fn before_gap(&self, mask: &str) -> Option<usize> {
        let head = self.text.strip_suffix([' ', '-'])?;
        Some(head.strip_suffix(mask)?.len())
    }

    /// Where a name that `is_name` knows begins, when it and one gap end the text.
    fn name_before_gap(&self, is_name: impl Fn(&str) -> bool) -> Option<usize> {
        let head = self.text.strip_suffix(' ')?;
        let head = head.strip_suffix(',').unwrap_or(head);
        let start = head
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |last| last + head[last..].chars().next().map_or(1, char::len_utf8));
        is_name(&head[start..]).then_some(start)
    }
}
