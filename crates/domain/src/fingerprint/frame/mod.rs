//! A frame without what compilers, bundlers, runtimes and releases put into its names.
//!
//! What is done is told by the shape of the names, not by the platform: senders leave the platform out, and one program has frames of several
//! languages. No shape of one language is a meaningful name of another. The one exception is minified JavaScript: a function `t` says nothing
//! there, and may be anything elsewhere.

use std::borrow::Cow;

use crate::fingerprint::machine_text::is_build_hash;
use crate::fingerprint::mask::{is_blank, is_invisible};
use crate::signal::Frame;

mod bundle;
mod compiled;
mod function;
mod module;

/// A name longer than this differs before its end, or is an attack on our memory.
const MAX_NAME: usize = 256;

/// What stands for a name that says nothing.
const UNKNOWN: &str = "?";

/// Where a frame is, in the words of its programmer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) module: String,
    pub(super) function: String,
}

impl Place {
    /// The place of a frame; `platform` is Sentry's word for the language.
    pub(super) fn of(frame: &Frame, platform: Option<&str>) -> Self {
        let module = clean(&frame.module);
        let function = clean(&frame.function);
        let (module, member) = compiled::split_state_machine(&module);
        let module = module::stable(&module);
        let javascript = module.is_script || platform.is_some_and(|platform| platform.starts_with("javascript"));
        let function = match member {
            // The machine's one method runs the body of the method that it was made from.
            Some(member) if function == "MoveNext" => member,
            _ => function::stable(&function),
        };
        let function = if javascript { bundle::unminified(&function, module.is_hashed) } else { function };
        Self { module: module.name, function }
    }

    /// One text for the list of parts. NUL stands in no cleaned name, so no module can run over into the function.
    pub(super) fn into_part(self) -> String {
        format!("{}\0{}", self.module, self.function)
    }
}

/// An exception's class without what a runtime or a build puts into it.
pub(super) fn class(name: &str) -> String {
    let name = clean(name);
    let name = match name.find("@anonymous") {
        // PHP tells where the class stands, with file and line.
        Some(at) => &name[..at + "@anonymous".len()],
        None => &name,
    };
    without_build_words(&compiled::without_generated(name)).into_owned()
}

/// Joins white space, drops what cannot be seen, cuts at [`MAX_NAME`].
fn clean(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    let name = &name[..name.floor_char_boundary(MAX_NAME)];
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(name);
    }
    let mut cleaned = String::with_capacity(name.len());
    for c in name.chars() {
        if is_blank(c) {
            if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if !is_invisible(c) {
            cleaned.push(c);
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    Cow::Owned(cleaned)
}

/// The name with addresses, hashes and long numbers as `#`, and the underscores before them as none.
fn without_build_words(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    let mut stable = String::with_capacity(name.len());
    let mut rest = name;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if is_build_hash(word) {
            stable.truncate(stable.trim_end_matches(['_', '#']).len());
            stable.push('#');
        } else if is_number(word) && stable.ends_with("#_") {
            // A shorter number of the same kind.
            stable.pop();
        } else {
            stable.push_str(word);
        }
        let separator = tail.chars().next().map_or(0, char::len_utf8);
        stable.push_str(&tail[..separator]);
        rest = &tail[separator..];
    }
    Cow::Owned(stable)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
