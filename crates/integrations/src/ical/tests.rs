//! Calendars out and in, hostile ones too.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::ops::Range;
use std::time::Duration;

use domain::id::{Name, OverrideId};
use domain::oncall::{OnCall, Override};
use domain::policy::Policy;
use domain::policy::file::{DEFAULT, parse};
use domain::time::Timestamp;
use proptest::prelude::*;

use super::export::{Calendar, export};
use super::import::{Import, LARGEST, MOST_OCCURRENCES, import};
use super::lines::{Lines, unescape, unfold};

const SCHEDULE: &str = r#"
[contacts]
ada = { channels = ["phone"] }
bob = { channels = ["phone"] }
carol = { channels = ["phone"] }

[schedules.web]
zone = "Europe/Berlin"
[schedules.web.layers.primary]
people = ["ada", "bob"]
rotation = "weekly"
start = "2026-01-05"
[schedules.web.layers.secondary]
people = ["carol"]
rotation = "daily"
hours = [{ days = "Mon-Fri", from = "09:00", to = "18:00" }]
"#;

fn policy() -> Policy {
    parse(&format!("{DEFAULT}\n{SCHEDULE}")).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn the_year() -> Range<Timestamp> {
    at("2026-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z")
}

fn order(person: &str, from: &str, until: &str) -> Override {
    Override {
        id: OverrideId::from_bits(1),
        schedule: name("web"),
        layer: name("primary"),
        person: name(person),
        from: at(from),
        until: at(until),
        by: "dan".into(),
        reason: None,
    }
}

fn exported(overrides: &[Override], layers: &[&str], person: Option<&str>, window: Range<Timestamp>) -> String {
    let policy = policy();
    let (web, person) = (name("web"), person.map(name));
    let layers: Vec<Name> = layers.iter().map(|layer| name(layer)).collect();
    let layers = layers.iter().map(|layer| (layer, policy.roster(&web, layer, overrides).unwrap())).collect();
    let stamp = at("2026-11-20T12:00:00Z");
    export(&Calendar { schedule: &web, layers, person: person.as_ref(), window, stamp })
}

/// The values of a line's name, in order.
fn values(calendar: &str, name: &str) -> Vec<String> {
    unfold(calendar).map(Result::unwrap).filter(|line| line.name == name).map(|line| unescape(&line.value)).collect()
}

fn imported_into(calendar: &[u8], window: Range<Timestamp>) -> Result<Vec<Override>, Vec<String>> {
    let (policy, schedule, layer) = (policy(), name("web"), name("primary"));
    let into = Import { policy: &policy, schedule: &schedule, layer: &layer, by: "dan", window };
    import(calendar, &into).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

/// Events with these lines each; a UID is added, and a person unless there is a SUMMARY.
fn calendar(events: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for (number, event) in events.iter().enumerate() {
        let person = if event.contains("SUMMARY") { "" } else { "SUMMARY:ada\r\n" };
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{number}@test\r\n{person}{}\r\nEND:VEVENT\r\n",
            event.replace('\n', "\r\n")
        ));
    }
    text + "END:VCALENDAR\r\n"
}

/// One event as `begin/end person`, in UTC to the minute.
fn imported(event: &str) -> Vec<String> {
    let made = imported_into(calendar(&[event]).as_bytes(), the_year()).unwrap();
    let told = |order: &Override| {
        let short = |at: Timestamp| at.to_string()[5..16].to_owned();
        format!("{}/{} {}", short(order.from), short(order.until), order.person)
    };
    made.iter().map(told).collect()
}

fn refusal(event: &str) -> String {
    let mistakes = imported_into(calendar(&[event]).as_bytes(), the_year()).unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    mistakes[0].clone()
}

#[test]
fn a_week_looks_like_this() {
    let window = at("2026-11-17T00:00:00Z")..at("2026-11-18T00:00:00Z");
    let made = exported(&[], &["primary"], None, window);
    let expected = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Watchfire//On call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:On call: web",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        "UID:",
        "DTSTAMP:20261120T120000Z",
        "DTSTART:20261116T080000Z",
        "DTEND:20261123T080000Z",
        "SUMMARY:bob (primary)",
        "DESCRIPTION:bob is on call: web\\, primary.",
        "CATEGORIES:primary",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    let lines: Vec<&str> =
        made.split_terminator("\r\n").map(|line| if line.starts_with("UID:") { "UID:" } else { line }).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_shift_keeps_its_uid_from_day_to_day_and_from_person_to_person() {
    let from = |day: &str| at(day)..at("2026-12-20T00:00:00Z");
    let monday = exported(&[], &["primary", "secondary"], None, from("2026-11-16T12:00:00Z"));
    let sunday = exported(&[], &["primary", "secondary"], None, from("2026-11-22T12:00:00Z"));
    let (monday_uids, sunday_uids) = (values(&monday, "UID"), values(&sunday, "UID"));
    assert!(sunday_uids.len() > 10 && sunday_uids.iter().all(|uid| monday_uids.contains(uid)));
    let mut each = monday_uids.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), monday_uids.len(), "no two shifts have one");

    let swapped = [order("carol", "2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z")];
    let swapped = exported(&swapped, &["primary"], None, from("2026-11-16T12:00:00Z"));
    assert_eq!(values(&swapped, "SUMMARY")[0], "carol (primary)");
    assert_eq!(values(&swapped, "UID")[0], monday_uids[0]);
}

#[test]
fn a_persons_feed_has_their_shifts_alone_and_everybodys_has_nobodys_too() {
    let window = at("2026-11-16T12:00:00Z")..at("2026-12-20T00:00:00Z");
    let everybody = values(&exported(&[], &["primary", "secondary"], None, window.clone()), "SUMMARY");
    assert!(everybody.contains(&"nobody (secondary)".to_owned()) && everybody.contains(&"ada (primary)".to_owned()));
    let ada = exported(&[], &["primary", "secondary"], Some("ada"), window);
    assert!(values(&ada, "SUMMARY").iter().all(|summary| summary == "ada (primary)"));
    assert_eq!(values(&ada, "X-WR-CALNAME"), ["On call: web, ada"]);
}

#[test]
fn no_text_can_leave_its_line() {
    let hostile = "sick\r\nEND:VEVENT\nBEGIN:VEVENT\u{85}X:1\u{2028}Y;Z,\\n\u{0}\u{7}ÄÖÜäöü🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥";
    let order =
        Override { reason: Some(hostile.into()), ..order("carol", "2026-11-17T08:00:00Z", "2026-11-18T08:00:00Z") };
    let made = exported(&[order], &["primary"], Some("carol"), at("2026-11-17T00:00:00Z")..at("2026-11-18T00:00:00Z"));
    assert_eq!(made.matches("\r\nBEGIN:VEVENT\r\n").count(), 1);
    assert!(made.split("\r\n").all(|line| line.len() <= 75 && !line.contains(char::is_control)), "{made}");
    let description = &values(&made, "DESCRIPTION")[0];
    assert!(description.contains("by dan: sick\nEND:VEVENT\nBEGIN:VEVENT\nX:1\nY;Z,\\nÄÖÜ"), "{description}");
}

#[test]
fn what_is_exported_can_be_imported() {
    let window = at("2026-10-01T00:00:00Z")..at("2026-11-20T00:00:00Z");
    let overrides = [order("carol", "2026-10-25T00:10:00Z", "2026-10-26T12:00:00Z")];
    let text = exported(&overrides, &["primary"], None, window.clone());
    let made = imported_into(text.as_bytes(), window.clone()).unwrap();
    let policy = policy();
    let (web, primary) = (name("web"), name("primary"));
    let told = policy.roster(&web, &primary, &overrides).unwrap();
    let read = policy.roster(&web, &primary, &made).unwrap();
    let mut now = window.start;
    while now < window.end {
        let found = read.on_call(now);
        assert!(matches!(found, OnCall::Instead { .. }));
        assert_eq!(found.person(), told.on_call(now).person(), "{now}");
        now = now + Duration::from_secs(17 * 60);
    }
}

#[test]
fn times_are_read_in_their_zones() {
    for (times, says) in [
        ("DTSTART:20260601T080000Z\nDTEND:20260601T160000Z", "06-01T08:00/06-01T16:00 ada"),
        (
            "DTSTART;TZID=America/New_York:20260601T080000\nDTEND;TZID=America/New_York:20260601T160000",
            "06-01T12:00/06-01T20:00 ada",
        ),
        ("DTSTART;TZID=\"America/New_York\":20260601T080000\nDTEND:20260601T160000Z", "06-01T12:00/06-01T16:00 ada"),
        // Without a zone it is that of the schedule.
        ("DTSTART:20260601T080000\nDURATION:PT8H", "06-01T06:00/06-01T14:00 ada"),
        ("DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260603", "05-31T22:00/06-02T22:00 ada"),
        ("DTSTART;VALUE=DATE:20260601", "05-31T22:00/06-01T22:00 ada"),
        // Days go by the wall clock, hours by the stop-watch: the clocks change on 2026-03-29.
        ("DTSTART:20260328T090000\nDURATION:P1D", "03-28T08:00/03-29T07:00 ada"),
        ("DTSTART:20260328T090000\nDURATION:PT24H", "03-28T08:00/03-29T08:00 ada"),
        ("DTSTART:20260328T090000\nDTEND:20260329T090000", "03-28T08:00/03-29T07:00 ada"),
    ] {
        assert_eq!(imported(times), [says], "{times}");
    }
}

#[test]
fn the_person_is_the_contact_that_the_event_names() {
    let times = "DTSTART:20260601T080000Z\nDURATION:PT8H\n";
    for (who, person) in [
        ("SUMMARY:ada", "ada"),
        ("SUMMARY: Bob ", "bob"),
        ("SUMMARY:carol (primary)", "carol"),
        ("SUMMARY:On call\nATTENDEE;CN=Bob;ROLE=REQ-PARTICIPANT:mailto:robert@example.com", "bob"),
        ("SUMMARY:On call\nATTENDEE:MAILTO:carol@example.com\nORGANIZER:mailto:ada@example.com", "carol"),
        ("SUMMARY:On call\nATTENDEE:mailto:team@example.com\nORGANIZER;CN=\"Ada\":mailto:x@example.com", "ada"),
    ] {
        let found = imported(&format!("{times}{who}"));
        assert_eq!(found, [format!("06-01T08:00/06-01T16:00 {person}")], "{who}");
    }
    let two = format!("{times}SUMMARY:On call\nATTENDEE:mailto:bob@example.com\nATTENDEE:mailto:ada@example.com");
    assert!(refusal(&two).contains("names 2 contacts, and one is on call: ada, bob"));
    assert!(refusal(&format!("{times}SUMMARY:dan")).contains("event `dan`: neither its SUMMARY nor"));
    assert_eq!(imported(&format!("{times}SUMMARY:nobody (primary)")), Vec::<String>::new());
    assert_eq!(imported(&format!("{times}STATUS:CANCELLED")), Vec::<String>::new());
}

#[test]
fn events_come_again_by_days_and_weeks() {
    let begins = |rule: &str| -> Vec<String> {
        imported(&format!(
            "DTSTART;TZID=Europe/Berlin:20260323T090000\nDTEND;TZID=Europe/Berlin:20260330T090000\n{rule}"
        ))
        .iter()
        .map(|told| told[..11].to_owned())
        .collect()
    };
    // Nine stays nine over 2026-03-29.
    assert_eq!(begins("RRULE:FREQ=WEEKLY;COUNT=3"), ["03-23T08:00", "03-30T07:00", "04-06T07:00"]);
    assert_eq!(
        begins("RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260420T070000Z"),
        ["03-23T08:00", "04-06T07:00", "04-20T07:00"]
    );
    assert_eq!(begins("RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260329"), ["03-23T08:00", "03-26T08:00", "03-29T07:00"]);
    assert_eq!(
        begins("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4\nEXDATE;TZID=Europe/Berlin:20260325T090000"),
        ["03-23T08:00", "03-30T07:00", "04-01T07:00"],
        "what is left out counts"
    );
    assert_eq!(
        begins("RRULE:FREQ=DAILY;BYDAY=MO,SU;COUNT=3\nEXDATE;VALUE=DATE:20260330"),
        ["03-23T08:00", "03-29T07:00"]
    );
    assert_eq!(begins("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260323T080000Z,20260325T080000Z"), ["03-24T08:00"]);
    // Every second week from Monday on takes another Sunday than from Sunday on (RFC 5545, 3.8.5.3).
    let from = |week: &str| begins(&format!("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=3;WKST={week}"));
    assert_eq!(from("MO"), ["03-23T08:00", "03-29T07:00", "04-06T07:00"]);
    assert_eq!(from("SU"), ["03-23T08:00", "04-05T07:00", "04-06T07:00"]);
    // Without an end it goes on to the end of the window, and one that began long ago is read from the window on.
    assert_eq!(begins("RRULE:FREQ=WEEKLY").len(), 41);
    let old = imported("DTSTART:20100104T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY");
    assert_eq!((old.len(), old[0].as_str()), (52, "01-05T08:00/01-05T09:00 ada"));
}

#[test]
fn what_is_not_read_is_refused_by_its_name() {
    let times = "DTSTART:20260601T080000Z\nDURATION:PT8H\n";
    for (event, says) in [
        ("RRULE:FREQ=MONTHLY", "`FREQ=MONTHLY`: only FREQ=DAILY and FREQ=WEEKLY"),
        ("RRULE:FREQ=DAILY;BYHOUR=9", "`BYHOUR=9`"),
        ("RRULE:FREQ=WEEKLY;BYDAY=1MO", "`BYDAY=1MO`"),
        ("RRULE:FREQ=WEEKLY;BYDAY=TU", "a day of the week that BYDAY leaves out"),
        ("RRULE:FREQ=DAILY;COUNT=0", "`COUNT=0`"),
        ("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260701", "`FREQ=DAILY;COUNT=2;UNTIL=20260701`"),
        ("RRULE:FREQ=DAILY;FREQ=DAILY", "`FREQ=DAILY`"),
        ("RRULE:COUNT=2", "`COUNT=2`"),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "it has RRULE twice"),
        ("RDATE:20260701T080000Z", "RDATE is not read"),
        ("RECURRENCE-ID:20260601T080000Z", "RECURRENCE-ID is not read"),
        ("DTEND:20260601T100000Z", "it has DTEND and DURATION"),
        ("DTSTART:20260601T090000Z", "it has DTSTART twice"),
        ("NONSENSE", "is none of a calendar: expected NAME:value"),
        ("EXDATE:soon\nRRULE:FREQ=DAILY", "EXDATE is no time"),
    ] {
        let found = refusal(&format!("{times}{event}"));
        assert!(found.starts_with("line 3, event `ada`: ") && found.contains(says), "{event}: {found}");
    }
    for (event, says) in [
        (
            "DTSTART;TZID=W. Europe Standard Time:20260601T080000\nDURATION:PT8H",
            "`W. Europe Standard Time`, which is none",
        ),
        ("DTSTART:20260601T080000Z", "expected DTEND or DURATION"),
        ("DTSTART:20260601T080000Z\nDTEND:20260601T080000Z", "it ends before it begins, or lasts no time"),
        ("DTSTART:20260601T080000Z\nDTEND;VALUE=DATE:20260602", "one is a day and one a time"),
        ("DTSTART:20260601T080000Z\nDURATION:-PT8H", "DURATION is no length"),
        ("DTSTART:20260601T080000Z\nDURATION:P500D", "longer than a year"),
        ("DTSTART:20260631T080000Z\nDURATION:PT8H", "DTSTART is no time"),
        ("DTEND:20260601T080000Z", "it has no DTSTART"),
    ] {
        let found = refusal(event);
        assert!(found.contains(says), "{event}: {found}");
    }
}

#[test]
fn every_mistake_is_told_and_then_nothing_is_imported() {
    let good = "DTSTART:20260601T080000Z\nDURATION:PT8H";
    let text = calendar(&[good, "SUMMARY:dan\nDTSTART:20260601T080000Z", good, "DURATION:PT8H"]);
    let found = imported_into(text.as_bytes(), the_year()).unwrap_err();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("line 9, event `dan`") && found[1].starts_with("line 20, event `ada`"), "{found:?}");
    let twice = calendar(&[good]).replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:0@test\r\nEND:VEVENT\r\nEND:VCALENDAR");
    assert!(imported_into(twice.as_bytes(), the_year()).unwrap_err()[0].contains("the UID of the event of line 3"));
}

#[test]
fn importing_again_makes_the_same_overrides() {
    let text = calendar(&["DTSTART:20260601T080000Z\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=9"]);
    let first = imported_into(text.as_bytes(), the_year()).unwrap();
    let mut ids: Vec<OverrideId> = first.iter().map(|order| order.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 9);
    let later = at("2026-06-03T00:00:00Z")..at("2027-01-01T00:00:00Z");
    assert_eq!(imported_into(text.as_bytes(), later).unwrap(), first[2..]);
}

#[test]
fn folded_lines_alarms_and_other_components_do_not_disturb() {
    let event = "DTSTART:2026\n 0601T08\n\t0000Z\nDURATION:PT8H\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT1H\nEND:VALARM\nX-ODD;A=\"x;y:z\":w";
    let text =
        calendar(&[event]).replace("VERSION:2.0", "VERSION:2.0\r\nBEGIN:VTIMEZONE\r\nDTSTART:1\r\nEND:VTIMEZONE");
    let made = imported_into(format!("\u{feff}{text}").replace("\r\n", "\n").as_bytes(), the_year()).unwrap();
    assert_eq!((made.len(), made[0].from), (1, at("2026-06-01T08:00:00Z")));
}

#[test]
fn what_is_no_calendar_says_so_and_what_is_too_much_is_refused() {
    let refused = |calendar: &[u8]| imported_into(calendar, the_year()).unwrap_err().join("; ");
    for text in ["", "hello", "BEGIN:VEVENT\nEND:VEVENT", "<html>", "\n\n"] {
        assert!(refused(text.as_bytes()).contains("no calendar"), "{text:?}");
    }
    assert!(refused(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n").contains("END:VEVENT is missing"));
    assert!(refused(b"BEGIN:VCALENDAR\nEND:VEVENT\n").contains("ends nothing that began"));
    assert!(refused(b"BEGIN:VCALENDAR\n\xff\n").contains("UTF-8"));
    assert!(refused("BEGIN:VCALENDAR\n".repeat(9).as_bytes()).contains("8 deep at most"));
    assert!(refused(&vec![b'a'; LARGEST + 1]).contains("are read"));
    assert!(refused(format!("BEGIN:VCALENDAR\n{}", "A:1\n".repeat(60_000)).as_bytes()).contains("lines"));
    let long = at("2026-01-01T00:00:00Z")..at("2027-02-01T00:00:00Z");
    assert!(imported_into(b"", long).unwrap_err()[0].contains("at most a year"));

    let daily = "DTSTART:20260101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY";
    let found = refused(calendar(&[daily; 6]).as_bytes());
    assert!(found.contains(&format!("more than {MOST_OCCURRENCES} times")), "{found}");
    let ancient = "DTSTART:00010101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY";
    assert!(refusal(ancient).contains("it begins too long ago"));
}

/// Pieces of calendars, put together in any way.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "BEGIN:VCALENDAR\r\n",
        "END:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "SUMMARY:ada\r\n",
        "UID:1\r\n",
        "UID:2\r\n",
        "DTSTART:20260601T080000Z\r\n",
        "DTSTART;VALUE=DATE:99991231\r\n",
        "DTSTART;TZID=Pacific/Apia:20111230T080000\r\n",
        "DTEND:20260602T080000Z\r\n",
        "DTEND:00010101T000000\r\n",
        "DURATION:P9999999D\r\n",
        "DURATION:PT4294967295S\r\n",
        "DURATION:P1W\r\n",
        "RRULE:FREQ=DAILY\r\n",
        "RRULE:FREQ=WEEKLY;INTERVAL=1000;COUNT=4294967295\r\n",
        "RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z\r\n",
        "EXDATE:20260601,20260602T080000Z\r\n",
        "ATTENDEE;CN=\"a:b;c\r\n",
        "ATTENDEE:mailto\u{e4}:x\r\n",
        " folded\r\n",
        ":\r\n",
        ";\r\n",
        "\r\n",
    ]);
    prop::collection::vec(prop_oneof![4 => piece.prop_map(ToOwned::to_owned), 1 => "\\PC{0,20}\n"], 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(imported_into(&bytes, the_year()).is_err());
    }

    #[test]
    fn any_calendar_is_read_within_its_bounds_or_refused(inner in pieces(), whole in any::<bool>()) {
        let text = if whole { format!("BEGIN:VCALENDAR\r\n{inner}END:VCALENDAR\r\n") } else { inner };
        match imported_into(text.as_bytes(), the_year()) {
            Ok(made) => {
                prop_assert!(made.len() <= MOST_OCCURRENCES);
                for order in made {
                    prop_assert!(order.from < order.until && order.until > the_year().start && order.from < the_year().end);
                }
            }
            Err(mistakes) => prop_assert!(!mistakes.is_empty() && mistakes.len() <= 50),
        }
    }

    #[test]
    fn any_text_is_read_as_it_was_written(text in "\\PC{0,200}", extra in "[\\x00-\\x20,;\\\\:a]{0,40}") {
        let mut lines = Lines::default();
        let text = format!("{text}{extra}");
        lines.text("SUMMARY", &text);
        let written = lines.finish();
        prop_assert!(written.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        let line = unfold(&written).next().unwrap().unwrap();
        let plain: String = text
            .replace("\r\n", "\n")
            .chars()
            .filter_map(|character| match character {
                '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some('\n'),
                '\t' => Some(' '),
                '\n' => Some('\n'),
                _ if character.is_control() => None,
                _ => Some(character),
            })
            .collect();
        prop_assert_eq!(unescape(&line.value), plain);
        prop_assert_eq!(unfold(&written).count(), 1);
    }
}
