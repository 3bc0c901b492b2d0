//! S2: tests use a fresh identity each time, marked, through the true path, outside every figure.

use harness::{Setting, SignedHook, World, scenario};
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
