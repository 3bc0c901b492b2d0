//! A metric alert: warning, critical, warning, critical, resolved.

use harness::{hours, minutes, scenario};

#[test]
fn it_rises_once_falls_only_in_the_record_and_ends_with_its_resolve() {
    scenario(async |world| {
        let incident = world.sentry("metric_alert.warning").send().await.incident();
        assert_eq!(world.incident(&incident).await.level(), "medium");
        world.advance(minutes(5)).await;
        world.expect_silence();

        world.sentry("metric_alert.critical").send().await;
        world.expect_pages("ops", ["5"]);
        world.expect_pages("ada", ["5"]);

        world.advance(minutes(3)).await;
        world.sentry("metric_alert.warning").send().await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.level().as_str(), shown.field("priority").as_str()), ("critical", "medium"));
        world.expect_silence();

        world.advance(minutes(4)).await;
        world.sentry("metric_alert.critical").send().await;
        world.expect_pages("ops", ["10..10.5"]);
        world.expect_pages("ada", ["10..10.5"]);
        world.expect_silence();
        assert_eq!(world.kept(&incident).await.escalations, 2, "the second critical is no rise");

        world.advance(minutes(2)).await;
        world.sentry("metric_alert.resolved").send().await;
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        world.advance(hours(3)).await;
        world.expect_silence();
    });
}
