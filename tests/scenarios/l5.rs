//! L5: a ladder is exhausted the level's time after its last rung; the fallback is told once; critical and high then go on paging the
//! primary and the fallback every max cooldown. Low waits for the digest, and is exhausted once that arrived.

use harness::{Setting, hours, minutes, scenario};

#[test]
fn an_exhausted_critical_tells_the_fallback_and_goes_on_with_it_and_the_primary() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(179)).await;
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.state(), "escalating");

        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["180"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");

        world.advance(minutes(170)).await;
        world.expect_pages("desk", ["240..246", "300..312"]);
        world.expect_pages("ada", ["195..214.5", "255..280.5", "315..346.5"]);
        world.expect_silence();
    });
}

#[test]
fn an_acknowledgement_ends_the_pages_of_an_exhausted_critical() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(181)).await;
        world.ack(&incident, "dan").await;
        world.forget_what_was_sent();
        world.advance(minutes(29)).await;
        world.expect_silence();
    });
}

#[test]
fn after_an_acknowledgement_of_an_exhausted_critical_only_the_primary_and_the_fallback_repeat() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(181)).await;
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(30)).await;
        for told in ["ops", "ada", "bob", "carol", "dan", "desk"] {
            world.expect_pages(told, ["211"]);
        }
        world.advance(minutes(70)).await;
        world.expect_pages("ada", ["271..277"]);
        world.expect_pages("desk", ["271..277"]);
        world.expect_silence();
    });
}

#[test]
fn an_exhausted_medium_tells_the_fallback_once_and_falls_silent() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").medium().send().await.incident();
        let last_rung = 15 + 240;
        world.advance(minutes(last_rung + 8 * 60 - 1)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["735"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(hours(48)).await;
        world.expect_silence();
    });
}

#[test]
fn a_policy_may_let_a_medium_go_on_until_somebody_answers() {
    Setting::default().with_policy("levels.medium.until_answered = true").play(async |world| {
        world.sentry("issue.created").medium().send().await;
        world.advance(minutes(735)).await;
        world.expect_pages("desk", ["735"]);
        world.forget_what_was_sent();
        // Eight hours are the longest that medium waits; the primary's last repeat of the ladder is one of them.
        world.advance(minutes(1300)).await;
        world.expect_pages("desk", ["1215..1263", "1695..1791"]);
        world.expect_pages("ada", ["1155..1245", "1635..1773"]);
        world.expect_silence();
    });
}

#[test]
fn a_policy_may_let_a_critical_fall_silent_when_it_is_exhausted() {
    Setting::default().with_policy("levels.critical.until_answered = false").play(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(180)).await;
        world.expect_pages("desk", ["180"]);
        world.forget_what_was_sent();
        world.advance(hours(20)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "exhausted", "and yet it is not over");
    });
}

#[test]
fn a_low_waits_for_the_digest_and_is_exhausted_as_soon_as_that_arrived() {
    scenario(async |world| {
        // Monday 09:00: the digest of that moment is gone, the next one leaves on Tuesday at nine.
        let incident = world.sentry("issue.created").titled("Failure: one").low().send().await.incident();
        world.advance(minutes(1_439)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "escalating");
        world.advance(minutes(1)).await;
        world.expect_bulletin("ops", "digest", "1440", ["Failure: one"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(hours(5 * 24)).await;
        world.expect_silence();
    });
}

#[test]
fn one_digest_lists_everything_that_could_wait_and_nothing_that_ended_before() {
    scenario(async |world| {
        for (issue, title) in [("1", "Failure: one"), ("2", "Failure: two"), ("3", "Failure: three")] {
            world.sentry("issue.created").issue(issue).titled(title).low().send().await;
            world.advance(minutes(30)).await;
        }
        world.advance(minutes(60)).await;
        world.sentry("issue.resolved").issue("2").send().await;
        world.expect_silence();
        world.advance(hours(24)).await;
        world.expect_bulletin("ops", "digest", "1440", ["Failure: one", "Failure: three"]);
    });
}

#[test]
fn a_weekend_has_no_digest_unless_the_policy_says_so() {
    for (weekends, minute) in [(false, "3960"), (true, "1080")] {
        // Friday 15:00: Saturday at nine is 18 hours away, Monday 66.
        let setting = Setting::default().starting("2026-05-08T15:00:00Z").with_digests("09:00", weekends);
        setting.play(async |world| {
            world.sentry("issue.created").titled("Failure: one").low().send().await;
            world.advance(hours(66)).await;
            world.expect_bulletin("ops", "digest", minute, ["Failure: one"]);
        });
    }
}

#[test]
fn the_digest_leaves_at_its_hour_in_the_zone_of_the_working_hours() {
    // Nine in New York is 13:00 in UTC, in summer: four hours after the story begins.
    Setting::default().with_policy(r#"working_hours.zone = "America/New_York""#).play(async |world| {
        world.sentry("issue.created").titled("Failure: one").low().send().await;
        world.advance(hours(4)).await;
        world.expect_bulletin("ops", "digest", "240", ["Failure: one"]);
    });
}

#[test]
fn a_digest_that_is_refused_for_good_is_told_through_the_fallback() {
    scenario(async |world| {
        world.always_replies("ops", harness::Reply::Status(404));
        world.expect_dead(["ops"]);
        world.sentry("issue.created").titled("Failure: one").low().send().await;
        world.advance(hours(24)).await;
        world.expect_bulletin("ops", "digest", "1440", ["Failure: one"]);
        world.expect_reasons("desk", ["fallback"]);
    });
}
