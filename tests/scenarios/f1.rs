//! F1: `fixing` stands beside the state. Repeats never start an agent; at most one run at a time, at most once after a crash.

use harness::{Reply, Setting, World, hours, minutes, seconds};
use serde_json::json;

async fn run(world: &World, incident: &str) -> String {
    world.incident(incident).await.0["agent"]["run"].as_str().unwrap().to_owned()
}

#[test]
fn an_agent_is_started_with_the_first_rung_and_stands_beside_the_state() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.expect_starts("fixer", ["2"]);
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.field("fixing").as_str()), ("escalating", "true"));

        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.field("fixing").as_str()), ("acknowledged", "true"));
    });
}

#[test]
fn a_failed_run_never_breaks_an_acknowledgement() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        let run = run(world, &incident).await;
        assert_eq!(world.agent_calls_back(&run, "failed").await, 204);
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.advance(minutes(60)).await;
        world.expect_pages("ops", []);
        world.expect_pages("ada", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn success_puts_the_incident_to_fixing_and_resolves_nothing() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.forget_what_was_sent();
        let run = run(world, &incident).await;
        assert_eq!(world.agent_calls_back(&run, "succeeded").await, 204);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.field("fixing").as_str()), ("escalating", "true"));
        world.forget_what_was_sent();
    });
}

#[test]
fn repeats_never_start_an_agent() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "failed");
        world.sentry("issue.created").high().send().await;
        world.advance(hours(10)).await;
        world.expect_starts("fixer", ["2"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_second_ladder_starts_no_second_run_while_one_is_at_work() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(2)).await;
        world.expect_starts("fixer", ["2"]);
        world.sentry("event_alert.triggered").critical().send().await;
        world.advance(minutes(10)).await;
        world.expect_starts("fixer", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_run_whose_start_was_cut_by_a_crash_is_looked_up_and_never_started_twice() {
    Setting::default().with_codegen().play(async |world| {
        world.next_replies("codegen", [Reply::Hang]);
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.expect_starts("codegen", ["2"]);
        let run = run(world, &incident).await;
        let list = json!({"items": [{"id": 4711, "status": "RUNNING", "metadata": {"watchfire_run": run}}]});
        world.next_replies("codegen", [Reply::Body(list)]);
        world.agent_says("codegen", "RUNNING");

        world.restart().await;
        world.advance(minutes(5)).await;
        world.expect_starts("codegen", []);
        let asked: Vec<String> = world.sent_to("codegen").into_iter().map(|sent| sent.path).collect();
        assert!(asked.iter().any(|path| path.ends_with("/agent/runs")), "the marker was looked up: {asked:?}");
        assert_eq!(world.incident(&incident).await.0["agent"]["progress"], "running");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_run_that_nobody_can_find_ends_as_unknown_and_is_not_started_again() {
    Setting::default().with_codegen().play(async |world| {
        world.next_replies("codegen", [Reply::Lost]);
        world.always_replies("codegen", Reply::Status(503));
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(hours(4)).await;
        world.expect_starts("codegen", ["2"]);
        assert_eq!(world.incident(&incident).await.0["agent"]["progress"], "unknown");
        world.expect_dead(["codegen"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_agent_that_honours_the_key_may_be_asked_again_under_the_same_key() {
    Setting::default().with_agent().play(async |world| {
        world.next_replies("fixer", [Reply::Lost, Reply::Status(503)]);
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(2) + seconds(30)).await;
        let starts: Vec<String> = world
            .sent_to("fixer")
            .into_iter()
            .filter(|sent| sent.what == harness::What::Start)
            .map(|sent| sent.key)
            .collect();
        assert_eq!(starts.len(), 3);
        assert!(starts.iter().all(|key| *key == starts[0]));
        world.forget_what_was_sent();
    });
}
