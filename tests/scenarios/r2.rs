//! R2: quiet counts only time in which Watchfire ran; it never resolves a critical or high that nobody acknowledged. By age: 30 days.

use harness::{hours, minutes, scenario};

#[test]
fn a_medium_is_over_after_three_quiet_days() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(hours(71)).await;
        assert_ne!(world.incident(&incident).await.state(), "resolved");
        world.forget_what_was_sent();
        world.advance(hours(1)).await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["resolved"]["how"].as_str()), ("resolved", Some("quiet")));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_signal_counts_the_quiet_anew() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(hours(70)).await;
        world.sentry("event_alert.triggered").medium().send().await;
        world.advance(hours(71)).await;
        assert_ne!(world.incident(&incident).await.state(), "resolved");
        world.advance(hours(1)).await;
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_stop_is_no_quiet() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(hours(10)).await;
        world.off_for(hours(48)).await;
        world.advance(hours(61)).await;
        assert_ne!(world.incident(&incident).await.state(), "resolved", "71 hours of watching");
        world.advance(hours(1)).await;
        assert_eq!(world.incident(&incident).await.state(), "resolved", "72 hours of watching");
        world.forget_what_was_sent();
    });
}

#[test]
fn quiet_never_ends_a_high_that_nobody_took() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(hours(29 * 24)).await;
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(hours(24)).await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["resolved"]["how"].as_str()), ("resolved", Some("age")));
        world.forget_what_was_sent();
    });
}

#[test]
fn quiet_ends_a_high_that_somebody_took() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(10)).await;
        world.ack(&incident, "ada").await;
        world.advance(hours(23)).await;
        assert_ne!(world.incident(&incident).await.state(), "resolved");
        world.advance(minutes(50)).await;
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        world.forget_what_was_sent();
    });
}
