//! The message: blocks for those who look, and a `text` for notifications, screen readers and clients without blocks.
//!
//! Everything from outside stands in `plain_text`, where nothing is markup; the lines with links and mentions hold words of ours only.

use domain::decision::News;
use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::Value;

use super::blocks;
use super::config::Mention;
use crate::notifier::{Notification, Occasion};
use crate::untrusted::Untrusted;
use crate::wording;

const TITLE_IN_TEXT: usize = 500;
const SAID: usize = 1_500;
const EVIDENCE: usize = 300;
const FACTORS: usize = 3;
/// Two columns are narrow; what does not fit is on the linked pages.
const PLACE: usize = 200;

/// What both ways of posting share.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The fallback.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
}

// What is written here always fits: names and numbers of ours take less than is kept free for them.
const OURS: usize = 300;
const _: () = assert!(SAID + EVIDENCE + OURS <= blocks::SECTION);
const _: () = assert!(FACTORS * (EVIDENCE + OURS) <= blocks::SECTION);
const _: () = assert!(PLACE + OURS <= blocks::FIELD);
const _: () = assert!(TITLE_IN_TEXT + SAID + 3 * PLACE + OURS <= blocks::TEXT);

/// Puts a message together. A row of buttons, when there are any, goes before the small print.
pub fn message(notification: &Notification, mentions: &[Mention], now: Timestamp) -> Message {
    let mut parts = vec![blocks::header(&headline(notification))];
    if matches!(notification.occasion, Occasion::Page { .. }) && !mentions.is_empty() {
        let markup: Vec<_> = mentions.iter().map(Mention::markup).collect();
        parts.push(blocks::section(&blocks::marked(&markup.join(" "))));
    }
    parts.push(blocks::section(&blocks::plain(&what(notification))));
    // Behind the test of a target is no incident.
    if notification.occasion != Occasion::Test {
        parts.push(blocks::fields(&facts(notification, now)));
        if !notification.factors.is_empty() {
            parts.push(blocks::section(&blocks::plain(&because(notification))));
        }
        parts.push(blocks::context(&blocks::marked(&small_print(notification))));
    }
    parts.truncate(blocks::BLOCKS);
    Message { text: text(notification), blocks: parts }
}

/// What a reader sees in the list of messages.
fn headline(notification: &Notification) -> String {
    let start = format!("{} {} · ", sign(notification), wording::marker(notification));
    let room = blocks::HEADER - start.encode_utf16().count();
    format!("{start}{}", notification.title.for_slack_plain(room))
}

/// A colour or a deed, seen before anything is read.
const fn sign(notification: &Notification) -> &'static str {
    match (&notification.occasion, notification.priority) {
        (Occasion::Test, _) => "🧪",
        (Occasion::News(News::Acknowledged { .. }), _) => "👀",
        (Occasion::News(News::Resolved { .. }), _) => "✅",
        (_, Priority::Critical) => "🔴",
        (_, Priority::High) => "🟠",
        (_, Priority::Medium) => "🟡",
        (_, Priority::Low | Priority::Ignore) => "🔵",
    }
}

/// Why the message came, and where in the code it happens.
fn what(notification: &Notification) -> String {
    let occasion = wording::occasion(notification).with(|theirs| theirs.for_slack_plain(SAID));
    match &notification.culprit {
        Some(culprit) if notification.occasion != Occasion::Test => {
            format!("{occasion}\n{}", culprit.for_slack_plain(EVIDENCE))
        }
        _ => occasion,
    }
}

fn facts(notification: &Notification, now: Timestamp) -> Vec<String> {
    let mut facts: Vec<String> = wording::places(notification)
        .into_iter()
        .map(|(name, place)| format!("{name}: {}", place.for_slack_plain(PLACE)))
        .collect();
    if let Some(label) = wording::label(notification) {
        facts.push(format!("label: {}", label.with(|theirs| theirs.for_slack_plain(PLACE))));
    }
    facts.push(format!("seen: {}", wording::seen(notification, now)));
    facts.push(format!("state: {}, level {}", notification.state, notification.level));
    if let Some(next) = wording::next_page(notification, now) {
        facts.push(format!("next page: {next}"));
    }
    facts
}

fn because(notification: &Notification) -> String {
    let lines: Vec<_> = notification
        .factors
        .iter()
        .take(FACTORS)
        .map(|factor| wording::factor(factor).with(|evidence| evidence.for_slack_plain(EVIDENCE)))
        .collect();
    lines.join("\n")
}

/// Ids, links and commands: ours, or checked addresses.
fn small_print(notification: &Notification) -> String {
    let incident = notification.incident;
    let mut parts = vec![incident.to_string()];
    if let Some(link) = notification.sentry_link.as_ref().and_then(Untrusted::for_link) {
        parts.push(link.for_slack_mrkdwn("Sentry"));
    }
    if let Some(link) = notification.own_link.as_deref().map(Untrusted::new).and_then(|link| link.for_link()) {
        parts.push(link.for_slack_mrkdwn("Watchfire"));
    }
    match &notification.occasion {
        Occasion::Page { .. } | Occasion::News(News::Rose | News::IssueJoined | News::Agent { .. }) => {
            parts.push(format!("`watchfire incident ack {incident}`"));
        }
        Occasion::News(News::Acknowledged { .. } | News::Resolved { .. }) => {
            parts.push(format!("`watchfire why {incident}`"));
        }
        Occasion::Test => {}
    }
    parts.join("  ·  ")
}

fn text(notification: &Notification) -> String {
    let occasion = wording::occasion(notification).with(|theirs| theirs.for_slack_mrkdwn(SAID));
    if notification.occasion == Occasion::Test {
        return format!("{} {} · {occasion}", sign(notification), wording::marker(notification));
    }
    let places: Vec<_> = wording::places(notification)
        .into_iter()
        .map(|(name, place)| format!("{name} {}", place.for_slack_mrkdwn(PLACE)))
        .collect();
    let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    format!(
        "{} {} · {}{places}. {occasion}. {}",
        sign(notification),
        wording::marker(notification),
        notification.title.for_slack_mrkdwn(TITLE_IN_TEXT),
        notification.incident,
    )
}
