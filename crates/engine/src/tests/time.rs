//! Stops, jumps, pinned policies (semantics C1, C2, L15).

use crate::operate::Verb;
use domain::command::Act;
use domain::policy::Level;
use store::contract::Store as _;

use super::*;
use crate::operate::Operation;

async fn created(world: &World, level: Level) -> Option<IncidentId> {
    let operation = Operation::Create { external_id: "alert-7".into(), title: None, level, act: Act::by("ann") };
    Some(world.engine.operate(operation).await.unwrap().incident)
}

#[tokio::test]
async fn c2_a_jump_of_the_wall_clock_makes_nothing_early_and_nothing_late() {
    for hours in [1, -1, 24 * 7] {
        let world = World::begin().await;
        // High: two minutes until anybody is told.
        let incident = created(&world, Level::High).await;
        world.engine.drain().await;
        world.clock.jump(hours * 3_600_000);
        world.advance(Duration::from_secs(119)).await;
        assert_eq!(world.receivers.count(), 0, "{hours} h: not early");
        world.advance(Duration::from_secs(1)).await;
        assert_eq!(world.receivers.texts(), ["bell: rung"], "{hours} h: not late");
        assert_eq!(world.told(incident, "clock_jumped").await, 1);
        use domain::time::Clock as _;
        assert_eq!(world.engine.now(), world.clock.wall());
    }
}

#[tokio::test]
async fn c2_a_retry_moves_with_the_clock() {
    let world = World::begin().await;
    created(&world, Level::Critical).await;
    world.receivers.react([Reaction::Throttle(Duration::from_secs(120))]);
    world.engine.drain().await;
    world.clock.jump(3_600_000);
    world.advance(Duration::from_secs(60)).await;
    assert_eq!(world.receivers.count(), 1);
    world.advance(Duration::from_secs(90)).await;
    assert_eq!(world.receivers.count(), 2);
}

#[tokio::test]
async fn c2_what_has_moved_with_the_clock_does_not_move_again_when_the_store_fails_half_way() {
    let world = World::with(&["bell"], true, POLICY).await;
    let incident = created(&world, Level::Critical).await;
    world.engine.drain().await;
    let due = world.store.next_due().await.unwrap().unwrap();
    world.clock.jump(3_600_000);
    // After the beat the incident and its tasks move in one transaction, the run of its agent in the next.
    world.store.fail_after(2, store::memory::FaultPoint::BeforeCommit);
    world.engine.drain().await;
    world.engine.drain().await;
    assert_eq!(world.told(incident, "clock_jumped").await, 1);
    assert_eq!(world.store.next_due().await.unwrap(), Some(due.shifted(3_600_000)));
    let run = world.store.runs(incident.unwrap()).await.unwrap().remove(0);
    assert!(run.created_at > start() + minutes(59), "{run:?}");
}

#[tokio::test]
async fn c1_a_death_right_after_a_jump_is_no_long_stop_and_hides_none() {
    for (hours, away, resumed) in [(2, 0, 0), (-2, 20, 1)] {
        let mut world = World::begin().await;
        let incident = created(&world, Level::High).await;
        world.engine.drain().await;
        world.clock.jump(hours * 3_600_000);
        world.engine.drain().await;
        world.clock.advance(minutes(away));
        world.restart().await;
        world.engine.drain().await;
        assert_eq!(world.told(incident, "resumed").await, resumed, "{hours} h");
    }
}

#[tokio::test]
async fn c2_a_clock_that_is_set_back_between_two_processes_makes_nothing_late() {
    // So many seconds of drift are none of our business; half a minute may have passed since the beat.
    for (back, beats_before, late) in [(3_600, 0, 0), (3_600, 29, 29), (86_400, 0, 0), (6, 0, 0), (5, 0, 5)] {
        let mut world = World::begin().await;
        let incident = created(&world, Level::High).await;
        world.engine.drain().await;
        let due = world.store.next_due().await.unwrap().unwrap();
        world.clock.advance(Duration::from_secs(beats_before));
        world.clock.jump(-back * 1_000);
        world.restart().await;
        world.engine.drain().await;
        let moved = back > 5;
        assert_eq!(world.told(incident, "clock_jumped").await, usize::from(moved), "{back} s");
        let on_time = due.shifted(-back * 1_000) + Duration::from_secs(late);
        assert_eq!(
            world.store.next_due().await.unwrap(),
            Some(on_time),
            "{back} s back, {beats_before} s after the beat"
        );
        assert_eq!((world.told(incident, "resumed").await, world.receivers.count()), (0, 0));
        // Once: the beat is that of the new clock.
        world.restart().await;
        world.engine.drain().await;
        assert_eq!(world.told(incident, "clock_jumped").await, usize::from(moved));
        world.advance(Duration::from_secs(if moved { 120 } else { 125 })).await;
        assert_eq!(world.receivers.texts(), ["bell: rung"]);
    }
}

#[tokio::test]
async fn c2_what_opens_before_the_first_round_moves_with_no_clock_that_was_set_back_before() {
    let mut world = World::begin().await;
    let old = created(&world, Level::High).await;
    world.engine.drain().await;
    world.clock.jump(-3_600_000);
    world.restart().await;
    let new = world.send("event_alert", &alert(7, "e1", 1, "production")).await.incident;
    world.engine.drain().await;
    assert_eq!((world.told(old, "clock_jumped").await, world.told(new, "clock_jumped").await), (1, 0));
    assert_eq!(world.told(new, "resumed").await, 0);
}

#[tokio::test]
async fn c2_what_was_set_back_between_two_processes_moves_once_when_the_store_fails_half_way() {
    let mut world = World::with(&["bell"], true, POLICY).await;
    let incident = created(&world, Level::Critical).await;
    world.engine.drain().await;
    let due = world.store.next_due().await.unwrap().unwrap();
    world.clock.jump(-3_600_000);
    world.restart().await;
    world.store.fail_after(2, store::memory::FaultPoint::BeforeCommit);
    world.engine.drain().await;
    world.engine.drain().await;
    assert_eq!(world.told(incident, "clock_jumped").await, 1);
    assert_eq!(world.store.next_due().await.unwrap(), Some(due.shifted(-3_600_000)));
}

#[tokio::test]
async fn c2_a_death_in_the_middle_of_a_jump_back_moves_nothing_twice() {
    let mut world = World::with(&["bell"], true, POLICY).await;
    let incident = created(&world, Level::Critical).await;
    world.engine.drain().await;
    world.clock.jump(-3_600_000);
    world.store.fail_after(2, store::memory::FaultPoint::BeforeCommit);
    let _failed = world.engine.drain().await;
    world.restart().await;
    world.engine.drain().await;
    assert_eq!(world.told(incident, "clock_jumped").await, 1);
}

#[tokio::test]
async fn c1_after_a_long_stop_those_told_are_paged_again_once() {
    let mut world = World::begin().await;
    let incident = created(&world, Level::Critical).await;
    world.engine.drain().await;
    assert_eq!(world.receivers.texts(), ["bell: rung"]);
    world.clock.advance(minutes(20));
    world.restart().await;
    world.engine.drain().await;
    assert_eq!(world.receivers.texts(), ["bell: rung", "bell: restart (edits)"]);
    world.engine.drain().await;
    assert_eq!((world.told(incident, "resumed").await, world.receivers.count()), (1, 2));
}

#[tokio::test]
async fn c1_a_short_stop_is_nothing_special() {
    let mut world = World::begin().await;
    let incident = created(&world, Level::Critical).await;
    world.engine.drain().await;
    world.clock.advance(minutes(4));
    world.restart().await;
    world.engine.drain().await;
    assert_eq!((world.told(incident, "resumed").await, world.receivers.count()), (0, 1));
}

#[tokio::test]
async fn a_stop_nobody_began_is_no_stop() {
    let world = World::begin().await;
    let incident = created(&world, Level::High).await;
    world.clock.advance(minutes(60));
    world.engine.drain().await;
    assert_eq!(world.told(incident, "resumed").await, 0);
    assert_eq!(world.store.beat(world.engine.now()).await.unwrap(), Some(world.engine.now()));
}

#[tokio::test]
async fn l15_a_running_incident_keeps_its_policy_across_a_restart() {
    let mut world = World::begin().await;
    let old = created(&world, Level::High).await;
    let slower = POLICY.replace("initial_delay = \"2m\"", "initial_delay = \"30m\"");
    assert_ne!(slower, POLICY);
    world.settings.policy = Arc::new(domain::policy::file::parse(&slower).unwrap());
    world.settings.policy_text = slower.into();
    world.restart().await;
    world.advance(minutes(2)).await;
    assert_eq!(world.receivers.texts(), ["bell: rung"]);
    assert_eq!(world.incident(old).await.policy, domain::policy::file::parse(POLICY).unwrap().hash);
}

#[tokio::test]
async fn l15_another_policy_is_for_what_opens_from_now_on() {
    let mut world = World::begin().await;
    let old = created(&world, Level::High).await;
    let slower = POLICY.replace("initial_delay = \"2m\"", "initial_delay = \"30m\"");
    let read = Arc::new(domain::policy::file::parse(&slower).unwrap());
    let before = world.engine.current_policy().policy.hash.clone();
    world.engine.reload_policy(Arc::clone(&read), slower.clone().into()).await.unwrap();
    assert_eq!(world.engine.current_policy().policy.hash, read.hash);
    assert_eq!(world.store.policy(&read.hash).await.unwrap(), Some(slower));
    let operation = crate::operate::Operation::Create {
        external_id: "later".into(),
        title: None,
        level: Level::High,
        act: Act::by("ann"),
    };
    let young = world.engine.operate(operation).await.unwrap().incident;
    assert_eq!(
        (world.incident(old).await.policy, world.incident(Some(young)).await.policy),
        (before, read.hash.clone())
    );
    world.advance(minutes(2)).await;
    assert_eq!(world.receivers.texts(), ["bell: rung"], "the old one alone");
    // The process that comes back knows nothing of the reload but what the store kept.
    world.restart().await;
    world.advance(minutes(29)).await;
    assert!(world.told(Some(young), "paged").await > 0);
    assert_eq!(world.incident(Some(young)).await.policy, read.hash);
}

#[tokio::test]
async fn a_signal_that_pages_nobody_wakes_nobody_and_rewrites_no_timer() {
    let world = World::begin().await;
    world.send("issue", &issue("created", 1, 0)).await;
    let due = world.store.next_due().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    world.send("event_alert", &alert(1, "e1", 0, "production")).await;
    assert_eq!(world.store.next_due().await.unwrap(), due);
}

#[tokio::test]
async fn the_service_may_carry_its_futures_between_threads() {
    fn carried<T: Send>(future: T) -> T {
        future
    }
    let world = World::begin().await;
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    carried(world.engine.run(stop)).await;
    let answer = carried(world.engine.receive(hook("issue", issue("created", 1, 0).to_string()))).await;
    assert!(answer.is_ok());
    let nobody = Operation::Act { incident: IncidentId::from_bits(9), act: Act::by("ann"), verb: Verb::Acknowledge };
    assert!(carried(world.engine.operate(nobody)).await.is_err());
    assert_eq!(carried(world.engine.drain()).await, 0);
}

#[tokio::test]
async fn a_clean_stop_notes_the_time() {
    let world = World::begin().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let engine = world.engine.clone();
    let stopping = async {
        while engine.health().last_tick_at.is_none() {
            tokio::task::yield_now().await;
        }
        world.clock.advance(Duration::from_secs(7));
        stop.cancel();
    };
    tokio::join!(engine.run(stop.clone()), stopping);
    let noted = world.store.beat(world.engine.now()).await.unwrap();
    assert_eq!(noted, Some(start() + Duration::from_secs(7)));
}
