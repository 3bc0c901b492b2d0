//! The message: blocks for those who look, and a `text` for notifications, screen readers and clients without blocks.
//!
//! Everything from outside stands in `plain_text`, where nothing is markup; the lines with links and mentions hold words of ours only.

use domain::time::Timestamp;
use serde_json::Value;

use super::blocks;
use super::config::Mention;
use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::Untrusted;
use crate::wording;

const TITLE_IN_TEXT: usize = 500;
const SAID: usize = 1_500;
const EVIDENCE: usize = 300;
const FACTORS: usize = 3;
/// Two columns are narrow; what does not fit is on the linked pages.
const PLACE: usize = 200;
/// In a list: what is longer than a line or two is on the linked pages.
const IN_BLOCKS: bulletin::Limits = bulletin::Limits { title: 200, text: 80 };
const LISTED_TITLE_IN_TEXT: usize = 100;

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
const _: () = assert!(IN_BLOCKS.title + 3 * IN_BLOCKS.text + OURS <= blocks::SECTION);
const _: () = assert!(bulletin::LISTED + 4 <= blocks::BLOCKS);
// An urgency, an id and a state are short.
const _: () = assert!(bulletin::LISTED * (LISTED_TITLE_IN_TEXT + 80) + OURS <= blocks::TEXT);

/// Puts a message together. A row of buttons, when there are any, goes before the small print.
pub fn message(notification: &Notification, mentions: &[Mention], now: Timestamp) -> Message {
    let mut parts = vec![blocks::header(&headline(notification))];
    if matches!(notification.occasion, Occasion::Page { .. }) && !mentions.is_empty() {
        parts.push(called(mentions));
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

/// Several incidents, a section each, as many as there is room for: the lines of one section would be cut together.
pub fn list(several: &Bulletin, mentions: &[Mention], now: Timestamp) -> Message {
    let headline = format!("{} {}", bulletin::sign(several), bulletin::headline(several));
    let mut parts = vec![blocks::header(&headline)];
    if bulletin::pages(several) && !mentions.is_empty() {
        parts.push(called(mentions));
    }
    let mut small_print = vec![several.id.to_string()];
    small_print.extend(own_link(several.own_link.as_deref()));
    small_print.extend(bulletin::take_all(several).map(|command| format!("`{command}`")));
    let small_print = blocks::context(&blocks::marked(&small_print.join("  ·  ")));
    let taken = parts.iter().chain([&small_print]).map(blocks::length).sum::<usize>() + OURS;
    let items = sections(bulletin::listed(several), blocks::TOGETHER.saturating_sub(taken), now);
    let listed = &several.items[..items.len()];
    let more = bulletin::more(several, listed.len());
    parts.extend(items);
    parts.extend(more.iter().map(|more| blocks::section(&blocks::plain(more))));
    parts.push(small_print);
    let text: Vec<String> = [headline].into_iter().chain(listed.iter().map(in_text)).chain(more).collect();
    Message { text: text.join("\n"), blocks: parts }
}

/// Each of several, until the room is used up.
fn sections(listed: &[Notification], mut room: usize, now: Timestamp) -> Vec<Value> {
    let mut sections = Vec::new();
    for item in listed {
        let line = bulletin::line(item, IN_BLOCKS, now, Untrusted::for_slack_plain);
        let section = blocks::section(&blocks::plain(&format!("{} {line}", wording::sign(item))));
        let Some(left) = room.checked_sub(blocks::length(&section)) else { break };
        room = left;
        sections.push(section);
    }
    sections
}

/// One of several, for who sees no blocks.
fn in_text(item: &Notification) -> String {
    let title = item.title.for_slack_mrkdwn(LISTED_TITLE_IN_TEXT);
    format!("{} · {title} · {}, {}", bulletin::urgency(item), item.incident, item.state)
}

/// What a reader sees in the list of messages.
fn headline(notification: &Notification) -> String {
    let start = format!("{} {} · ", wording::sign(notification), wording::marker(notification));
    let room = blocks::HEADER - start.encode_utf16().count();
    format!("{start}{}", notification.title.for_slack_plain(room))
}

/// Who is called by the message.
fn called(mentions: &[Mention]) -> Value {
    let markup: Vec<_> = mentions.iter().map(Mention::markup).collect();
    blocks::section(&blocks::marked(&markup.join(" ")))
}

fn own_link(link: Option<&str>) -> Option<String> {
    Some(Untrusted::new(link?).for_link()?.for_slack_mrkdwn("Watchfire"))
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
    let mut parts = vec![notification.incident.to_string()];
    parts.extend(wording::links(notification).into_iter().map(|(name, link)| link.for_slack_mrkdwn(name)));
    parts.extend(wording::command(notification).map(|command| format!("`{command}`")));
    parts.join("  ·  ")
}

fn text(notification: &Notification) -> String {
    let occasion = wording::occasion(notification).with(|theirs| theirs.for_slack_mrkdwn(SAID));
    if notification.occasion == Occasion::Test {
        return format!("{} {} · {occasion}", wording::sign(notification), wording::marker(notification));
    }
    let places: Vec<_> = wording::places(notification)
        .into_iter()
        .map(|(name, place)| format!("{name} {}", place.for_slack_mrkdwn(PLACE)))
        .collect();
    let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    format!(
        "{} {} · {}{places}. {occasion}. {}",
        wording::sign(notification),
        wording::marker(notification),
        notification.title.for_slack_mrkdwn(TITLE_IN_TEXT),
        notification.incident,
    )
}
