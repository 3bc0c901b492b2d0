//! Silences as a policy writes them, and what is told of mistaken ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::id::SilenceId;
use crate::policy::Directory;
use crate::policy::check::warnings;
use crate::policy::file::{DEFAULT, parse, read};
use crate::silence::{Matching, Silence, SilenceKind};
use crate::time::Timestamp;

const NIGHTLY: &str = r#"
[[silences]]
name = "nightly-import"
kind = "maintenance"
when = { project = "shop", environment = "production" }
days = ["saturday", "Sun"]
from = "02:00"
lasts = "2h"
zone = "Europe/Berlin"
reason = "the import locks the tables"
"#;

fn silences(section: &str) -> Vec<Silence> {
    parse(&format!("{DEFAULT}\n{section}")).unwrap().silences
}

fn mistakes(section: &str) -> Vec<String> {
    let read = parse(&format!("{DEFAULT}\n{section}"));
    read.err().into_iter().flatten().map(|mistake| mistake.to_string()).collect()
}

/// The mistakes after one replacement.
fn mistaken(find: &str, replacement: &str) -> String {
    assert!(NIGHTLY.contains(find), "{find}");
    mistakes(&NIGHTLY.replacen(find, replacement, 1)).join("; ")
}

fn warned(section: &str) -> String {
    let text = format!("{DEFAULT}\n{section}");
    let directory = Directory { notifiers: vec!["console".parse().unwrap()], agents: Vec::new() };
    let told = warnings(&read(&text).unwrap(), &directory, crate::time::Timestamp::EPOCH);
    told.iter()
        .map(|one| one.message.as_str())
        .filter(|told| told.contains("the silence ") || told.contains("the maintenance "))
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn a_silence_of_the_policy_is_read() {
    let read = silences(NIGHTLY);
    assert_eq!(read.len(), 1);
    let silence = &read[0];
    let name = "nightly-import".parse().unwrap();
    assert_eq!((silence.id, silence.name.as_ref()), (SilenceId::of_policy(&name), Some(&name)));
    assert_eq!((silence.kind, silence.by.as_str()), (SilenceKind::Maintenance, "policy"));
    assert_eq!(silence.matching.text(), r#"{ environment = "production", project = "shop" }"#);
    assert_eq!(silence.reason.as_str(), "the import locks the tables");
    assert_eq!(silence.describe(), "every Saturday and Sunday 02:00 to 04:00 Europe/Berlin");
    let in_it = Timestamp::parse("2026-11-28T01:30:00Z").unwrap();
    assert_eq!(silence.period(in_it).map(|period| period.from), Timestamp::parse("2026-11-28T01:00:00Z"));
    assert!(silences("").is_empty());
}

#[test]
fn days_and_dates_may_be_written_in_more_than_one_way() {
    for (find, replacement, told) in [
        ("[\"saturday\", \"Sun\"]", "\"every\"", "every day 02:00 to 04:00 Europe/Berlin"),
        ("[\"saturday\", \"Sun\"]", "\"mon\"", "every Monday 02:00 to 04:00 Europe/Berlin"),
        ("\"02:00\"", "02:00:00", "every Saturday and Sunday 02:00 to 04:00 Europe/Berlin"),
        (
            "\nfrom",
            "\nfirst_day = 2026-12-01\nlast_day = \"2026-12-31\"\nfrom",
            "every Saturday and Sunday 02:00 to 04:00 Europe/Berlin, from 2026-12-01, until 2026-12-31",
        ),
    ] {
        let read = silences(&NIGHTLY.replacen(find, replacement, 1));
        assert_eq!(read[0].describe(), told, "{replacement}");
    }
    let spread =
        NIGHTLY.replacen("when = { project = \"shop\", environment = \"production\" }", "when.project = \"shop\"", 1);
    assert_eq!(silences(&spread)[0].matching.text(), "{ project = \"shop\" }");
}

#[test]
fn each_mistake_says_what_is_wrong_and_what_to_write() {
    for (find, replacement, told) in [
        ("name = \"nightly-import\"", "", "`name` is missing (name = \"nightly-import\")"),
        (
            "kind = \"maintenance\"",
            "kind = \"quiet\"",
            "`quiet` is no kind of silence (it is `silence` or `maintenance`)",
        ),
        ("kind = \"maintenance\"", "kin = \"maintenance\"", "`kin` is no setting of a silence (did you mean `kind`?)"),
        ("when = { project = \"shop\", environment = \"production\" }", "", "`when` is missing"),
        ("{ project = \"shop\", environment = \"production\" }", "{}", "`{ all = [] }` is every signal"),
        ("{ project = \"shop\", environment = \"production\" }", "{ not = { all = [] } }", "this matches nothing"),
        ("\"Sun\"", "\"sundey\"", "`sundey` is no day of the week (did you mean `sunday`?)"),
        ("[\"saturday\", \"Sun\"]", "[]", "a silence without days never holds (\"every\" is every day)"),
        ("\"02:00\"", "\"24:00\"", "expected a time on the wall from \"00:00\" to \"23:59\", found `24:00`"),
        ("\"02:00\"", "\"2:00\"", "expected a time on the wall"),
        ("\"02:00\"", "2", "expected a time on the wall, such as \"02:00\", found a whole number"),
        ("\"2h\"", "\"24h\"", "one time lasts from 60 s to 23 h 59 min"),
        ("\"2h\"", "\"0\"", "one time lasts from 60 s"),
        ("Europe/Berlin", "Europe/Berlim", "there is no time zone `Europe/Berlim`"),
        ("\nfrom", "\nfirst_day = \"2026-12-32\"\nfrom", "expected a date, such as \"2026-12-31\", found `2026-12-32`"),
        (
            "\nfrom",
            "\nfirst_day = \"2026-12-31\"\nlast_day = \"2026-12-01\"\nfrom",
            "its last day lies before its first",
        ),
        ("\"the import locks the tables\"", "\" \"", "a silence needs a reason"),
        ("reason = \"the import locks the tables\"", "", "`reason` is missing"),
    ] {
        let found = mistaken(find, replacement);
        assert!(found.contains(told), "{replacement}: {found}");
    }
    assert!(mistakes(&format!("{NIGHTLY}{NIGHTLY}")).join("").contains("there are two silences `nightly-import`"));
}

#[test]
fn all_mistakes_of_a_silence_are_told_at_once_with_their_place() {
    let wrong = NIGHTLY.replace("maintenance", "quiet").replace("\"02:00\"", "\"2\"").replace("Berlin", "Berlim");
    let text = format!("{DEFAULT}\n{wrong}");
    let mistakes = parse(&text).err().unwrap();
    let places: Vec<&str> = mistakes.iter().map(|mistake| &text[mistake.span.clone()]).collect();
    assert_eq!(places, ["\"quiet\"", "\"2\"", "\"Europe/Berlim\""]);
}

#[test]
fn what_hides_much_is_warned_of() {
    assert_eq!(warned(NIGHTLY), "");
    let everything = NIGHTLY.replacen("{ project = \"shop\", environment = \"production\" }", "{ all = [] }", 1);
    assert!(warned(&everything).contains("the maintenance `nightly-import`: it matches everything"));
    let mostly = NIGHTLY.replacen("[\"saturday\", \"Sun\"]", "\"every\"", 1).replacen("\"2h\"", "\"13h\"", 1);
    assert!(warned(&mostly).contains("it holds 91 of the 168 hours of a week"));
}

#[test]
fn the_examples_of_the_documents_are_sound() {
    let commented =
        DEFAULT.lines().skip_while(|line| *line != "# [[silences]]").take_while(|line| !line.contains("---"));
    let example: Vec<_> = commented.map(|line| line.trim_start_matches("# ")).collect();
    assert_eq!(silences(&example.join("\n"))[0].matching.text(), silences(NIGHTLY)[0].matching.text());

    let document = include_str!("../../../../../../policies/README.md");
    let example = &document[document.find("[[silences]]").unwrap()..];
    let example = &example[..example.find("```").unwrap()];
    assert_eq!(silences(example)[0].describe(), "every Saturday and Sunday 02:00 to 04:00 Europe/Berlin");

    // Each row of the short form says what the row says that it says.
    let rows: Vec<(&str, &str)> = document
        .lines()
        .skip_while(|line| *line != "| term | is |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let mut quoted = line.split('`').skip(1).step_by(2);
            quoted.next().zip(quoted.next())
        })
        .filter(|(_, long)| long.starts_with('{'))
        .collect();
    assert_eq!(rows.len(), 5);
    for (short, long) in rows {
        assert_eq!(Matching::of_terms(&[short]).unwrap(), Matching::parse(long).unwrap(), "{short}");
    }
}
