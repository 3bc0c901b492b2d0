//! How schedules are written, and how mistakes in them are told.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use crate::id::OverrideId;
use crate::oncall::Override;
use crate::policy::check::{silent_rungs, warnings};
use crate::policy::file::{DEFAULT, parse, read};
use crate::policy::{Directory, Duty, Member, Policy, Target};
use crate::time::Timestamp;

const SCHEDULES: &str = r#"
[contacts.ada]
channels = ["phone"]
[contacts.bob]
channels = ["mail", "phone"]
[contacts.carol]
channels = ["mail", "phone"]

[schedules.web]
zone = "Europe/Berlin"
[schedules.web.layers.primary]
people = ["ada", "bob"]
rotation = "weekly"
handover = "Monday 09:00"
start = "2026-01-05"
[schedules.web.layers.secondary]
people = ["carol"]
rotation = "12h"
hours = [{ days = "Mon-Fri", from = "09:00", to = "18:00" }, { from = "22:00", to = "06:00" }]
"#;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The default policy with people on call, and without its comments, which have an example of their own.
fn text() -> String {
    let settings: Vec<&str> = DEFAULT.lines().filter(|line| !line.starts_with('#')).collect();
    let roles = settings.join("\n").replacen("primary = []", "primary = [\"oncall:web/primary\"]", 1).replacen(
        "secondary = []",
        "secondary = [\"oncall:web/secondary\"]",
        1,
    );
    format!("{roles}\n{SCHEDULES}")
}

fn directory() -> Directory {
    Directory { notifiers: ["mail", "phone"].map(name).to_vec(), agents: Vec::new() }
}

fn mistakes_of(find: &str, replacement: &str) -> Vec<String> {
    let text = text();
    assert!(text.contains(find), "{find}");
    read(&text.replacen(find, replacement, 1)).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn told(text: &str, now: &str) -> Vec<String> {
    let told = warnings(&read(text).unwrap(), &directory(), at(now));
    told.into_iter().map(|warning| warning.message).filter(|message| !message.contains("role `manager`")).collect()
}

fn who(policy: &Policy, role: &str, duty: Duty<'_>) -> Vec<String> {
    let reached = policy.reach(&[Target::Role(name(role))], &directory(), duty);
    reached.iter().map(|one| one.contact.to_string()).collect()
}

#[test]
fn a_schedule_is_read_as_it_is_written() {
    let policy = parse(&text()).unwrap();
    let web = &policy.schedules[&name("web")];
    assert_eq!(web.zone.iana_name(), Some("Europe/Berlin"));
    let primary = &web.layers[&name("primary")];
    assert_eq!(primary.people, [name("ada"), name("bob")]);
    assert_eq!(primary.rotation, Rotation::Weekly { on: Weekday::Monday, at: nine() });
    assert_eq!((primary.start, primary.hours.as_slice()), (date(2026, 1, 5), [].as_slice()));
    let secondary = &web.layers[&name("secondary")];
    assert_eq!(secondary.rotation, Rotation::Every { hours: NonZeroU32::new(12).unwrap(), at: nine() });
    assert_eq!(secondary.start, START);
    let hours: Vec<String> = secondary.hours.iter().map(ToString::to_string).collect();
    assert_eq!(hours, ["Mon,Tue,Wed,Thu,Fri 09:00-18:00", "Mon,Tue,Wed,Thu,Fri,Sat,Sun 22:00-06:00"]);
    let member = Member::OnCall { schedule: name("web"), layer: name("primary") };
    assert_eq!(policy.roles[&name("primary")], [member]);
}

#[test]
fn what_is_left_out_has_a_usual_value() {
    for (find, replacement) in [
        ("handover = \"Monday 09:00\"\n", ""),
        ("\"Monday 09:00\"", "\"mon 9:00\""),
        ("start = \"2026-01-05\"", "start = 2026-01-05"),
    ] {
        let changed = parse(&text().replacen(find, replacement, 1)).unwrap();
        assert_eq!(changed.schedules, parse(&text()).unwrap().schedules, "{find}");
    }
    let daily = text().replacen("\"weekly\"\nhandover = \"Monday 09:00\"", "\"daily\"", 1);
    let daily = parse(&daily).unwrap().schedules[&name("web")].layers[&name("primary")].rotation;
    assert_eq!(daily, Rotation::Daily { at: nine() });
}

#[test]
fn each_mistake_says_what_was_expected() {
    for (find, replacement, says) in [
        ("zone = \"Europe/Berlin\"", "zone = \"Europe/Berlim\"", "there is no time zone `Europe/Berlim`"),
        ("zone = \"Europe/Berlin\"\n", "", "`zone` is missing"),
        ("people = [\"ada\", \"bob\"]", "people = [\"ada\", \"bo\"]", "did you mean `bob`?"),
        ("people = [\"ada\", \"bob\"]", "people = [\"contact:ada\"]", "write \"ada\""),
        ("people = [\"ada\", \"bob\"]", "peple = [\"ada\"]", "did you mean `people`?"),
        ("people = [\"ada\", \"bob\"]", "people = \"ada\"", "expected a list of contacts, found text"),
        ("\"weekly\"", "\"weakly\"", "did you mean \"weekly\"?"),
        ("\"weekly\"", "\"monthly\"", "a whole number is missing before a unit"),
        ("\"12h\"", "\"90m\"", "`90m` is no rotation"),
        ("\"12h\"", "\"0h\"", "`0h` is no rotation"),
        ("\"12h\"", "12", "or a length of whole hours"),
        ("\"Monday 09:00\"", "\"09:00\"", "a weekly rotation has a day: \"Monday 09:00\""),
        ("\"Monday 09:00\"", "\"Monday\"", "and the time: \"Monday 09:00\""),
        ("\"Monday 09:00\"", "\"Monday 24:00\"", "`Monday 24:00` is no hand-over"),
        (
            "rotation = \"12h\"",
            "rotation = \"12h\"\nhandover = \"Friday 10:00\"",
            "only a weekly rotation has a day: \"10:00\"",
        ),
        ("start = \"2026-01-05\"", "start = \"5 January\"", "such as \"2026-01-05\""),
        ("start = \"2026-01-05\"", "start = \"2026-02-30\"", "such as \"2026-01-05\""),
        ("\"Mon-Fri\"", "\"weekdays\"", "`weekdays` names no days of the week"),
        ("from = \"22:00\", to = \"06:00\"", "from = \"22:00\", to = \"22:00\"", "from 22:00 to 22:00 is no time"),
        ("from = \"22:00\", to = \"06:00\"", "from = \"22:00\"", "`to` is missing"),
        ("from = \"22:00\", to = \"06:00\"", "from = \"22h\", to = \"06:00\"", "expected a time of day"),
        ("[schedules.web.layers.primary]", "[schedules.web.layers.Primary]", "for example `primary`"),
        ("\"oncall:web/primary\"", "\"oncall:wep/primary\"", "did you mean `oncall:web/primary`?"),
        ("\"oncall:web/primary\"", "\"oncall:app/primary\"", "add [schedules.app]"),
        ("\"oncall:web/primary\"", "\"oncall:web/primry\"", "did you mean `oncall:web/primary`?"),
        ("\"oncall:web/primary\"", "\"oncall:web\"", "for example \"oncall:web/primary\""),
        ("\"oncall:web/primary\"", "\"oncall:web/\"", "is no name of a layer"),
        ("[\"role:secondary\"]", "[\"oncall:web/primary\"]", "put \"oncall:web/primary\" into a role"),
    ] {
        let all = mistakes_of(find, replacement);
        assert!(all.iter().any(|mistake| mistake.contains(says)), "{replacement}: {all:#?}");
    }
}

#[test]
fn every_mistake_of_a_schedule_is_told_at_once_with_its_line() {
    let wrong = text()
        .replacen("Europe/Berlin\"\n[schedules.web.layers.primary]", "Nowhere\"\n[schedules.web.layers.primary]", 1)
        .replacen("\"bob\"]\nrotation", "\"bill\"]\nrotation", 1)
        .replacen("Monday 09:00\"\nstart", "noon\"\nstart", 1)
        .replacen("\"12h\"", "\"often\"", 1);
    let found = read(&wrong).unwrap_err();
    let line = |find: &str| wrong[..wrong.find(find).unwrap()].matches('\n').count() + 1;
    let lines: Vec<usize> = found.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, ["\"Nowhere\"", "\"bill\"", "\"noon\"", "\"often\""].map(line), "{found:#?}");
}

#[test]
fn a_role_means_whoever_is_on_call() {
    let policy = parse(&text()).unwrap();
    let now = at("2026-11-20T10:00:00Z");
    assert_eq!(who(&policy, "secondary", Duty::At { now, overrides: &[] }), ["carol"]);
    assert_eq!(who(&policy, "primary", Duty::Anybody), ["ada", "bob"]);
    let order = |person: &str| Override {
        id: OverrideId::from_bits(1),
        schedule: name("web"),
        layer: name("primary"),
        person: name(person),
        from: at("2026-11-20T00:00:00Z"),
        until: at("2026-11-21T00:00:00Z"),
        by: "ada".into(),
        reason: None,
    };
    let instead = |people: &[&str]| {
        let overrides: Vec<Override> = people.iter().map(|person| order(person)).collect();
        who(&policy, "primary", Duty::At { now, overrides: &overrides })
    };
    assert_eq!(instead(&[]), ["bob"]);
    assert_eq!(instead(&["carol"]), ["carol"]);
    assert_eq!(instead(&["carol", "ada"]), ["ada"]);
    // Who left the policy reaches nobody: whose turn it is stays on call.
    assert_eq!(instead(&["dan"]), ["bob"]);
    // A Saturday evening is outside the hours of secondary.
    let free = Duty::At { now: at("2026-11-21T18:00:00Z"), overrides: &[] };
    assert_eq!(who(&policy, "secondary", free), Vec::<String>::new());
    assert_eq!(silent_rungs(&policy, &directory()).iter().map(|rung| rung.rung).min(), Some(2));
}

#[test]
fn times_without_anybody_on_call_are_a_warning() {
    let now = "2026-11-20T09:00:00Z";
    let found = told(&text(), now);
    let gap = found.iter().find(|message| message.starts_with("nobody is on call")).unwrap();
    assert!(gap.starts_with("nobody is on call for the role `secondary` in "), "{gap}");
    assert!(gap.contains("the first is from Fri 2026-11-20 18:00 to Fri 2026-11-20 22:00 (Europe/Berlin)"), "{gap}");
    assert!(gap.ends_with("these name it: critical rung 1, high rung 1"), "{gap}");
    assert_eq!(found.iter().filter(|message| message.contains("on call")).count(), 1, "{found:#?}");

    // Somebody who is always there fills the gap, and so does another layer.
    let filled = text().replacen("[\"oncall:web/secondary\"]", "[\"oncall:web/secondary\", \"contact:bob\"]", 1);
    assert!(!told(&filled, now).iter().any(|message| message.contains("on call")));
    let filled = text().replacen("[\"oncall:web/secondary\"]", "[\"oncall:web/secondary\", \"oncall:web/primary\"]", 1);
    assert!(!told(&filled, now).iter().any(|message| message.contains("on call")));
}

#[test]
fn an_empty_layer_fills_no_role_and_an_unnamed_one_is_told() {
    let now = "2026-11-20T09:00:00Z";
    let empty = text().replacen("people = [\"carol\"]", "people = []", 1);
    let found = told(&empty, now);
    assert!(found.iter().any(|message| message.starts_with("nobody fills the role `secondary`")), "{found:#?}");
    assert!(!found.iter().any(|message| message.contains("on call for the role")), "{found:#?}");

    let unnamed = text().replacen("[\"oncall:web/secondary\"]", "[\"contact:carol\"]", 1);
    assert!(told(&unnamed, now).contains(&"no role names the layer `secondary` of the schedule `web`".to_owned()));
    let unnamed = unnamed.replacen("[\"oncall:web/primary\"]", "[\"contact:ada\"]", 1);
    let found = told(&unnamed, now);
    assert!(found.contains(&"no role names the schedule `web`".to_owned()), "{found:#?}");
    assert!(!found.iter().any(|message| message.contains("the layer")), "{found:#?}");
}

#[test]
fn the_example_of_the_default_policy_is_sound() {
    // Its comments, read as settings.
    let example: String = DEFAULT
        .lines()
        .skip_while(|line| !line.starts_with("# [contacts.alice]"))
        .take_while(|line| !line.starts_with("# ----"))
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(example.contains("[schedules.web.layers.night]"), "{example}");
    let others = "[contacts.bob]\nchannels = [\"mail-bob\"]\n[contacts.carol]\nchannels = [\"mail-carol\"]\n";
    let policy = parse(&format!("{DEFAULT}\n{example}{others}")).unwrap();
    assert_eq!(policy.schedules[&name("web")].layers.len(), 2);
}
