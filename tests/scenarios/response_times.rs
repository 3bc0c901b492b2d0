//! P0 to P3: how soon somebody should answer, counted from the opening or from the rise. Nobody is paged for it; a missed one is shown.

use harness::{Setting, World, hours, minutes, scenario, seconds};
use serde_json::Value;

/// Opens an incident of a level of Sentry, as issue and error of its own, and gives its id.
async fn opened(world: &mut World, level: &str) -> String {
    let title = format!("Failure: {level}");
    let answer = world.sentry("issue.created").issue(level).titled(&title).level(level).send().await;
    assert_eq!(answer.outcome, "opened");
    answer.incident()
}

async fn response(world: &World, incident: &str) -> Value {
    world.incident(incident).await.0["response"].clone()
}

async fn due(world: &World, incident: &str) -> String {
    response(world, incident).await["due_at"].as_str().unwrap().to_owned()
}

async fn standing(world: &World, incident: &str) -> String {
    response(world, incident).await["state"].as_str().unwrap().to_owned()
}

#[test]
fn each_level_has_its_own_and_what_nobody_answered_in_time_is_shown_as_missed() {
    for (level, lasts, due_at) in [
        ("fatal", minutes(15), "2026-05-04T09:15:00.000Z"),
        ("error", hours(1), "2026-05-04T10:00:00.000Z"),
        ("warning", hours(4), "2026-05-04T13:00:00.000Z"),
        ("info", hours(24), "2026-05-05T09:00:00.000Z"),
    ] {
        scenario(async |world| {
            let incident = opened(world, level).await;
            assert_eq!(due(world, &incident).await, due_at, "{level}");
            world.advance(lasts).await;
            assert_eq!(standing(world, &incident).await, "open", "{level}: its last moment is in time");
            world.advance(seconds(1)).await;
            assert_eq!(standing(world, &incident).await, "missed", "{level}");
            let listed = world.incidents().await;
            assert_eq!(listed[0].0["response"]["state"], "missed", "{level}");
            world.forget_what_was_sent();
        });
    }
}

#[test]
fn an_answer_in_time_meets_it_for_good_and_a_late_one_does_not() {
    scenario(async |world| {
        let (taken, late) = (opened(world, "fatal").await, opened(world, "error").await);
        world.advance(minutes(15)).await;
        assert_eq!(world.ack(&taken, "ada").await, 200);
        world.advance(minutes(46)).await;
        // The acknowledgement has ended by now, and was an answer all the same.
        assert_eq!(world.incident(&taken).await.state(), "escalating");
        assert_eq!(standing(world, &taken).await, "met");
        assert_eq!(world.ack(&late, "bob").await, 200);
        let shown = response(world, &late).await;
        assert_eq!((&shown["state"], &shown["answered_at"]), (&"missed".into(), &"2026-05-04T10:01:00.000Z".into()));
        world.forget_what_was_sent();
    });
}

#[test]
fn the_two_lower_levels_count_when_people_work() {
    for (opens, medium, low) in [
        // Friday, two hours before the end of work.
        ("2026-05-08T16:00:00Z", "2026-05-11T11:00:00.000Z", "2026-05-11T09:00:00.000Z"),
        // Tuesday night.
        ("2026-05-05T03:00:00Z", "2026-05-05T13:00:00.000Z", "2026-05-05T09:00:00.000Z"),
    ] {
        Setting::default().starting(opens).play(async |world| {
            let incidents = (opened(world, "warning").await, opened(world, "info").await);
            assert_eq!(due(world, &incidents.0).await, medium, "medium, opened at {opens}");
            assert_eq!(due(world, &incidents.1).await, low, "low, opened at {opens}");
        });
    }
}

#[test]
fn a_rise_counts_anew_by_the_higher_level() {
    scenario(async |world| {
        let incident = opened(world, "warning").await;
        world.advance(minutes(10)).await;
        world.sentry("event_alert.triggered").issue("warning").titled("Failure: warning").high().send().await;
        assert_eq!(world.incident(&incident).await.level(), "high");
        assert_eq!(due(world, &incident).await, "2026-05-04T10:10:00.000Z");
        world.forget_what_was_sent();
    });
}

#[test]
fn what_ended_by_itself_in_time_needed_nobody_and_what_ended_later_was_missed() {
    for (after, shown) in [(minutes(60), Value::Null), (minutes(61), "missed".into())] {
        scenario(async |world| {
            let incident = opened(world, "error").await;
            world.advance(after).await;
            world.sentry("issue.resolved").issue("error").send().await;
            assert_eq!(world.incident(&incident).await.state(), "resolved");
            assert_eq!(response(world, &incident).await["state"], shown);
            world.forget_what_was_sent();
        });
    }
}
