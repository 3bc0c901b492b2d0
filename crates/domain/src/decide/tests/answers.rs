//! Acknowledging, agents, stops and clock jumps.

use super::*;
use crate::id::RunId;
use crate::incident::{Progress, State};

#[test]
fn a1_an_acknowledgement_stops_pages_and_tells_everybody_paged_who_it_was() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let by = Actor::Person("ada".to_owned());
    let decision = story.ask(&Command::Acknowledge(Act { by, reason: None, saw: None })).unwrap();
    let told: Vec<String> = decision
        .work
        .iter()
        .filter_map(|planned| match &planned.work {
            Work::Update(update) => Some(update.channel.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["primary", "team"]);
    assert!(decision.cancel_pages);
    let pages = story.pages.len();
    story.wait(minutes(29));
    assert_eq!(story.pages.len(), pages);
}

#[test]
fn a1_each_act_of_a_person_counts_the_time_anew_and_a_signal_does_not() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.wait(minutes(20));
    story.acknowledge("ada");
    story.wait(minutes(20));
    assert_eq!(story.state(), "acknowledged");
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    assert_eq!(story.state(), "escalating");
}

#[test]
fn a3_when_it_ends_those_told_are_paged_at_once_and_the_ladder_goes_on_from_where_it_stood() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.acknowledge("ada");
    story.pages.clear();
    story.wait(minutes(30));
    assert_eq!(story.paged(), [(40, "primary"), (40, "team")]);
    story.wait(minutes(20));
    assert_eq!(story.minutes_of("secondary"), [60], "30 minutes of ladder, 30 held");
}

#[test]
fn l10_a_resolve_wins_over_a_late_acknowledgement() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    let late = Command::Acknowledge(Act::by("bob"));
    assert_eq!(story.ask(&late), Err(Rejection::AlreadyResolved));
    assert_eq!(story.wake_at, None);
}

#[test]
fn l9_a_button_of_an_earlier_opening_is_refused() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    story.now = story.now + minutes(1);
    story.signal(Priority::Critical).unwrap();
    let old = Command::Acknowledge(Act { saw: Some(Revision { opening: 1, escalation: 1 }), ..Act::by("bob") });
    assert_eq!(story.ask(&old), Err(Rejection::Stale));
}

fn run(story: &Story) -> RunId {
    story.incident().fixing.as_ref().unwrap().run
}

#[test]
fn the_same_news_told_twice_is_two_messages() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::Critical).unwrap();
    let run = story.incident().fixing.as_ref().unwrap().run;
    let mut keys = std::collections::BTreeSet::new();
    let mut told = 0;
    for progress in [Progress::NeedsInput, Progress::Running, Progress::NeedsInput, Progress::Failed] {
        let decision = story.ask(&Command::AgentProgressed { run, progress, url: None, note: None }).unwrap();
        for work in decision.work.iter().filter(|planned| matches!(planned.work, Work::Update(_))) {
            told += 1;
            keys.insert(work.work.dedup_key(story.incident().id));
        }
    }
    // Receivers drop what comes under a key that they know.
    assert_eq!((told, keys.len()), (6, 6));
}

fn progress(story: &mut Story, progress: Progress) {
    let run = run(story);
    story.ask(&Command::AgentProgressed { run, progress, url: None, note: None }).unwrap();
}

#[test]
fn f1_a_failed_run_never_breaks_an_acknowledgement() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    story.acknowledge("ada");
    progress(&mut story, Progress::Failed);
    assert_eq!(story.state(), "acknowledged");
}

#[test]
fn f1_repeats_never_start_an_agent() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(600));
    let calls = story.events.iter().filter(|event| matches!(event, Event::AgentCalled { .. })).count();
    assert_eq!(calls, 1);
}

#[test]
fn f2_a_run_holds_the_ladder_up_to_the_levels_limit() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    let pages = story.pages.len();
    progress(&mut story, Progress::Running);
    story.wait(minutes(29));
    assert_eq!(story.pages.len(), pages, "held for thirty minutes: no repeat");
    story.wait(minutes(2));
    assert!(story.pages.len() > pages);
    assert_eq!(story.minutes_of("secondary"), Vec::<u64>::new());
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("secondary"), [62], "the offset of a rung that was not held stays");
}

#[test]
fn f2_a_failure_ends_the_hold_and_advances_no_rung() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(12));
    progress(&mut story, Progress::Failed);
    assert_eq!(story.incident().escalation.as_ref().unwrap().next_rung, 1);
    assert!(story.minutes_of("secondary").is_empty());
    assert_eq!(story.incident().held_until(), None);
}

#[test]
fn f2_rungs_that_came_due_in_the_hold_run_in_order_one_cooldown_apart() {
    let mut story = Story::begins().with_agent();
    story.policy.levels.get_mut(&Level::High).unwrap().agent_hold = minutes(300);
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    story.wait(minutes(300));
    assert_eq!(story.minutes_of("secondary"), [302]);
    story.wait(minutes(16));
    assert_eq!(story.minutes_of("manager"), [317]);
}

#[test]
fn f2_a_hold_never_outlasts_a_growing_impact() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(3));
    let mut grown = signal("1", story.now);
    grown.users = Some(500);
    story.observe(grown, Priority::High).unwrap();
    assert_eq!(story.incident().held_until(), None);
}

#[test]
fn f2_an_agent_may_not_hold_a_critical() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(6));
    assert!(story.minutes_of("team").len() > 1);
}

#[test]
fn s2_a_test_starts_no_agent() {
    let mut story = Story::begins().with_agent();
    let mut test = signal("1", story.now);
    test.synthetic = true;
    story.observe(test, Priority::Critical).unwrap();
    assert!(story.incident().fixing.is_none());
}

#[test]
fn c1_after_a_stop_those_told_are_paged_again_and_no_rung_is_skipped() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.pages.clear();
    story.now = story.now + minutes(110);
    story.ask(&Command::Resume { away: minutes(110) }).unwrap();
    assert_eq!(story.paged(), [(120, "primary"), (120, "team")]);
    story.wait(minutes(200));
    let first = |contact| story.minutes_of(contact)[0];
    assert_eq!((first("secondary"), first("manager"), first("director")), (125, 155, 215));
}

#[test]
fn c1_a_stop_does_not_count_as_quiet() {
    let mut story = Story::begins();
    story.signal(Priority::Low).unwrap();
    story.wait(minutes(60));
    story.now = story.now + minutes(8 * 24 * 60);
    story.ask(&Command::Resume { away: minutes(8 * 24 * 60) }).unwrap();
    story.wait(minutes(24 * 60));
    assert_eq!(story.state(), "exhausted");
}

#[test]
fn c2_a_clock_jump_moves_everything_due_by_its_size() {
    for jump in [-3_600_000_i64, 7 * 86_400_000] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(10));
        let due = story.wake_at.unwrap();
        story.now = story.now.shifted(jump);
        story.ask(&Command::ShiftClock { by: jump, now: story.now }).unwrap();
        assert_eq!(story.wake_at, Some(due.shifted(jump)));
        let State::Escalating = story.incident().state else { panic!("{}", story.state()) };
    }
}

#[test]
fn a3_one_endpoint_under_two_names_rings_once_when_an_acknowledgement_ends() {
    let mut story = Story::begins();
    let channels = vec![name("team")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.pages.clear();
    story.wait(minutes(30));
    let first: Vec<_> =
        story.pages.iter().filter(|(minute, ..)| *minute == 30).map(|(_, who, _)| who.as_str()).collect();
    assert_eq!(first, ["primary", "team"], "ada is reached where the team is");
}

#[test]
fn c2_a_clock_set_back_after_the_end_does_not_hold_the_pages_of_the_next_opening() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("bob");
    story.pages.clear();
    // Only live incidents move with the clock.
    let day_before = story.now - minutes(24 * 60);
    let later = signal("1", story.now + minutes(1));
    story.now = day_before;
    story.observe(later, Priority::Critical).unwrap();
    assert_eq!(story.pages.len(), 2, "{:?}", story.pages);
}

fn told_of(decision: &Decision) -> Vec<String> {
    let channel = |planned: &crate::decision::Planned| match &planned.work {
        Work::Update(update) => Some(update.channel.to_string()),
        _ => None,
    };
    decision.work.iter().filter_map(channel).collect()
}

#[test]
fn a1_who_was_paged_before_a_rise_is_told_of_the_acknowledgement_too() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(62));
    assert_eq!(story.minutes_of("secondary"), [62]);
    story.signal(Priority::Critical).unwrap();
    let by = Actor::Person("primary".to_owned());
    let decision = story.ask(&Command::Acknowledge(Act { by, reason: None, saw: None })).unwrap();
    let mut told = told_of(&decision);
    told.sort();
    assert_eq!(told, ["primary", "secondary", "team"]);
}

#[test]
fn f2_why_a_run_failed_is_told_in_bounds() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    let note = Some("the build is broken ".repeat(40));
    let progressed = Command::AgentProgressed { run: run(&story), progress: Progress::Failed, url: None, note };
    let decision = story.ask(&progressed).unwrap();
    let said = decision.work.iter().find_map(|planned| match &planned.work {
        Work::Update(crate::decision::Update { news: crate::decision::News::Agent { said }, .. }) => Some(said.clone()),
        _ => None,
    });
    let said = said.unwrap();
    assert!(said.starts_with("agent codegen failed: the ladder goes on (the build is broken"), "{said}");
    assert!(said.len() < 260, "{said}");
}

#[test]
fn f1_an_agent_named_by_two_rungs_runs_once_and_the_second_agent_gets_its_turn() {
    let mut story = Story::begins().with_agent();
    story.directory.agents.push(name("fixer"));
    let ladder = &mut story.policy.levels.get_mut(&Level::High).unwrap().ladder;
    for rung in ladder.iter_mut() {
        rung.targets.push(crate::policy::Target::Agent(crate::policy::Choice::Every));
    }
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    progress(&mut story, Progress::Failed);
    let first = run(&story);
    story.wait(minutes(60));
    let second = story.incident().fixing.clone().unwrap();
    assert_ne!(second.run, first, "a run that is over is never started again");
    assert_eq!(second.agent, name("fixer"));
}

#[test]
fn f2_a_report_that_comes_twice_or_after_the_end_is_stale_and_a_new_page_of_the_run_is_not() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    let run = run(&story);
    let mut report = |progress, url: Option<&str>| {
        let url = url.map(str::to_owned);
        story.ask(&Command::AgentProgressed { run, progress, url, note: None }).map(|_| ())
    };
    assert_eq!(report(Progress::Running, Some("https://agent/1")), Ok(()));
    assert_eq!(report(Progress::Running, None), Err(Rejection::Stale));
    assert_eq!(report(Progress::Running, Some("https://agent/1")), Err(Rejection::Stale));
    assert_eq!(report(Progress::Running, Some("https://agent/2")), Ok(()));
    assert_eq!(report(Progress::Failed, None), Ok(()));
    for late in [Progress::Running, Progress::Succeeded, Progress::Failed] {
        assert_eq!(report(late, Some("https://agent/3")), Err(Rejection::Stale));
    }
    let other =
        Command::AgentProgressed { run: RunId::from_bits(1), progress: Progress::Running, url: None, note: None };
    assert_eq!(story.ask(&other), Err(Rejection::Stale));
}

#[test]
fn f2_why_a_hold_ended_is_said() {
    for (ends, because) in [
        (Progress::NeedsInput, "the agent waits for a person"),
        (Progress::Failed, "the agent's run came to nothing"),
        (Progress::Unknown, "the agent's run came to nothing"),
    ] {
        let mut story = Story::begins().with_agent();
        story.signal(Priority::High).unwrap();
        story.wait(minutes(2));
        progress(&mut story, ends);
        let said = story.events.iter().find_map(|event| match event {
            Event::HoldEnded { because, .. } => Some(because.as_str()),
            _ => None,
        });
        assert_eq!(said, Some(because));
    }
}

#[test]
fn f2_twice_the_users_or_ten_times_the_events_are_growth_and_less_is_not() {
    for (users, events, grown) in [
        (None, 1, false),
        (Some(3), 1, false),
        (Some(4), 1, false),
        (Some(5), 1, false),
        (Some(6), 1, true),
        (Some(3), 9, false),
        (Some(3), 10, true),
    ] {
        let mut story = Story::begins().with_agent();
        let first = Signal { users: users.map(|_| 3), events: Some(1), ..signal("1", story.now) };
        story.observe(first, Priority::High).unwrap();
        story.wait(minutes(3));
        let seen = Signal { users, events: Some(events), ..signal("1", story.now) };
        story.observe(seen, Priority::High).unwrap();
        assert_eq!(story.incident().held_until().is_none(), grown, "{users:?} users, {events} events");
    }
}

#[test]
fn f2_whatever_is_heeded_meanwhile_a_hold_holds_to_its_end() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(10));
    story.heed();
    assert_eq!(story.incident().held_until(), Some(START + minutes(32)));
}

#[test]
fn a3_an_owner_who_is_reached_where_the_team_is_repeats_in_the_teams_turn() {
    let repeats = |by: &str| {
        let mut story = Story::begins();
        let channels = vec![name("team")];
        story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
        story.signal(Priority::Critical).unwrap();
        story.acknowledge(by);
        story.wait(minutes(130));
        story.rang.iter().filter(|(_, who, _)| ["ada", "team"].contains(&who.as_str())).count()
    };
    assert_eq!(repeats("ada"), repeats("bob"));
}
