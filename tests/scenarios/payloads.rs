//! Every body of `tests/fixtures/sentry`, signed: taken, kept byte for byte, with the right outcome and the facts that a person looks for.
//! And what is not signed as it must be changes nothing.

use harness::{Fixture, Setting, SignedHook, fixture, fixtures, scenario};

/// What each body comes to in an empty house.
const OUTCOMES: [(&str, &str); 29] = [
    ("activity_alert.triggered.seer", "stored"),
    ("activity_alert.triggered.status_archived", "stored"),
    ("activity_alert.triggered.status_regressed", "opened"),
    ("activity_alert.triggered.status_resolved", "stored"),
    ("comment.created", "stored"),
    ("comment.deleted", "stored"),
    ("error.created", "opened"),
    ("event_alert.triggered", "opened"),
    ("event_alert.triggered.message", "opened"),
    ("event_alert.triggered.occurrence", "opened"),
    ("event_alert.triggered.raw-utf8", "opened"),
    ("installation.created", "stored"),
    ("issue.archived", "stored"),
    ("issue.assigned", "stored"),
    ("issue.assigned.by-rule", "stored"),
    ("issue.created", "opened"),
    ("issue.created.old", "opened"),
    ("issue.created.outage", "opened"),
    ("issue.ignored", "stored"),
    ("issue.resolved", "stored"),
    ("issue.unresolved.by-person", "opened"),
    ("issue.unresolved.escalating", "opened"),
    ("metric_alert.critical", "opened"),
    ("metric_alert.open.sparse", "opened"),
    ("metric_alert.resolved", "stored"),
    ("metric_alert.warning", "opened"),
    ("preprod_artifact.size_analysis_completed", "stored"),
    ("seer.pr_created", "stored"),
    ("seer.root_cause_completed", "stored"),
];

fn signed(fixture: Fixture) -> SignedHook {
    SignedHook::of(fixture.resource(), fixture.body)
}

#[test]
fn every_body_is_known_here() {
    let there: Vec<&str> = fixtures().iter().map(|fixture| fixture.name).collect();
    let known: Vec<&str> = OUTCOMES.iter().map(|(name, _)| *name).collect();
    assert_eq!(there, known);
}

#[test]
fn every_signed_body_is_taken_kept_and_understood() {
    for (name, outcome) in OUTCOMES {
        Setting::default().with_default_triage().play(async |world| {
            let fixture = fixture(name);
            let answer = world.deliver(&signed(fixture)).await;
            assert_eq!((answer.status, answer.outcome.as_str()), (202, outcome), "{name}");
            assert_eq!(answer.incident.is_some(), outcome == "opened", "{name}");

            let (status, bytes) = world.get(&format!("/api/v1/deliveries/{}/body", answer.delivery)).await;
            assert_eq!((status, &bytes[..]), (200, fixture.body), "{name}");
            let row = world.read(&format!("/api/v1/deliveries/{}", answer.delivery)).await;
            assert_eq!(row["trouble"], serde_json::Value::Null, "{name}: {row}");

            if let Some(incident) = answer.incident {
                let shown = world.incident(&incident).await;
                assert!(
                    !shown.field("title").is_empty() && !shown.field("title").starts_with("Untitled"),
                    "{name}: {shown:?}"
                );
                assert!(!shown.field("severity").is_empty(), "{name}: {shown:?}");
                // The sparse alert names no project; hooks of 2020 had no address at all.
                let has_project = name != "metric_alert.open.sparse";
                assert_eq!(!shown.field("project").is_empty(), has_project, "{name}: {shown:?}");
                let has_link = !["metric_alert.open.sparse", "issue.created.old"].contains(&name);
                assert_eq!(shown.field("link").starts_with("https://"), has_link, "{name}: {shown:?}");
            }
            world.forget_what_was_sent();
        });
    }
}

#[test]
fn the_facts_of_an_issue_are_those_that_sentry_shows() {
    let setting = Setting::default().with_default_triage();
    setting.play(async |world| {
        let incident = world.deliver(&signed(fixture("issue.created"))).await.incident();
        let shown = world.incident(&incident).await;
        for (field, value) in [
            ("title", "CardDeclined: issuer did not answer"),
            ("culprit", "checkout.payments in charge"),
            ("project", "checkout"),
            ("severity", "error"),
            ("link", "https://lantern.sentry.io/issues/5501234567/"),
            ("sentry_issue_id", "5501234567"),
            ("count", "17"),
            ("users", "9"),
            ("last_seen_at", "2026-05-04T08:19:30.500Z"),
        ] {
            assert_eq!(shown.field(field), value, "{field}");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn the_facts_of_an_event_are_those_that_sentry_shows() {
    Setting::default().with_default_triage().play(async |world| {
        let incident = world.deliver(&signed(fixture("event_alert.triggered"))).await.incident();
        let shown = world.incident(&incident).await;
        for (field, value) in [
            ("title", "CardDeclined: issuer did not answer"),
            ("environment", "production"),
            ("release", "checkout@2.14.0"),
            ("exception", "CardDeclined"),
            ("severity", "error"),
            ("sentry_issue_id", "5501234567"),
        ] {
            assert_eq!(shown.field(field), value, "{field}");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn a_resolve_ends_what_a_creation_opened_and_a_metric_alert_ends_itself() {
    Setting::default().with_default_triage().play(async |world| {
        for (opens, ends) in [("issue.created", "issue.resolved"), ("metric_alert.critical", "metric_alert.resolved")] {
            let opened = world.deliver(&signed(fixture(opens))).await;
            assert_eq!(opened.outcome, "opened", "{opens}");
            let ended = world.deliver(&signed(fixture(ends))).await;
            assert_eq!((ended.outcome.as_str(), ended.incident), ("resolved", opened.incident), "{ends}");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn all_bodies_of_one_issue_make_one_incident() {
    Setting::default().with_default_triage().play(async |world| {
        let mut incidents = Vec::new();
        for name in
            ["event_alert.triggered", "issue.created", "activity_alert.triggered.status_regressed", "comment.created"]
        {
            incidents.push(world.deliver(&signed(fixture(name))).await.incident());
        }
        incidents.dedup();
        assert_eq!(incidents.len(), 1);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_body_that_is_not_signed_as_it_must_be_is_refused_and_changes_nothing() {
    scenario(async |world| {
        for fixture in [fixture("issue.created"), fixture("issue.resolved")] {
            let good = signed(fixture);
            let signature = good.signature.clone().unwrap();
            let reserialised: serde_json::Value = serde_json::from_slice(&good.body).unwrap();
            let mut other_digit = signature.clone().into_bytes();
            other_digit[0] = if other_digit[0] == b'0' { b'1' } else { b'0' };
            let variants = [
                ("missing", SignedHook { signature: None, ..good.clone() }),
                ("empty", SignedHook { signature: Some(String::new()), ..good.clone() }),
                ("wrong", SignedHook { signature: Some(String::from_utf8(other_digit).unwrap()), ..good.clone() }),
                ("upper case", SignedHook { signature: Some(signature.to_uppercase()), ..good.clone() }),
                ("truncated", SignedHook { signature: Some(signature[..63].to_owned()), ..good.clone() }),
                ("prefixed", SignedHook { signature: Some(format!("sha256={signature}")), ..good.clone() }),
                ("re-serialised", SignedHook { body: reserialised.to_string().into_bytes(), ..good.clone() }),
                ("truncated body", SignedHook { body: good.body[..good.body.len() - 1].to_vec(), ..good.clone() }),
            ];
            for (name, hook) in variants {
                let answer = world.deliver(&hook).await;
                assert_eq!(answer.status, 401, "{name}: {}", answer.body);
                assert!(answer.body["title"].is_string(), "{name}: a problem document, {}", answer.body);
            }
        }
        assert!(world.incidents().await.is_empty());
        assert_eq!(world.read("/api/v1/deliveries").await["items"], serde_json::json!([]));
    });
}

#[test]
fn the_same_body_a_thousand_times_is_one_incident_and_one_delivery() {
    Setting::default().with_default_triage().play(async |world| {
        let hook = signed(fixture("issue.created"));
        let mut statuses = Vec::new();
        for _ in 0..1_000 {
            let answer = world.deliver(&hook).await;
            assert_eq!(answer.outcome, "opened");
            statuses.push(answer.status);
        }
        assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 999);
        assert_eq!(world.incidents().await.len(), 1);
        assert_eq!(world.read("/api/v1/deliveries").await["items"].as_array().map(Vec::len), Some(1));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_signed_body_that_cannot_be_read_is_taken_kept_and_shown_to_the_operator() {
    scenario(async |world| {
        for body in [&b"not json"[..], b"{\"action\":", b"[1,2,3]", b"\xff\xfe\x00", b""] {
            let answer = world.deliver(&SignedHook::of("issue", body)).await;
            assert_eq!((answer.status, answer.outcome.as_str(), answer.incident), (202, "stored", None), "{body:?}");
        }
        let shown = world.read("/api/v1/deliveries?trouble=true").await;
        assert_eq!(shown["items"].as_array().map(Vec::len), Some(5), "{shown}");
    });
}
