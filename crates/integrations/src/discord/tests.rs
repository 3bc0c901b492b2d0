#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::time::Duration;

use domain::attention::BundleKind;
use domain::decision::News;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// Discord names no limit for a request without files; the texts have theirs.
const BODY: usize = 40_000;

fn discord() -> Arc<dyn Notifier> {
    configure(testkit::table(json!({"url": "https://discord.com/api/webhooks/1234567890/canary-token"}))).unwrap()
}

fn posted() -> Receipt {
    Receipt(json!({"message_id": "1320000000000000001"}))
}

fn read(request: Request) -> (http::Method, String, Value) {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let url = http.url.expose();
    let address = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    (http.method, address, serde_json::from_slice(&http.body).unwrap())
}

fn render(notification: &Notification, last: Option<&Receipt>) -> (http::Method, String, Value) {
    read(discord().render(notification, last, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> Value {
    read(discord().render_bulletin(several, &testkit::key(), testkit::now()).unwrap()).2
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*discord(),
        canaries: &["canary-token"],
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
        let request = discord().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("discord_{name}"), testkit::golden(&request));
    }
    let over = testkit::news(News::Resolved { by: "Ada".into() });
    let request = discord().render(&over, Some(&posted()), &testkit::key(), testkit::now()).unwrap();
    insta::assert_snapshot!("discord_edited", testkit::golden(&request));
}

#[test]
fn each_kind_of_bulletin_has_its_message() {
    for (name, bulletin) in testkit::bulletins() {
        let request = discord().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("discord_bulletin_{name}"), testkit::golden(&request));
        let quiet = render_several(&bulletin)["flags"] == json!(QUIET);
        assert_eq!(quiet, !["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn news_are_edited_into_the_last_message() {
    let by = || "Ada".to_owned();
    for news in [
        News::Acknowledged { by: by() },
        News::AcknowledgedInPart { by: by(), have: 1, of: 2 },
        News::Snoozed { by: by(), until: "with the next release".into() },
        News::Resolved { by: by() },
        News::Rose,
    ] {
        let (method, address, body) = render(&testkit::news(news), Some(&posted()));
        assert_eq!(method, http::Method::PATCH);
        assert_eq!(address, "/api/webhooks/1234567890/canary-token/messages/1320000000000000001?");
        assert!(body.get("flags").is_none(), "an edit cannot change who was notified");
    }
}

#[test]
fn a_later_page_is_a_message_that_notifies() {
    for (notification, loud) in [
        (testkit::page(), true),
        (testkit::news(News::Grew { users: None, rate: 1 }), true),
        (testkit::news(News::Agent { said: "opened a pull request".into() }), false),
    ] {
        let (method, address, body) = render(&notification, Some(&posted()));
        assert_eq!(method, http::Method::POST);
        assert_eq!(address, "/api/webhooks/1234567890/canary-token?wait=true");
        assert_eq!(body.get("flags").is_none(), loud);
    }
}

#[test]
fn a_receipt_that_is_no_id_leads_nowhere() {
    for receipt in [json!(["what"]), json!({"message_id": "../../1"}), json!({"message_id": ""})] {
        let over = testkit::news(News::Resolved { by: "Ada".into() });
        assert_eq!(render(&over, Some(&Receipt(receipt))).0, http::Method::POST);
    }
}

#[test]
fn no_message_passes_the_limits_and_nobody_is_called() {
    let check = |body: &Value, at: &str| {
        let length = |value: &Value| value.as_str().unwrap().chars().count();
        let (content, embed) = (&body["content"], &body["embeds"][0]["description"]);
        assert!((1..=render::CONTENT).contains(&length(content)), "{at}");
        assert!((1..=render::DESCRIPTION).contains(&length(embed)), "{at}");
        assert!(length(content) + length(embed) <= render::TOGETHER, "{at}");
        assert_eq!(body["allowed_mentions"], json!({"parse": []}), "{at}");
        let text = format!("{}\n{}", content.as_str().unwrap(), embed.as_str().unwrap());
        assert!(!text.replace('\n', " ").contains(testkit::is_dangerous), "{at}");
        let mut before = ' ';
        for c in text.chars() {
            // Every bracket that is not ours has a backslash; ours are those of the two links.
            assert!(!matches!(c, '<' | '>' | '*' | '|') || before == '\\', "{at}: {c} is a mark");
            // A backslash that is itself escaped escapes nothing.
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
        let lower = text.to_lowercase();
        assert!(!["@everyone", "@here"].iter().any(|call| lower.contains(call)), "{at}");
    };
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            check(&render(&notification, None).2, name);
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            check(&render_several(&several(BundleKind::Storm, &text)), "several");
        }
    }
}

#[test]
fn the_receipt_is_the_message() {
    let outcome = discord().interpret(&testkit::answer(200, include_str!("fixtures/message.json")));
    assert_eq!(outcome, Outcome::Delivered { receipt: Some(posted()) });
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = discord().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("discord_answers", table);
    insta::assert_snapshot!(
        "discord_statuses",
        testkit::status_table(&*discord(), include_str!("fixtures/message.json"))
    );
}

#[test]
fn being_too_fast_waits_as_many_seconds_as_the_body_says() {
    for (told, after) in [("64.57", Some(Duration::from_millis(64_570))), ("-1", None), ("1e300", None)] {
        let body = format!(r#"{{"message":"x","retry_after":{told},"global":false}}"#);
        let outcome = discord().interpret(&testkit::answer(429, &body));
        assert!(matches!(outcome, Outcome::Retry { after: said, throttled: true, .. } if said == after), "{told}");
    }
}
