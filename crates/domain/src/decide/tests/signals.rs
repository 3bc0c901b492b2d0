//! What a signal leaves in an incident, and what its end leaves in one with several issues (I2, I3, I5, R1, R3, R5).

use super::*;
use crate::incident::{Merged, State};
use crate::release::FixedIn;
use crate::signal::{Exception, Frame};

fn with_frame(story: &Story, issue: &str) -> Signal {
    let frame = Frame { module: "shop.orders".to_owned(), function: "pay".to_owned() };
    let exception = Exception { class: "KeyError".to_owned(), in_app: vec![frame], ..Exception::default() };
    Signal { exceptions: vec![exception], ..signal(issue, story.now) }
}

/// The rules by which issues joined, in order; none for the one that it opened with.
fn joins(story: &mut Story, seen: Signal) -> Vec<Option<String>> {
    let decision = story.observe(seen, Priority::Critical).unwrap();
    let joined = decision.timeline.into_iter().filter(|entry| matches!(entry.event, Event::IssueJoined { .. }));
    joined.map(|entry| entry.why.map(|why| why.rule.0)).collect()
}

#[test]
fn i3_each_issue_joins_once_and_says_by_which_rule() {
    let mut story = Story::begins();
    let first = signal("1", story.now);
    assert_eq!(joins(&mut story, first.clone()), [None]);
    assert!(joins(&mut story, first.clone()).is_empty(), "it is known");
    let second = signal("2", story.now);
    assert_eq!(joins(&mut story, second), [Some("I3".to_owned())]);
    let third = story.observe(signal("3", story.now), Priority::Critical).unwrap();
    let joined = third.timeline.iter().find(|entry| matches!(entry.event, Event::IssueJoined { .. })).unwrap();
    let numbers = &joined.why.as_ref().unwrap().numbers;
    assert_eq!(numbers[..], [("issues".to_owned(), 2), ("signals".to_owned(), 3)], "it joined so many");
    let resolved = Lifecycle::Resolved { fixed_in: None };
    story.observe(lifecycle("3", story.now, resolved), Priority::Critical).unwrap();
    let resolved = Lifecycle::Resolved { fixed_in: None };
    story.observe(lifecycle("1", story.now, resolved), Priority::Critical).unwrap();
    assert_eq!(joins(&mut story, first), [None], "it is open again");

    let mut story = Story::begins();
    let bare = Signal { issue: None, ..signal("1", story.now) };
    assert!(joins(&mut story, bare).is_empty());
    let first = signal("1", story.now);
    assert_eq!(joins(&mut story, first), [Some("I2".to_owned())]);
}

#[test]
fn i3_an_issue_that_joins_what_is_acknowledged_is_told_to_its_owner_once() {
    let mut story = Story::begins();
    let channels = vec![name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.signal(Priority::Critical).unwrap();
    story.observe(signal("2", story.now), Priority::Critical).unwrap();
    assert!(story.heard("issue_joined").is_empty(), "nobody owns it yet");
    story.acknowledge("ada");
    story.observe(signal("3", story.now), Priority::Critical).unwrap();
    story.observe(signal("3", story.now), Priority::Critical).unwrap();
    assert_eq!(story.heard("issue_joined"), ["director", "primary", "team"]);
    let resolved = Lifecycle::Resolved { fixed_in: None };
    story.observe(lifecycle("2", story.now, resolved), Priority::Critical).unwrap();
    story.observe(signal("2", story.now), Priority::Critical).unwrap();
    assert_eq!(story.heard("issue_joined").len(), 3, "one that was known is no news");

    let mut story = Story::begins();
    story.observe(Signal { issue: None, ..signal("1", story.now) }, Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.signal(Priority::Critical).unwrap();
    assert!(story.heard("issue_joined").is_empty(), "the first issue joins nothing");
}

#[test]
fn i1_an_issue_keeps_its_first_print_and_one_that_speaks_again_was_not_merged() {
    let mut story = Story::begins();
    story.observe(signal("1", story.now), Priority::Critical).unwrap();
    assert_eq!(story.incident().issues[0].print, None);
    story.observe(with_frame(&story, "1"), Priority::Critical).unwrap();
    let print = story.incident().issues[0].print.clone();
    assert_eq!(print, Some(Fingerprint("f".to_owned())));
    let other = Triage { fingerprint: Fingerprint("g".to_owned()), ..triage(Priority::Critical) };
    let again = with_frame(&story, "1");
    story.told(again, other).unwrap();
    assert_eq!(story.incident().issues[0].print, print);

    let moved = Command::NoteMoved { from: "1".to_owned(), to: "9".to_owned(), other: IncidentId::from_bits(3) };
    story.ask(&moved).unwrap();
    assert_eq!(story.incident().issues[0].merged, Some(Merged::Into("9".to_owned())));
    story.observe(signal("1", story.now), Priority::Critical).unwrap();
    assert_eq!(story.incident().issues[0].merged, Some(Merged::Denied));
}

#[test]
fn i5_an_event_is_known_by_its_id() {
    let mut story = Story::begins();
    let with_event = |story: &Story, event: &str| Signal { event: Some(event.to_owned()), ..signal("1", story.now) };
    story.observe(with_event(&story, "a"), Priority::High).unwrap();
    story.observe(with_event(&story, "b"), Priority::High).unwrap();
    let counts = &story.incident().counts;
    assert_eq!(["a", "b", "c"].map(|event| counts.knows(event)), [true, true, false]);
    assert_eq!((counts.events, counts.signals, counts.pace.rate(story.now)), (2, 2, 2));
    for event in 0..20 {
        story.observe(with_event(&story, &event.to_string()), Priority::High).unwrap();
    }
    let counts = &story.incident().counts;
    assert_eq!((counts.recent_events.len(), counts.events), (16, 22));
    assert_eq!(["a", "3", "4", "19"].map(|event| counts.knows(event)), [false, false, true, true]);
}

#[test]
fn i5_a_total_counts_by_its_growth_and_the_first_one_as_one_event() {
    let mut story = Story::begins();
    let total = |story: &mut Story, events: u64, users: u64| {
        let seen = Signal { events: Some(events), users: Some(users), ..signal("1", story.now) };
        story.observe(seen, Priority::High).unwrap();
        let counts = &story.incident().counts;
        (counts.events, counts.pace.rate(story.now), counts.users)
    };
    assert_eq!(total(&mut story, 5_000, 7), (5_000, 1, Some(7)));
    assert_eq!(total(&mut story, 5_004, 9), (5_004, 5, Some(9)));
    assert_eq!(total(&mut story, 100, 3), (5_004, 5, Some(9)), "a total that shrinks tells nothing");
}

#[test]
fn l6_what_falls_and_comes_back_to_its_level_is_no_rise() {
    let mut story = Story::begins();
    for priority in [Priority::High, Priority::Low, Priority::High, Priority::High] {
        story.signal(priority).unwrap();
    }
    assert_eq!((story.count("priority_noted"), story.count("rose"), story.incident().escalations), (2, 0, 1));
    story.says(Priority::High);
    story.signal(Priority::Critical).unwrap();
    story.signal(Priority::Low).unwrap();
    assert_eq!((story.count("priority_noted"), story.incident().priority), (2, Priority::High), "a person's word");
}

#[test]
fn r1_sixty_seconds_behind_is_not_stale_and_more_is() {
    for (behind, state) in [(60_000, "resolved"), (60_001, "escalating")] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        let said = START - Duration::from_millis(behind);
        story.observe(lifecycle("1", said, Lifecycle::Resolved { fixed_in: None }), Priority::Critical).unwrap();
        assert_eq!(story.state(), state, "{behind} ms behind");
    }
}

#[test]
fn r1_an_archived_issue_of_the_incident_is_closed_and_an_unknown_one_joins_nothing() {
    for (issue, closed) in [("1", 1), ("9", 0)] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        if issue == "9" {
            story.incident.as_mut().unwrap().issues[0].open = false;
        }
        let ignored = Lifecycle::Ignored { until_condition: true, until: Some(story.now) };
        story.observe(lifecycle(issue, story.now, ignored), Priority::Critical).unwrap();
        assert_eq!((story.state(), story.count("issue_closed"), story.incident().issues.len()), ("snoozed", closed, 1));
        story.wait(minutes(1));
        assert_eq!(story.state(), "snoozed", "a time that is no longer to come ends nothing");
    }
}

fn fixed_in(story: &Story) -> Option<FixedIn> {
    let State::Resolved { fixed_in, .. } = &story.incident().state else { panic!("{}", story.state()) };
    fixed_in.clone()
}

#[test]
fn r5_of_several_issues_the_last_ones_fix_says_nothing_of_the_others() {
    let fix = Some(FixedIn::Release("shop@1.2.0".to_owned()));
    for (issues, known) in [(1, fix.clone()), (2, Some(FixedIn::Unnamed))] {
        let mut story = Story::begins();
        for issue in 1..=issues {
            story.observe(signal(&issue.to_string(), story.now), Priority::Critical).unwrap();
        }
        for issue in 1..=issues {
            let resolved = Lifecycle::Resolved { fixed_in: fix.clone() };
            story.observe(lifecycle(&issue.to_string(), story.now, resolved), Priority::Critical).unwrap();
        }
        assert_eq!(fixed_in(&story), known, "{issues} issues");
    }
    let mut story = Story::begins();
    story.observe(signal("1", story.now), Priority::Critical).unwrap();
    story.observe(signal("2", story.now), Priority::Critical).unwrap();
    for issue in ["1", "2"] {
        let resolved = Lifecycle::Resolved { fixed_in: None };
        story.observe(lifecycle(issue, story.now, resolved), Priority::Critical).unwrap();
    }
    assert_eq!(fixed_in(&story), None, "nobody spoke of a release");
}

#[test]
fn r5_a_signal_of_an_older_release_is_excused_and_one_of_the_fix_is_a_regression() {
    for (release, state, raised) in [
        (Some("shop@1.1.9"), "resolved", false),
        (Some("shop@1.2.0"), "open", true),
        (None, "open", false),
        (Some("web@9"), "open", false),
    ] {
        let mut story = Story::begins();
        story.signal(Priority::Medium).unwrap();
        story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: Some("shop@1.2.0".to_owned()) }).unwrap();
        story.wait(minutes(5));
        let seen = Signal { release: release.map(str::to_owned), ..signal("1", story.now) };
        story.observe(seen, Priority::Medium).unwrap();
        assert_eq!((story.state(), story.level() == Level::High), (state, raised), "{release:?}");
        assert_eq!(story.count("excused"), usize::from(state == "resolved"));
    }
}

#[test]
fn r3_a_regression_raises_once_never_to_critical_never_what_a_person_or_an_alert_says() {
    for (priority, raised) in
        [(Priority::Low, Priority::Medium), (Priority::Medium, Priority::High), (Priority::High, Priority::High)]
    {
        let mut story = Story::begins();
        for opening in 1..=3 {
            story.signal(priority).unwrap();
            let wanted = if opening == 2 { raised } else { priority };
            assert_eq!((story.incident().opening, story.incident().priority), (opening, wanted));
            story.resolve("ada");
            story.now = story.now + minutes(1);
        }
    }
}

#[test]
fn r3_the_reopen_window_includes_its_last_moment() {
    for (late, reopens) in [(0, true), (1, false)] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.resolve("ada");
        story.now = story.now + minutes(24 * 60) + Duration::from_millis(late);
        assert_eq!(story.signal(Priority::Critical).is_ok(), reopens, "{late} ms after it");
    }
}

#[test]
fn a_subject_is_completed_by_later_signals_and_keeps_what_it_has() {
    let mut story = Story::begins();
    let bare = Signal { project: None, ..signal("1", story.now) };
    story.observe(bare, Priority::High).unwrap();
    assert!(!story.incident().subject.in_app);
    let project = |id: Option<&str>, slug: Option<&str>| {
        Some(Project { id: id.map(str::to_owned), slug: slug.map(str::to_owned) })
    };
    let other = Triage { fingerprint: Fingerprint("g".to_owned()), ..triage(Priority::High) };
    let bare = Signal { project: None, ..signal("1", story.now) };
    story.told(bare, other.clone()).unwrap();
    assert_eq!(story.incident().subject.fingerprint, Fingerprint("f".to_owned()), "it knows no better");
    let full = Signal {
        culprit: Some("pay".to_owned()),
        link: Some("https://sentry/1".to_owned()),
        release: Some("shop@1".to_owned()),
        severity: Some(crate::signal::Severity::Warning),
        project: project(Some("4711"), None),
        ..with_frame(&story, "1")
    };
    story.told(full.clone(), other.clone()).unwrap();
    let later = Signal {
        culprit: Some("other".to_owned()),
        link: Some("https://sentry/2".to_owned()),
        release: Some("shop@2".to_owned()),
        severity: Some(crate::signal::Severity::Info),
        project: project(Some("1"), Some("shop")),
        exceptions: Vec::new(),
        ..full
    };
    story.told(later.clone(), triage(Priority::High)).unwrap();
    story.told(Signal { release: None, ..later }, triage(Priority::High)).unwrap();
    let subject = &story.incident().subject;
    assert_eq!((subject.culprit.as_deref(), subject.link.as_deref()), (Some("pay"), Some("https://sentry/1")));
    assert_eq!(subject.release.as_deref(), Some("shop@2"), "the newest that was told");
    assert_eq!(subject.exception.as_deref(), Some("KeyError"));
    assert_eq!(subject.fingerprint, other.fingerprint, "a signal with an exception knows it better");
    assert_eq!(subject.severity, Some(crate::signal::Severity::Warning), "the worst");
    assert_eq!(subject.project, project(Some("4711"), Some("shop")));
    assert!(subject.in_app);
}
