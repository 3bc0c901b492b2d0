//! The body: `{"type", "timestamp", "data"}`. Serialisation is the escape; each text is cut so that the whole stays below the limit.

use domain::decision::News;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion, RenderError};
use crate::untrusted::{LINK_LIMIT, Link, Untrusted};
use crate::wording;

/// "Keep below 20 KB" (specification, "Payload size").
pub const BODY_LIMIT: usize = 20_000;

/// What the items of a list may take; the rest is for what stands around them.
const LIST_LIMIT: usize = BODY_LIMIT - 1_000;

/// How long each text may be, in bytes of JSON.
#[derive(Debug, Clone, Copy)]
struct Limits {
    title: usize,
    said: usize,
    text: usize,
    link: usize,
}

/// One incident has the message for itself.
const ALONE: Limits = Limits { title: 2_000, said: 2_000, text: 500, link: LINK_LIMIT };
/// Many share it.
const LISTED: Limits = Limits { title: 300, said: 150, text: 100, link: 300 };

/// The serialised body.
pub fn body(notification: &Notification, now: Timestamp) -> Result<Vec<u8>, RenderError> {
    enveloped(event_type(&notification.occasion), now, &data(notification, ALONE))
}

/// The serialised body of several incidents: as many as there is room for, each with the type and the data
/// that it would have alone, its texts shorter.
pub fn list(bulletin: &Bulletin, now: Timestamp) -> Result<Vec<u8>, RenderError> {
    let mut items = Vec::new();
    let mut room = LIST_LIMIT;
    for item in bulletin::listed(bulletin) {
        let kind = event_type(&item.occasion);
        let mut item = data(item, LISTED);
        item["type"] = kind.into();
        // A comma stands between two.
        let Some(left) = room.checked_sub(serialised(&item)?.len() + 1) else { break };
        room = left;
        items.push(item);
    }
    let data = json!({
        "id": bulletin.id.to_string(),
        "kind": bulletin.kind.as_str(),
        "incidents": bulletin.items.len(),
        "more": bulletin.items.len() - items.len(),
        "items": items,
        "url": bulletin.own_link,
        "synthetic": bulletin::is_test(bulletin),
    });
    enveloped("bulletin", now, &data)
}

fn serialised(value: &Value) -> Result<Vec<u8>, RenderError> {
    serde_json::to_vec(value).map_err(|error| RenderError { reason: error.to_string() })
}

fn enveloped(event_type: &str, now: Timestamp, data: &Value) -> Result<Vec<u8>, RenderError> {
    let body = serialised(&json!({"type": event_type, "timestamp": now.to_string(), "data": data}))?;
    if body.len() > BODY_LIMIT {
        return Err(RenderError { reason: format!("the message has {} bytes, more than {BODY_LIMIT}", body.len()) });
    }
    Ok(body)
}

const fn event_type(occasion: &Occasion) -> &'static str {
    match occasion {
        Occasion::Page { .. } => "incident.escalated",
        Occasion::News(News::Acknowledged { .. }) => "incident.acknowledged",
        Occasion::News(News::Resolved { .. }) => "incident.resolved",
        Occasion::News(
            News::AcknowledgedInPart { .. }
            | News::Snoozed { .. }
            | News::Grew { .. }
            | News::Rose
            | News::IssueJoined
            | News::SilenceEnded
            | News::InWindow
            | News::BudgetSpent { .. }
            | News::Agent { .. },
        ) => "incident.updated",
        Occasion::Test => "test",
    }
}

fn data(notification: &Notification, limits: Limits) -> Value {
    let text = |text: &Option<Untrusted>| text.as_ref().map(|text| text.for_json_within(limits.text));
    let link = notification.sentry_link.as_ref().and_then(Untrusted::for_link);
    let link = link.filter(|link| link.as_str().len() <= limits.link);
    let factors: Vec<Value> = notification
        .factors
        .iter()
        .map(|factor| {
            json!({
                "name": factor.name.as_str(),
                "score": factor.score,
                "evidence": Untrusted::new(factor.evidence.to_string()).for_json_within(limits.text),
            })
        })
        .collect();
    let mut data = json!({
        "incident": {
            "id": notification.incident.to_string(),
            "opening": notification.opening,
            "state": notification.state,
            "level": notification.level.as_str(),
            "priority": notification.priority.as_str(),
            "factors": factors,
            "title": notification.title.for_json_within(limits.title),
            "culprit": text(&notification.culprit),
            "project": text(&notification.project),
            "environment": text(&notification.environment),
            "release": text(&notification.release),
            "sentry_url": link.as_ref().map(Link::as_str),
            "url": notification.own_link,
            "events": notification.events,
            "users": notification.users,
            "opened_at": notification.opened_at.to_string(),
            "synthetic": wording::is_test(notification),
        },
    });
    if let Some(label) = &notification.label {
        data["incident"]["label"] = json!({
            "priority": label.priority.as_str(),
            "by": Untrusted::new(&label.by).for_json_within(limits.text),
            "until": label.until.to_string(),
            "reason": text(&label.reason.as_deref().map(Untrusted::new)),
        });
    }
    match &notification.occasion {
        Occasion::Page { reason, rung, repetition } => {
            data["page"] = json!({
                "escalation": notification.escalation.map(|escalation| escalation.to_string()),
                "reason": reason.as_str(),
                "rung": rung,
                "repetition": repetition,
                "next_page_at": notification.next_page_at.map(|at| at.to_string()),
            });
        }
        Occasion::News(News::Acknowledged { by } | News::Resolved { by }) => {
            data["by"] = Untrusted::new(by).for_json_within(limits.text).into();
        }
        Occasion::News(news) => change(&mut data, news, limits),
        Occasion::Test => {}
    }
    data
}

/// What changed, in the domain's word, and its particulars.
fn change(data: &mut Value, news: &News, limits: Limits) {
    data["change"] = news.as_str().into();
    match news {
        News::AcknowledgedInPart { by, have, of } => {
            data["by"] = Untrusted::new(by).for_json_within(limits.text).into();
            data["have"] = (*have).into();
            data["of"] = (*of).into();
        }
        News::Snoozed { by, until } => {
            data["by"] = Untrusted::new(by).for_json_within(limits.text).into();
            data["until"] = Untrusted::new(until).for_json_within(limits.text).into();
        }
        News::Grew { users, rate } => {
            data["users"] = (*users).into();
            data["events_per_hour"] = (*rate).into();
        }
        News::BudgetSpent { contact, until } => {
            data["contact"] = contact.as_str().into();
            data["until"] = until.to_string().into();
        }
        News::Agent { said } => data["said"] = Untrusted::new(said).for_json_within(limits.said).into(),
        News::Acknowledged { .. }
        | News::Resolved { .. }
        | News::Rose
        | News::IssueJoined
        | News::SilenceEnded
        | News::InWindow => {}
    }
}
