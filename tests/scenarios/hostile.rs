//! Text that no friend would write, in every field at once: read by triage and its rules, kept byte for byte, shown safely to people.

use harness::{Setting, SignedHook, fixture};
use serde_json::Value;

/// Rules that look at all of it, with patterns on which a backtracking engine would never end.
const RULES: &str = r#"
[[rules]]
name = "bomb"
when.any = [
    { title = { regex = '^(a+)+$' } },
    { culprit = { regex = '^(\w+\s?)*$' } },
    { exception_message = { regex = '(.*)(.*)(.*)(.*)#' } },
    { path = { glob = "*a*a*a*a*a*a*a*a*b" } },
]
floor = "low"

[[rules]]
name = "all-else"
when.environment = { present = true }
priority = "high"
"#;

/// Where Sentry lets whoever made the program fail write what they like.
const PLACES: [&str; 8] = [
    "/data/event/title",
    "/data/event/culprit",
    "/data/event/environment",
    "/data/event/release",
    "/data/event/transaction",
    "/data/event/exception/values/0/value",
    "/data/event/exception/values/0/type",
    "/data/triggered_rule",
];

/// What they write, as it stands between the quotes of a JSON text, and in how many places.
fn texts() -> Vec<(&'static str, Vec<u8>, usize)> {
    let all = PLACES.len();
    vec![
        ("right to left", "invoice\u{202e}gpj.exe \u{2066}x\u{2069}".into(), all),
        ("zero width", "pay\u{200b}\u{200d}ment\u{feff}".repeat(50).into(), all),
        ("a title of 1 MB", vec![b'x'; 1_000_000], 1),
        ("much in every field", "ä".repeat(100_000).into(), all),
        ("a regex bomb", [vec![b'a'; 200_000], vec![b'!']].concat(), all),
        ("NUL", br"before\u0000after".to_vec(), all),
        ("lone surrogates", br"\ud800 and \udfff".to_vec(), all),
        ("no UTF-8", b"\xff\xfe \xed\xa0\x80".to_vec(), all),
        ("terminal", br"\u001b[2J\u001b]0;owned\u0007\r\n".to_vec(), all),
        ("markup", br"<!channel> <script>alert(1)</script> *_~`[x](javascript:1) @everyone".to_vec(), all),
        ("nothing", Vec::new(), all),
    ]
}

/// The fixture with a text in so many places, and an issue of its own.
fn hook(text: &[u8], places: usize, issue: usize) -> SignedHook {
    const MARK: &str = "@@hostile@@";
    let mut body: Value = serde_json::from_slice(fixture("event_alert.triggered").body).unwrap();
    for place in &PLACES[..places] {
        *body.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = MARK.into();
    }
    body["data"]["event"]["issue_id"] = format!("77{issue}").into();
    body["data"]["event"]["event_id"] = format!("{issue:032x}").into();
    let written = body.to_string();
    let parts: Vec<&[u8]> = written.split(MARK).map(str::as_bytes).collect();
    SignedHook::of("event_alert", parts.join(text))
}

/// What moves the cursor, hides or turns text, or ends a line.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Every text of a page, and whether Slack reads markup in it: in a `plain_text` object it does not.
fn texts_of(value: &Value, marked: bool, found: &mut Vec<(String, bool)>) {
    match value {
        Value::String(text) => found.push((text.clone(), marked)),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, marked, found)),
        Value::Object(fields) => {
            let marked = fields.get("type").is_none_or(|kind| kind != "plain_text");
            fields.values().for_each(|field| texts_of(field, marked, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn hostile_text_is_kept_triaged_and_shown_safely() {
    let setting = Setting::default().with_default_triage().with_policy(RULES);
    for (issue, (what, text, places)) in texts().into_iter().enumerate() {
        setting.clone().play(async |world| {
            let hook = hook(&text, places, issue);
            let answer = world.deliver(&hook).await;
            assert_eq!((answer.status, answer.outcome.as_str()), (202, "opened"), "{what}");
            let (status, kept) = world.get(&format!("/api/v1/deliveries/{}/body", answer.delivery)).await;
            assert_eq!(status, 200, "{what}");
            assert!(kept == hook.body, "{what}: the body is kept as it came");

            let incident = answer.incident();
            let shown = world.incident(&incident).await;
            assert!(!shown.field("title").trim().is_empty(), "{what}: {shown:?}");
            for path in [format!("/api/v1/incidents/{incident}"), format!("/api/v1/incidents/{incident}/why")] {
                let length = world.read(&path).await.to_string().len();
                assert!(length < 64 * 1024, "{what}: {path} gives {length} bytes");
            }

            world.advance(harness::hours(2)).await;
            let pages = world.sent_to("ops");
            assert!(!pages.is_empty(), "{what}: somebody is told");
            for page in pages {
                let mut texts = Vec::new();
                texts_of(&page.body, true, &mut texts);
                for (text, marked) in texts {
                    let bad: Vec<char> = text.chars().filter(|c| is_dangerous(*c) && *c != '\n').collect();
                    assert!(bad.is_empty(), "{what}: {bad:?} reach a person in {text:?}");
                    assert!(text.len() < 16 * 1024, "{what}: {} bytes reach a person", text.len());
                    let alive = ["<!channel>", "<script>"].iter().any(|markup| marked && text.contains(markup));
                    assert!(!alive, "{what}: {text}");
                }
            }
            world.forget_what_was_sent();
        });
    }
}
