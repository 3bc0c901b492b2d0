//! Bodies as Sentry sends them.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{Issue, LEVELS, Message};

pub fn issue_hook(issue: &Issue, action: &str, substatus: &str, details: &Value, seen: Timestamp) -> Message {
    let id = issue.id;
    let status = if matches!(action, "resolved" | "ignored") { action } else { "unresolved" };
    let body = json!({
        "action": action,
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"issue": {
            "id": id.to_string(),
            "url": format!("https://sentry.example/api/0/organizations/acme/issues/{id}/"),
            "web_url": format!("https://acme.sentry.example/issues/{id}/"),
            "title": format!("KeyError: kind {}", letters(issue.kind)), "culprit": "shop.cart in total",
            "level": LEVELS[issue.level], "status": status, "substatus": substatus, "statusDetails": details,
            "project": {"id": "1", "name": "Shop", "slug": "shop", "platform": "python"},
            "type": "error", "issueCategory": "error",
            "metadata": {"type": "KeyError", "value": letters(issue.kind)},
            "assignedTo": if action == "assigned" { json!({"type": "user", "id": 7, "name": "Ada"}) } else { json!(null) },
            "count": issue.events.to_string(), "userCount": issue.users,
            "firstSeen": issue.first_seen.to_string(), "lastSeen": seen.to_string(),
        }},
        // Whoever assigns is a person, or an ownership rule.
        "actor": if action == "assigned" && !id.is_multiple_of(3) { json!({"type": "user", "id": 7, "name": "Ada"}) } else {
            json!({"type": "application", "id": "sentry", "name": "Sentry"})
        },
    });
    let what = format!("issue {id} {action} {details} ({substatus}, {}, seen {seen})", LEVELS[issue.level]);
    Message::of("issue", what, &body, action != "created")
}

pub fn event_alert(issue: &Issue, event: u64, seen: Timestamp) -> Message {
    let (id, kind) = (issue.id, letters(issue.kind));
    let event_id = format!("{event:032x}");
    let body = json!({
        "action": "triggered",
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"event": {
            "event_id": event_id, "issue_id": id.to_string(), "project": 1, "platform": "python",
            "level": LEVELS[issue.level], "type": "error", "title": format!("KeyError: kind {kind}"),
            "culprit": "shop.cart in total", "environment": "production", "release": format!("shop@1.{}.0", issue.release),
            "datetime": seen.to_string(), "timestamp": seen.millis() / 1_000,
            "url": format!("https://sentry.example/api/0/projects/acme/shop/events/{event_id}/"),
            "web_url": format!("https://acme.sentry.example/issues/{id}/events/{event_id}/"),
            "issue_url": format!("https://sentry.example/api/0/organizations/acme/issues/{id}/"),
            "metadata": {"type": "KeyError", "value": kind},
            "exception": {"values": [{"type": "KeyError", "value": kind, "stacktrace": {"frames": [
                {"module": "shop.cart", "function": format!("total_{kind}"), "in_app": true},
            ]}}]},
            "tags": [["environment", "production"]],
        }, "triggered_rule": "Every error"},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    });
    let what = format!("event {event} of issue {id} ({}, seen {seen})", LEVELS[issue.level]);
    Message::of("event_alert", what, &body, false)
}

/// Kinds differ in letters: numbers are masked in fingerprints.
fn letters(kind: u64) -> String {
    const COMMON: [&str; 3] = ["anchor", "basket", "candle"];
    const SYLLABLES: [&str; 10] = ["lo", "mu", "ri", "so", "tu", "vo", "wi", "zu", "no", "ki"];
    let syllable = |place: u32| SYLLABLES[usize::try_from(kind / 10_u64.pow(place) % 10).unwrap_or(0)];
    match usize::try_from(kind).ok().and_then(|kind| COMMON.get(kind)) {
        Some(word) => (*word).to_owned(),
        None => format!("{}{}{}", syllable(2), syllable(1), syllable(0)),
    }
}
