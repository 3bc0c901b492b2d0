//! L16: the noise budget moves medium and low to the digest; critical and high are never held.

use harness::{Setting, World, hours, minutes, seconds};

/// Medium pages ada at once, who may be interrupted so often; Monday 09:00 is day.
fn budget(day: u32, night: u32) -> Setting {
    Setting::default().with_budget("ada", day, night).with_policy(
        r#"
            levels.medium.initial_delay = "0"

            [[levels.medium.rungs]]
            after = "0"
            targets = ["role:primary"]
        "#,
    )
}

async fn open(world: &mut World, issue: &str, level: &str) -> String {
    world.sentry("issue.created").issue(issue).titled(&format!("Failure: {issue}")).level(level).send().await.incident()
}

#[test]
fn what_comes_after_the_last_interruption_of_the_day_waits_for_the_digest_and_the_team_hears_of_it_once() {
    budget(2, 0).play(async |world| {
        for issue in ["1", "2"] {
            let incident = open(world, issue, "warning").await;
            world.resolve(&incident, "ada").await;
            world.advance(minutes(10)).await;
        }
        world.expect_pages("ada", ["0", "10"]);
        world.forget_what_was_sent();
        open(world, "3", "warning").await;
        world.expect_news("ops", ["budget spent: ada"]);
        world.advance(minutes(10)).await;
        open(world, "4", "warning").await;
        world.advance(hours(7)).await;
        world.expect_silence();
        world.advance(hours(17)).await;
        world.expect_bulletin("ada", "digest", "1440", ["Failure: 3", "Failure: 4"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn critical_and_high_are_never_held_though_they_count() {
    budget(1, 0).with_policy(r#"levels.high.initial_delay = "0""#).play(async |world| {
        open(world, "1", "error").await;
        world.advance(minutes(2)).await;
        open(world, "2", "warning").await;
        world.advance(minutes(2)).await;
        open(world, "3", "error").await;
        open(world, "4", "fatal").await;
        world.expect_pages("ada", ["0", "4", "4"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_comes_within_a_minute_is_one_interruption() {
    budget(1, 0).play(async |world| {
        for issue in ["1", "2", "3"] {
            open(world, issue, "warning").await;
            world.advance(seconds(15)).await;
        }
        world.expect_pages("ada", ["0", "0.25", "0.5"]);
        world.advance(minutes(1)).await;
        open(world, "4", "warning").await;
        world.expect_pages("ada", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_repeat_interrupts_as_well() {
    budget(1, 0).play(async |world| {
        open(world, "1", "warning").await;
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(66)).await;
        world.expect_pages("ada", []);
        world.expect_news("ops", ["budget spent: ada"]);
    });
}

#[test]
fn the_night_has_a_budget_of_its_own_and_the_morning_begins_anew() {
    // 21:00: the night begins at 22:00 and ends at 08:00.
    budget(1, 1).starting("2026-05-04T21:00:00Z").play(async |world| {
        for issue in ["1", "2"] {
            let incident = open(world, issue, "warning").await;
            world.ack(&incident, "ada").await;
            world.advance(minutes(10)).await;
        }
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(40)).await;
        for issue in ["3", "4"] {
            let incident = open(world, issue, "warning").await;
            world.ack(&incident, "ada").await;
            world.advance(minutes(10)).await;
        }
        world.expect_pages("ada", ["60"]);
        world.advance(hours(10)).await;
        open(world, "5", "warning").await;
        world.expect_pages("ada", ["680"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rise_of_what_waits_for_the_digest_pages_at_once() {
    budget(0, 0).play(async |world| {
        open(world, "1", "warning").await;
        world.expect_pages("ada", []);
        world.advance(minutes(10)).await;
        world.sentry("event_alert.triggered").issue("1").event(1).critical().send().await;
        world.expect_pages("ada", ["10"]);
        world.forget_what_was_sent();
        // It was called back from the digest: the page stands for it.
        world.advance(hours(24)).await;
        let digests = world.sent_to("ada").into_iter().filter(|sent| sent.to_string().contains("digest")).count();
        assert_eq!(digests, 0, "{}", world.journal());
        world.forget_what_was_sent();
    });
}

#[test]
fn those_without_a_budget_are_paged_as_ever() {
    budget(0, 0).with_policy(r#"roles.primary = ["contact:ada", "contact:bob"]"#).play(async |world| {
        open(world, "1", "warning").await;
        world.expect_pages("bob", ["0"]);
        world.expect_pages("ada", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_drill_spends_nothing() {
    budget(1, 0).play(async |world| {
        let drill = world.drill("medium", "carol").await;
        world.expect_pages("ada", ["0"]);
        world.resolve(&drill, "carol").await;
        world.advance(minutes(5)).await;
        world.forget_what_was_sent();
        open(world, "1", "warning").await;
        world.expect_pages("ada", ["5"]);
    });
}
