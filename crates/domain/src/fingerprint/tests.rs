//! What stays the same, and what does not.

use proptest::prelude::*;

use super::*;
use crate::signal::{Exception, Fact, Frame, MetricAlert, Project, Resource, Source};

/// A signal that says nothing but its title.
pub(crate) fn bare_signal(title: &str) -> Signal {
    Signal {
        project: Some(Project { id: Some("7".into()), slug: Some("shop".into()) }),
        ..Signal::bare(Source("sentry".into()), Resource::Issue, "created".into(), Fact::Occurrence, title.into())
    }
}

pub(super) fn frame(module: &str, function: &str) -> Frame {
    Frame { module: module.into(), function: function.into() }
}

pub(super) fn checkout(class: &str, value: &str) -> Signal {
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
        ("value `name` of “t”", "value <str> of <str>"),
        ("undefined method `total' for #<Cart:0x000012>", "undefined method `total' for #<Cart:<id>>"),
        ("no such file - `tmp/x'", "no such file - <str>"),
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
        ("dial tcp [2001:db8::1]: refused", "dial tcp <host>: refused"),
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
        ("dial tcp [::1]:5432: refused", "dial tcp <host>: refused"),
        ("connect to ::1 refused", "connect to <host> refused"),
        ("std::x1 of ::ns", "std::x<id> of ::ns"),
        ("Kunde „Müller“, klient „Nowak”", "Kunde <str>, klient <str>"),
        ("NUL\u{fffd}here", "NUL here"),
        ("", ""),
    ] {
        assert_eq!(mask(text), masked, "{text:?}");
    }
}

#[test]
fn what_names_the_cause_is_kept() {
    for (text, masked) in [
        ("Request failed with status code 404", "Request failed with status code 404"),
        ("HTTP 503 after 3 tries", "HTTP 503 after <id> tries"),
        ("HTTP/1.1 502 Bad Gateway", "HTTP/<id> 502 Bad Gateway"),
        ("HTTP Error 429: Too Many Requests", "HTTP Error 429: Too Many Requests"),
        ("HTTP error! status: 500", "HTTP error! status: 500"),
        ("the server responded with a status of 404 ()", "the server responded with a status of 404 ()"),
        ("httpStatusCode=401, id=17", "httpStatusCode=401, id=<id>"),
        ("order 404 has status 7", "order <id> has status <id>"),
        ("coupon code 404 of status 999", "coupon code <id> of status <id>"),
        ("connect ECONNREFUSED 10.0.0.1:5432", "connect ECONNREFUSED <host>"),
        ("[Errno 111] Connection refused", "[Errno 111] Connection refused"),
        ("No space left (os error 28)", "No space left (os error 28)"),
        ("exited with code 137 after 20 s", "exited with code 137 after <id> s"),
        ("killed by signal 9", "killed by signal 9"),
        ("SQLSTATE[23505]: Unique violation: 7", "SQLSTATE[23505]: Unique violation: <id>"),
        ("missing table (SQLSTATE 42P01)", "missing table (SQLSTATE 42P01)"),
        ("SQL state [HY000]; error code [1205]", "SQL state [HY000]; error code [1205]"),
        ("ORA-00942: no table 12345", "ORA-00942: no table <id>"),
        ("E11000 duplicate key of 12345", "E11000 duplicate key of <id>"),
        ("Exception from HRESULT: 0x80131500 at 0x80131500", "Exception from HRESULT: 0x80131500 at <id>"),
        ("{ code: 'ECONNRESET', host: 'ECONNRESET' }", "{ code: 'ECONNRESET', host: <str> }"),
        ("resulted in a `404 Not Found` response", "resulted in a `404 Not Found` response"),
        ("address '404 Main Street' unknown", "address <str> unknown"),
        (
            "Cannot read properties of undefined (reading 'total')",
            "Cannot read properties of undefined (reading 'total')",
        ),
        ("Cannot read properties of undefined (reading '17')", "Cannot read properties of undefined (reading <str>)"),
        ("'NoneType' object has no attribute 'total'", "'NoneType' object has no attribute 'total'"),
        ("name 'cart' is not defined", "name 'cart' is not defined"),
        ("name 'cart' is taken", "name <str> is taken"),
        (
            "Cannot invoke \"Cart.total()\" because \"cart\" is null",
            "Cannot invoke \"Cart.total()\" because \"cart\" is null",
        ),
        ("violates unique constraint \"users_email_key\"", "violates unique constraint \"users_email_key\""),
    ] {
        assert_eq!(mask(text), masked, "{text:?}");
    }
}

#[test]
fn identifiers_are_told_from_names_with_a_digit() {
    for (text, masked) in [
        ("cus_NffrFeUfNV2Hib", "cus_<id>"),
        ("pi_3MtwBwLkdIwHu7ix28a3tqPa", "pi_<id>"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "<id>"),
        ("507f1f77bcf86cd799439011", "<id>"),
        ("Int32Array", "Int<id>Array"),
        ("OAuth2ClientException", "OAuth<id>ClientException"),
        ("Заказ №А١٢٣", "Заказ №А<id>"),
        ("注文番号１２３は無効です", "注文番号<id>は無効です"),
        ("ऑर्डर ४२ नहीं मिला", "ऑर्डर <id> नहीं मिला"),
        ("cache.shop.test:6379 refused", "<host> refused"),
        ("Cart.java:42", "Cart.java:<id>"),
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
fn the_version_is_part_of_the_hash() {
    // Without it the hash would be that of the parts alone, and the next version could not live beside this one.
    let mut parts_alone = Md5::new();
    for part in parts(&bare_signal("a")) {
        for bytes in [part.name.as_bytes(), part.value.as_bytes()] {
            parts_alone.update((bytes.len() as u64).to_be_bytes());
            parts_alone.update(bytes);
        }
    }
    assert_ne!(hex(&parts_alone.finalize()), fingerprint(&bare_signal("a")).0);
}

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
fn what_led_to_an_exception_counts() {
    let caused_by = |class: &str, value: &str, function: &str| {
        let mut signal = checkout("JobFailed", "job 7 failed");
        signal.exceptions.push(Exception {
            class: class.into(),
            value: value.into(),
            in_app: vec![frame("shop.jobs", function)],
            unhandled: None,
        });
        signal
    };
    let base = caused_by("ValueError", "row 17", "rows");
    assert_eq!(fingerprint(&base), fingerprint(&caused_by("ValueError", "row 99", "rows")));
    assert_ne!(fingerprint(&base), fingerprint(&checkout("JobFailed", "job 7 failed")));
    assert_ne!(fingerprint(&base), fingerprint(&caused_by("KeyError", "row 17", "rows")));
    assert_ne!(fingerprint(&base), fingerprint(&caused_by("ValueError", "column 17", "rows")));
    assert_ne!(fingerprint(&base), fingerprint(&caused_by("ValueError", "row 17", "columns")));

    let mut twice = checkout("JobFailed", "job 7 failed");
    twice.exceptions.push(twice.exceptions[0].clone());
    assert_eq!(fingerprint(&twice), fingerprint(&checkout("JobFailed", "job 7 failed")), "some senders say it twice");
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
    fn masking_is_idempotent_where_words_decide(
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "status", "code", "404", "errno", "exit", "signal", "9", " ", ":", "=", "'", "\"", "`", "„", "“", "”", "reading", "attribute", "object",
            "is not defined", "[", "]", "(", ")", "::1", "SQLSTATE", "23505", "ORA-", "00942", "HRESULT", "0x80004005", "<id>", "<date>", "<str>",
            "<host>", "Nov", "Mon", ", ", "20", "2026", "-", "/", "a", "b.com", ":80", "x@y.de", "http", "://", "resulted in a ", "404 Not Found",
            "\u{200b}", "\u{fffd}", "\u{a0}", "\\", "ECONNRESET", "٤", "1e", "12:30:00", "don't",
        ]), 0..14),
    ) {
        let masked = mask(&tokens.concat());
        prop_assert_eq!(mask(&masked), masked);
    }

    #[test]
    fn what_a_build_puts_into_frames_does_not_change_the_hash(hash: u64, short in 0x10_0000_u32..0xff_ffff, n in 0_u16..999, line in 1_u16..999) {
        let of = |module: String, function: String| {
            let mut signal = checkout("E", "m");
            signal.exceptions[0].in_app[0] = frame(&module, &function);
            fingerprint(&signal)
        };
        let (hash, short) = (format!("1{:015x}", hash >> 4), format!("1{short:x}"));
        for (varied, fixed) in [
            (of(format!("app:///main.{short}.js?v={n}"), "render".into()), of("app:///main.3f2a1c9.js".into(), "render".into())),
            (of(format!("/srv/{n}/{hash}/app/a/cart.rb:{line}"), "block in sum".into()), of("/x/app/a/cart.rb".into(), "sum".into())),
            (of(format!("com.acme.Cart$$EnhancerBySpringCGLIB$${hash}"), format!("lambda$sum${n}")), of("com.acme.Cart".into(), "lambda$sum$0".into())),
            (of("shop".into(), format!("shop::sum::h{hash}")), of("shop".into(), "shop::sum".into())),
            (of("main".into(), format!("(*Server).Sum.func{n}")), of("main".into(), "(*Server).Sum.func1".into())),
            (of(format!("Acme.Cart+<Sum>d__{n}"), "MoveNext".into()), of("Acme.Cart".into(), "Sum".into())),
            (of("a.php".into(), format!("{{closure:Cart::sum():{line}}}")), of("a.php".into(), "Cart::sum".into())),
            (of("libcart.so".into(), format!("cart::sum(int) + {n}")), of("libcart.so".into(), "cart::sum(long)".into())),
        ] {
            prop_assert_eq!(varied, fixed);
        }
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
