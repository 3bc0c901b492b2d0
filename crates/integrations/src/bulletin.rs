//! What several incidents in one message say, in the words that every notifier shares: what came together, one line for each incident,
//! and how to take them all.

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::PageReason;
use domain::time::Timestamp;

use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::Untrusted;
use crate::wording::{self, Line, counted};

/// So many incidents are listed; nobody reads further. The most urgent come first.
pub const LISTED: usize = 20;

/// How long the texts from outside may be in one line, in the unit of the sink.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The title.
    pub title: usize,
    /// The project's name, what a person said of it, and what somebody did, each.
    pub text: usize,
}

/// What came together, and how many; whether all of it is a test is said first (semantics S2).
#[must_use]
pub fn headline(bulletin: &Bulletin) -> String {
    let number = bulletin.items.len() as u64;
    let words = match bulletin.kind {
        // Answers come in storms as well.
        BundleKind::Critical | BundleKind::Storm if !pages(bulletin) => {
            format!("News of {}", counted(number, "incident"))
        }
        BundleKind::Critical => format!("Storm: {}", counted(number, "critical incident")),
        BundleKind::Storm => format!("Storm: {}", counted(number, "incident")),
        BundleKind::Digest => format!("Digest: {} that could wait", counted(number, "incident")),
        BundleKind::Summary => format!("Maintenance ended: {} happened in the window", counted(number, "incident")),
        BundleKind::Silence => format!("A silence ended: it hid {}", counted(number, "incident")),
    };
    if is_test(bulletin) { format!("TEST · {words}") } else { words }
}

/// A sign of what came together; for sinks that show emoji.
#[must_use]
pub fn sign(bulletin: &Bulletin) -> &'static str {
    match bulletin.kind {
        _ if is_test(bulletin) => "🧪",
        BundleKind::Critical | BundleKind::Storm => bulletin.items.first().map_or("🔵", wording::sign),
        BundleKind::Digest => "📋",
        BundleKind::Summary => "🔧",
        BundleKind::Silence => "🔔",
    }
}

/// Whether nothing in it is really wrong. One test among others is marked in its line only: the others must not pass for tests.
#[must_use]
pub fn is_test(bulletin: &Bulletin) -> bool {
    !bulletin.items.is_empty() && bulletin.items.iter().all(wording::is_test)
}

/// Whether it pages: something in it does, and its kind does not wait (semantics L4).
#[must_use]
pub fn pages(bulletin: &Bulletin) -> bool {
    bulletin.kind.interrupts() && bulletin.items.iter().any(|item| matches!(item.occasion, Occasion::Page { .. }))
}

/// The incidents that are listed.
#[must_use]
pub fn listed(bulletin: &Bulletin) -> &[Notification] {
    &bulletin.items[..bulletin.items.len().min(LISTED)]
}

/// How many are not among the `listed`.
#[must_use]
pub fn more(bulletin: &Bulletin, listed: usize) -> Option<String> {
    let more = bulletin.items.len().saturating_sub(listed);
    (more > 0).then(|| format!("and {more} more"))
}

/// How urgent one is, after the mark of a test.
#[must_use]
pub fn urgency(item: &Notification) -> String {
    let priority = item.priority.as_str().to_uppercase();
    if wording::is_test(item) { format!("TEST · {priority}") } else { priority }
}

/// One incident in one line. `escape` is that of the sink, with the limit of the text.
#[must_use]
pub fn line(
    item: &Notification,
    limits: Limits,
    now: Timestamp,
    escape: impl Fn(&Untrusted, usize) -> String,
) -> String {
    let mut parts =
        vec![urgency(item), escape(&item.title, limits.title), format!("{}, {}", item.incident, item.state)];
    if let Some(project) = &item.project {
        parts.push(format!("project {}", escape(project, limits.text)));
    }
    parts.push(wording::seen(item, now));
    if let Some(label) = wording::label(item) {
        parts.push(format!("label {}", label.with(|theirs| escape(theirs, limits.text))));
    }
    if let Some(happened) = happened(item) {
        parts.push(happened.with(|theirs| escape(theirs, limits.text)));
    }
    parts.join(" · ")
}

/// What happened, where neither the headline nor the state says it.
fn happened(item: &Notification) -> Option<Line> {
    match &item.occasion {
        Occasion::Page { reason: PageReason::Rung | PageReason::Repeat, .. }
        | Occasion::News(News::InWindow | News::SilenceEnded)
        | Occasion::Test => None,
        Occasion::Page { .. } | Occasion::News(_) => Some(wording::occasion(item)),
    }
}

/// What to type to take them all: an acknowledgement of the message acknowledges what it lists, and also what it had no room for
/// (semantics L12). What a window or a silence held is taken one by one: most of it is over. Where all are answered there is nothing
/// to take.
#[must_use]
pub fn take_all(bulletin: &Bulletin) -> Option<String> {
    let takes = match bulletin.kind {
        BundleKind::Critical | BundleKind::Storm | BundleKind::Digest => true,
        BundleKind::Summary | BundleKind::Silence => false,
    };
    (takes && !bulletin.items.iter().all(is_answered)).then(|| format!("watchfire incident ack {}", bulletin.id))
}

const fn is_answered(item: &Notification) -> bool {
    matches!(item.occasion, Occasion::News(News::Acknowledged { .. } | News::Resolved { .. } | News::Snoozed { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{self, bulletin, page};

    #[test]
    fn at_most_twenty_are_listed_and_the_rest_is_counted() {
        for (number, shown, rest) in
            [(1, 1, None), (20, 20, None), (21, 20, Some("and 1 more")), (1_000, 20, Some("and 980 more"))]
        {
            let several = bulletin(BundleKind::Storm, vec![page(); number]);
            let listed = listed(&several);
            assert_eq!(listed.len(), shown);
            assert_eq!(more(&several, listed.len()).as_deref(), rest);
        }
    }

    #[test]
    fn one_test_among_others_does_not_make_a_test_of_them() {
        let test = || Notification { synthetic: true, ..page() };
        let headline_of = |items| headline(&bulletin(BundleKind::Storm, items));
        assert_eq!(headline_of(vec![test(), page()]), "Storm: 2 incidents");
        assert_eq!(headline_of(vec![test(), test()]), "TEST · Storm: 2 incidents");
        assert_eq!(urgency(&test()), "TEST · CRITICAL");
        assert_eq!(urgency(&page()), "CRITICAL");
    }

    #[test]
    fn taking_all_is_offered_where_something_can_be_taken() {
        let offered: Vec<_> = testkit::bulletins()
            .into_iter()
            .filter_map(|(name, several)| take_all(&several).map(|command| (name, command)))
            .collect();
        assert!(offered.iter().all(|(_, command)| command == "watchfire incident ack bnd-000000000007"));
        let names: Vec<_> = offered.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["critical", "storm", "many", "digest", "labelled", "drill"]);
    }
}
