//! Resolve, unresolve, resolve within a minute.

use harness::{hours, scenario, seconds};

#[test]
fn who_was_paged_hears_of_each_end_and_nobody_is_paged_twice() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);

        world.advance(seconds(20)).await;
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);

        world.advance(seconds(20)).await;
        assert_eq!(world.sentry("issue.unresolved.by-person").send().await.outcome, "reopened");
        world.expect_silence();

        world.advance(seconds(15)).await;
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);

        world.advance(hours(3)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}

#[test]
fn left_unresolved_the_ladder_goes_on_where_it_stood() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(seconds(20)).await;
        world.sentry("issue.resolved").send().await;
        world.advance(seconds(20)).await;
        world.sentry("issue.unresolved.by-person").send().await;
        world.forget_what_was_sent();
        // Twenty seconds stood still: the repeat of minute 5 comes at 5:20, the rung of minute 30 at 30:20.
        world.advance(seconds(30 * 60)).await;
        world.expect_pages("ops", ["5.33..5.84", "15.33..16.84"]);
        world.expect_pages("ada", ["5.33..5.84", "15.33..16.84"]);
        world.expect_pages("bob", ["30.33..30.34"]);
    });
}
