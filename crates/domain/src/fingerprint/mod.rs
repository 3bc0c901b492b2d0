//! The fingerprint: what makes two signals the same error.
//!
//! A list of named parts, hashed under a version. What stands in the list and why:
//!
//! | part | why |
//! |---|---|
//! | `project` | the same class in two programs is two errors |
//! | `category` | an outage is no error, though both may be titled alike |
//! | `class` | of the outermost exception: what the program died of |
//! | `message` | with its variable parts masked (see [`mask()`]): what it said |
//! | `cause`, `cause_message`, `cause_frame` | the exceptions inside the outermost: their classes, and what the innermost said and where |
//! | `frame` | up to three frames of the application's own, innermost first, without line numbers: where |
//! | `culprit` | where, when no frame is known |
//!
//! A fingerprint that the team set in Sentry takes the place of all but the project; `{{ default }}` in it stands for the rest of the list.
//! Metric alerts are told apart by organization and identifier alone (semantics I4). The version is part of the hash, so that a later
//! version can live beside this one. `docs/fingerprint.md` tells each part and each mask with examples.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::fingerprint::frame::Place;
use crate::signal::Signal;

mod codes;
mod custom;
mod frame;
mod machine_text;
mod mask;
mod masked;
mod quotes;

pub use mask::mask;

/// The version of the list of parts and of the masks.
pub const VERSION: &str = "v1";

/// Deeper frames say which request led there, not what broke.
const MAX_FRAMES: usize = 3;

/// MD5, lower-case hex, over a versioned list of normalised parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// One part of what is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which question it answers; see the table of this module.
    pub name: &'static str,
    /// The answer, normalised. Untrusted text, bounded in length.
    pub value: String,
}

/// The fingerprint of a signal.
#[must_use]
pub fn fingerprint(signal: &Signal) -> Fingerprint {
    let mut hash = Md5::new();
    let mut write = |bytes: &[u8]| {
        // With its length before it no part can pose as two.
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    write(VERSION.as_bytes());
    for part in parts(signal) {
        write(part.name.as_bytes());
        write(part.value.as_bytes());
    }
    Fingerprint(hex(&hash.finalize()))
}

/// What the fingerprint is made of, in order: the explanation of why two signals are one error, or are not.
#[must_use]
pub fn parts(signal: &Signal) -> Vec<Part> {
    let mut parts = Vec::with_capacity(10);
    if metric(signal, &mut parts) {
        return parts;
    }
    parts.push(Part { name: "project", value: project(signal).to_owned() });
    match signal.custom_fingerprint.as_deref() {
        Some(custom) if custom::counts(custom) => custom::parts(signal, custom, &mut parts),
        _ => default_parts(signal, &mut parts),
    }
    parts
}

fn project(signal: &Signal) -> &str {
    signal.project.as_ref().map_or("", |project| project.key())
}

fn metric(signal: &Signal, parts: &mut Vec<Part>) -> bool {
    let Some(metric) = &signal.metric else { return false };
    if let (Some(organization), Some(identifier)) = (&metric.organization, &metric.identifier) {
        parts.push(Part { name: "metric_organization", value: organization.clone() });
        parts.push(Part { name: "metric_identifier", value: identifier.clone() });
        return true;
    }
    if let Some(id) = &metric.id {
        parts.push(Part { name: "metric_alert", value: id.clone() });
        return true;
    }
    false
}

fn default_parts(signal: &Signal, parts: &mut Vec<Part>) {
    // Event payloads name no category; what they carry are errors.
    parts.push(Part { name: "category", value: signal.category.as_deref().unwrap_or("error").to_ascii_lowercase() });
    if let Some(exception) = signal.exception() {
        parts.push(Part { name: "class", value: frame::class(&exception.class) });
    }
    parts.push(Part { name: "message", value: mask(message(signal)) });
    causes(signal, parts);
    let places = places(signal);
    if places.is_empty() {
        // A culprit names a place by its path: its words are kept, its numbers are not.
        parts.push(Part { name: "culprit", value: mask::mask_place(signal.culprit.as_deref().unwrap_or_default()) });
    }
    parts.extend(places.into_iter().map(|place| Part { name: "frame", value: place.into_part() }));
}

/// What was said: by the exception, else by the event, else the title.
fn message(signal: &Signal) -> &str {
    match (signal.exception(), &signal.message) {
        (Some(exception), _) => &exception.value,
        (None, Some(message)) if !message.trim().is_empty() => message,
        (None, _) => &signal.title,
    }
}

/// The exceptions that led to the outermost one: their classes, and of the innermost also what it said and where. One wrapper around all that fails
/// is not one error.
fn causes(signal: &Signal, parts: &mut Vec<Part>) {
    let Some((mut above, inner)) = signal.exceptions.split_first() else { return };
    let mut root = None;
    for exception in inner {
        // Some senders name one exception twice.
        if exception.class != above.class || exception.value != above.value {
            parts.push(Part { name: "cause", value: frame::class(&exception.class) });
            root = Some(exception);
        }
        above = exception;
    }
    let Some(root) = root else { return };
    parts.push(Part { name: "cause_message", value: mask(&root.value) });
    if let Some(top) = root.in_app.first() {
        parts.push(Part { name: "cause_frame", value: Place::of(top, signal.platform.as_deref()).into_part() });
    }
}

/// The frames that count: those of the outermost exception that has frames of the application's own.
fn places(signal: &Signal) -> Vec<Place> {
    let Some(exception) = signal.exceptions.iter().find(|exception| !exception.in_app.is_empty()) else {
        return Vec::new();
    };
    let mut found: Vec<Place> = Vec::with_capacity(MAX_FRAMES);
    for frame in &exception.in_app {
        let place = Place::of(frame, signal.platform.as_deref());
        // How deep a recursion went is chance.
        if !found.contains(&place) {
            found.push(place);
        }
        if found.len() == MAX_FRAMES {
            break;
        }
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod frozen;
#[cfg(test)]
pub(crate) mod tests;
