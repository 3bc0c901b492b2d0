//! A fingerprint that the team set itself, in the SDK or by a rule in Sentry. Its variables are those of Sentry's fingerprint rules
//! (docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules).

use crate::fingerprint::{Part, default_parts, frame, mask, message, places};
use crate::signal::Signal;

/// More than these are cut off: no team writes them.
const MAX_PARTS: usize = 20;
const MAX_PART: usize = 512;

/// Whether it says more than what would be done anyhow.
pub(super) fn counts(custom: &[String]) -> bool {
    custom.iter().any(|part| variable(part) != Some("default"))
}

/// The parts of a custom fingerprint: its text as it is (the team chose it, so nothing is masked), its variables filled in.
pub(super) fn parts(signal: &Signal, custom: &[String], parts: &mut Vec<Part>) {
    for text in custom.iter().take(MAX_PARTS) {
        match variable(text) {
            Some("default") => default_parts(signal, parts),
            Some(name) => {
                let value = value_of(signal, name).unwrap_or_else(|| text.clone());
                parts.push(Part { name: "custom", value });
            }
            None => {
                let text = text.trim();
                parts.push(Part { name: "custom", value: text[..text.floor_char_boundary(MAX_PART)].to_owned() });
            }
        }
    }
}

/// The name in `{{ name }}`.
fn variable(text: &str) -> Option<&str> {
    Some(text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim())
}

/// What a variable stands for; `None` for one that the signal cannot answer, which then stands for itself.
fn value_of(signal: &Signal, name: &str) -> Option<String> {
    Some(match name {
        "type" | "error.type" => frame::class(&signal.exception()?.class),
        "value" | "error.value" | "message" => mask(message(signal)),
        "transaction" => mask::mask_place(signal.transaction.as_deref()?),
        "level" => signal.severity?.as_str().to_owned(),
        "module" | "stack.module" => places(signal).into_iter().next()?.module,
        "function" | "stack.function" => places(signal).into_iter().next()?.function,
        tag => {
            let tag = tag.strip_prefix("tags.")?;
            let (_, value) = signal.tags.iter().find(|(key, _)| key == tag)?;
            value[..value.floor_char_boundary(MAX_PART)].to_owned()
        }
    })
}
