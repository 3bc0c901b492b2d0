//! L10: a resolve wins over a late acknowledgement; what is resolved or acknowledged is not paged, though a send under way may land.

use harness::{Reply, minutes, scenario, seconds};

#[test]
fn a_late_acknowledgement_never_unresolves() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        assert_eq!(world.resolve(&incident, "ada").await, 200);
        assert_eq!(world.ack(&incident, "bob").await, 409);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["resolved"]["by"].as_str()), ("resolved", Some("ada")));
        world.advance(minutes(60)).await;
        world.expect_silence();
    });
}

#[test]
fn a_second_resolve_changes_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.resolve(&incident, "ada").await;
        assert_eq!(world.resolve(&incident, "bob").await, 200);
        assert_eq!(world.incident(&incident).await.0["resolved"]["by"], "ada");
    });
}

#[test]
fn pages_that_wait_for_another_try_are_void_after_an_acknowledgement() {
    scenario(async |world| {
        world.next_replies("ada", [Reply::Throttled(seconds(30))]);
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_tries("ada", ["0"]);
        world.expect_pages("ops", ["0"]);
        world.advance(seconds(20)).await;
        world.ack(&incident, "ada").await;
        world.advance(minutes(10)).await;
        world.expect_tries("ada", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_send_under_way_may_land_but_nothing_follows_it() {
    scenario(async |world| {
        world.next_replies("ops", [Reply::Hang]);
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        assert_eq!(world.ack(&incident, "ada").await, 200);
        world.let_go().await;
        world.advance(minutes(20)).await;
        world.expect_pages("ops", []);
        world.expect_pages("ada", []);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
    });
}

#[test]
fn news_of_an_acknowledgement_does_not_come_after_the_news_of_the_end() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        world.next_replies("ops", [Reply::Throttled(seconds(60))]);
        world.ack(&incident, "ada").await;
        world.expect_news("ops", ["acknowledged by ada"]);
        world.advance(seconds(10)).await;
        world.resolve(&incident, "ada").await;
        // An edit that came later would show an incident that is over as acknowledged.
        world.advance(minutes(5)).await;
        world.expect_news("ops", ["resolved by ada"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_sentry_resolved_is_not_paged() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.forget_what_was_sent();
        world.advance(minutes(4)).await;
        world.sentry("issue.resolved").send().await;
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        world.advance(minutes(24 * 60)).await;
        world.expect_silence();
    });
}
