//! An agent that holds for its whole limit.

use harness::{Setting, minutes};

#[test]
fn repeats_wait_for_the_limit_and_the_rungs_keep_their_times() {
    Setting::default().with_agent().play(async |world| {
        world.agent_says("fixer", "running");
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
        world.expect_starts("fixer", ["2"]);
        world.advance(minutes(29)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.field("fixing"), "true");

        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["32"]);
        world.expect_pages("ada", ["32"]);
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["62"]);
        world.forget_what_was_sent();

        // It is at work still, and holds nothing any more; what it comes to is told.
        world.agent_says("fixer", "succeeded");
        world.advance(minutes(1)).await;
        for told in ["ops", "ada", "bob"] {
            world.expect_news(told, ["agent: agent fixer says that a fix is on its way"]);
        }
        world.forget_what_was_sent();
        world.advance(minutes(179)).await;
        world.expect_pages("carol", ["242"]);
        world.expect_starts("fixer", []);
        world.forget_what_was_sent();
    });
}
