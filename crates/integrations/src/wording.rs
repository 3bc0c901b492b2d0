//! What a message says, in the words that every notifier shares. The words are ours; what came from outside stays [`Untrusted`] until
//! the notifier escapes it for its sink.

use std::time::Duration;

use domain::decision::News;
use domain::event::PageReason;
use domain::priority::{Factor, Priority};
use domain::time::Timestamp;

use crate::notifier::{Notification, Occasion};
use crate::untrusted::{Link, Untrusted};

/// Words of ours, and a name or remark from outside that ends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Safe in every sink.
    pub ours: String,
    /// To be escaped.
    pub theirs: Option<Untrusted>,
}

impl Line {
    fn ours(words: impl Into<String>) -> Self {
        Self { ours: words.into(), theirs: None }
    }

    fn ending(words: &str, theirs: &str) -> Self {
        Self { ours: words.to_owned(), theirs: Some(Untrusted::new(theirs)) }
    }

    /// The whole line, the foreign part through `escape`.
    #[must_use]
    pub fn with(&self, escape: impl FnOnce(&Untrusted) -> String) -> String {
        match &self.theirs {
            None => self.ours.clone(),
            Some(theirs) => format!("{} {}", self.ours, escape(theirs)),
        }
    }
}

/// Whether nothing is really wrong (semantics S2).
#[must_use]
pub fn is_test(notification: &Notification) -> bool {
    notification.synthetic || notification.occasion == Occasion::Test
}

/// What a reader sees first: that it is a test, if it is one, and what it comes to.
#[must_use]
pub fn marker(notification: &Notification) -> String {
    let word = match &notification.occasion {
        Occasion::Test => return "TEST".into(),
        Occasion::News(News::Acknowledged { .. }) => "acknowledged".to_owned(),
        Occasion::News(News::Resolved { .. }) => "resolved".to_owned(),
        Occasion::News(News::Snoozed { .. }) => "snoozed".to_owned(),
        Occasion::Page { .. }
        | Occasion::News(
            News::AcknowledgedInPart { .. }
            | News::Grew { .. }
            | News::Rose
            | News::IssueJoined
            | News::SilenceEnded
            | News::InWindow
            | News::BudgetSpent { .. }
            | News::Agent { .. },
        ) => notification.priority.as_str().to_uppercase(),
    };
    if is_test(notification) { format!("TEST · {word}") } else { word }
}

/// A colour or a deed, seen before anything is read; for sinks that show emoji.
#[must_use]
pub const fn sign(notification: &Notification) -> &'static str {
    match &notification.occasion {
        Occasion::Test => "🧪",
        Occasion::News(News::Acknowledged { .. }) => "👀",
        Occasion::News(News::Resolved { .. }) => "✅",
        Occasion::News(News::Snoozed { .. }) => "💤",
        Occasion::Page { .. } | Occasion::News(_) => match notification.priority {
            Priority::Critical => "🔴",
            Priority::High => "🟠",
            Priority::Medium => "🟡",
            Priority::Low | Priority::Ignore => "🔵",
        },
    }
}

/// Why this message is sent.
#[must_use]
pub fn occasion(notification: &Notification) -> Line {
    match &notification.occasion {
        Occasion::Page { reason, rung, repetition } => page(*reason, *rung, *repetition),
        Occasion::News(News::Acknowledged { by }) => Line::ending("Pages are held: acknowledged by", by),
        Occasion::News(News::Resolved { by }) => Line::ending("It is over: resolved by", by),
        Occasion::News(News::AcknowledgedInPart { by, have, of }) => {
            Line::ending(&format!("Pages go on: taken by {have} of the {of} that it needs, last by"), by)
        }
        Occasion::News(News::Snoozed { by, until }) => {
            Line::ending("Pages are held: it comes back", &format!("{until}; snoozed by {by}"))
        }
        Occasion::News(News::Grew { users, rate }) => Line::ours(grew(*users, *rate)),
        Occasion::News(News::SilenceEnded) => Line::ours("A silence that hid it has ended"),
        Occasion::News(News::InWindow) => Line::ours("It happened in a maintenance window"),
        Occasion::News(News::BudgetSpent { contact, until }) => Line::ending(
            &format!("A noise budget is used up: until {} medium and low go to the digest of", minute(*until)),
            contact.as_str(),
        ),
        Occasion::News(News::Rose) => {
            Line::ours(format!("It rose to {} and is escalated anew", notification.priority.as_str()))
        }
        Occasion::News(News::IssueJoined) => Line::ours("Another Sentry issue joined what you acknowledged"),
        Occasion::News(News::Agent { said }) => Line::ending("Agent:", said),
        Occasion::Test => Line::ours("This is a test: this target is reached, and nothing is wrong"),
    }
}

/// What an owner is told of growth (semantics A2).
fn grew(users: Option<u64>, rate: u64) -> String {
    let users = users.map_or(String::new(), |users| format!("{}, ", counted(users, "user")));
    format!("It grew tenfold while it was acknowledged: {users}{} an hour", counted(rate, "event"))
}

fn page(reason: PageReason, rung: Option<usize>, repetition: u32) -> Line {
    let number = repetition.saturating_add(1);
    // Counted from 0, as the timeline and docs/semantics.md count.
    let rung = rung.map_or(String::new(), |rung| format!(", rung {rung}"));
    Line::ours(match reason {
        PageReason::Rung => format!("Page {number}{rung}"),
        PageReason::Repeat => format!("Page {number}{rung}: nobody has answered yet"),
        PageReason::AcknowledgementEnded => {
            format!("Page {number}{rung}: the acknowledgement ended and it is not over")
        }
        PageReason::SnoozeEnded => format!("Page {number}{rung}: the snooze ended and it is not over"),
        PageReason::SilenceEnded => format!("Page {number}{rung}: the silence ended and it is not over"),
        PageReason::Restart => format!("Page {number}{rung}: Watchfire was stopped, and it is not over"),
        PageReason::Fallback => {
            format!("Page {number}: nobody answered, or a page could not be delivered; you are the fallback")
        }
        PageReason::NobodyElse => format!("Page {number}: no rung reaches anybody; you are the fallback"),
    })
}

/// Where it happens: each known part with its name.
#[must_use]
pub fn places(notification: &Notification) -> Vec<(&'static str, &Untrusted)> {
    [
        ("project", notification.project.as_ref()),
        ("environment", notification.environment.as_ref()),
        ("release", notification.release.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, place)| place.map(|place| (name, place)))
    .collect()
}

/// How much was seen, and since when.
#[must_use]
pub fn seen(notification: &Notification, now: Timestamp) -> String {
    let users = notification.users.map_or(String::new(), |users| format!(", {}", counted(users, "user")));
    format!("{}{users}, opened {} ago", counted(notification.events, "event"), span(now.since(notification.opened_at)))
}

/// The pages about it: Sentry's, if its address may be clicked, and Watchfire's own.
#[must_use]
pub fn links(notification: &Notification) -> Vec<(&'static str, Link)> {
    let own = notification.own_link.as_deref().map(Untrusted::new);
    [("Sentry", notification.sentry_link.as_ref()), ("Watchfire", own.as_ref())]
        .into_iter()
        .filter_map(|(name, address)| Some((name, address?.for_link()?)))
        .collect()
}

/// What to type next, where a message has room for one command: take it while it can be taken, else ask why.
#[must_use]
pub fn command(notification: &Notification) -> Option<String> {
    let incident = notification.incident;
    match &notification.occasion {
        Occasion::Page { .. }
        | Occasion::News(
            News::AcknowledgedInPart { .. } | News::Grew { .. } | News::Rose | News::IssueJoined | News::Agent { .. },
        ) => Some(format!("watchfire incident ack {incident}")),
        Occasion::News(
            News::Acknowledged { .. }
            | News::Resolved { .. }
            | News::Snoozed { .. }
            | News::InWindow
            | News::SilenceEnded
            | News::BudgetSpent { .. },
        ) => Some(format!("watchfire why {incident}")),
        Occasion::Test => None,
    }
}

/// A number of things.
#[must_use]
pub fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// When this contact is paged again, if it is.
#[must_use]
pub fn next_page(notification: &Notification, now: Timestamp) -> Option<String> {
    let at = notification.next_page_at.filter(|at| *at > now)?;
    Some(format!("in {} ({}), unless somebody answers", span(at.since(now)), minute(at)))
}

/// One factor's part in the priority: ours, and its evidence, in which names from outside may stand.
#[must_use]
pub fn factor(factor: &Factor) -> Line {
    let score = factor.score.map_or("no data".into(), |score| format!("{score} of 100"));
    Line::ending(&format!("{} {score}:", factor.name.as_str()), &factor.evidence.to_string())
}

/// What a person said of it, until when, who and why (semantics A8).
#[must_use]
pub fn label(notification: &Notification) -> Option<Line> {
    let label = notification.label.as_ref()?;
    let said = if label.priority == Priority::Ignore { "noise" } else { label.priority.as_str() };
    let reason = label.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    Some(Line::ending(&format!("{said} until {}, said by", label.until_day()), &format!("{}{reason}", label.by)))
}

/// A span of time as people say it, in at most two units.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |large: u64, large_name: &str, small: u64, small_name: &str| {
        if small == 0 { format!("{large} {large_name}") } else { format!("{large} {large_name} {small} {small_name}") }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// A time to the minute, in UTC, without the `T`.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..16) {
        Some(minute) if text.ends_with('Z') => format!("{} UTC", minute.replace('T', " ")),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (5_400, "1 h 30 min"),
            (86_400, "1 d"),
            (100_000, "1 d 3 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), words);
        }
        assert_eq!(minute(Timestamp::from_millis(0)), "1970-01-01 00:00 UTC");
        assert!(minute(Timestamp::from_millis(i64::MAX)).starts_with('@'));
    }
}
