//! L6: one error in several environments is judged by the worthiest.

use harness::{Answer, Setting, World, minutes};

async fn seen(world: &mut World, event: u32, environment: &str) -> Answer {
    world.sentry("event_alert.triggered").event(event).environment(environment).level("error").send().await
}

#[test]
fn production_raises_what_staging_opened_and_staging_lowers_nothing() {
    Setting::default().with_default_triage().play(async |world| {
        let opened = seen(world, 1, "staging").await;
        let low = world.incident(&opened.incident()).await;
        world.advance(minutes(1)).await;
        assert_eq!(seen(world, 2, "production").await.outcome, "joined");
        let high = world.incident(&opened.incident()).await;
        assert_ne!(high.level(), low.level());
        assert_eq!(high.events().iter().filter(|event| *event == "rose").count(), 1);

        seen(world, 3, "staging").await;
        assert_eq!(world.incident(&opened.incident()).await.level(), high.level());
        // A hook that names no environment is judged by the worthiest one known.
        world.sentry("issue.unresolved.escalating").level("error").send().await;
        let shown = world.incident(&opened.incident()).await;
        assert_ne!(shown.level(), low.level());
        assert_eq!(shown.0["environments"], serde_json::json!(["staging", "production"]));
        assert_eq!(shown.field("environment"), "staging");
        world.forget_what_was_sent();
    });
}
