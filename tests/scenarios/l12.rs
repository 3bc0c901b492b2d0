//! L12: up to five first pages per target in five minutes go singly; more go in one bundle at most sixty seconds late, never mixing critical
//! with lower; single again after fifteen quiet minutes. An acknowledgement of a bundle acknowledges what it listed.

use harness::{Reply, Setting, World, minutes, scenario, seconds};

/// Opens criticals with the numbers of their issues, a second apart; gives their ids.
async fn open(world: &mut World, issues: std::ops::RangeInclusive<u32>, level: &str) -> Vec<String> {
    let mut opened = Vec::new();
    for issue in issues {
        let hook = world.sentry("issue.created").issue(&issue.to_string()).titled(&format!("Failure: {issue}"));
        opened.push(hook.level(level).send().await.incident());
        world.advance(seconds(1)).await;
    }
    opened
}

/// High without its delay: a bundle of what is not critical fills at once.
fn at_once() -> Setting {
    Setting::default().with_policy(r#"levels.high.initial_delay = "0""#)
}

#[test]
fn five_go_singly_and_what_follows_goes_in_one_message() {
    scenario(async |world| {
        open(world, 1..=8, "fatal").await;
        let five = ["0", "0.01..0.02", "0.03..0.04", "0.05", "0.06..0.07"];
        world.expect_pages("ops", five);
        world.expect_pages("ada", five);
        // Criticals wait a third of the minute: the sixth came at second 5, its message leaves at second 25.
        world.advance(seconds(16)).await;
        world.expect_silence();
        world.advance(seconds(1)).await;
        for target in ["ops", "ada"] {
            world.expect_bulletin(target, "critical", "0.41..0.42", ["Failure: 6", "Failure: 7", "Failure: 8"]);
        }
        world.expect_silence();
    });
}

#[test]
fn what_is_not_critical_waits_a_minute() {
    at_once().play(async |world| {
        open(world, 1..=7, "error").await;
        world.forget_what_was_sent();
        world.advance(seconds(57)).await;
        world.expect_silence();
        world.advance(seconds(1)).await;
        for target in ["ops", "ada"] {
            world.expect_bulletin(target, "storm", "1.08..1.09", ["Failure: 6", "Failure: 7"]);
        }
    });
}

#[test]
fn a_bundle_never_mixes_critical_with_lower() {
    at_once().play(async |world| {
        open(world, 1..=5, "error").await;
        world.forget_what_was_sent();
        open(world, 6..=7, "fatal").await;
        open(world, 8..=9, "error").await;
        world.advance(minutes(2)).await;
        let sent = world.sent_to("ada");
        let kinds: Vec<_> = sent.iter().map(ToString::to_string).collect();
        assert_eq!(sent.len(), 2, "{kinds:#?}");
        assert!(kinds[0].contains("critical: Failure: 6, Failure: 7"), "{kinds:#?}");
        assert!(kinds[1].contains("storm: Failure: 8, Failure: 9"), "{kinds:#?}");
        world.forget_what_was_sent();
    });
}

#[test]
fn a_hundred_at_once_are_six_messages_to_each() {
    scenario(async |world| {
        for issue in 0..100 {
            world
                .sentry("issue.created")
                .issue(&issue.to_string())
                .titled(&format!("Failure: {issue}"))
                .critical()
                .send()
                .await;
        }
        world.advance(seconds(60)).await;
        let sent = world.sent_to("ada");
        assert_eq!(sent.len(), 6, "{}", world.journal());
        assert_eq!(sent[5].body["data"]["incidents"], 95, "those with a message of their own are not listed again");
        assert_eq!(world.sent_to("ops").len(), 6);
        world.expect_silence();
    });
}

#[test]
fn a_bundle_of_one_is_a_message_like_any_other() {
    scenario(async |world| {
        open(world, 1..=6, "fatal").await;
        world.forget_what_was_sent();
        world.advance(seconds(30)).await;
        world.expect_pages("ops", ["0.41..0.42"]);
        world.expect_pages("ada", ["0.41..0.42"]);
    });
}

#[test]
fn repeats_go_together_while_the_storm_lasts() {
    scenario(async |world| {
        open(world, 1..=20, "fatal").await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        // Twenty incidents repeat between minute 5 and 6, a message every twenty seconds at most.
        world.advance(minutes(6)).await;
        for target in ["ops", "ada"] {
            let sent = world.sent_to(target);
            assert!((1..=6).contains(&sent.len()), "{}", world.journal());
        }
        world.expect_silence();
    });
}

#[test]
fn after_fifteen_quiet_minutes_they_go_singly_again() {
    scenario(async |world| {
        for incident in open(world, 1..=7, "fatal").await {
            world.ack(&incident, "ada").await;
        }
        world.advance(minutes(14)).await;
        world.forget_what_was_sent();
        open(world, 8..=8, "fatal").await;
        world.expect_silence();
        world.advance(seconds(30)).await;
        world.forget_what_was_sent();
        for incident in world.incidents().await {
            world.ack(&incident.field("id"), "ada").await;
        }
        world.advance(minutes(16)).await;
        world.forget_what_was_sent();
        world.sentry("issue.created").issue("9").titled("Failure: 9").critical().send().await;
        assert_eq!(world.sent_to("ops").len(), 1, "{}", world.journal());
        assert_eq!(world.sent_to("ada").len(), 1, "{}", world.journal());
    });
}

#[test]
fn an_acknowledgement_of_a_bundle_acknowledges_what_it_listed_and_nothing_else() {
    scenario(async |world| {
        let incidents = open(world, 1..=8, "fatal").await;
        // The seventh is over before the message leaves: it is not listed.
        world.sentry("issue.resolved").issue("7").send().await;
        world.advance(seconds(30)).await;
        let bundle = world.expect_bulletin("ada", "critical", "0.41..0.42", ["Failure: 6", "Failure: 8"]);
        world.forget_what_was_sent();

        let (status, answer) = world.ack_bundle(&bundle, "ada").await;
        assert_eq!((status, answer["items"].as_array().map(Vec::len)), (200, Some(2)), "{answer}");
        for (place, state) in
            [(0, "escalating"), (4, "escalating"), (5, "acknowledged"), (6, "resolved"), (7, "acknowledged")]
        {
            assert_eq!(world.incident(&incidents[place]).await.state(), state, "number {}", place + 1);
        }
        world.advance(seconds(30)).await;
        world.forget_what_was_sent();
    });
}

#[test]
fn what_ended_since_it_was_listed_stays_ended() {
    scenario(async |world| {
        let incidents = open(world, 1..=7, "fatal").await;
        world.advance(seconds(30)).await;
        let bundle = world.expect_bulletin("ada", "critical", "0.41..0.42", ["Failure: 6", "Failure: 7"]);
        world.resolve(&incidents[5], "bob").await;
        assert_eq!(world.ack_bundle(&bundle, "ada").await.0, 200);
        assert_eq!(world.incident(&incidents[5]).await.state(), "resolved");
        assert_eq!(world.incident(&incidents[6]).await.state(), "acknowledged");
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
    });
}

#[test]
fn there_is_no_bundle_of_another_name() {
    scenario(async |world| {
        assert_eq!(world.ack_bundle("bnd-0123456789ab", "ada").await.0, 404);
    });
}

#[test]
fn a_bundle_that_is_refused_is_tried_again_as_one() {
    scenario(async |world| {
        let ok = || vec![Reply::Ok; 5];
        world.next_replies("ada", ok().into_iter().chain([Reply::Status(503)]));
        open(world, 1..=8, "fatal").await;
        world.forget_what_was_sent();
        world.advance(seconds(40)).await;
        let sent = world.sent_to("ada");
        assert_eq!(sent.len(), 2, "{}", world.journal());
        assert_eq!((&sent[0].key, &sent[0].what), (&sent[1].key, &sent[1].what));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_bundle_that_is_refused_for_good_is_told_through_the_fallback() {
    scenario(async |world| {
        let ok = || vec![Reply::Ok; 5];
        world.next_replies("ada", ok().into_iter().chain([Reply::Status(404)]));
        world.expect_dead(["ada"]);
        open(world, 1..=7, "fatal").await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        assert_eq!(world.sent_to("ada").len(), 1);
        let told = world.sent_to("desk");
        assert!(!told.is_empty(), "{}", world.journal());
        world.forget_what_was_sent();
    });
}

#[test]
fn a_storm_goes_on_across_a_restart() {
    scenario(async |world| {
        open(world, 1..=7, "fatal").await;
        world.forget_what_was_sent();
        world.restart().await;
        open(world, 8..=8, "fatal").await;
        world.expect_silence();
        world.advance(seconds(30)).await;
        for target in ["ops", "ada"] {
            world.expect_bulletin(target, "critical", "0.41..0.42", ["Failure: 6", "Failure: 7", "Failure: 8"]);
        }
    });
}

#[test]
fn each_target_has_its_own_storm() {
    let setting = Setting::default().with_policy(
        r#"
            [[rules]]
            name = "for-bob-alone"
            when = { title = { prefix = "Failure: 6" } }
            route = "bob"

            [[ladders.bob.critical]]
            after = "0"
            targets = ["contact:bob"]
        "#,
    );
    setting.play(async |world| {
        open(world, 1..=6, "fatal").await;
        world.expect_pages("bob", ["0.08..0.09"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_bundle_whose_answer_was_lost_in_a_crash_is_sent_again_under_the_same_key() {
    scenario(async |world| {
        let ok = || vec![Reply::Ok; 5];
        world.next_replies("ops", ok().into_iter().chain([Reply::Hang]));
        open(world, 1..=8, "fatal").await;
        world.forget_what_was_sent();
        world.advance(seconds(20)).await;
        world.restart().await;
        world.advance(minutes(2)).await;
        let sent = world.sent_to("ops");
        assert_eq!(sent.len(), 2, "{}", world.journal());
        assert_eq!((&sent[0].key, &sent[0].what), (&sent[1].key, &sent[1].what));
        world.forget_what_was_sent();
    });
}

#[test]
fn a_digest_can_be_taken_as_a_whole_too() {
    scenario(async |world| {
        let mut incidents = Vec::new();
        for issue in ["1", "2"] {
            let hook = world.sentry("issue.created").issue(issue).titled(&format!("Failure: {issue}"));
            incidents.push(hook.low().send().await.incident());
            world.advance(minutes(1)).await;
        }
        world.advance(minutes(1_440)).await;
        let digest = world.expect_bulletin("ops", "digest", "1440", ["Failure: 1", "Failure: 2"]);
        assert_eq!(world.ack_bundle(&digest, "ada").await.0, 200);
        for incident in &incidents {
            assert_eq!(world.incident(incident).await.state(), "acknowledged");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn a_critical_that_is_called_back_from_a_bundle_is_told_when_its_resolve_is_undone() {
    scenario(async |world| {
        let incidents = open(world, 1..=7, "fatal").await;
        world.forget_what_was_sent();
        world.resolve(&incidents[6], "ada").await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();
        world.undo(&incidents[6], "ada").await;
        world.advance(seconds(30)).await;
        // Nobody had heard of it: no cooldown holds its page.
        assert_eq!(world.sent_to("ada").len(), 1, "{}", world.journal());
        world.forget_what_was_sent();
    });
}
