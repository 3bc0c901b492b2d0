//! The alert. Nothing in it is markup here: serialisation is the escape, and what people read has no hidden characters.

use domain::decision::News;
use domain::event::PageReason;
use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::prose::{self, Sink};
use crate::request::DedupKey;
use crate::wording;

/// docs.opsgenie.com, "Create Alert": the longest `message`.
pub const MESSAGE: usize = 130;
/// The same page: the longest `alias`.
pub const ALIAS: usize = 512;
/// The same page: the longest `description`.
pub const DESCRIPTION: usize = 15_000;
/// The same page: the longest `entity`.
const ENTITY: usize = 512;

const SOURCE: &str = "Watchfire";
const SINK: Sink = Sink { title: 100, ..prose::CHAT };
const _: () = assert!(SINK.title + 30 <= MESSAGE);

/// What is done with an alert that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its name.
    pub alias: String,
    /// The last part of the address.
    pub action: &'static str,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Call {
    /// `None` creates an alert.
    pub alert: Option<Alert>,
    /// The body.
    pub body: Value,
}

/// What becomes of one incident.
pub fn call(notification: &Notification, key: &DedupKey, now: Timestamp) -> Call {
    let incident = notification.incident.to_string();
    let priority = priority(notification.priority);
    let own = || cut(format!("news/{}", key.0));
    match &notification.occasion {
        Occasion::Page { reason: PageReason::AcknowledgementEnded | PageReason::SnoozeEnded, .. } => {
            created(notification, &cut(format!("page/{}", key.0)), priority, now)
        }
        Occasion::Page { .. } => created(notification, &incident, priority, now),
        Occasion::News(News::Acknowledged { .. } | News::Snoozed { .. }) => {
            noted(notification, incident, "acknowledge")
        }
        Occasion::News(News::Resolved { .. }) => noted(notification, incident, "close"),
        Occasion::News(News::AcknowledgedInPart { .. } | News::Rose | News::Agent { .. }) => {
            noted(notification, incident, "notes")
        }
        Occasion::News(News::Grew { .. } | News::IssueJoined) => created(notification, &own(), priority, now),
        Occasion::News(News::SilenceEnded | News::InWindow | News::BudgetSpent { .. }) => {
            created(notification, &own(), LOWEST, now)
        }
        Occasion::Test => created(notification, "watchfire/test", LOWEST, now),
    }
}

/// Several incidents: an alert of its own, which nobody but a person closes.
pub fn list(several: &Bulletin, now: Timestamp) -> Call {
    let urgent = several.items.iter().map(|item| item.priority).max();
    let below = prose::below_list(several);
    let link = prose::link_of(several);
    let taken: usize = below.iter().chain(&link).map(|line| prose::utf16(line) + 1).sum();
    let mut lines = SINK.list(several, DESCRIPTION - taken, now);
    lines.extend(below);
    lines.extend(link);
    let body = json!({
        "message": bulletin::headline(several),
        "alias": several.id.to_string(),
        "description": lines.join("\n"),
        "priority": urgent.filter(|_| bulletin::pages(several)).map_or(LOWEST, priority),
        "source": SOURCE,
        "tags": tags(bulletin::is_test(several)),
    });
    Call { alert: None, body }
}

fn created(notification: &Notification, alias: &str, priority: &str, now: Timestamp) -> Call {
    let links: Vec<_> = wording::links(notification);
    let mut below: Vec<_> = links.iter().map(|(name, link)| format!("{name}: {}", link.as_str())).collect();
    below.extend(wording::command(notification));
    let taken: usize = below.iter().map(|line| prose::utf16(line) + 1).sum();
    let mut lines = SINK.fitted(SINK.details(notification, now), DESCRIPTION.saturating_sub(taken));
    lines.extend(below);
    let mut body = json!({
        "message": SINK.headline(notification),
        "alias": alias,
        "description": lines.join("\n"),
        "priority": priority,
        "source": SOURCE,
        "tags": tags(wording::is_test(notification)),
        "details": {"incident": notification.incident.to_string(), "level": notification.level.as_str()},
    });
    if let Some(project) = &notification.project {
        body["entity"] = project.for_plain(ENTITY).into();
    }
    Call { alert: None, body }
}

fn noted(notification: &Notification, alias: String, action: &'static str) -> Call {
    let note = wording::occasion(notification).with(|theirs| theirs.for_plain(SINK.said));
    let note = if wording::is_test(notification) { format!("TEST · {note}") } else { note };
    Call { alert: Some(Alert { alias, action }), body: json!({"source": SOURCE, "note": note}) }
}

fn tags(test: bool) -> &'static [&'static str] {
    if test { &["watchfire", "test"] } else { &["watchfire"] }
}

const LOWEST: &str = "P5";

/// docs.opsgenie.com, "Create Alert", `priority`.
const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Critical => "P1",
        Priority::High => "P2",
        Priority::Medium => "P3",
        Priority::Low => "P4",
        Priority::Ignore => LOWEST,
    }
}

fn cut(mut alias: String) -> String {
    alias.truncate(alias.floor_char_boundary(ALIAS));
    alias
}
