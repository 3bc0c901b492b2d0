//! Runs of agents start at most once, whatever fails in between (semantics F1).

use crate::operate::Verb;
use domain::command::Act;
use domain::policy::Level;
use store::contract::Store as _;
use store::memory::FaultPoint;
use store::record::{AgentRun, Claimed, RunPhase};

use super::*;
use crate::engine::CallbackRefusal;
use crate::operate::Operation;

async fn called() -> (World, Option<IncidentId>) {
    let world = World::with(&["bell"], true, POLICY).await;
    let operation =
        Operation::Create { external_id: "alert-7".into(), title: None, level: Level::Critical, act: Act::by("ann") };
    let incident = world.engine.operate(operation).await.unwrap().incident;
    (world, Some(incident))
}

/// Claims and performs all but the start of the agent, which it gives back.
async fn start_of(world: &World) -> Claimed {
    let claimed = world.store.claim(world.engine.now(), LEASE, 10, &[]).await.unwrap();
    let (starts, others): (Vec<_>, Vec<_>) =
        claimed.into_iter().partition(|claimed| claimed.task.work.as_str() == "agent_start");
    for other in others {
        world.engine.inside.perform(&other).await;
    }
    starts.into_iter().next().unwrap()
}

async fn run_of(world: &World, incident: Option<IncidentId>) -> AgentRun {
    world.store.runs(incident.unwrap()).await.unwrap().remove(0)
}

fn posts(world: &World, text: &str) -> usize {
    world.receivers.texts().iter().filter(|sent| sent.starts_with(text)).count()
}

#[tokio::test]
async fn a_run_is_started_followed_and_ends_in_a_fix_on_its_way() {
    let (world, incident) = called().await;
    world.engine.drain().await;
    assert_eq!((posts(&world, "fixer: start"), posts(&world, "fixer: poll")), (1, 0));
    let run = run_of(&world, incident).await;
    assert_eq!((run.phase, run.external_id.as_deref()), (RunPhase::Started, Some("42")));
    world.receivers.react([Reaction::Answer(200, "running"), Reaction::Answer(200, "done")]);
    world.advance(Duration::from_secs(30)).await;
    world.advance(Duration::from_secs(30)).await;
    world.advance(Duration::from_secs(30)).await;
    assert_eq!(posts(&world, "fixer: poll 42"), 2);
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Ended);
    assert!(world.incident(incident).await.is_fixing());
    assert_eq!(world.told(incident, "agent_progressed").await, 3);
}

#[tokio::test]
async fn nothing_is_posted_before_the_intent_is_on_disk() {
    let (world, incident) = called().await;
    let start = start_of(&world).await;
    world.store.fail_next(FaultPoint::BeforeCommit);
    world.engine.inside.perform(&start).await;
    assert_eq!(posts(&world, "fixer"), 0);
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Planned);
    world.advance(LEASE).await;
    assert_eq!(posts(&world, "fixer: start"), 1);
}

#[tokio::test]
async fn an_intent_of_which_nobody_knows_whether_it_was_followed_is_never_followed() {
    let (world, incident) = called().await;
    let start = start_of(&world).await;
    world.store.fail_next(FaultPoint::AfterCommit);
    world.engine.inside.perform(&start).await;
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Sending);
    world.receivers.react(std::iter::repeat_n(Reaction::Answer(404, ""), 1_000));
    for _ in 0..20 {
        world.advance(minutes(1)).await;
    }
    assert_eq!(posts(&world, "fixer: start"), 0);
    assert!(posts(&world, "fixer: find") > 1);
    assert_eq!(run_of(&world, incident).await.progress, Progress::Unknown);
    assert_eq!(world.incident(incident).await.fixing.unwrap().progress, Progress::Unknown);
}

#[tokio::test]
async fn a_run_whose_start_was_answered_but_not_saved_is_found_and_adopted() {
    let (mut world, incident) = called().await;
    let start = start_of(&world).await;
    let engine = world.engine.clone();
    world.receivers.react([Reaction::Hang]);
    let mut dying = Box::pin(engine.inside.perform(&start));
    assert!(futures_util::poll!(&mut dying).is_pending());
    drop(dying);
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Sending);
    world.restart().await;
    world.receivers.react([Reaction::Answer(200, "running")]);
    world.engine.drain().await;
    let run = run_of(&world, incident).await;
    assert_eq!((run.phase, run.progress), (RunPhase::Started, Progress::Running));
    assert_eq!((posts(&world, "fixer: start"), posts(&world, "fixer: find")), (1, 1));
}

#[tokio::test]
async fn only_what_certainly_did_not_start_is_tried_again() {
    let (world, incident) = called().await;
    let start = start_of(&world).await;
    world.receivers.react([Reaction::Refuse]);
    world.engine.inside.perform(&start).await;
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Planned);
    world.advance(minutes(1)).await;
    assert_eq!(posts(&world, "fixer: start"), 2);

    let (world, incident) = called().await;
    let start = start_of(&world).await;
    world.receivers.react([Reaction::Lose, Reaction::Answer(200, "")]);
    world.engine.inside.perform(&start).await;
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Sending);
    world.advance(Duration::from_secs(5)).await;
    assert_eq!((posts(&world, "fixer: start"), posts(&world, "fixer: find")), (1, 1));
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Started);
}

#[tokio::test]
async fn a_start_that_is_refused_fails_the_run_and_says_why() {
    let (world, incident) = called().await;
    let start = start_of(&world).await;
    world.receivers.react([Reaction::Answer(400, "")]);
    world.engine.inside.perform(&start).await;
    let run = run_of(&world, incident).await;
    assert_eq!((run.phase, run.progress), (RunPhase::Ended, Progress::Failed));
    assert_eq!(world.told(incident, "agent_progressed").await, 1);
}

#[tokio::test]
async fn a_run_that_never_ends_is_given_up_at_its_deadline() {
    let (world, incident) = called().await;
    world.engine.drain().await;
    world.receivers.react(std::iter::repeat_n(Reaction::Answer(200, "running"), 10_000));
    for _ in 0..13 {
        world.advance(minutes(10)).await;
    }
    let run = run_of(&world, incident).await;
    assert_eq!((run.phase, run.progress), (RunPhase::Ended, Progress::Failed));
}

#[tokio::test]
async fn a_run_of_an_incident_that_is_over_is_not_started() {
    let (world, incident) = called().await;
    let resolve =
        Operation::Act { incident: incident.unwrap(), act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    world.engine.drain().await;
    assert_eq!(posts(&world, "fixer"), 0);
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Ended);
}

#[tokio::test]
async fn callbacks_are_verified_and_never_go_back() {
    let (world, incident) = called().await;
    world.engine.drain().await;
    let run = run_of(&world, incident).await.id;
    let mut signed = HeaderMap::new();
    signed.insert("x-signature", "yes".parse().unwrap());
    let call = |headers: HeaderMap, body: &'static str| {
        let engine = world.engine.clone();
        async move { engine.agent_callback(run, &headers, Bytes::from_static(body.as_bytes())).await }
    };
    assert_eq!(call(HeaderMap::new(), "succeeded").await, Err(CallbackRefusal::Signature));
    assert_eq!(call(signed.clone(), "perhaps").await, Err(CallbackRefusal::Unreadable));
    for body in ["running", "running", "succeeded", "failed", "queued"] {
        assert_eq!(call(signed.clone(), body).await, Ok(()));
    }
    let known = run_of(&world, incident).await;
    assert_eq!((known.phase, known.progress), (RunPhase::Ended, Progress::Succeeded));
    assert_eq!(world.told(incident, "agent_progressed").await, 3);
    let nobody = world.engine.agent_callback(RunId::from_bits(5), &signed, Bytes::new()).await;
    assert_eq!(nobody, Err(CallbackRefusal::NotFound));
}

#[tokio::test]
async fn a_run_is_followed_to_its_end_though_the_incident_is_over() {
    let (world, incident) = called().await;
    world.engine.drain().await;
    let resolve =
        Operation::Act { incident: incident.unwrap(), act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    world.engine.drain().await;
    world.receivers.react([Reaction::Answer(200, "done")]);
    world.advance(Duration::from_secs(30)).await;
    assert_eq!(run_of(&world, incident).await.phase, RunPhase::Ended);
    assert_eq!(world.incident(incident).await.fixing.unwrap().progress, Progress::Succeeded);
}
