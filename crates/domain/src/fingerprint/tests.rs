//! What stays the same, and what does not.

use proptest::prelude::*;

use super::*;
use crate::signal::{Fact, MetricAlert, Project, Resource, Source};

/// A signal that says nothing but its title.
pub(crate) fn bare_signal(title: &str) -> Signal {
    Signal {
        source: Source("sentry".into()),
        signed: true,
        resource: Resource::Issue,
        action: "created".into(),
        fact: Fact::Occurrence,
        issue: None,
        event: None,
        rule: None,
        metric: None,
        project: Some(Project { id: Some("7".into()), slug: Some("shop".into()) }),
        title: title.into(),
        culprit: None,
        message: None,
        severity: None,
        hint: None,
        severity_score: None,
        substatus: None,
        unhandled: None,
        exceptions: Vec::new(),
        custom_fingerprint: None,
        category: None,
        environment: None,
        release: None,
        transaction: None,
        tags: Vec::new(),
        events: None,
        users: None,
        first_seen: None,
        seen_at: None,
        link: None,
        platform: None,
        synthetic: false,
    }
}

fn frame(module: &str, function: &str) -> Frame {
    Frame { module: module.into(), function: function.into() }
}

fn checkout(class: &str, value: &str) -> Signal {
    Signal {
        exceptions: vec![Exception {
            class: class.into(),
            value: value.into(),
            in_app: vec![frame("shop.cart", "total"), frame("shop.views", "checkout")],
            unhandled: Some(true),
        }],
        ..bare_signal("checkout")
    }
}

#[test]
fn each_kind_of_variable_text_has_its_mask() {
    for (text, masked) in [
        ("Connection refused", "Connection refused"),
        ("user 4711 not found", "user <id> not found"),
        ("took 12.5 s, limit -3 s", "took <id> s, limit <id> s"),
        ("took 1500ms", "took <id>ms"),
        ("got 1e5 of 2.5e-7", "got <id> of <id>"),
        ("object at 0x7ffee4c0", "object at <id>"),
        ("commit 9f86d081884c7d65 failed", "commit <id> failed"),
        ("order 550e8400-e29b-41d4-a716-446655440000 lost", "order <id> lost"),
        ("req-550e8400-e29b-41d4-a716-446655440000", "req-<id>"),
        ("session a8Zk3Lq9 expired", "session <id> expired"),
        ("KeyError: 'user_id'", "KeyError: <str>"),
        ("expected \"a \\\" b\" here", "expected <str> here"),
        ("column `name` of “t”", "column <str> of <str>"),
        ("don't retry, can't", "don't retry, can't"),
        ("the users' carts", "the users' carts"),
        ("open /var/lib/app/7.db: denied", "open <path>: denied"),
        ("open C:\\Users\\bob\\x.txt failed", "open <path> failed"),
        ("at src/main.rs:12:3", "at <path>"),
        ("and/or text/html I/O", "and/or text/html I/O"),
        ("GET https://api.example.com/v1/users?id=7&x=(1) failed", "GET <url>) failed"),
        ("see jdbc:postgresql://db:5432/shop.", "see jdbc:<url>."),
        ("dial tcp db-1.example.com:5432: refused", "dial tcp <host>: refused"),
        ("dial tcp 10.0.0.12:5432: refused", "dial tcp <host>: refused"),
        ("dial tcp [2001:db8::1]: refused", "dial tcp [<host>]: refused"),
        ("mail to Ann.Lee+x@example.co.uk bounced", "mail to <mail> bounced"),
        ("since 2026-11-20T12:34:56.789Z", "since <date>"),
        ("since 2026-11-20 12:34:56", "since <date>"),
        ("since Fri, 20 Nov 2026 12:34:56 GMT", "since <date> GMT"),
        ("since Nov 20 12:34:56", "since <date>"),
        ("on 20.11.2026", "on <date>"),
        ("user:bob@example.com", "user:<mail>"),
        ("ids [1, 2, 3] and (4,5)", "ids [<id>] and (<id>)"),
        ("std::vec::Vec<u8>", "std::vec::Vec<u<id>>"),
        ("java.lang.NullPointerException", "java.lang.NullPointerException"),
        ("App\\Models\\User missing", "App\\Models\\User missing"),
        ("line\n\ttwo  three\u{0}", "line two three"),
        ("in\u{200b}visible", "invisible"),
        ("用户 42 不存在", "用户 <id> 不存在"),
        ("عدد ٤٢ خطأ", "عدد <id> خطأ"),
        ("", ""),
    ] {
        assert_eq!(mask(text), masked, "{text:?}");
    }
}

#[test]
fn a_quote_that_nobody_closes_hides_nothing() {
    assert_eq!(mask("unterminated \" string 5"), "unterminated \" string <id>");
    assert_eq!(mask("it said 'no and left"), "it said 'no and left");
}

#[test]
fn hostile_text_is_short_and_soon_done() {
    for text in [
        "'a ".repeat(400_000),
        "\"".repeat(1_000_001),
        "a:".repeat(500_000),
        "<id>".repeat(300_000),
        "1.".repeat(500_000),
        "http://".repeat(200_000),
        "\u{202e}\u{200b}".repeat(300_000),
        "“«‘「".repeat(100_000),
        "语".repeat(400_000),
        "a@".repeat(500_000),
    ] {
        let masked = mask(&text);
        assert!(masked.len() <= mask::MAX_LENGTH);
        assert_eq!(mask(&masked), masked);
    }
}

#[test]
fn a_culprit_keeps_its_words() {
    assert_eq!(mask::mask_place("/api/users/12/orders"), "/api/users/<id>/orders");
    assert_eq!(mask::mask_place("app.views.checkout in total"), "app.views.checkout in total");
}

#[test]
fn the_hash_is_frozen() {
    // Stored with every incident: once released, other values mean another version.
    assert_eq!(fingerprint(&checkout("ValueError", "bad total 12")).0, FROZEN_EXCEPTION);
    assert_eq!(fingerprint(&bare_signal("cron job 7 missed")).0, FROZEN_TITLE);
}

const FROZEN_EXCEPTION: &str = "08ceab250449974754e12a42753d13a3";
const FROZEN_TITLE: &str = "aeb51163dfc68feae986312c0903403a";

#[test]
fn what_differs_in_cause_differs_in_hash() {
    let base = checkout("ValueError", "bad total");
    let mut other_frame = base.clone();
    other_frame.exceptions[0].in_app[0].function = "tax".into();
    let mut other_project = base.clone();
    other_project.project = Some(Project { id: Some("8".into()), slug: None });
    let mut other_category = base.clone();
    other_category.category = Some("outage".into());
    let all = [
        base,
        checkout("TypeError", "bad total"),
        checkout("ValueError", "bad tax"),
        other_frame,
        other_project,
        other_category,
        bare_signal("ValueError: bad total"),
    ];
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            assert_ne!(fingerprint(one), fingerprint(other), "{:?}\n{:?}", parts(one), parts(other));
        }
    }
}

#[test]
fn what_a_release_moves_does_not_count() {
    let bundle = |module: &str| {
        let mut signal = checkout("TypeError", "x is undefined");
        signal.exceptions[0].in_app[0].module = module.into();
        fingerprint(&signal)
    };
    assert_eq!(bundle("app:///main.3f2a9c1b.js?v=3"), bundle("app:///main.77d01e2f.js"));
    assert_ne!(bundle("app:///main.js"), bundle("app:///vendor.js"));

    let mut deep = checkout("RecursionError", "too deep");
    let again = deep.exceptions[0].in_app[0].clone();
    let shallow = fingerprint(&deep);
    deep.exceptions[0].in_app.insert(0, again);
    assert_eq!(fingerprint(&deep), shallow);
}

#[test]
fn release_environment_counts_and_tags_do_not_count() {
    let base = checkout("ValueError", "bad total");
    let other = Signal {
        release: Some("2.0".into()),
        environment: Some("production".into()),
        events: Some(9),
        tags: vec![("host".into(), "web-3".into())],
        issue: Some("5".into()),
        resource: Resource::EventAlert,
        ..base.clone()
    };
    assert_eq!(fingerprint(&base), fingerprint(&other));
}

#[test]
fn a_custom_fingerprint_is_honoured() {
    let custom = |parts: &[&str], value: &str| {
        let custom_fingerprint = Some(parts.iter().map(|part| (*part).to_owned()).collect());
        fingerprint(&Signal { custom_fingerprint, ..checkout("ValueError", value) })
    };
    assert_eq!(custom(&["payments"], "a"), custom(&["payments"], "b"));
    assert_ne!(custom(&["payments"], "a"), custom(&["refunds"], "a"));
    assert_ne!(custom(&["12"], "a"), custom(&["13"], "a"), "the team's own text is not masked");
    assert_ne!(custom(&["{{ default }}", "eu"], "a"), custom(&["{{ default }}", "eu"], "b"));
    assert_ne!(custom(&["{{ default }}", "eu"], "a"), custom(&["{{default}}", "us"], "a"));
    assert_eq!(custom(&["{{ default }}"], "a"), fingerprint(&checkout("ValueError", "a")));
    assert_eq!(custom(&["{{ error.type }}"], "a"), custom(&["ValueError"], "b"));
    assert_ne!(custom(&["ab", "c"], "a"), custom(&["a", "bc"], "a"));
}

#[test]
fn a_metric_alert_is_its_organization_and_identifier() {
    let metric = |organization: Option<&str>, identifier: Option<&str>, title: &str| {
        let metric = MetricAlert {
            organization: organization.map(Into::into),
            identifier: identifier.map(Into::into),
            id: Some("99".into()),
        };
        fingerprint(&Signal { metric: Some(metric), project: None, ..bare_signal(title) })
    };
    assert_eq!(metric(Some("1"), Some("2"), "Critical: p95"), metric(Some("1"), Some("2"), "Resolved: p95"));
    assert_ne!(metric(Some("1"), Some("2"), "p95"), metric(Some("1"), Some("3"), "p95"));
    assert_eq!(metric(None, None, "a"), metric(None, Some("2"), "b"));
}

#[test]
fn wide_text_cannot_pose_as_other_parts() {
    let mut left = checkout("A", "x");
    left.exceptions[0].in_app = vec![frame("ab", "c")];
    let mut right = checkout("A", "x");
    right.exceptions[0].in_app = vec![frame("a", "bc")];
    assert_ne!(fingerprint(&left), fingerprint(&right));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn masking_a_masked_text_changes_nothing(text in "\\PC{0,200}") {
        let masked = mask(&text);
        prop_assert!(masked.len() <= mask::MAX_LENGTH);
        prop_assert_eq!(mask(&masked), masked);
    }

    #[test]
    fn masking_is_idempotent_where_the_marks_are_dense(text in "[a-fA-Z0-9 '\"`<>id:/.@,=\\\\\\-+()\\[\\]\u{200b}٤]{0,120}") {
        let masked = mask(&text);
        prop_assert_eq!(mask(&masked), masked);
    }

    #[test]
    fn variable_parts_do_not_change_the_hash(
        n: u32, big: u64, uuid: u128, name in "[a-z]{1,8}", quoted in "[a-z ]{0,12}", octets: [u8; 4], hash: [u8; 20],
        day in 1_u8..=28, seconds in 0_u32..86_400,
    ) {
        let u = format!("{uuid:032x}");
        let uuid = format!("{}-{}-{}-{}-{}", &u[..8], &u[8..12], &u[12..16], &u[16..20], &u[20..]);
        let [a, b, c, d] = octets;
        let time = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let message = format!(
            "order {n} of {name}@example.com ({uuid}) from {a}.{b}.{c}.{d}:{} failed '{quoted}' in /srv/{name}/{big}.log at 2026-11-{day:02}T{time}Z, \
             sha {}, see https://{name}.example.com/{n}?q={big}",
            n % 65_536,
            hex(&hash),
        );
        let fixed = "order 1 of bob@example.com (550e8400-e29b-41d4-a716-446655440000) from 10.0.0.1:80 failed 'x' in /srv/a/1.log at \
             2026-11-20T00:00:00Z, sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b, see https://a.example.com/1?q=1";
        prop_assert_eq!(mask(&message), mask(fixed));
        prop_assert_eq!(fingerprint(&checkout("E", &message)), fingerprint(&checkout("E", fixed)));
    }

    #[test]
    fn class_and_top_frame_change_the_hash(class in "[A-Z][a-zA-Z]{0,12}", function in "[a-z_]{1,12}", n: u32) {
        let message = format!("bad total {n}");
        let base = checkout("ValueError", &message);
        let mut moved = base.clone();
        moved.exceptions[0].in_app[0].function = function.clone();
        prop_assert_eq!(fingerprint(&moved) == fingerprint(&base), function == "total");
        let renamed = checkout(&class, &message);
        prop_assert_eq!(fingerprint(&renamed) == fingerprint(&base), class == "ValueError");
    }
}
