//! Deliveries and identities: semantics D1 to D5, I1 to I4, overload.

use std::sync::Arc;

use domain::signal::Outcome;
use futures_util::future::join_all;
use integrations::sentry::SignatureError;
use store::contract::Store as _;
use store::memory::FaultPoint;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::queue::MAX_DELIVERIES;

#[tokio::test]
async fn the_same_body_many_times_is_one_delivery_and_one_incident() {
    let world = World::begin().await;
    let first = world.send("issue", &issue("created", 1, 0)).await;
    assert_eq!((first.outcome, first.duplicate), (Outcome::Opened, false));
    for _ in 0..100 {
        let again = world.send("issue", &issue("created", 1, 0)).await;
        assert_eq!(again, Answer { duplicate: true, ..first.clone() });
    }
    assert_eq!((world.incidents().await, world.deliveries().await.len()), (1, 1));
    assert_eq!(world.told(first.incident, "signal").await, 1);
}

#[tokio::test]
async fn in_one_batch_the_second_sees_the_first() {
    let world = World::begin().await;
    let bodies =
        [issue("created", 1, 0), issue("created", 1, 0), alert(1, "e1", 0, "production"), issue("created", 2, 0)];
    let resources = ["issue", "issue", "event_alert", "issue"];
    let sends = bodies.iter().zip(resources).map(|(body, resource)| world.send(resource, body));
    let answers = join_all(sends).await;
    let outcomes: Vec<_> = answers.iter().map(|answer| (answer.outcome, answer.duplicate)).collect();
    assert_eq!(
        outcomes,
        [(Outcome::Opened, false), (Outcome::Opened, true), (Outcome::Joined, false), (Outcome::Opened, false)]
    );
    assert_eq!(answers[0].incident, answers[2].incident);
    assert_ne!(answers[0].incident, answers[3].incident);
    assert_eq!(world.deliveries().await.len(), 3);
}

#[tokio::test]
async fn d1_the_same_event_of_the_same_rule_in_other_bytes_is_no_new_fact() {
    let world = World::begin().await;
    let first = world.send("event_alert", &alert(1, "e1", 0, "production")).await;
    let mut other = alert(1, "e1", 0, "production");
    other["data"]["event"]["platform"] = json!("other");
    let second = world.send("event_alert", &other).await;
    assert_eq!((second.outcome, second.incident, second.duplicate), (Outcome::Opened, first.incident, true));
    assert_eq!(world.deliveries().await.len(), 2, "what was signed is kept");
    assert_eq!(world.told(first.incident, "signal").await, 1);
    let third = world.send("event_alert", &other).await;
    assert_eq!(third, second);
}

#[tokio::test]
async fn a_wrong_signature_changes_nothing() {
    let world = World::begin().await;
    let mut forged = hook("issue", issue("created", 1, 0).to_string());
    forged.body = Bytes::from(issue("created", 2, 0).to_string());
    assert_eq!(world.receive(forged).await, Err(IntakeError::Signature(SignatureError::Wrong)));
    let bare = Hook { headers: HeaderMap::new(), body: Bytes::from_static(b"{}") };
    assert_eq!(world.receive(bare).await, Err(IntakeError::Signature(SignatureError::Missing)));
    assert_eq!((world.incidents().await, world.deliveries().await.len()), (0, 0));
    assert!(
        world.engine.metrics_text().await.contains("watchfire_deliveries_refused_total{reason=\"signature_wrong\"} 1")
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_stored_byte_for_byte() {
    let world = World::begin().await;
    let bodies = ["{\"action\": \"created\", \"data\": {", "\u{0}not json", "{}"];
    for (body, resource) in bodies.iter().zip(["issue", "error", "no_such_resource"]) {
        let answer = world.receive(hook(resource, (*body).to_owned())).await.unwrap();
        assert_eq!((answer.outcome, answer.incident), (Outcome::Stored, None));
        let stored = world.store.delivery(answer.delivery).await.unwrap().unwrap();
        assert_eq!(stored.body, Bytes::from(*body));
        assert!(stored.row.trouble.is_some());
    }
    let mismatch = world.receive(hook("metric_alert", issue("created", 1, 0).to_string())).await.unwrap();
    assert_eq!(mismatch.outcome, Outcome::Stored);
    assert_eq!(world.incidents().await, 0);
}

#[tokio::test]
async fn d2_a_repeated_resolve_counts_only_after_the_opposite() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 1, 0)).await;
    let resolved = world.send("issue", &issue("resolved", 1, 1)).await;
    assert_eq!((resolved.outcome, resolved.incident), (Outcome::Resolved, opened.incident));
    assert!(world.send("issue", &issue("resolved", 1, 1)).await.duplicate);

    let back = world.send("issue", &issue("unresolved", 1, 1)).await;
    assert_eq!(back.outcome, Outcome::Reopened);
    let again = world.send("issue", &issue("resolved", 1, 1)).await;
    assert_eq!((again.outcome, again.duplicate), (Outcome::Resolved, false));
    assert_ne!(again.delivery, resolved.delivery);
}

#[tokio::test]
async fn d2_a_repeated_resolve_is_old_news_once_a_signal_came() {
    let world = World::begin().await;
    world.send("issue", &issue("created", 1, 0)).await;
    world.send("issue", &issue("resolved", 1, 1)).await;
    world.send("issue", &issue("unresolved", 1, 1)).await;
    world.clock.advance(minutes(2));
    let signal = world.send("event_alert", &alert(1, "e1", 2, "production")).await;
    let replayed = world.send("issue", &issue("resolved", 1, 1)).await;
    assert_eq!((replayed.outcome, replayed.duplicate), (Outcome::Resolved, true));
    assert!(world.incident(signal.incident).await.state.is_live());
}

#[tokio::test]
async fn d2_a_resolve_by_a_person_counts_as_a_transition() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 1, 0)).await;
    let resolve = || crate::operate::Operation::Act {
        incident: opened.incident.unwrap(),
        act: domain::command::Act::by("ann"),
        verb: crate::operate::Verb::Resolve { fixed_in: None },
    };
    world.engine.operate(resolve()).await.unwrap();
    let first = world.send("issue", &issue("unresolved", 1, 1)).await;
    assert_eq!(first.outcome, Outcome::Reopened);
    world.engine.operate(resolve()).await.unwrap();
    let repeat = world.send("issue", &issue("unresolved", 1, 1)).await;
    assert_eq!((repeat.outcome, repeat.duplicate), (Outcome::Reopened, false));
}

#[tokio::test]
async fn d3_signals_not_later_than_an_early_resolve_open_nothing() {
    let world = World::begin().await;
    let early = world.send("issue", &issue("resolved", 1, 5)).await;
    assert_eq!((early.outcome, early.incident), (Outcome::Stored, None));
    assert_eq!(world.send("issue", &issue("created", 1, 5)).await.outcome, Outcome::Stored);
    assert_eq!(world.send("event_alert", &alert(1, "e1", 4, "production")).await.outcome, Outcome::Stored);
    assert_eq!(world.incidents().await, 0);
    assert_eq!(world.send("event_alert", &alert(1, "e2", 6, "production")).await.outcome, Outcome::Opened);
}

#[tokio::test]
async fn d5_what_triage_ignores_opens_nothing_but_joins_what_lives() {
    let world = World::begin().await;
    let quiet = |issue| {
        let mut body = alert(issue, &format!("e{issue}"), 0, "development");
        body["data"]["event"]["level"] = json!("debug");
        body["data"]["event"]["exception"] = Value::Null;
        body["data"]["event"]["title"] = json!("a note");
        body
    };
    let ignored = world.send("event_alert", &quiet(1)).await;
    assert_eq!((ignored.outcome, ignored.incident), (Outcome::Ignored, None));
    let opened = world.send("issue", &issue("created", 2, 0)).await;
    let joined = world.send("event_alert", &quiet(2)).await;
    assert_eq!((joined.outcome, joined.incident), (Outcome::Joined, opened.incident));
}

#[tokio::test]
async fn i1_one_issue_seen_as_several_resources_is_one_incident() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 1, 0)).await;
    let error = {
        let mut body = alert(1, "e1", 0, "production");
        body["action"] = json!("created");
        let event = body["data"]["event"].take();
        body["data"] = json!({"error": event});
        body
    };
    for (resource, body) in [("event_alert", alert(1, "e1", 0, "production")), ("error", error)] {
        let answer = world.send(resource, &body).await;
        assert_eq!((answer.outcome, answer.incident), (Outcome::Joined, opened.incident), "{resource}");
    }
}

#[tokio::test]
async fn i3_issues_with_the_same_frames_join_in_the_same_environment_alone() {
    let world = World::begin().await;
    let first = world.send("event_alert", &alert(1, "e1", 0, "production")).await;
    let same = world.send("event_alert", &alert(2, "e2", 0, "production")).await;
    assert_eq!((same.outcome, same.incident), (Outcome::Joined, first.incident));
    let elsewhere = world.send("event_alert", &alert(3, "e3", 0, "staging")).await;
    assert_eq!(elsewhere.outcome, Outcome::Opened);
    let mut foreign = alert(4, "e4", 0, "production");
    foreign["data"]["event"]["exception"]["values"][0]["stacktrace"]["frames"][0]["in_app"] = json!(false);
    assert_ne!(world.send("event_alert", &foreign).await.incident, first.incident);
    let later = world.send("issue", &issue("created", 2, 0)).await;
    assert_eq!(later.incident, first.incident, "the issue that joined stays joined");
    assert_eq!(world.incident(first.incident).await.issues.len(), 2);
}

#[tokio::test]
async fn i4_a_metric_alert_lives_by_its_last_status() {
    let world = World::begin().await;
    let opened = world.send("metric_alert", &metric("critical", 0)).await;
    assert_eq!(opened.outcome, Outcome::Opened);
    assert_eq!(world.incident(opened.incident).await.level.as_str(), "critical");
    let resolved = world.send("metric_alert", &metric("resolved", 1)).await;
    assert_eq!((resolved.outcome, resolved.incident), (Outcome::Resolved, opened.incident));
    assert_eq!(world.send("metric_alert", &metric("warning", 1)).await.outcome, Outcome::Stored);
    world.clock.advance(minutes(3));
    let back = world.send("metric_alert", &metric("warning", 3)).await;
    assert_eq!((back.outcome, back.incident), (Outcome::Reopened, opened.incident));
}

#[tokio::test]
async fn r3_past_the_window_a_new_incident_names_the_old_one() {
    let world = World::begin().await;
    let opened = world.send("issue", &issue("created", 1, 0)).await;
    world.send("issue", &issue("resolved", 1, 1)).await;
    let days = 60 * 24 * 8;
    world.clock.advance(minutes(days));
    let later = world.send("event_alert", &alert(1, "e1", days, "production")).await;
    assert_eq!(later.outcome, Outcome::Opened);
    let line = &world.store.timeline(later.incident.unwrap(), None, 1).await.unwrap().items[0];
    let domain::event::Event::Opened { previous, .. } = line.entry.event else { panic!("{line:?}") };
    assert_eq!(previous, opened.incident);
}

#[tokio::test]
async fn with_monitoring_off_hooks_are_stored_and_nothing_opens() {
    let mut settings = World::begin().await.settings;
    settings.monitoring = false;
    let world = World::of(settings).await;
    let answer = world.send("issue", &issue("created", 1, 0)).await;
    assert_eq!((answer.outcome, answer.incident), (Outcome::Stored, None));
    assert!(world.send("issue", &issue("created", 1, 0)).await.duplicate);
    assert_eq!((world.incidents().await, world.deliveries().await.len()), (0, 1));
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_nothing_is_lost_by_sending_again() {
    let world = World::begin().await;
    let body = issue("created", 1, 0);
    world.store.fail_next(FaultPoint::BeforeCommit);
    assert!(matches!(world.receive(hook("issue", body.to_string())).await, Err(IntakeError::Busy { .. })));
    assert!(world.engine.health().store_trouble.is_some());
    assert_eq!(world.deliveries().await.len(), 0);
    assert_eq!(world.send("issue", &body).await.outcome, Outcome::Opened);
    assert!(world.engine.health().store_trouble.is_none());

    // Committed, but the answer was lost: the sender's next try learns what became of the first.
    let body = issue("created", 2, 0);
    world.store.fail_next(FaultPoint::AfterCommit);
    assert!(world.receive(hook("issue", body.to_string())).await.is_err());
    let again = world.send("issue", &body).await;
    assert_eq!((again.outcome, again.duplicate), (Outcome::Opened, true));
    assert_eq!(world.incidents().await, 2);
}

#[tokio::test]
async fn a_conflict_decides_again_with_the_same_ids() {
    let world = World::begin().await;
    world.store.fail_next(FaultPoint::Conflict);
    let answer = world.send("issue", &issue("created", 1, 0)).await;
    assert_eq!(answer.outcome, Outcome::Opened);
    assert_eq!((world.incidents().await, world.deliveries().await.len()), (1, 1));
    let opened = world.engine.metrics_text().await;
    assert!(
        opened
            .lines()
            .filter(|line| line.starts_with("watchfire_incidents_opened_total"))
            .any(|line| line.ends_with(" 1"))
    );
}

#[tokio::test]
async fn a_full_house_refuses_and_a_caller_who_hangs_up_loses_nothing() {
    let world = World::begin().await;
    let engine = world.engine.clone();
    let stop = CancellationToken::new();
    let mut run = Box::pin(engine.run(stop.clone()));
    assert!(futures_util::poll!(&mut run).is_pending());

    // The loop is not polled from here on: everything that comes must wait.
    let mut waiting = Vec::new();
    for number in 0..MAX_DELIVERIES as u64 {
        let body = issue("created", number, 0).to_string();
        let mut receiving = Box::pin(world.engine.receive(hook("issue", body)));
        assert!(futures_util::poll!(&mut receiving).is_pending());
        waiting.push(receiving);
    }
    assert_eq!(world.engine.health().queued, MAX_DELIVERIES);
    let refused = world.receive(hook("issue", issue("created", 9_999, 0).to_string())).await;
    assert!(matches!(refused, Err(IntakeError::Busy { .. })));

    drop(waiting);
    stop.cancel();
    run.await;
    assert_eq!(world.deliveries().await.len(), MAX_DELIVERIES);
}

#[tokio::test]
async fn a_running_loop_answers_deliveries() {
    let world = World::begin().await;
    let engine = world.engine.clone();
    let stop = CancellationToken::new();
    let receiving = async {
        let bodies: Vec<_> = (0..300).map(|number| issue("created", number, 0)).collect();
        let answers = join_all(bodies.iter().map(|body| world.send("issue", body))).await;
        assert!(answers.iter().all(|answer| answer.outcome == Outcome::Opened));
        stop.cancel();
    };
    tokio::join!(engine.run(stop.clone()), receiving);
    assert_eq!(world.incidents().await, 100, "as many as a page of the list holds");
    assert_eq!(world.deliveries().await.len(), 300);
}

#[tokio::test]
async fn a_committer_who_is_dropped_loses_nobodys_delivery() {
    let world = World::begin().await;
    let inside = Arc::clone(&world.engine.inside);
    let body = issue("created", 1, 0).to_string();
    let mut receiving = Box::pin(world.engine.receive(hook("issue", body)));
    {
        // Somebody else commits right now, so that the delivery stays in the queue; then its caller leaves.
        let _committer = inside.committer.lock().await;
        assert!(futures_util::poll!(&mut receiving).is_pending());
    }
    drop(receiving);
    {
        // A committer that took it is dropped in the middle.
        let taken = inside.queue.take();
        assert_eq!(taken.jobs.len(), 1);
    }
    assert_eq!(world.deliveries().await.len(), 0);
    world.engine.drain().await;
    assert_eq!(world.deliveries().await.len(), 1);
}

#[tokio::test]
async fn i3_a_policy_may_keep_issues_apart() {
    let mut settings = World::begin().await.settings;
    let mut policy = (*settings.policy).clone();
    policy.triage.join_issues = false;
    settings.policy = std::sync::Arc::new(policy);
    let world = World::of(settings).await;
    let first = world.send("event_alert", &alert(1, "e1", 1, "production")).await;
    let second = world.send("event_alert", &alert(2, "e2", 1, "production")).await;
    assert_eq!(second.outcome, Outcome::Opened);
    assert_ne!(first.incident, second.incident);
}
