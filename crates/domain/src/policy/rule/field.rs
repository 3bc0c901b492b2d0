//! What a condition looks at: every fact of a signal has a word. What a signal does not tell is taken from its incident, where that knows it;
//! what neither tells is absent, never guessed.

use super::Sighting;
use crate::signal::{Fact, Hint, MetricStatus, Severity};
use crate::time::Timestamp;

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Who speaks: an installation, an organization, or another sender's name.
    Source,
    /// Whether the body was signed.
    Signed,
    /// The resource, by its name on the wire.
    Resource,
    /// The action, as sent.
    Action,
    /// What it states: `occurrence`, `lifecycle`, `metric`, `remark` or `aside`.
    Fact,
    /// Sentry's issue id; without one, those that joined the incident.
    Issue,
    /// The id of the event.
    Event,
    /// The label of Sentry's own alert rule.
    AlertRule,
    /// A metric alert's status: `critical`, `warning`, `open` or `resolved`.
    Metric,
    /// A metric alert's own id.
    MetricAlert,
    /// A metric alert's number within the organization.
    MetricIdentifier,
    /// A metric alert's organization.
    Organization,
    /// The project's slug, and its number.
    Project,
    /// The title.
    Title,
    /// Where Sentry believes it happened.
    Culprit,
    /// The message of an event without an exception.
    Message,
    /// Sentry's level; ordered from `debug` to `fatal`.
    Level,
    /// Sentry's own priority; ordered from `low` to `high`.
    SentryPriority,
    /// Sentry's severity score, in millionths of 1.
    SentrySeverity,
    /// Sentry's substatus.
    Substatus,
    /// Whether the program did not catch it.
    Unhandled,
    /// The class of any exception of the chain.
    Exception,
    /// The message of any exception of the chain.
    ExceptionMessage,
    /// The module of any in-app frame.
    Module,
    /// The function of any in-app frame.
    Function,
    /// Watchfire's fingerprint.
    Fingerprint,
    /// Any part of the fingerprint that the team set in Sentry.
    CustomFingerprint,
    /// Sentry's category of the issue.
    Category,
    /// The environment.
    Environment,
    /// The release.
    Release,
    /// The transaction or request path.
    Path,
    /// Language or runtime.
    Platform,
    /// Every value of the tag with this key.
    Tag(String),
    /// Sentry's total of events; without it, those that the incident counted.
    Events,
    /// Sentry's total of users; without it, those that the incident knows of.
    Users,
    /// Milliseconds since the issue was first seen.
    Age,
    /// Milliseconds since this happened, by Sentry's clock.
    SeenAgo,
    /// The page for people.
    Link,
    /// Whether it is a drill or a test.
    Synthetic,
}

/// What kind of answer a field gives, and so which tests fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, which rise from first to last.
    Ordered(&'static [&'static str]),
    /// A whole number.
    Count,
    /// A number from 0 to 1, in millionths.
    Fraction,
    /// A length of time, in milliseconds.
    Age,
    /// Yes or no.
    Truth,
}

const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "fatal"];
const HINTS: [&str; 3] = ["low", "medium", "high"];
const STATUSES: [&str; 4] = ["critical", "warning", "open", "resolved"];
const FACTS: [&str; 5] = ["occurrence", "lifecycle", "metric", "remark", "aside"];
const RESOURCES: [&str; 10] = [
    "issue",
    "error",
    "event_alert",
    "metric_alert",
    "activity_alert",
    "comment",
    "seer",
    "preprod_artifact",
    "installation",
    "manual",
];

impl Field {
    /// The fields that are a single word of the policy. A tag is written `tag.KEY`.
    pub const NAMED: [(&'static str, Self); 38] = [
        ("source", Self::Source),
        ("signed", Self::Signed),
        ("resource", Self::Resource),
        ("action", Self::Action),
        ("fact", Self::Fact),
        ("issue", Self::Issue),
        ("event", Self::Event),
        ("alert_rule", Self::AlertRule),
        ("metric", Self::Metric),
        ("metric_alert", Self::MetricAlert),
        ("metric_identifier", Self::MetricIdentifier),
        ("organization", Self::Organization),
        ("project", Self::Project),
        ("title", Self::Title),
        ("culprit", Self::Culprit),
        ("message", Self::Message),
        ("level", Self::Level),
        ("sentry_priority", Self::SentryPriority),
        ("sentry_severity", Self::SentrySeverity),
        ("substatus", Self::Substatus),
        ("unhandled", Self::Unhandled),
        ("exception", Self::Exception),
        ("exception_message", Self::ExceptionMessage),
        ("module", Self::Module),
        ("function", Self::Function),
        ("fingerprint", Self::Fingerprint),
        ("custom_fingerprint", Self::CustomFingerprint),
        ("category", Self::Category),
        ("environment", Self::Environment),
        ("release", Self::Release),
        ("path", Self::Path),
        ("platform", Self::Platform),
        ("events", Self::Events),
        ("users", Self::Users),
        ("age", Self::Age),
        ("seen_ago", Self::SeenAgo),
        ("link", Self::Link),
        ("synthetic", Self::Synthetic),
    ];

    /// The word for it; a tag's key for a tag.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Tag(key) => key,
            _ => Self::NAMED.iter().find(|(_, field)| field == self).map_or("", |(word, _)| word),
        }
    }

    /// What kind of answer it gives.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Level => Kind::Ordered(&LEVELS),
            Self::SentryPriority => Kind::Ordered(&HINTS),
            Self::Metric => Kind::Word(&STATUSES),
            Self::Fact => Kind::Word(&FACTS),
            Self::Resource => Kind::Word(&RESOURCES),
            Self::Events | Self::Users => Kind::Count,
            Self::SentrySeverity => Kind::Fraction,
            Self::Age | Self::SeenAgo => Kind::Age,
            Self::Signed | Self::Unhandled | Self::Synthetic => Kind::Truth,
            _ => Kind::Text,
        }
    }

    /// The first text of the field that `fits`; none when nobody told it. Nothing is copied: this runs for each rule and signal.
    pub(super) fn find<'a>(&self, seen: &Sighting<'a>, mut fits: impl FnMut(&'a str) -> bool) -> Option<&'a str> {
        let signal = seen.signal;
        let subject = seen.incident.map(|incident| &incident.subject);
        let frames = || signal.exceptions.iter().flat_map(|exception| &exception.in_app);
        let metric = || signal.metric.as_ref().or_else(|| subject?.metric.as_ref());
        let mut one = |text: Option<&'a str>| text.filter(|text| fits(text));
        match self {
            Self::Source => one(Some(&signal.source.0)),
            Self::Resource => one(Some(signal.resource.as_str())),
            Self::Action => one(Some(&signal.action)),
            Self::Fact => one(Some(fact(&signal.fact))),
            Self::Issue => match (&signal.issue, seen.incident) {
                (None, Some(incident)) => incident.issues.iter().map(|issue| issue.id.as_str()).find(|id| fits(id)),
                (issue, _) => one(issue.as_deref()),
            },
            Self::Event => one(signal.event.as_deref()),
            Self::AlertRule => one(signal.rule.as_deref()),
            Self::Metric => one(status(&signal.fact)),
            Self::MetricAlert => one(metric().and_then(|metric| metric.id.as_deref())),
            Self::MetricIdentifier => one(metric().and_then(|metric| metric.identifier.as_deref())),
            Self::Organization => one(metric().and_then(|metric| metric.organization.as_deref())),
            Self::Project => {
                let project = signal.project.as_ref().or_else(|| subject?.project.as_ref())?;
                [&project.slug, &project.id].into_iter().filter_map(|name| name.as_deref()).find(|name| fits(name))
            }
            Self::Title => one(Some(&signal.title)),
            Self::Culprit => one(signal.culprit.as_deref().or_else(|| subject?.culprit.as_deref())),
            Self::Message => one(signal.message.as_deref()),
            Self::Level => one(severity(seen).map(Severity::as_str)),
            Self::SentryPriority => one(signal.hint.map(hint)),
            Self::Substatus => one(signal.substatus.as_deref()),
            Self::Exception if signal.exceptions.is_empty() => {
                one(subject.and_then(|subject| subject.exception.as_deref()))
            }
            Self::Exception => signal.exceptions.iter().map(|one| one.class.as_str()).find(|class| fits(class)),
            Self::ExceptionMessage => signal.exceptions.iter().map(|one| one.value.as_str()).find(|value| fits(value)),
            Self::Module => frames().map(|frame| frame.module.as_str()).find(|module| fits(module)),
            Self::Function => frames().map(|frame| frame.function.as_str()).find(|function| fits(function)),
            Self::Fingerprint => one(Some(seen.fingerprint)),
            Self::CustomFingerprint => {
                signal.custom_fingerprint.iter().flatten().map(String::as_str).find(|part| fits(part))
            }
            Self::Category => one(signal.category.as_deref()),
            Self::Environment => one(signal.environment.as_deref().or_else(|| subject?.environments.first())),
            Self::Release => one(signal.release.as_deref().or_else(|| subject?.release.as_deref())),
            Self::Path => one(signal.transaction.as_deref()),
            Self::Platform => one(signal.platform.as_deref()),
            Self::Link => one(signal.link.as_deref().or_else(|| subject?.link.as_deref())),
            Self::Tag(key) => {
                let values = signal.tags.iter().filter(|(name, _)| name == key);
                values.map(|(_, value)| value.as_str()).find(|value| fits(value))
            }
            Self::Events
            | Self::Users
            | Self::SentrySeverity
            | Self::Age
            | Self::SeenAgo
            | Self::Signed
            | Self::Unhandled
            | Self::Synthetic => None,
        }
    }

    /// The number of a field that has one: a count, a rank among ordered words, millionths, milliseconds.
    pub(super) fn number(&self, seen: &Sighting<'_>) -> Option<u64> {
        let signal = seen.signal;
        match self {
            Self::Level => severity(seen).map(|severity| severity as u64),
            Self::SentryPriority => signal.hint.map(|hint| hint as u64),
            Self::SentrySeverity => signal.severity_score.filter(|score| score.is_finite()).map(millionths),
            Self::Events => signal.events.or_else(|| Some(seen.incident?.counts.events)),
            Self::Users => signal.users.or_else(|| seen.incident?.counts.users),
            Self::Age => signal.first_seen.map(|first| millis_since(seen.now, first)),
            Self::SeenAgo => signal.seen_at.map(|then| millis_since(seen.now, then)),
            _ => None,
        }
    }

    /// The answer of a field that is yes or no.
    pub(super) fn truth(&self, seen: &Sighting<'_>) -> Option<bool> {
        let signal = seen.signal;
        match self {
            Self::Signed => Some(signal.signed),
            Self::Synthetic => Some(signal.synthetic),
            Self::Unhandled => signal.unhandled.or_else(|| signal.exception()?.unhandled),
            _ => None,
        }
    }

    /// Whether anybody told it.
    pub(super) fn is_told(&self, seen: &Sighting<'_>) -> bool {
        match self.kind() {
            Kind::Truth => self.truth(seen).is_some(),
            Kind::Count | Kind::Fraction | Kind::Age => self.number(seen).is_some(),
            Kind::Text | Kind::Word(_) | Kind::Ordered(_) => self.find(seen, |_| true).is_some(),
        }
    }
}

/// A score from 0 to 1 in millionths: whole, so that it compares exactly.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
pub fn millionths(score: f64) -> u64 {
    (score.clamp(0.0, 1.0) * 1e6).round() as u64
}

/// By our clock; what is dated ahead of it is new.
fn millis_since(now: Timestamp, then: Timestamp) -> u64 {
    u64::try_from(now.millis().saturating_sub(then.millis())).unwrap_or(0)
}

fn severity(seen: &Sighting<'_>) -> Option<Severity> {
    seen.signal.severity.or_else(|| seen.incident?.subject.severity)
}

const fn hint(hint: Hint) -> &'static str {
    match hint {
        Hint::Low => HINTS[0],
        Hint::Medium => HINTS[1],
        Hint::High => HINTS[2],
    }
}

const fn fact(fact: &Fact) -> &'static str {
    match fact {
        Fact::Occurrence => FACTS[0],
        Fact::Lifecycle(_) => FACTS[1],
        Fact::Metric { .. } => FACTS[2],
        Fact::Remark => FACTS[3],
        Fact::Aside => FACTS[4],
    }
}

const fn status(fact: &Fact) -> Option<&'static str> {
    let Fact::Metric { status } = fact else { return None };
    Some(match status {
        MetricStatus::Critical => STATUSES[0],
        MetricStatus::Warning => STATUSES[1],
        MetricStatus::Open => STATUSES[2],
        MetricStatus::Resolved => STATUSES[3],
    })
}
