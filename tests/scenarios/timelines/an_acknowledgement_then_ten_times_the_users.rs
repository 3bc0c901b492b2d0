//! An acknowledgement, then ten times the users.

use harness::{minutes, scenario};

#[test]
fn the_owner_hears_of_it_and_the_ladder_stays_still() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").users(5).critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);

        world.advance(minutes(2)).await;
        world.ack(&incident, "ada").await;
        world.expect_news("ops", ["acknowledged by ada"]);
        world.expect_news("ada", ["acknowledged by ada"]);

        world.advance(minutes(8)).await;
        world.sentry("issue.unresolved.escalating").users(50).critical().send().await;
        world.expect_news("ada", ["grew"]);
        world.expect_silence();

        world.advance(minutes(5)).await;
        world.sentry("issue.unresolved.escalating").users(499).critical().send().await;
        world.expect_silence();
        world.advance(minutes(5)).await;
        world.sentry("issue.unresolved.escalating").users(500).critical().send().await;
        world.expect_news("ada", ["grew"]);
        world.expect_silence();

        // Taken at 2 for thirty minutes, and no signal counts them anew.
        world.advance(minutes(12)).await;
        world.expect_pages("ops", ["32"]);
        world.expect_pages("ada", ["32"]);
        world.advance(minutes(28)).await;
        world.expect_pages("bob", ["60"]);
        world.forget_what_was_sent();
    });
}
