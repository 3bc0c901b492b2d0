//! A person's word: A8, and what L6 and R3 say of it.

use super::*;
use crate::incident::State;

fn says(story: &mut Story, priority: Priority) -> Decision {
    story.ask(&Command::Label { priority, act: Act { reason: Some("known".to_owned()), ..Act::by("alice") } }).unwrap()
}

fn with_users(story: &mut Story, users: u64, priority: Priority) -> Result<Decision, Rejection> {
    let signal = Signal { users: Some(users), ..signal("1", story.now) };
    story.observe(signal, priority)
}

fn ended(story: &Story) -> bool {
    story.events.iter().any(|event| matches!(event, Event::LabelEnded { .. }))
}

#[test]
fn a_persons_rise_pages_at_once_and_a_persons_fall_waits_its_delay_from_now() {
    let mut story = Story::begins();
    story.signal(Priority::Low).unwrap();
    story.wait(minutes(10));
    says(&mut story, Priority::Critical);
    assert_eq!((story.level(), story.minutes_of("primary")), (Level::Critical, vec![10]));
    story.wait(minutes(10));
    let fall = says(&mut story, Priority::Medium);
    assert!(fall.cancel_pages);
    let escalation = story.incident().live_escalation().unwrap();
    assert_eq!((escalation.level, escalation.starts_at), (Level::Medium, story.now + minutes(15)));
    assert_eq!(story.state(), "open");
}

#[test]
fn a_fall_stays_with_whoever_took_it() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("bob");
    story.wait(minutes(10));
    says(&mut story, Priority::High);
    let State::Acknowledged { by, since, until, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert_eq!((by.to_string().as_str(), *since, *until), ("bob", story.now, Some(story.now + minutes(120))));
}

#[test]
fn a_label_is_over_with_its_time_or_with_ten_times_the_users() {
    for (wait, users, over) in [(30, 3, true), (29, 3, false), (1, 29, false), (1, 30, true)] {
        let mut story = Story::begins();
        with_users(&mut story, 3, Priority::Low).unwrap();
        says(&mut story, Priority::Low);
        // Quiet ends a low one after a week, so it is heard of meanwhile.
        for _ in 0..wait {
            story.wait(minutes(24 * 60));
            with_users(&mut story, 3, Priority::Low).unwrap();
        }
        with_users(&mut story, users, Priority::High).unwrap();
        assert_eq!((ended(&story), story.level() == Level::High), (over, over), "{wait} d, {users} users");
    }
}

#[test]
fn noise_ends_what_lives_and_what_follows_is_unwanted_while_it_holds() {
    let mut story = Story::begins();
    with_users(&mut story, 3, Priority::High).unwrap();
    assert_eq!(says(&mut story, Priority::Ignore).outcome, crate::signal::Outcome::Resolved);
    story.wait(minutes(5));
    assert_eq!(with_users(&mut story, 4, Priority::Critical).unwrap_err(), Rejection::Unwanted);
    assert_eq!(with_users(&mut story, 30, Priority::High).unwrap().outcome, crate::signal::Outcome::Reopened);
    assert!(ended(&story) && story.incident().label.is_none());
}

#[test]
fn what_returns_keeps_a_persons_priority_and_a_new_one_starts_with_it() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    says(&mut story, Priority::Low);
    story.resolve("alice");
    story.wait(minutes(5));
    story.signal(Priority::Medium).unwrap();
    assert_eq!((story.level(), story.incident().opening), (Level::Low, 2));

    let label = story.incident().label.clone();
    let mut anew = Story { now: story.now, label, ..Story::begins() };
    anew.signal(Priority::Critical).unwrap();
    assert_eq!((anew.level(), anew.incident().is_labelled()), (Level::Low, true));
}

#[test]
fn what_somebody_opens_or_raises_by_hand_is_theirs() {
    let mut story = Story::begins();
    story.signal(Priority::Low).unwrap();
    let (external_id, title, policy) = ("x".to_owned(), "x".to_owned(), story.policy.hash.clone());
    let by = Actor::Person("alice".to_owned());
    let new_id = IncidentId::from_bits(7);
    story
        .ask(&Command::Create {
            new_id,
            external_id,
            title,
            level: Level::High,
            act: Act { by, reason: None, saw: None },
            policy,
            synthetic: false,
        })
        .unwrap();
    let label = story.incident().label.clone().unwrap();
    assert_eq!((label.priority, label.by.as_str()), (Priority::High, "alice"));
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.level(), Level::High);
}
