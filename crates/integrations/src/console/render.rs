//! The block of text: what it is, why it came, and what to type next. Without colour: whoever prints it knows the terminal.

use domain::decision::News;
use domain::time::Timestamp;

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::Untrusted;
use crate::wording;

const TITLE_LIMIT: usize = 300;
const TEXT_LIMIT: usize = 160;
/// In a list a line should stay a line.
const LISTED_TITLE_LIMIT: usize = 120;
const LISTED_TEXT_LIMIT: usize = 60;
const LABEL_WIDTH: usize = 11;

/// One notification, several lines, no newline at the end.
pub fn block(notification: &Notification, now: Timestamp) -> String {
    let mut lines =
        vec![format!("{} · {}", wording::marker(notification), notification.title.for_terminal(TITLE_LIMIT))];
    lines.push(format!("  {}", wording::occasion(notification).with(|theirs| theirs.for_terminal(TITLE_LIMIT))));
    for (label, text) in facts(notification, now) {
        lines.push(format!("  {label:<LABEL_WIDTH$} {text}"));
    }
    for (command, what) in commands(notification) {
        lines.push(format!("  > {command:<40} {what}"));
    }
    lines.join("\n")
}

/// Several incidents, a line each, no newline at the end.
pub fn list(several: &Bulletin, now: Timestamp) -> String {
    let limits = bulletin::Limits { title: LISTED_TITLE_LIMIT, text: LISTED_TEXT_LIMIT };
    let listed = bulletin::listed(several);
    let mut lines = vec![bulletin::headline(several)];
    for item in listed {
        lines.push(format!("  {}", bulletin::line(item, limits, now, Untrusted::for_terminal)));
    }
    lines.extend(bulletin::more(several, listed.len()).map(|more| format!("  {more}")));
    lines.push(format!("  {:<LABEL_WIDTH$} {}", "bulletin", several.id));
    lines.extend(several.own_link.iter().map(|link| format!("  {:<LABEL_WIDTH$} {link}", "Watchfire")));
    lines.extend(bulletin::take_all(several).map(|command| format!("  > {command:<40} take them all: pages stop")));
    lines.join("\n")
}

/// Nothing after a test of the target: there is no incident behind it.
fn facts(notification: &Notification, now: Timestamp) -> Vec<(&'static str, String)> {
    if notification.occasion == Occasion::Test {
        return Vec::new();
    }
    let mut facts =
        vec![("incident", format!("{}, {}, level {}", notification.incident, notification.state, notification.level))];
    let places: Vec<_> = wording::places(notification)
        .into_iter()
        .map(|(name, place)| format!("{name} {}", place.for_terminal(TEXT_LIMIT)))
        .collect();
    if !places.is_empty() {
        facts.push(("where", places.join(", ")));
    }
    if let Some(culprit) = &notification.culprit {
        facts.push(("in", culprit.for_terminal(TEXT_LIMIT)));
    }
    facts.push(("seen", wording::seen(notification, now)));
    if let Some(label) = wording::label(notification) {
        facts.push(("label", label.with(|theirs| theirs.for_terminal(TEXT_LIMIT))));
    }
    let label = |index| if index == 0 { "because" } else { "" };
    for (index, factor) in notification.factors.iter().enumerate() {
        facts.push((label(index), wording::factor(factor).with(|evidence| evidence.for_terminal(TEXT_LIMIT))));
    }
    if let Some(link) = notification.sentry_link.as_ref().and_then(Untrusted::for_link) {
        facts.push(("Sentry", link.as_str().to_owned()));
    }
    if let Some(link) = &notification.own_link {
        facts.push(("Watchfire", link.clone()));
    }
    if let Some(next) = wording::next_page(notification, now) {
        facts.push(("next page", next));
    }
    facts
}

/// What to type next.
fn commands(notification: &Notification) -> Vec<(String, &'static str)> {
    let incident = notification.incident;
    let why = (format!("watchfire why {incident}"), "why you were told");
    match &notification.occasion {
        Occasion::Test => Vec::new(),
        Occasion::News(News::Resolved { .. } | News::InWindow | News::SilenceEnded) => {
            vec![(format!("watchfire incident show {incident}"), "the whole story")]
        }
        Occasion::News(News::Acknowledged { .. } | News::Snoozed { .. }) => {
            vec![(format!("watchfire incident resolve {incident}"), "when it is fixed"), why]
        }
        Occasion::News(News::BudgetSpent { .. }) => vec![why],
        Occasion::Page { .. }
        | Occasion::News(
            News::AcknowledgedInPart { .. } | News::Grew { .. } | News::Rose | News::IssueJoined | News::Agent { .. },
        ) => {
            vec![(format!("watchfire incident ack {incident}"), "take it: pages stop"), why]
        }
    }
}
