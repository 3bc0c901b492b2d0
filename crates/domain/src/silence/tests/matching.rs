//! What a silence matches, in both of its forms.

use proptest::prelude::*;

use super::super::matching::{key, quoted};
use super::*;
use crate::policy::rule::{Condition, Field, Glob, Test};

fn mistakes(text: &str) -> String {
    Matching::parse(text).err().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn terms(terms: &[&str]) -> String {
    match Matching::of_terms(terms) {
        Ok(matching) => matching.text().to_owned(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn a_condition_is_kept_as_its_text_on_one_line() {
    for (text, kept) in [
        (r#"{ project = "shop", environment = "staging" }"#, r#"{ environment = "staging", project = "shop" }"#),
        ("{ all = [] }", "{ all = [] }"),
        (
            "{ users = { below = 0x10 }, age = { older_than = '30d' } }",
            "{ age = { older_than = \"30d\" }, users = { below = 16 } }",
        ),
        ("{ tag.\"customer.tier\" = ['gold'] }", "{ tag = { \"customer.tier\" = [\"gold\"] } }"),
        ("{\n  title = '''a\nb''' # twice\n}", "{ title = \"a\\nb\" }"),
    ] {
        let matching = Matching::parse(text).unwrap();
        assert_eq!(matching.text(), kept);
        assert_eq!(Matching::parse(kept).unwrap(), matching);
    }
}

#[test]
fn mistakes_are_told_in_the_words_of_a_rule() {
    for (text, told) in [
        ("", "this is no TOML"),
        ("{}", "a condition needs one test at least (`{ all = [] }` is every signal)"),
        ("shop", "this is no TOML"),
        ("\"shop\"", "line 1, column 1: expected a section, found text"),
        ("{ projct = \"shop\" }", "line 1, column 3: a signal has no `projct` (did you mean `project`?)"),
        ("{ title = { regex = \"(\" } }", "this is no regular expression: unclosed group"),
        ("{ not = { all = [] } }", "this matches nothing (`{ all = [] }` is everything)"),
        ("{ title = \"x\" }\nkind = \"maintenance\"", "this is no TOML"),
    ] {
        let found = mistakes(text);
        assert!(found.contains(told), "{text}: {found}");
    }
    let two = Matching::parse("{ projct = \"shop\", title = 5 }").err().unwrap();
    assert_eq!(two.len(), 2, "all at once");
}

#[test]
fn a_silence_without_matchers_cannot_be_stored_or_read() {
    for text in [r#""""#, r#""{}""#, r#""{ title = { regex = '(' } }""#] {
        assert!(serde_json::from_str::<Matching>(text).is_err(), "{text}");
    }
    let silence = silence("{ project = \"shop\" }", once("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z"));
    for field in ["matching", "times", "reason", "by", "created_at"] {
        let mut stored = serde_json::to_value(&silence).unwrap();
        stored.as_object_mut().unwrap().remove(field).unwrap();
        assert!(serde_json::from_value::<Silence>(stored).is_err(), "{field}");
    }
    let mut stored = serde_json::to_value(&silence).unwrap();
    stored["reason"] = json!("  ");
    assert!(serde_json::from_value::<Silence>(stored).is_err());
}

#[test]
fn the_short_form_says_the_same_as_the_long_one() {
    for (short, long) in [
        (&["project=shop"][..], r#"{ project = "shop" }"#),
        (&["project=shop", "environment=staging"], r#"{ environment = "staging", project = "shop" }"#),
        (&["environment!=production"], r#"{ not = { environment = "production" } }"#),
        (&["title~(?i)time.?out"], r#"{ title = { regex = "(?i)time.?out" } }"#),
        (&["title=~^x", "title!~y$"], r#"{ not = { title = { regex = "y$" } }, title = { regex = "^x" } }"#),
        (&["path=/checkout*"], r#"{ path = { glob = "/checkout*" } }"#),
        (&["tag.customer.tier=gold"], r#"{ tag = { "customer.tier" = "gold" } }"#),
        (&["unhandled=true", "users=5"], "{ unhandled = true, users = 5 }"),
        (&["level=error"], r#"{ level = "error" }"#),
        (&["title~a", "title~b"], r#"{ all = [{ title = { regex = "a" } }, { title = { regex = "b" } }] }"#),
        (
            &["environment!=live", "environment!=production"],
            r#"{ all = [{ not = { environment = "live" } }, { not = { environment = "production" } }] }"#,
        ),
        (&["{ all = [] }"], "{ all = [] }"),
        (
            &["project=shop", "{ users = { below = 5 } }"],
            r#"{ all = [{ project = "shop" }, { users = { below = 5 } }] }"#,
        ),
        (&["title= a=b "], r#"{ title = " a=b " }"#),
        (&[" project =shop"], r#"{ project = "shop" }"#),
    ] {
        assert_eq!(terms(short), long, "{short:?}");
    }
}

#[test]
fn a_term_that_says_nothing_is_told_with_what_was_expected() {
    for (short, told) in [
        (&[][..], "say what it matches, such as `project=shop`; `{ all = [] }` is everything"),
        (&["shop"], "\"shop\": expected FIELD=VALUE, FIELD!=VALUE, FIELD~REGEX or FIELD!~REGEX"),
        (&["projct=shop"], "\"projct=shop\": a signal has no `projct` (did you mean `project`?)"),
        (&["project="], "a value is missing"),
        (&["=shop"], "a signal has no ``"),
        (&["level>=error"], "comparisons are written in braces, such as `{ level = { at_least = … } }`"),
        (&["title~("], "this is no regular expression: unclosed group"),
        (&["users=many"], "a count"),
        (&["level=eror"], "did you mean `error`?"),
        (&["{ all = []"], "this is no TOML"),
    ] {
        let found = terms(short);
        assert!(found.contains(told), "{short:?}: {found}");
    }
    let several = Matching::of_terms(&["project=shop", "a=b", "title~("]).err().unwrap();
    assert_eq!(several.iter().map(|mistake| mistake.term.as_str()).collect::<Vec<_>>(), ["a=b", "title~("]);
}

/// Any text, with much of what means something to TOML.
fn hostile() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        any::<char>(),
        prop::sample::select(
            "\"'\\{}[]=,.#\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}\u{202e} u".chars().collect::<Vec<_>>()
        ),
    ];
    proptest::collection::vec(letter, 1..40).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn any_text_is_quoted_as_itself(text in hostile()) {
        let matching = Matching::parse(&format!("{{ title = {} }}", quoted(&text))).unwrap();
        let expected = Condition::Is(Field::Title, Test::OneOf(vec![text.clone()]));
        prop_assert_eq!(matching.condition(), &expected);
        let is_unseen = |letter: char| letter.is_control() || "\u{2028}\u{202e}".contains(letter);
        prop_assert!(!matching.text().contains(is_unseen), "it stands on one line, and is seen");
        let again = Matching::parse(matching.text()).unwrap();
        prop_assert_eq!(again, matching);
        let tagged = Matching::parse(&format!("{{ tag.{} = \"x\" }}", key(&text))).unwrap();
        let expected = Condition::Is(Field::Tag(text), Test::OneOf(vec!["x".to_owned()]));
        prop_assert_eq!(tagged.condition(), &expected);
    }

    #[test]
    fn any_value_of_a_term_is_that_value_and_nothing_else(text in hostile()) {
        prop_assume!(!text.starts_with(['=', '~']));
        let matching = Matching::of_terms(&[format!("title={text}")]).unwrap();
        let test = if text.contains(['*', '?']) {
            Test::Glob(Glob::compile(&text).unwrap())
        } else {
            Test::OneOf(vec![text.clone()])
        };
        prop_assert_eq!(matching.condition(), &Condition::Is(Field::Title, test.clone()));
        let negated = Matching::of_terms(&[format!("title!={text}"), "project=shop".to_owned()]).unwrap();
        let not = Condition::Not(Box::new(Condition::Is(Field::Title, test)));
        let shop = Condition::Is(Field::Project, Test::OneOf(vec!["shop".to_owned()]));
        prop_assert_eq!(negated.condition(), &Condition::All(vec![not, shop]));
    }

    #[test]
    fn no_text_breaks_the_reader(text in hostile(), more in hostile()) {
        if let Ok(matching) = Matching::parse(&text) {
            prop_assert_eq!(Matching::parse(matching.text()).unwrap(), matching);
        }
        if let Ok(matching) = Matching::of_terms(&[&text, &more]) {
            prop_assert_eq!(Matching::parse(matching.text()).unwrap(), matching);
        }
    }

    #[test]
    fn a_silence_reads_what_it_wrote(
        title in hostile(),
        (from, lasts) in (0..i64::from(u32::MAX), 1..i64::from(u32::MAX)),
        recurs in any::<bool>(),
        early in any::<bool>(),
    ) {
        let matching = format!("{{ title = {} }}", quoted(&title));
        let from = Timestamp::from_millis(from);
        let times = if recurs {
            recurring(Plan { last_day: Some(day("2027-01-31")), ..plan(&[Weekday::Sunday], "02:30", "90m", "Asia/Kathmandu") })
        } else {
            Times::Once(Once::between(from, from.shifted(lasts)).unwrap())
        };
        let mut written = silence(&matching, times);
        if early {
            let why = reason("done early");
            written = written.ended(Ended { at: from, by: title, reason: Some(why) });
        }
        let json = serde_json::to_string(&written).unwrap();
        prop_assert_eq!(serde_json::from_str::<Silence>(&json).unwrap(), written);
    }
}
