//! Maintenance windows: one summary, and what goes on after them (A7).

use super::*;
use crate::policy::Rung;
use crate::silence::SilenceKind::Maintenance as Change;

/// An incident that opens in a window from minute 0 to 60.
fn in_a_window(priority: Priority) -> (Story, SilenceId) {
    let mut story = Story::begins();
    let window = story.order(Change, 0, 60);
    story.signal(priority).unwrap();
    (story, window)
}

#[test]
fn a7_the_summary_is_told_once_ten_seconds_after_the_end() {
    let (mut story, _) = in_a_window(Priority::Critical);
    assert_eq!((story.level(), story.state()), (Level::Maintenance, "open"));
    story.wait(minutes(60));
    let [(due, page)] = &story.outbox[..] else { panic!("{:?}", story.outbox) };
    assert_eq!(*due, START + minutes(60) + Duration::from_secs(10));
    assert_eq!(page.bundle.map(|bundle| bundle.kind), Some(crate::attention::BundleKind::Summary));
    story.wait(minutes(1));
    assert_eq!((story.state(), story.paged()), ("exhausted", vec![(60, "team")]));
    story.wait(minutes(59));
    assert_eq!((story.state(), story.paged().len(), story.minute()), ("resolved", 1, 120), "window and an hour");
}

#[test]
fn a7_a_signal_in_the_last_ten_minutes_or_after_the_end_goes_on() {
    for (heard_at, first) in [(50, None), (51, Some(60)), (59, Some(60)), (70, Some(70))] {
        let (mut story, _) = in_a_window(Priority::Critical);
        story.wait(minutes(heard_at));
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(75 - heard_at));
        let paged = story.minutes_of("primary").first().copied();
        assert_eq!(paged, first, "heard of at {heard_at}");
        assert_eq!(story.level() == Level::Critical, first.is_some());
    }
}

#[test]
fn a7_its_delay_counts_from_the_end() {
    let mut story = Story::begins();
    story.order(Change, 0, 60);
    story.wait(minutes(55));
    story.signal(Priority::High).unwrap();
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("primary"), [62]);
    assert_eq!(story.minutes_of("team"), [62]);
}

#[test]
fn a7_a_window_never_quiets_what_was_open_before() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Change, 0, 600);
    story.wait(minutes(6));
    assert_eq!((story.level(), story.minutes_of("primary").len()), (Level::Critical, 2));
}

#[test]
fn a7_a_priority_that_rises_inside_waits_for_the_end_and_is_the_last_word() {
    let (mut story, _) = in_a_window(Priority::Low);
    story.wait(minutes(55));
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.level(), Level::Maintenance);
    story.wait(minutes(5));
    assert_eq!((story.level(), story.minutes_of("primary")), (Level::Critical, vec![60]));
}

#[test]
fn a7_a_window_that_is_ended_early_ends_for_its_incidents_then() {
    for (quiet, level) in [(30, Level::Maintenance), (5, Level::Critical)] {
        let (mut story, window) = in_a_window(Priority::Critical);
        story.wait(minutes(quiet));
        story.end_order(window);
        assert_eq!(story.level(), level);
        story.wait(minutes(1));
        let told = if level == Level::Critical { vec![(5, "primary"), (5, "team")] } else { vec![(30, "team")] };
        assert_eq!(story.paged(), told);
    }
}

#[test]
fn a7_a_window_that_is_deleted_is_over_and_one_that_is_extended_holds_on() {
    let (mut story, _) = in_a_window(Priority::Critical);
    story.wait(minutes(30));
    let order = story.standing.silences.pop().unwrap();
    story.heed();
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(30, "team")]);

    let (mut story, _) = in_a_window(Priority::Critical);
    let once = Once::between(START, START + minutes(90)).unwrap();
    story.standing.silences[0] = Silence { times: Times::Once(once), ..order };
    story.wait(minutes(61));
    assert_eq!((story.paged(), story.count("in_maintenance")), (vec![], 2));
    story.wait(minutes(30));
    assert_eq!(story.paged(), [(90, "team")]);
}

#[test]
fn a7_what_reopens_inside_is_in_the_window_and_spends_no_raise() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.resolve("ada");
    story.wait(minutes(10));
    story.order(Change, 0, 60);
    story.signal(Priority::Medium).unwrap();
    assert_eq!((story.level(), story.incident().opening), (Level::Maintenance, 2));
    assert!(!story.incident().regression_raised, "the window's level is no raise");
    story.wait(minutes(51));
    assert_eq!(story.paged(), [(60, "team")]);
}

#[test]
fn a7_what_ended_inside_stands_in_the_summary_until_it_leaves() {
    for after in [Duration::ZERO, minutes(59), minutes(60) + Duration::from_secs(5)] {
        let (mut story, _) = in_a_window(Priority::Critical);
        story.wait(after);
        story.resolve("ada");
        assert_eq!(story.heard("in_window"), ["team"], "resolved {after:?} after the beginning");
        let due = story.news.last().unwrap().0;
        assert_eq!(due, START + minutes(60) + Duration::from_secs(10));
        assert!(story.outbox.is_empty(), "and no page beside it");
    }
}

#[test]
fn a7_what_ends_after_the_summary_left_is_no_part_of_it() {
    let (mut story, _) = in_a_window(Priority::Critical);
    story.wait(minutes(60) + Duration::from_secs(10));
    story.resolve("ada");
    assert_eq!((story.heard("in_window").len(), story.paged()), (0, vec![(60, "team")]));
}

#[test]
fn a7_who_wants_it_higher_does_not_wait_and_who_wants_it_lower_does() {
    let (mut story, _) = in_a_window(Priority::High);
    story.says(Priority::High);
    story.says(Priority::Medium);
    assert_eq!((story.level(), story.count("rose")), (Level::Maintenance, 0));
    story.wait(minutes(10));
    story.says(Priority::Critical);
    assert_eq!((story.level(), story.paged()), (Level::Critical, vec![(10, "primary"), (10, "team")]));
    assert!(story.incident().window.is_none());
    story.wait(minutes(60));
    assert_eq!((story.level(), story.minutes_of("secondary")[0]), (Level::Critical, 40));

    let (mut story, _) = in_a_window(Priority::High);
    story.wait(minutes(55));
    story.signal(Priority::High).unwrap();
    story.says(Priority::Medium);
    story.wait(minutes(5));
    assert_eq!(story.level(), Level::Medium, "at the end a person's word counts");
}

#[test]
fn a7_a_snooze_until_sentry_opens_it_again_ends_inside_too() {
    let (mut story, _) = in_a_window(Priority::Critical);
    let ignored = Lifecycle::Ignored { until_condition: true, until: None };
    story.observe(lifecycle("1", story.now, ignored), Priority::Critical).unwrap();
    assert_eq!(story.state(), "snoozed");
    story.wait(minutes(10));
    let again = Lifecycle::Unresolved { came_back: true };
    story.observe(lifecycle("1", story.now, again), Priority::Critical).unwrap();
    assert_eq!((story.state(), story.level(), story.paged()), ("open", Level::Maintenance, vec![]));
    story.wait(minutes(51));
    assert_eq!(story.paged(), [(60, "team")]);
}

#[test]
fn a7_the_summary_keeps_to_the_windows_end_whatever_held_the_ladder() {
    let (mut story, _) = in_a_window(Priority::Critical);
    story.snooze(until(30)).unwrap();
    story.wait(minutes(40));
    story.resolve("ada");
    story.wait(minutes(5));
    let undo = story.ask(&Command::Undo(Act::by("ada")));
    // The level's reopen window is zero: taking it back is the default policy's to refuse.
    assert_eq!(undo, Err(Rejection::WindowOver));
    story.policy.levels.get_mut(&Level::Maintenance).unwrap().reopen_window = minutes(60);
    story.undo();
    story.wait(minutes(16));
    assert_eq!(story.paged(), [(60, "team")]);
}

#[test]
fn c2_a_jump_past_the_end_of_a_window_ends_it_and_is_no_time_of_its_ladder() {
    let mut story = Story::begins();
    let ladder = &mut story.policy.levels.get_mut(&Level::Maintenance).unwrap().ladder;
    let again = Rung { after: minutes(90), ..ladder[0].clone() };
    ladder.push(again);
    story.order(Change, 0, 60);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(30));
    // The clock is set forward by four hours at minute 30.
    let jump = 4 * 3_600_000;
    story.now = story.now.shifted(jump);
    story.ask(&Command::ShiftClock { by: jump, now: story.now }).unwrap();
    story.wait(Duration::ZERO);
    let escalation = story.incident().escalation.as_ref().unwrap();
    assert_eq!((escalation.next_rung, escalation.next_rung_at), (1, Some(story.now + minutes(90))));
}

#[test]
fn c2_a_jump_of_our_clock_moves_no_window() {
    for jump in [-1_800_000_i64, 1_200_000] {
        let (mut story, _) = in_a_window(Priority::Critical);
        story.wait(minutes(35));
        story.now = story.now.shifted(jump);
        story.ask(&Command::ShiftClock { by: jump, now: story.now }).unwrap();
        assert_eq!(story.wake_at, Some(START + minutes(60)));
    }
}

#[test]
fn a7_a_window_that_recurs_is_another_window() {
    let mut story = Story::begins();
    let window = story.order(Change, 0, 60);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(65));
    // The same order, as a recurrence would have it.
    let once = Once::between(START + minutes(70), START + minutes(300)).unwrap();
    story.standing.silences.iter_mut().find(|order| order.id == window).unwrap().times = Times::Once(once);
    story.wait(minutes(10));
    story.heed();
    assert_eq!(story.incident().window.as_ref().unwrap().until, START + minutes(60));
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.level(), Level::Critical, "it outlived its window");
}

#[test]
fn a7_what_triage_has_come_to_ignore_goes_into_the_summary_and_the_timer_moves_on() {
    let (mut story, _) = in_a_window(Priority::Low);
    story.wait(minutes(55));
    story.signal(Priority::Ignore).unwrap();
    story.wait(minutes(6));
    assert_eq!((story.level(), story.paged()), (Level::Maintenance, vec![(60, "team")]));
    assert!(story.wake_at.is_some_and(|wake_at| wake_at > story.now), "{:?}", story.wake_at);
    // What is heard of again is worth something again.
    story.signal(Priority::High).unwrap();
    assert_eq!(story.level(), Level::High);
}

#[test]
fn a7_one_summary_however_late_each_incident_heeds_the_end() {
    let summary = |late: u64, early: bool| {
        let (mut story, window) = in_a_window(Priority::Critical);
        let end = if early { START + minutes(30) } else { START + minutes(60) };
        let ended = Ended { at: end, by: "ada".to_owned(), reason: None };
        let order = story.standing.silences.iter_mut().find(|order| order.id == window).unwrap();
        order.ended = early.then_some(ended);
        story.now = end + Duration::from_millis(late);
        let heeded = story.ask(&Command::HeedStanding).unwrap();
        (heeded.work[0].due, heeded.work[0].work.bundle().unwrap().id)
    };
    for early in [false, true] {
        assert_eq!(summary(20, early), summary(0, early), "ended early: {early}");
        assert_eq!(summary(9_000, early), summary(0, early), "ended early: {early}");
        assert_eq!(summary(30_000, early).0, START + minutes(if early { 30 } else { 60 }) + Duration::from_secs(30));
    }
}

#[test]
fn a7_what_was_answered_inside_stands_in_the_summary_once() {
    let after = Duration::from_secs(5);
    // Answered inside; answered between the end and the summary; answered inside and ended before the summary left.
    for (answered, again, ended) in [
        (minutes(30), None, None),
        (minutes(60) + after, None, None),
        (minutes(60) + after, Some(after / 5), Some(after / 5)),
        (minutes(30), None, Some(minutes(30) + after)),
    ] {
        for snoozed in [false, true] {
            let (mut story, _) = in_a_window(Priority::High);
            let answer = |story: &mut Story| {
                if snoozed { drop(story.snooze(until(6000)).unwrap()) } else { story.acknowledge("ada") }
            };
            story.wait(answered);
            answer(&mut story);
            if let Some(again) = again {
                story.wait(again);
                answer(&mut story);
            }
            if let Some(ended) = ended {
                story.wait(ended);
                story.resolve("ada");
            }
            story.wait(minutes(300));
            let case = format!("{answered:?} {again:?} {ended:?} {snoozed}");
            assert_eq!((story.heard("in_window"), story.paged()), (vec!["team"], vec![]), "{case}");
            let due = story.news.iter().find(|(_, told)| told.news == News::InWindow).unwrap().0;
            assert_eq!(due, START + minutes(60) + Duration::from_secs(10), "{case}");
        }
    }
}

#[test]
fn a7_after_the_summary_a_persons_word_starts_the_ladder_though_triage_said_the_same() {
    let (mut story, _) = in_a_window(Priority::High);
    story.wait(minutes(62));
    assert_eq!((story.level(), story.paged()), (Level::Maintenance, vec![(60, "team")]));
    story.says(Priority::High);
    story.wait(minutes(2));
    assert_eq!((story.level(), story.minutes_of("primary")), (Level::High, vec![62]));
}

#[test]
fn a7_what_a_summary_listed_ends_by_quiet_in_one_message() {
    let ends = |heard_at: u64, late: u64| {
        let (mut story, _) = in_a_window(Priority::Low);
        story.wait(minutes(heard_at));
        story.signal(Priority::Low).unwrap();
        story.wait(minutes(119 - heard_at));
        story.news.clear();
        story.now = START + minutes(120) + Duration::from_secs(late);
        story.heed();
        assert_eq!(story.state(), "resolved");
        assert_eq!(story.heard("resolved"), ["team"]);
        let (due, update) = story.news.last().unwrap().clone();
        (due, update.bundle.unwrap().id)
    };
    assert_eq!(ends(10, 0), ends(45, 7), "an hour after the window, and ten seconds");
    assert_eq!(ends(10, 0).0, START + minutes(120) + Duration::from_secs(10));
    // Whoever ends it earlier is told of at once, alone.
    let (mut story, _) = in_a_window(Priority::Low);
    story.wait(minutes(70));
    story.resolve("ada");
    assert_eq!(story.news.last().map(|(due, told)| (*due, told.bundle)), Some((story.now, None)));
}
