//! Two joined issues of which one is resolved.

use harness::{minutes, scenario};

#[test]
fn the_ladder_goes_on_until_the_other_is_resolved_too() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").issue("1").event(1).critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(2)).await;
        assert_eq!(world.sentry("event_alert.triggered").issue("2").event(2).critical().send().await.outcome, "joined");

        world.advance(minutes(1)).await;
        assert_eq!(world.sentry("issue.resolved").issue("1").send().await.outcome, "joined");
        world.expect_silence();
        world.advance(minutes(7)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);

        assert_eq!(world.sentry("issue.resolved").issue("2").send().await.outcome, "resolved");
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}
