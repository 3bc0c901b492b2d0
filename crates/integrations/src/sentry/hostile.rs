//! What the parser promises over bodies that no friend would send.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use domain::signal::Resource;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::promises::{FIXTURES, body, changed, resource, signal_of};
use super::scalar::{MESSAGE, TITLE};
use super::*;

#[test]
fn words_are_cut_to_what_a_page_can_bear() {
    let long = signal_of("issue", &changed("issue.created", "/data/issue/title", json!("é".repeat(5_000))));
    assert_eq!(long.title.len(), TITLE);
    let value = changed("event_alert.triggered", "/data/event/exception/values/1/value", json!("é".repeat(50_000)));
    assert_eq!(signal_of("event_alert", &value).exceptions[0].value.len(), MESSAGE);
    let tags: Vec<Value> =
        (0..200).map(|place| json!([format!("k{place}"), "v"])).chain([json!(["environment", "late"])]).collect();
    let tagged = signal_of("error", &changed("error.created", "/data/error/tags", json!(tags)));
    assert_eq!(tagged.tags.len(), 50);
    assert_eq!(tagged.environment.as_deref(), Some("late"), "what a tag tells counts wherever it stands");
}

/// The text of a fixture with something written right after the opening brace of its issue.
fn with_first(extra: &[u8]) -> Vec<u8> {
    let whole = body("issue.created");
    let at = whole.windows(10).position(|window| window == b"\"issue\": {").unwrap() + 10;
    [&whole[..at], extra, &whole[at..]].concat()
}

#[test]
fn hostile_bodies_are_read_or_refused_but_never_felt() {
    let nested = |levels: usize| format!("\"extra\":{}{},", "[".repeat(levels), "]".repeat(levels)).into_bytes();
    let mut many = String::new();
    for key in 0..1_000_000 {
        write!(many, "\"k{key}\":{key},").unwrap();
    }
    let readable: [(&str, Vec<u8>); 11] = [
        ("lone surrogates", with_first(br#""a\ud800":"x\udfffy","#)),
        ("a number beyond floats", with_first(b"\"count\":1e400,\"x\":-1e-400,")),
        ("a number beyond integers", with_first([b"\"x\":".as_slice(), &[b'9'; 100_000], b","].concat().as_slice())),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), body("issue.created")].concat()),
        ("U+0000, escaped and raw", with_first(b"\"x\\u0000\":\"a\\u0000b\0c\",")),
        ("invalid UTF-8", with_first(b"\"\xff\xfe\":\"\xc3\x28\xed\xa0\x80\",")),
        ("repeated keys", with_first(br#""id":"1","id":{"deep":[1]},"title":null,"metadata":[],"#)),
        ("60 levels", with_first(&nested(60))),
        ("50 000 repeated keys", with_first("\"title\":\"again\",".repeat(50_000).as_bytes())),
        ("4 MB of text", with_first(format!("\"culprit\":\"{}\",", "\\u00e9".repeat(700_000)).as_bytes())),
        ("an unknown escape", with_first(br#""x":"\q\u12","#)),
    ];
    for (what, body) in readable {
        let signal = signal_of("issue", &body);
        assert_eq!(signal.title, "CardDeclined: issuer did not answer", "{what}");
        assert_eq!(signal.issue.as_deref(), Some("5501234567"), "{what}");
    }
    let behind = format!("no JSON at byte {}", body("issue.created").len());
    let unreadable: [(&str, Vec<u8>, &str); 8] = [
        ("200 000 levels", with_first(&nested(200_000)), "nested deeper than 64 levels"),
        ("200 000 open brackets", vec![b'['; 200_000], "nested deeper than 64 levels"),
        ("1 000 000 keys", with_first(many.as_bytes()), "more than 100000 values"),
        ("a body cut short", body("issue.created")[..300].to_vec(), "the body ends inside a value"),
        ("text behind the body", [body("issue.created"), b"{}"].concat(), &behind),
        ("no JSON", b"action=created".to_vec(), "no JSON at byte 0"),
        ("UTF-16", vec![0xff, 0xfe, b'{', 0, b'}', 0], "no JSON at byte 0"),
        ("gzip", vec![0x1f, 0x8b, 8, 0], "no JSON at byte 0"),
    ];
    for (what, body, why) in unreadable {
        assert_eq!(parse(Some("issue"), &body), Parsed::Unreadable { reason: why.to_owned() }, "{what}");
        assert_eq!(parse(None, &body), Parsed::Unreadable { reason: why.to_owned() }, "{what}, without a header");
    }
}

#[test]
fn what_is_no_character_survives_as_a_mark() {
    let alone = br#"{"action":"created","data":{"issue":{"id":1,"title":"x\ud800y \u0000 \ud83d\udd25"}}}"#;
    assert_eq!(signal_of("issue", alone).title, "x\u{fffd}y \u{fffd} 🔥");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500), place in 0..Resource::ALL.len()) {
        let _ = parse(Some(Resource::ALL[place].as_str()), &bytes);
    }

    #[test]
    fn no_damage_to_a_real_body_makes_it_panic(
        which in 0..FIXTURES.len(), at in any::<prop::sample::Index>(), length in 0_usize..40,
        with in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"{}[]\",:\\0u"[..])], 0..40),
    ) {
        let (name, body) = FIXTURES[which];
        let at = at.index(body.len());
        let damaged = [&body[..at], &with, &body[(at + length).min(body.len())..]].concat();
        if let Parsed::Signal(signal) = parse(Some(resource(name)), &damaged) {
            prop_assert!(!signal.title.is_empty() && signal.title.len() <= TITLE + 64);
            prop_assert!(signal.tags.len() <= 50 && signal.exceptions.len() <= 5);
            prop_assert!(signal.link.is_none_or(|link| link.starts_with("http")));
        }
    }
}
