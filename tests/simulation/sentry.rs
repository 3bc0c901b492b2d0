//! Sentry as Watchfire sees it: issues that live and die by a clock of their own, told in signed hooks that come late, twice or not at all.

use bytes::Bytes;
use engine::intake::Hook;
use http::{HeaderMap, HeaderName, HeaderValue};
use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use serde_json::json;

use domain::time::Timestamp;

use crate::chance::Chance;

mod bodies;

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
    release: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// Kinds below this come again and again; each issue of a storm has one of its own.
const COMMON_KINDS: u64 = 3;

/// The organization's Sentry.
pub struct Sentry {
    chance: Chance,
    issues: Vec<Issue>,
    most_issues: usize,
    said: Vec<Message>,
    events: u64,
    kinds: u64,
    release: u64,
}

/// Sentry's levels, from low to critical by the policy of the simulation.
const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "fatal"];

impl Sentry {
    pub const fn drawn_by(chance: Chance, most_issues: usize) -> Self {
        Self { chance, issues: Vec::new(), most_issues, said: Vec::new(), events: 0, kinds: COMMON_KINDS, release: 1 }
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

    /// Many things break at once, each in its own way.
    pub fn storms(&mut self, now: Timestamp, many: u64) -> Vec<Message> {
        let level = usize::try_from(self.chance.between(2, 4)).unwrap_or(3);
        let mut messages = Vec::new();
        for _ in 0..many {
            let level = if self.chance.percent(15) { 4 } else { level };
            let kind = self.kinds;
            self.kinds += 1;
            self.events += 1;
            let (id, release) = (10_000 + kind, self.release);
            let mut issue = Issue { id, kind, level, events: 1, users: 1, release, first_seen: now, last_seen: now };
            messages.push(bodies::event_alert(&issue, self.events, now));
            issue.events += 1;
            // Some of them are heard of again, as any other issue.
            if self.chance.percent(30) {
                self.issues.push(issue);
            }
        }
        self.said.extend(messages.iter().take(3).cloned());
        messages
    }

    /// One of its issues hits many, and all of them hard.
    pub fn gets_worse(&mut self, now: Timestamp) -> Message {
        let issue = self.issue(now);
        (issue.level, issue.events, issue.users, issue.last_seen) = (4, issue.events + 1, issue.users + 10, now);
        let message = bodies::issue_hook(issue, "created", "escalating", &json!({}), now);
        self.said.push(message.clone());
        message
    }

    fn issue(&mut self, now: Timestamp) -> &mut Issue {
        let opens = self.issues.len() < self.most_issues && (self.issues.is_empty() || self.chance.percent(30));
        let release = self.release;
        if opens {
            let id = 1_000 + self.issues.len() as u64;
            let (kind, level) = (self.chance.below(COMMON_KINDS), self.chance.between(1, 4));
            let level = usize::try_from(level).unwrap_or(3);
            self.issues.push(Issue { id, kind, level, events: 0, users: 0, release, first_seen: now, last_seen: now });
        }
        let place = if opens { self.issues.len() - 1 } else { self.some_place() };
        &mut self.issues[place]
    }

    fn some_place(&mut self) -> usize {
        usize::try_from(self.chance.below(self.issues.len() as u64)).unwrap_or(0)
    }

    fn occurrence(&mut self, now: Timestamp) -> Message {
        let (rises, grows, late, as_event) =
            (self.chance.percent(12), self.chance.percent(30), self.chance.percent(15), self.chance.percent(45));
        let back = self.chance.between(1, 7_200_000);
        self.events += 1;
        let event = self.events;
        self.release += u64::from(self.chance.percent(8));
        // Some instances still run what is older.
        let release = if self.chance.percent(20) { self.release.saturating_sub(1).max(1) } else { self.release };
        let issue = self.issue(now);
        issue.release = release;
        if rises {
            issue.level = (issue.level + 1).min(4);
        }
        issue.events = if grows { issue.events.max(1) * 12 } else { issue.events + 1 };
        issue.users += u64::from(grows) * (issue.users + 2);
        let seen = if late { now - std::time::Duration::from_millis(back) } else { now };
        issue.last_seen = issue.last_seen.max(seen);
        if as_event {
            bodies::event_alert(issue, event, seen)
        } else {
            bodies::issue_hook(issue, "created", "new", &json!({}), seen)
        }
    }

    fn life_cycle(&mut self, now: Timestamp) -> Message {
        let word = *self.chance.pick(&["resolved", "resolved", "unresolved", "ignored", "assigned"]);
        let (substatus, details) = match word {
            "resolved" => ("ongoing", self.fix()),
            "unresolved" => (*self.chance.pick(&["regressed", "ongoing", "escalating"]), json!({})),
            "ignored" => self.archive(now),
            _ => ("ongoing", json!({})),
        };
        let stale = self.chance.percent(20);
        let issue = self.issue(now);
        if word == "unresolved" {
            issue.last_seen = now;
        }
        let seen = if stale { issue.last_seen - std::time::Duration::from_secs(600) } else { issue.last_seen };
        bodies::issue_hook(issue, word, substatus, &details, seen)
    }

    /// What Sentry says of a fix.
    fn fix(&mut self) -> serde_json::Value {
        match self.chance.below(10) {
            0..3 => json!({"inNextRelease": true}),
            3 => json!({"inCommit": {"commit": "a7f3c2"}}),
            4 | 5 => json!({"inRelease": format!("shop@1.{}.0", self.release + 1)}),
            _ => json!({}),
        }
    }

    /// For ever, until it escalates, or until a condition.
    fn archive(&mut self, now: Timestamp) -> (&'static str, serde_json::Value) {
        let later = now + std::time::Duration::from_secs(self.chance.between(60, 7_200));
        match self.chance.below(4) {
            0 => ("archived_forever", json!({})),
            1 => ("archived_until_escalating", json!({})),
            2 => ("archived_until_condition_met", json!({"ignoreCount": 100})),
            _ => ("archived_until_condition_met", json!({"ignoreUntil": later.to_string()})),
        }
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
