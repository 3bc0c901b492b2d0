//! A critical that nobody answers for a day.

use harness::{hours, minutes, scenario};

#[test]
fn each_rung_adds_people_until_the_fallback_is_told_after_three_hours() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(180)).await;
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5", "35..38.5", "75..82.5", "135..148.5"]);
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5", "35..38.5", "75..82.5", "135..148.5"]);
        world.expect_pages("bob", ["30", "35..35.5", "45..46.5", "65..68.5", "105..112.5", "165..178.5"]);
        world.expect_pages("carol", ["60", "65..65.5", "75..76.5", "95..98.5", "135..142.5"]);
        world.expect_pages("dan", ["120", "125..125.5", "135..136.5", "155..158.5"]);
        world.expect_pages("desk", ["180"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
    });
}

#[test]
fn then_the_primary_and_the_fallback_are_paged_every_hour_and_nobody_else() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(180)).await;
        world.forget_what_was_sent();
        world.advance(hours(21)).await;
        for target in ["ada", "desk"] {
            let sent = world.sent_to(target);
            assert!((18..=21).contains(&sent.len()), "{target}: {} pages\n{}", sent.len(), world.journal());
            for pair in sent.windows(2) {
                let gap = pair[1].at - pair[0].at;
                assert!((minutes(60)..=minutes(66)).contains(&gap), "{target}: {gap:?}");
            }
        }
        world.expect_silence();
        // Quiet is no answer: what nobody took is never over by itself.
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
    });
}
