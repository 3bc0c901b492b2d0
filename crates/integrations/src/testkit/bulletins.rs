//! Several incidents in one message, of each kind; made up.

use std::time::Duration;

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::PageReason;
use domain::id::{BundleId, IncidentId};
use domain::label::Label;
use domain::policy::Level;
use domain::priority::Priority;

use super::samples::{every_occasion, everywhere, news, now, page};
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::Untrusted;

/// Every kind.
pub const BUNDLE_KINDS: [BundleKind; 5] =
    [BundleKind::Critical, BundleKind::Storm, BundleKind::Digest, BundleKind::Summary, BundleKind::Silence];

/// A message of these items, each made another incident.
#[must_use]
pub fn bulletin(kind: BundleKind, items: Vec<Notification>) -> Bulletin {
    let items = (1_u64..)
        .zip(items)
        .map(|(number, item)| Notification { incident: IncidentId::from_bits(number), ..item })
        .collect();
    Bulletin {
        id: BundleId::from_bits(7),
        kind,
        items,
        own_link: Some("https://watchfire.example.com/bundles/bnd-000000000007".into()),
    }
}

/// What adapters keep snapshots of: a message of each kind, of more than is listed, of news only, and of tests.
#[must_use]
pub fn bulletins() -> Vec<(&'static str, Bulletin)> {
    let again = |reason| Notification {
        occasion: Occasion::Page { reason, rung: Some(1), repetition: 1 },
        ..another("Timeout: the warehouse did not answer", "stock", Level::High)
    };
    let medium = || another("KeyError: 'sku'", "stock", Level::Medium);
    let low = || Notification { users: None, events: 1, ..another("A slow query", "search", Level::Low) };
    let told = |happened: News, item: Notification| Notification {
        occasion: Occasion::News(happened.clone()),
        state: news(happened).state,
        next_page_at: None,
        ..item
    };
    let label = Some(Label::said(Priority::Medium, "alice", Some("known, harmless"), Some(4), now()));
    let by = || "Ada".to_owned();
    let test = |item| Notification { synthetic: true, ..item };
    let over = |happened, item| Notification { state: "resolved", ..told(happened, item) };
    [
        ("critical", BundleKind::Critical, vec![page(), another("Deadlock found", "stock", Level::Critical)]),
        (
            "storm",
            BundleKind::Storm,
            vec![again(PageReason::AcknowledgementEnded), medium(), told(News::Resolved { by: by() }, low())],
        ),
        (
            "storm_of_news",
            BundleKind::Critical,
            vec![told(News::Acknowledged { by: by() }, page()), told(News::Resolved { by: by() }, page())],
        ),
        ("many", BundleKind::Storm, vec![medium(); 25]),
        ("digest", BundleKind::Digest, vec![medium(), test(low())]),
        ("summary", BundleKind::Summary, vec![medium(), over(News::InWindow, low())]),
        (
            "silence",
            BundleKind::Silence,
            vec![told(News::SilenceEnded, again(PageReason::Rung)), over(News::SilenceEnded, low())],
        ),
        ("labelled", BundleKind::Digest, vec![Notification { label, ..medium() }]),
        ("drill", BundleKind::Digest, vec![test(medium())]),
    ]
    .map(|(name, kind, items)| (name, bulletin(kind, items)))
    .into()
}

fn another(title: &str, project: &str, level: Level) -> Notification {
    let priority = match level {
        Level::Critical => Priority::Critical,
        Level::High => Priority::High,
        Level::Medium => Priority::Medium,
        Level::Low | Level::Maintenance => Priority::Low,
    };
    Notification {
        title: Untrusted::new(title),
        project: Some(Untrusted::new(project)),
        opened_at: now() - Duration::from_secs(90 * 60),
        events: 31,
        users: Some(4),
        level,
        priority,
        ..page()
    }
}

/// A message at every occasion, in which every text that can come from outside is this one.
#[must_use]
pub fn hostile_bulletin(kind: BundleKind, text: &str) -> Bulletin {
    bulletin(kind, every_occasion(&everywhere(text)).into_iter().map(|(_, item)| item).collect())
}

/// A message of a thousand incidents, in which every text that can come from outside is this one, of which six hundred bytes are kept: more
/// than any list has room for.
#[must_use]
pub fn thousand(kind: BundleKind, text: &str) -> Bulletin {
    bulletin(kind, vec![everywhere(&text[..text.floor_char_boundary(600)]); 1_000])
}
