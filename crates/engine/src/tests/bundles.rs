//! What goes as one: claimed together, told together, ended together, acknowledged together (semantics L12).

use domain::command::Act;
use domain::policy::Level;
use store::contract::Store as _;
use store::memory::FaultPoint;

use super::*;
use crate::operate::{Listed, OperateError, Operation, Verb};

async fn alerts(world: &World, numbers: std::ops::Range<u32>, level: Level) -> Vec<IncidentId> {
    let mut opened = Vec::new();
    for number in numbers {
        let operation =
            Operation::Create { external_id: format!("alert-{number}"), title: None, level, act: Act::by("ann") };
        opened.push(world.engine.operate(operation).await.unwrap().incident);
    }
    world.engine.drain().await;
    opened
}

/// The bundle that an incident's first page went in.
async fn bundle_of(world: &World, incident: IncidentId) -> domain::id::BundleId {
    let rows = world.store.timeline(incident, None, 100).await.unwrap().items;
    let bundled = rows.iter().find_map(|row| match &row.entry.event {
        domain::event::Event::Paged { bundle, .. } => *bundle,
        _ => None,
    });
    bundled.unwrap().id
}

fn taken(listed: &[Listed]) -> Vec<IncidentId> {
    listed.iter().filter(|listed| listed.taken.is_some()).map(|listed| listed.incident).collect()
}

#[tokio::test]
async fn five_go_singly_and_the_rest_as_one_message() {
    let world = World::begin().await;
    alerts(&world, 0..9, Level::Critical).await;
    assert_eq!(world.receivers.texts(), ["bell: rung"; 5]);
    world.advance(Duration::from_secs(19)).await;
    assert_eq!(world.receivers.count(), 5);
    world.advance(Duration::from_secs(1)).await;
    assert_eq!(world.receivers.texts()[5..], ["bell: critical of 4"]);
    world.advance(minutes(4)).await;
    assert_eq!(world.receivers.count(), 6);
}

#[tokio::test]
async fn every_part_of_a_bundle_is_delivered_with_it() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    world.advance(Duration::from_secs(20)).await;
    for incident in opened {
        assert_eq!(world.told(Some(incident), "page_delivered").await, 1);
    }
}

#[tokio::test]
async fn a_bundle_is_tried_again_whole_and_under_the_same_key() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    world.receivers.react([Reaction::Answer(503, ""), Reaction::Lose]);
    world.advance(Duration::from_secs(20)).await;
    world.advance(Duration::from_secs(2)).await;
    world.advance(Duration::from_secs(4)).await;
    assert_eq!(world.receivers.texts()[5..], ["bell: critical of 3"; 3]);
    let keys = &world.receivers.keys()[5..];
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(world.told(Some(opened[7]), "page_delivered").await, 1);
}

#[tokio::test]
async fn a_bundle_whose_answer_was_lost_in_a_crash_is_sent_again_under_the_same_key() {
    let mut world = World::begin().await;
    alerts(&world, 0..8, Level::Critical).await;
    world.receivers.react([Reaction::Hang]);
    world.clock.advance(Duration::from_secs(20));
    let hangs = tokio::time::timeout(Duration::from_millis(1), world.engine.drain());
    assert!(hangs.await.is_err());
    world.restart().await;
    world.engine.drain().await;
    let keys = world.receivers.keys();
    assert_eq!((keys.len(), &keys[5]), (7, &keys[6]));
}

#[tokio::test]
async fn the_ends_of_a_bundle_are_saved_with_one_commit_or_not_at_all() {
    let mut world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    world.clock.advance(Duration::from_secs(20));
    // What is claimed, the rest of it, and then the ends.
    world.store.fail_after(2, FaultPoint::BeforeCommit);
    world.engine.drain().await;
    assert_eq!(world.told(Some(opened[7]), "page_delivered").await, 0);
    world.restart().await;
    world.engine.drain().await;
    let keys = world.receivers.keys();
    assert_eq!((keys.len(), &keys[5]), (7, &keys[6]), "nothing of it was saved, so it goes again whole");
    assert_eq!(world.told(Some(opened[7]), "page_delivered").await, 1);
}

#[tokio::test]
async fn an_end_that_is_somebody_elses_keeps_no_other_from_being_saved() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    let resolve = Operation::Act { incident: opened[6], act: Act::by("bob"), verb: Verb::Resolve { fixed_in: None } };
    let engine = world.engine.clone();
    world.receivers.react([Reaction::Hang]);
    world.clock.advance(Duration::from_secs(20));
    tokio::select! {
        biased;
        _ = world.engine.drain() => {}
        // While the message is under way one of its incidents ends.
        () = async { engine.operate(resolve).await.map(|_| ()).unwrap() } => {}
    }
    world.advance(LEASE).await;
    assert_eq!(world.told(Some(opened[5]), "page_delivered").await, 1);
    assert_eq!(world.told(Some(opened[7]), "page_delivered").await, 1);
}

#[tokio::test]
async fn what_is_claimed_of_a_bundle_goes_even_when_the_rest_cannot_be_claimed() {
    let world = World::begin().await;
    alerts(&world, 0..8, Level::Critical).await;
    world.clock.advance(Duration::from_secs(20));
    // The one is claimed, the others are not.
    world.store.fail_after(1, FaultPoint::BeforeCommit);
    world.engine.drain().await;
    assert_eq!(world.receivers.texts()[5..], ["bell: rung", "bell: critical of 2"]);
}

#[tokio::test]
async fn an_acknowledgement_of_a_bundle_acknowledges_what_it_listed_and_nothing_else() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    world.advance(Duration::from_secs(20)).await;
    let bundle = bundle_of(&world, opened[7]).await;
    let resolve = Operation::Act { incident: opened[7], act: Act::by("bob"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    let done = world.engine.acknowledge_bundle(bundle, &Act::by("ann")).await.unwrap();
    assert_eq!(taken(&done), opened[5..7]);
    assert_eq!(done.iter().map(|listed| listed.incident).collect::<Vec<_>>(), opened[5..]);
    let mut states = Vec::new();
    for incident in &opened {
        states.push(world.incident(Some(*incident)).await.state.as_str());
    }
    assert_eq!(states[..5], ["escalating"; 5]);
    assert_eq!(states[5..], ["acknowledged", "acknowledged", "resolved"]);
}

#[tokio::test]
async fn a_bundle_that_has_not_left_has_listed_nothing() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    let bundle = bundle_of(&world, opened[7]).await;
    let refused = world.engine.acknowledge_bundle(bundle, &Act::by("ann")).await;
    assert!(matches!(refused, Err(OperateError::NotFound)), "{refused:?}");
}

#[tokio::test]
async fn what_ended_before_the_bundle_left_is_not_in_it() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::Critical).await;
    let resolve = Operation::Act { incident: opened[7], act: Act::by("bob"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    world.advance(Duration::from_secs(20)).await;
    assert_eq!(world.receivers.texts()[5..], ["bell: critical of 2"]);
}

#[tokio::test]
async fn a_jump_of_the_clock_moves_a_bundle_with_the_storm() {
    let world = World::begin().await;
    alerts(&world, 0..6, Level::Critical).await;
    world.clock.jump(-3_600_000);
    world.engine.drain().await;
    alerts(&world, 6..8, Level::Critical).await;
    world.advance(Duration::from_secs(20)).await;
    assert_eq!(world.receivers.texts()[5..], ["bell: critical of 3"]);
}

#[tokio::test]
async fn what_is_low_waits_for_the_digest() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..3, Level::Low).await;
    world.advance(minutes(61)).await;
    assert_eq!(world.receivers.count(), 0);
    // It began on a Monday at noon; the digest leaves on Tuesday at nine.
    world.advance(minutes(20 * 60)).await;
    assert_eq!(world.receivers.texts(), ["bell: digest of 3"]);
    assert_eq!(world.incident(Some(opened[0])).await.state.as_str(), "exhausted");
}

#[tokio::test]
async fn an_acknowledgement_of_a_bundle_takes_nothing_that_came_back_or_rose_since() {
    let world = World::begin().await;
    let opened = alerts(&world, 0..8, Level::High).await;
    world.advance(minutes(3)).await;
    let bundle = bundle_of(&world, opened[7]).await;
    let act = |incident, verb| Operation::Act { incident, act: Act::by("bob"), verb };
    world.advance(minutes(2)).await;
    world.engine.operate(act(opened[6], Verb::Label(domain::priority::Priority::Critical))).await.unwrap();
    world.engine.operate(act(opened[7], Verb::Resolve { fixed_in: None })).await.unwrap();
    world.engine.operate(act(opened[7], Verb::Reopen)).await.unwrap();
    let done = world.engine.acknowledge_bundle(bundle, &Act::by("ann")).await.unwrap();
    assert_eq!(taken(&done), opened[5..6]);
}
