//! I4: a metric alert is (source, organization, identifier), else its id. Its actions are a life cycle: the last one decides.

use harness::{minutes, scenario, seconds};

#[test]
fn critical_opens_warning_is_medium_and_resolved_ends() {
    scenario(async |world| {
        let opened = world.sentry("metric_alert.critical").send().await;
        assert_eq!(opened.outcome, "opened");
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        let incident = opened.incident();
        assert_eq!(world.incident(&incident).await.level(), "critical");

        world.advance(minutes(1)).await;
        let warning = world.sentry("metric_alert.warning").send().await;
        assert_eq!((warning.outcome.as_str(), warning.incident()), ("joined", incident.clone()));
        let shown = world.incident(&incident).await;
        assert_eq!(
            (shown.field("priority").as_str(), shown.level().as_str()),
            ("medium", "critical"),
            "a fall is only recorded"
        );

        world.advance(minutes(1)).await;
        let resolved = world.sentry("metric_alert.resolved").send().await;
        assert_eq!((resolved.outcome.as_str(), resolved.incident()), ("resolved", incident));
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
    });
}

#[test]
fn a_warning_opens_a_medium_incident_and_a_critical_raises_it() {
    scenario(async |world| {
        let incident = world.sentry("metric_alert.warning").send().await.incident();
        assert_eq!(world.incident(&incident).await.level(), "medium");
        world.advance(minutes(1)).await;
        world.sentry("metric_alert.critical").send().await;
        assert_eq!(world.incident(&incident).await.level(), "critical");
        world.expect_pages("ops", ["1"]);
        world.expect_pages("ada", ["1"]);
    });
}

#[test]
fn after_resolved_only_what_is_dated_later_reopens() {
    scenario(async |world| {
        let opened_at = world.now();
        let incident = world.sentry("metric_alert.warning").send().await.incident();
        world.advance(minutes(5)).await;
        world.sentry("metric_alert.resolved").send().await;
        world.advance(minutes(1)).await;

        for (fixture, date) in
            [("metric_alert.warning", opened_at + minutes(1)), ("metric_alert.open.sparse", opened_at)]
        {
            let late =
                world.sentry(fixture).with("identifier", "17").with("organization_id", "88").seen(date).send().await;
            assert_eq!(late.outcome, "stored", "{fixture}");
            assert_eq!(world.incident(&incident).await.state(), "resolved");
        }

        world.advance(seconds(1)).await;
        let again = world.sentry("metric_alert.warning").send().await;
        assert_eq!((again.outcome.as_str(), again.incident()), ("reopened", incident));
    });
}

#[test]
fn the_identifier_within_the_organization_tells_alerts_apart() {
    scenario(async |world| {
        let first = world.sentry("metric_alert.warning").with("id", "1").send().await;
        let same = world.sentry("metric_alert.warning").with("id", "2").send().await;
        assert_eq!((same.outcome.as_str(), same.incident), ("joined", first.incident));
        assert_eq!(world.sentry("metric_alert.warning").with("identifier", "18").send().await.outcome, "opened");
    });
}

#[test]
fn without_an_identifier_the_alerts_own_id_does() {
    scenario(async |world| {
        let nameless = serde_json::Value::Null;
        let first =
            world.sentry("metric_alert.warning").with("identifier", nameless.clone()).with("id", "1").send().await;
        world.advance(seconds(1)).await;
        let same =
            world.sentry("metric_alert.warning").with("identifier", nameless.clone()).with("id", "1").send().await;
        assert_eq!((same.outcome.as_str(), same.incident), ("joined", first.incident));
        let other = world.sentry("metric_alert.warning").with("identifier", nameless).with("id", "2").send().await;
        assert_eq!(other.outcome, "opened");
    });
}
