//! L7: a rung that reaches nobody is said and skipped, and the next rung that reaches somebody is told at once, in addition. Offsets never shift.
//! If no rung reaches anybody, the fallback is told at once.

use harness::{Setting, minutes};

use crate::oncall::after_hours;

/// Rung 0 is the primary's, rung 1 the secondary's, after half an hour.
const TWO_RUNGS: &str = r#"
    [[levels.critical.rungs]]
    after = "0"
    targets = ["role:primary"]

    [[levels.critical.rungs]]
    after = "30m"
    targets = ["role:secondary"]
"#;

#[test]
fn a_rung_whose_role_nobody_fills_is_skipped_and_the_next_is_told_at_once() {
    let setting = Setting::default().with_policy(TWO_RUNGS).with_policy("roles.primary = []");
    setting.play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("bob", ["0"]);
        world.expect_silence();
        assert!(world.incident(&incident).await.events().contains(&"rung_reached_nobody".to_owned()));
    });
}

#[test]
fn when_nobody_is_on_call_the_next_rung_that_reaches_somebody_is_told_at_once() {
    after_hours().with_policy(TWO_RUNGS).play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("bob", ["0"]);
        world.expect_silence();
        assert!(world.incident(&incident).await.events().contains(&"rung_reached_nobody".to_owned()));
        // Offsets never shift, and whoever was told repeats on their own.
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["5..5.5", "15..16.5"]);
    });
}

#[test]
fn when_nobody_is_on_call_anywhere_the_fallback_is_told_at_once() {
    let one_rung = r#"levels.critical.rungs = [{ after = "0", targets = ["role:primary"] }]"#;
    after_hours().with_policy(one_rung).play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.expect_reasons("desk", ["nobody_else"]);
        world.expect_silence();
    });
}
