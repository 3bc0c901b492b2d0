//! Bundled and minified JavaScript: names of files that change with each build, functions that lost theirs.

use super::{UNKNOWN, is_number};
use crate::fingerprint::machine_text::is_identifier;

const ENDS: [&str; 8] = ["js", "mjs", "cjs", "jsx", "css", "bundle", "jsbundle", "wasm"];

/// A bundle's file name with each hash and chunk number as `#`, and whether there was one; `None` when it is no file of JavaScript.
///
/// `main.3f2a1c.js` (webpack), `index-DkX3f2a9.js` (Vite), `chunk-ABC123XY.js` (esbuild), `1234.abcdef12.chunk.js`.
pub(super) fn file(name: &str) -> Option<(String, bool)> {
    let (stem, end) = name.rsplit_once('.')?;
    if !ENDS.contains(&end) {
        return None;
    }
    let (stem, rollup) = match stem.len().checked_sub(9).and_then(|at| stem.split_at_checked(at)) {
        Some((head, tail)) if !head.is_empty() && is_rollup_hash(tail) => (head, true),
        _ => (stem, false),
    };
    let mut hashed = rollup;
    let mut stable = String::with_capacity(name.len());
    let mut rest = stem;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if is_hash(word, stable.is_empty()) {
            stable.push('#');
            hashed = true;
        } else {
            stable.push_str(word);
        }
        let separator = tail.chars().next().map_or(0, char::len_utf8);
        stable.push_str(&tail[..separator]);
        rest = &tail[separator..];
    }
    if rollup {
        stable.push_str("-#");
    }
    Some((format!("{stable}.{end}"), hashed))
}

/// `-` and eight characters of base64url, as Rollup and Vite write them.
fn is_rollup_hash(tail: &str) -> bool {
    let Some(hash) = tail.strip_prefix('-') else { return false };
    let lower = hash.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = hash.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let inner_digit = hash.bytes().take(7).any(|byte| byte.is_ascii_digit());
    hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && !hash.starts_with('-')
        // A capital or a digit in the middle is no word; `settings` and `handler2` are.
        && ((lower && upper) || (inner_digit && (upper || lower)))
}

fn is_hash(word: &str, first: bool) -> bool {
    let digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (is_number(word) && (first || word.len() >= 3))
        || (digit && hex && word.len() >= 6)
        || (digit && is_identifier(word))
        // esbuild's base32.
        || (!first && capitals && word.len() == 8)
}

/// A function of JavaScript without the names that a minifier gave: one or two characters, three in a file that is certainly a bundle.
pub(super) fn unminified(function: &str, hashed: bool) -> String {
    let longest = if hashed { 3 } else { 2 };
    let kept: Vec<&str> = function.split('.').filter(|part| part.chars().count() > longest).collect();
    if kept.is_empty() { UNKNOWN.to_owned() } else { kept.join(".") }
}
