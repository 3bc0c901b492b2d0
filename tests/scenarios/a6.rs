//! A6: a silence stops the ladder's clock, and agents do not start. When it ends on a live incident rung 0 starts if nobody was told, else those
//! told so far are paged. It covers an incident only while every signal of this opening matches. The resolve of something that people heard
//! about is always sent.

use harness::{HookBuilder, Setting, World, hours, minutes, scenario};
use serde_json::json;

const CHECKOUT: [&str; 1] = ["project=checkout"];

fn seen_in<'w>(world: &'w mut World, event: u32, environment: &str) -> HookBuilder<'w> {
    world.sentry("event_alert.triggered").event(event).environment(environment).critical()
}

/// At this minute it let go of what stands under "Failure: one": rung 0 was told, and ten seconds later the fallback what it hid.
async fn expect_let_go(world: &mut World, minute: u32) {
    let now = minute.to_string();
    world.expect_pages("ops", [&now]);
    world.expect_pages("ada", [&now]);
    world.advance(minutes(1)).await;
    world.expect_bulletin("desk", "silence", &format!("{minute}.16..{minute}.17"), ["Failure: one"]);
}

#[test]
fn what_opens_under_it_waits_for_its_end_and_then_starts_at_rung_0() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(50)).await;
        world.advance(minutes(10)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.advance(minutes(39)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "open");
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["50"]);
        world.expect_pages("ada", ["50"]);
        world.advance(minutes(30)).await;
        world.expect_bulletin("desk", "silence", "50.16..50.17", ["Failure: one"]);
        world.expect_pages("bob", ["80"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_people_heard_of_is_held_and_goes_on_from_where_it_stood() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();
        world.silence(&CHECKOUT, minutes(60)).await;
        world.advance(minutes(59)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.advance(minutes(1)).await;
        world.expect_reasons("ops", ["silence_ended"]);
        world.expect_reasons("ada", ["silence_ended"]);
        // Ten minutes had passed and sixty were held: what was due at 30 is due at 90.
        world.advance(minutes(19)).await;
        assert!(world.sent_to("bob").is_empty());
        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["90"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn another_project_is_paged_as_ever() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(60)).await;
        world.sentry("issue.created").project(7, "ledger").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
    });
}

#[test]
fn the_first_signal_that_does_not_match_lifts_it() {
    scenario(async |world| {
        world.silence(&["environment=staging"], hours(8)).await;
        let incident = seen_in(world, 1, "staging").send().await.incident();
        world.advance(minutes(5)).await;
        seen_in(world, 2, "staging").send().await;
        world.expect_silence();
        world.advance(minutes(5)).await;
        seen_in(world, 3, "production").send().await;
        world.expect_pages("ops", ["10"]);
        world.expect_pages("ada", ["10"]);
        assert!(world.incident(&incident).await.events().contains(&"silence_lifted".to_owned()));
        // It does not come back with the next signal that would match.
        seen_in(world, 4, "staging").send().await;
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["40"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_does_not_match_it_when_it_is_ordered_is_not_held() {
    scenario(async |world| {
        seen_in(world, 1, "staging").send().await;
        seen_in(world, 2, "production").send().await;
        world.forget_what_was_sent();
        world.silence(&["environment=staging"], hours(8)).await;
        world.advance(minutes(6)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);
    });
}

#[test]
fn no_agent_starts_before_its_end() {
    Setting::default().with_agent().play(async |world| {
        world.silence(&CHECKOUT, minutes(50)).await;
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(49)).await;
        world.expect_starts("fixer", []);
        world.expect_silence();
        world.advance(minutes(2)).await;
        world.expect_starts("fixer", ["50"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn that_it_is_over_is_told_to_who_heard_of_it() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.forget_what_was_sent();
        world.silence(&CHECKOUT, hours(1)).await;
        world.advance(minutes(5)).await;
        world.sentry("issue.resolved").send().await;
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        world.advance(hours(3)).await;
        world.expect_silence();
    });
}

#[test]
fn ended_before_its_time_it_lets_go_at_once() {
    scenario(async |world| {
        let silence = world.silence(&CHECKOUT, hours(8)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(20)).await;
        world.expect_silence();
        assert_eq!(world.end_silence(&silence, "ada").await, 200);
        expect_let_go(world, 20).await;
    });
}

#[test]
fn one_that_begins_later_holds_from_then_on() {
    scenario(async |world| {
        world.order("silence", &CHECKOUT, minutes(3), minutes(30)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
        world.advance(minutes(32)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ops", ["silence_ended"]);
        world.expect_reasons("ada", ["silence_ended"]);
        // Three minutes had passed and thirty were held.
        world.advance(minutes(27)).await;
        world.expect_pages("bob", ["60"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn of_two_that_overlap_the_clock_stands_still_until_the_last_is_over() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(30)).await;
        world.order("silence", &CHECKOUT, minutes(20), minutes(40)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(59)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        expect_let_go(world, 60).await;
    });
}

#[test]
fn a_rise_under_it_is_silent_until_its_end() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").medium().send().await.incident();
        world.advance(minutes(10)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        assert_eq!(world.incident(&incident).await.level(), "critical");
        world.advance(minutes(49)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["60"]);
        world.expect_pages("ada", ["60"]);
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["90"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_acknowledgement_that_ends_under_it_pages_nobody_before_its_end() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(10)).await;
        world.silence(&CHECKOUT, minutes(60)).await;
        world.advance(minutes(59)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ops", ["silence_ended"]);
        world.expect_reasons("ada", ["silence_ended"]);
        // Nothing had passed when it was acknowledged at 0: what was due at 30 is due at 100.
        world.advance(minutes(30)).await;
        world.expect_pages("bob", ["100"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn one_that_ends_under_an_acknowledgement_pages_nobody() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.forget_what_was_sent();
        world.silence(&CHECKOUT, minutes(20)).await;
        world.advance(minutes(10)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(11)).await;
        assert!(world.sent_to("ops").is_empty() && world.sent_to("ada").is_empty(), "{}", world.journal());
        world.forget_what_was_sent();
        world.advance(minutes(19)).await;
        world.expect_reasons("ops", ["acknowledgement_ended"]);
        world.expect_reasons("ada", ["acknowledgement_ended"]);
    });
}

#[test]
fn a_page_that_waits_for_another_try_does_not_leave_under_it() {
    scenario(async |world| {
        world.next_replies("ada", [harness::Reply::Throttled(minutes(5))]);
        world.sentry("issue.created").critical().send().await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.silence(&CHECKOUT, minutes(30)).await;
        world.advance(minutes(29)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ada", ["31"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_stop_changes_nothing_of_it() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(60)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(10)).await;
        world.off_for(minutes(20)).await;
        world.expect_silence();
        world.advance(minutes(29)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        expect_let_go(world, 60).await;
    });
}

#[test]
fn one_that_ended_during_a_stop_lets_go_on_the_return() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(30)).await;
        world.sentry("issue.created").critical().send().await;
        world.off_for(hours(2)).await;
        world.expect_pages("ops", ["120"]);
        world.expect_pages("ada", ["120"]);
        world.forget_what_was_sent();
    });
}

/// Every Saturday from two to four; the story begins a minute before.
fn with_one_of_the_policy() -> Setting {
    Setting::default().starting("2026-05-09T01:59:00Z").with_policy(
        r#"
            [[silences]]
            name = "import"
            kind = "silence"
            when = { project = "checkout" }
            days = ["saturday"]
            from = "02:00"
            lasts = "2h"
            zone = "UTC"
            reason = "the import locks the tables"
        "#,
    )
}

#[test]
fn one_of_the_policy_holds_at_its_hours() {
    with_one_of_the_policy().play(async |world| {
        world.advance(minutes(1)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(119)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        expect_let_go(world, 121).await;
    });
}

#[test]
fn one_of_the_policy_can_be_ended_and_then_holds_no_more() {
    with_one_of_the_policy().play(async |world| {
        world.advance(minutes(1)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(9)).await;
        assert_eq!(world.end_silence("import", "carol").await, 200);
        world.expect_pages("ops", ["10"]);
        world.expect_pages("ada", ["10"]);
        world.restart().await;
        world.advance(minutes(1)).await;
        world.sentry("issue.created").issue("2").titled("Failure: two").critical().send().await;
        world.expect_pages("ada", ["11"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_is_resolved_and_returns_under_it_is_a_new_opening_of_which_each_signal_counts() {
    scenario(async |world| {
        world.silence(&["environment=staging"], hours(8)).await;
        let incident = seen_in(world, 1, "production").send().await.incident();
        world.resolve(&incident, "ada").await;
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();
        assert_eq!(seen_in(world, 2, "staging").send().await.outcome, "reopened");
        world.advance(minutes(10)).await;
        world.expect_silence();
    });
}

#[test]
fn snoozed_and_silenced_nobody_is_paged_until_both_have_ended() {
    // The snooze ends at the first number, the silence at the second.
    for (snooze, silence, reason) in [(50, 90, "silence_ended"), (90, 50, "snooze_ended")] {
        scenario(async |world| {
            let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
            world.advance(minutes(10)).await;
            world.snooze(&incident, "ada", json!({"for": format!("{}m", snooze - 10)})).await;
            world.advance(minutes(10)).await;
            world.silence(&CHECKOUT, minutes(silence - 20)).await;
            world.forget_what_was_sent();
            world.advance(minutes(69)).await;
            for person in ["ops", "ada", "bob"] {
                assert!(world.sent_to(person).is_empty(), "{person}\n{}", world.journal());
            }
            world.advance(minutes(1)).await;
            world.expect_reasons("ops", [reason]);
            world.expect_reasons("ada", [reason]);
            assert_eq!(world.incident(&incident).await.state(), "escalating");
            // Ten minutes had passed and eighty were held, none of them twice: what was due at 30 is due at 110.
            world.advance(minutes(19)).await;
            assert!(world.sent_to("bob").is_empty());
            world.advance(minutes(1)).await;
            world.expect_pages("bob", ["110"]);
            // The silence's end is told to the fallback whenever it comes.
            world.expect_bulletin("desk", "silence", &format!("{silence}.16..{silence}.17"), ["Failure: one"]);
            world.forget_what_was_sent();
        });
    }
}

#[test]
fn snoozed_and_silenced_before_anybody_heard_of_it_it_starts_after_the_later_end() {
    scenario(async |world| {
        world.silence(&CHECKOUT, minutes(50)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.snooze(&incident, "ada", json!({"for": "90m"})).await;
        world.advance(minutes(89)).await;
        assert!(world.sent_to("ops").is_empty() && world.sent_to("ada").is_empty(), "{}", world.journal());
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["90"]);
        world.expect_pages("ada", ["90"]);
        world.forget_what_was_sent();
    });
}
