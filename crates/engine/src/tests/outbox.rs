//! Pages and updates: retries, leases, receipts, channels.

use crate::operate::Verb;
use domain::command::Act;
use domain::policy::Level;
use store::contract::Store as _;
use store::memory::FaultPoint;

use super::*;
use crate::operate::Operation;

async fn critical(world: &World) -> Option<IncidentId> {
    let operation =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::Critical, act: Act::by("ann") };
    Some(world.engine.operate(operation).await.unwrap().incident)
}

#[tokio::test]
async fn a_page_is_sent_and_told_and_its_message_is_edited_later() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.engine.drain().await;
    assert_eq!(world.receivers.texts(), ["bell: rung"]);
    assert_eq!(world.told(incident, "page_delivered").await, 1);
    assert_eq!(world.escalations().await[0].first_delivered_at, Some(start()));
    let acknowledge = Operation::Act { incident: incident.unwrap(), act: Act::by("ann"), verb: Verb::Acknowledge };
    world.engine.operate(acknowledge).await.unwrap();
    world.engine.drain().await;
    assert_eq!(world.receivers.texts()[1..], ["bell: acknowledged (edits)"]);
    let escalation = &world.escalations().await[0];
    assert_eq!((escalation.first_delivered_at, escalation.acknowledged_at), (Some(start()), Some(start())));
}

#[tokio::test]
async fn a_message_that_is_gone_is_posted_anew() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.engine.drain().await;
    world.receivers.react([Reaction::Answer(404, "")]);
    let resolve =
        Operation::Act { incident: incident.unwrap(), act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    world.engine.drain().await;
    assert_eq!(world.receivers.texts()[1..], ["bell: resolved (edits)", "bell: resolved"]);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let world = World::begin().await;
    critical(&world).await;
    world.receivers.react([Reaction::Throttle(Duration::from_secs(120))]);
    world.engine.drain().await;
    world.advance(Duration::from_secs(119)).await;
    assert_eq!(world.receivers.count(), 1);
    world.advance(Duration::from_secs(30)).await;
    assert_eq!(world.receivers.count(), 2);
    let keys = world.receivers.keys();
    assert_eq!(keys[0], keys[1]);
    assert_eq!(world.engine.health().lanes[0].failures, 0);
}

#[tokio::test]
async fn after_eight_tries_a_page_has_failed_and_its_trouble_is_owed() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.receivers.react(std::iter::repeat_n(Reaction::Lose, 8));
    for _ in 0..300 {
        world.advance(Duration::from_secs(1)).await;
    }
    assert_eq!(world.told(incident, "page_failed").await, 1);
    let owed = world.store.owed(10).await.unwrap();
    let dead = owed.iter().find(|owed| owed.task.state == store::record::TaskState::Dead).unwrap();
    assert!(dead.task.trouble.as_deref().unwrap().starts_with("given up after 8 tries"), "{dead:?}");
}

#[tokio::test]
async fn a_refusal_is_final_at_once() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.receivers.react([Reaction::Answer(410, "")]);
    world.engine.drain().await;
    assert_eq!(world.told(incident, "page_failed").await, 1);
    let lane = &world.engine.health().lanes[0];
    assert_eq!((lane.failures, lane.last_trouble.as_deref()), (1, Some("answered 410")));
}

const TWO_CHANNELS: &str = "\n[contacts.ann]\nchannels = [\"phone\", \"mail\"]\n";

#[tokio::test]
async fn l14_only_the_last_channel_that_fails_fails_the_page() {
    let policy = POLICY
        .replace("fallback = [\"notifier:*\"]", "fallback = [\"notifier:horn\"]")
        .replace("team = [\"notifier:*\"]", "team = [\"contact:ann\"]")
        + TWO_CHANNELS;
    let world = World::with(&["phone", "mail", "horn"], false, &policy).await;
    let incident = critical(&world).await;
    world.receivers.react([Reaction::Answer(410, ""), Reaction::Answer(410, "")]);
    world.engine.drain().await;
    assert_eq!(world.receivers.texts(), ["phone: rung"]);
    let others = |world: &World| {
        let store = Arc::clone(&world.store);
        async move {
            let page = store.timeline(incident.unwrap(), None, 100).await.unwrap();
            let left = page.items.iter().filter_map(|row| match &row.entry.event {
                domain::event::Event::PageFailed { others_left, .. } => Some(*others_left),
                _ => None,
            });
            left.collect::<Vec<bool>>()
        }
    };
    assert_eq!(others(&world).await, [true]);
    world.advance(minutes(1)).await;
    assert_eq!(world.receivers.texts()[1..], ["mail: rung", "horn: fallback"]);
    assert_eq!(others(&world).await, [true, false]);
}

#[tokio::test]
async fn l13_a_second_channel_is_spared_once_the_first_has_delivered() {
    let policy = POLICY.replace("team = [\"notifier:*\"]", "team = [\"contact:ann\"]") + TWO_CHANNELS;
    let world = World::with(&["phone", "mail"], false, &policy).await;
    let incident = critical(&world).await;
    world.engine.drain().await;
    world.advance(minutes(2)).await;
    assert_eq!(world.receivers.texts(), ["phone: rung"]);
    assert_eq!(world.told(incident, "page_delivered").await, 1);
}

#[tokio::test]
async fn a_page_of_a_dead_worker_is_taken_over_with_the_same_key() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    world.receivers.react([Reaction::Hang]);
    let first = world.engine.clone();
    let mut dying = Box::pin(first.drain());
    assert!(futures_util::poll!(&mut dying).is_pending());

    let second = world.another().await;
    second.drain().await;
    assert_eq!(world.receivers.count(), 1, "the lease holds");
    world.clock.advance(LEASE);
    second.drain().await;
    let keys = world.receivers.keys();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
    drop(dying);
    assert_eq!(world.told(incident, "page_delivered").await, 1);
}

#[tokio::test]
async fn a_late_end_of_a_lost_lease_changes_nothing() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    let slow = world.store.claim(start(), LEASE, 1, &[]).await.unwrap().remove(0);
    world.clock.advance(LEASE);
    world.another().await.drain().await;
    let before = world.story(incident).await;
    world.engine.inside.perform(&slow).await;
    assert_eq!(world.story(incident).await, before);
    assert_eq!(world.receivers.count(), 2);
    assert_eq!(world.store.owed(10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_page_that_landed_after_the_acknowledgement_is_told() {
    let world = World::begin().await;
    let incident = critical(&world).await;
    let claimed = world.store.claim(start(), LEASE, 1, &[]).await.unwrap().remove(0);
    let acknowledge = Operation::Act { incident: incident.unwrap(), act: Act::by("ann"), verb: Verb::Acknowledge };
    world.engine.operate(acknowledge).await.unwrap();
    world.engine.inside.perform(&claimed).await;
    assert_eq!(world.told(incident, "page_delivered").await, 1);
    assert!(matches!(world.incident(incident).await.state, domain::incident::State::Acknowledged { .. }));
}

#[tokio::test]
async fn an_end_that_was_saved_though_its_answer_was_lost_is_not_done_again() {
    for (fault, sends) in [(FaultPoint::AfterCommit, 1), (FaultPoint::BeforeCommit, 2)] {
        let world = World::begin().await;
        critical(&world).await;
        let claimed = world.store.claim(start(), LEASE, 1, &[]).await.unwrap().remove(0);
        world.store.fail_next(fault);
        world.engine.inside.perform(&claimed).await;
        world.advance(LEASE).await;
        let keys = world.receivers.keys();
        assert_eq!(keys.len(), sends, "{fault:?}");
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}

#[tokio::test]
async fn a_slow_receiver_holds_up_neither_deliveries_nor_other_receivers() {
    let world = World::with(&["phone", "mail"], false, POLICY).await;
    world.receivers.react([Reaction::Hang]);
    let engine = world.engine.clone();
    let stop = tokio_util::sync::CancellationToken::new();
    let mut run = Box::pin(engine.run(stop.clone()));
    let incident = tokio::select! {
        biased;
        () = &mut run => unreachable!("the loop runs until it is stopped"),
        incident = critical(&world) => incident,
    };
    let delivered = async {
        while world.told(incident, "page_delivered").await == 0 {
            tokio::task::yield_now().await;
        }
        world.send("issue", &issue("created", 1, 0)).await
    };
    tokio::select! {
        biased;
        () = &mut run => unreachable!("the loop runs until it is stopped"),
        answer = delivered => assert!(answer.incident.is_some()),
    }
    assert_eq!(world.engine.health().in_flight, 1);
}

#[tokio::test]
async fn a_test_message_tells_what_came_of_it() {
    let world = World::begin().await;
    assert_eq!(world.engine.test_notifier(&name("bell")).await, Some(Ok(())));
    assert_eq!(world.receivers.texts(), ["bell: test"]);
    world.receivers.react([Reaction::Answer(403, "")]);
    assert_eq!(world.engine.test_notifier(&name("bell")).await, Some(Err("answered 403".into())));
    assert_eq!(world.engine.test_notifier(&name("nobody")).await, None);
}
