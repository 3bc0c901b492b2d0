//! Storms: bundles (L12).

use super::*;
use crate::attention::{BundleKind, CRITICAL_WAITS, WAITS};

fn kinds(decision: &Decision) -> Vec<Option<BundleKind>> {
    decision.work.iter().map(|planned| planned.work.bundle().map(|bundle| bundle.kind)).collect()
}

#[test]
fn l12_a_page_in_a_storm_goes_in_a_bundle_at_most_a_minute_late() {
    for (priority, kind, waits) in
        [(Priority::Critical, BundleKind::Critical, CRITICAL_WAITS), (Priority::High, BundleKind::Storm, WAITS)]
    {
        let mut story = Story::begins();
        story.policy.levels.get_mut(&Level::High).unwrap().initial_delay = Duration::ZERO;
        story.storm_on("team");
        let opened = story.signal(priority).unwrap();
        assert_eq!(kinds(&opened), [Some(kind), None], "primary's goes alone");
        assert_eq!(opened.work[0].due, START + waits);
        assert_eq!(story.paged(), [(0, "primary")]);
    }
}

#[test]
fn l12_every_channel_of_a_page_waits_for_the_bundle() {
    let mut story = Story::begins();
    let channels = vec![name("team"), name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.policy.roles.insert(name("primary"), vec![crate::policy::Member::Contact(name("ada"))]);
    story.policy.roles.insert(name("team"), Vec::new());
    story.storm_on("team");
    let opened = story.signal(Priority::Critical).unwrap();
    let dues: Vec<Timestamp> = opened.work.iter().map(|planned| planned.due).collect();
    assert_eq!(dues, [START + CRITICAL_WAITS, START + CRITICAL_WAITS + minutes(1)]);
}

#[test]
fn l12_news_goes_with_the_bundle_too() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.storm_on("team");
    let ack = story.ask(&Command::Acknowledge(Act::by("bob"))).unwrap();
    assert_eq!(kinds(&ack), [None, Some(BundleKind::Critical)]);
}

#[test]
fn s2_a_test_is_no_part_of_a_storm() {
    let mut story = Story::begins();
    story.storm_on("team");
    let seen = Signal { synthetic: true, ..signal("1", story.now) };
    let opened = story.observe(seen, Priority::Critical).unwrap();
    assert_eq!(kinds(&opened), [None, None]);
    let ack = story.ask(&Command::Acknowledge(Act::by("bob"))).unwrap();
    assert_eq!(kinds(&ack), [None, None]);
    assert!(opened.attention.is_empty() && ack.attention.is_empty());
}

#[test]
fn l12_repeats_begin_no_storm_and_first_pages_do() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let team = crate::attention::Whose::Channel(name("team"));
    assert_eq!(story.attention[&team].first_pages.len(), 1);
    story.wait(minutes(6));
    assert_eq!(story.minutes_of("team").len(), 2);
    assert!(story.attention[&team].first_pages.is_empty(), "a repeat counts for none, and the first is long ago");
    story.acknowledge("bob");
    story.wait(minutes(30));
    assert_eq!(story.attention[&team].first_pages.len(), 1, "the end of an acknowledgement is no repeat");
}

#[test]
fn l4_what_was_called_back_lengthens_no_wait_and_counts_for_no_limit() {
    let repeats = |in_a_storm: bool| {
        let mut story = Story::begins();
        story.policy.levels.get_mut(&Level::Critical).unwrap().ladder[0].repeats = Some(2);
        if in_a_storm {
            story.storm_on("team");
        }
        story.signal(Priority::Critical).unwrap();
        story.resolve("bob");
        story.attention.clear();
        story.wait(minutes(10));
        story.undo();
        story.wait(minutes(110));
        story.minutes_of("team")
    };
    // The first page left or was called back; a doubled wait and two repeats follow the first that left.
    assert_eq!(repeats(true), [10, 15, 26]);
    assert_eq!(repeats(false), [0, 15, 26], "five minutes were left of the wait");
}
