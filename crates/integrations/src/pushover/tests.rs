#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::collections::BTreeMap;

use domain::attention::BundleKind;
use serde_json::json;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// A message and a link in full, each byte as three in a form.
const BODY: usize = 16_000;
const RECEIPT: &str = "r23456789012345678901234567890";

fn pushover() -> Arc<dyn Notifier> {
    let given =
        json!({"token": "canary789012345678901234567tok", "user": "canary789012345678901234567usr", "device": "phone"});
    configure(testkit::table(given)).unwrap()
}

fn ringing() -> Receipt {
    Receipt(json!({"receipt": RECEIPT}))
}

fn read(request: Request) -> (String, BTreeMap<String, String>) {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    (http.url.expose().path().to_owned(), url::form_urlencoded::parse(&http.body).into_owned().collect())
}

fn render(notification: &Notification, last: Option<&Receipt>) -> (String, BTreeMap<String, String>) {
    read(pushover().render(notification, last, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> BTreeMap<String, String> {
    read(pushover().render_bulletin(several, &testkit::key(), testkit::now()).unwrap()).1
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*pushover(),
        canaries: &["canary789012345678901234567"],
        key_header: None,
        secret_in_body: true,
        body_limit: BODY,
        receipt: Some(ringing()),
    }
    .check();
}

#[test]
fn each_occasion_has_its_message() {
    for (name, notification) in testkit::notifications() {
        let request = pushover().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("pushover_{name}"), testkit::golden(&request));
    }
    let taken = testkit::news(News::Acknowledged { by: "Ada".into() });
    let request = pushover().render(&taken, Some(&ringing()), &testkit::key(), testkit::now()).unwrap();
    insta::assert_snapshot!("pushover_silenced", testkit::golden(&request));
}

#[test]
fn each_kind_of_bulletin_has_its_message() {
    for (name, bulletin) in testkit::bulletins() {
        let request = pushover().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("pushover_bulletin_{name}"), testkit::golden(&request));
        let sounds = render_several(&bulletin)["priority"] != "-1";
        assert_eq!(sounds, ["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn an_emergency_rings_until_somebody_has_it() {
    let (path, page) = render(&testkit::page(), None);
    assert_eq!((path.as_str(), page["priority"].as_str()), ("/1/messages.json", "2"));
    assert_eq!((page["retry"].as_str(), page["expire"].as_str()), ("60", "3600"));
    let outcome = pushover().interpret(&testkit::answer(200, include_str!("fixtures/emergency.json")));
    assert_eq!(outcome, Outcome::Delivered { receipt: Some(ringing()) });
    let by = || "Ada".to_owned();
    for news in [
        News::Acknowledged { by: by() },
        News::Snoozed { by: by(), until: "tomorrow".into() },
        News::Resolved { by: by() },
    ] {
        let (path, fields) = render(&testkit::news(news.clone()), Some(&ringing()));
        assert_eq!(path, format!("/1/receipts/cancel_by_tag/{}.json", page["tags"]));
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["token"]);
        assert_eq!(render(&testkit::news(news), None).0, "/1/messages.json");
    }
    let (path, _) = render(&testkit::news(News::Agent { said: "opened a pull request".into() }), Some(&ringing()));
    assert_eq!(path, "/1/messages.json");
}

#[test]
fn a_receipt_that_is_none_leads_nowhere() {
    let taken = testkit::news(News::Acknowledged { by: "Ada".into() });
    for receipt in [json!(["what"]), json!({"receipt": "../messages"})] {
        assert_eq!(render(&taken, Some(&Receipt(receipt))).0, "/1/messages.json");
    }
}

#[test]
fn no_message_passes_the_limits() {
    let check = |fields: &BTreeMap<String, String>, at: &str| {
        for (field, limit) in [("message", render::MESSAGE), ("title", render::TITLE)] {
            assert!((1..=limit).contains(&fields[field].chars().count()), "{field} at {at}");
            assert!(!fields[field].replace('\n', " ").contains(testkit::is_dangerous), "{field} at {at}");
        }
        assert!(fields.get("url").is_none_or(|url| url.len() <= render::URL), "{at}");
    };
    for text in testkit::hostile() {
        for (name, mut notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            notification.own_link = Some(format!("https://watchfire.example.com/{}", "a".repeat(600)));
            check(&render(&notification, None).1, name);
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            check(&render_several(&several(BundleKind::Storm, &text)), "several");
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = pushover().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("pushover_answers", table);
    insta::assert_snapshot!("pushover_statuses", testkit::status_table(&*pushover(), r#"{"status":1,"request":"x"}"#));
}
