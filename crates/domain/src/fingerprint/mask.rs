//! Masks the variable parts of a message, so that the same error says the same each time.
//!
//! One pass reads the text once, piece by piece; it is repeated until nothing changes, which makes masking idempotent by construction.
//! Each pass that changes anything leaves less unmasked text, and the text is short after the first, so the repetition ends soon.
//!
//! Numbers, hex, UUIDs, hashes and other ids share one mask on purpose: one hex id in fifty has no letter, and must not group apart.

use crate::fingerprint::codes;
use crate::fingerprint::machine_text as machine;
use crate::fingerprint::masked::{DATE, HOST, ID, MAIL, MASKS, Masked, PATH, QUOTED, URL};
use crate::fingerprint::quotes::{Quotes, is_apostrophe, tells_the_cause};

/// The longest result, in bytes.
pub const MAX_LENGTH: usize = 512;

/// What lies behind is not read: a longer message has said what it is by then.
const MAX_INPUT: usize = 4096;

/// No word is longer; what is, is data.
const MAX_CHUNK: usize = 256;

/// How much is masked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of it: for messages.
    Everything,
    /// Values only: for places, whose paths and hosts are what tells them apart.
    Values,
}

/// The message with each variable part replaced by its kind, at most 512 bytes long.
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
    let mut out = Masked::with_room_for(text.len());
    let mut quotes = Quotes::default();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if out.full {
            break;
        }
        let after = at + first.len_utf8();
        if is_blank(first) {
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
            && first == '['
            && let Some(length) = bracketed_ip(&text[at..])
        {
            out.mask(HOST);
            at += length;
        } else if scope == Scope::Everything
            && let Some(end) = quotes.end(text, at, first)
        {
            if tells_the_cause(&out.text, &text[at..end], &text[end..]) {
                out.plain(&text[at..end]);
            } else {
                out.mask(QUOTED);
            }
            at = end;
        } else {
            let end = chunk_end(text, at);
            if end == at {
                out.push(first);
                at = after;
            } else if is_plain_word(&text[at..end]) {
                out.word(&text[at..end]);
                at = end;
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

/// Most of a message: nothing but letters.
fn is_plain_word(chunk: &str) -> bool {
    chunk.len() <= MAX_CHUNK && chunk.bytes().all(|byte| byte.is_ascii_alphabetic()) && chunk != "localhost"
}

fn mask_at(text: &str) -> Option<&'static str> {
    MASKS.into_iter().find(|mask| text.starts_with(mask))
}

/// The length of `[2001:db8::1]:443` at the start of the text.
fn bracketed_ip(text: &str) -> Option<usize> {
    // The longest address is 45 characters long, and may name a zone.
    let end = text.bytes().take(64).position(|byte| byte == b']')?;
    if !machine::is_ip(&text[1..end]) {
        return None;
    }
    let port = text[end + 1..].strip_prefix(':').map_or(0, |port| port.bytes().take_while(u8::is_ascii_digit).count());
    Some(end + 1 + if port > 0 { port + 1 } else { 0 })
}

/// White space and what stands for nothing: U+FFFD is what is left of NUL, of lone surrogates and of other bytes that are no text.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == char::REPLACEMENT_CHARACTER
}

/// Marks of direction, joiners and other characters of no width: they make equal texts look equal and differ.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The end of the run of text that has no white space, quote or bracket in it.
fn chunk_end(text: &str, at: usize) -> usize {
    let mut previous = ' ';
    for (offset, c) in text[at..].char_indices() {
        let ends = match c {
            '\'' => !is_apostrophe(previous, text[at + offset + 1..].chars().next()),
            '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '=' | '"' | '`' => true,
            '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' => {
                true
            }
            '、' | '。' | '，' | '：' => true,
            _ => is_blank(c) || is_invisible(c),
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
    let chunk = &text.as_bytes()[at..chunk_end];
    let colon = at + chunk.iter().enumerate().find(|(at, byte)| **byte == b':' && chunk[*at..].starts_with(b"://"))?.0;
    let scheme = text[at..colon]
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c)))
        .map_or(at, |last| at + last + text[at + last..].chars().next().map_or(1, char::len_utf8));
    if scheme == colon {
        return None;
    }
    let body = &text[colon + 3..];
    let length = body
        .find(|c: char| {
            is_blank(c) || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '}' | '|' | '”' | '’' | '»')
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
        // Addresses alone begin with two colons.
        if rest.starts_with("::") && scope == Scope::Everything && machine::is_ip(rest) {
            out.mask(HOST);
            return;
        }
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
        let run = &piece[at..at + length];
        at += length;
        if codes::name_the_cause(&out.text, run, &piece[at..]) {
            out.push_str(run);
        } else {
            word(run, out);
        }
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
