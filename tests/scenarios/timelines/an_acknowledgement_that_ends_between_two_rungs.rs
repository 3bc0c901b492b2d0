//! An acknowledgement that ends between two rungs.

use harness::{minutes, scenario};

#[test]
fn those_told_are_paged_at_once_and_the_next_rung_comes_when_it_is_due_by_the_ladders_clock() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(40)).await;
        world.expect_pages("bob", ["30", "35..35.5"]);
        world.forget_what_was_sent();
        world.ack(&incident, "bob").await;
        for told in ["ops", "ada", "bob"] {
            world.expect_news(told, ["acknowledged by bob"]);
        }
        world.advance(minutes(29)).await;
        world.expect_silence();

        world.advance(minutes(1)).await;
        for told in ["ops", "ada", "bob"] {
            world.expect_reasons(told, ["acknowledgement_ended"]);
        }
        // Forty minutes had passed and thirty were held: the manager's rung of minute 60 comes at 90.
        world.advance(minutes(19)).await;
        world.expect_pages("carol", []);
        world.advance(minutes(1)).await;
        world.expect_pages("carol", ["90"]);
        world.advance(minutes(60)).await;
        world.expect_pages("dan", ["150"]);
        world.forget_what_was_sent();
    });
}
