#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use domain::attention::BundleKind;
use domain::decision::News;
use serde_json::json;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// The server takes what a message needs, and JSON escapes.
const BODY: usize = 16_000;

fn ntfy() -> Arc<dyn Notifier> {
    configure(testkit::table(json!({"topic": "canary-topic", "token": "tk_canary"}))).unwrap()
}

fn body(request: Request) -> Value {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    serde_json::from_slice(&http.body).unwrap()
}

fn render(notification: &Notification) -> Value {
    body(ntfy().render(notification, None, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> Value {
    body(ntfy().render_bulletin(several, &testkit::key(), testkit::now()).unwrap())
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*ntfy(),
        canaries: &["canary-topic", "tk_canary"],
        key_header: None,
        secret_in_body: true,
        body_limit: BODY,
        receipt: None,
    }
    .check();
}

#[test]
fn each_occasion_has_its_message() {
    for (name, notification) in testkit::notifications() {
        let request = ntfy().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("ntfy_{name}"), testkit::golden(&request));
    }
}

#[test]
fn each_kind_of_bulletin_has_its_message() {
    for (name, bulletin) in testkit::bulletins() {
        let request = ntfy().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("ntfy_bulletin_{name}"), testkit::golden(&request));
    }
}

#[test]
fn a_password_goes_as_basic_authentication() {
    let given = json!({"topic": "t", "user": "ada", "password": "sesame"});
    let request =
        configure(testkit::table(given)).unwrap().render(&testkit::page(), None, &testkit::key(), testkit::now());
    let RequestKind::Http(http) = request.unwrap().kind else { panic!("not HTTP") };
    assert_eq!(testkit::header_map(&http)["authorization"], "Basic YWRhOnNlc2FtZQ==");
}

#[test]
fn only_what_must_be_seen_rings() {
    let quiet = |notification: &Notification| render(notification)["priority"] == 2;
    assert_eq!(render(&testkit::page())["priority"], 5);
    assert!(quiet(&testkit::news(News::Acknowledged { by: "Ada".into() })));
    assert!(quiet(&testkit::news(News::Agent { said: "opened a pull request".into() })));
    assert!(!quiet(&testkit::news(News::Grew { users: None, rate: 1 })));
    for (name, several) in testkit::bulletins() {
        let rings = render_several(&several)["priority"] != 2;
        assert_eq!(rings, ["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn no_message_passes_the_limits() {
    let fits = |message: &Value, at: &str| {
        let length = |field: &str| message[field].as_str().unwrap().len();
        assert!((1..=render::MESSAGE).contains(&length("message")), "{} bytes at {at}", length("message"));
        assert!((1..=render::TITLE).contains(&length("title")), "{at}");
        let written = format!("{}{}", message["title"], message["message"].as_str().unwrap().replace('\n', " "));
        assert!(!written.contains(testkit::is_dangerous), "{at}");
        assert!(message["actions"].as_array().is_none_or(|actions| actions.len() <= 3), "{at}");
    };
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            fits(&render(&notification), name);
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            fits(&render_several(&several(BundleKind::Storm, &text)), "several");
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = ntfy().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("ntfy_answers", table);
    insta::assert_snapshot!("ntfy_statuses", testkit::status_table(&*ntfy(), include_str!("fixtures/published.json")));
}
