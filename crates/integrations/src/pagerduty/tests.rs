#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::time::Duration;

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::PageReason;
use serde_json::{Value, json};

use super::*;
use crate::notifier::Occasion;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

fn pagerduty() -> Arc<dyn Notifier> {
    configure(testkit::table(json!({"routing_key": "canary7890123456789012345678cnry"}))).unwrap()
}

fn body(request: Request) -> Value {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    serde_json::from_slice(&http.body).unwrap()
}

fn render(notification: &Notification, last: Option<&Receipt>) -> Value {
    body(pagerduty().render(notification, last, &testkit::key(), testkit::now()).unwrap())
}

fn receipt(key: &str) -> Receipt {
    Receipt(json!({"dedup_key": key}))
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*pagerduty(),
        canaries: &["canary7890", "cnry"],
        key_header: None,
        secret_in_body: true,
        body_limit: render::BODY,
        receipt: Some(receipt("inc-28t5cy4tqkff")),
    }
    .check();
}

#[test]
fn each_occasion_has_its_event() {
    for (name, notification) in testkit::notifications() {
        let request = pagerduty().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("pagerduty_{name}"), testkit::golden(&request));
    }
}

#[test]
fn each_kind_of_bulletin_has_its_event() {
    for (name, bulletin) in testkit::bulletins() {
        let request = pagerduty().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("pagerduty_bulletin_{name}"), testkit::golden(&request));
    }
}

#[test]
fn what_happens_to_an_incident_happens_to_its_alert() {
    let by = || "Ada".to_owned();
    for (notification, action) in [
        (testkit::page(), "trigger"),
        (testkit::news(News::Acknowledged { by: by() }), "acknowledge"),
        (testkit::news(News::Snoozed { by: by(), until: "tomorrow".into() }), "acknowledge"),
        (testkit::news(News::Resolved { by: by() }), "resolve"),
        (testkit::news(News::Agent { said: "opened a pull request".into() }), "trigger"),
    ] {
        for (last, key) in [(None, notification.incident.to_string()), (Some("inc-1/x"), "inc-1/x".into())] {
            let event = render(&notification, last.map(receipt).as_ref());
            assert_eq!((&event["event_action"], &event["dedup_key"]), (&json!(action), &json!(key)));
            assert_eq!(event.get("payload").is_some(), action == "trigger");
        }
    }
}

#[test]
fn a_page_after_a_hold_rings_anew() {
    let last = receipt(&testkit::page().incident.to_string());
    for reason in [PageReason::AcknowledgementEnded, PageReason::SnoozeEnded] {
        let page =
            Notification { occasion: Occasion::Page { reason, rung: Some(0), repetition: 1 }, ..testkit::page() };
        let event = render(&page, Some(&last));
        let key = event["dedup_key"].as_str().unwrap().to_owned();
        assert_eq!(key, format!("{}/{}", page.incident, testkit::key().0));
        // What follows is about the alert that rang last.
        let answer = json!({"status": "success", "message": "Event processed", "dedup_key": key}).to_string();
        let outcome = pagerduty().interpret(&testkit::answer(202, &answer));
        assert_eq!(outcome, Outcome::Delivered { receipt: Some(receipt(&key)) });
        let over = render(&testkit::news(News::Resolved { by: "Ada".into() }), Some(&receipt(&key)));
        assert_eq!(over["dedup_key"], json!(key));
    }
}

#[test]
fn an_alert_that_stands_alone_never_becomes_that_of_the_incident() {
    for news in [News::Grew { users: None, rate: 6_000 }, News::IssueJoined, News::InWindow, News::SilenceEnded] {
        let key = render(&testkit::news(news), None)["dedup_key"].as_str().unwrap().to_owned();
        assert!(!render::is_alert_of_an_incident(&key), "{key}");
    }
    let several = testkit::bulletin(BundleKind::Storm, vec![testkit::page(); 2]);
    let event = body(pagerduty().render_bulletin(&several, &testkit::key(), testkit::now()).unwrap());
    assert_eq!(event["dedup_key"], json!(several.id.to_string()));
}

#[test]
fn no_event_passes_the_limits() {
    let long = DedupKey("k".repeat(1_000));
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            let event = body(pagerduty().render(&notification, None, &long, testkit::now()).unwrap());
            let length = |value: &Value| value.as_str().unwrap_or_default().chars().count();
            assert!((1..=render::DEDUP_KEY).contains(&length(&event["dedup_key"])), "{name}");
            if event["event_action"] == "trigger" {
                let payload = &event["payload"];
                assert!((1..=render::SUMMARY).contains(&length(&payload["summary"])), "{name}");
                assert!(length(&payload["source"]) >= 1, "{name}");
                assert!(!payload["summary"].as_str().unwrap().contains(testkit::is_dangerous), "{name}");
            }
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = pagerduty().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("pagerduty_answers", table);
    insta::assert_snapshot!(
        "pagerduty_statuses",
        testkit::status_table(&*pagerduty(), include_str!("fixtures/accepted.json"))
    );
}

#[test]
fn being_too_fast_waits_some_minutes() {
    let outcome = pagerduty().interpret(&testkit::answer(429, ""));
    assert!(
        matches!(outcome, Outcome::Retry { after: Some(after), throttled: true, .. } if after >= Duration::from_secs(60))
    );
}
