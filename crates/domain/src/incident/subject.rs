//! What an incident is about.

use serde::{Deserialize, Serialize};

use crate::environment::Environments;
use crate::fingerprint::Fingerprint;
use crate::signal::{MetricAlert, Project, Severity, Signal, Source};
use crate::time::Timestamp;

/// What an incident is about: taken from its first signal and completed by later ones. Its text is untrusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Who speaks.
    pub source: Source,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// The title; never empty.
    pub title: String,
    /// Where it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub culprit: Option<String>,
    /// The class of the exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Sentry's level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The environments it was seen in; none when unknown.
    #[serde(default, alias = "environment", skip_serializing_if = "Environments::is_empty")]
    pub environments: Environments,
    /// The newest release seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// A page for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What groups it.
    pub fingerprint: Fingerprint,
    /// The metric alert, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricAlert>,
    /// Whether a signal had frames of the application's own (semantics I3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_app: bool,
}

impl Subject {
    /// What a first signal tells.
    #[must_use]
    pub fn of(signal: &Signal, fingerprint: Fingerprint) -> Self {
        Self {
            source: signal.source.clone(),
            project: signal.project.clone(),
            title: signal.title.clone(),
            culprit: signal.culprit.clone(),
            exception: signal.exception().map(|exception| exception.class.clone()),
            severity: signal.severity,
            environments: Environments::of(signal.environment.as_deref()),
            release: signal.release.clone(),
            link: signal.link.clone(),
            fingerprint,
            metric: signal.metric.clone(),
            in_app: signal.has_in_app_frame(),
        }
    }
}

/// A Sentry issue in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedIssue {
    /// Sentry's id.
    pub id: String,
    /// Whether Sentry holds it unresolved (semantics R1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// The latest time that a signal of this issue named; `None` for one that joined before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// The fingerprint of its first signal with frames of the application's own: what a merge in Sentry is told by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<Fingerprint>,
    /// Whether Sentry merged it into another issue, as far as signals tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
}

/// What signals tell of a merge in Sentry, which no hook does (semantics I1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merged {
    /// Its errors come under this issue now: what Sentry resolves there is resolved here.
    Into(String),
    /// It spoke again after that: it lives, and is not taken for merged again.
    Denied,
}
