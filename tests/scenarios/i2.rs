//! I2: without an issue id the fingerprint within (source, project) is the identity.

use harness::{HookBuilder, World, scenario};

fn nameless(world: &mut World, event: u32) -> HookBuilder<'_> {
    world.sentry("event_alert.triggered").without_issue().event(event)
}

#[test]
fn the_same_error_of_the_same_project_is_one_incident() {
    scenario(async |world| {
        let first = nameless(world, 1).titled("Timeout: order 17 took 3 s").send().await;
        assert_eq!(first.outcome, "opened");
        let second = nameless(world, 2).titled("Timeout: order 4242 took 11 s").send().await;
        assert_eq!((second.outcome.as_str(), second.incident), ("joined", first.incident));
    });
}

#[test]
fn another_error_another_project_and_another_source_are_others() {
    scenario(async |world| {
        nameless(world, 1).titled("Timeout: order took too long").send().await;
        let error = nameless(world, 2).titled("KeyError: basket").send().await;
        let project = nameless(world, 3).titled("Timeout: order took too long").project(8, "shop").send().await;
        let source =
            nameless(world, 4).titled("Timeout: order took too long").from_installation("another").send().await;
        for answer in [error, project, source] {
            assert_eq!(answer.outcome, "opened");
        }
        assert_eq!(world.incidents().await.len(), 4);
    });
}
