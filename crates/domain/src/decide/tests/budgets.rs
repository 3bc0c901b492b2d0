//! Noise budgets (L16).

use super::*;
use crate::attention::{BundleKind, Whose};
use crate::policy::{Budget, Contact, Member};
use crate::wall::WallTime;

/// Medium, whose rung 0 is ada at once: so many interruptions in the night, in which the story begins.
fn ada(night: u32) -> Story {
    let mut story = Story::begins();
    let (from, to) = (WallTime::hour(8).unwrap(), WallTime::hour(20).unwrap());
    let budget = Budget { day: 3, night, from, to, zone: "UTC".to_owned() };
    story.policy.contacts.insert(name("ada"), Contact { channels: vec![name("primary")], budget: Some(budget) });
    story.policy.roles.insert(name("primary"), vec![Member::Contact(name("ada"))]);
    let medium = story.policy.levels.get_mut(&Level::Medium).unwrap();
    medium.initial_delay = Duration::ZERO;
    medium.ladder[0].targets = vec![crate::policy::Target::Role(name("primary"))];
    story
}

fn spent(story: &Story) -> u32 {
    story.attention[&Whose::Contact(name("ada"))].spent.as_ref().map_or(0, |spent| spent.count)
}

#[test]
fn l16_over_the_budget_a_medium_waits_for_the_digest_and_the_team_hears_of_it_once() {
    let mut story = ada(1);
    story.signal(Priority::Medium).unwrap();
    assert_eq!((story.minutes_of("ada"), spent(&story)), (vec![0], 1));
    // The next repeat is one too many.
    story.wait(minutes(70));
    assert_eq!((story.minutes_of("ada").len(), story.count("demoted"), spent(&story)), (1, 1, 1));
    assert_eq!(story.heard("budget_spent"), ["team"]);
    let [(due, page)] = &story.outbox[..] else { panic!("{:?}", story.outbox) };
    assert_eq!(page.bundle.map(|bundle| bundle.kind), Some(BundleKind::Digest));
    assert_eq!(due.to_string(), "2026-05-29T09:00:00.000Z");
    story.wait(minutes(700));
    assert_eq!(story.minutes_of("ada"), [0, 753]);
    assert_eq!(story.heard("budget_spent").len(), 1);
}

#[test]
fn l16_critical_and_high_are_never_held_but_counted() {
    for priority in [Priority::Critical, Priority::High] {
        let mut story = ada(0);
        story.signal(priority).unwrap();
        story.wait(minutes(4));
        assert_eq!((story.minutes_of("ada").len(), story.count("demoted"), spent(&story)), (1, 0, 1), "{priority:?}");
    }
}

#[test]
fn l16_a_page_that_is_held_back_interrupts_nobody() {
    let mut story = ada(5);
    story.signal(Priority::Medium).unwrap();
    story.now = story.now + minutes(30);
    story.ask(&Command::Resume { away: minutes(30) }).unwrap();
    assert_eq!((story.count("page_held"), spent(&story)), (1, 1), "the endpoint cools down for an hour");
}

#[test]
fn l16_a_restart_does_not_demote_what_waits_already() {
    let mut story = ada(1);
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(70));
    assert_eq!((story.count("demoted"), story.outbox.len()), (1, 1));
    story.now = story.now + minutes(30);
    story.ask(&Command::Resume { away: minutes(30) }).unwrap();
    assert_eq!((story.count("demoted"), story.outbox.len()), (1, 1));
}

#[test]
fn l16_a_test_spends_nothing() {
    let mut story = ada(0);
    let seen = Signal { synthetic: true, ..signal("1", story.now) };
    story.observe(seen, Priority::Medium).unwrap();
    assert_eq!((story.minutes_of("ada"), story.attention.len()), (vec![0], 0));
}

#[test]
fn l16_what_the_digest_told_has_not_rung_and_cools_nothing_down() {
    let mut story = ada(0);
    story.signal(Priority::Medium).unwrap();
    assert!(story.pages.is_empty() && story.incident().endpoints.is_empty());
    assert_eq!(story.incident().escalation.as_ref().unwrap().tally.interruptions, 0);
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.minutes_of("ada"), [0], "a rise rings at once");
    assert!(story.outbox.is_empty(), "and the digest's page is void");
}

#[test]
fn l16_nobody_is_late_with_an_answer_to_what_waits_for_the_digest() {
    let mut story = ada(0);
    story.policy.levels.get_mut(&Level::Medium).unwrap().ladder.truncate(1);
    story.signal(Priority::Medium).unwrap();
    let digest = story.outbox[0].0;
    let exhausted_at = |story: &Story| story.incident().escalation.as_ref().unwrap().exhausted_at;
    assert_eq!(
        exhausted_at(&story),
        Some(digest + minutes(480)),
        "eight hours after it leaves, not after the rung ran"
    );
}

#[test]
fn l14_a_fallback_that_two_failed_pages_put_into_its_digest_has_heard_of_nothing_yet() {
    let mut story = ada(0);
    story.policy.roles.insert(
        name("primary"),
        ["director", "manager"].map(|one| Member::Notifier(crate::policy::Choice::Named(name(one)))).to_vec(),
    );
    story.policy.fallback = vec![crate::policy::Target::Contact(name("ada"))];
    story.broken = vec![name("director"), name("manager")];
    story.signal(Priority::Medium).unwrap();
    let told = &story.incident().escalation.as_ref().unwrap().told[&name("ada")];
    assert_eq!((told.pages, told.called_back, told.heard(story.now)), (2, 1, false));
    assert_eq!(story.outbox.iter().filter(|(_, page)| page.contact == name("ada") && story.is_wanted(page)).count(), 1);
    story.resolve("bob");
    assert!(!story.heard("resolved").contains(&"ada"), "who has heard of nothing hears of no end");
}
