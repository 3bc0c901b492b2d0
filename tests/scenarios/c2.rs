//! C2: while the process lives, a jump of the wall clock shifts due times by its size: nothing is early, nothing late.

use harness::{Reply, Setting, minutes, scenario, seconds};

const HOUR: i64 = 3_600_000;
const JUMPS: [i64; 4] = [-HOUR, HOUR, 7 * 24 * HOUR, -7 * 24 * HOUR];

#[test]
fn a_jump_moves_no_page() {
    for jump in JUMPS {
        scenario(async |world| {
            world.sentry("issue.created").critical().send().await;
            world.advance(minutes(3)).await;
            world.jump_clock(jump).await;
            world.advance(minutes(28)).await;
            world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
            world.expect_pages("ada", ["0", "5..5.5", "15..16.5"]);
            world.expect_pages("bob", ["30"]);
        });
    }
}

#[test]
fn a_jump_moves_no_end_of_an_acknowledgement() {
    for jump in JUMPS {
        scenario(async |world| {
            let incident = world.sentry("issue.created").critical().send().await.incident();
            world.ack(&incident, "ada").await;
            world.forget_what_was_sent();
            world.advance(minutes(1)).await;
            world.jump_clock(jump).await;
            world.advance(minutes(28)).await;
            world.expect_silence();
            world.advance(minutes(1)).await;
            world.expect_pages("ops", ["30"]);
            world.expect_pages("ada", ["30"]);
        });
    }
}

#[test]
fn a_jump_moves_no_other_try() {
    for jump in JUMPS {
        scenario(async |world| {
            world.next_replies("ada", [Reply::Throttled(seconds(90))]);
            world.sentry("issue.created").critical().send().await;
            world.advance(seconds(30)).await;
            world.jump_clock(jump).await;
            world.advance(minutes(3)).await;
            world.expect_tries("ada", ["0", "1.5"]);
            world.expect_pages("ops", ["0"]);
        });
    }
}

#[test]
fn a_jump_moves_no_end_of_an_agents_hold() {
    for jump in JUMPS {
        Setting::default().with_agent().play(async |world| {
            world.agent_says("fixer", "running");
            world.sentry("issue.created").high().send().await;
            world.advance(minutes(5)).await;
            world.jump_clock(jump).await;
            world.forget_what_was_sent();
            world.advance(minutes(26)).await;
            world.expect_silence();
            world.advance(minutes(2)).await;
            world.expect_pages("ops", ["32"]);
            world.expect_pages("ada", ["32"]);
        });
    }
}

#[test]
fn a_restart_after_a_jump_does_not_take_it_for_a_stop() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        world.jump_clock(HOUR).await;
        world.restart().await;
        world.expect_silence();
        world.advance(minutes(5)).await;
        world.expect_pages("ops", ["5..5.5"]);
        world.expect_pages("ada", ["5..5.5"]);
    });
}

#[test]
fn a_jump_moves_no_end_of_a_snooze() {
    for jump in JUMPS {
        scenario(async |world| {
            let incident = world.sentry("issue.created").critical().send().await.incident();
            world.snooze(&incident, "ada", serde_json::json!({"for": "1h"})).await;
            world.forget_what_was_sent();
            world.advance(minutes(1)).await;
            world.jump_clock(jump).await;
            world.advance(minutes(58)).await;
            world.expect_silence();
            world.advance(minutes(1)).await;
            world.expect_pages("ops", ["60"]);
            world.expect_pages("ada", ["60"]);
        });
    }
}

#[test]
fn a_jump_moves_no_storm() {
    for jump in JUMPS {
        scenario(async |world| {
            for issue in 0..8 {
                let title = format!("Failure: {issue}");
                world.sentry("issue.created").issue(&issue.to_string()).titled(&title).critical().send().await;
            }
            world.forget_what_was_sent();
            world.advance(seconds(10)).await;
            world.jump_clock(jump).await;
            world.advance(seconds(9)).await;
            world.expect_silence();
            world.advance(seconds(1)).await;
            assert_eq!(world.sent_to("ops").len(), 1, "{}", world.journal());
            assert_eq!(world.sent_to("ada").len(), 1, "{}", world.journal());
        });
    }
}

#[test]
fn a_silence_is_a_time_on_the_wall_and_a_clock_set_past_its_end_ends_it() {
    scenario(async |world| {
        world.silence(&["project=checkout"], minutes(60)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(10)).await;
        world.jump_clock(7 * 24 * HOUR).await;
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["10"]);
        world.expect_pages("ada", ["10"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_clock_set_back_lengthens_a_silence_by_as_much() {
    scenario(async |world| {
        world.silence(&["project=checkout"], minutes(60)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(10)).await;
        world.jump_clock(-HOUR).await;
        world.advance(minutes(109)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["120"]);
        world.expect_pages("ada", ["120"]);
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
    });
}
