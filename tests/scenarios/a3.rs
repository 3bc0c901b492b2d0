//! A3: when an acknowledgement ends, the owner and those told so far are paged at once, and the ladder's clock goes on from where it stood.

use harness::{minutes, scenario};

#[test]
fn those_told_are_paged_at_once_and_the_ladder_goes_on() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(10)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();

        world.advance(minutes(30)).await;
        world.expect_reasons("ops", ["acknowledgement_ended"]);
        world.expect_reasons("ada", ["acknowledgement_ended"]);
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "escalating");

        // Ten minutes had passed and thirty were held: what was due at 30 is due at 60.
        world.advance(minutes(19)).await;
        assert!(world.sent_to("bob").is_empty());
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["60"]);
        world.advance(minutes(30)).await;
        world.expect_pages("carol", ["90"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_owner_is_paged_even_if_no_rung_had_paged_them() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "dan").await;
        world.forget_what_was_sent();
        world.advance(minutes(30)).await;
        world.expect_pages("dan", ["30"]);
        world.expect_pages("ops", ["30"]);
        world.expect_pages("ada", ["30"]);
    });
}

#[test]
fn the_cooldown_does_not_hold_these_pages_back() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(29)).await;
        world.forget_what_was_sent();
        world.ack(&incident, "ada").await;
        // The end of the acknowledgement, and the rung that comes due a minute of ladder time later.
        world.advance(minutes(31)).await;
        world.expect_pages("ops", ["59"]);
        world.expect_pages("ada", ["59"]);
        world.expect_pages("bob", ["60"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_acknowledgement_within_the_initial_delay_ends_with_the_delay_going_on() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(1)).await;
        world.ack(&incident, "ada").await;
        world.advance(minutes(119)).await;
        world.expect_silence();
        // At 121 it ends: the owner is told at once, and a minute of the delay is left.
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["122"]);
        world.expect_pages("ada", ["121"]);
    });
}
