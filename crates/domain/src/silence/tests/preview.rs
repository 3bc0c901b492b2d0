//! What a silence would have muted in the last week.

use super::*;
use crate::event::{Event, PageReason};
use crate::policy::Level;
use crate::priority::Priority;

/// A Friday.
const NOW: &str = "2026-11-27T12:00:00Z";

fn week() -> Period {
    Period { from: at(NOW) - hours(7 * 24), until: at(NOW) }
}

fn opened() -> Event {
    Event::Opened { level: Level::High, priority: Priority::High, external_id: None, previous: None }
}

fn paged() -> Event {
    let contact = "alice".parse().unwrap();
    Event::Paged {
        contact,
        channels: vec![],
        rung: Some(0),
        repetition: 0,
        reason: PageReason::Rung,
        next: None,
        bundle: None,
    }
}

fn preview(silence: &Silence, past: &[(Incident, Vec<(Timestamp, Event)>)]) -> Preview {
    let mut preview = Preview::over(week(), silence);
    for (incident, timeline) in past {
        preview.add(incident, timeline.iter().map(|(at, event)| (*at, event)));
    }
    preview
}

fn told(number: u64, environment: &str, pages: &[&str]) -> (Incident, Vec<(Timestamp, Event)>) {
    let mut timeline = vec![(at(pages[0]), opened())];
    timeline.extend(pages.iter().map(|text| (at(text), paged())));
    (incident(number, &[environment]), timeline)
}

#[test]
fn only_pages_in_its_hours_count_and_only_of_what_it_matches() {
    let nightly =
        Plan { first_day: Some(day("2026-12-01")), ..plan(&[Weekday::Saturday], "02:00", "2h", "Europe/Berlin") };
    let silence = silence("{ environment = \"staging\" }", recurring(nightly));
    let past = [
        // Saturday 02:30, 03:59 and 04:00 in Berlin.
        told(1, "staging", &["2026-11-21T01:30:00Z", "2026-11-21T02:59:00Z", "2026-11-21T03:00:00Z"]),
        told(2, "production", &["2026-11-21T01:30:00Z"]),
        told(3, "staging", &["2026-11-22T01:30:00Z"]),
        // The Saturday before the window.
        told(4, "staging", &["2026-11-14T01:30:00Z"]),
    ];
    let preview = preview(&silence, &past);
    assert!(!preview.throughout);
    assert_eq!(preview.muted, Tally { incidents: 1, pages: 2 });
    assert_eq!(preview.unsure, Tally::default());
    let shown = &preview.shown[0];
    assert_eq!((shown.incident, shown.pages), (past[0].0.id, 2));
    assert_eq!((shown.first_at, shown.last_at), (at("2026-11-21T01:30:00Z"), at("2026-11-21T02:59:00Z")));
}

#[test]
fn a_silence_that_lies_ahead_is_held_against_the_whole_week() {
    let ahead = silence("{ environment = \"staging\" }", once(NOW, "2026-11-27T14:00:00Z"));
    let past = [told(1, "staging", &["2026-11-21T01:30:00Z"]), told(2, "staging", &["2026-11-27T12:00:00Z"])];
    let preview = preview(&ahead, &past);
    assert!(preview.throughout);
    assert_eq!(preview.muted, Tally { incidents: 1, pages: 1 }, "now is no longer the past");
}

#[test]
fn the_most_urgent_are_named_first_and_twenty_at_most() {
    let all = silence("{ all = [] }", once(NOW, "2026-11-27T14:00:00Z"));
    let mut past: Vec<_> = (0..30).map(|number| told(number, "staging", &["2026-11-21T01:30:00Z"])).collect();
    past.iter_mut().for_each(|(incident, _)| incident.level = Level::Low);
    past[28].0.level = Level::Critical;
    past[29].0.level = Level::High;
    past[27].1.push((at("2026-11-21T02:30:00Z"), paged()));
    let preview = preview(&all, &past);
    assert_eq!(preview.muted, Tally { incidents: 30, pages: 31 });
    assert_eq!(preview.by_level[&Level::Low], Tally { incidents: 28, pages: 29 });
    assert_eq!(preview.shown.len(), SHOWN);
    let first: Vec<u64> = preview.shown.iter().take(4).map(|muted| muted.incident.bits()).collect();
    assert_eq!(first, [28, 29, 27, 0]);
}

#[test]
fn a_maintenance_window_would_not_have_quieted_what_opened_before_it() {
    let mut window = silence("{ all = [] }", recurring(plan(&[], "02:00", "2h", "UTC")));
    window.kind = SilenceKind::Maintenance;
    let before = told(1, "staging", &["2026-11-21T01:30:00Z", "2026-11-21T02:30:00Z"]);
    let within = told(2, "staging", &["2026-11-21T02:10:00Z", "2026-11-21T02:30:00Z"]);
    assert_eq!(preview(&window, &[before.clone(), within.clone()]).muted, Tally { incidents: 1, pages: 2 });
    window.kind = SilenceKind::Silence;
    assert_eq!(preview(&window, &[before, within]).muted, Tally { incidents: 2, pages: 3 });
}

#[test]
fn what_depends_on_more_than_is_kept_is_counted_apart_and_drills_not_at_all() {
    let path = silence("{ path = \"/checkout\" }", once(NOW, "2026-11-27T14:00:00Z"));
    let mut drill = told(2, "staging", &["2026-11-21T01:30:00Z"]);
    drill.0.synthetic = true;
    let preview = preview(&path, &[told(1, "staging", &["2026-11-21T01:30:00Z"]), drill]);
    assert_eq!((preview.muted, preview.unsure), (Tally::default(), Tally { incidents: 1, pages: 1 }));
}
