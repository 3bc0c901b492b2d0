//! F2: a run that makes progress may hold the ladder up to the level's limit, never when the impact grows; a failure only ends the hold.

use harness::{Setting, World, minutes};

async fn run(world: &World, incident: &str) -> String {
    world.incident(incident).await.0["agent"]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_holds_the_ladder_of_a_high_for_half_an_hour() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.expect_starts("fixer", ["2"]);

        world.advance(minutes(29)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["32"]);
        world.expect_pages("ada", ["32"]);

        world.advance(minutes(29)).await;
        assert!(world.sent_to("bob").is_empty());
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["62"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_critical_is_never_held() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(6)).await;
        world.expect_starts("fixer", ["0"]);
        world.expect_pages("ops", ["0", "5..5.5"]);
        world.expect_pages("ada", ["0", "5..5.5"]);
    });
}

#[test]
fn a_failure_ends_the_hold_tells_why_and_advances_no_rung() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(20)).await;
        world.forget_what_was_sent();
        let run = run(world, &incident).await;
        assert_eq!(world.agent_calls_back(&run, "failed").await, 204);
        for told in ["ops", "ada"] {
            world.expect_news(told, ["agent: agent fixer failed: the ladder goes on"]);
            // The repeat of minute 17 had been held.
            world.expect_pages(told, ["20"]);
        }
        let shown = world.incident(&incident).await;
        assert_eq!((shown.0["escalation"]["rung"].as_u64(), shown.field("fixing").as_str()), (Some(0), "false"));

        world.advance(minutes(41)).await;
        assert!(world.sent_to("bob").is_empty(), "no rung came earlier");
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["62"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_agent_that_waits_for_a_person_holds_nothing() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        world.forget_what_was_sent();
        let run = run(world, &incident).await;
        world.agent_calls_back(&run, "needs_input").await;
        world.expect_news("ada", ["agent: agent fixer waits for a person"]);
        world.advance(minutes(16)).await;
        world.expect_pages("ada", ["17..18.5"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn each_step_of_a_run_is_news_with_a_key_of_its_own() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        world.forget_what_was_sent();
        let run = run(world, &incident).await;
        world.agent_calls_back(&run, "needs_input").await;
        world.agent_calls_back(&run, "succeeded").await;
        let keys: Vec<String> = world.sent_to("ada").into_iter().map(|sent| sent.key).collect();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1], "a receiver would take the second for a repeat of the first");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_hold_never_outlasts_a_growing_impact() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        let incident = world.sentry("issue.created").users(9).high().send().await.incident();
        world.advance(minutes(20)).await;
        world.forget_what_was_sent();
        world.sentry("issue.unresolved.escalating").users(500).high().send().await;
        world.expect_pages("ops", ["20"]);
        world.expect_pages("ada", ["20"]);
        assert_eq!(world.incident(&incident).await.0["agent"]["hold_until"], serde_json::Value::Null);
    });
}

#[test]
fn rungs_that_came_due_in_the_hold_run_in_order_one_cooldown_apart() {
    Setting::default().with_agent().with_policy(r#"levels.high.agent_hold = "5h""#).play(async |world| {
        world.agent_says("fixer", "running");
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(2)).await;
        world.forget_what_was_sent();
        world.advance(minutes(299)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["302"]);
        world.expect_pages("carol", []);
        world.advance(minutes(15)).await;
        world.expect_pages("carol", ["317"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn progress_is_heard_by_asking_too() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        world.agent_says("fixer", "failed");
        world.advance(minutes(1)).await;
        assert_eq!(world.incident(&incident).await.0["agent"]["progress"], "failed");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_callback_that_is_not_signed_changes_nothing() {
    Setting::default().with_agent().play(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(3)).await;
        let run = run(world, &incident).await;
        let body = serde_json::json!({"status": "failed"});
        let (status, _) = world.api_post(&format!("/api/callbacks/agent/{run}"), &body).await;
        assert_eq!(status, 401);
        assert_eq!(world.incident(&incident).await.field("fixing"), "true");
        world.forget_what_was_sent();
    });
}
