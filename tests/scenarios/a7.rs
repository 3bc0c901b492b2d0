//! A7: a maintenance window never quiets an incident opened before it. At its end an incident with a signal in the last ten minutes, or after
//! the end, takes its triaged level, its delay counted from then; the rest go into one summary.

use harness::{Setting, hours, minutes, scenario, seconds};

const CHECKOUT: [&str; 1] = ["project=checkout"];

#[test]
fn what_opens_in_it_is_told_in_one_summary_at_its_end() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        for (issue, title) in [("1", "Failure: one"), ("2", "Failure: two")] {
            let incident = world.sentry("issue.created").issue(issue).titled(title).critical().send().await.incident();
            assert_eq!(world.incident(&incident).await.level(), "maintenance");
            world.advance(minutes(20)).await;
        }
        world.advance(minutes(20)).await;
        world.expect_silence();
        world.advance(seconds(10)).await;
        world.expect_bulletin("ops", "summary", "60.16..60.17", ["Failure: one", "Failure: two"]);
        world.advance(minutes(30)).await;
        world.expect_silence();
    });
}

#[test]
fn what_was_opened_before_it_is_paged_as_ever() {
    scenario(async |world| {
        world.sentry("issue.created").critical().send().await;
        world.maintenance(&CHECKOUT, minutes(60)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.advance(minutes(30)).await;
        world.expect_pages("ops", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("ada", ["0", "5..5.5", "15..16.5"]);
        world.expect_pages("bob", ["30"]);
    });
}

#[test]
fn what_spoke_in_its_last_ten_minutes_takes_its_level_and_the_delay_counts_from_the_end() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").high().send().await.incident();
        world.advance(minutes(51)).await;
        world.sentry("event_alert.triggered").high().send().await;
        world.advance(minutes(9)).await;
        assert_eq!(world.incident(&incident).await.level(), "high");
        world.advance(minutes(1)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["62"]);
        world.expect_pages("ada", ["62"]);
        world.advance(minutes(60)).await;
        world.expect_pages("bob", ["122"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_speaks_after_the_end_takes_its_level_and_the_delay_counts_from_then() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").high().send().await.incident();
        world.advance(minutes(80)).await;
        world.expect_bulletin("ops", "summary", "60.16..60.17", ["Failure: one"]);
        world.sentry("event_alert.triggered").high().send().await;
        assert_eq!(world.incident(&incident).await.level(), "high");
        world.advance(minutes(2)).await;
        world.expect_pages("ops", ["82"]);
        world.expect_pages("ada", ["82"]);
    });
}

#[test]
fn a_critical_that_goes_on_is_paged_with_the_end_of_the_window() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(30)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(25)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.advance(minutes(5)).await;
        world.expect_pages("ops", ["30"]);
        world.expect_pages("ada", ["30"]);
        world.advance(minutes(1)).await;
        world.expect_silence();
    });
}

#[test]
fn what_was_over_before_its_end_stands_in_the_summary_all_the_same() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(20)).await;
        world.sentry("issue.resolved").send().await;
        world.expect_silence();
        world.advance(minutes(41)).await;
        world.expect_bulletin("ops", "summary", "60.16..60.17", ["Failure: one"]);
        world.advance(hours(3)).await;
        world.expect_silence();
    });
}

#[test]
fn no_agent_starts_in_it() {
    Setting::default().with_agent().play(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(70)).await;
        world.expect_starts("fixer", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn ended_before_its_time_the_summary_comes_then() {
    scenario(async |world| {
        let window = world.maintenance(&CHECKOUT, hours(8)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.advance(minutes(30)).await;
        assert_eq!(world.end_silence(&window, "carol").await, 200);
        world.advance(minutes(1)).await;
        world.expect_bulletin("ops", "summary", "30.16..30.17", ["Failure: one"]);
    });
}

#[test]
fn ended_before_its_time_what_spoke_just_before_goes_on_at_once() {
    scenario(async |world| {
        let window = world.maintenance(&CHECKOUT, hours(8)).await;
        world.sentry("issue.created").critical().send().await;
        world.advance(minutes(5)).await;
        world.end_silence(&window, "carol").await;
        world.expect_pages("ops", ["5"]);
        world.expect_pages("ada", ["5"]);
        world.advance(minutes(1)).await;
        world.expect_silence();
    });
}

#[test]
fn another_project_is_paged_as_ever() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        world.sentry("issue.created").project(7, "ledger").critical().send().await;
        world.expect_pages("ops", ["0"]);
        world.expect_pages("ada", ["0"]);
    });
}

#[test]
fn one_that_ended_during_a_stop_is_summed_up_on_the_return() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(30)).await;
        world.sentry("issue.created").titled("Failure: one").critical().send().await;
        world.off_for(hours(1)).await;
        world.advance(minutes(1)).await;
        world.expect_bulletin("ops", "summary", "60..60.5", ["Failure: one"]);
    });
}

#[test]
fn what_opens_after_it_is_paged_as_ever() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(30)).await;
        world.advance(minutes(30)).await;
        world.sentry("issue.created").critical().send().await;
        world.expect_pages("ops", ["30"]);
        world.expect_pages("ada", ["30"]);
    });
}

#[test]
fn what_a_person_calls_critical_in_it_is_paged_at_once_and_stands_in_no_summary() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").low().send().await.incident();
        world.advance(minutes(10)).await;
        assert_eq!(world.label(&incident, "ada", "critical").await, 200);
        world.expect_pages("ops", ["10"]);
        world.expect_pages("ada", ["10"]);
        world.advance(minutes(60)).await;
        world.expect_pages("bob", ["40", "45..45.5", "55..56.5"]);
        world.expect_pages("ops", ["15..15.5", "25..26.5", "45..48.5"]);
        world.forget_what_was_sent();
        assert_eq!(world.incident(&incident).await.level(), "critical");
    });
}

#[test]
fn who_takes_it_in_the_window_has_it_after_the_window_too() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.advance(minutes(55)).await;
        world.ack(&incident, "ada").await;
        world.sentry("event_alert.triggered").critical().send().await;
        world.expect_silence();
        world.advance(minutes(20)).await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.level().as_str()), ("acknowledged", "critical"));
        world.expect_silence();
        // Her half hour is that of a critical, and counts from the end of the window.
        world.advance(minutes(15)).await;
        world.expect_pages("ada", ["90"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn quiet_for_the_windows_time_and_an_hour_more_it_is_over() {
    scenario(async |world| {
        world.maintenance(&CHECKOUT, minutes(60)).await;
        let incident = world.sentry("issue.created").titled("Failure: one").critical().send().await.incident();
        world.advance(minutes(119)).await;
        world.expect_bulletin("ops", "summary", "60.16..60.17", ["Failure: one"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.advance(minutes(1)).await;
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["resolved"]["how"].as_str()), ("resolved", Some("quiet")));
        world.forget_what_was_sent();
    });
}
