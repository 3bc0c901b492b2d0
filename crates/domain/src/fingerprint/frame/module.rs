//! Where a frame's function is written: a module, a class, a file or an address.

use std::borrow::Cow;

use super::{UNKNOWN, bundle, compiled, is_number, without_build_words};
use crate::fingerprint::machine_text::starts_with_uuid;

/// How many parts of an absolute path are kept: those before them say where the program is installed.
const ABSOLUTE_PARTS: usize = 3;

pub(super) struct Module {
    pub(super) name: String,
    /// Whether it is a file of JavaScript.
    pub(super) is_script: bool,
    /// Whether a bundler put a hash into its name.
    pub(super) is_hashed: bool,
}

/// The module without host, root, release, line and hash.
pub(super) fn stable(name: &str) -> Module {
    // What the JVM writes behind it looks like a path.
    let name = name.find("$$Lambda").filter(|at| *at > 0).map_or(name, |at| &name[..at]);
    let (path, is_address) = match name.split_once("://") {
        // What serves or bundles a file is not where it is written.
        Some((_, rest)) => (rest.split_once('/').map_or("", |(_, path)| path), true),
        None => (name, false),
    };
    let path = if is_address || path.contains('/') { path.split(['?', '#']).next().unwrap_or(path) } else { path };
    let path = without_line(path);
    let absolute = path.starts_with(['/', '~']) || has_drive(path) || path.starts_with("\\\\");
    let has_slash = path.contains('/');
    let windows = path.contains('\\') && (absolute || file_of(path).contains('.'));
    let path = if windows { Cow::Owned(path.replace('\\', "/")) } else { Cow::Borrowed(path) };
    let name =
        if has_slash || windows || is_address { directories(&path, absolute && !is_address) } else { file(&path) };
    if name.name.is_empty() { Module { name: UNKNOWN.to_owned(), ..name } } else { name }
}

/// Without `:12` and `:12:3` at the end.
fn without_line(path: &str) -> &str {
    let mut path = path;
    for _ in 0..2 {
        match path.rsplit_once(':') {
            Some((head, line)) if is_number(line) => path = head,
            _ => break,
        }
    }
    path
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

fn file_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn directories(path: &str, absolute: bool) -> Module {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | ".." | "~")).collect();
    // webpack-internal:///(rsc)/./src: the layer that a file was bundled for.
    if path.contains("/./") && parts.first().is_some_and(|first| first.starts_with('(') && first.ends_with(')')) {
        parts.remove(0);
    }
    let Some(last) = parts.pop() else { return Module { name: String::new(), is_script: false, is_hashed: false } };
    let skipped = if absolute { (parts.len() + 1).saturating_sub(ABSOLUTE_PARTS) } else { 0 };
    let mut name = String::with_capacity(path.len());
    for part in &parts[skipped..] {
        name.push_str(&directory(part));
        name.push('/');
    }
    let file = file(last);
    name.push_str(&file.name);
    Module { name, ..file }
}

/// A directory: a number, a version, a UUID or a hash stands for whichever release or request it was.
fn directory(part: &str) -> Cow<'_, str> {
    let part = without_version(part);
    let version = part.strip_prefix('v').unwrap_or(part);
    if is_number(part)
        || (starts_with_uuid(part) && part.len() == 36)
        || (version.contains('.') && version.split('.').all(is_number))
    {
        return Cow::Borrowed("#");
    }
    without_build_words(part)
}

/// Without `@v1.2.3`, as package managers name directories.
fn without_version(part: &str) -> &str {
    match part.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && version.bytes().any(|byte| byte.is_ascii_digit()) => name,
        _ => part,
    }
}

fn file(name: &str) -> Module {
    if let Some((name, is_hashed)) = bundle::file(name) {
        return Module { name, is_script: true, is_hashed };
    }
    let name = compiled::without_generated(name);
    let name = without_build_words(without_version(&name)).into_owned();
    // libshop.so.1.2.3; `List`1`, which counts type parameters.
    let name = if name.contains(".so.") { without_numbers(&name) } else { name };
    let name = name.split('`').next().map_or_else(String::new, str::to_owned);
    Module { name, is_script: false, is_hashed: false }
}

fn without_numbers(name: &str) -> String {
    name.split('.').filter(|part| !is_number(part)).collect::<Vec<_>>().join(".")
}
