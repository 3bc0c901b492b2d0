#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use domain::attention::BundleKind;

use super::*;
use crate::prose::utf16;
use crate::request::RequestKind;
use crate::testkit::{self, Promises};

const BODY: usize = 24_000;

fn mattermost() -> Arc<dyn Notifier> {
    let given =
        json!({"url": "https://chat.example.com/hooks/canarykey", "channel": "ops", "mention": ["here", "ada"]});
    configure(testkit::table(given)).unwrap()
}

fn text(request: Request) -> String {
    let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
    let body: Value = serde_json::from_slice(&http.body).unwrap();
    body["text"].as_str().unwrap().to_owned()
}

fn render(notification: &Notification) -> String {
    text(mattermost().render(notification, None, &testkit::key(), testkit::now()).unwrap())
}

fn render_several(several: &Bulletin) -> String {
    text(mattermost().render_bulletin(several, &testkit::key(), testkit::now()).unwrap())
}

#[test]
fn it_keeps_what_every_notifier_promises() {
    Promises {
        adapter: &*mattermost(),
        canaries: &["canarykey"],
        key_header: None,
        secret_in_body: false,
        body_limit: BODY,
        receipt: None,
    }
    .check();
}

#[test]
fn each_occasion_has_its_post() {
    for (name, notification) in testkit::notifications() {
        let request = mattermost().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("mattermost_{name}"), testkit::golden(&request));
        let calls = render(&notification).contains("\n@here @ada\n");
        assert_eq!(calls, matches!(notification.occasion, crate::notifier::Occasion::Page { .. }), "{name}");
    }
}

#[test]
fn each_kind_of_bulletin_has_its_post() {
    for (name, bulletin) in testkit::bulletins() {
        let request = mattermost().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
        insta::assert_snapshot!(format!("mattermost_bulletin_{name}"), testkit::golden(&request));
        let calls = render_several(&bulletin).contains("@here");
        assert_eq!(calls, ["critical", "storm", "many"].contains(&name), "{name}");
    }
}

#[test]
fn hostile_text_is_never_markup_and_calls_nobody() {
    let check = |post: &str, at: &str| {
        assert!((1..=render::TEXT).contains(&utf16(post)), "{at}");
        let post = post.replace("\n@here @ada\n", "\n");
        assert!(!post.replace('\n', " ").contains(testkit::is_dangerous), "{at}");
        assert!(!post.contains('<'), "{at}: Slack's markup");
        let called = post.split('@').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!called, "{at}: somebody is called");
        assert!(!post.contains("](https://evil"), "{at}: a link that is not ours");
        // The headline's two pairs of stars are ours.
        let unescaped = |mark: char| {
            let mut escaped = false;
            post.chars()
                .filter(|c| {
                    let found = *c == mark && !escaped;
                    escaped = *c == '\\' && !escaped;
                    found
                })
                .count()
        };
        assert_eq!((unescaped('*'), unescaped('#'), unescaped('~')), (4, 0, 0), "{at}");
    };
    for text in testkit::hostile() {
        for (name, notification) in testkit::every_occasion(&testkit::everywhere(&text)) {
            check(&render(&notification), name);
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
        let outcome = mattermost().interpret(&testkit::answer(status.parse().unwrap(), body));
        table.push_str(&format!("{line}: {}\n", testkit::told(&outcome)));
    }
    insta::assert_snapshot!("mattermost_answers", table);
    insta::assert_snapshot!("mattermost_statuses", testkit::status_table(&*mattermost(), "ok"));
}
