//! Acknowledgement, snooze, silence, agent and fix, over each other: the ladder's clock, and who heard of what (A1 to A6, F2, L4, L5).

use super::*;
use crate::incident::State;
use crate::silence::SilenceKind::Silence as Quiet;

fn with_users(story: &Story, users: u64) -> Signal {
    Signal { users: Some(users), ..signal("1", story.now) }
}

#[test]
fn a6_the_clock_stands_still_from_the_first_hold_to_the_last_and_nothing_counts_twice() {
    // The silence's minutes, the acknowledgement's minute (it holds for thirty), and when the secondary, of minute 30, is paged.
    for (from, until, acknowledged, secondary) in
        [(10, 30, 20, 70), (20, 60, 10, 80), (40, 60, 10, 80), (15, 20, 10, 60), (5, 100, 10, 125), (10, 20, 25, 70)]
    {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.order(Quiet, from, until);
        story.wait(minutes(acknowledged));
        story.acknowledge("ada");
        story.wait(minutes(secondary - acknowledged - 1));
        let case = format!("silenced {from} to {until}, acknowledged at {acknowledged}");
        assert_eq!(story.minutes_of("secondary"), Vec::<u64>::new(), "{case}");
        story.wait(minutes(1));
        assert_eq!(story.minutes_of("secondary"), [secondary], "{case}");
        let within =
            |minute: &u64| (from..until).contains(minute) || (acknowledged..acknowledged + 30).contains(minute);
        // The decision of the minute in which a hold begins came before it.
        let quiet = |minute: &u64| *minute != from && *minute != acknowledged && within(minute);
        assert_eq!(story.minutes_of("primary").iter().find(|minute| quiet(minute)), None, "{case}");
    }
}

#[test]
fn a6_a_silence_that_begins_during_a_resolve_is_not_counted_twice_by_the_undo() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 20, 80);
    story.wait(minutes(10));
    story.resolve("ada");
    story.wait(minutes(40));
    story.undo();
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("secondary")[0], 100, "it stood still from 10 to 80");
}

#[test]
fn a5_a_snooze_that_ends_under_a_silence_nobody_heeded_yet_pages_nobody_before_that_ends() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 20, 60);
    story.wait(minutes(10));
    story.snooze(Until { users: Some(50), ..Until::default() }).unwrap();
    story.wait(minutes(30));
    story.pages.clear();
    story.observe(with_users(&story, 50), Priority::Critical).unwrap();
    assert_eq!((story.count("snooze_ended"), story.paged()), (1, vec![]));
    story.wait(minutes(50));
    assert_eq!((story.minutes_of("primary")[0], story.minutes_of("secondary")[0]), (60, 80));
}

#[test]
fn a5_a_snooze_ends_at_its_time_rate_users_or_release() {
    type Grow = fn(&mut Signal);
    let ends: [(Until, Grow); 3] = [
        (Until { users: Some(50), ..Until::default() }, |signal| signal.users = Some(50)),
        (Until { rate: Some(40), ..Until::default() }, |signal| signal.events = Some(41)),
        (Until { release_after: Some("shop@1.2.0".to_owned()), ..Until::default() }, |signal| {
            signal.release = Some("shop@1.3.0".to_owned());
        }),
    ];
    for (until, grow) in ends {
        let mut story = Story::begins();
        story.observe(Signal { events: Some(1), ..signal("1", story.now) }, Priority::Critical).unwrap();
        story.snooze(until.clone()).unwrap();
        story.wait(minutes(10));
        story
            .observe(
                Signal { users: Some(49), release: Some("shop@1.2.0".to_owned()), ..signal("1", story.now) },
                Priority::Critical,
            )
            .unwrap();
        assert_eq!(story.state(), "snoozed", "{until}");
        let mut grown = signal("1", story.now);
        grow(&mut grown);
        story.observe(grown, Priority::Critical).unwrap();
        assert_eq!(story.state(), "escalating", "{until}");
        assert_eq!(story.minutes_of("primary"), [0, 10], "{until}: as at the end of an acknowledgement");
    }
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.snooze(until(90)).unwrap();
    story.wait(minutes(89));
    assert_eq!((story.state(), story.minutes_of("primary")), ("snoozed", vec![0]));
    story.wait(minutes(1));
    assert_eq!((story.state(), story.minutes_of("primary")), ("escalating", vec![0, 90]));
    assert_eq!(story.pages.last().unwrap().2, PageReason::SnoozeEnded);
}

#[test]
fn a5_a_snooze_without_an_end_in_the_future_is_refused() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    for until in [Until::default(), until(10), until(3)] {
        assert_eq!(story.snooze(until), Err(Rejection::Endless));
    }
    let next = Command::Snooze { act: Act::by("ada"), until: Until::default(), next_release: true };
    story.ask(&next).unwrap();
    let State::Snoozed { until, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert_eq!(until.release_after.as_deref(), Some(""), "no release was known");
}

#[test]
fn a1_a_page_that_waits_for_its_bundle_is_called_back_and_counts_for_nobody() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(0, "primary")], "the team's waits in a bundle");
    story.acknowledge("bob");
    assert_eq!(story.heard("acknowledged"), ["primary"], "the team heard of nothing");
    let escalation = story.incident().escalation.clone().unwrap();
    assert_eq!((escalation.attempts, escalation.tally.interruptions), (1, 1));
    assert!(!story.incident().endpoints.contains_key(&name("team")));
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("team"), [30], "the end of the acknowledgement tells whoever was owed a page");
}

#[test]
fn l4_a_page_that_never_left_cools_nothing_down() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.storm_on("primary");
    story.signal(Priority::Critical).unwrap();
    story.resolve("bob");
    assert!(story.heard("resolved").is_empty(), "nobody had heard of it");
    story.now = story.now + Duration::from_secs(5);
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.count("page_held"), 0);
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(0, "primary"), (0, "team")]);
}

#[test]
fn l4_what_left_before_counts_again_when_the_page_after_it_is_called_back() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(4));
    story.storm_on("team");
    let Some(told) = story.incident().escalation.as_ref().map(|escalation| escalation.told[&name("team")].clone())
    else {
        panic!("the team was told")
    };
    story.wait(told.next_at.unwrap().since(story.now));
    assert_eq!(story.count("paged"), 3, "the team's repeat waits in a bundle");
    story.acknowledge("bob");
    assert_eq!(story.heard("acknowledged"), ["primary", "team"], "both heard of it at minute 0");
    assert_eq!(story.incident().endpoints[&name("team")], START);
}

#[test]
fn l4_the_cooldown_counts_from_the_moment_at_which_a_bundle_leaves() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.signal(Priority::Critical).unwrap();
    let leaves = START + crate::attention::CRITICAL_WAITS;
    assert_eq!(story.incident().endpoints[&name("team")], leaves);
    let next = story.incident().escalation.as_ref().unwrap().told[&name("team")].next_at.unwrap();
    assert!(next >= leaves + minutes(5), "{next}");
}

#[test]
fn l5_an_exhaustion_that_an_answer_forestalled_still_comes() {
    for silence in [false, true] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(179));
        // The timer of minute 180 is late.
        story.now = START + minutes(180);
        if silence {
            story.order(Quiet, 180, 200);
        } else {
            story.acknowledge("ada");
        }
        story.wait(minutes(60));
        assert_eq!((story.state(), story.count("exhausted")), ("exhausted", 1), "silence: {silence}");
        assert_eq!(story.minutes_of("fallback").len(), 1);
    }
}

#[test]
fn l5_whatever_holds_an_exhausted_ladder_it_is_exhausted_once() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(185));
    assert_eq!(story.state(), "exhausted");
    story.acknowledge("ada");
    story.wait(minutes(10));
    story.order(Quiet, 190, 300);
    story.wait(minutes(300));
    story.snooze(until(600)).unwrap();
    story.rebase();
    story.wait(minutes(300));
    story.resolve("ada");
    story.wait(minutes(5));
    story.undo();
    assert_eq!((story.state(), story.count("exhausted")), ("exhausted", 1));
}

#[test]
fn l5_after_a_hand_over_the_new_primary_is_paged_on() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(200));
    assert_eq!(story.state(), "exhausted");
    let next = crate::policy::Member::Notifier(crate::policy::Choice::Named(name("director2")));
    story.policy.roles.insert(name("primary"), vec![next]);
    story.directory.notifiers.push(name("director2"));
    story.wait(minutes(600));
    let pages = story.minutes_of("director2");
    assert!(pages.len() > 5, "{pages:?}");
    assert!(story.minutes_of("primary").last().unwrap() < &300, "whoever was relieved is left alone");
}

#[test]
fn l14_a_page_that_fails_under_a_silence_pages_nobody_before_it_ends() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 0, 60);
    let failed = Command::PageEnded {
        contact: name("primary"),
        channel: name("primary"),
        repetition: 0,
        ordinal: 1,
        outcome: PageOutcome::Failed("answered 404".to_owned()),
        others_left: false,
    };
    story.incident.as_mut().unwrap().escalation.as_mut().unwrap().told.get_mut(&name("primary")).unwrap().last =
        crate::incident::PageState::Sending;
    story.ask(&failed).unwrap();
    assert!(story.minutes_of("fallback").is_empty());
    story.broken.push(name("primary"));
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("fallback"), [60]);
}

#[test]
fn c1_after_a_stop_a_silence_that_began_meanwhile_is_heeded_first() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 5, 600);
    story.pages.clear();
    story.now = story.now + minutes(120);
    story.ask(&Command::Resume { away: minutes(120) }).unwrap();
    assert!(story.pages.is_empty() && story.count("paged") == 2);
    assert!(story.incident().silenced.is_some());
}

#[test]
fn c1_whom_a_rung_told_is_after_a_stop_whoever_is_on_call_now() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let relief = crate::policy::Member::Notifier(crate::policy::Choice::Named(name("relief")));
    story.policy.roles.insert(name("primary"), vec![relief]);
    story.directory.notifiers.push(name("relief"));
    story.pages.clear();
    story.now = story.now + minutes(120);
    story.ask(&Command::Resume { away: minutes(120) }).unwrap();
    assert_eq!(story.paged(), [(120, "relief"), (120, "team")]);
    let told = &story.incident().escalation.as_ref().unwrap().told;
    assert_eq!(told[&name("relief")].rung, Some(0));
}

#[test]
fn a3_within_the_initial_delay_the_owner_is_paged_and_rung_0_comes_by_the_ladders_clock() {
    let mut story = Story::begins();
    let channels = vec![name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(5));
    story.acknowledge("ada");
    story.wait(minutes(8 * 60));
    assert_eq!((story.state(), story.paged()), ("open", vec![(485, "ada")]));
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("team"), [495], "ten minutes of the delay were left");
}

fn tenfold(story: &mut Story, users: u64) -> usize {
    story.observe(with_users(story, users), Priority::Critical).unwrap();
    story.count("grew")
}

#[test]
fn a2_at_each_tenfold_growth_the_owner_gets_one_update_and_the_ladder_stays_still() {
    let mut story = Story::begins();
    let channels = vec![name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.observe(with_users(&story, 3), Priority::Critical).unwrap();
    story.acknowledge("ada");
    let told: Vec<usize> = [29, 30, 31, 299, 300].into_iter().map(|users| tenfold(&mut story, users)).collect();
    assert_eq!(told, [0, 1, 1, 1, 2]);
    assert_eq!(story.heard("grew"), ["director", "director"], "and nobody else");
    assert_eq!((story.state(), story.count("paged")), ("acknowledged", 2));
}

#[test]
fn a2_what_did_not_grow_goes_on_being_measured_from_the_acknowledgement() {
    let mut story = Story::begins();
    let at_rate = |story: &mut Story, users: u64, events: u64| {
        let seen = Signal { users: Some(users), events: Some(events), ..signal("1", story.now) };
        story.observe(seen, Priority::Critical).unwrap();
        story.count("grew")
    };
    at_rate(&mut story, 3, 1);
    at_rate(&mut story, 3, 5);
    story.acknowledge("ada");
    assert_eq!(at_rate(&mut story, 30, 9), 1, "users");
    assert_eq!(at_rate(&mut story, 30, 49), 1);
    assert_eq!(at_rate(&mut story, 30, 50), 2, "fifty an hour are ten times five");
    assert_eq!(story.heard("grew"), ["primary", "primary", "team", "team"], "nobody has ada's name");
}

#[test]
fn a2_below_ten_events_an_hour_nothing_is_news() {
    let mut story = Story::begins();
    story.observe(Signal { events: Some(1), ..signal("1", story.now) }, Priority::Critical).unwrap();
    story.wait(minutes(3 * 60));
    story.acknowledge("ada");
    let mut grew = Vec::new();
    for events in [9, 10] {
        let before = story.incident().counts.events;
        let seen = Signal {
            events: Some(before.max(1) + events - if events == 10 { 9 } else { 0 }),
            ..signal("1", story.now)
        };
        story.observe(seen, Priority::Critical).unwrap();
        grew.push((story.incident().counts.pace.rate(story.now), story.count("grew")));
    }
    assert_eq!(grew, [(9, 0), (10, 1)]);
}

#[test]
fn f2_an_announced_fix_holds_like_an_agent_and_whichever_ends_last_counts() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(20));
    let fix = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
    story.observe(lifecycle("1", story.now, fix), Priority::High).unwrap();
    assert_eq!(story.incident().held_until(), Some(START + minutes(50)));
    story.wait(minutes(29));
    assert_eq!(story.minutes_of("team"), [2]);
    story.wait(minutes(1));
    assert_eq!(story.minutes_of("team"), [2, 50]);
    assert_eq!((story.count("fix_hold_ended"), story.count("hold_ended")), (1, 1));
    story.wait(minutes(12));
    assert_eq!(story.minutes_of("secondary"), [62]);
}

#[test]
fn f2_a_page_delivered_under_an_agents_hold_exhausts_the_ladder_only_after_it() {
    let mut story = Story::begins().with_agent();
    let level = story.policy.levels.get_mut(&Level::High).unwrap();
    level.ladder.truncate(1);
    level.ladder[0].targets.push(crate::policy::Target::Agent(crate::policy::Choice::Every));
    level.exhausted = crate::policy::Exhausted::WhenDelivered;
    story.signal(Priority::High).unwrap();
    story.wait(minutes(31));
    // The page was delivered at minute 2, when the agent was called for half an hour.
    assert_eq!((story.state(), story.paged()), ("escalating", vec![(2, "primary"), (2, "team")]));
    story.wait(minutes(1));
    assert_eq!((story.state(), story.minutes_of("primary")), ("exhausted", vec![2, 32]));
}

#[test]
fn a4_an_announced_fix_is_withdrawn_when_sentry_opens_the_issue_again() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(10));
    let fix = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
    story.observe(lifecycle("1", story.now, fix), Priority::High).unwrap();
    assert!(story.incident().is_fixing());
    let again = Lifecycle::Unresolved { came_back: false };
    story.wait(minutes(15));
    story.observe(lifecycle("1", story.now, again), Priority::High).unwrap();
    assert!(!story.incident().is_fixing() && story.incident().held_until().is_none());
    assert_eq!(story.minutes_of("team"), [2, 25], "the repeat that it held");
    story.wait(minutes(26 * 60));
    assert_eq!(story.state(), "exhausted", "quiet ends nothing that nobody answered for");
}

#[test]
fn l6_a_fall_under_a_silence_and_an_acknowledgement_starts_a_clock_of_its_own() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let order = story.order(Quiet, 0, 600);
    story.acknowledge("ada");
    story.wait(minutes(20));
    story.says(Priority::High);
    story.wait(minutes(10));
    story.end_order(order);
    story.pages.clear();
    story.wait(minutes(109));
    assert_eq!((story.state(), story.pages.len()), ("acknowledged", 0), "two hours, by the lower level, from the fall");
    story.wait(minutes(2));
    assert_eq!(story.state(), "open");
    story.wait(minutes(1));
    assert_eq!((story.state(), story.minute()), ("escalating", 142), "its delay of two minutes was left");
}

#[test]
fn l6_a_rise_under_a_silence_starts_a_clock_of_its_own() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.order(Quiet, 0, 60);
    story.wait(minutes(20));
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.incident().silenced.as_ref().unwrap().since, story.now);
    story.acknowledge("ada");
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("team")[0], 60, "the acknowledgement ended under the silence");
}

#[test]
fn a2_taking_it_again_does_not_measure_anew() {
    let mut story = Story::begins();
    story.observe(with_users(&story, 3), Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.observe(with_users(&story, 29), Priority::Critical).unwrap();
    story.acknowledge("ada");
    assert_eq!(tenfold(&mut story, 30), 1);
}

#[test]
fn l3_the_limit_of_pages_takes_away_nothing_that_is_owed() {
    let mut story = Story::begins();
    story.policy.levels.get_mut(&Level::Critical).unwrap().max_pages = Some(2);
    story.signal(Priority::Critical).unwrap();
    let told = &mut story.incident.as_mut().unwrap().escalation.as_mut().unwrap().told;
    let owed = crate::incident::Told {
        channels: vec![name("director")],
        pages: 0,
        next_at: Some(START + minutes(20)),
        last: crate::incident::PageState::Held,
        ..told[&name("team")].clone()
    };
    told.insert(name("director"), owed);
    story.wait(minutes(19));
    let told = &story.incident().escalation.as_ref().unwrap().told;
    assert_eq!((story.count("limit_reached"), told[&name("team")].next_at), (1, None));
    story.wait(minutes(40));
    assert_eq!(story.minutes_of("director"), [20], "once, and no more");
}

#[test]
fn a3_every_rung_to_come_moves_by_the_time_that_was_held() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.acknowledge("ada");
    story.wait(minutes(150));
    let firsts = ["secondary", "manager", "director"].map(|who| story.minutes_of(who)[0]);
    assert_eq!(firsts, [60, 90, 150]);
    story.wait(minutes(40));
    story.acknowledge("ada");
    story.wait(minutes(30));
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, Some(START + minutes(240)));
}

#[test]
fn r4_what_was_left_until_exhaustion_is_left_again_and_an_agents_hold_is_not() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(130));
    story.resolve("ada");
    story.wait(minutes(60));
    story.undo();
    assert_eq!(story.incident().opening, 2);
    story.wait(minutes(49));
    assert_eq!(story.state(), "escalating");
    story.wait(minutes(1));
    assert_eq!(story.state(), "exhausted");
    let State::Exhausted { since } = story.incident().state else { panic!("{}", story.state()) };
    story.wait(minutes(5));
    story.resolve("ada");
    story.wait(minutes(10));
    story.undo();
    let State::Exhausted { since: again } = story.incident().state else { panic!("{}", story.state()) };
    assert_eq!(again, since, "since when is a fact");
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, Some(since));

    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(5));
    let fix = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
    story.observe(lifecycle("1", story.now, fix), Priority::High).unwrap();
    assert!(story.incident().held_until().is_some());
    story.resolve("ada");
    assert_eq!(story.incident().held_until(), None);
    story.undo();
    assert_eq!(story.incident().held_until(), None);
}

#[test]
fn c1_what_is_held_is_not_paged_after_a_stop_and_a_rung_due_now_is_not_late() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.now = story.now + minutes(20);
    story.ask(&Command::Resume { away: minutes(20) }).unwrap();
    assert_eq!(story.paged().len(), 2, "acknowledged");

    let mut story = Story::begins().with_agent();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    story.now = story.now + minutes(20);
    story.ask(&Command::Resume { away: minutes(20) }).unwrap();
    assert_eq!(story.paged().len(), 2, "an agent is at work");

    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(20));
    story.now = START + minutes(30);
    story.ask(&Command::Resume { away: minutes(10) }).unwrap();
    story.wait(minutes(1));
    assert_eq!(story.minutes_of("secondary"), [30]);
}

#[test]
fn c2_a_jump_moves_the_delay_before_rung_0() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.now = story.now.shifted(7_200_000);
    story.ask(&Command::ShiftClock { by: 7_200_000, now: story.now }).unwrap();
    assert_eq!(story.wake_at, Some(START + minutes(135)));
    assert_eq!(story.incident().escalation.as_ref().unwrap().starts_at, START + minutes(135));
}

#[test]
fn c1_a_hold_that_ran_out_during_the_stop_holds_nobody() {
    let after_the_stop = |agent: bool| {
        let mut story = if agent { Story::begins().with_agent() } else { Story::begins() };
        story.signal(Priority::High).unwrap();
        story.wait(minutes(10));
        story.pages.clear();
        story.now = START + minutes(4330);
        story.ask(&Command::Resume { away: minutes(4320) }).unwrap();
        assert_eq!(story.paged(), [(4330, "primary"), (4330, "team")], "those told so far are paged again once");
        story.wait(minutes(300));
        ["secondary", "manager"].map(|who| story.minutes_of(who).first().copied())
    };
    assert_eq!(after_the_stop(true), after_the_stop(false), "and the ladder goes on a cooldown later");
    assert_eq!(after_the_stop(true)[0], Some(4345));
}

#[test]
fn a4_a_fix_for_one_of_several_issues_holds_nothing() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.observe(signal("2", story.now), Priority::High).unwrap();
    let fix = |issue: &str, story: &Story| {
        let fixed = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
        lifecycle(issue, story.now, fixed)
    };
    story.wait(minutes(50));
    story.observe(fix("1", &story), Priority::High).unwrap();
    assert_eq!((story.incident().held_until(), story.incident().is_fixing()), (None, true));
    // Its time counts from the first announcement.
    story.wait(minutes(5));
    story.observe(fix("2", &story), Priority::High).unwrap();
    assert_eq!(story.incident().held_until(), Some(START + minutes(80)));
    story.wait(minutes(10));
    story.observe(fix("1", &story), Priority::High).unwrap();
    assert_eq!(story.incident().held_until(), Some(START + minutes(80)), "said again it holds no longer");
    assert!(story.minutes_of("secondary").is_empty());
    // A third issue joins: nobody waits for the fixes of the others.
    story.observe(signal("3", story.now), Priority::High).unwrap();
    assert_eq!((story.incident().held_until(), story.minutes_of("secondary")), (None, vec![65]));
    story.wait(minutes(30));
    story.observe(fix("3", &story), Priority::High).unwrap();
    assert_eq!(story.incident().held_until(), None, "its time is over");
}

#[test]
fn c2_the_end_that_sentry_named_is_a_time_on_the_wall_and_a_persons_moves() {
    let ends = |by_sentry: bool, resolved: bool| {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        if by_sentry {
            let ignored = Lifecycle::Ignored { until_condition: true, until: Some(START + minutes(600)) };
            story.observe(lifecycle("1", story.now, ignored), Priority::Critical).unwrap();
        } else {
            story.snooze(until(600)).unwrap();
        }
        if resolved {
            story.resolve("ada");
        }
        story.incident.as_mut().unwrap().apply(&Event::ClockJumped { by: 3_600_000 }, story.now);
        let State::Snoozed { until, .. } = (match &story.incident().state {
            State::Resolved { before, .. } => before.clone().unwrap().again(0),
            state => state.clone(),
        }) else {
            panic!("{}", story.state())
        };
        until.at.unwrap()
    };
    for resolved in [false, true] {
        assert_eq!(ends(true, resolved), START + minutes(600));
        assert_eq!(ends(false, resolved), START + minutes(660));
    }
}

#[test]
fn c2_the_rate_of_the_last_hour_is_the_same_after_a_jump() {
    for hours in [-24 * 7, -1, 1, 24] {
        let mut story = Story::begins();
        for number in 0..20 {
            let seen = Signal { event: Some(number.to_string()), ..signal("1", story.now) };
            story.observe(seen, Priority::Critical).unwrap();
        }
        let rate = |story: &Story| story.incident().counts.pace.rate(story.now);
        assert_eq!(rate(&story), 20);
        let by = hours * 3_600_000;
        story.ask(&Command::ShiftClock { by, now: story.now.shifted(by) }).unwrap();
        story.now = story.now.shifted(by);
        assert_eq!(rate(&story), 20, "{hours} h");
        let seen = Signal { event: Some("20".to_owned()), ..signal("1", story.now) };
        story.observe(seen, Priority::Critical).unwrap();
        assert_eq!(rate(&story), 21, "{hours} h");
    }
    // What is no whole hour leaves nothing ahead of the clock.
    for (minute, by) in [(5, 40), (5, -40), (55, 40), (55, -40)] {
        let mut pace = crate::incident::Pace::default();
        let at = Timestamp::from_millis(495_000 * 3_600_000) + minutes(minute);
        pace.take_in(60, at);
        pace.shift(by * 60_000);
        assert!(pace.rate(at.shifted(by * 60_000)) > 0, "{by} min at minute {minute}");
    }
    let mut still = crate::incident::Pace::default();
    still.shift(3_600_000);
    assert_eq!(still, crate::incident::Pace::default());
}
