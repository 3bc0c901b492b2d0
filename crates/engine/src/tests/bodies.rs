//! Bodies of hooks, as Sentry writes them.

use serde_json::{Value, json};

use super::at;

/// A hook of the life of an issue; `minute` is its `lastSeen`.
pub(crate) fn issue(action: &str, id: u64, minute: u64) -> Value {
    let (status, substatus) = match action {
        "resolved" => ("resolved", Value::Null),
        "unresolved" => ("unresolved", json!("ongoing")),
        _ => ("unresolved", json!("new")),
    };
    json!({
        "action": action,
        "installation": {"uuid": "i-1"},
        "data": {"issue": {
            "id": id.to_string(),
            "title": format!("PaymentError: nothing works {id}"),
            "culprit": "pay.charge",
            "level": "fatal",
            "status": status,
            "substatus": substatus,
            "isUnhandled": true,
            "priority": "high",
            "issueCategory": "error",
            "project": {"id": "7", "slug": "shop", "name": "shop"},
            "metadata": {"type": "PaymentError", "value": "nothing works", "severity": 1},
            "count": "30",
            "userCount": 12,
            "firstSeen": at(0).to_string(),
            "lastSeen": at(minute).to_string(),
        }},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}

/// An alert about an event of an issue.
pub(crate) fn alert(issue: u64, event: &str, minute: u64, environment: &str) -> Value {
    json!({
        "action": "triggered",
        "installation": {"uuid": "i-1"},
        "data": {
            "event": {
                "event_id": event,
                "issue_id": issue.to_string(),
                "project": 7,
                "platform": "python",
                "level": "fatal",
                "title": "PaymentError: nothing works",
                "culprit": "pay.charge",
                "environment": environment,
                "datetime": at(minute).to_string(),
                "exception": {"values": [{
                    "type": "PaymentError",
                    "value": "nothing works",
                    "mechanism": {"type": "generic", "handled": false},
                    "stacktrace": {"frames": [{"module": "pay", "function": "charge", "in_app": true}]},
                }]},
                "url": "https://sentry.example/api/0/projects/acme/shop/events/1/",
                "web_url": format!("https://sentry.example/organizations/acme/issues/{issue}/"),
                "issue_url": format!("https://sentry.example/api/0/organizations/acme/issues/{issue}/"),
            },
            "triggered_rule": "everything",
        },
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}

/// A metric alert's change of status.
pub(crate) fn metric(action: &str, minute: u64) -> Value {
    json!({
        "action": action,
        "installation": {"uuid": "i-1"},
        "data": {
            "description_text": "1000 events in the last 10 minutes",
            "description_title": format!("{action}: Too many errors"),
            "metric_alert": {
                "id": "4", "identifier": "1", "organization_id": "5", "projects": ["shop"], "title": "Too many errors",
                "date_started": at(minute).to_string(), "date_detected": at(minute).to_string(), "date_closed": null,
                "alert_rule": {"id": "7", "name": "Too many errors", "environment": null, "projects": ["shop"]},
            },
            "web_url": "https://sentry.example/organizations/acme/alerts/1/",
        },
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
}
