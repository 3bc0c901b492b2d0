//! The post: markdown, in which what comes from outside is escaped. Slack's markup works in it too, and is kept out as well.

use domain::time::Timestamp;

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::prose::{self, Sink, utf16};
use crate::untrusted::Untrusted;
use crate::wording;

/// developers.mattermost.com, "Incoming webhooks": a longer text is split into several posts. Servers whose database is old split after 4 000.
pub const TEXT: usize = 4_000;

const SINK: Sink = Sink { escape: Untrusted::for_mattermost, title: 400, ..prose::CHAT };

/// One notification.
pub fn text(notification: &Notification, mentions: &[String], now: Timestamp) -> String {
    let called = if matches!(notification.occasion, Occasion::Page { .. }) { mentions } else { &[] };
    let headline = format!("{} **{}**", wording::sign(notification), SINK.headline(notification));
    let links: Vec<_> = wording::links(notification).into_iter().map(|(name, link)| link.for_markdown(name)).collect();
    let mut below = Vec::new();
    if !links.is_empty() {
        below.push(links.join(" · "));
    }
    below.extend(wording::command(notification).map(|command| format!("`{command}`")));
    laid_out(headline, called, |room| SINK.fitted(SINK.details(notification, now), room), below)
}

/// Several incidents, a line each.
pub fn list(several: &Bulletin, mentions: &[String], now: Timestamp) -> String {
    let called = if bulletin::pages(several) { mentions } else { &[] };
    let headline = format!("{} **{}**", bulletin::sign(several), bulletin::headline(several));
    let mut below: Vec<_> = prose::below_list(several).into_iter().map(|line| format!("`{line}`")).collect();
    let page = several.own_link.as_deref().map(Untrusted::new).and_then(|page| page.for_link());
    below.extend(page.map(|page| page.for_markdown("Watchfire")));
    laid_out(headline, called, |room| SINK.list(several, room, now), below)
}

fn laid_out(
    headline: String,
    called: &[String],
    lines: impl FnOnce(usize) -> Vec<String>,
    below: Vec<String>,
) -> String {
    let mut above = vec![headline];
    if !called.is_empty() {
        let names: Vec<_> = called.iter().map(|name| format!("@{name}")).collect();
        above.push(names.join(" "));
    }
    let taken: usize = above.iter().chain(&below).map(|line| utf16(line) + 1).sum();
    above.extend(lines(TEXT.saturating_sub(taken)));
    above.extend(below);
    above.join("\n")
}
