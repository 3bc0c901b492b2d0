//! What an incident remembers of what happened to it: its revision (L9), what is counted for figures, whom it told what.

use super::*;
use crate::incident::PageState;
use crate::silence::SilenceKind;

/// By how many revisions something moves an incident on.
fn moves(story: &mut Story, happens: impl FnOnce(&mut Story)) -> u32 {
    let before = story.incident().plan;
    happens(story);
    story.incident().plan - before
}

#[test]
fn l9_the_revision_changes_with_state_level_rung_or_opening_and_never_with_a_signal() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.incident().plan, 2, "it opened, and rung 0 ran");
    assert_eq!(moves(&mut story, |story| drop(story.signal(Priority::Critical).unwrap())), 0);
    assert_eq!(moves(&mut story, |story| story.wait(minutes(20))), 0, "repeats");
    assert_eq!(moves(&mut story, |story| story.wait(minutes(10))), 1, "rung 1");
    assert_eq!(moves(&mut story, |story| story.acknowledge("ada")), 1);
    assert_eq!(moves(&mut story, |story| story.wait(minutes(30))), 1, "its end");
    assert_eq!(moves(&mut story, |story| drop(story.snooze(until(70)).unwrap())), 1);
    assert_eq!(moves(&mut story, |story| story.wait(minutes(10))), 1, "its end");
    assert_eq!(moves(&mut story, |story| drop(story.says(Priority::High))), 1, "a fall");
    assert_eq!(moves(&mut story, |story| drop(story.says(Priority::Critical))), 2, "a rise and its rung 0");
    assert_eq!(moves(&mut story, |story| drop(story.rebase())), 1);
    assert_eq!(moves(&mut story, |story| story.wait(minutes(179))), 3, "three rungs");
    assert_eq!(moves(&mut story, |story| story.wait(minutes(1))), 1, "exhausted");
    assert_eq!(moves(&mut story, |story| story.resolve("ada")), 1);
    assert_eq!(moves(&mut story, |story| drop(story.undo())), 1);
    story.resolve("ada");
    story.now = story.now + minutes(1);
    assert_eq!(
        moves(&mut story, |story| drop(story.signal(Priority::High).unwrap())),
        2,
        "a new opening, critical by a person's word, and its rung 0"
    );
}

#[test]
fn l9_the_end_of_a_silence_is_a_new_revision_whatever_it_held() {
    for (acknowledged, told) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut story = Story::begins();
        let priority = if told { Priority::Critical } else { Priority::Medium };
        story.signal(priority).unwrap();
        let order = story.order(SilenceKind::Silence, 0, 600);
        if acknowledged {
            story.acknowledge("ada");
        }
        assert_eq!(moves(&mut story, |story| story.end_order(order)), 1, "{acknowledged} {told}");
        let mut story = Story::begins();
        story.signal(priority).unwrap();
        story.order(SilenceKind::Silence, 0, 600);
        story.acknowledge("ada");
        let timeout = if told { 30 } else { 480 };
        assert_eq!(moves(&mut story, |story| story.wait(minutes(timeout))), 1, "an answer that ends under one");
    }
}

#[test]
fn l9_leaving_a_window_is_a_new_revision() {
    let mut story = Story::begins();
    let window = story.order(SilenceKind::Maintenance, 0, 60);
    story.signal(Priority::Medium).unwrap();
    assert_eq!(story.incident().plan, 1);
    assert_eq!(moves(&mut story, |story| story.end_order(window)), 1);
}

#[test]
fn steps_are_counted_and_those_in_time_are_counted_beside_them() {
    for (late, on_time) in [(29_999, 2), (30_000, 2), (30_001, 1)] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(29));
        story.now = START + minutes(30) + Duration::from_millis(late);
        story.wait(Duration::ZERO);
        let tally = story.incident().escalation.as_ref().unwrap().tally;
        assert_eq!((tally.steps, tally.steps_on_time), (2, on_time), "{late} ms late");
    }
}

#[test]
fn deliveries_failures_and_interruptions_are_counted() {
    let mut story = Story::begins();
    story.broken = vec![name("primary")];
    story.signal(Priority::Critical).unwrap();
    let escalation = story.incident().escalation.clone().unwrap();
    let tally = escalation.tally;
    assert_eq!((tally.delivered, tally.failed, tally.interruptions, escalation.attempts), (2, 1, 3, 3));
    let states: Vec<_> = escalation.told.iter().map(|(who, told)| (who.as_str(), told.last)).collect();
    assert_eq!(
        states,
        [("fallback", PageState::Delivered), ("primary", PageState::Failed), ("team", PageState::Delivered)]
    );
    assert!(!story.incident().endpoints.contains_key(&name("primary")), "what failed for good cools nothing down");
}

fn ended(contact: &str, channel: &str, outcome: PageOutcome, others_left: bool) -> Command {
    let (contact, channel) = (name(contact), name(channel));
    Command::PageEnded { contact, channel, repetition: 0, ordinal: 1, outcome, others_left }
}

/// Critical whose primary is ada, with two channels; neither has said anything yet.
fn two_channels() -> Story {
    let mut story = Story::begins();
    let channels = vec![name("director"), name("manager")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.policy.roles.insert(name("primary"), vec![crate::policy::Member::Contact(name("ada"))]);
    story.signal(Priority::Critical).unwrap();
    let told = &mut story.incident.as_mut().unwrap().escalation.as_mut().unwrap().told;
    told.get_mut(&name("ada")).unwrap().last = PageState::Sending;
    story
}

#[test]
fn l13_a_channel_that_fails_while_others_are_left_fails_no_page() {
    let mut story = two_channels();
    let failed = || PageOutcome::Failed("answered 404".to_owned());
    story.ask(&ended("ada", "director", failed(), true)).unwrap();
    let told = |story: &Story| story.incident().escalation.as_ref().unwrap().told[&name("ada")].last;
    assert_eq!((told(&story), story.minutes_of("fallback").len()), (PageState::Sending, 0));
    story.now = story.now + minutes(1);
    story.ask(&ended("ada", "manager", PageOutcome::Delivered, false)).unwrap();
    assert_eq!(told(&story), PageState::Delivered);
    assert_eq!(story.incident().endpoints[&name("manager")], story.now, "it rang as well");
    story.ask(&ended("ada", "director", failed(), false)).unwrap();
    assert_eq!((told(&story), story.minutes_of("fallback").len()), (PageState::Delivered, 0), "somebody took it");

    let mut story = two_channels();
    story.ask(&ended("ada", "director", failed(), false)).unwrap();
    assert_eq!((told(&story), story.minutes_of("fallback").len()), (PageState::Failed, 1));
}

#[test]
fn late_news_of_an_earlier_page_or_escalation_changes_nothing() {
    let mut story = two_channels();
    story.wait(minutes(6));
    let before = story.incident().escalation.clone().unwrap();
    assert_eq!(before.told[&name("ada")].pages, 2);
    story.ask(&ended("ada", "director", PageOutcome::Failed("late".to_owned()), false)).unwrap();
    let after = story.incident().escalation.clone().unwrap();
    assert_eq!((&after.told, story.minutes_of("fallback").len()), (&before.told, 0));

    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    story.signal(Priority::Critical).unwrap();
    let before = story.incident().escalation.clone();
    let late = ended("team", "team", PageOutcome::Failed("late".to_owned()), false);
    let decision = story.ask(&late).unwrap();
    assert_eq!((&story.incident().escalation, decision.timeline.len()), (&before, 1), "history, and no more");
}

#[test]
fn i1_a_moved_issue_is_marked_and_others_are_not() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.observe(signal("2", story.now), Priority::High).unwrap();
    let moved = Command::NoteMoved { from: "1".to_owned(), to: "9".to_owned(), other: IncidentId::from_bits(3) };
    story.ask(&moved).unwrap();
    let marks: Vec<bool> = story.incident().issues.iter().map(|issue| issue.merged.is_some()).collect();
    assert_eq!(marks, [true, false]);
    story.resolve("ada");
    assert_eq!(story.ask(&moved), Err(Rejection::AlreadyResolved));
}

#[test]
fn l5_exhaustion_leaves_what_is_owed_and_ends_the_other_repeats() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(181));
    let told = &story.incident().escalation.as_ref().unwrap().told;
    let repeating: Vec<&str> =
        told.iter().filter(|(_, told)| told.next_at.is_some()).map(|(who, _)| who.as_str()).collect();
    assert_eq!(repeating, ["fallback", "primary"]);
}

#[test]
fn l15_what_opens_is_decided_by_the_current_policy_and_all_else_by_the_incidents_own() {
    let mut story = Story::begins();
    let observe = |story: &Story, fact: Fact| Command::Observe {
        delivery: DeliveryId(1),
        signal: Box::new(Signal { fact, ..signal("1", story.now) }),
        triage: Box::new(triage(Priority::High)),
        new_id: IncidentId::from_bits(7),
        policy: story.policy.hash.clone(),
        previous: None,
        label: None,
    };
    let again = observe(&story, Fact::Occurrence);
    let unresolved = |came_back| Fact::Lifecycle(Lifecycle::Unresolved { came_back });
    let (undo, returns) = (observe(&story, unresolved(false)), observe(&story, unresolved(true)));
    let policy = story.policy.hash.clone();
    let create = Command::Create {
        new_id: IncidentId::from_bits(7),
        external_id: "x".to_owned(),
        title: "x".to_owned(),
        level: Level::High,
        act: Act::by("ada"),
        policy: policy.clone(),
        synthetic: false,
    };
    let reopen = Command::Reopen { act: Act::by("ada"), policy: policy.clone() };
    let rebase = Command::Rebase { act: Act::by("ada"), policy };
    let take = Command::Acknowledge(Act::by("ada"));
    let all = [again, undo, returns, create, reopen, rebase, take];
    let opens = |story: &Story| all.each_ref().map(|command| super::super::opens(story.incident.as_ref(), command));
    assert_eq!(opens(&story), [true; 7]);
    story.signal(Priority::High).unwrap();
    assert_eq!(opens(&story), [false, false, false, false, true, true, false]);
    story.resolve("ada");
    assert_eq!(opens(&story), [true, false, true, true, true, true, false], "an undo is no new opening");
}

#[test]
fn why_tells_the_numbers_in_milliseconds() {
    let mut story = Story::begins();
    let decision = story.signal(Priority::Critical).unwrap();
    let why = |event: &str| {
        let entry = decision.timeline.iter().find(|entry| entry.event.as_str() == event).unwrap();
        entry.why.clone().unwrap()
    };
    assert_eq!(
        (why("paged").rule.0.as_str(), why("paged").numbers[0].clone()),
        ("L2", ("cooldown_ms".to_owned(), 300_000))
    );
    assert!((300_000..=330_000).contains(&why("paged").numbers[1].1));
    assert_eq!(why("rung_ran").numbers, [("late_ms".to_owned(), 0)]);
    let rebased = story.rebase().timeline[0].why.clone().unwrap();
    assert_eq!(rebased.numbers, [("rungs_ran".to_owned(), 1), ("rungs".to_owned(), 4)]);
}

#[test]
fn l14_each_page_that_fails_calls_the_fallback_even_one_that_failed_before() {
    let mut story = Story::begins();
    story.broken = ["primary", "secondary", "fallback"].map(name).to_vec();
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.minutes_of("fallback"), [0]);
    story.wait(minutes(30));
    assert!(story.minutes_of("fallback").contains(&30), "{:?}", story.minutes_of("fallback"));
}

#[test]
fn l4_a_second_name_for_an_endpoint_adds_nobody() {
    let mut story = Story::begins();
    let channels = vec![name("team"), name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.policy.roles.insert(name("secondary"), vec![crate::policy::Member::Contact(name("ada"))]);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(31));
    assert!(story.minutes_of("ada").is_empty());

    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    // The same contact, reached over another channel by now.
    let channels = vec![name("director")];
    story.policy.contacts.insert(name("team"), crate::policy::Contact { channels, budget: None });
    story.policy.roles.insert(name("secondary"), vec![crate::policy::Member::Contact(name("team"))]);
    story.pages.clear();
    story.wait(minutes(31));
    assert!(story.pages.iter().all(|(_, who, reason)| who != "team" || *reason == PageReason::Repeat));
}
