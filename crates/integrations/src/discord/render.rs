//! The message: one line of content, which is what a phone shows, and an embed with all else. Whatever comes from outside is escaped for
//! Discord's markdown, and `allowed_mentions` lets nobody be called in any case.

use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification};
use crate::prose::{self, Sink, utf16};
use crate::untrusted::Untrusted;
use crate::wording;

/// discord.com/developers/docs, "Webhook Resource", "Execute Webhook": characters of `content`.
pub const CONTENT: usize = 2_000;
/// discord.com/developers/docs, "Message Resource", "Embed Limits": characters of `description`.
pub const DESCRIPTION: usize = 4_096;
/// The same page: all texts of all embeds of a message.
#[cfg(test)]
pub const TOGETHER: usize = 6_000;

/// The escape may double a text; words of ours take less than what is left of the limit.
const SINK: Sink = Sink { escape: Untrusted::for_discord, title: 600, ..prose::CHAT };
const _: () = assert!(SINK.title + 100 <= CONTENT);

/// One notification.
pub fn message(notification: &Notification, now: Timestamp) -> Value {
    let mut below: Vec<String> = Vec::new();
    let links: Vec<_> = wording::links(notification).into_iter().map(|(name, link)| link.for_markdown(name)).collect();
    if !links.is_empty() {
        below.push(links.join(" · "));
    }
    below.extend(wording::command(notification).map(|command| format!("`{command}`")));
    let content = format!("{} {}", wording::sign(notification), SINK.headline(notification));
    written(&content, |room| SINK.fitted(SINK.details(notification, now), room), &below, colour(notification.priority))
}

/// Several incidents, a line each.
pub fn list(several: &Bulletin, now: Timestamp) -> Value {
    let mut below: Vec<_> = prose::below_list(several).into_iter().map(|line| format!("`{line}`")).collect();
    let page = several.own_link.as_deref().map(Untrusted::new).and_then(|page| page.for_link());
    below.extend(page.map(|page| page.for_markdown("Watchfire")));
    let content = format!("{} {}", bulletin::sign(several), bulletin::headline(several));
    let urgent = several.items.iter().map(|item| item.priority).max().unwrap_or(Priority::Low);
    written(&content, |room| SINK.list(several, room, now), &below, colour(urgent))
}

fn written(content: &str, lines: impl FnOnce(usize) -> Vec<String>, below: &[String], colour: u32) -> Value {
    let taken: usize = below.iter().map(|line| utf16(line) + 1).sum();
    let mut description = lines(DESCRIPTION.saturating_sub(taken));
    description.extend(below.iter().cloned());
    json!({
        "content": content,
        "embeds": [{"description": description.join("\n"), "color": colour}],
        "allowed_mentions": {"parse": []},
    })
}

/// Red, orange, yellow, blue.
const fn colour(priority: Priority) -> u32 {
    match priority {
        Priority::Critical => 0x00d9_2d20,
        Priority::High => 0x00f7_9009,
        Priority::Medium => 0x00fa_c515,
        Priority::Low | Priority::Ignore => 0x0029_70ff,
    }
}
