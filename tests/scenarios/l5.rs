//! L5: a ladder is exhausted the level's time after its last rung; the fallback is told once; critical and high then go on paging the
//! primary and the fallback every max cooldown.

use harness::{hours, minutes, scenario};

#[test]
fn an_exhausted_critical_tells_the_fallback_and_goes_on_with_it_and_the_primary() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(179)).await;
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "escalating");

        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["180"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");

        world.advance(minutes(170)).await;
        world.expect_pages("desk", ["240..246", "300..312"]);
        world.expect_pages("ada", ["195..214.5", "255..280.5", "315..346.5"]);
        world.expect_silence();
    });
}

#[test]
fn an_acknowledgement_ends_the_pages_of_an_exhausted_critical() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(181)).await;
        world.ack(&incident, "dan").await;
        world.forget_what_was_sent();
        world.advance(minutes(29)).await;
        world.expect_silence();
    });
}

#[test]
fn after_an_acknowledgement_of_an_exhausted_critical_only_the_primary_and_the_fallback_repeat() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(181)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(30)).await;
        for told in ["ops", "ada", "bob", "carol", "dan", "desk"] {
            world.expect_pages(told, ["211"]);
        }
        world.advance(minutes(70)).await;
        world.expect_pages("ada", ["271..277"]);
        world.expect_pages("desk", ["271..277"]);
        world.expect_silence();
    });
}

#[test]
fn an_exhausted_medium_tells_the_fallback_once_and_falls_silent() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        let last_rung = 15 + 240;
        world.advance(minutes(last_rung + 8 * 60 - 1)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["735"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(hours(48)).await;
        world.expect_silence();
    });
}

#[test]
fn a_low_is_exhausted_as_soon_as_its_message_arrived() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").low().send().await.incident();
        world.advance(minutes(60)).await;
        world.expect_pages("ops", ["60"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(hours(6 * 24)).await;
        world.expect_silence();
    });
}
