//! L3: each target repeats on its own after `min(cooldown × 2^n, max cooldown)`, plus jitter, which only adds.

use harness::{Setting, hours, minutes, scenario};

#[test]
fn repeats_of_a_high_wait_15_30_60_minutes_and_at_most_a_tenth_more() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(120)).await;
        for target in ["ops", "ada"] {
            let at: Vec<u64> = world.sent_to(target).iter().map(|sent| sent.at.as_secs()).collect();
            assert_eq!(at[0], 120);
            for (pair, cooldown) in at.windows(2).zip([15 * 60, 30 * 60, 60 * 60]) {
                let gap = pair[1] - pair[0];
                assert!((cooldown..=cooldown * 11 / 10).contains(&gap), "{target}: {at:?}");
            }
            assert_eq!(at.len(), 4, "{target}: {at:?}");
        }
        world.expect_pages("bob", ["62", "77..78.5", "107..111.5"]);
    });
}

#[test]
fn repeats_never_wait_longer_than_the_max_cooldown() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(175)).await;
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5", "35..38.5", "75..82.5", "135..148.5"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn two_targets_do_not_repeat_in_step() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(hours(1)).await;
        let ops: Vec<_> = world.sent_to("ops").iter().map(|sent| sent.at).collect();
        let ada: Vec<_> = world.sent_to("ada").iter().map(|sent| sent.at).collect();
        assert_eq!((ops.len(), ada.len()), (3, 3));
        assert_eq!(ops[0], ada[0]);
        assert_ne!(ops[1], ada[1]);
        assert_ne!(ops[2], ada[2]);
    });
}

#[test]
fn a_rung_may_tell_whoever_it_told_so_many_times_again_and_no_more() {
    let setting = Setting::default().with_policy(
        r#"
            [[levels.critical.rungs]]
            after = "0"
            targets = ["role:team", "role:primary"]
            repeats = 1

            [[levels.critical.rungs]]
            after = "30m"
            targets = ["role:secondary"]
        "#,
    );
    setting.play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(60)).await;
        world.expect_pages("ops", ["0", "5..5.5"]);
        world.expect_pages("ada", ["0", "5..5.5"]);
        world.expect_pages("bob", ["30", "35..35.5", "45..46.5"]);
    });
}

#[test]
fn a_level_may_limit_the_pages_of_an_escalation_and_then_the_fallback_is_told() {
    Setting::default().with_policy("levels.critical.max_pages = 4").play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["0", "5..5.5"]);
        world.expect_pages("ada", ["0", "5..5.5"]);
        world.expect_pages("desk", ["15..16.5"]);
        assert!(world.incident(&incident).await.events().contains(&"limit_reached".to_owned()));
        // Nothing repeats any more; rungs still add people, each of them once.
        world.advance(minutes(150)).await;
        world.expect_pages("bob", ["30"]);
        world.expect_pages("carol", ["60"]);
        world.expect_pages("dan", ["120"]);
        world.expect_silence();
    });
}
