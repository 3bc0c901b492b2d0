#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::time::Duration;

use domain::attention::BundleKind;
use domain::decision::News;

use super::*;
use crate::prose::utf16;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// Telegram names no limit for a request; a message and its entities need far less.
const BODY: usize = 32_000;
const TOKEN: &str = "123456:canary-DEF1234ghIkl-zyx57W2v1u";

fn telegram() -> Arc<dyn Notifier> {
    configure(testkit::table(json!({"token": TOKEN, "chat": -1_001_234_567_890_i64}))).unwrap()
}

fn posted() -> Receipt {
    Receipt(json!({"chat": -1_001_234_567_890_i64, "message_id": 17}))
}

fn read(request: Request) -> (String, Value) {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let method = http.url.expose().path().rsplit('/').next().unwrap_or_default().to_owned();
    (method, serde_json::from_slice(&http.body).unwrap())
}

fn render(notification: &Notification, last: Option<&Receipt>) -> (String, Value) {
    read(telegram().render(notification, last, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> (String, Value) {
    read(telegram().render_bulletin(several, &testkit::key(), testkit::now()).unwrap())
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*telegram(),
        canaries: &["canary-DEF"],
        key_header: None,
        secret_in_body: false,
        body_limit: BODY,
        receipt: Some(posted()),
    }
    .check();
}

#[test]
fn each_occasion_has_its_message() {
    for (name, notification) in testkit::notifications() {
        let request = telegram().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("telegram_{name}"), testkit::golden(&request));
    }
    let last = posted();
    for (name, notification) in
        [("repeated", testkit::page()), ("edited", testkit::news(News::Resolved { by: "Ada".into() }))]
    {
        let request = telegram().render(&notification, Some(&last), &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("telegram_{name}"), testkit::golden(&request));
    }
}

#[test]
fn each_kind_of_bulletin_has_its_message() {
    for (name, bulletin) in testkit::bulletins() {
        let request = telegram().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("telegram_bulletin_{name}"), testkit::golden(&request));
    }
}

#[test]
fn news_are_edited_into_the_first_message() {
    let by = || "Ada".to_owned();
    for news in [
        News::Acknowledged { by: by() },
        News::AcknowledgedInPart { by: by(), have: 1, of: 2 },
        News::Snoozed { by: by(), until: "with the next release".into() },
        News::Resolved { by: by() },
        News::Rose,
    ] {
        let (method, body) = render(&testkit::news(news.clone()), Some(&posted()));
        assert_eq!((method.as_str(), &body["message_id"]), ("editMessageText", &json!(17)));
        assert_eq!(body["chat_id"], json!(-1_001_234_567_890_i64));
        assert_eq!(render(&testkit::news(news), None).0, "sendMessage");
    }
}

#[test]
fn a_later_page_replies_with_a_sound_and_an_agent_without() {
    let (method, body) = render(&testkit::page(), Some(&posted()));
    assert_eq!((method.as_str(), &body["disable_notification"]), ("sendMessage", &json!(false)));
    assert_eq!(body["reply_parameters"], json!({"message_id": 17, "allow_sending_without_reply": true}));
    let (_, body) = render(&testkit::news(News::Agent { said: "opened a pull request".into() }), Some(&posted()));
    assert_eq!(body["disable_notification"], json!(true));
}

#[test]
fn a_receipt_that_cannot_be_read_costs_no_page() {
    let (method, body) = render(&testkit::page(), Some(&Receipt(json!(["what", "is", "this"]))));
    assert_eq!((method.as_str(), &body["chat_id"]), ("sendMessage", &json!("-1001234567890")));
    assert!(body.get("reply_parameters").is_none());
}

#[test]
fn a_message_in_a_chat_that_was_left_is_neither_edited_nor_replied_to() {
    let elsewhere = Receipt(json!({"chat": -42, "message_id": 17}));
    let (method, body) = render(&testkit::news(News::Resolved { by: "Ada".into() }), Some(&elsewhere));
    assert_eq!((method.as_str(), &body["chat_id"]), ("sendMessage", &json!("-1001234567890")));
    assert!(body.get("reply_parameters").is_none());
}

#[test]
fn a_topic_is_where_messages_go() {
    let given = json!({"token": TOKEN, "chat": "@watchfire_ops", "topic": 3});
    let adapter = configure(testkit::table(given)).unwrap();
    let (_, body) = read(adapter.render(&testkit::page(), None, &testkit::key(), testkit::now()).unwrap());
    assert_eq!((&body["chat_id"], &body["message_thread_id"]), (&json!("@watchfire_ops"), &json!(3)));
}

#[test]
fn the_receipt_is_the_first_message_even_after_a_reply() {
    for fixture in [
        include_str!("fixtures/sent.json"),
        include_str!("fixtures/replied.json"),
        include_str!("fixtures/sent_in_topic.json"),
        include_str!("fixtures/edited.json"),
    ] {
        let outcome = telegram().interpret(&testkit::answer(200, fixture));
        assert_eq!(outcome, Outcome::Delivered { receipt: Some(posted()) }, "{fixture}");
    }
}

#[test]
fn a_bulletin_makes_a_sound_only_where_it_pages() {
    for (name, several) in testkit::bulletins() {
        let (_, body) = render_several(&several);
        let quiet = body["disable_notification"] == json!(true);
        assert_eq!(quiet, !["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn hostile_text_is_never_marked_and_calls_nobody() {
    let check = |body: &Value, sound: &Value, at: &str| {
        let text = body["text"].as_str().unwrap();
        let units: Vec<u16> = text.encode_utf16().collect();
        assert!((1..=render::TEXT).contains(&utf16(text)), "{at}");
        assert!(!text.replace('\n', " ").contains(testkit::is_dangerous), "{at}");
        let called = text.split('@').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!called, "{at}: somebody is called");
        let kinds = |body: &Value| -> Vec<Value> {
            body["entities"].as_array().unwrap().iter().map(|entity| entity["type"].clone()).collect()
        };
        assert_eq!(kinds(body), kinds(sound), "{at}");
        for entity in body["entities"].as_array().unwrap().iter().filter(|entity| entity["type"] != "bold") {
            let (offset, length) = (entity["offset"].as_u64().unwrap(), entity["length"].as_u64().unwrap());
            let marked = &units[usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap()];
            let marked = String::from_utf16(marked).unwrap();
            let ours = ["Sentry", "Watchfire"].contains(&marked.as_str())
                || marked.starts_with("watchfire ")
                || marked.starts_with("bnd-");
            assert!(ours, "{at}: {marked} is marked");
        }
    };
    let sound = testkit::every_occasion(&testkit::everywhere("x"));
    for text in testkit::hostile() {
        let hostile = testkit::every_occasion(&testkit::everywhere(&text));
        for ((name, notification), (_, sound)) in hostile.into_iter().zip(&sound) {
            check(&render(&notification, None).1, &render(sound, None).1, name);
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            let sound = render_several(&several(BundleKind::Storm, "x")).1;
            check(&render_several(&several(BundleKind::Storm, &text)).1, &sound, "several");
        }
    }
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = telegram().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("telegram_answers", table);
    insta::assert_snapshot!(
        "telegram_statuses",
        testkit::status_table(&*telegram(), include_str!("fixtures/sent.json"))
    );
}

#[test]
fn being_too_fast_waits_as_long_as_the_body_says() {
    let answer = r#"{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":35}}"#;
    let outcome = telegram().interpret(&testkit::answer(429, answer));
    assert!(
        matches!(outcome, Outcome::Retry { after: Some(after), throttled: true, .. } if after == Duration::from_secs(35))
    );
}
