//! One incident, told at every occasion; made up.

use std::time::Duration;

use domain::decision::News;
use domain::event::PageReason;
use domain::id::{EscalationId, IncidentId, RunId};
use domain::label::Label;
use domain::policy::Level;
use domain::priority::{Evidence, Factor, FactorName, Priority};
use domain::time::Timestamp;

use crate::agent::AgentTask;
use crate::notifier::{Notification, Occasion};
use crate::request::DedupKey;
use crate::untrusted::Untrusted;

/// 2026-11-21 10:00 UTC.
#[must_use]
pub const fn now() -> Timestamp {
    Timestamp::from_millis(1_795_255_200_000)
}

/// A key as decisions make them.
#[must_use]
pub fn key() -> DedupKey {
    DedupKey("esc-0000000002z9-ops-0-chat".into())
}

/// The first page of rung 1.
#[must_use]
pub fn page() -> Notification {
    let factor = |name, score, evidence: &str| Factor {
        name,
        score,
        weight: 1.0,
        evidence: Evidence::Told(evidence.to_owned()),
    };
    let text = |text: &str| Some(Untrusted::new(text));
    Notification {
        occasion: Occasion::Page { reason: PageReason::Rung, rung: Some(0), repetition: 0 },
        incident: IncidentId::from_bits(0x0123_4567_89ab_cdef),
        opening: 1,
        escalation: Some(EscalationId::from_bits(99)),
        state: "escalating",
        level: Level::Critical,
        priority: Priority::Critical,
        label: None,
        factors: vec![
            factor(FactorName::Severity, Some(90), "fatal and unhandled"),
            factor(FactorName::Impact, Some(72), "37 users, 1204 events"),
            factor(FactorName::Novelty, None, "no release known"),
        ],
        title: Untrusted::new("PaymentError: card was charged twice"),
        culprit: text("checkout.payments in charge"),
        project: text("checkout"),
        environment: text("production"),
        release: text("checkout@4.2.0"),
        sentry_link: text("https://example.sentry.io/issues/4711/?query=a&b=c"),
        own_link: Some("https://watchfire.example.com/incidents/inc-28t5cy4tqkff".into()),
        events: 1204,
        users: Some(37),
        opened_at: now() - Duration::from_secs(12 * 60),
        next_page_at: Some(now() + Duration::from_secs(5 * 60)),
        synthetic: false,
    }
}

/// News for those who were paged; no page follows.
#[must_use]
pub fn news(news: News) -> Notification {
    let state = match &news {
        News::Resolved { .. } => "resolved",
        News::Acknowledged { .. } | News::IssueJoined => "acknowledged",
        News::Grew { .. } => "acknowledged",
        News::Snoozed { .. } => "snoozed",
        News::AcknowledgedInPart { .. }
        | News::Rose
        | News::SilenceEnded
        | News::InWindow
        | News::BudgetSpent { .. }
        | News::Agent { .. } => "escalating",
    };
    Notification { occasion: Occasion::News(news), state, next_page_at: None, ..page() }
}

/// `watchfire notify test`.
#[must_use]
pub fn test() -> Notification {
    Notification {
        occasion: Occasion::Test,
        escalation: None,
        title: Untrusted::new("Test of this target"),
        next_page_at: None,
        synthetic: true,
        ..page()
    }
}

/// A notification at every occasion, each with a name for its snapshot.
#[must_use]
pub fn every_occasion(notification: &Notification) -> Vec<(&'static str, Notification)> {
    let pages = [
        ("page", PageReason::Rung, Some(0), 0),
        ("repeat", PageReason::Repeat, Some(1), 3),
        ("acknowledgement_ended", PageReason::AcknowledgementEnded, Some(1), 1),
        ("snooze_ended", PageReason::SnoozeEnded, Some(1), 1),
        ("silence_ended_page", PageReason::SilenceEnded, Some(1), 1),
        ("restart", PageReason::Restart, Some(1), 2),
        ("fallback", PageReason::Fallback, None, 0),
        ("nobody_else", PageReason::NobodyElse, None, 0),
    ]
    .map(|(name, reason, rung, repetition)| (name, Occasion::Page { reason, rung, repetition }));
    let person = || match &notification.occasion {
        Occasion::News(News::Acknowledged { by } | News::Resolved { by }) => by.clone(),
        _ => "Ada".to_owned(),
    };
    let until = match &notification.occasion {
        Occasion::News(News::Resolved { by }) => by.clone(),
        _ => "at 2026-11-21T12:00:00.000Z, or when Sentry opens it again".to_owned(),
    };
    let renewed = now() + Duration::from_secs(14 * 3_600);
    let budget = "ada".parse().map(|contact| News::BudgetSpent { contact, until: renewed });
    let news = [
        ("acknowledged", News::Acknowledged { by: person() }),
        ("resolved", News::Resolved { by: person() }),
        ("acknowledged_in_part", News::AcknowledgedInPart { by: person(), have: 1, of: 2 }),
        ("snoozed", News::Snoozed { by: person(), until }),
        ("grew", News::Grew { users: Some(370), rate: 6_000 }),
        ("silence_ended", News::SilenceEnded),
        ("in_window", News::InWindow),
        ("rose", News::Rose),
        ("issue_joined", News::IssueJoined),
        ("agent", News::Agent { said: format!("opened a pull request, says {}", person()) }),
    ]
    .map(|(name, news)| (name, Occasion::News(news)));
    pages
        .into_iter()
        .chain(news)
        .chain(budget.ok().map(|news| ("budget_spent", Occasion::News(news))))
        .chain([("test", Occasion::Test)])
        .map(|(name, occasion)| (name, Notification { occasion, ..notification.clone() }))
        .collect()
}

/// What adapters keep snapshots of: every occasion as it would come, and an incident of which little is known.
#[must_use]
pub fn notifications() -> Vec<(&'static str, Notification)> {
    let mut all: Vec<_> = every_occasion(&page())
        .into_iter()
        .map(|(name, notification)| match notification.occasion {
            Occasion::News(happened) => (name, news(happened)),
            Occasion::Test => (name, test()),
            Occasion::Page { .. } => (name, notification),
        })
        .collect();
    let little = Notification {
        level: Level::Low,
        priority: Priority::Low,
        factors: Vec::new(),
        culprit: None,
        project: None,
        environment: None,
        release: None,
        sentry_link: None,
        own_link: None,
        events: 1,
        users: None,
        next_page_at: None,
        synthetic: true,
        ..page()
    };
    all.push(("little_known", little));
    let label = Label::said(Priority::Critical, "alice", Some("customers pay twice"), Some(37), now());
    all.push(("labelled", Notification { label: Some(label), ..page() }));
    let noise = Label::said(Priority::Ignore, "bob", None, Some(37), now());
    let over = news(News::Resolved { by: "bob".to_owned() });
    all.push(("noise", Notification { label: Some(noise), priority: Priority::Ignore, ..over }));
    all
}

/// News in which every text that can come from outside is this one.
#[must_use]
pub fn everywhere(text: &str) -> Notification {
    let untrusted = || Some(Untrusted::new(text));
    let mut notification = news(News::Resolved { by: text.to_owned() });
    notification.title = Untrusted::new(text);
    notification.culprit = untrusted();
    notification.project = untrusted();
    notification.label = Some(Label::said(Priority::High, text, Some(text), None, now()));
    notification.environment = untrusted();
    notification.release = untrusted();
    // A link that is no address is left out; as part of one the text must be harmless as well.
    notification.sentry_link = Some(Untrusted::new("https://example.sentry.io/issues/4711/"));
    for factor in &mut notification.factors {
        factor.evidence = Evidence::Told(text.to_owned());
    }
    notification
}

/// What an agent is told of the same incident.
#[must_use]
pub fn agent_task() -> AgentTask {
    let page = page();
    AgentTask {
        run: RunId::from_bits(0x0fed_cba9_8765_4321),
        incident: page.incident,
        issue: Some("4711".into()),
        project: Some("checkout".into()),
        exception: Some("PaymentError".into()),
        sentry_link: page.sentry_link,
        release: page.release,
        environment: page.environment,
        title: page.title,
        callback_url: Some("https://watchfire.example.com/api/callbacks/agent/run-zxpeafb7a0xs".into()),
    }
}
