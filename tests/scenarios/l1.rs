//! L1: an escalation starts the level's initial delay after the incident opened; ended before that, nobody is told.

use harness::{Setting, minutes, scenario, seconds};

#[test]
fn a_critical_is_told_at_once() {
    scenario(async |world| {
        world.sentry("issue.created").critical().titled("Outage: payments are down").send().await;
        world.expect_pages("ada", ["0"]);
        let chat = world.sent_to("ops");
        assert_eq!(chat.len(), 1);
        assert!(chat[0].text().contains("payments are down"), "{}", chat[0].text());
    });
}

#[test]
fn a_high_waits_two_minutes() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(seconds(119)).await;
        world.expect_silence();
        world.advance(seconds(1)).await;
        world.expect_pages("ops", ["2"]);
        world.expect_pages("ada", ["2"]);
    });
}

#[test]
fn a_medium_waits_a_quarter_of_an_hour_and_tells_the_team_alone() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(14)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["15"]);
    });
}

#[test]
fn a_low_waits_an_hour_and_then_for_the_digest() {
    // Tuesday 07:59: an hour later the digest of that day is still to come, a minute later it is not.
    for (start, minute) in [("2026-05-05T07:59:00Z", "61"), ("2026-05-05T08:00:00Z", "1500")] {
        Setting::default().starting(start).play(async |world| {
            world.sentry("issue.created").titled("Failure: one").low().send().await;
            world.advance(minutes(60)).await;
            world.expect_silence();
            world.advance(minutes(1_440)).await;
            world.expect_bulletin("ops", "digest", minute, ["Failure: one"]);
        });
    }
}

#[test]
fn nobody_is_told_of_what_sentry_resolved_within_the_delay() {
    scenario(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(14)).await;
        assert_eq!(world.sentry("issue.resolved").send().await.outcome, "resolved");
        world.advance(minutes(24 * 60)).await;
        world.expect_silence();
    });
}

#[test]
fn nobody_is_told_of_what_a_person_took_or_ended_within_the_delay() {
    scenario(async |world| {
        let ended = world.sentry("issue.created").issue("1").high().send().await.incident();
        let taken = world.sentry("issue.created").issue("2").high().send().await.incident();
        world.advance(minutes(1)).await;
        assert_eq!(world.resolve(&ended, "ada").await, 200);
        assert_eq!(world.ack(&taken, "ada").await, 200);
        world.advance(minutes(119)).await;
        world.expect_silence();
    });
}
