//! I1, R1: issues that Sentry merged. No hook tells of it: the errors of one issue come under the other, and the first is silent for ever.

use harness::{Answer, World, minutes, scenario};

async fn basket(world: &mut World, issue: &str, event: u32) -> Answer {
    world.sentry("event_alert.triggered").issue(issue).event(event).titled("KeyError: basket").send().await
}

async fn amount(world: &mut World, issue: &str, event: u32) -> Answer {
    world.sentry("event_alert.triggered").issue(issue).event(event).titled("ValueError: amount").send().await
}

/// Issue 1 and issue 2 are two errors; then the error of 2 comes under 1.
async fn merge(world: &mut World) -> (String, String) {
    let first = basket(world, "1", 1).await.incident();
    let second = amount(world, "2", 2).await.incident();
    assert_ne!(first, second);
    world.advance(minutes(1)).await;
    assert_eq!(amount(world, "1", 3).await.incident(), first, "an issue stays with its incident");
    (first, second)
}

fn moves(shown: &harness::Shown) -> usize {
    shown.events().iter().filter(|event| *event == "issue_moved").count()
}

#[test]
fn both_timelines_tell_of_a_merge_once_and_nothing_ends_by_it() {
    scenario(async |world| {
        let (first, second) = merge(world).await;
        amount(world, "1", 4).await;
        for incident in [&first, &second] {
            let shown = world.incident(incident).await;
            assert_eq!(moves(&shown), 1);
            assert_ne!(shown.state(), "resolved");
        }
        let shown = world.incident(&second).await;
        assert_eq!(shown.0["issues"][0]["merged_into"], "1");
        world.forget_what_was_sent();
    });
}

#[test]
fn what_sentry_resolves_it_resolves_for_the_issues_merged_into_it() {
    scenario(async |world| {
        let (first, second) = merge(world).await;
        world.sentry("issue.resolved").issue("1").send().await;
        for incident in [&first, &second] {
            assert_eq!(world.incident(incident).await.state(), "resolved");
        }
        world.forget_what_was_sent();
    });
}

#[test]
fn an_issue_that_speaks_again_was_not_merged() {
    scenario(async |world| {
        let (first, second) = merge(world).await;
        amount(world, "2", 5).await;
        amount(world, "1", 6).await;
        assert_eq!(moves(&world.incident(&second).await), 1, "it is not taken for merged again");
        world.sentry("issue.resolved").issue("1").send().await;
        assert_eq!(world.incident(&first).await.state(), "resolved");
        assert_ne!(world.incident(&second).await.state(), "resolved");
        world.forget_what_was_sent();
    });
}

#[test]
fn two_issues_that_were_the_same_error_from_the_start_are_no_merge() {
    scenario(async |world| {
        let first = world.sentry("issue.created").issue("1").send().await.incident();
        let second = world.sentry("issue.created").issue("2").send().await.incident();
        basket(world, "1", 1).await;
        basket(world, "2", 2).await;
        basket(world, "1", 3).await;
        for incident in [&first, &second] {
            assert_eq!(moves(&world.incident(incident).await), 0);
        }
        world.forget_what_was_sent();
    });
}
