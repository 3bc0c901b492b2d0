//! L2: rung k runs at its offset; rungs add people, and a later rung drops nobody.

use harness::{Reply, Setting, hours, minutes, scenario};

#[test]
fn the_ladder_of_a_critical_minute_by_minute() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);

        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["5..5.5", "15..16.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["30"]);
        world.expect_silence();

        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["35..38.5"]);
        world.expect_pages("ada", ["35..38.5"]);
        world.expect_pages("bob", ["35..35.5", "45..46.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("carol", ["60"]);
        world.expect_silence();

        world.advance(minutes(59)).await;
        world.expect_pages("ops", ["75..82.5"]);
        world.expect_pages("ada", ["75..82.5"]);
        world.expect_pages("bob", ["65..68.5", "105..112.5"]);
        world.expect_pages("carol", ["65..65.5", "75..76.5", "95..98.5"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        world.expect_pages("dan", ["120"]);
        world.expect_silence();
    });
}

#[test]
fn the_ladder_of_a_high_has_three_rungs() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(61)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["62"]);
        world.advance(minutes(179)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("carol", ["242"]);
        world.advance(hours(3)).await;
        assert!(world.sent_to("dan").is_empty(), "the director is on no rung of high");
        world.forget_what_was_sent();
    });
}

#[test]
fn the_second_rung_of_a_medium_is_the_primary_after_four_hours() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(15 + 239)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("ada", ["255"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_pages_of_a_restarted_service_keep_their_offsets() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        for _ in 0..10 {
            world.restart().await;
            world.advance(minutes(3)).await;
        }
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
    });
}

#[test]
fn a_rung_in_turn_tells_one_of_a_role_and_remembers_whose_turn_it_is_across_a_restart() {
    let setting = Setting::default().with_policy(
        r#"
            roles.primary = ["contact:ada", "contact:bob", "contact:carol"]

            [[levels.critical.rungs]]
            after = "0"
            targets = ["role:primary"]
            round_robin = true
        "#,
    );
    setting.play(async |world| {
        for issue in ["1", "2", "3", "4"] {
            world.sentry("issue.created").issue(issue).titled(&format!("Failure: {issue}")).critical().send().await;
            world.restart().await;
            world.advance(minutes(1)).await;
        }
        world.expect_pages("ada", ["0", "3"]);
        world.expect_pages("bob", ["1"]);
        world.expect_pages("carol", ["2"]);
    });
}

fn with_second_rung(only_if: &str) -> Setting {
    Setting::default().with_policy(&format!(
        r#"
            [[levels.critical.rungs]]
            after = "0"
            targets = ["role:team", "role:primary"]

            [[levels.critical.rungs]]
            after = "30m"
            targets = ["role:secondary"]
            only_if = [{only_if:?}]

            [[levels.critical.rungs]]
            after = "1h"
            targets = ["role:manager"]
        "#
    ))
}

#[test]
fn a_rung_for_what_is_rising_is_skipped_while_no_more_events_come() {
    with_second_rung("rising").play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(60)).await;
        world.expect_pages("bob", []);
        world.expect_pages("carol", ["60"]);
        assert!(world.incident(&incident).await.events().contains(&"rung_skipped".to_owned()));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rung_for_what_is_rising_runs_when_more_events_come_than_at_the_rung_before_it() {
    with_second_rung("rising").play(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(10)).await;
        world.sentry("event_alert.triggered").event(1).critical().send().await;
        world.advance(minutes(20)).await;
        world.expect_pages("bob", ["30"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rung_for_those_who_were_reached_is_skipped_when_nobody_was() {
    with_second_rung("delivered").play(async |world| {
        for target in ["ops", "ada", "desk"] {
            world.always_replies(target, Reply::Status(404));
        }
        world.expect_dead(["ops", "ada", "desk"]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(60)).await;
        world.expect_pages("bob", []);
        world.expect_pages("carol", ["60"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rung_for_those_who_were_reached_runs_when_somebody_was() {
    with_second_rung("delivered").play(async |world| {
        world.always_replies("ada", Reply::Status(404));
        world.expect_dead(["ada"]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["30"]);
        world.forget_what_was_sent();
    });
}

fn two_must_answer() -> Setting {
    Setting::default().with_policy(
        r#"
            [[levels.critical.rungs]]
            after = "0"
            targets = ["role:team", "role:primary"]
            acks = 2

            [[levels.critical.rungs]]
            after = "30m"
            targets = ["role:secondary"]
        "#,
    )
}

#[test]
fn a_rung_that_asks_for_two_goes_on_with_the_others_when_one_has_answered() {
    two_must_answer().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(1)).await;
        assert_eq!(world.ack(&incident, "ada").await, 200);
        world.expect_news("ops", ["taken by ada, 1 of 2"]);
        world.expect_news("ada", ["taken by ada, 1 of 2"]);
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        // Ada has answered and is left alone; the others are paged on.
        world.advance(minutes(29)).await;
        world.expect_pages("ops", ["5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
        world.expect_silence();

        world.advance(minutes(1)).await;
        assert_eq!(world.ack(&incident, "bob").await, 200);
        for told in ["ops", "ada", "bob"] {
            world.expect_news(told, ["acknowledged by bob"]);
        }
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.advance(minutes(29)).await;
        world.expect_silence();
    });
}

#[test]
fn the_same_person_twice_is_not_two() {
    two_must_answer().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        for _ in 0..3 {
            world.ack(&incident, "ada").await;
        }
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.forget_what_was_sent();
        world.advance(minutes(6)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_silence();
    });
}

#[test]
fn when_the_acknowledgement_of_two_ends_two_are_asked_for_again() {
    two_must_answer().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.ack(&incident, "bob").await;
        world.advance(minutes(31)).await;
        world.forget_what_was_sent();
        world.ack(&incident, "ada").await;
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.forget_what_was_sent();
    });
}
