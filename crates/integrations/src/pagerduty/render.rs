//! The event. Nothing in it is markup: serialisation is the escape, and what people read has no hidden characters.

use domain::decision::News;
use domain::event::PageReason;
use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::outcome::Receipt;
use crate::prose::{self, Sink};
use crate::request::DedupKey;
use crate::untrusted::Untrusted;
use crate::wording;

/// developer.pagerduty.com, "PD-CEF", and "Send an Event": the longest `summary`.
pub const SUMMARY: usize = 1024;
/// developer.pagerduty.com, "Send an Event": the longest `dedup_key`.
pub const DEDUP_KEY: usize = 255;
/// developer.pagerduty.com, "Events API v2 Overview": the whole event has at most 512 KB. Ours needs a fraction.
#[cfg(test)]
pub const BODY: usize = 64_000;

const CLIENT: &str = "Watchfire";
const TITLE: usize = 900;
const TEXT: usize = 300;
const SINK: Sink = Sink { title: TITLE, text: TEXT, ..prose::CHAT };
const _: () = assert!(TITLE + 100 <= SUMMARY);

/// The receipt: the key of the alert that rang last, as PagerDuty gives it back.
pub const RECEIPT: &str = "dedup_key";

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Trigger,
    Acknowledge,
    Resolve,
}

/// The event of one incident, without the routing key.
pub fn event(notification: &Notification, last: Option<&Receipt>, key: &DedupKey, now: Timestamp) -> Value {
    let incident = notification.incident.to_string();
    let current = last
        .and_then(|receipt| receipt.0[RECEIPT].as_str())
        .filter(|held| is_alert_of_an_incident(held))
        .map_or_else(|| incident.clone(), str::to_owned);
    let severity = severity(notification.priority);
    let own = || cut(format!("news/{}", key.0));
    let (action, dedup_key, severity) = match &notification.occasion {
        Occasion::Page { reason: PageReason::AcknowledgementEnded | PageReason::SnoozeEnded, .. } => {
            (Action::Trigger, cut(format!("{incident}/{}", key.0)), severity)
        }
        Occasion::Page { .. } | Occasion::News(News::AcknowledgedInPart { .. } | News::Rose) => {
            (Action::Trigger, current, severity)
        }
        Occasion::News(News::Agent { .. }) => (Action::Trigger, current, "info"),
        Occasion::News(News::Acknowledged { .. } | News::Snoozed { .. }) => (Action::Acknowledge, current, severity),
        Occasion::News(News::Resolved { .. }) => (Action::Resolve, current, severity),
        Occasion::News(News::Grew { .. } | News::IssueJoined) => (Action::Trigger, own(), severity),
        Occasion::News(News::SilenceEnded | News::InWindow | News::BudgetSpent { .. }) => {
            (Action::Trigger, own(), "info")
        }
        Occasion::Test => (Action::Trigger, "watchfire/test".to_owned(), "info"),
    };
    match action {
        Action::Acknowledge => json!({"event_action": "acknowledge", "dedup_key": dedup_key}),
        Action::Resolve => json!({"event_action": "resolve", "dedup_key": dedup_key}),
        Action::Trigger => {
            let text = |text: &Option<Untrusted>| text.as_ref().map(|text| text.for_plain(TEXT));
            let mut payload = json!({
                "summary": SINK.headline(notification),
                "source": text(&notification.project).filter(|text| !text.is_empty()).unwrap_or_else(|| "sentry".into()),
                "severity": severity,
                "timestamp": now.to_string(),
                "custom_details": details(notification, now),
            });
            if let Some(culprit) = text(&notification.culprit) {
                payload["component"] = culprit.into();
            }
            if let Some(environment) = text(&notification.environment) {
                payload["group"] = environment.into();
            }
            let links = wording::links(notification);
            let links: Vec<_> = links.iter().map(|(name, link)| json!({"href": link.as_str(), "text": name})).collect();
            triggered(&dedup_key, &payload, &links, notification.own_link.as_deref())
        }
    }
}

/// The event of several incidents: an alert of its own, which nobody but a person resolves.
pub fn list(several: &Bulletin, now: Timestamp) -> Value {
    let urgent = several.items.iter().map(|item| item.priority).max();
    let severity = if bulletin::pages(several) { urgent.map_or("info", severity) } else { "info" };
    let payload = json!({
        "summary": bulletin::headline(several),
        "source": CLIENT,
        "severity": severity,
        "timestamp": now.to_string(),
        "custom_details": {
            "bulletin": several.id.to_string(),
            "incidents": SINK.list(several, LIST, now),
            "take them all": bulletin::take_all(several),
        },
    });
    triggered(&several.id.to_string(), &payload, &[], several.own_link.as_deref())
}

/// Room for all that is listed.
const LIST: usize = 40_000;

fn triggered(dedup_key: &str, payload: &Value, links: &[Value], page: Option<&str>) -> Value {
    let mut event = json!({
        "event_action": "trigger",
        "dedup_key": dedup_key,
        "client": CLIENT,
        "payload": payload,
        "links": links,
    });
    if let Some(page) = page {
        event["client_url"] = page.into();
    }
    event
}

fn details(notification: &Notification, now: Timestamp) -> Value {
    let mut details = json!({"message": SINK.details(notification, now)});
    if let Some(command) = wording::command(notification) {
        details["incident"] = notification.incident.to_string().into();
        details["command"] = command.into();
    }
    if wording::is_test(notification) {
        details["test"] = true.into();
    }
    details
}

/// developer.pagerduty.com, "PD-CEF", `severity`.
const fn severity(priority: Priority) -> &'static str {
    match priority {
        Priority::Critical => "critical",
        Priority::High => "error",
        Priority::Medium => "warning",
        Priority::Low | Priority::Ignore => "info",
    }
}

/// Whether a key is that of an incident's alert, and not of one that stands alone.
pub fn is_alert_of_an_incident(dedup_key: &str) -> bool {
    dedup_key.starts_with("inc-") && dedup_key.len() <= DEDUP_KEY
}

/// Keys are ASCII and begin with what tells them apart.
fn cut(mut dedup_key: String) -> String {
    dedup_key.truncate(dedup_key.floor_char_boundary(DEDUP_KEY));
    dedup_key
}
