//! The body: `{"type", "timestamp", "data"}`. Serialisation is the escape; each text is cut so that the whole stays below the limit.

use domain::decision::News;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::notifier::{Notification, Occasion, RenderError};
use crate::untrusted::{Link, Untrusted};
use crate::wording;

/// "Keep below 20 KB" (specification, "Payload size").
pub const BODY_LIMIT: usize = 20_000;

const TITLE_LIMIT: usize = 2_000;
const SAID_LIMIT: usize = 2_000;
const TEXT_LIMIT: usize = 500;

/// The serialised body.
pub fn body(notification: &Notification, now: Timestamp) -> Result<Vec<u8>, RenderError> {
    let message = json!({
        "type": event_type(&notification.occasion),
        "timestamp": now.to_string(),
        "data": data(notification),
    });
    let body = serde_json::to_vec(&message).map_err(|error| RenderError { reason: error.to_string() })?;
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
        Occasion::News(News::Rose | News::IssueJoined | News::Agent { .. }) => "incident.updated",
        Occasion::Test => "test",
    }
}

fn data(notification: &Notification) -> Value {
    let text = |text: &Option<Untrusted>| text.as_ref().map(|text| text.for_json_within(TEXT_LIMIT));
    let link = notification.sentry_link.as_ref().and_then(Untrusted::for_link);
    let factors: Vec<Value> = notification
        .factors
        .iter()
        .map(|factor| {
            json!({
                "name": factor.name.as_str(),
                "score": factor.score,
                "evidence": Untrusted::new(factor.evidence.to_string()).for_json_within(TEXT_LIMIT),
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
            "title": notification.title.for_json_within(TITLE_LIMIT),
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
            "by": Untrusted::new(&label.by).for_json_within(TEXT_LIMIT),
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
            data["by"] = Untrusted::new(by).for_json_within(TEXT_LIMIT).into();
        }
        Occasion::News(News::Agent { said }) => {
            data["change"] = "agent".into();
            data["said"] = Untrusted::new(said).for_json_within(SAID_LIMIT).into();
        }
        Occasion::News(News::Rose) => data["change"] = "rose".into(),
        Occasion::News(News::IssueJoined) => data["change"] = "issue_joined".into(),
        Occasion::Test => {}
    }
    data
}
