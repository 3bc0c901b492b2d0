//! What makes signals belong together: the keys of a signal's identities (semantics I1 to I4). Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

use domain::fingerprint::Fingerprint;
use domain::id::IncidentId;
use domain::signal::{Fact, Lifecycle, MetricAlert, Signal, Source};
use sha2::{Digest as _, Sha256};
use store::record::IdentityKey;

/// The longest part of a key that stays readable, in bytes.
const READABLE: usize = 64;
/// How much of a longer part is kept before its hash.
const KEPT: usize = 40;

/// The identities of one signal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    /// Its own: the Sentry issue, the metric alert, else the fingerprint.
    pub(crate) own: Option<IdentityKey>,
    /// What it may share with other issues (semantics I3): the same fingerprint in the same known environment, with a frame of the
    /// application's own.
    pub(crate) group: Option<IdentityKey>,
    /// Where signals of the same error wait that came before their issue did (semantics I2).
    pub(crate) early: Option<IdentityKey>,
    /// For the end of an issue: where issues are remembered that Sentry merged into it.
    pub(crate) merged: Option<IdentityKey>,
}

impl Keys {
    pub(crate) fn of(signal: &Signal, fingerprint: &Fingerprint) -> Self {
        if signal.fact == Fact::Aside {
            return Self::default();
        }
        if let Some(metric) = &signal.metric
            && let Some(own) = metric_alert(&signal.source, metric)
        {
            return Self { own: Some(own), ..Self::default() };
        }
        let source = part(&signal.source.0);
        let project = signal.project.as_ref().map_or("", |project| project.key());
        let project = part(project);
        let print = part(&fingerprint.0);
        let fingerprinted = || IdentityKey(format!("print/{source}/{project}/{print}"));
        let occurs = signal.fact == Fact::Occurrence;
        let environment = signal.environment.as_deref().map(str::trim).filter(|name| !name.is_empty());
        // A test joins nothing but itself (semantics S2).
        let groups = occurs && signal.has_in_app_frame() && !signal.synthetic;
        let group = environment
            .filter(|_| groups)
            .map(|name| IdentityKey(format!("group/{source}/{project}/{print}/{}", part(name))));
        let Some(number) = &signal.issue else {
            // A remark about no issue belongs to nothing.
            return Self { own: occurs.then(fingerprinted), group, ..Self::default() };
        };
        let ends = matches!(signal.fact, Fact::Lifecycle(Lifecycle::Resolved { .. } | Lifecycle::Ignored { .. }));
        Self {
            own: Some(issue(&signal.source, number)),
            group,
            early: (occurs && !signal.synthetic).then(fingerprinted),
            merged: ends.then(|| merged_into(&signal.source, number)),
        }
    }
}

/// Where it is remembered which incident has an issue that Sentry merged into this one.
pub(crate) fn merged_into(source: &Source, issue: &str) -> IdentityKey {
    IdentityKey(format!("merged/{}/{}", part(&source.0), part(issue)))
}

/// The identity of a Sentry issue (semantics I1).
pub(crate) fn issue(source: &Source, issue: &str) -> IdentityKey {
    IdentityKey(format!("issue/{}/{}", part(&source.0), part(issue)))
}

/// The identity of a metric alert (semantics I4): Sentry itself keys it by organization and identifier.
pub(crate) fn metric_alert(source: &Source, metric: &MetricAlert) -> Option<IdentityKey> {
    let source = part(&source.0);
    match metric {
        MetricAlert { organization: Some(organization), identifier: Some(identifier), .. } => {
            Some(IdentityKey(format!("metric/{source}/{}/{}", part(organization), part(identifier))))
        }
        MetricAlert { id: Some(id), .. } => Some(IdentityKey(format!("metric/{source}/{}", part(id)))),
        MetricAlert { .. } => None,
    }
}

/// The identity of an incident that somebody opened by hand, by the name that they have for it.
pub(crate) fn manual(external_id: &str) -> IdentityKey {
    IdentityKey(format!("manual/{}", part(external_id)))
}

/// The identities of a running incident's own issues and alert.
pub(crate) fn of_incident(incident: &domain::incident::Incident) -> Vec<IdentityKey> {
    let source = &incident.subject.source;
    let metric = incident.subject.metric.as_ref().and_then(|metric| metric_alert(source, metric));
    incident.issues.iter().map(|joined| issue(source, &joined.id)).chain(metric).collect()
}

/// Whether an identity points to this incident.
pub(crate) fn points_to(identity: Option<&store::record::Identity>, incident: IncidentId) -> bool {
    identity.is_some_and(|identity| identity.incident == Some(incident))
}

/// One part of a key: outside text without the slash that divides parts, in visible ASCII, and not too long.
pub(crate) fn part(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b'%';
    if text.len() <= READABLE && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(READABLE);
    for byte in text.bytes() {
        if written.len() >= READABLE {
            break;
        }
        if plain(byte) {
            written.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(written, "%{byte:02x}");
        }
    }
    if text.len() > KEPT {
        written.truncate(KEPT);
        let digest = Sha256::digest(text.as_bytes());
        written.push('~');
        for byte in digest.iter().take(12) {
            let _ = write!(written, "{byte:02x}");
        }
    }
    Cow::Owned(written)
}

/// Every identity that a person's word about an incident holds (semantics A8): its issues and alert, else its fingerprint; and the one
/// that it may share with other issues (I3).
pub(crate) fn labelled(incident: &domain::incident::Incident) -> Vec<IdentityKey> {
    let subject = &incident.subject;
    let mut keys = of_incident(incident);
    if let Some(name) = &incident.external_id {
        keys.push(manual(name));
        return keys;
    }
    let source = part(&subject.source.0);
    let project = part(subject.project.as_ref().map_or("", |project| project.key()));
    let print = part(&subject.fingerprint.0);
    if keys.is_empty() {
        keys.push(IdentityKey(format!("print/{source}/{project}/{print}")));
    }
    if subject.in_app && subject.metric.is_none() && !incident.synthetic {
        let groups = subject.environments.all().iter();
        keys.extend(groups.map(|name| IdentityKey(format!("group/{source}/{project}/{print}/{}", part(name)))));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_cannot_reach_into_another_part() {
        assert_eq!(part("production"), "production");
        assert_eq!(part("a/b%c d"), "a%2fb%25c%20d");
        assert_ne!(issue(&Source("a/1".into()), "2"), issue(&Source("a".into()), "1/2"));
        let (long, longer) = ("x".repeat(100), "x".repeat(101));
        assert_ne!(part(&long), part(&longer));
        assert!(part(&"ä".repeat(50)).len() <= READABLE + 1);
    }

    #[test]
    fn a_metric_alert_is_keyed_as_sentry_keys_it() {
        let source = Source("org".into());
        let full = MetricAlert { organization: Some("7".into()), identifier: Some("23".into()), id: Some("99".into()) };
        assert_eq!(metric_alert(&source, &full), Some(IdentityKey("metric/org/7/23".into())));
        let bare = MetricAlert { id: Some("99".into()), ..MetricAlert::default() };
        assert_eq!(metric_alert(&source, &bare), Some(IdentityKey("metric/org/99".into())));
        assert_eq!(metric_alert(&source, &MetricAlert::default()), None);
    }
}
