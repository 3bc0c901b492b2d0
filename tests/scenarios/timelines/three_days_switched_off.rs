//! Three days switched off.

use harness::{hours, minutes, scenario};

#[test]
fn who_was_told_is_told_once_more_and_no_rung_is_skipped() {
    scenario(async |world| {
        let incident =
            world.sentry("issue.created").issue("1").titled("Failure: one").critical().send().await.incident();
        let low = world.sentry("issue.created").issue("2").titled("Failure: two").low().send().await.incident();
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();

        // Monday 09:10 to Thursday 09:10.
        world.off_for(hours(72)).await;
        world.expect_reasons("ops", ["restart"]);
        world.expect_reasons("ada", ["restart"]);
        world.expect_silence();
        world.advance(minutes(95)).await;
        world.expect_pages("bob", ["4335", "4340..4340.5", "4350..4351.5", "4370..4373.5", "4410..4417.5"]);
        world.expect_pages("carol", ["4365", "4370..4370.5", "4380..4381.5", "4400..4403.5"]);
        world.expect_pages("dan", ["4425"]);
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.resolve(&incident, "dan").await;
        world.forget_what_was_sent();

        // The low's delay ended on Monday; its digest is the next one, on Friday at nine.
        world.advance(minutes(5_760 - 4_425)).await;
        world.expect_bulletin("ops", "digest", "5760", ["Failure: two"]);
        assert_eq!(world.incident(&low).await.state(), "exhausted");
    });
}
