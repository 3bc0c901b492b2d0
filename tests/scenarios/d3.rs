//! D3: a `resolved` for an unknown issue is remembered; signals that are not later open nothing.

use harness::{minutes, scenario, seconds};

#[test]
fn what_happened_before_an_early_resolve_opens_nothing() {
    scenario(async |world| {
        let resolved = world.sentry("issue.resolved").send().await;
        assert_eq!((resolved.status, resolved.outcome.as_str(), resolved.incident), (202, "stored", None));

        let at = world.now();
        for seen in [at - minutes(10), at - seconds(1), at] {
            let late = world.sentry("issue.created").seen(seen).critical().send().await;
            assert_eq!((late.status, late.outcome.as_str(), late.incident), (202, "stored", None), "seen at {seen}");
        }
        assert!(world.incidents().await.is_empty());
    });
}

#[test]
fn what_happened_after_it_opens_an_incident() {
    scenario(async |world| {
        world.sentry("issue.resolved").send().await;
        world.restart().await;
        let after = world.now() + seconds(1);
        let seen = world.sentry("issue.created").seen(after).send().await;
        assert_eq!(seen.outcome, "opened");
    });
}

#[test]
fn a_resolve_of_one_issue_says_nothing_of_another() {
    scenario(async |world| {
        world.sentry("issue.resolved").issue("1").send().await;
        assert_eq!(world.sentry("issue.created").issue("2").send().await.outcome, "opened");
    });
}
