//! D6: the limit is 5 MiB; a 413 is counted and shown to the operator.

use harness::{SignedHook, scenario};

const LIMIT: usize = 5 * 1024 * 1024;

/// A body of exactly so many bytes.
fn body_of(hook: &SignedHook, length: usize) -> SignedHook {
    let text = String::from_utf8(hook.body.clone()).unwrap();
    let open = text.trim_end().strip_suffix('}').unwrap();
    let frame = format!("{open},\"pad\":\"\"}}").len();
    let padded = format!("{open},\"pad\":\"{}\"}}", "x".repeat(length - frame));
    assert_eq!(padded.len(), length);
    SignedHook::of(&hook.resource, padded)
}

#[test]
fn five_mebibytes_are_taken_and_kept_to_the_last_byte() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let answer = world.deliver(&body_of(&hook, LIMIT)).await;
        assert_eq!((answer.status, answer.outcome.as_str()), (202, "opened"));
    });
}

#[test]
fn one_byte_more_is_refused_counted_and_changes_nothing() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let answer = world.deliver(&body_of(&hook, LIMIT + 1)).await;
        assert_eq!(answer.status, 413);
        assert!(answer.body["title"].is_string(), "a problem document says what was wrong: {}", answer.body);
        assert!(world.incidents().await.is_empty());

        let (_, metrics) = world.get("/metrics").await;
        let metrics = String::from_utf8(metrics.to_vec()).unwrap();
        let counted = metrics.lines().any(|line| line.contains("too_large") && line.ends_with(" 1"));
        assert!(counted, "no count of what was too large:\n{metrics}");
    });
}
