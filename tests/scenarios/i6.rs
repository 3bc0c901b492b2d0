//! I6: signals of one identity are decided one after another, in the order of receipt.

use harness::scenario;

#[test]
fn hooks_that_wait_together_are_decided_in_their_order() {
    scenario(async |world| {
        let hooks = [
            world.sentry("issue.created").hook(),
            world.sentry("issue.resolved").hook(),
            world.sentry("issue.unresolved.by-person").hook(),
            world.sentry("issue.archived").hook(),
        ];
        let answers = world.deliver_at_once(&hooks).await;
        let outcomes: Vec<&str> = answers.iter().map(|answer| answer.outcome.as_str()).collect();
        assert_eq!(outcomes, ["opened", "resolved", "reopened", "resolved"]);
        assert!(answers.iter().all(|answer| answer.incident == answers[0].incident));
    });
}

#[test]
fn the_first_of_many_opens_and_all_others_join_it() {
    scenario(async |world| {
        let mut hooks = Vec::new();
        for event in 0..200 {
            hooks.push(world.sentry("event_alert.triggered").event(event).hook());
        }
        let answers = world.deliver_at_once(&hooks).await;
        assert_eq!(answers[0].outcome, "opened");
        assert!(answers[1..].iter().all(|answer| answer.outcome == "joined" && answer.incident == answers[0].incident));
        assert_eq!(world.incident(&answers[0].incident()).await.field("count"), "200");
    });
}
