#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::time::Duration;

use domain::attention::BundleKind;
use domain::decision::News;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

const PAGE_PATH: &str = "/api/chat.postMessage";
const EDIT_PATH: &str = "/api/chat.update";
/// Slack takes much more; a page should not need it.
const BODY_LIMIT: usize = 40_000;

fn slack() -> Arc<dyn Notifier> {
    let given = json!({"token": "xoxb-canary", "channel": "#ops", "mention": ["here", "S0614TZR7"]});
    configure(testkit::table(given)).unwrap()
}

fn slack_webhook() -> Arc<dyn Notifier> {
    let given = json!({"url": "https://hooks.slack.com/services/T0/B0/canary"});
    configure_webhook(testkit::table(given)).unwrap()
}

fn posted() -> Receipt {
    Receipt(json!({"channel": "C0123456789", "ts": "1763719200.000100"}))
}

fn render(notification: &Notification, last: Option<&Receipt>) -> (String, Value) {
    let request = slack().render(notification, last, &testkit::key(), testkit::now()).unwrap();
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    (http.url.expose().path().to_owned(), serde_json::from_slice(&http.body).unwrap())
}

fn says(adapter: &dyn Notifier, status: u16, body: &str) -> Outcome {
    adapter.interpret(&testkit::answer(status, body))
}

#[test]
fn both_ways_keep_what_every_notifier_promises() {
    for adapter in [slack(), slack_webhook()] {
        let receipt = Some(posted());
        Promises {
            adapter: &*adapter,
            canaries: &["canary"],
            key_header: None,
            secret_in_body: false,
            body_limit: BODY_LIMIT,
            receipt,
        }
        .check();
    }
}

#[test]
fn each_occasion_has_its_message() {
    for (name, notification) in testkit::notifications() {
        let request = slack().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("slack_{name}"), testkit::golden(&request));
    }
    let request = slack_webhook().render(&testkit::page(), None, &testkit::key(), testkit::now()).unwrap();
    insta::assert_snapshot!("slack_webhook_page", testkit::golden(&request));
}

fn render_several(adapter: &dyn Notifier, bulletin: &Bulletin) -> (String, Value) {
    let request = adapter.render_bulletin(bulletin, &testkit::key(), testkit::now()).unwrap();
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    (http.url.expose().path().to_owned(), serde_json::from_slice(&http.body).unwrap())
}

#[test]
fn each_kind_of_bulletin_has_its_message() {
    for (name, bulletin) in testkit::bulletins() {
        let request = slack().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("slack_bulletin_{name}"), testkit::golden(&request));
    }
    let (_, bulletin) = testkit::bulletins().swap_remove(0);
    let request = slack_webhook().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
    insta::assert_snapshot!("slack_webhook_bulletin", testkit::golden(&request));
}

#[test]
fn a_bulletin_is_a_message_of_its_own() {
    for (name, bulletin) in testkit::bulletins() {
        let (path, body) = render_several(&*slack(), &bulletin);
        assert_eq!((path.as_str(), &body["channel"]), (PAGE_PATH, &json!("#ops")), "{name}");
        assert!(body.get("thread_ts").is_none() && body.get("ts").is_none(), "{name}");
    }
}

#[test]
fn a_bulletin_calls_somebody_only_where_it_pages() {
    let calls = |bulletin: &Bulletin| render_several(&*slack(), bulletin).1.to_string().contains("<!here>");
    for (name, bulletin) in testkit::bulletins() {
        assert_eq!(calls(&bulletin), ["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn no_bulletin_passes_the_limits_of_block_kit() {
    for text in testkit::hostile() {
        let start: String = text.chars().take(40).collect();
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            let several = several(BundleKind::Critical, &text);
            for adapter in [slack(), slack_webhook()] {
                let (_, body) = render_several(&*adapter, &several);
                check_limits(&body, &format!("several with {start:?}"));
                let blocks = body["blocks"].as_array().unwrap();
                let written: usize = blocks.iter().map(blocks::length).sum();
                assert!(written <= blocks::TOGETHER, "{written} units with {start:?}");
                let listed = blocks.iter().filter(|block| block.to_string().contains("inc-")).count();
                assert!((5..=20).contains(&listed), "{listed} listed with {start:?}");
                let rest = crate::bulletin::more(&several, listed);
                let fallback = body["text"].as_str().unwrap();
                assert!(rest.is_none_or(|rest| fallback.ends_with(&rest)), "{listed} listed with {start:?}");
            }
        }
    }
}

#[test]
fn hostile_text_among_several_is_never_markup() {
    for several in [testkit::hostile_bulletin, testkit::thousand] {
        let sound = marked_texts(&render_several(&*slack(), &several(BundleKind::Storm, "x")).1);
        for text in testkit::hostile() {
            let (_, body) = render_several(&*slack(), &several(BundleKind::Storm, &text));
            assert_eq!(marked_texts(&body), sound, "markup changed with {text:.40?}");
            check_calls_nobody(body["text"].as_str().unwrap());
        }
    }
}

fn check_calls_nobody(fallback: &str) {
    assert!(!fallback.contains(['<', '>']), "{fallback:.200}");
    let lower = fallback.to_lowercase();
    assert!(!["@channel", "@here", "@everyone"].iter().any(|call| lower.contains(call)), "{fallback:.200}");
}

#[test]
fn no_message_passes_the_limits_of_block_kit() {
    let mut hostile = testkit::hostile();
    hostile.push("x".into());
    for text in &hostile {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(text)) {
            let (_, body) = render(&notification, None);
            check_limits(&body, &format!("{name} with {text:.40?}"));
        }
    }
}

fn check_limits(body: &Value, at: &str) {
    let length = |value: &Value| value.as_str().unwrap().encode_utf16().count();
    let blocks = body["blocks"].as_array().unwrap();
    assert!((1..=blocks::BLOCKS).contains(&blocks.len()), "{at}");
    assert!((1..=blocks::TEXT).contains(&length(&body["text"])), "{at}");
    for block in blocks {
        let fits = |text: &Value, limit: usize| (1..=limit).contains(&length(&text["text"]));
        match block["type"].as_str().unwrap() {
            "header" => assert!(fits(&block["text"], blocks::HEADER), "{at}: {block}"),
            "section" => {
                assert!(block["text"].is_null() || fits(&block["text"], blocks::SECTION), "{at}: {block}");
                let fields = block["fields"].as_array().cloned().unwrap_or_default();
                assert!(fields.len() <= blocks::FIELDS, "{at}");
                assert!(fields.iter().all(|field| fits(field, blocks::FIELD)), "{at}: {block}");
            }
            "context" => assert!(fits(&block["elements"][0], blocks::SECTION), "{at}: {block}"),
            other => panic!("{at}: no block of ours: {other}"),
        }
    }
}

#[test]
fn hostile_text_is_never_markup() {
    let sound = marked_texts(&render(&testkit::everywhere("x"), None).1);
    for text in testkit::hostile() {
        let (_, body) = render(&testkit::everywhere(&text), None);
        assert_eq!(marked_texts(&body), sound, "markup changed with {text:.40?}");
        check_calls_nobody(body["text"].as_str().unwrap());
    }
}

/// Every text in which Slack would see markup; links aside, none of it comes from outside.
fn marked_texts(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![body["blocks"].clone()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) if map.get("type") == Some(&json!("mrkdwn")) => {
                assert_eq!(map.get("verbatim"), Some(&json!(true)));
                found.push(map["text"].as_str().unwrap().to_owned());
            }
            Value::Object(map) => open.extend(map.into_values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

#[test]
fn a_first_page_is_a_message_of_its_own() {
    let (path, body) = render(&testkit::page(), None);
    assert_eq!((path.as_str(), &body["channel"]), (PAGE_PATH, &json!("#ops")));
    assert!(body.get("thread_ts").is_none() && body.get("ts").is_none());
}

#[test]
fn a_later_page_notifies_again_in_the_thread_and_in_the_channel() {
    let (path, body) = render(&testkit::page(), Some(&posted()));
    assert_eq!(path, PAGE_PATH);
    assert_eq!(body["channel"], "C0123456789");
    assert_eq!(body["thread_ts"], "1763719200.000100");
    assert_eq!(body["reply_broadcast"], true);
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
        let (path, body) = render(&testkit::news(news), Some(&posted()));
        assert_eq!((path.as_str(), &body["ts"]), (EDIT_PATH, &json!("1763719200.000100")));
        assert_eq!(body["channel"], "C0123456789");
        assert!(!body.to_string().contains("<!here>"), "an edit must call nobody");
    }
}

#[test]
fn news_that_somebody_must_see_are_sent_to_the_channel_too() {
    let contact = "ada".parse().unwrap();
    for news in [
        News::Grew { users: Some(370), rate: 6_000 },
        News::IssueJoined,
        News::BudgetSpent { contact, until: testkit::now() },
    ] {
        let (path, body) = render(&testkit::news(news), Some(&posted()));
        assert_eq!((path.as_str(), &body["reply_broadcast"]), (PAGE_PATH, &json!(true)));
        assert_eq!(body["thread_ts"], "1763719200.000100");
    }
}

#[test]
fn what_an_agent_says_is_a_quiet_reply() {
    let (path, body) = render(&testkit::news(News::Agent { said: "opened a pull request".into() }), Some(&posted()));
    assert_eq!((path.as_str(), &body["reply_broadcast"]), (PAGE_PATH, &json!(false)));
}

#[test]
fn a_receipt_that_cannot_be_read_costs_no_page() {
    let (path, body) = render(&testkit::page(), Some(&Receipt(json!(["what", "is", "this"]))));
    assert_eq!((path.as_str(), &body["channel"]), (PAGE_PATH, &json!("#ops")));
}

#[test]
fn the_receipt_is_the_first_message_even_after_a_reply() {
    for fixture in [
        include_str!("fixtures/posted.json"),
        include_str!("fixtures/replied.json"),
        include_str!("fixtures/updated.json"),
    ] {
        let receipt = Some(Receipt(json!({"channel": "C0123456789", "ts": "1763719200.000100"})));
        assert_eq!(says(&*slack(), 200, fixture), Outcome::Delivered { receipt });
    }
}

#[test]
fn every_error_code_means_one_thing() {
    let mut table = String::new();
    for code in include_str!("fixtures/error_codes.txt").lines() {
        let outcome = says(&*slack(), 200, &json!({"ok": false, "error": code}).to_string());
        table.push_str(&format!("{code}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("slack_error_codes", table);
}

#[test]
fn every_text_of_an_incoming_webhook_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/webhook_answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = says(&*slack_webhook(), status.parse().unwrap(), body);
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("slack_webhook_answers", table);
}

#[test]
fn every_status_means_one_thing() {
    insta::assert_snapshot!(
        "slack_statuses",
        testkit::status_table(&*slack(), r#"{"ok": true, "channel": "C1", "ts": "1.1"}"#)
    );
    insta::assert_snapshot!("slack_webhook_statuses", testkit::status_table(&*slack_webhook(), "ok"));
}

#[test]
fn being_too_fast_waits_as_long_as_slack_says() {
    let limited = Outcome::Retry {
        after: Some(Duration::from_secs(30)),
        throttled: true,
        reason: "Slack says ratelimited".into(),
    };
    let Response::Http(mut answer) = testkit::answer(200, r#"{"ok": false, "error": "ratelimited"}"#) else {
        panic!("not HTTP")
    };
    answer.retry_after = Some(Duration::from_secs(30));
    assert_eq!(slack().interpret(&Response::Http(answer)), limited);
}

#[test]
fn an_error_code_that_is_none_is_not_repeated() {
    let outcome = says(&*slack(), 200, r#"{"ok": false, "error": "\u001b[2J<!channel>"}"#);
    assert_eq!(outcome, Outcome::Failed { reason: "Slack says something that is no error code".into() });
}
