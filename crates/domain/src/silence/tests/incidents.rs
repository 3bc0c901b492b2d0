//! Whether a silence matches an incident as a whole.

use proptest::prelude::*;

use super::*;
use crate::incident::JoinedIssue;
use crate::signal::{Fact, Resource, Signal};

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn matches(matching: &str, incident: &Incident) -> bool {
    silence(matching, once("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z")).matches_incident(incident, NOW)
}

fn signal(incident: &Incident) -> Signal {
    let (source, title) = (incident.subject.source.clone(), incident.subject.title.clone());
    Signal::bare(source, Resource::Error, "created".to_owned(), Fact::Occurrence, title)
}

#[test]
fn every_environment_of_an_incident_must_match() {
    let staging = r#"{ project = "shop", environment = "staging" }"#;
    assert!(matches(staging, &incident(1, &["staging"])));
    assert!(!matches(staging, &incident(1, &["staging", "production"])));
    assert!(!matches(staging, &incident(1, &["production", "staging"])));
    assert!(!matches(staging, &incident(1, &[])), "nobody said where it happens");
    assert!(matches(r#"{ environment = ["staging", "production"] }"#, &incident(1, &["staging", "production"])));
    assert!(!matches(r#"{ not = { environment = "staging" } }"#, &incident(1, &["production", "staging"])));
    assert!(matches(r#"{ project = "4711" }"#, &incident(1, &[])));
}

#[test]
fn past_the_environments_that_it_remembers_there_may_have_been_any() {
    let names = ["pr-1", "pr-2", "pr-3", "pr-4", "pr-5", "pr-6", "pr-7", "pr-8"];
    let previews = r#"{ environment = { prefix = "pr-" } }"#;
    assert!(matches(previews, &incident(1, &names[..7])));
    assert!(!matches(previews, &incident(1, &names)));
    assert!(matches(r#"{ project = "shop" }"#, &incident(1, &names)));
}

#[test]
fn every_issue_of_an_incident_must_match() {
    let joined =
        |id: &str| JoinedIssue { id: id.to_owned(), open: true, last_seen_at: None, print: None, merged: None };
    let mut incident = incident(1, &["staging"]);
    incident.issues = vec![joined("77")];
    assert!(matches(r#"{ issue = "77" }"#, &incident));
    incident.issues.push(joined("78"));
    assert!(!matches(r#"{ issue = "77" }"#, &incident));
    assert!(matches(r#"{ issue = ["77", "78"] }"#, &incident));
}

#[test]
fn what_an_incident_does_not_keep_is_no_reason_to_hide_it() {
    let seen = incident(1, &["staging"]);
    for unsure in [
        r#"{ path = "/checkout" }"#,
        r#"{ not = { tag.customer = "gold" } }"#,
        "{ tag.customer = { present = false } }",
        r#"{ project = "shop", not = { resource = "metric_alert" } }"#,
        "{ signed = true }",
        // An inner exception of the chain may be one.
        r#"{ not = { exception = "ValueError" } }"#,
    ] {
        assert!(!matches(unsure, &seen), "{unsure}");
    }
    for sure in [
        r#"{ exception = "GatewayError" }"#,
        r#"{ any = [{ project = "shop" }, { path = "/checkout" }] }"#,
        r#"{ not = { all = [{ project = "till" }, { path = "/checkout" }] } }"#,
        "{ all = [] }",
    ] {
        assert!(matches(sure, &seen), "{sure}");
    }
}

/// Conditions on what is kept and what is not, nested.
fn conditions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        r#"{ environment = "staging" }"#,
        r#"{ environment = ["staging", "test"] }"#,
        r#"{ environment = { prefix = "p" } }"#,
        "{ environment = { present = true } }",
        r#"{ project = "shop" }"#,
        r#"{ project = "till" }"#,
        r#"{ title = { contains = "broke" } }"#,
        r#"{ tag.customer = "gold" }"#,
        r#"{ path = { prefix = "/pay" } }"#,
        "{ unhandled = true }",
        r#"{ resource = "error" }"#,
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let list = proptest::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(", "));
        prop_oneof![
            list.clone().prop_map(|parts| format!("{{ all = [{parts}] }}")),
            list.prop_map(|parts| format!("{{ any = [{parts}] }}")),
            inner.prop_map(|part| format!("{{ not = {part} }}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_matches_an_incident_matches_every_signal_that_it_can_have_had(
        matching in conditions(),
        environments in proptest::collection::vec(prop::sample::select(vec!["staging", "test", "production", "prod-eu"]), 0..4),
        tag in proptest::option::of(prop::sample::select(vec!["gold", "free"])),
        path in proptest::option::of(prop::sample::select(vec!["/pay/now", "/about"])),
        unhandled in proptest::option::of(any::<bool>()),
        resource in prop::sample::select(vec![Resource::Error, Resource::Issue]),
    ) {
        let incident = incident(1, &environments);
        let Ok(read) = Matching::parse(&matching) else { return Ok(()) };
        let told = read.of_incident(&incident, NOW);
        let mut signal = signal(&incident);
        signal.resource = resource;
        signal.transaction = path.map(str::to_owned);
        signal.unhandled = unhandled;
        signal.tags = tag.map(|tag| ("customer".to_owned(), tag.to_owned())).into_iter().collect();
        let from: Vec<Option<&str>> =
            if environments.is_empty() { vec![None] } else { environments.iter().map(|name| Some(*name)).collect() };
        let mut all = true;
        for environment in from {
            signal.environment = environment.map(str::to_owned);
            let seen = Sighting { signal: &signal, incident: Some(&incident), fingerprint: "v1-0", now: NOW };
            all &= read.condition().holds(&seen);
        }
        match told {
            Some(true) => prop_assert!(all, "{}", matching),
            Some(false) => prop_assert!(!all, "{}", matching),
            None => {}
        }
    }
}
