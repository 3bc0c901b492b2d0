//! The clock set back one hour and forward seven days.

use harness::{minutes, scenario};

const HOUR: i64 = 3_600_000;

#[test]
fn nothing_comes_early_and_nothing_late() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(3)).await;
        world.jump_clock(-HOUR).await;
        world.advance(minutes(17)).await;
        world.jump_clock(7 * 24 * HOUR).await;
        world.advance(minutes(25)).await;
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5", "35..38.5"]);
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5", "35..38.5"]);
        world.expect_pages("bob", ["30", "35..35.5"]);

        world.ack(&incident, "bob").await;
        world.forget_what_was_sent();
        world.advance(minutes(10)).await;
        world.jump_clock(-HOUR).await;
        world.advance(minutes(19)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["75"]);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "escalating", "seven days of the wall are no quiet");
    });
}
