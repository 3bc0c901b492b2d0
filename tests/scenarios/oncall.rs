//! Who is on call (C3, C1): a role that names a layer of a schedule means whoever is on call at that moment, by the wall clock of its zone.

use harness::{Setting, hours, minutes};

/// Ada and bob take turns from day to day; ada has Monday. Nine in Berlin is 07:00 in UTC, in summer.
fn in_turns() -> Setting {
    Setting::default().with_primary_on_call(&["ada", "bob"]).with_policy("roles.secondary = []")
}

/// Ada is on call by day alone, and it is 20:00 in Berlin: nobody is.
pub(crate) fn after_hours() -> Setting {
    Setting::default()
        .starting("2026-05-04T18:00:00Z")
        .with_primary_on_call(&["ada"])
        .with_policy(r#"schedules.web.layers.primary.hours = [{ days = "Mon-Fri", from = "09:00", to = "17:00" }]"#)
}

#[test]
fn the_hand_over_is_at_nine_on_the_wall() {
    in_turns().play(async |world| {
        // Tuesday 07:00 in UTC is minute 1320.
        world.advance(minutes(1_319)).await;
        world.sentry("issue.created").issue("1").titled("Failure: one").critical().send().await;
        world.expect_pages("ada", ["1319"]);
        world.expect_pages("bob", []);
        world.advance(minutes(1)).await;
        world.sentry("issue.created").issue("2").titled("Failure: two").critical().send().await;
        world.expect_pages("bob", ["1320"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn nine_stays_nine_when_the_clocks_are_set_back() {
    // Sunday, 25 October 2026: Berlin's clocks were set back at night; nine is now 08:00 in UTC.
    in_turns().starting("2026-10-25T07:59:00Z").play(async |world| {
        let first = world.sentry("issue.created").issue("1").titled("Failure: one").critical().send().await.incident();
        let (yesterday, today) = if world.sent_to("ada").is_empty() { ("bob", "ada") } else { ("ada", "bob") };
        world.resolve(&first, "carol").await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.sentry("issue.created").issue("2").titled("Failure: two").critical().send().await;
        world.expect_pages(today, ["1"]);
        world.expect_pages(yesterday, []);
        world.forget_what_was_sent();
    });
}

#[test]
fn after_the_hand_over_a_repeat_is_told_to_who_is_on_call_now_and_to_whoever_was_told() {
    in_turns().play(async |world| {
        world.advance(minutes(1_318)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(6)).await;
        world.expect_pages("ada", ["1318", "1323..1323.5"]);
        world.expect_pages("bob", ["1323..1323.5"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rung_means_who_is_on_call_when_it_runs() {
    let setting = in_turns().with_policy(
        r#"
            [[levels.critical.rungs]]
            after = "0"
            targets = ["role:team"]

            [[levels.critical.rungs]]
            after = "30m"
            targets = ["role:primary"]
        "#,
    );
    setting.play(async |world| {
        world.advance(minutes(1_300)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["1330"]);
        world.expect_pages("ada", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn after_a_stop_those_told_are_paged_as_who_is_on_call_now() {
    in_turns().play(async |world| {
        world.advance(minutes(1_310)).await;
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ada", ["1310"]);
        world.forget_what_was_sent();
        world.off_for(minutes(20)).await;
        world.expect_reasons("bob", ["restart"]);
        world.expect_reasons("ops", ["restart"]);
        // Nobody who was told is dropped: ada's own repeat had come due meanwhile.
        world.expect_reasons("ada", ["repeat"]);
    });
}

#[test]
fn an_exhausted_critical_goes_on_with_whoever_is_on_call() {
    in_turns().play(async |world| {
        // Opened at 1200 it is exhausted at 1380; bob is on call from 1320 on.
        world.advance(minutes(1_200)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(180)).await;
        world.forget_what_was_sent();
        world.advance(hours(3)).await;
        let pages = world.sent_to("bob").len();
        assert!((2..=3).contains(&pages), "{pages} pages to bob in three hours\n{}", world.journal());
        world.forget_what_was_sent();
    });
}

#[test]
fn an_override_stands_above_the_turn_for_as_long_as_it_holds() {
    in_turns().play(async |world| {
        world.override_on_call("web", "primary", "carol", hours(2)).await;
        world.sentry("issue.created").issue("1").titled("Failure: one").critical().send().await;
        world.expect_pages("carol", ["0"]);
        world.expect_pages("ada", []);
        world.advance(minutes(119)).await;
        world.forget_what_was_sent();
        world.sentry("issue.created").issue("2").titled("Failure: two").critical().send().await;
        assert!(world.sent_to("ada").is_empty(), "{}", world.journal());
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        world.sentry("issue.created").issue("3").titled("Failure: three").critical().send().await;
        world.expect_pages("ada", ["120"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_override_that_is_taken_back_holds_no_more() {
    in_turns().play(async |world| {
        let order = world.override_on_call("web", "primary", "carol", hours(8)).await;
        world.advance(minutes(10)).await;
        assert_eq!(world.take_override_back(&order).await, 200);
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ada", ["10"]);
        world.expect_pages("carol", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_override_fills_hours_in_which_nobody_has_a_turn() {
    after_hours().play(async |world| {
        world.override_on_call("web", "primary", "carol", hours(1)).await;
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("carol", ["0"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_override_survives_a_restart() {
    in_turns().play(async |world| {
        world.override_on_call("web", "primary", "carol", hours(8)).await;
        world.restart().await;
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("carol", ["0"]);
        world.forget_what_was_sent();
    });
}
