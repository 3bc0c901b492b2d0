//! What the policies of `policies/` say, and how mistakes are told.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use super::*;
use crate::policy::check::{silent_rungs, unknown_names, warnings};
use crate::policy::{Choice, Directory, Exhausted, Level, Member, Target};
use crate::priority::FactorName;
use crate::time::Timestamp;

/// 2026-11-20 in UTC.
const NOW: Timestamp = Timestamp::from_millis(1_795_132_800_000);

const SOLO: &str = include_str!("../../../../../policies/solo.toml");

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn directory(notifiers: &[&str], agents: &[&str]) -> Directory {
    Directory {
        notifiers: notifiers.iter().map(|text| name(text)).collect(),
        agents: agents.iter().map(|text| name(text)).collect(),
    }
}

/// The mistakes of the default policy after one replacement, as `line:column message (hint)`.
fn mistakes_of(find: &str, replacement: &str) -> Vec<String> {
    assert!(DEFAULT.contains(find), "{find}");
    mistakes(&DEFAULT.replacen(find, replacement, 1))
}

fn mistakes(text: &str) -> Vec<String> {
    match read(text) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

fn line_of(text: &str, find: &str) -> usize {
    text[..text.find(find).unwrap()].matches('\n').count() + 1
}

#[test]
fn the_default_policy_has_the_numbers_of_the_table() {
    let policy = parse(DEFAULT).unwrap();
    let (m, h, d) = (60, 3_600, 86_400);
    let never = u64::MAX;
    // initial delay, cooldown, max cooldown, ack timeout, agent may hold, exhausted, quiet resolve, reopen window, next channel
    let table: [(Level, [u64; 9]); 5] = [
        (Level::Critical, [0, 5 * m, h, 30 * m, 0, h, 24 * h, 24 * h, m]),
        (Level::High, [2 * m, 15 * m, 4 * h, 2 * h, 30 * m, 4 * h, 24 * h, 3 * d, m]),
        (Level::Medium, [15 * m, h, 8 * h, 8 * h, 4 * h, 8 * h, 3 * d, 7 * d, 15 * m]),
        (Level::Low, [h, 8 * h, 3 * d, 24 * h, 24 * h, never, 7 * d, 7 * d, 15 * m]),
        (Level::Maintenance, [0, 24 * h, 24 * h, never, 0, never, h, 0, 15 * m]),
    ];
    for (level, expected) in table {
        let row = policy.level(level);
        let or_never = |length: Option<Duration>| length.map_or(never, |length| length.as_secs());
        let exhausted = match row.exhausted {
            Exhausted::After(length) => length.as_secs(),
            Exhausted::WhenDelivered => never,
        };
        let found = [
            row.initial_delay.as_secs(),
            row.cooldown.as_secs(),
            row.max_cooldown.as_secs(),
            or_never(row.ack_timeout),
            row.agent_hold.as_secs(),
            exhausted,
            or_never(row.quiet_resolve),
            row.reopen_window.as_secs(),
            row.next_channel_after.as_secs(),
        ];
        assert_eq!(found, expected, "{level}");
    }
}

#[test]
fn the_default_policy_promises_the_response_times_of_the_table() {
    let written = parse(DEFAULT).unwrap();
    let left_out: String =
        DEFAULT.lines().filter(|line| !line.starts_with("response = ")).collect::<Vec<_>>().join("\n");
    let usual = parse(&left_out).unwrap();
    for (level, promise) in [
        (Level::Critical, Some("15m")),
        (Level::High, Some("1h")),
        (Level::Medium, Some("4h working")),
        (Level::Low, Some("next working day")),
        (Level::Maintenance, None),
    ] {
        for policy in [&written, &usual] {
            let found = policy.level(level).response.map(|response| response.to_string());
            assert_eq!(found.as_deref(), promise, "{level}");
        }
    }
}

#[test]
fn the_default_policy_has_the_ladders_of_the_table() {
    let policy = parse(DEFAULT).unwrap();
    let role = |text: &str| Target::Role(name(text));
    let agent = Target::Agent(Choice::Every);
    type Rungs = Vec<(u64, Vec<Target>, bool)>;
    let ladders: [(Level, Rungs); 5] = [
        (
            Level::Critical,
            vec![
                (0, vec![role("team"), role("primary"), agent.clone()], false),
                (30, vec![role("secondary")], false),
                (60, vec![role("manager")], false),
                (120, vec![role("director")], false),
            ],
        ),
        (
            Level::High,
            vec![
                (0, vec![role("team"), role("primary"), agent.clone()], false),
                (60, vec![role("secondary")], false),
                (240, vec![role("manager")], false),
            ],
        ),
        (Level::Medium, vec![(0, vec![role("team"), agent], false), (240, vec![role("primary")], true)]),
        (Level::Low, vec![(0, vec![role("team")], false)]),
        (Level::Maintenance, vec![(0, vec![role("team")], false)]),
    ];
    for (level, expected) in ladders {
        let found: Rungs = policy
            .level(level)
            .ladder
            .iter()
            .map(|rung| (rung.after.as_secs() / 60, rung.targets.clone(), rung.working_hours_only))
            .collect();
        assert_eq!(found, expected, "{level}");
    }
    assert_eq!(policy.fallback, [Target::Notifier(Choice::Every)]);
    assert_eq!(policy.roles[&name("team")], [Member::Notifier(Choice::Every)]);
}

#[test]
fn the_default_policy_works_with_nothing_configured() {
    let file = read(DEFAULT).unwrap();
    let console = directory(&["console"], &[]);
    assert_eq!(unknown_names(&file, &console), []);
    for row in file.policy.levels.values() {
        assert_eq!(file.policy.reach(&row.ladder[0].targets, &console, crate::policy::Duty::Anybody).len(), 1);
    }
    let warned: Vec<String> = warnings(&file, &console, NOW).into_iter().map(|warning| warning.message).collect();
    assert_eq!(
        warned,
        [
            "nobody fills the role `primary`, which these name: critical rung 0, high rung 0, medium rung 1",
            "nobody fills the role `secondary`, which these name: critical rung 1, high rung 1",
            "nobody fills the role `manager`, which these name: critical rung 2, high rung 2",
            "nobody fills the role `director`, which these name: critical rung 3",
        ]
    );
}

#[test]
fn the_policy_for_one_developer_is_sound_and_takes_its_gaps_from_the_default() {
    let file = read(SOLO).unwrap();
    let default = parse(DEFAULT).unwrap();
    let known = directory(&["mail", "phone"], &[]);
    assert_eq!(unknown_names(&file, &known), []);
    assert_eq!(warnings(&file, &known, NOW), []);
    assert_eq!(file.policy.triage, default.triage);
    assert_eq!(file.policy.working_hours.zone, "Europe/Berlin");
    assert_eq!(file.policy.working_hours.from.to_string(), "09:00");
    assert_eq!(file.policy.level(Level::Critical).next_channel_after, Duration::from_mins(1));
    assert_eq!(file.policy.level(Level::Low).next_channel_after, Duration::from_mins(15));
    assert_ne!(file.policy.hash, default.hash);
}

#[test]
fn the_hash_is_that_of_the_text() {
    // The published digest of the empty text.
    assert_eq!(hash("").0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(parse(DEFAULT).unwrap().hash, hash(DEFAULT));
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = DEFAULT
        .replacen("cooldown = \"5m\"", "cooldwn = \"5m\"", 1)
        .replacen("[\"role:team\", \"role:primary\", \"agent:*\"]", "[\"rol:team\", \"role:primry\", \"slack\"]", 1)
        .replacen("[levels.low]", "[levels.lo]", 1)
        .replacen("[[levels.low.rungs]]", "[[levels.lo.rungs]]", 1)
        .replacen("severity = 40", "severity = \"much\"", 1)
        .replacen("zone = \"UTC\"", "zone = \"Berlin\"", 1);
    let critical = line_of(&text, "[levels.critical]");
    let targets = line_of(&text, "\"rol:team\"");
    let all = mistakes(&text);
    assert_eq!(
        all,
        [
            format!("line {critical}, column 9: `cooldown` is missing (how long nobody is paged twice: cooldown = \"15m\")"),
            format!("line {}, column 1: `cooldwn` is no setting of a level (did you mean `cooldown`?)", critical + 2),
            format!(
                "line {targets}, column 12: `rol:team` is no target: expected role:NAME, contact:NAME, notifier:NAME, notifier:*, agent:NAME or agent:* \
                 (did you mean `role:team`?)"
            ),
            format!("line {targets}, column 24: there is no role `primry` in [roles] (did you mean `role:primary`?)"),
            format!(
                "line {targets}, column 39: `slack` does not say what it names: expected role:NAME, contact:NAME, notifier:NAME, notifier:*, agent:NAME \
                 or agent:* (for example \"notifier:slack\")"
            ),
            format!("line {}, column 9: there is no level `lo` (did you mean `low`?)", line_of(&text, "[levels.lo]")),
            format!("line {}, column 12: expected a weight: a number from 0 to 1000, found text", line_of(&text, "severity = \"")),
            format!(
                "line {}, column 8: there is no time zone `Berlin` (names are those of the IANA database: \"UTC\", \"Europe/Berlin\", \"America/New_York\")",
                line_of(&text, "zone = \"Berlin\"")
            ),
        ]
        .into_iter()
        .collect::<Vec<_>>(),
        "{all:#?}"
    );
}

#[test]
fn each_rule_of_a_level_is_kept() {
    for (find, replacement, says) in [
        ("max_cooldown = \"1h\"", "max_cooldown = \"1m\"", "`max_cooldown` is shorter than `cooldown`"),
        ("cooldown = \"5m\"", "cooldown = 5", "write \"5m\" for minutes"),
        ("cooldown = \"5m\"", "cooldown = \"0\"", "would page without a pause"),
        ("cooldown = \"5m\"", "cooldown = \"5 fortnights\"", "the units are s, m, h, d and w"),
        ("after = \"0\"", "after = \"1m\"", "the first rung starts at \"0\""),
        ("\nafter = \"1h\"", "\nafter = \"30m\"", "each rung starts later than the one before it"),
        ("targets = [\"role:secondary\"]", "targets = []", "at least one target"),
        ("targets = [\"role:secondary\"]", "targets = [\"role:team\", \"role:team\"]", "stands here twice"),
        ("targets = [\"role:secondary\"]", "targets = [\"contact:bob\"]", "add [contacts.bob]"),
        ("targets = [\"role:secondary\"]", "targets = [\"role:*\"]", "`*` stands for notifiers and agents only"),
        ("targets = [\"role:secondary\"]", "target = [\"role:secondary\"]", "did you mean `targets`?"),
        ("\nworking_hours_only = true", "\nworking_hours_only = \"yes\"", "expected true or false, found text"),
        ("exhausted_after = \"1h\"", "exhausted_after = \"sometime\"", "a whole number is missing"),
        ("primary = [] ", "primary = [\"role:team\"] ", "cannot be a member of a role"),
        ("primary = [] ", "primary = [\"contact:alice\"] ", "there is no contact `alice`"),
        ("primary = [] ", "Primary = [] ", "for example `primary`"),
        ("fallback = [\"notifier:*\"]", "fallback = [\"agent:*\"]", "the fallback tells people"),
        ("fallback = [\"notifier:*\"]", "fallbak = [\"notifier:*\"]", "did you mean `fallback`?"),
        ("high = 62", "high = 85", "found 74 > 85 > 50 > 30"),
        ("high = 62", "high = 650", "a whole number from 0 to 100"),
        ("from = \"09:00\"", "from = \"18:00\"", "it must begin earlier"),
        ("from = \"09:00\"", "from = \"09:60\"", "expected a time of day, such as \"09:00\""),
        ("from = \"09:00\"", "from = 25", "up to \"24:00\""),
        ("response = \"15m\"", "response = \"quarter of an hour\"", "expected a response time"),
        ("response = \"15m\"", "response = 15", "expected a response time"),
        ("response = \"4h working\"", "respone = \"4h working\"", "did you mean `response`?"),
        ("[levels.high]", "[levels.urgent]", "the levels are maintenance, low, medium, high, critical"),
    ] {
        let all = mistakes_of(find, replacement);
        assert!(all.iter().any(|mistake| mistake.contains(says)), "{replacement}: {all:#?}");
    }
}

#[test]
fn a_level_that_is_missing_is_named() {
    let start = DEFAULT.find("[levels.maintenance]").unwrap();
    let end = DEFAULT.find("# Triage: six factors").unwrap();
    let all = mistakes(&format!("{}\n#{}", &DEFAULT[..start], &DEFAULT[end..]));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("the level `maintenance` is missing"), "{all:#?}");
}

#[test]
fn a_level_without_rungs_is_refused() {
    let text = SOLO.replacen("rungs = [{ after = \"0\", targets = [\"role:primary\", \"agent:*\"] }]", "", 1);
    let all = mistakes(&text);
    assert!(all.len() == 1 && all[0].contains("`rungs` is missing"), "{all:#?}");
    let text = SOLO.replacen("rungs = [{ after = \"0\", targets = [\"role:primary\", \"agent:*\"] }]", "rungs = []", 1);
    let all = mistakes(&text);
    assert!(all.len() == 1 && all[0].contains("a ladder needs at least one rung"), "{all:#?}");
}

#[test]
fn an_empty_text_says_what_is_needed() {
    let all = mistakes("");
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(all.iter().any(|mistake| mistake.contains("`fallback` is missing")));
    assert!(all.iter().any(|mistake| mistake.contains("there are no levels")));
}

#[test]
fn broken_toml_is_told_with_the_other_mistakes_and_without_what_only_follows_from_it() {
    let text = DEFAULT.replacen("cooldown = \"5m\"", "cooldown = 5m", 1).replacen(
        "ack_timeout = \"2h\"",
        "ack_timeout = 2",
        1,
    );
    let all = mistakes(&text);
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(
        all[0].starts_with(&format!("line {}, ", line_of(&text, "cooldown = 5m"))) && all[0].contains("no TOML"),
        "{all:#?}"
    );
    assert!(all[1].contains("write \"2m\" for minutes"), "{all:#?}");
    for hostile in ["[", "[[[", "a = ", "\u{0}", "= 1", "levels = 3\nroles = 1\nfallback = 2", "[levels]\ncritical = 1"]
    {
        assert!(read(hostile).is_err(), "{hostile:?}");
    }
}

#[test]
fn a_name_that_nobody_configured_is_told_where_it_stands() {
    let file = read(SOLO).unwrap();
    let found: Vec<String> =
        unknown_names(&file, &directory(&["phon", "mail"], &["codegen"])).iter().map(ToString::to_string).collect();
    let line = line_of(SOLO, "channels = ");
    assert_eq!(
        found,
        [format!("line {line}, column 13: unknown target: no notifier `phone` is configured (did you mean `phon`?)")]
    );
    let agent = SOLO.replacen("agent:*", "agent:codegen", 1);
    let found = unknown_names(&read(&agent).unwrap(), &directory(&["phone", "mail"], &[]));
    assert_eq!(found.len(), 1);
    assert_eq!(&agent[found[0].span.clone()], "\"agent:codegen\"");
}

#[test]
fn unknown_names_are_told_together_with_every_other_mistake() {
    let text = SOLO.replacen("agent:*", "agent:codegn", 1).replacen("cooldown = ", "colldown = ", 1);
    let found = read_with_names(&text, &directory(&["phone", "mail"], &["codegen"])).unwrap_err();
    let has = |part: &str| found.iter().any(|mistake| mistake.to_string().contains(part));
    assert!(has("`colldown` is no setting") && has("no agent `codegn` is configured"), "{found:#?}");
    assert!(found.is_sorted_by_key(|mistake| mistake.span.start), "{found:#?}");
    assert!(read_with_names(SOLO, &directory(&["phone", "mail"], &[])).is_ok());
}

#[test]
fn a_rung_that_reaches_nobody_is_found() {
    let policy = parse(DEFAULT).unwrap();
    let silent = silent_rungs(&policy, &directory(&["console"], &[]));
    let first = silent.first().map(|rung| (rung.level, rung.rung, rung.after));
    assert_eq!(first, Some((Level::Critical, 1, policy.level(Level::Critical).ladder[1].after)));
    assert!(silent.iter().all(|rung| rung.rung > 0 || rung.level != Level::Critical), "{silent:?}");
}

#[test]
fn what_reaches_nobody_is_a_warning() {
    let file = read(SOLO).unwrap();
    let found: Vec<String> =
        warnings(&file, &directory(&["phone"], &[]), NOW).into_iter().map(|warning| warning.message).collect();
    assert!(found.iter().any(|warning| warning.starts_with("the fallback reaches nobody")), "{found:#?}");
    assert!(found.iter().any(|warning| warning.starts_with("the ladder of low reaches nobody")), "{found:#?}");
    assert!(!found.iter().any(|warning| warning.starts_with("the ladder of critical")), "{found:#?}");

    let single = SOLO.replacen("[\"phone\", \"mail\"]", "[\"phone\"]", 1);
    let found = warnings(&read(&single).unwrap(), &directory(&["developer", "mail", "phone"], &[]), NOW);
    let messages: Vec<&str> = found.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`developer` is told of critical over `phone` alone: when that fails there is no second way",
            "`developer` is a contact and a notifier: pages to the two would count as one",
        ]
    );
}

#[test]
fn weights_and_environments_can_be_changed_one_by_one() {
    let text = format!(
        "{SOLO}\n[triage.weights]\nimpact = 2.5\n[triage.environments]\nPROD = 90\n[triage.projects]\npayments = 100\n"
    );
    let triage = parse(&text).unwrap().triage;
    let default = parse(DEFAULT).unwrap().triage;
    assert!((triage.weights[&FactorName::Impact] - 2.5).abs() < 1e-9);
    assert!((triage.weights[&FactorName::Severity] - default.weights[&FactorName::Severity]).abs() < 1e-9);
    assert_eq!(triage.environment_score("Prod-EU"), 90);
    assert_eq!(triage.environment_score("staging"), default.environment_default);
    assert_eq!(triage.projects["payments"], 100);
}

#[test]
fn a_named_ladder_replaces_the_rungs_of_its_levels_and_no_others() {
    let text = format!("{DEFAULT}\n[[ladders.payments.critical]]\nafter = \"0\"\ntargets = [\"notifier:pay\"]\n");
    let policy = parse(&text).unwrap();
    let payments: Name = "payments".parse().unwrap();
    let unknown: Name = "unknown".parse().unwrap();
    let own = |level| policy.level(level).ladder.as_slice();
    let routed = policy.rungs(Level::Critical, Some(&payments));
    assert_eq!(routed.len(), 1);
    assert_ne!(routed, own(Level::Critical));
    assert_eq!(policy.rungs(Level::High, Some(&payments)), own(Level::High));
    assert_eq!(policy.rungs(Level::Critical, Some(&unknown)), own(Level::Critical));
    assert_eq!(policy.rungs(Level::Critical, None), own(Level::Critical));
}

#[test]
fn weights_of_paths_tags_and_errors_are_read() {
    let text = "join_issues = false\npaths = { \"/checkout\" = 100 }\ntags = { \"customer.tier=gold\" = 90 }\nerrors = { PaymentDeclined = 20 }\nprocess_low = true";
    let triage = parse(&DEFAULT.replacen("process_low = true", text, 1)).unwrap().triage;
    assert!(!triage.join_issues);
    assert_eq!(triage.paths["/checkout"], 100);
    assert_eq!(triage.tags["customer.tier=gold"], 90);
    assert_eq!(triage.errors["PaymentDeclined"], 20);
}
