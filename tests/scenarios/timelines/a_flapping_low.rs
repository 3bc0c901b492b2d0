//! A flapping low.

use harness::{hours, minutes, scenario};

#[test]
fn what_comes_and_goes_within_its_delay_rings_nobody_and_stands_in_the_digest_if_it_stays() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").titled("Failure: one").low().send().await.incident();
        // Ten minutes there, ten minutes gone, for two hours and a half. The first return is one level up (R3), the others are not.
        let mut levels = Vec::new();
        for flap in 0..7 {
            world.advance(minutes(10)).await;
            world.sentry("issue.resolved").send().await;
            world.advance(minutes(10)).await;
            assert_eq!(world.sentry("event_alert.triggered").event(flap).low().send().await.outcome, "reopened");
            levels.push(world.incident(&incident).await.level());
        }
        assert_eq!(levels, ["medium", "low", "low", "low", "low", "low", "low"]);
        world.expect_silence();

        // It stays from minute 140 on: its delay is over at 200, the digest leaves on Tuesday at nine.
        world.advance(hours(24)).await;
        world.expect_bulletin("ops", "digest", "1440", ["Failure: one"]);
        world.expect_silence();
        assert_eq!(world.kept(&incident).await.opening, 8);
    });
}
