//! What a delivery says, normalised: the one shape into which every sender's dialect is read.
//!
//! All text in a [`Signal`] was written by whoever could make the watched program fail. It is data; each sink escapes it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::release::FixedIn;
use crate::time::Timestamp;

/// Who speaks: an installation or organization of Sentry, or the name of another sender. Issue ids belong to a source (semantics I1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Source(pub String);

/// The resource that a delivery claims to be about. The header that says it is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// The life of an issue: created, resolved, assigned, ignored, unresolved.
    Issue,
    /// One event, as it was recorded.
    Error,
    /// An issue alert's rule matched an event.
    EventAlert,
    /// A metric alert changed its status.
    MetricAlert,
    /// An issue's activity alert (status changes, Seer's steps).
    ActivityAlert,
    /// A comment on an issue.
    Comment,
    /// A step of Seer on an issue.
    Seer,
    /// A build was analysed.
    PreprodArtifact,
    /// The integration was installed or removed.
    Installation,
    /// Opened by hand or by `test-webhook`'s marker; no resource of Sentry.
    Manual,
}

impl Resource {
    /// Every resource that Sentry names.
    pub const ALL: [Self; 9] = [
        Self::Issue,
        Self::Error,
        Self::EventAlert,
        Self::MetricAlert,
        Self::ActivityAlert,
        Self::Comment,
        Self::Seer,
        Self::PreprodArtifact,
        Self::Installation,
    ];

    /// The name on the wire, in `Sentry-Hook-Resource`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Error => "error",
            Self::EventAlert => "event_alert",
            Self::MetricAlert => "metric_alert",
            Self::ActivityAlert => "activity_alert",
            Self::Comment => "comment",
            Self::Seer => "seer",
            Self::PreprodArtifact => "preprod_artifact",
            Self::Installation => "installation",
            Self::Manual => "manual",
        }
    }

    /// The resource with this name on the wire.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.as_str() == name)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of fact that a signal states: what it may do to an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fact {
    /// Something went wrong: it may open, join or reopen an incident.
    Occurrence,
    /// Sentry's own record of an issue changed: it never opens an incident, except `Unresolved`.
    Lifecycle(Lifecycle),
    /// A metric alert's status; the last one decides (semantics I4).
    Metric {
        /// The new status.
        status: MetricStatus,
    },
    /// A remark (a comment, a step of Seer) about an issue: it is kept on a live incident's timeline and does nothing else.
    Remark,
    /// Nothing about an error at all (an installation, a build): stored, no more.
    Aside,
}

impl Fact {
    /// Whether it is a transition of an issue, or the end of a metric alert.
    #[must_use]
    pub const fn is_of_a_life(&self) -> bool {
        matches!(self, Self::Lifecycle(_) | Self::Metric { status: MetricStatus::Resolved })
    }
}

/// What happened to an issue in Sentry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "transition")]
pub enum Lifecycle {
    /// Resolved: now, in a release or by a commit.
    Resolved {
        /// The release that carries the fix, where the resolve speaks of one (semantics R5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fixed_in: Option<FixedIn>,
    },
    /// Ignored, which newer pages of Sentry call archived.
    Ignored {
        /// Archived until a condition is met or it escalates, rather than for ever.
        until_condition: bool,
        /// The time among its conditions, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Taken out of resolved or ignored: by a person, as a regression, or because it escalates.
    Unresolved {
        /// Sentry itself saw it come back or grow (substatus `regressed` or `escalating`); false for a person's act.
        came_back: bool,
    },
    /// Given to a person or a team.
    Assigned {
        /// The name of the assignee, if Sentry told it.
        assignee: Option<String>,
    },
}

impl Lifecycle {
    /// Whether the two undo each other (semantics D2).
    #[must_use]
    pub const fn is_opposite_of(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Resolved { .. } | Self::Ignored { .. }, Self::Unresolved { .. })
                | (Self::Unresolved { .. }, Self::Resolved { .. } | Self::Ignored { .. })
        )
    }
}

/// The status of a metric alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricStatus {
    /// Over the critical threshold.
    Critical,
    /// Over the warning threshold.
    Warning,
    /// Opened without a threshold named.
    Open,
    /// Back to normal.
    Resolved,
}

/// Sentry's level of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Noise for developers.
    Debug,
    /// For information.
    Info,
    /// Something unexpected that was handled.
    Warning,
    /// An error.
    Error,
    /// The program, or a part of it, died.
    Fatal,
}

impl Severity {
    /// Reads Sentry's word; `critical` is Python's word for `fatal`.
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "debug" | "sample" => Self::Debug,
            "info" | "log" => Self::Info,
            "warning" | "warn" => Self::Warning,
            "error" => Self::Error,
            "fatal" | "critical" => Self::Fatal,
            _ => return None,
        })
    }

    /// Sentry's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// Sentry's own priority of an issue: a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

/// A project, by whatever names the delivery gave; at least one is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Project {
    /// Sentry's number, as text.
    pub id: Option<String>,
    /// The short name in addresses.
    pub slug: Option<String>,
}

impl Project {
    /// What people call it: the slug, else the number.
    #[must_use]
    pub fn label(&self) -> &str {
        self.slug.as_deref().or(self.id.as_deref()).unwrap_or("unknown")
    }

    /// What identities are keyed by: the number, which survives renaming, else the slug.
    #[must_use]
    pub fn key(&self) -> &str {
        self.id.as_deref().or(self.slug.as_deref()).unwrap_or("")
    }
}

/// One exception of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exception {
    /// The class, such as `ValueError`.
    pub class: String,
    /// Its message.
    pub value: String,
    /// The frames that Sentry marked as the application's own, innermost (newest) first, at most eight.
    pub in_app: Vec<Frame>,
    /// Whether the program did not catch it; `None` when not told.
    pub unhandled: Option<bool>,
}

/// One frame, without its line number, which moves with each release.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Frame {
    /// Module, else file name.
    pub module: String,
    /// Function.
    pub function: String,
}

/// What a metric alert is identified by (semantics I4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MetricAlert {
    /// The organization's number.
    pub organization: Option<String>,
    /// The incident's number within the organization; Sentry keys PagerDuty and Opsgenie by the two.
    pub identifier: Option<String>,
    /// The alert's own id.
    pub id: Option<String>,
}

/// A delivery's meaning. Absent facts are absent, never guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Who speaks.
    pub source: Source,
    /// Whether the body was signed with a live secret; an unsigned source may open and join, never resolve (semantics I7).
    pub signed: bool,
    /// The resource.
    pub resource: Resource,
    /// The action, as sent.
    pub action: String,
    /// What it states.
    pub fact: Fact,
    /// Sentry's issue id, if it names one.
    pub issue: Option<String>,
    /// The id of the event, for `error` and `event_alert`.
    pub event: Option<String>,
    /// The label of the rule that sent it.
    pub rule: Option<String>,
    /// The metric alert, for that resource.
    pub metric: Option<MetricAlert>,
    /// The project.
    pub project: Option<Project>,
    /// The title that Sentry shows; never empty.
    pub title: String,
    /// Where Sentry believes it happened.
    pub culprit: Option<String>,
    /// The message, for events without an exception.
    pub message: Option<String>,
    /// The level.
    pub severity: Option<Severity>,
    /// Sentry's priority.
    pub hint: Option<Hint>,
    /// Sentry's severity score, 0 to 1 (`metadata.severity`).
    pub severity_score: Option<f64>,
    /// Sentry's substatus (`new`, `escalating`, `regressed`, `ongoing`, …).
    pub substatus: Option<String>,
    /// Whether the program did not catch it.
    pub unhandled: Option<bool>,
    /// The exception chain, outermost (the one that the program died of) first, at most five.
    pub exceptions: Vec<Exception>,
    /// A fingerprint that the team set itself; `{{ default }}` alone counts as none.
    pub custom_fingerprint: Option<Vec<String>>,
    /// `error`, `outage`, `metric`, `performance`, `feedback`, …
    pub category: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Release.
    pub release: Option<String>,
    /// The transaction or request path.
    pub transaction: Option<String>,
    /// Tags, in order, at most 50.
    pub tags: Vec<(String, String)>,
    /// Sentry's total of events of the issue.
    pub events: Option<u64>,
    /// Sentry's total of users of the issue.
    pub users: Option<u64>,
    /// When the issue was first seen.
    pub first_seen: Option<Timestamp>,
    /// When this happened, by Sentry's clock: the event's time, the issue's `lastSeen`.
    pub seen_at: Option<Timestamp>,
    /// A page for people; `http` or `https`, else absent.
    pub link: Option<String>,
    /// Language or runtime.
    pub platform: Option<String>,
    /// Sent by `test-webhook` or a drill: a fresh identity, marked, outside every figure (semantics S2).
    pub synthetic: bool,
}

impl Signal {
    /// A signal that says what it must, and leaves everything else open.
    #[must_use]
    pub const fn bare(source: Source, resource: Resource, action: String, fact: Fact, title: String) -> Self {
        Self {
            source,
            signed: true,
            resource,
            action,
            fact,
            issue: None,
            event: None,
            rule: None,
            metric: None,
            project: None,
            title,
            culprit: None,
            message: None,
            severity: None,
            hint: None,
            severity_score: None,
            substatus: None,
            unhandled: None,
            exceptions: Vec::new(),
            custom_fingerprint: None,
            category: None,
            environment: None,
            release: None,
            transaction: None,
            tags: Vec::new(),
            events: None,
            users: None,
            first_seen: None,
            seen_at: None,
            link: None,
            platform: None,
            synthetic: false,
        }
    }

    /// What somebody says who opens an incident by hand: a title, no more.
    #[must_use]
    pub fn manual(title: &str, synthetic: bool) -> Self {
        let source = Source("manual".to_owned());
        let bare = Self::bare(source, Resource::Manual, "created".to_owned(), Fact::Occurrence, title.to_owned());
        Self { synthetic, ..bare }
    }

    /// The exception that names the problem: the outermost of the chain.
    #[must_use]
    pub fn exception(&self) -> Option<&Exception> {
        self.exceptions.first()
    }

    /// Whether any frame is the application's own.
    #[must_use]
    pub fn has_in_app_frame(&self) -> bool {
        self.exceptions.iter().any(|exception| !exception.in_app.is_empty())
    }
}

/// What became of a delivery: exactly one for each, told to the sender and kept with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It opened an incident.
    Opened,
    /// It joined a live incident.
    Joined,
    /// It reopened an incident.
    Reopened,
    /// It resolved an incident.
    Resolved,
    /// Triage said ignore, or a rule dropped it (semantics D5).
    Ignored,
    /// It was stored and changed nothing.
    Stored,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Opened, Self::Joined, Self::Reopened, Self::Resolved, Self::Ignored, Self::Stored];

    /// The word in answers, tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Joined => "joined",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
            Self::Stored => "stored",
        }
    }

    /// The outcome with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}
