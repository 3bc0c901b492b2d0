//! How people are told: what every notifier is given, and what it must be able to do.

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::PageReason;
use domain::id::{BundleId, EscalationId, IncidentId, Name};
use domain::label::Label;
use domain::policy::Level;
use domain::priority::{Factor, Priority};
use domain::time::Timestamp;

use crate::outcome::{Outcome, Receipt};
use crate::request::{DedupKey, Request, Response};
use crate::untrusted::Untrusted;

/// One message to one target, before it takes the shape of a vendor.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Why it is sent.
    pub occasion: Occasion,
    /// The incident.
    pub incident: IncidentId,
    /// The opening of it that the message is about (semantics L9).
    pub opening: u32,
    /// The escalation, if one runs.
    pub escalation: Option<EscalationId>,
    /// State, in the word of the product.
    pub state: &'static str,
    /// Level.
    pub level: Level,
    /// Priority.
    pub priority: Priority,
    /// What a person said of it, if they did (semantics A8).
    pub label: Option<Label>,
    /// The three factors that weighed most, heaviest first.
    pub factors: Vec<Factor>,
    /// Title.
    pub title: Untrusted,
    /// Where it happens.
    pub culprit: Option<Untrusted>,
    /// Project's label.
    pub project: Option<Untrusted>,
    /// Environment.
    pub environment: Option<Untrusted>,
    /// Release.
    pub release: Option<Untrusted>,
    /// Sentry's page; checked to be http or https.
    pub sentry_link: Option<Untrusted>,
    /// Watchfire's own page for it, if a public address is configured.
    pub own_link: Option<String>,
    /// Events so far.
    pub events: u64,
    /// Users, if known.
    pub users: Option<u64>,
    /// When this opening began.
    pub opened_at: Timestamp,
    /// When the next page to this contact is due, if nothing happens.
    pub next_page_at: Option<Timestamp>,
    /// A test or a drill: to be said first.
    pub synthetic: bool,
}

/// Why a message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// A page.
    Page {
        /// Why.
        reason: PageReason,
        /// The rung that runs, from 0.
        rung: Option<usize>,
        /// 0 for the first page to this contact.
        repetition: u32,
    },
    /// News for those who were paged.
    News(News),
    /// `watchfire notify test`.
    Test,
}

impl Occasion {
    /// News that change what an earlier message says, and need no second look: an edit, where the vendor has it.
    #[must_use]
    pub const fn is_edited_in(&self) -> bool {
        matches!(
            self,
            Self::News(
                News::Acknowledged { .. }
                    | News::AcknowledgedInPart { .. }
                    | News::Snoozed { .. }
                    | News::Resolved { .. }
                    | News::Rose
            )
        )
    }

    /// What somebody is meant to notice: an edit or a mere reply notifies nobody.
    #[must_use]
    pub const fn is_loud(&self) -> bool {
        matches!(
            self,
            Self::Page { .. }
                | Self::News(News::Grew { .. } | News::IssueJoined | News::BudgetSpent { .. })
                | Self::Test
        )
    }
}

/// Several messages that go to one target as one: in a storm, in a digest, at the end of a window or of a silence (semantics L12, L5, A7, L14).
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// Its name: an acknowledgement of it acknowledges what it lists.
    pub id: BundleId,
    /// Why they go as one.
    pub kind: BundleKind,
    /// The messages, the most urgent first and each incident once; at least one.
    pub items: Vec<Notification>,
    /// Watchfire's own page for it, if a public address is configured.
    pub own_link: Option<String>,
}

/// A message that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// What was wrong, without secrets.
    pub reason: String,
}

/// An adapter that tells people: pure, from a notification to a request, and from an answer to an outcome.
pub trait Notifier: Send + Sync {
    /// The word for its kind in configuration and metrics, such as `slack`.
    fn kind(&self) -> &'static str;

    /// Makes the request. `last` is the receipt of the message that this incident already has at this target: to edit or thread.
    ///
    /// # Errors
    /// When no message can be made of it; that is final.
    fn render(
        &self,
        notification: &Notification,
        last: Option<&Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Result<Request, RenderError>;

    /// Makes the request of several messages that go as one: never an edit of an earlier one.
    ///
    /// # Errors
    /// When no message can be made of it; that is final.
    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError>;

    /// Reads the answer.
    fn interpret(&self, response: &Response) -> Outcome;
}

/// A configured notifier.
#[derive(Clone)]
pub struct ConfiguredNotifier {
    /// Its name in the configuration.
    pub name: Name,
    /// The adapter.
    pub adapter: std::sync::Arc<dyn Notifier>,
}
