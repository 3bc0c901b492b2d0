//! Rules as a policy writes them, and what is told of mistaken ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::id::Name;
use crate::policy::Directory;
use crate::policy::check::{silent_rungs, warnings};
use crate::policy::file::{DEFAULT, parse, read};
use crate::policy::rule::Effect;
use crate::priority::Priority;
use crate::time::Timestamp;

fn rule(body: &str) -> String {
    format!("{DEFAULT}\n[[rules]]\nname = \"a\"\n{body}\n")
}

fn mistakes(text: &str) -> Vec<String> {
    parse(text).err().into_iter().flatten().map(|mistake| mistake.to_string()).collect()
}

#[test]
fn each_effect_is_read() {
    let ladder = "[[ladders.pay.critical]]\nafter = \"0\"\ntargets = [\"notifier:*\"]";
    let bounds = |floor, ceiling| Effect::Bounds { floor, ceiling };
    for (effect, read, route) in [
        ("floor = \"high\"", bounds(Some(Priority::High), None), None),
        ("ceiling = \"low\"", bounds(None, Some(Priority::Low)), None),
        ("floor = \"low\"\nceiling = \"high\"", bounds(Some(Priority::Low), Some(Priority::High)), None),
        ("priority = \"ignore\"", Effect::Fixed(Priority::Ignore), None),
        ("drop = true", Effect::Drop, None),
        ("route = \"pay\"", bounds(None, None), Some("pay")),
        ("route = \"pay\"\npriority = \"critical\"", Effect::Fixed(Priority::Critical), Some("pay")),
    ] {
        let policy = parse(&rule(&format!("when = {{ title = \"x\" }}\n{effect}\n{ladder}"))).unwrap();
        let rule = &policy.triage.rules[0];
        assert_eq!((rule.effect, rule.route.as_ref().map(Name::as_str)), (read, route), "{effect}");
    }
}

#[test]
fn conditions_may_be_spread_over_dotted_keys() {
    let text = r#"
when.any = [ { title = { regex = '^(a+)+$' } }, { culprit = { regex = '^(\w+\s?)*$' } }, { exception_message = { regex = '(.*)(.*)(.*)(.*)#' } }, { path = { glob = "*a*a*b" } } ]
when.environment = { present = true }
drop = true"#;
    assert_eq!(mistakes(&rule(text)), Vec::<String>::new());
}

#[test]
fn each_mistake_says_what_is_wrong_and_what_to_write() {
    let nested = |depth: usize| format!("when = {}{{ title = \"x\" }}{}", "{ not = ".repeat(depth), " }".repeat(depth));
    let wide = |width: usize| format!("when = {{ any = [{}] }}", "{ title = \"x\" },".repeat(width));
    let long = format!("when = {{ title = {{ regex = \"{}\" }} }}", "a".repeat(501));
    for (body, told) in [
        ("", "`when` is missing"),
        ("when = {}", "a condition needs one test at least (`{ all = [] }` is every signal)"),
        ("when = { any = [] }", "`any` of nothing never holds"),
        ("when = { projct = \"shop\" }", "a signal has no `projct` (did you mean `project`?)"),
        ("when = { title = { prefx = \"x\" } }", "`prefx` is no test on `title` (did you mean `prefix`?)"),
        (
            "when = { title = { older_than = \"1d\" } }",
            "(tests on it are prefix, suffix, contains, glob, regex, present)",
        ),
        ("when = { title = {} }", "`title` needs a test"),
        ("when = { title = [] }", "a list of nothing never holds"),
        ("when = { title = 5 }", "expected text, a list of texts, or a test in braces, found a whole number"),
        ("when = { title = { regex = \"a(\" } }", "this is no regular expression: unclosed group"),
        ("when = { title = { regex = \"a(?=b)\" } }", "(a pattern cannot look around: use `all` and `not`)"),
        ("when = { title = { regex = \"(a{1000}){1000}\" } }", "takes more than 256 KiB compiled"),
        (long.as_str(), "a pattern has 500 bytes at most, this one has 501"),
        ("when = { level = \"eror\" }", "`level` is never `eror` (did you mean `error`?)"),
        (
            "when = { level = { at_least = 3 } }",
            "expected one of debug, info, warning, error, fatal, found a whole number",
        ),
        (
            "when = { sentry_priority = \"urgent\" }",
            "`sentry_priority` is never `urgent` (it is one of low, medium, high)",
        ),
        ("when = { resource = \"isue\" }", "`resource` is never `isue` (did you mean `issue`?)"),
        ("when = { metric = { prefix = \"c\" } }", "(tests on it are present)"),
        ("when = { sentry_severity = { above = 35 } }", "expected a number from 0 to 1, such as 0.8"),
        ("when = { users = -1 }", "expected a count: a whole number from 0"),
        ("when = { users = { above = \"many\" } }", "expected a count"),
        ("when = { unhandled = \"yes\" }", "expected true or false, found text"),
        ("when = { age = \"7d\" }", "(age = { older_than = \"7d\" })"),
        ("when = { age = { older_than = 7 } }", "a number has no unit"),
        ("when = { tag = {} }", "`tag` names no tag"),
        ("when = { tag.customer.tier = \"gold\" }", "a tag with dots is quoted, tag.\"customer.tier\""),
        (nested(17).as_str(), "conditions nest 16 deep at most"),
        (wide(256).as_str(), "a rule has 256 conditions at most"),
    ] {
        let found = mistakes(&rule(&format!("{body}\ndrop = true")));
        assert!(found.iter().any(|mistake| mistake.contains(told)), "{body}: {found:#?}");
        assert!(found.len() == 1, "{body}: {found:#?}");
    }
    assert_eq!(mistakes(&rule(&format!("{}\ndrop = true", nested(16)))), Vec::<String>::new());
    assert_eq!(mistakes(&rule(&format!("{}\ndrop = true", wide(100)))), Vec::<String>::new());
}

#[test]
fn effects_that_make_no_sense_are_refused() {
    for (effects, told) in [
        ("", "this rule does nothing"),
        ("drop = false", "this rule does nothing"),
        ("drop = true\nfloor = \"low\"", "these effects exclude each other"),
        ("drop = true\nroute = \"pay\"", "there is no ladder `pay` (add [[ladders.pay.critical]])"),
        ("priority = \"low\"\nceiling = \"low\"", "these effects exclude each other"),
        ("floor = \"high\"\nceiling = \"low\"", "the floor high is above the ceiling low"),
        ("priority = \"urgent\"", "`urgent` is no priority (they are ignore, low, medium, high, critical)"),
    ] {
        let found = mistakes(&rule(&format!("when = {{ title = \"x\" }}\n{effects}")));
        assert!(found.len() == 1 && found[0].contains(told), "{effects}: {found:#?}");
    }
    let twice = format!(
        "{}[[rules]]\nname = \"a\"\nwhen = {{ all = [] }}\ndrop = true\n",
        rule("when = { title = \"x\" }\ndrop = true")
    );
    assert!(mistakes(&twice)[0].contains("there are two rules `a`"));
}

#[test]
fn all_mistakes_of_a_rule_are_told_at_once() {
    let found = mistakes(&rule(
        "when = { projct = \"x\", level = \"eror\", any = [{ users = -1 }, { agee = 1 }] }\nflor = \"high\"",
    ));
    assert!(found.len() >= 5, "{found:#?}");
}

#[test]
fn a_policy_has_a_thousand_rules_at_most() {
    let rules = |count: usize| {
        let rules =
            (0..count).map(|index| format!("{{ name = \"r{index}\", when = {{ users = {index} }}, drop = true }}"));
        format!("rules = [{}]\n{DEFAULT}", rules.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(mistakes(&rules(1_000)), Vec::<String>::new());
    assert!(mistakes(&rules(1_001))[0].contains("a policy has 1000 rules at most"));
}

#[test]
fn what_is_sound_and_unwise_in_rules_and_ladders_is_a_warning() {
    let text = format!(
        "{DEFAULT}
[[rules]]
name = \"first\"
when = {{ users = {{ above = 5 }} }}
floor = \"high\"
[[rules]]
name = \"again\"
when = {{ users = {{ above = 5 }} }}
floor = \"low\"
[[rules]]
name = \"never\"
when = {{ not = {{ all = [] }} }}
drop = true
[[rules]]
name = \"everything\"
when = {{ all = [] }}
route = \"used\"
[[rules]]
name = \"late\"
when = {{ title = \"x\" }}
drop = true
[[ladders.used.high]]
after = \"0\"
targets = [\"role:primary\"]
[[ladders.unused.low]]
after = \"0\"
targets = [\"notifier:*\"]
"
    );
    let file = read(&text).unwrap();
    let directory = Directory { notifiers: vec!["chat".parse().unwrap()], agents: Vec::new() };
    let found: Vec<String> = warnings(&file, &directory, Timestamp::EPOCH).iter().map(ToString::to_string).collect();
    for told in [
        "nobody fills the role `primary`, which these name: critical rung 0, high rung 0, medium rung 1, `used` high rung 0",
        "the rule `again` can never win: `first` before it asks for the same",
        "the rule `never` can never win: its conditions never hold",
        "the rule `late` can never win: `everything` before it takes every signal",
        "the ladder `used` for high reaches nobody",
        "no rule routes to the ladder `unused` (route = \"unused\" in one of [[rules]])",
    ] {
        assert_eq!(found.iter().filter(|warning| warning.contains(told)).count(), 1, "{told}: {found:#?}");
    }
    assert!(!found.iter().any(|warning| warning.contains("`first` can never")), "{found:#?}");
    let silent = silent_rungs(&file.policy, &directory);
    let named = silent.iter().filter_map(|rung| Some((rung.ladder.as_ref()?.as_str(), rung.rung)));
    assert_eq!(named.collect::<Vec<_>>(), [("used", 0)]);
}

#[test]
fn the_examples_of_the_documents_are_sound() {
    let readme = include_str!("../../../../../../policies/README.md");
    let chapter = &readme[readme.find("## Rules").unwrap()..];
    let example = chapter.split("```").nth(1).unwrap().trim_start_matches("toml");
    let policy = parse(&format!("{DEFAULT}\n{example}")).unwrap();
    assert_eq!((policy.triage.rules.len(), policy.ladders.len()), (3, 1));

    let start = DEFAULT.find("# [triage.paths]").unwrap();
    let end = DEFAULT.find("# When people work").unwrap();
    let is_example = |line: &&str| line.starts_with(['[', '"']) || line.contains(" = ");
    let lines = DEFAULT[start..end].lines().filter_map(|line| line.strip_prefix("# ")).filter(is_example);
    let example = lines.collect::<Vec<_>>().join("\n");
    let policy = parse(&format!("{DEFAULT}\n{example}")).unwrap();
    assert_eq!((policy.triage.rules.len(), policy.ladders.len(), policy.triage.paths.len()), (3, 1, 1));
}
