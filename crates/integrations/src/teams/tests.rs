#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use domain::attention::BundleKind;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

fn teams() -> Arc<dyn Notifier> {
    let url = "https://prod-01.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=canary-sig";
    configure(testkit::table(json!({"url": url}))).unwrap()
}

fn card(request: Request) -> Value {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let body: Value = serde_json::from_slice(&http.body).unwrap();
    body["attachments"][0]["content"].clone()
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*teams(),
        canaries: &["canary-sig"],
        key_header: None,
        secret_in_body: false,
        body_limit: BODY,
        receipt: None,
    }
    .check();
}

#[test]
fn each_occasion_has_its_card() {
    for (name, notification) in testkit::notifications() {
        let request = teams().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("teams_{name}"), testkit::golden(&request));
    }
}

#[test]
fn each_kind_of_bulletin_has_its_card() {
    for (name, bulletin) in testkit::bulletins() {
        let request = teams().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("teams_bulletin_{name}"), testkit::golden(&request));
    }
}

/// Where Teams would read markdown; none of it comes from outside.
fn marked(card: &Value) -> Vec<&Value> {
    let blocks = card["body"].as_array().unwrap();
    assert!(blocks.iter().all(|block| block["type"] == "RichTextBlock"), "a block that reads markdown");
    assert!(
        blocks.iter().all(|block| block["inlines"].as_array().unwrap().iter().all(|run| run["type"] == "TextRun")),
        "a run that reads markdown"
    );
    card["actions"].as_array().unwrap().iter().collect()
}

#[test]
fn hostile_text_is_never_markup() {
    let render =
        |text: &str| card(teams().render(&testkit::everywhere(text), None, &testkit::key(), testkit::now()).unwrap());
    let several = |text: &str| {
        let several = testkit::hostile_bulletin(BundleKind::Storm, text);
        card(teams().render_bulletin(&several, &testkit::key(), testkit::now()).unwrap())
    };
    let (sound, sound_list) = (render("x"), several("x"));
    for text in testkit::hostile() {
        for (hostile, sound) in [(render(&text), &sound), (several(&text), &sound_list)] {
            assert_eq!(marked(&hostile), marked(sound), "{text:.40?}");
            for block in hostile["body"].as_array().unwrap() {
                let line = block["inlines"][0]["text"].as_str().unwrap();
                assert!(!line.is_empty() && !line.contains(testkit::is_dangerous), "{text:.40?}");
            }
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = teams().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("teams_answers", table);
    insta::assert_snapshot!("teams_statuses", testkit::status_table(&*teams(), ""));
}
