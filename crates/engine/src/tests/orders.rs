//! What people order for a time: every engine on the store heeds it with its next decision (semantics A6, A7).

use domain::command::Act;
use domain::id::SilenceId;
use domain::policy::Level;
use domain::silence::{Matching, Once, Order, Reason, Silence, SilenceKind, Times};

use store::memory::FaultPoint;

use super::*;
use crate::operate::Operation;

fn silence(kind: SilenceKind, from: Timestamp, until: Timestamp) -> Silence {
    Silence::order(Order {
        id: SilenceId::from_bits(7),
        kind,
        matching: Matching::parse("{ all = [] }").unwrap(),
        times: Times::Once(Once::between(from, until).unwrap()),
        reason: Reason::try_from("a deploy".to_owned()).unwrap(),
        by: "ann".to_owned(),
        at: start(),
    })
    .unwrap()
}

async fn critical(world: &World) -> Option<IncidentId> {
    let operation =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::Critical, act: Act::by("ann") };
    let opened = world.engine.operate(operation).await.unwrap().incident;
    world.engine.drain().await;
    Some(opened)
}

#[tokio::test]
async fn a_silence_holds_what_lives_at_once_and_lets_go_when_it_is_ended() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.engine.keep_silence(silence(SilenceKind::Silence, at(0), at(60))).await.unwrap();
    assert!(world.incident(incident).await.silenced.is_some());
    world.advance(minutes(20)).await;
    assert_eq!(world.receivers.texts(), ["bell: rung"]);
    let ended = world.engine.end_silence(SilenceId::from_bits(7), "bob", None).await.unwrap();
    assert_eq!(ended.and_then(|silence| silence.ended).map(|ended| ended.by), Some("bob".to_owned()));
    world.engine.drain().await;
    assert_eq!(world.receivers.texts()[1..], ["bell: silence_ended (edits)"]);
    // What it hid, told through the fallback.
    world.advance(Duration::from_secs(10)).await;
    assert_eq!(world.receivers.texts()[2..], ["bell: silence of 1"]);
    assert!(world.engine.end_silence(SilenceId::from_bits(7), "bob", None).await.unwrap().is_none());
}

#[tokio::test]
async fn an_engine_beside_it_heeds_an_order_that_it_was_not_told_of() {
    let world = World::begin().await;
    let other = world.another().await;
    // It has decided already, and so knows that nothing stands.
    other.drain().await;
    world.engine.keep_silence(silence(SilenceKind::Silence, at(0), at(60))).await.unwrap();
    let operation =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::Critical, act: Act::by("ann") };
    let incident = other.operate(operation).await.unwrap().incident;
    other.drain().await;
    assert_eq!(world.receivers.count(), 0);
    assert!(world.incident(Some(incident)).await.silenced.is_some());
}

#[tokio::test]
async fn a_page_that_waits_for_its_next_try_does_not_leave_under_a_silence_that_began_meanwhile() {
    let world = World::begin().await;
    world.engine.keep_silence(silence(SilenceKind::Silence, at(1), at(60))).await.unwrap();
    world.receivers.react([Reaction::Throttle(Duration::from_secs(120))]);
    let incident = critical(&world).await;
    assert_eq!(world.receivers.count(), 1);
    world.advance(minutes(3)).await;
    assert_eq!(world.receivers.count(), 1);
    assert!(world.incident(incident).await.silenced.is_some(), "whoever looks at it sees why nothing was sent");
}

/// The end is on disk, and of what it held nothing was let go.
async fn an_end_that_is_cut_short(world: &World) -> Option<IncidentId> {
    let incident = critical(world).await;
    world.engine.keep_silence(silence(SilenceKind::Silence, at(0), at(60))).await.unwrap();
    world.advance(minutes(20)).await;
    world.store.fail_after(1, FaultPoint::BeforeCommit);
    world.engine.end_silence(SilenceId::from_bits(7), "bob", None).await.unwrap_err();
    assert!(world.incident(incident).await.silenced.is_some());
    incident
}

#[tokio::test]
async fn an_end_that_was_cut_short_is_carried_out_when_it_is_asked_for_again() {
    let world = World::begin().await;
    let incident = an_end_that_is_cut_short(&world).await;
    assert!(world.engine.end_silence(SilenceId::from_bits(7), "bob", None).await.unwrap().is_none());
    assert!(world.incident(incident).await.silenced.is_none());
}

#[tokio::test]
async fn an_end_that_a_crash_cut_short_is_carried_out_at_the_next_start() {
    let mut world = World::begin().await;
    let incident = an_end_that_is_cut_short(&world).await;
    world.restart().await;
    world.engine.drain().await;
    assert!(world.incident(incident).await.silenced.is_none());
}

#[tokio::test]
async fn what_opens_in_a_window_is_told_in_one_summary() {
    let world = World::begin().await;
    world.engine.keep_silence(silence(SilenceKind::Maintenance, at(0), at(60))).await.unwrap();
    for number in 1..=3 {
        world.send("issue", &issue("created", number, 0)).await;
    }
    world.engine.drain().await;
    world.advance(minutes(60)).await;
    assert_eq!(world.receivers.count(), 0);
    world.advance(Duration::from_secs(10)).await;
    assert_eq!(world.receivers.texts(), ["bell: summary of 3"]);
}
