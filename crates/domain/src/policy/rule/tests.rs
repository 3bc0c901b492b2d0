//! Each test on each kind of field, and what is told of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::pattern::{DEEPEST, LARGEST};
use super::*;
use crate::policy::file;
use crate::signal::{Exception, Fact, Frame, Hint, MetricAlert, MetricStatus, Project, Severity};

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);
const HOUR: i64 = 3_600_000;

/// A signal that tells everything.
fn full() -> Signal {
    let mut signal = Signal::manual("PaymentDeclined: card", false);
    signal.source.0 = "acme".to_owned();
    signal.action = "triggered".to_owned();
    signal.fact = Fact::Metric { status: MetricStatus::Warning };
    signal.issue = Some("123".to_owned());
    signal.event = Some("e1".to_owned());
    signal.rule = Some("Big rule".to_owned());
    signal.metric = Some(MetricAlert {
        organization: Some("77".to_owned()),
        identifier: Some("5".to_owned()),
        id: Some("m9".to_owned()),
    });
    signal.project = Some(Project { id: Some("42".to_owned()), slug: Some("shop".to_owned()) });
    signal.culprit = Some("checkout.pay".to_owned());
    signal.message = Some("no card".to_owned());
    signal.severity = Some(Severity::Error);
    signal.hint = Some(Hint::Medium);
    signal.severity_score = Some(0.35);
    signal.substatus = Some("escalating".to_owned());
    let frame = Frame { module: "shop.pay".to_owned(), function: "charge".to_owned() };
    let outer = Exception { class: "PaymentDeclined".to_owned(), value: "card 1".to_owned(), ..Exception::default() };
    let inner = Exception {
        class: "TimeoutError".to_owned(),
        value: "gateway".to_owned(),
        in_app: vec![frame],
        unhandled: Some(true),
    };
    signal.exceptions = vec![Exception { unhandled: Some(true), ..outer }, inner];
    signal.custom_fingerprint = Some(vec!["pay".to_owned(), "card".to_owned()]);
    signal.category = Some("error".to_owned());
    signal.environment = Some("production".to_owned());
    signal.release = Some("shop@1.2.3".to_owned());
    signal.transaction = Some("/checkout/pay".to_owned());
    signal.tags = vec![("customer.tier".to_owned(), "gold".to_owned()), ("region".to_owned(), "eu".to_owned())];
    signal.events = Some(1_000);
    signal.users = Some(250);
    signal.first_seen = Some(NOW.shifted(-76 * HOUR));
    signal.seen_at = Some(NOW.shifted(-HOUR));
    signal.link = Some("https://sentry.example/1".to_owned());
    signal.platform = Some("python".to_owned());
    signal
}

const fn sighting(signal: &Signal) -> Sighting<'_> {
    Sighting { signal, incident: None, fingerprint: "abc123", now: NOW }
}

/// The condition as the policy's reader reads it.
fn when(text: &str) -> Condition {
    let rule = format!("{}\n[[rules]]\nname = \"r\"\nwhen = {{ {text} }}\ndrop = true\n", file::DEFAULT);
    let mut policy = file::parse(&rule).map_err(|mistakes| format!("{text}: {mistakes:?}")).unwrap();
    policy.triage.rules.remove(0).when
}

fn holds(text: &str, signal: &Signal) -> bool {
    when(text).holds(&sighting(signal))
}

#[test]
fn every_field_can_be_asked_for_with_every_test_of_its_kind() {
    let signal = full();
    // What holds, and the like of it that does not.
    for (yes, no) in [
        (r#"source = "acme""#, r#"source = "other""#),
        ("signed = true", "signed = false"),
        (r#"resource = "manual""#, r#"resource = ["issue", "error"]"#),
        (r#"action = ["triggered", "created"]"#, r#"action = "created""#),
        (r#"fact = "metric""#, r#"fact = "occurrence""#),
        (r#"issue = "123""#, r#"issue = "12""#),
        (r#"event = { prefix = "e" }"#, r#"event = { suffix = "e" }"#),
        (r#"alert_rule = { contains = "rule" }"#, r#"alert_rule = { contains = "RULE" }"#),
        (r#"metric = "warning""#, r#"metric = ["critical", "open"]"#),
        (r#"metric_alert = "m9""#, r#"metric_alert = "m8""#),
        (r#"metric_identifier = "5""#, r#"metric_identifier = "55""#),
        (r#"organization = "77""#, r#"organization = "7""#),
        (r#"project = "shop""#, r#"project = "sho""#),
        (r#"project = "42""#, r#"project = "4""#),
        (r#"title = { regex = "^Payment[A-Z]" }"#, r#"title = { regex = "^payment" }"#),
        (r#"title = { regex = "(?i)^payment" }"#, r#"title = { regex = "card$x" }"#),
        (r#"culprit = { glob = "*.pay" }"#, r#"culprit = { glob = "pay" }"#),
        (r#"message = "no card""#, r#"message = { present = false }"#),
        (r#"level = "error""#, r#"level = "fatal""#),
        (r#"level = { at_least = "error" }"#, r#"level = { above = "error" }"#),
        (r#"level = { at_most = "error" }"#, r#"level = { below = "error" }"#),
        (r#"sentry_priority = { at_least = "medium" }"#, r#"sentry_priority = "high""#),
        ("sentry_severity = 0.35", "sentry_severity = 0.350001"),
        ("sentry_severity = { above = 0.3 }", "sentry_severity = { at_least = 1 }"),
        (r#"substatus = "escalating""#, r#"substatus = { prefix = "e", suffix = "x" }"#),
        ("unhandled = true", "unhandled = false"),
        (r#"exception = "TimeoutError""#, r#"exception = "Timeout""#),
        (r#"exception_message = "gateway""#, r#"exception_message = { suffix = "gate" }"#),
        (r#"module = { glob = "shop.*" }"#, r#"module = { glob = "shop.?" }"#),
        (r#"function = "charge""#, r#"function = "refund""#),
        (r#"fingerprint = "abc123""#, r#"fingerprint = "abc""#),
        (r#"custom_fingerprint = "card""#, r#"custom_fingerprint = "ca""#),
        (r#"category = "error""#, r#"category = "outage""#),
        (r#"environment = ["prod", "production"]"#, r#"environment = "prod""#),
        (r#"release = { prefix = "shop@1." }"#, r#"release = { prefix = "shop@2." }"#),
        (r#"path = { prefix = "/checkout" }"#, r#"path = { prefix = "/cart" }"#),
        (r#"platform = "python""#, r#"platform = "go""#),
        (r#"tag."customer.tier" = "gold""#, r#"tag."customer.tier" = "silver""#),
        (r#""tag.region" = { present = true }"#, r#"tag.zone = { present = true }"#),
        ("events = { above = 999 }", "events = { above = 1000 }"),
        ("users = { below = 251 }", "users = { below = 250 }"),
        ("users = 250", "users = 251"),
        ("users = { at_least = 250, at_most = 250 }", "users = { at_least = 1, at_most = 249 }"),
        (r#"age = { older_than = "3d" }"#, r#"age = { older_than = "76h" }"#),
        (r#"age = { younger_than = "4d" }"#, r#"age = { younger_than = "76h" }"#),
        (r#"seen_ago = { younger_than = "2h" }"#, r#"seen_ago = { older_than = "2h" }"#),
        (r#"link = { present = true }"#, r#"link = { present = false }"#),
        ("synthetic = false", "synthetic = true"),
        (r#"not = { level = "fatal" }"#, r#"not = { level = "error" }"#),
        (r#"any = [{ level = "fatal" }, { users = 250 }]"#, r#"any = [{ level = "fatal" }, { users = 1 }]"#),
        (r#"level = "error", users = 250"#, r#"level = "error", users = 251"#),
        ("all = []", "not = { all = [] }"),
    ] {
        assert!(holds(yes, &signal), "{yes}");
        assert!(!holds(no, &signal), "{no}");
    }
}

#[test]
fn what_nobody_told_meets_no_test_but_its_absence() {
    let signal = Signal::manual("x", false);
    let always = ["source", "signed", "resource", "action", "fact", "title", "fingerprint", "synthetic"];
    for (word, field) in Field::NAMED {
        let told = always.contains(&word);
        assert_eq!(Test::Present(true).holds(&field, &sighting(&signal)), told, "{word}");
        assert_eq!(Test::Present(false).holds(&field, &sighting(&signal)), !told, "{word}");
        if told {
            continue;
        }
        for test in [
            Test::Prefix(String::new()),
            Test::Glob(Glob::compile("*").unwrap()),
            Test::Regex(Expression::compile("").unwrap()),
            Test::Number(Comparison::AtLeast, 0),
            Test::Truth(false),
        ] {
            assert!(!test.holds(&field, &sighting(&signal)), "{word}: {test:?}");
        }
    }
    let every = full();
    for (word, field) in Field::NAMED {
        assert!(Test::Present(true).holds(&field, &sighting(&every)), "{word} has no reading");
    }
}

#[test]
fn what_was_seen_and_what_it_met_is_told() {
    let signal = full();
    for (text, told) in [
        (r#"path = { prefix = "/checkout" }"#, "path /checkout/pay begins with /checkout"),
        ("users = { at_least = 100 }", "users 250 is at least 100"),
        ("users = 250", "users is 250"),
        (r#"level = ["error", "fatal"]"#, "level error is one of error, fatal"),
        (r#"level = { at_least = "warn" }"#, "level error is at least warning"),
        (r#"not = { environment = "staging" }"#, "not: environment is staging (it is production)"),
        (r#"not = { tag.zone = "a" }"#, "not: tag zone is a (it was not told)"),
        (r#"tag."customer.tier" = "gold""#, "tag customer.tier is gold"),
        (r#"exception = { prefix = "Time" }"#, "exception TimeoutError begins with Time"),
        (r#"title = { regex = "^Pay" }"#, "title PaymentDeclined: card matches ^Pay"),
        (r#"module = { glob = "shop.*" }"#, "module shop.pay fits shop.*"),
        (r#"age = { older_than = "3d" }"#, "age 3d 4h is older than 3d"),
        ("sentry_severity = { above = 0.3 }", "sentry_severity 0.35 is above 0.3"),
        ("unhandled = true", "unhandled is true"),
        ("not = { unhandled = false }", "not: unhandled is false (it is true)"),
        ("tag.zone = { present = false }", "tag zone was not told"),
        ("not = { tag.zone = { present = true } }", "not: tag zone was told"),
        (r#"any = [{ level = "fatal" }, { users = 250 }]"#, "users is 250"),
        (
            r#"not = { any = [{ level = "fatal" }, { users = 1 }] }"#,
            "not: level is fatal (it is error), not: users is 1 (it is 250)",
        ),
        (r#"not = { not = { level = "error" } }"#, "level is error"),
        ("all = []", "every signal"),
        (r#"level = "fatal""#, "not: level is fatal (it is error)"),
    ] {
        assert_eq!(when(text).explain(&sighting(&signal)), told, "{text}");
    }
    // The keys of a table are told in the order of the text or by name, but each is told.
    let both = when(r#"level = "error", users = { above = 1 }"#).explain(&sighting(&signal));
    assert!(both.contains("level is error") && both.contains("users 250 is above 1") && both.contains(", "), "{both}");
}

#[test]
fn hostile_text_is_told_on_one_short_harmless_line() {
    let mut signal = full();
    signal.title = format!("a\u{202e}b\u{200b}\n\u{1b}[31m\0{}", "x".repeat(1_000_000));
    let told = when(r#"title = { prefix = "a" }"#).explain(&sighting(&signal));
    assert!(told.starts_with("title ab  [31m xxx") && told.ends_with("… begins with a"), "{told}");
    assert!(told.chars().count() <= 70, "{told}");
}

#[test]
fn a_regular_expression_is_never_slow_and_never_large() {
    let mut signal = full();
    signal.title = "a".repeat(1_000_000) + "!";
    signal.culprit = Some("word ".repeat(10_000) + "!");
    signal.transaction = Some("ab".repeat(100_000) + "c");
    signal.exceptions[0].value = "x".repeat(100_000);
    let bombs = "any = [ { title = { regex = '^(a+)+$!' } }, { culprit = { regex = '^(\\w+\\s?)*$x' } }, \
                 { exception_message = { regex = '(.*)(.*)(.*)(.*)#' } }, { path = { glob = \"*a*a*b*a*a*a*a*a*d\" } } ]";
    assert!(!holds(bombs, &signal));

    let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
    for (pattern, refusal) in [
        ("(a{1000}){1000}", format!("more than {} KiB", LARGEST / 1_024)),
        (r"\w{500}", format!("more than {} KiB", LARGEST / 1_024)),
        (deep.as_str(), format!("({DEEPEST})")),
        (r"(a)\1", "backreferences are not supported".to_owned()),
        ("a(?=b)", "look-around".to_owned()),
        ("a(", "unclosed group".to_owned()),
    ] {
        let error = Expression::compile(pattern).unwrap_err().to_string();
        assert!(error.contains(&refusal), "{pattern}: {error}");
    }
    let long = "a".repeat(501);
    assert_eq!(Expression::compile(&long), Err(PatternError::TooLong(501)));
    assert_eq!(Glob::compile(&long), Err(PatternError::TooLong(501)));
}

#[test]
fn no_more_of_a_text_is_looked_at_than_a_signal_keeps() {
    let text = format!("{}é!", "a".repeat(pattern::LOOKED_AT - 1));
    assert!(Glob::compile("*a").unwrap().fits(&text), "the cut is before the letter of two bytes");
    assert!(!Expression::compile("[é!]").unwrap().fits(&text));
}

#[test]
fn patterns_are_equal_when_their_texts_are() {
    let one = when(r#"title = { regex = "a+" }"#);
    assert_eq!(one, when(r#"title = { regex = "a+" }"#));
    assert_eq!(one, one.clone());
    assert_ne!(one, when(r#"title = { regex = "aa*" }"#));
    assert!(format!("{one:?}").contains("Expression(\"a+\")"), "{one:?}");
}

#[test]
fn the_first_rule_that_matches_wins_and_the_next_is_its_runner_up() {
    let rule = |name: &str, text: &str| Rule {
        name: name.parse().unwrap(),
        when: when(text),
        effect: Effect::Drop,
        route: None,
    };
    let rules = [
        rule("none", r#"level = "fatal""#),
        rule("first", "users = { above = 1 }"),
        rule("no", "users = 1"),
        rule("second", "all = []"),
        rule("third", "all = []"),
    ];
    let signal = full();
    let judged = judge(&rules, &sighting(&signal)).unwrap();
    assert_eq!((judged.winner, judged.because.as_str()), (&rules[1], "users 250 is above 1"));
    assert_eq!(judged.runner_up, Some(&rules[3]));
    assert_eq!(judge(&rules[..1], &sighting(&signal)), None);
}

/// A glob by its meaning, slowly.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        Some((wanted, rest)) => {
            text.split_first().is_some_and(|(found, left)| (*wanted == '?' || wanted == found) && naive(rest, left))
        }
    }
}

fn leaves() -> impl Strategy<Value = Condition> {
    let fields = Field::NAMED.map(|(_, field)| field).into_iter().chain([Field::Tag("t".to_owned())]);
    let text = "[a-c*?]{0,4}";
    let tests = prop_oneof![
        proptest::collection::vec(text, 1..4).prop_map(Test::OneOf),
        text.prop_map(Test::Prefix),
        text.prop_map(Test::Suffix),
        text.prop_map(Test::Contains),
        text.prop_map(|text| Test::Glob(Glob::compile(&text).unwrap())),
        "[a-c.]{0,4}".prop_map(|text| Test::Regex(Expression::compile(&text).unwrap())),
        (proptest::sample::select(vec![Comparison::Exactly, Comparison::AtLeast, Comparison::Below]), any::<u64>())
            .prop_map(|(comparison, number)| Test::Number(comparison, number)),
        any::<bool>().prop_map(Test::Truth),
        any::<bool>().prop_map(Test::Present),
    ];
    (proptest::sample::select(fields.collect::<Vec<_>>()), tests).prop_map(|(field, test)| Condition::Is(field, test))
}

fn conditions() -> impl Strategy<Value = Condition> {
    leaves().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
            inner.prop_map(|one| Condition::Not(Box::new(one))),
        ]
    })
}

fn signals() -> impl Strategy<Value = Signal> {
    let told = any::<Option<String>>();
    (
        any::<String>(),
        told.clone(),
        told.clone(),
        told,
        any::<Option<u64>>(),
        any::<Option<f64>>(),
        any::<Option<i64>>(),
    )
        .prop_map(|(title, path, tag, class, users, score, first)| {
            let mut signal = Signal::manual(&title, false);
            signal.transaction = path;
            signal.tags = tag.into_iter().map(|value| ("t".to_owned(), value)).collect();
            signal.exceptions = class.into_iter().map(|class| Exception { class, ..Exception::default() }).collect();
            signal.users = users;
            signal.severity_score = score;
            signal.first_seen = first.map(Timestamp::from_millis);
            signal
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_glob_means_what_it_says(pattern in "[ab?*é]{0,7}", text in "[abé]{0,8}") {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(Glob::compile(&pattern).unwrap().fits(&text), naive(&letters(&pattern), &letters(&text)));
    }

    #[test]
    fn logic_is_logic_whatever_the_signal(one in conditions(), other in conditions(), signal in signals()) {
        let seen = sighting(&signal);
        let not = |condition: &Condition| Condition::Not(Box::new(condition.clone()));
        let (a, b) = (one.holds(&seen), other.holds(&seen));
        prop_assert_eq!(not(&not(&one)).holds(&seen), a);
        prop_assert_eq!(Condition::All(vec![one.clone(), other.clone()]).holds(&seen), a && b);
        prop_assert_eq!(Condition::Any(vec![one.clone(), other.clone()]).holds(&seen), a || b);
        prop_assert_eq!(
            not(&Condition::Any(vec![one.clone(), other.clone()])).holds(&seen),
            Condition::All(vec![not(&one), not(&other)]).holds(&seen)
        );
        if let Some(truth) = one.constant() {
            prop_assert_eq!(truth, a);
        }
    }

    #[test]
    fn what_is_told_is_one_bounded_line(condition in conditions(), signal in signals()) {
        let told = condition.explain(&sighting(&signal));
        prop_assert!(!told.is_empty() && told.len() <= 300, "{}", told);
        prop_assert!(!told.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{:?}", told);
        let twice = Condition::Not(Box::new(Condition::Not(Box::new(condition))));
        prop_assert_eq!(twice.explain(&sighting(&signal)), told);
    }
}
