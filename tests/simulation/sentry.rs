//! Sentry as Watchfire sees it: issues that live and die by a clock of their own, told in signed hooks that come late, twice or not at all.

use bytes::Bytes;
use engine::intake::Hook;
use http::{HeaderMap, HeaderName, HeaderValue};
use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use serde_json::json;

use domain::time::Timestamp;

use crate::chance::Chance;

pub const SECRET: &str = "a-secret-of-the-simulation-with-enough-letters";

/// A hook that can be sent again, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub resource: &'static str,
    pub what: String,
    pub body: Bytes,
    /// A repeated life-cycle body may be a new fact (semantics D2).
    pub life_cycle: bool,
}

impl Message {
    fn of(resource: &'static str, what: String, body: &serde_json::Value, life_cycle: bool) -> Self {
        Self { resource, what, body: body.to_string().into_bytes().into(), life_cycle }
    }

    pub fn signed(&self) -> Hook {
        let secret = SigningSecret::new("1", Secret::new(SECRET.to_owned()));
        self.with_signature(&sign(&secret, &self.body))
    }

    pub fn forged(&self) -> Hook {
        self.with_signature(&"0".repeat(64))
    }

    fn with_signature(&self, signature: &str) -> Hook {
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("visible ASCII"));
        };
        put("sentry-hook-resource", self.resource);
        put("sentry-hook-signature", signature);
        Hook { headers, body: self.body.clone() }
    }
}

struct Issue {
    id: u64,
    /// Issues of one kind raise the same error at the same frame.
    kind: u64,
    level: usize,
    events: u64,
    users: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// The organization's Sentry.
pub struct Sentry {
    chance: Chance,
    issues: Vec<Issue>,
    most_issues: usize,
    said: Vec<Message>,
    events: u64,
}

/// Sentry's levels, from low to critical by the policy of the simulation.
const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "fatal"];

impl Sentry {
    pub const fn drawn_by(chance: Chance, most_issues: usize) -> Self {
        Self { chance, issues: Vec::new(), most_issues, said: Vec::new(), events: 0 }
    }

    /// The next thing that Sentry says, at its own time `now`.
    pub fn speaks(&mut self, now: Timestamp) -> Message {
        let message = match self.chance.below(100) {
            0..18 if !self.said.is_empty() => return self.chance.pick(&self.said).clone(),
            0..60 => self.occurrence(now),
            60..80 => self.life_cycle(now),
            80..92 => self.metric_alert(now),
            92..96 => self.aside(now),
            _ => self.nonsense(),
        };
        self.said.push(message.clone());
        message
    }

    fn issue(&mut self, now: Timestamp) -> &mut Issue {
        let opens = self.issues.len() < self.most_issues && (self.issues.is_empty() || self.chance.percent(30));
        if opens {
            let id = 1_000 + self.issues.len() as u64;
            let (kind, level) = (self.chance.below(3), self.chance.between(1, 4));
            let level = usize::try_from(level).unwrap_or(3);
            self.issues.push(Issue { id, kind, level, events: 0, users: 0, first_seen: now, last_seen: now });
        }
        let place = if opens { self.issues.len() - 1 } else { self.some_place() };
        &mut self.issues[place]
    }

    fn some_place(&mut self) -> usize {
        usize::try_from(self.chance.below(self.issues.len() as u64)).unwrap_or(0)
    }

    fn occurrence(&mut self, now: Timestamp) -> Message {
        let (rises, grows, late, as_event) =
            (self.chance.percent(12), self.chance.percent(15), self.chance.percent(15), self.chance.percent(45));
        let back = self.chance.between(1, 7_200_000);
        self.events += 1;
        let event = self.events;
        let issue = self.issue(now);
        if rises {
            issue.level = (issue.level + 1).min(4);
        }
        issue.events = if grows { issue.events.max(1) * 12 } else { issue.events + 1 };
        issue.users += u64::from(grows) * (issue.users + 2);
        let seen = if late { now - std::time::Duration::from_millis(back) } else { now };
        issue.last_seen = issue.last_seen.max(seen);
        if as_event { event_alert(issue, event, seen) } else { issue_hook(issue, "created", "new", seen) }
    }

    fn life_cycle(&mut self, now: Timestamp) -> Message {
        let word = *self.chance.pick(&["resolved", "resolved", "unresolved", "ignored", "assigned"]);
        let substatus = *self.chance.pick(&["regressed", "ongoing", "escalating"]);
        let stale = self.chance.percent(20);
        let issue = self.issue(now);
        if word == "unresolved" {
            issue.last_seen = now;
        }
        let seen = if stale { issue.last_seen - std::time::Duration::from_secs(600) } else { issue.last_seen };
        issue_hook(issue, word, if word == "unresolved" { substatus } else { "ongoing" }, seen)
    }

    fn metric_alert(&mut self, now: Timestamp) -> Message {
        let word = *self.chance.pick(&["critical", "warning", "resolved", "critical"]);
        let identifier = self.chance.between(1, 2);
        let id = 4_000 + self.chance.below(3);
        let body = json!({
            "action": word,
            "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
            "data": {
                "description_title": format!("{word}: rate of errors {identifier}"),
                "description_text": format!("{id} events in the last minute"),
                "metric_alert": {
                    "id": id.to_string(), "identifier": identifier.to_string(), "organization_id": "88",
                    "projects": ["shop"], "date_started": now.to_string(), "date_detected": now.to_string(),
                    "date_created": now.to_string(), "date_closed": null, "status": 20, "title": "Brave Lobster",
                    "alert_rule": {"id": "301", "name": "Rate of errors", "environment": "production",
                                   "organization_id": "88", "projects": ["shop"]},
                },
                "web_url": "https://sentry.example/organizations/acme/alerts/rules/details/301/",
            },
            "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
        });
        Message::of("metric_alert", format!("metric alert {identifier} {word}"), &body, false)
    }

    fn aside(&mut self, now: Timestamp) -> Message {
        let body = json!({
            "action": "created",
            "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
            "data": {"comment": format!("looking at it since {now}"), "comment_id": self.chance.below(1_000_000),
                     "issue_id": 1_000 + self.chance.below(4), "project_slug": "shop", "timestamp": now.to_string()},
            "actor": {"type": "user", "id": 7, "name": "Ada"},
        });
        Message::of("comment", "comment".into(), &body, false)
    }

    fn nonsense(&mut self) -> Message {
        let body = Bytes::from(format!("{{\"action\": \"created\", \"data\": [{}", self.chance.bits()));
        Message { resource: "issue", what: "half a body".into(), body, life_cycle: false }
    }
}

fn issue_hook(issue: &Issue, action: &str, substatus: &str, seen: Timestamp) -> Message {
    let id = issue.id;
    let status = if matches!(action, "resolved" | "ignored") { action } else { "unresolved" };
    let body = json!({
        "action": action,
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"issue": {
            "id": id.to_string(),
            "url": format!("https://sentry.example/api/0/organizations/acme/issues/{id}/"),
            "web_url": format!("https://acme.sentry.example/issues/{id}/"),
            "title": format!("KeyError: kind {}", letter(issue.kind)), "culprit": "shop.cart in total",
            "level": LEVELS[issue.level], "status": status, "substatus": substatus, "statusDetails": {},
            "project": {"id": "1", "name": "Shop", "slug": "shop", "platform": "python"},
            "type": "error", "issueCategory": "error",
            "metadata": {"type": "KeyError", "value": letter(issue.kind)},
            "assignedTo": if action == "assigned" { json!({"type": "user", "id": 7, "name": "Ada"}) } else { json!(null) },
            "count": issue.events.to_string(), "userCount": issue.users,
            "firstSeen": issue.first_seen.to_string(), "lastSeen": seen.to_string(),
        }},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    });
    let what = format!("issue {id} {action} ({}, seen {seen})", LEVELS[issue.level]);
    Message::of("issue", what, &body, action != "created")
}

fn event_alert(issue: &Issue, event: u64, seen: Timestamp) -> Message {
    let (id, kind) = (issue.id, letter(issue.kind));
    let event_id = format!("{event:032x}");
    let body = json!({
        "action": "triggered",
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"event": {
            "event_id": event_id, "issue_id": id.to_string(), "project": 1, "platform": "python",
            "level": LEVELS[issue.level], "type": "error", "title": format!("KeyError: kind {kind}"),
            "culprit": "shop.cart in total", "environment": "production", "release": "shop@1",
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
const fn letter(kind: u64) -> &'static str {
    ["anchor", "basket", "candle"][(kind % 3) as usize]
}
