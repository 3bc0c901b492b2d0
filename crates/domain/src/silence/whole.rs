//! Whether a condition holds of an incident as a whole: of every signal that it has had, as far as it remembers them.
//!
//! An incident keeps a subject, not its signals. What it does not keep is not known, and neither is what depends on it: a `not` around an unknown
//! tag does not hold, as it would of a signal without that tag.

use crate::incident::Incident;
use crate::policy::rule::{Condition, Field, Sighting};
use crate::signal::{Fact, Resource, Signal};
use crate::time::Timestamp;

/// `None` when it depends on what the incident does not keep.
pub(super) fn holds(condition: &Condition, incident: &Incident, now: Timestamp) -> Option<bool> {
    let subject = &incident.subject;
    let mut signal =
        Signal::bare(subject.source.clone(), Resource::Manual, String::new(), Fact::Occurrence, subject.title.clone());
    signal.synthetic = incident.synthetic;
    // Each signal came from one environment and, where it came of Sentry, from one issue: so each of them must match.
    let environments: Vec<Option<&String>> = one_at_least(subject.environments.all().iter());
    let issues: Vec<Option<&String>> = if mentions(condition, &Field::Issue) {
        one_at_least(incident.issues.iter().map(|issue| &issue.id))
    } else {
        vec![None]
    };
    let mut outcomes = Vec::new();
    for environment in environments {
        for issue in &issues {
            signal.environment = environment.cloned();
            signal.issue = issue.cloned();
            let fingerprint = &subject.fingerprint.0;
            let seen = Sighting { signal: &signal, incident: Some(incident), fingerprint, now };
            outcomes.push(truth(condition, &seen, incident));
        }
    }
    all(outcomes)
}

fn one_at_least<'a>(found: impl Iterator<Item = &'a String>) -> Vec<Option<&'a String>> {
    let found: Vec<_> = found.map(Some).collect();
    if found.is_empty() { vec![None] } else { found }
}

pub(super) fn mentions(condition: &Condition, wanted: &Field) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| mentions(part, wanted)),
        Condition::Not(part) => mentions(part, wanted),
        Condition::Is(field, _) => field == wanted,
    }
}

fn truth(condition: &Condition, seen: &Sighting<'_>, incident: &Incident) -> Option<bool> {
    let not = |truth: Option<bool>| truth.map(|truth| !truth);
    match condition {
        Condition::All(parts) => all(parts.iter().map(|part| truth(part, seen, incident))),
        // One of them: not each of them not.
        Condition::Any(parts) => not(all(parts.iter().map(|part| not(truth(part, seen, incident))))),
        Condition::Not(part) => not(truth(part, seen, incident)),
        Condition::Is(field, test) => {
            let held = test.holds(field, seen);
            match field {
                // Of a chain only the outermost is kept: that none of the others would pass is not known.
                Field::Exception if !held => None,
                _ => is_kept(field, incident).then_some(held),
            }
        }
    }
}

/// One that does not hold decides, also beside others that are not known.
fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(true);
    for truth in truths {
        match truth {
            Some(true) => {}
            Some(false) => return Some(false),
            None => outcome = None,
        }
    }
    outcome
}

/// Whether an incident remembers this of its signals.
const fn is_kept(field: &Field, incident: &Incident) -> bool {
    match field {
        Field::Source
        | Field::Issue
        | Field::MetricAlert
        | Field::MetricIdentifier
        | Field::Organization
        | Field::Project
        | Field::Title
        | Field::Culprit
        | Field::Level
        | Field::Exception
        | Field::Fingerprint
        | Field::Release
        | Field::Events
        | Field::Users
        | Field::Link
        | Field::Synthetic => true,
        // Past the last that it remembers there may have been any.
        Field::Environment => !incident.subject.environments.is_full(),
        Field::Signed
        | Field::Resource
        | Field::Action
        | Field::Fact
        | Field::Event
        | Field::AlertRule
        | Field::Metric
        | Field::Message
        | Field::SentryPriority
        | Field::SentrySeverity
        | Field::Substatus
        | Field::Unhandled
        | Field::ExceptionMessage
        | Field::Module
        | Field::Function
        | Field::CustomFingerprint
        | Field::Category
        | Field::Path
        | Field::Platform
        | Field::Tag(_)
        | Field::Age
        | Field::SeenAgo => false,
    }
}
