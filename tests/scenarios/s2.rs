//! S2: tests and drills use a fresh identity each time, marked, through the true path, outside every figure.

use harness::{Setting, SignedHook, World, minutes, scenario};
use integrations::sentry::synthetic_hook;

fn test_hook(world: &World, nonce: u64) -> SignedHook {
    let hook = synthetic_hook(nonce, world.now(), "https://sentry.example.com");
    SignedHook::of(hook.resource, hook.body)
}

#[test]
fn each_test_is_an_incident_of_its_own_and_pages_say_that_it_is_one() {
    scenario(async |world| {
        for nonce in [1, 2] {
            let hook = test_hook(world, nonce);
            let answer = world.deliver(&hook).await;
            assert_eq!((answer.status, answer.outcome.as_str()), (202, "opened"));
            assert_eq!(world.incident(&answer.incident()).await.0["synthetic"], true);
            let chat = world.sent_to("ops");
            assert_eq!(chat.len(), 1);
            assert!(chat[0].text().contains("TEST"), "{}", chat[0].text());
            let page = world.sent_to("ada");
            assert_eq!(page[0].body["data"]["incident"]["synthetic"], true);
        }
        assert_eq!(world.incidents().await.len(), 2);
    });
}

#[test]
fn a_test_starts_no_agent() {
    Setting::default().with_agent().play(async |world| {
        let hook = test_hook(world, 1);
        world.deliver(&hook).await;
        world.expect_starts("fixer", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn tests_stand_outside_every_figure() {
    scenario(async |world| {
        let before = world.read("/api/v1/escalations/stats").await;
        let hook = test_hook(world, 1);
        let incident = world.deliver(&hook).await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        assert_eq!(world.read("/api/v1/escalations/stats").await, before);
    });
}

#[test]
fn nobody_without_the_secret_can_mark_a_body_as_a_test() {
    scenario(async |world| {
        let mut hook = test_hook(world, 1);
        hook.signature = Some("0".repeat(64));
        assert_eq!(world.deliver(&hook).await.status, 401);
    });
}

#[test]
fn a_drill_pages_like_the_real_thing_and_says_that_it_is_none() {
    scenario(async |world| {
        let drill = world.drill("critical", "carol").await;
        let chat = world.sent_to("ops");
        assert!(chat.len() == 1 && chat[0].text().contains("TEST"), "{}", world.journal());
        let page = world.sent_to("ada");
        assert_eq!((page.len(), &page[0].body["data"]["incident"]["synthetic"]), (1, &serde_json::Value::Bool(true)));
        world.advance(minutes(30)).await;
        world.expect_pages("ops", ["5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
        assert_eq!(world.ack(&drill, "bob").await, 200);
        for told in ["ops", "ada", "bob"] {
            world.expect_news(told, ["acknowledged by bob"]);
        }
    });
}

#[test]
fn each_drill_is_an_incident_of_its_own() {
    scenario(async |world| {
        let first = world.drill("high", "carol").await;
        let second = world.drill("high", "carol").await;
        assert_ne!(first, second);
        assert_eq!(world.incidents().await.len(), 2);
        for drill in [first, second] {
            let shown = world.incident(&drill).await;
            assert_eq!((shown.level().as_str(), &shown.0["synthetic"]), ("high", &serde_json::Value::Bool(true)));
        }
    });
}

#[test]
fn a_drill_starts_no_agent_and_no_storm_and_stands_outside_every_figure() {
    Setting::default().with_agent().play(async |world| {
        let before = world.read("/api/v1/escalations/stats").await;
        for _ in 0..8 {
            world.drill("critical", "carol").await;
        }
        world.expect_starts("fixer", []);
        world.expect_pages("ada", ["0", "0", "0", "0", "0", "0", "0", "0"]);
        world.forget_what_was_sent();
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ada", ["0"]);
        world.forget_what_was_sent();
        let incidents = world.incidents().await;
        for drill in incidents.iter().filter(|incident| incident.0["synthetic"] == true) {
            world.resolve(&drill.field("id"), "carol").await;
        }
        world.forget_what_was_sent();
        let real = incidents.iter().find(|incident| incident.0["synthetic"] == false).unwrap().field("id");
        let after = world.read("/api/v1/escalations/stats").await;
        assert_eq!(
            (&before["considered"], &after["considered"]),
            (&0.into(), &1.into()),
            "the real one alone is counted"
        );
        assert_eq!(world.incident(&real).await.state(), "escalating");
    });
}

#[test]
fn a_maintenance_window_for_everything_leaves_a_drill_alone() {
    scenario(async |world| {
        world.maintenance(&["{ all = [] }"], minutes(60)).await;
        world.drill("critical", "carol").await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
    });
}

#[test]
fn a_silence_for_everything_leaves_a_drill_alone() {
    scenario(async |world| {
        world.silence(&["{ all = [] }"], minutes(60)).await;
        world.drill("critical", "carol").await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
    });
}

#[test]
fn a_silence_for_drills_silences_them() {
    scenario(async |world| {
        world.silence(&["{ synthetic = true }"], minutes(60)).await;
        world.drill("critical", "carol").await;
        world.advance(minutes(59)).await;
        world.expect_pages("ops", []);
        world.expect_pages("ada", []);
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["60"]);
        world.expect_pages("ada", ["60"]);
        world.forget_what_was_sent();
    });
}
