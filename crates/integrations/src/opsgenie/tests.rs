#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::PageReason;
use serde_json::{Value, json};

use super::*;
use crate::notifier::Occasion;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// A description in full, in the widest characters.
const BODY: usize = 64_000;

fn opsgenie() -> Arc<dyn Notifier> {
    configure(testkit::table(json!({"api_key": "canary-key", "team": ["ops"]}))).unwrap()
}

fn read(request: Request) -> (String, Value) {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    (http.url.expose().path().to_owned(), serde_json::from_slice(&http.body).unwrap())
}

fn render(notification: &Notification) -> (String, Value) {
    read(opsgenie().render(notification, None, &testkit::key(), testkit::now()).unwrap())
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*opsgenie(),
        canaries: &["canary-key"],
        key_header: None,
        secret_in_body: false,
        body_limit: BODY,
        receipt: None,
    }
    .check();
}

#[test]
fn each_occasion_has_its_call() {
    for (name, notification) in testkit::notifications() {
        let request = opsgenie().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("opsgenie_{name}"), testkit::golden(&request));
    }
}

#[test]
fn each_kind_of_bulletin_has_its_alert() {
    for (name, bulletin) in testkit::bulletins() {
        let request = opsgenie().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("opsgenie_bulletin_{name}"), testkit::golden(&request));
    }
}

#[test]
fn what_happens_to_an_incident_happens_to_its_alert() {
    let by = || "Ada".to_owned();
    let incident = testkit::page().incident;
    let (path, body) = render(&testkit::page());
    assert_eq!((path.as_str(), &body["alias"]), ("/v2/alerts", &json!(incident.to_string())));
    assert_eq!(body["responders"], json!([{"type": "team", "name": "ops"}]));
    for (news, action) in [
        (News::Acknowledged { by: by() }, "acknowledge"),
        (News::Snoozed { by: by(), until: "tomorrow".into() }, "acknowledge"),
        (News::Resolved { by: by() }, "close"),
        (News::Agent { said: "opened a pull request".into() }, "notes"),
        (News::Rose, "notes"),
    ] {
        let (path, body) = render(&testkit::news(news));
        assert_eq!(path, format!("/v2/alerts/{incident}/{action}"));
        assert!(body.get("responders").is_none());
    }
}

#[test]
fn a_page_after_a_hold_rings_anew() {
    for reason in [PageReason::AcknowledgementEnded, PageReason::SnoozeEnded] {
        let page =
            Notification { occasion: Occasion::Page { reason, rung: Some(0), repetition: 1 }, ..testkit::page() };
        let (path, body) = render(&page);
        let alias = format!("page/{}", testkit::key().0);
        assert_eq!((path.as_str(), &body["alias"]), ("/v2/alerts", &json!(alias)));
    }
}

#[test]
fn no_alert_passes_the_limits() {
    let long = DedupKey("k".repeat(2_000));
    let check = |body: &Value, at: &str| {
        for (field, limit) in
            [("message", render::MESSAGE), ("alias", render::ALIAS), ("description", render::DESCRIPTION)]
        {
            let text = body[field].as_str().unwrap();
            assert!((1..=limit).contains(&text.chars().count()), "{field} at {at}");
            assert!(!text.replace('\n', " ").contains(testkit::is_dangerous), "{field} at {at}");
        }
    };
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            let (path, body) = read(opsgenie().render(&notification, None, &long, testkit::now()).unwrap());
            if path == "/v2/alerts" {
                check(&body, name);
            }
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            let several = several(BundleKind::Storm, &text);
            check(&read(opsgenie().render_bulletin(&several, &long, testkit::now()).unwrap()).1, "several");
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = opsgenie().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("opsgenie_answers", table);
    insta::assert_snapshot!(
        "opsgenie_statuses",
        testkit::status_table(&*opsgenie(), include_str!("fixtures/taken.json"))
    );
}
