//! The message: plain text (`markdown` stays off, so nothing in it is markup), a priority, a sign as a tag, and where a tap leads.

use domain::decision::News;
use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::prose::{self, Sink};
use crate::untrusted::Untrusted;
use crate::wording;

/// docs.ntfy.sh, "Publishing", "Limitations": bytes of a message; a longer one becomes an attachment, which no phone shows.
pub const MESSAGE: usize = 4_096;
/// The page names no limit for a title. A phone shows some 40 characters of it.
pub const TITLE: usize = 250;

const SINK: Sink = Sink {
    escape: Untrusted::for_plain_bytes,
    measure: str::len,
    title: 200,
    said: 600,
    text: 200,
    listed: bulletin::Limits { title: 120, text: 60 },
};
const _: () = assert!(SINK.title + 50 <= TITLE);

/// One notification, without the topic.
pub fn message(notification: &Notification, now: Timestamp) -> Value {
    let command = wording::command(notification);
    let room = MESSAGE - command.as_ref().map_or(0, |command| command.len() + 1);
    let mut lines = SINK.fitted(SINK.details(notification, now), room);
    lines.extend(command);
    let links = wording::links(notification);
    let actions: Vec<_> =
        links.iter().map(|(name, link)| json!({"action": "view", "label": name, "url": link.as_str()})).collect();
    let mut message = json!({
        "title": SINK.headline(notification),
        "message": lines.join("\n"),
        "priority": priority(notification),
        "tags": [tag(wording::sign(notification))],
        "actions": actions,
    });
    // The last is our own, where an answer can be given.
    if let Some((_, link)) = links.last() {
        message["click"] = link.as_str().into();
    }
    message
}

/// Several incidents, a line each.
pub fn list(several: &Bulletin, now: Timestamp) -> Value {
    let below = prose::below_list(several);
    let taken: usize = below.iter().map(|line| line.len() + 1).sum();
    let mut lines = SINK.list(several, MESSAGE - taken, now);
    lines.extend(below);
    let loudest = several.items.iter().map(priority).max().filter(|_| bulletin::pages(several));
    let mut message = json!({
        "title": bulletin::headline(several),
        "message": lines.join("\n"),
        "priority": loudest.unwrap_or(QUIET),
        "tags": [tag(bulletin::sign(several))],
    });
    if let Some(page) = prose::link_of(several) {
        message["click"] = page.into();
    }
    message
}

/// No sound, docs.ntfy.sh, "Message priority".
const QUIET: u8 = 2;
/// Short vibration and sound.
const DEFAULT: u8 = 3;
/// Long vibration.
const HIGH: u8 = 4;
/// Really long vibration, and through "do not disturb" where the phone allows it.
const URGENT: u8 = 5;

const fn priority(notification: &Notification) -> u8 {
    match &notification.occasion {
        Occasion::Page { .. } => match notification.priority {
            Priority::Critical => URGENT,
            Priority::High => HIGH,
            Priority::Medium => DEFAULT,
            Priority::Low | Priority::Ignore => QUIET,
        },
        Occasion::News(News::Grew { .. } | News::IssueJoined) => HIGH,
        Occasion::News(News::Rose | News::BudgetSpent { .. }) | Occasion::Test => DEFAULT,
        Occasion::News(
            News::Acknowledged { .. }
            | News::AcknowledgedInPart { .. }
            | News::Snoozed { .. }
            | News::Resolved { .. }
            | News::SilenceEnded
            | News::InWindow
            | News::Agent { .. },
        ) => QUIET,
    }
}

/// docs.ntfy.sh, "Emoji reference": a tag of such a name is shown as its emoji before the title.
fn tag(sign: &str) -> &'static str {
    match sign {
        "🔴" => "red_circle",
        "🟠" => "orange_circle",
        "🟡" => "yellow_circle",
        "👀" => "eyes",
        "✅" => "white_check_mark",
        "💤" => "zzz",
        "🧪" => "test_tube",
        "📋" => "clipboard",
        "🔧" => "wrench",
        "🔔" => "bell",
        _ => "large_blue_circle",
    }
}
