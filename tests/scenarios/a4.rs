//! A4: Sentry's `assigned` by a person is recorded (an acknowledgement only if the policy says so), by an application never. `ignored` snoozes
//! until its condition, or until escalating; archived for ever resolves. Resolved in a commit or the next release is `fixing`.

use harness::{Setting, World, minutes, scenario};
use serde_json::json;

#[test]
fn who_is_assigned_in_sentry_is_recorded_and_paged_on() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        assert_eq!(world.sentry("issue.assigned").send().await.outcome, "joined");
        world.expect_silence();
        let shown = world.incident(&incident).await;
        assert_eq!(shown.state(), "escalating");
        assert!(shown.events().contains(&"assigned".to_owned()));
        world.advance(minutes(6)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);
    });
}

fn assigned_acknowledges() -> Setting {
    Setting::default().with_policy("answers.assigned_in_sentry = true")
}

#[test]
fn where_the_policy_says_so_whoever_a_person_assigned_has_it() {
    assigned_acknowledges().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        world.sentry("issue.assigned").send().await;
        world.expect_news("ops", ["acknowledged by Ines"]);
        world.expect_news("ada", ["acknowledged by Ines"]);
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["acknowledged"]["by"].as_str()), ("acknowledged", Some("Ines")));
        world.advance(minutes(29)).await;
        world.expect_silence();
    });
}

#[test]
fn what_a_rule_of_sentry_assigned_nobody_has() {
    assigned_acknowledges().play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        assert_eq!(world.sentry("issue.assigned.by-rule").send().await.outcome, "joined");
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "escalating");
    });
}

#[test]
fn ignored_until_a_condition_is_put_off_until_sentry_opens_it_again() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();
        assert_eq!(world.sentry("issue.ignored").send().await.outcome, "joined");
        world.expect_news("ops", ["snoozed by sentry"]);
        world.expect_news("ada", ["snoozed by sentry"]);
        assert_eq!(world.incident(&incident).await.state(), "snoozed");
        world.advance(minutes(100)).await;
        world.expect_silence();

        // Ten minutes had passed and a hundred were held: what was due at 30 is due at 130.
        assert_eq!(world.sentry("issue.unresolved.escalating").critical().send().await.outcome, "joined");
        world.expect_reasons("ops", ["snooze_ended"]);
        world.expect_reasons("ada", ["snooze_ended"]);
        world.advance(minutes(20)).await;
        world.expect_pages("bob", ["130"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_error_meanwhile_does_not_end_it() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.sentry("issue.ignored").send().await;
        world.advance(minutes(10)).await;
        world.sentry("event_alert.triggered").high().send().await;
        world.advance(minutes(10)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "snoozed");
    });
}

#[test]
fn ignored_until_a_time_ends_by_itself() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(10)).await;
        let until = (world.now() + minutes(120)).to_string();
        let details = json!({"ignoreUntil": until});
        world.sentry("issue.ignored").with("statusDetails", details).send().await;
        world.forget_what_was_sent();
        world.advance(minutes(119)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["130"]);
        world.expect_pages("ada", ["130"]);
    });
}

#[test]
fn archived_for_ever_is_over() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        assert_eq!(world.sentry("issue.archived").send().await.outcome, "resolved");
        world.expect_news("ops", ["resolved by Sentry"]);
        world.expect_news("ada", ["resolved by Sentry"]);
        assert_eq!(world.incident(&incident).await.state(), "resolved");
    });
}

#[test]
fn of_two_issues_one_that_is_ignored_puts_nothing_off() {
    scenario(async |world| {
        let incident = world.sentry("event_alert.triggered").issue("1").event(1).high().send().await.incident();
        world.sentry("event_alert.triggered").issue("2").event(2).high().send().await;
        world.sentry("issue.ignored").issue("1").send().await;
        assert_eq!(world.incident(&incident).await.state(), "open");
        world.sentry("issue.ignored").issue("2").send().await;
        assert_eq!(world.incident(&incident).await.state(), "snoozed");
        world.expect_silence();
    });
}

const COMING: [&str; 2] = [r#"{"inNextRelease": true}"#, r#"{"inCommit": {"commit": "4f2a9c1d"}}"#];

#[test]
fn a_fix_that_is_to_come_holds_the_ladder_as_long_as_an_agent_may_and_ends_nothing() {
    for details in COMING {
        scenario(async |world| {
            let incident = world.sentry("issue.created").high().send().await.incident();
            world.advance(minutes(5)).await;
            world.forget_what_was_sent();
            let details: serde_json::Value = serde_json::from_str(details).unwrap();
            assert_eq!(world.sentry("issue.resolved").with("statusDetails", details).send().await.outcome, "joined");
            let shown = world.incident(&incident).await;
            assert_eq!((shown.state().as_str(), shown.field("fixing").as_str()), ("escalating", "true"));
            // The repeat of minute 17 waits for minute 35; the rung of minute 62 keeps its time.
            world.advance(minutes(29)).await;
            world.expect_silence();
            world.advance(minutes(1)).await;
            world.expect_pages("ops", ["35"]);
            world.expect_pages("ada", ["35"]);
            world.advance(minutes(27)).await;
            world.expect_pages("bob", ["62"]);
            world.forget_what_was_sent();
        });
    }
}

#[test]
fn a_critical_is_never_held_by_a_fix_that_is_to_come() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.sentry("issue.resolved").with("statusDetails", json!({"inNextRelease": true})).send().await;
        world.advance(minutes(6)).await;
        world.expect_pages("ops", ["0", "5..5.5"]);
        world.expect_pages("ada", ["0", "5..5.5"]);
        assert_eq!(world.incident(&incident).await.field("fixing"), "true");
    });
}

#[test]
fn a_growing_impact_ends_its_hold() {
    scenario(async |world| {
        world.sentry("issue.created").users(9).high().send().await;
        world.advance(minutes(5)).await;
        world.sentry("issue.resolved").with("statusDetails", json!({"inNextRelease": true})).send().await;
        world.advance(minutes(15)).await;
        world.forget_what_was_sent();
        world.sentry("event_alert.triggered").high().send().await;
        world.expect_silence();
        world.sentry("issue.unresolved.escalating").users(500).high().send().await;
        world.expect_pages("ops", ["20"]);
        world.expect_pages("ada", ["20"]);
    });
}

#[test]
fn what_is_resolved_after_all_is_over() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.sentry("issue.resolved").with("statusDetails", json!({"inNextRelease": true})).send().await;
        world.advance(minutes(1)).await;
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        assert_eq!(world.incident(&incident).await.state(), "resolved");
        world.expect_silence();
    });
}

/// A high for which a fix is announced at minute 5: until 35 nobody would be told.
async fn fixed_with_the_next_release(world: &mut World) -> String {
    let incident = world.sentry("issue.created").high().send().await.incident();
    world.advance(minutes(5)).await;
    world.sentry("issue.resolved").with("statusDetails", json!({"inNextRelease": true})).send().await;
    world.forget_what_was_sent();
    assert_eq!(world.incident(&incident).await.field("fixing"), "true");
    incident
}

const OPENED_AGAIN: [&str; 2] = ["issue.unresolved.by-person", "issue.unresolved.escalating"];

#[test]
fn a_fix_that_sentry_withdraws_lets_the_ladder_go_on() {
    for hook in OPENED_AGAIN {
        scenario(async |world| {
            let incident = fixed_with_the_next_release(world).await;
            world.advance(minutes(5)).await;
            assert_eq!(world.sentry(hook).users(9).events(17).high().send().await.outcome, "joined");
            world.expect_silence();
            let shown = world.incident(&incident).await;
            assert_eq!((shown.state().as_str(), shown.field("fixing").as_str()), ("escalating", "false"), "{hook}");
            // The repeat comes when it was due, and the rung keeps its time.
            world.advance(minutes(9)).await;
            world.expect_pages("ops", ["17..18.5"]);
            world.expect_pages("ada", ["17..18.5"]);
            world.advance(minutes(43)).await;
            world.expect_pages("bob", ["62"]);
            world.forget_what_was_sent();
        });
    }
}

#[test]
fn what_was_held_by_a_fix_is_told_the_moment_it_is_withdrawn() {
    for hook in OPENED_AGAIN {
        scenario(async |world| {
            fixed_with_the_next_release(world).await;
            world.advance(minutes(20)).await;
            world.expect_silence();
            world.sentry(hook).users(9).events(17).high().send().await;
            world.expect_pages("ops", ["25"]);
            world.expect_pages("ada", ["25"]);
        });
    }
}
