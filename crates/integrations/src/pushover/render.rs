//! The message: plain text (neither `html` nor `monospace` is set, so nothing in it is markup).

use domain::decision::News;
use domain::priority::Priority;
use domain::time::Timestamp;

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::prose::{self, Sink, utf16};
use crate::wording;

/// pushover.net/api, "Limitations": characters of `message`.
pub const MESSAGE: usize = 1_024;
/// The same page: characters of `title`.
pub const TITLE: usize = 250;
/// The same page: characters of `url`; what is longer is left out, because half an address leads nowhere.
pub const URL: usize = 512;

/// pushover.net/api, "Message Priority": until somebody confirms.
pub const EMERGENCY: i8 = 2;
/// Through quiet hours.
const HIGH: i8 = 1;
const NORMAL: i8 = 0;
/// Without a sound.
const LOW: i8 = -1;

const SINK: Sink =
    Sink { title: 200, said: 300, text: 100, listed: bulletin::Limits { title: 60, text: 30 }, ..prose::CHAT };
const _: () = assert!(SINK.title + 50 <= TITLE);

/// What is sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// The headline.
    pub title: String,
    /// The lines below.
    pub text: String,
    /// From -2 to 2.
    pub priority: i8,
    /// By which all emergencies of an incident are silenced (pushover.net/api/receipts, "Canceling by tag").
    pub tag: Option<String>,
    /// Where a tap leads, and its name.
    pub link: Option<(&'static str, String)>,
}

/// One notification.
pub fn message(notification: &Notification, now: Timestamp) -> Message {
    let command = wording::command(notification);
    let taken = command.as_ref().map_or(0, |command| utf16(command) + 1);
    let mut lines = SINK.fitted(SINK.details(notification, now), MESSAGE - taken);
    lines.extend(command);
    Message {
        title: format!("{} {}", wording::sign(notification), SINK.headline(notification)),
        text: lines.join("\n"),
        priority: priority(notification),
        tag: Some(notification.incident.to_string()),
        // The last is our own, where an answer can be given.
        link: wording::links(notification)
            .into_iter()
            .map(|(name, link)| (name, link.as_str().to_owned()))
            .rfind(|(_, address)| address.len() <= URL),
    }
}

/// Several incidents, a line each. Nothing could end the ringing of several, so each message of them rings once.
pub fn list(several: &Bulletin, now: Timestamp) -> Message {
    let below = prose::below_list(several);
    let taken: usize = below.iter().map(|line| utf16(line) + 1).sum();
    let mut lines = SINK.list(several, MESSAGE - taken, now);
    lines.extend(below);
    let loudest = several.items.iter().map(priority).max().filter(|_| bulletin::pages(several));
    Message {
        title: format!("{} {}", bulletin::sign(several), bulletin::headline(several)),
        text: lines.join("\n"),
        priority: loudest.map_or(LOW, |loudest| loudest.min(HIGH)),
        tag: None,
        link: prose::link_of(several).filter(|address| address.len() <= URL).map(|address| ("Watchfire", address)),
    }
}

const fn priority(notification: &Notification) -> i8 {
    match &notification.occasion {
        Occasion::Page { .. } => match notification.priority {
            Priority::Critical => EMERGENCY,
            Priority::High => HIGH,
            Priority::Medium => NORMAL,
            Priority::Low | Priority::Ignore => LOW,
        },
        Occasion::News(News::Grew { .. } | News::IssueJoined) => HIGH,
        Occasion::News(News::Rose | News::BudgetSpent { .. }) | Occasion::Test => NORMAL,
        Occasion::News(
            News::Acknowledged { .. }
            | News::AcknowledgedInPart { .. }
            | News::Snoozed { .. }
            | News::Resolved { .. }
            | News::SilenceEnded
            | News::InWindow
            | News::Agent { .. },
        ) => LOW,
    }
}
