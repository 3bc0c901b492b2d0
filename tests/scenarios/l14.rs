//! L14: nothing ends in silence: what came to nothing is told through the fallback and shown as owed.

use harness::{Reply, World, minutes, scenario};

async fn dead(world: &World) -> Vec<String> {
    let owed = world.read("/api/v1/owed").await;
    let items = owed["items"].as_array().unwrap();
    items.iter().filter(|item| item["state"] == "dead").map(ToString::to_string).collect()
}

#[test]
fn a_page_that_failed_for_good_is_told_through_the_fallback_and_owed() {
    scenario(async |world| {
        world.next_replies("ada", [Reply::Status(404)]);
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ada", ["0"]);
        world.expect_pages("ops", ["0"]);
        world.expect_pages("desk", ["0"]);
        let dead = dead(world).await;
        assert_eq!(dead.len(), 1, "{dead:?}");
        assert!(dead[0].contains("404"), "{dead:?}");
        world.expect_dead(["ada"]);
    });
}

#[test]
fn a_page_whose_tries_are_used_up_is_told_through_the_fallback() {
    scenario(async |world| {
        world.always_replies("ada", Reply::Status(503));
        world.expect_dead(["ada"]);
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(5)).await;
        assert!(world.sent_to("ada").len() > 3, "it was tried again first");
        world.expect_pages("desk", ["0..5"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_resolve_after_a_failed_page_is_told_through_the_fallback() {
    scenario(async |world| {
        world.always_replies("ada", Reply::Status(404));
        world.expect_dead(["ada"]);
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.resolve(&incident, "bob").await;
        world.expect_news("desk", ["resolved by bob"]);
        world.expect_news("ops", ["resolved by bob"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_fallback_that_fails_too_is_owed_and_told_to_nobody_in_circles() {
    scenario(async |world| {
        for target in ["ops", "ada", "desk"] {
            world.always_replies(target, Reply::Status(404));
        }
        world.expect_dead(["ops", "ada", "desk"]);
        world.sentry("issue.created").critical().send().await;
        let pages = world.sent_to("desk").len();
        assert!((1..=2).contains(&pages), "{pages} pages to the fallback");
        assert!(dead(world).await.len() >= 3);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_exhausted_ladder_is_told_through_the_fallback() {
    scenario(async |world| {
        world.sentry("issue.created").high().send().await;
        world.advance(minutes(2 + 240 + 240 - 1)).await;
        world.forget_what_was_sent();
        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["482"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_a_silence_hid_is_told_through_the_fallback_when_it_ends() {
    scenario(async |world| {
        world.silence(&["project=checkout"], minutes(60)).await;
        world.sentry("issue.created").issue("1").titled("Failure: one").high().send().await;
        world.advance(minutes(1)).await;
        let ended = world.sentry("issue.created").issue("2").titled("Failure: two").high().send().await.incident();
        world.advance(minutes(30)).await;
        world.resolve(&ended, "ada").await;
        world.advance(minutes(28)).await;
        world.expect_silence();
        // What ended unheard is told as well: nobody else would ever hear of it.
        world.advance(minutes(2)).await;
        world.expect_bulletin("desk", "silence", "60.16..60.17", ["Failure: one", "Failure: two"]);
        world.expect_pages("ops", ["60"]);
        world.expect_pages("ada", ["60"]);
    });
}
