//! C1: after a stop of over five minutes those told so far are paged again once, the earliest rung not yet run follows at most one
//! cooldown later, the rest keep their distances. No rung is skipped. (The poll before it comes later.)

use harness::{hours, minutes, scenario};

#[test]
fn after_a_long_stop_those_told_are_paged_again_and_no_rung_is_skipped() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();

        world.off_for(minutes(110)).await;
        world.expect_reasons("ops", ["restart"]);
        world.expect_reasons("ada", ["restart"]);
        world.expect_silence();

        world.advance(minutes(97)).await;
        world.expect_pages("bob", ["120..125", "125..130.5", "135..141.5", "155..163.5", "195..207.5"]);
        world.expect_pages("carol", ["150..155", "155..160.5", "165..171.5", "185..193.5"]);
        world.expect_pages("dan", ["210..215"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_short_stop_repeats_nothing_and_what_came_due_is_done_at_once() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(3)).await;
        world.forget_what_was_sent();
        world.off_for(minutes(4)).await;
        world.expect_pages("ops", ["7"]);
        world.expect_pages("ada", ["7"]);
        world.advance(minutes(5)).await;
        world.expect_silence();
    });
}

#[test]
fn a_stop_within_the_initial_delay_tells_people_once() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(1)).await;
        world.off_for(hours(1)).await;
        world.expect_pages("ops", ["61"]);
        world.expect_pages("ada", ["61"]);
        world.advance(minutes(10)).await;
        world.expect_silence();
    });
}

#[test]
fn what_was_acknowledged_stays_acknowledged() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.off_for(minutes(20)).await;
        world.expect_silence();
        world.advance(minutes(9)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["30"]);
        world.expect_pages("ada", ["30"]);
    });
}

#[test]
fn an_acknowledgement_that_ran_out_meanwhile_pages_once() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.off_for(minutes(60)).await;
        world.expect_pages("ops", ["60"]);
        world.expect_pages("ada", ["60"]);
        world.advance(minutes(4)).await;
        assert!(world.sent_to("ops").is_empty() && world.sent_to("ada").is_empty());
        world.forget_what_was_sent();
    });
}

#[test]
fn what_is_over_is_not_paged_again() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        world.off_for(hours(2)).await;
        world.advance(hours(2)).await;
        world.expect_silence();
    });
}

#[test]
fn a_service_that_crashes_right_after_a_long_stop_pages_once_all_the_same() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.forget_what_was_sent();
        world.off_for(minutes(20)).await;
        world.restart().await;
        world.restart().await;
        world.expect_pages("ops", ["20"]);
        world.expect_pages("ada", ["20"]);
        world.advance(minutes(4)).await;
        world.expect_silence();
    });
}

#[test]
fn after_a_stop_many_are_told_in_few_messages() {
    scenario(async |world| {
        for issue in 0..30 {
            let title = format!("Failure: {issue}");
            world.sentry("issue.created").issue(&issue.to_string()).titled(&title).critical().send().await;
        }
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        world.off_for(hours(1)).await;
        world.advance(minutes(1)).await;
        for target in ["ops", "ada"] {
            let sent = world.sent_to(target);
            assert_eq!(sent.len(), 6, "five singly and the rest as one\n{}", world.journal());
            assert_eq!(sent[0].at, minutes(61));
        }
        world.expect_silence();
    });
}

#[test]
fn a_digest_that_was_due_meanwhile_leaves_on_the_return() {
    scenario(async |world| {
        world.sentry("issue.created").titled("Failure: one").low().send().await;
        world.advance(hours(2)).await;
        world.off_for(hours(24)).await;
        world.expect_bulletin("ops", "digest", "1560", ["Failure: one"]);
        world.expect_silence();
    });
}

#[test]
fn what_waits_for_a_digest_that_is_still_to_come_is_not_told_again_by_a_stop() {
    scenario(async |world| {
        world.sentry("issue.created").titled("Failure: one").low().send().await;
        world.advance(hours(2)).await;
        world.off_for(hours(4)).await;
        world.expect_silence();
        world.advance(hours(18)).await;
        world.expect_bulletin("ops", "digest", "1440", ["Failure: one"]);
    });
}

#[test]
fn what_is_snoozed_or_silenced_stays_so() {
    scenario(async |world| {
        let snoozed =
            world.sentry("issue.created").issue("1").titled("Failure: one").critical().send().await.incident();
        world.snooze(&snoozed, "ada", serde_json::json!({"for": "3h"})).await;
        let project = ("7", 7, "ledger");
        world.sentry("issue.created").issue(project.0).project(project.1, project.2).critical().send().await;
        world.silence(&["project=ledger"], hours(3)).await;
        world.advance(minutes(10)).await;
        world.forget_what_was_sent();
        world.off_for(hours(1)).await;
        world.expect_silence();
        world.advance(minutes(109)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_reasons("ops", ["snooze_ended", "silence_ended"]);
        world.expect_reasons("ada", ["snooze_ended", "silence_ended"]);
        world.forget_what_was_sent();
    });
}
