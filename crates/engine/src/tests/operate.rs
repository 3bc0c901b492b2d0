//! What people do.

use crate::operate::Verb;
use domain::command::Act;
use domain::decision::Rejection;
use domain::policy::Level;

use super::*;
use crate::operate::{OperateError, Operation};

fn create(external_id: &str, level: Level) -> Operation {
    Operation::Create { external_id: external_id.into(), title: None, level, act: Act::by("ann") }
}

#[tokio::test]
async fn an_acknowledgement_stops_the_pages_that_wait() {
    let world = World::begin().await;
    let created = world.engine.operate(create("alert-7", Level::Critical)).await.unwrap();
    assert!(created.changed && created.escalation.is_some());
    let acknowledge = Operation::Act { incident: created.incident, act: Act::by("ann"), verb: Verb::Acknowledge };
    assert!(world.engine.operate(acknowledge.clone()).await.unwrap().changed);
    world.engine.drain().await;
    assert!(!world.receivers.texts().contains(&"bell: rung".to_owned()), "{:?}", world.receivers.texts());
    assert!(!world.engine.operate(acknowledge).await.unwrap().changed);
}

#[tokio::test]
async fn resolving_twice_is_done_once() {
    let world = World::begin().await;
    let incident = world.engine.operate(create("alert-7", Level::High)).await.unwrap().incident;
    let resolve = Operation::Act {
        incident,
        act: Act { reason: Some("rolled back".into()), ..Act::by("ann") },
        verb: Verb::Resolve { fixed_in: None },
    };
    assert!(world.engine.operate(resolve.clone()).await.unwrap().changed);
    let again = world.engine.operate(resolve).await.unwrap();
    assert_eq!((again.changed, again.escalation), (false, None));
    let late = Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge };
    assert_eq!(world.engine.operate(late).await, Err(OperateError::Rejected(Rejection::AlreadyResolved)));
    assert_eq!(world.escalations().await[0].state.as_str(), "resolved");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::begin().await;
    let incident = IncidentId::from_bits(77);
    let acknowledge = Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge };
    assert_eq!(world.engine.operate(acknowledge).await, Err(OperateError::NotFound));
    let resolve = Operation::Act { incident, act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    assert_eq!(world.engine.operate(resolve).await, Err(OperateError::NotFound));
}

#[tokio::test]
async fn creating_what_lives_starts_nothing_anew() {
    let world = World::begin().await;
    let both = futures_util::future::join(
        world.engine.operate(create("alert-7", Level::High)),
        world.engine.operate(create("alert-7", Level::High)),
    );
    let (first, second) = both.await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((second.incident, second.escalation, second.changed), (first.incident, first.escalation, false));
    let by_id = world.engine.operate(create(&first.incident.to_string(), Level::High)).await.unwrap();
    assert_eq!((by_id.incident, by_id.changed), (first.incident, false));

    let opened = world.send("issue", &issue("created", 4_711, 0)).await;
    let level = world.incident(opened.incident).await.level;
    let by_issue = world.engine.operate(create("4711", level)).await.unwrap();
    assert_eq!((Some(by_issue.incident), by_issue.changed), (opened.incident, false));

    let resolve =
        Operation::Act { incident: first.incident, act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    let fresh = world.engine.operate(create("alert-7", Level::High)).await.unwrap();
    assert!(fresh.changed);
    assert_ne!(fresh.incident, first.incident);
}

#[tokio::test]
async fn l6_a_person_raises_what_lives_and_lowers_nothing_this_way() {
    let world = World::begin().await;
    let first = world.engine.operate(create("alert-7", Level::Medium)).await.unwrap();
    let raised = world.engine.operate(create("alert-7", Level::Critical)).await.unwrap();
    assert_eq!((raised.incident, raised.changed), (first.incident, true));
    assert_ne!(raised.escalation, first.escalation);
    let states: Vec<_> = world.escalations().await.iter().map(|row| row.state.as_str()).collect();
    assert!(states.contains(&"superseded"), "{states:?}");
    let again = world.engine.operate(create("alert-7", Level::Critical)).await.unwrap();
    assert_eq!((again.escalation, again.changed), (raised.escalation, false));
    let lower = world.engine.operate(create("alert-7", Level::Low)).await;
    assert_eq!(lower, Err(OperateError::Rejected(Rejection::NotAbove(Level::Critical))));
    assert_eq!(world.incidents().await, 1);
    world.engine.drain().await;
    assert!(world.receivers.texts().contains(&"bell: rung".to_owned()), "{:?}", world.receivers.texts());
}

#[tokio::test]
async fn a_name_that_fits_several_incidents_or_one_that_is_over_opens_none() {
    let world = World::begin().await;
    let mut ids = Vec::new();
    for name in ["one", "two"] {
        ids.push(world.engine.operate(create(name, Level::High)).await.unwrap().incident);
    }
    // Drawn one after the other: they differ in the last character alone.
    let whole = ids[0].to_string();
    let refused = world.engine.operate(create(&whole[..whole.len() - 1], Level::Critical)).await;
    assert_eq!(refused, Err(OperateError::Ambiguous(ids.clone())));
    let resolve = Operation::Act { incident: ids[0], act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
    for name in [whole.as_str(), &whole[4..]] {
        assert_eq!(world.engine.operate(create(name, Level::High)).await, Err(OperateError::Resolved(ids[0])));
    }
    assert_eq!(world.incidents().await, 2);
}
