//! What rows and metrics tell of ladders: `docs/figures.md`.

use domain::command::Act;
use domain::figures::Resolver;
use domain::incident::Until;
use domain::policy::Level;
use integrations::sentry::synthetic_hook;
use store::record::EscalationState;

use super::*;
use crate::operate::{Operation, Verb};

async fn created(world: &World, level: Level) -> IncidentId {
    let create = Operation::Create { external_id: "alert-7".into(), title: None, level, act: Act::by("ann") };
    world.engine.operate(create).await.unwrap().incident
}

async fn resolved(world: &World, incident: IncidentId) {
    let resolve = Operation::Act { incident, act: Act::by("ann"), verb: Verb::Resolve { fixed_in: None } };
    world.engine.operate(resolve).await.unwrap();
}

async fn value(world: &World, line: &str) -> String {
    let text = world.engine.metrics_text().await;
    let found = text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or("absent").to_owned()
}

#[tokio::test]
async fn a_row_tells_when_it_was_due_and_when_it_was_done() {
    let world = World::begin().await;
    let incident = created(&world, Level::High).await;
    let armed = world.escalations().await.remove(0);
    assert_eq!((armed.opened_at, armed.first_due_at, armed.first_delivered_at), (Some(at(0)), None, None));
    // Late: the two minutes were over long ago.
    world.advance(minutes(4)).await;
    let told = world.escalations().await.remove(0);
    assert_eq!((told.first_due_at, told.first_delivered_at), (Some(at(2)), Some(at(4))));
    world.advance(minutes(56)).await;
    world.engine.operate(Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge }).await.unwrap();
    // Two hours later its time is over, and the ladder goes on from where it stood: what was first stays first.
    world.advance(minutes(121)).await;
    let row = world.escalations().await.remove(0);
    assert_eq!((row.first_due_at, row.acknowledged_at, row.opened_at), (Some(at(2)), Some(at(60)), Some(at(0))));
    assert!(row.starts_at > at(2));
    resolved(&world, incident).await;
    let over = world.escalations().await.remove(0);
    assert_eq!((over.state, over.resolved_by), (EscalationState::Resolved, Some(Resolver::Person)));
}

#[tokio::test]
async fn exhaustion_is_remembered_when_somebody_answers_after_it() {
    let world = World::begin().await;
    let incident = created(&world, Level::High).await;
    let mut now = 0;
    while world.escalations().await[0].exhausted_at.is_none() && now < 100 * 60 {
        now += 30;
        world.advance(minutes(30)).await;
    }
    let exhausted_at = world.escalations().await[0].exhausted_at;
    assert_eq!(exhausted_at, Some(at(now)));
    world.advance(minutes(1)).await;
    world.engine.operate(Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge }).await.unwrap();
    let row = world.escalations().await.remove(0);
    assert_eq!((row.exhausted_at, row.acknowledged_at), (exhausted_at, Some(at(now + 1))));
    assert_eq!(value(&world, r#"watchfire_escalations_exhausted_total{level="high"}"#).await, "1");
}

#[tokio::test]
async fn what_goes_in_a_digest_is_due_when_that_leaves() {
    let world = World::begin().await;
    created(&world, Level::Low).await;
    // The delay of low is an hour; the digest leaves when it leaves.
    world.advance(minutes(60)).await;
    let waits = world.escalations().await.remove(0);
    let leaves = waits.first_due_at.unwrap();
    assert!(leaves > at(60) && waits.first_delivered_at.is_none(), "{waits:?}");
    world.advance(leaves.since(at(60))).await;
    let told = world.escalations().await.remove(0);
    assert_eq!((told.first_due_at, told.first_delivered_at), (Some(leaves), Some(leaves)));
    assert_eq!((told.steps, told.steps_on_time, told.pages_delivered, told.interruptions), (1, 1, 1, 0));
}

#[tokio::test]
async fn whoever_puts_it_off_has_answered() {
    let world = World::begin().await;
    let incident = created(&world, Level::High).await;
    world.advance(minutes(2)).await;
    world.advance(minutes(5)).await;
    let until = Until { at: Some(at(120)), ..Until::default() };
    let verb = Verb::Snooze { until, next_release: false };
    world.engine.operate(Operation::Act { incident, act: Act::by("ann"), verb }).await.unwrap();
    let row = world.escalations().await.remove(0);
    assert_eq!((row.acknowledged_at, row.state), (Some(at(7)), EscalationState::Acknowledged));
    assert_eq!((row.steps, row.steps_on_time, row.pages_delivered, row.interruptions), (1, 1, 1, 1));
    assert_eq!(row.response_due_at, Some(at(60)));
    for (line, count) in [
        (r#"watchfire_acknowledgements_total{level="high"}"#, "1"),
        (r#"watchfire_responses_total{level="high",response="met"}"#, "1"),
        (r#"watchfire_ladder_steps_total{level="high",kept="on_time"}"#, "1"),
        (r#"watchfire_interruptions_total{level="high"}"#, "1"),
    ] {
        assert_eq!(value(&world, line).await, count, "{line}");
    }
}

#[tokio::test]
async fn an_answer_too_late_is_a_missed_response() {
    let world = World::begin().await;
    let incident = created(&world, Level::High).await;
    world.advance(minutes(61)).await;
    resolved(&world, incident).await;
    assert_eq!(value(&world, r#"watchfire_responses_total{level="high",response="missed"}"#).await, "1");
    assert_eq!(value(&world, r#"watchfire_ladder_steps_total{level="high",kept="late"}"#).await, "1");
}

#[tokio::test]
async fn signals_are_counted_for_the_escalation_that_they_met() {
    let world = World::begin().await;
    let opened = world.send("event_alert", &alert(7, "e1", 0, "production")).await.incident.unwrap();
    for event in ["e2", "e3"] {
        world.send("event_alert", &alert(7, event, 1, "production")).await;
    }
    // A signal alone rewrites no row.
    let row = world.escalations().await.remove(0);
    assert_eq!((row.signals_before, row.signals), (0, 1));
    resolved(&world, opened).await;
    let row = world.escalations().await.remove(0);
    assert_eq!((row.signals_before, row.signals), (0, 3));
    world.clock.advance(minutes(5));
    world.send("event_alert", &alert(7, "e4", 5, "production")).await;
    let again = world.escalations().await.remove(0);
    assert_eq!((again.ordinal, again.signals_before, again.signals), (2, 3, 4));
}

#[tokio::test]
async fn an_undone_resolve_is_told_from_one_that_held() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 7, 0)).await.incident.unwrap();
    world.advance(minutes(20)).await;
    world
        .engine
        .operate(Operation::Act { incident: opened, act: Act::by("ann"), verb: Verb::Acknowledge })
        .await
        .unwrap();
    resolved(&world, opened).await;
    world.clock.advance(minutes(5));
    let mut unresolved = issue("unresolved", 7, 25);
    unresolved["data"]["issue"]["substatus"] = json!("ongoing");
    world.send("issue", &unresolved).await;
    let rows = world.escalations().await;
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let (goes_on, undone) = (&rows[0], &rows[1]);
    assert_eq!((undone.state, undone.resolved_by), (EscalationState::Superseded, Some(Resolver::Person)));
    assert_eq!((goes_on.state, goes_on.opened_at), (EscalationState::Acknowledged, undone.opened_at));
    assert_eq!(goes_on.resolved_by, None);
}

#[tokio::test]
async fn what_becomes_of_ladders_is_counted_by_level() {
    let world = World::begin().await;
    for (metric, before) in [("watchfire_acknowledgements_total", "0"), ("watchfire_interruptions_total", "0")] {
        assert_eq!(value(&world, &format!(r#"{metric}{{level="high"}}"#)).await, before);
    }
    let incident = created(&world, Level::High).await;
    world.advance(minutes(4)).await;
    assert_eq!(value(&world, r#"watchfire_time_to_notify_seconds_sum{level="high"}"#).await, "120.0");
    assert_eq!(value(&world, r#"watchfire_time_to_notify_seconds_bucket{le="60.0",level="high"}"#).await, "0");
    world.engine.operate(Operation::Act { incident, act: Act::by("ann"), verb: Verb::Acknowledge }).await.unwrap();
    assert_eq!(value(&world, r#"watchfire_incidents{state="acknowledged",level="high"}"#).await, "1");
    resolved(&world, incident).await;
    assert_eq!(value(&world, r#"watchfire_acknowledgements_total{level="high"}"#).await, "1");
    assert_eq!(value(&world, r#"watchfire_incidents_resolved_total{level="high",by="person"}"#).await, "1");
    assert_eq!(value(&world, r#"watchfire_incidents_resolved_total{level="high",by="sentry"}"#).await, "0");
}

#[tokio::test]
async fn s2_a_test_is_counted_nowhere() {
    let world = World::begin().await;
    let sent = synthetic_hook(1, world.engine.now(), "https://sentry.example.com");
    world.receive(hook(sent.resource, String::from_utf8(sent.body).unwrap())).await.unwrap();
    world.engine.drain().await;
    world.advance(minutes(30)).await;
    let row = world.escalations().await.remove(0);
    assert!(row.synthetic && row.first_delivered_at.is_some(), "{row:?}");
    let metric = format!(r#"watchfire_time_to_notify_seconds_count{{level="{}"}}"#, row.level);
    assert_eq!(value(&world, &metric).await, "0");
}
