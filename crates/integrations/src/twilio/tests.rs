#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use domain::attention::BundleKind;
use serde_json::json;

use super::*;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

/// Three segments, each byte as three in a form.
const BODY: usize = 4_000;

fn twilio() -> Arc<dyn Notifier> {
    let given = json!({
        "account": "AC0123456789abcdef0123456789abcdef",
        "auth_token": "canary-token",
        "to": "+491711234567",
        "from": "+15005550006",
    });
    configure(testkit::table(given)).unwrap()
}

fn text(request: Request) -> String {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&http.body).into_owned().collect();
    assert_eq!(fields[0], ("To".to_owned(), "+491711234567".to_owned()));
    assert_eq!(fields[1], ("From".to_owned(), "+15005550006".to_owned()));
    fields[2].1.clone()
}

fn render(notification: &Notification) -> String {
    text(twilio().render(notification, None, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> String {
    text(twilio().render_bulletin(several, &testkit::key(), testkit::now()).unwrap())
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*twilio(),
        canaries: &["canary-token"],
        key_header: None,
        secret_in_body: false,
        body_limit: BODY,
        receipt: None,
    }
    .check();
}

#[test]
fn each_occasion_has_its_text() {
    for (name, notification) in testkit::notifications() {
        let request = twilio().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        let shown = format!("{}\n\n{}", testkit::golden(&request), render(&notification));
        insta::assert_snapshot!(format!("twilio_{name}"), shown);
    }
}

#[test]
fn each_kind_of_bulletin_has_its_text() {
    for (name, bulletin) in testkit::bulletins() {
        let request = twilio().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        let shown = format!("{}\n\n{}", testkit::golden(&request), render_several(&bulletin));
        insta::assert_snapshot!(format!("twilio_bulletin_{name}"), shown);
    }
}

#[test]
fn our_own_words_make_no_segment_shorter() {
    for (name, notification) in testkit::notifications() {
        assert!(render(&notification).is_ascii(), "{name}");
    }
    for (name, several) in testkit::bulletins() {
        assert!(render_several(&several).is_ascii(), "{name}");
    }
}

#[test]
fn no_text_passes_the_limits_and_each_can_be_answered() {
    let check = |text: &str, at: &str| {
        assert!(render::segments(text) <= render::SEGMENTS, "{at}: {} segments", render::segments(text));
        assert!(text.chars().count() <= render::BODY, "{at}");
        assert!(!text.replace('\n', " ").contains(testkit::is_dangerous), "{at}");
    };
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            let rendered = render(&notification);
            check(&rendered, name);
            let named = name == "test" || rendered.contains(&notification.incident.to_string());
            assert!(named, "{name} with {text:.40?}");
        }
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            check(&render_several(&several(BundleKind::Storm, &text)), "several");
        }
    }
}

#[test]
fn a_key_and_a_service_can_stand_for_the_account_and_a_number() {
    let sid = |prefix| format!("{prefix}0123456789abcdef0123456789abcdef");
    let given = json!({
        "account": sid("AC"), "key": sid("SK"), "key_secret": "sesame", "to": "+491711234567", "service": sid("MG"),
    });
    let adapter = configure(testkit::table(given)).unwrap();
    let request = adapter.render(&testkit::page(), None, &testkit::key(), testkit::now()).unwrap();
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let authorization = testkit::header_map(&http)["authorization"].to_str().unwrap().to_owned();
    assert_eq!(authorization, "Basic U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZXNhbWU=");
    assert!(String::from_utf8_lossy(&http.body).contains(&format!("MessagingServiceSid={}", sid("MG"))));
}

#[test]
fn every_answer_means_one_thing() {
    let mut table = String::new();
    for line in include_str!("fixtures/answers.txt").lines() {
        let (status, body) = line.split_once(' ').unwrap();
        let outcome = twilio().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("twilio_answers", table);
    insta::assert_snapshot!("twilio_statuses", testkit::status_table(&*twilio(), include_str!("fixtures/queued.json")));
}
