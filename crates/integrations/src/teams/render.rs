//! The adaptive card. Its text blocks read markdown, so all text stands in the runs of rich text blocks, where nothing is markup
//! (adaptivecards.io, "RichTextBlock").

use domain::priority::Priority;
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification};
use crate::prose::{self, Sink};
use crate::untrusted::Untrusted;
use crate::wording;

/// learn.microsoft.com, "Create incoming webhooks": 28 KB with all markup. Clients have been refused from some 21 KB on, so no more is sent.
pub const BODY: usize = 20_000;

/// What may stand in the lines; the rest is for the headline, links and what is around them.
const LINES: usize = 12_000;
/// What a line takes besides its text.
const AROUND: usize = 120;

const SINK: Sink = Sink {
    escape: Untrusted::for_plain,
    measure: written,
    title: 300,
    said: 600,
    text: 200,
    listed: bulletin::Limits { title: 160, text: 60 },
};

/// A line's bytes in the body.
fn written(line: &str) -> usize {
    Value::from(line).to_string().len() + AROUND
}

/// One notification.
pub fn card(notification: &Notification, now: Timestamp) -> Value {
    let headline = format!("{} {}", wording::sign(notification), SINK.headline(notification));
    let lines = SINK.fitted(SINK.details(notification, now), LINES);
    let commands = wording::command(notification).into_iter().collect();
    let links = wording::links(notification);
    let links = links.iter().map(|(name, link)| (*name, link.as_str().to_owned())).collect();
    laid_out(&headline, colour(notification.priority), lines, commands, links)
}

/// Several incidents, a line each.
pub fn list(several: &Bulletin, now: Timestamp) -> Value {
    let headline = format!("{} {}", bulletin::sign(several), bulletin::headline(several));
    let urgent = several.items.iter().map(|item| item.priority).max().unwrap_or(Priority::Low);
    let lines = SINK.list(several, LINES, now);
    let links = prose::link_of(several).map(|link| ("Watchfire", link)).into_iter().collect();
    laid_out(&headline, colour(urgent), lines, prose::below_list(several), links)
}

fn laid_out(
    headline: &str,
    colour: &str,
    lines: Vec<String>,
    commands: Vec<String>,
    links: Vec<(&'static str, String)>,
) -> Value {
    let title = json!({"type": "TextRun", "text": headline, "weight": "Bolder", "size": "Medium", "color": colour});
    let mut body = vec![json!({"type": "RichTextBlock", "inlines": [title]})];
    body.extend(lines.into_iter().map(|line| paragraph(&json!({"type": "TextRun", "text": line}))));
    body.extend(
        commands
            .into_iter()
            .map(|command| paragraph(&json!({"type": "TextRun", "text": command, "fontType": "Monospace"}))),
    );
    let actions: Vec<_> = links
        .into_iter()
        .map(|(name, address)| json!({"type": "Action.OpenUrl", "title": name, "url": address}))
        .collect();
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    })
}

fn paragraph(run: &Value) -> Value {
    json!({"type": "RichTextBlock", "spacing": "Small", "inlines": [run]})
}

/// adaptivecards.io, "Colors".
const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::Critical | Priority::High => "Attention",
        Priority::Medium => "Warning",
        Priority::Low | Priority::Ignore => "Accent",
    }
}
