//! What people do: several who must answer, undoing, reopening, archiving in Sentry, and what a button still means (A1, A4, L6, L9, R3, R4).

use super::*;
use crate::incident::State;

/// Critical that two people must acknowledge.
fn for_two() -> Story {
    let mut story = Story::begins();
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder[0].acks = 2;
    story.signal(Priority::Critical).unwrap();
    story
}

#[test]
fn a1_two_different_people_acknowledge_and_the_first_is_left_alone() {
    let mut story = for_two();
    story.wait(minutes(3));
    story.acknowledge("primary");
    assert_eq!((story.state(), story.heard("acknowledged_in_part")), ("escalating", vec!["primary", "team"]));
    story.acknowledge("primary");
    assert_eq!((story.state(), story.heard("acknowledged_in_part").len()), ("escalating", 2), "twice is once");
    story.wait(minutes(3));
    assert_eq!((story.minutes_of("primary").len(), story.minutes_of("team").len()), (1, 2));
    story.acknowledge("bob");
    let State::Acknowledged { by, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert_eq!(by.to_string(), "bob");
    assert_eq!(story.heard("acknowledged"), ["primary", "team"]);
    assert!(story.incident().escalation.as_ref().unwrap().acknowledged_by.is_empty());
}

#[test]
fn a1_whose_page_still_waits_hears_nothing_and_whose_page_is_under_way_does() {
    let mut story = Story::begins();
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder[0].acks = 2;
    story.storm_on("team");
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    assert_eq!(story.heard("acknowledged_in_part"), ["primary"], "the team's waits in a bundle");

    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let told = &mut story.incident.as_mut().unwrap().escalation.as_mut().unwrap().told;
    told.get_mut(&name("team")).unwrap().last = crate::incident::PageState::Sending;
    story.acknowledge("ada");
    assert_eq!(story.heard("acknowledged"), ["primary", "team"], "it may land");
    assert_eq!(story.incident().escalation.as_ref().unwrap().told[&name("team")].called_back, 0);
}

#[test]
fn a1_whoever_took_their_part_is_paged_by_nothing_until_it_ends() {
    let mut story = for_two();
    story.acknowledge("primary");
    story.wait(minutes(20));
    story.now = story.now + minutes(10);
    story.ask(&Command::Resume { away: minutes(10) }).unwrap();
    assert_eq!(story.minutes_of("primary"), [0], "not after a stop");
    story.resolve("bob");
    story.wait(minutes(10));
    story.undo();
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("primary"), [0], "not after an undo");
    story.acknowledge("bob");
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("primary").len(), 2, "but when the acknowledgement ends");
}

#[test]
fn a1_after_it_was_enough_each_is_an_acknowledgement_like_any_other() {
    let mut story = for_two();
    story.acknowledge("ada");
    story.acknowledge("bob");
    story.wait(minutes(20));
    story.acknowledge("ada");
    story.wait(minutes(29));
    assert_eq!(story.state(), "acknowledged");
    let State::Acknowledged { by, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert_eq!(by.to_string(), "ada");
}

#[test]
fn a1_a_rung_that_asks_for_one_takes_the_first() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    assert_eq!((story.state(), story.count("acknowledged_in_part")), ("acknowledged", 0));
}

fn assigned(story: &mut Story, assignee: Option<&str>, signed: bool) {
    let transition = Lifecycle::Assigned { assignee: assignee.map(str::to_owned) };
    let seen = Signal { signed, ..lifecycle("1", story.now, transition) };
    story.observe(seen, Priority::Critical).unwrap();
}

#[test]
fn a4_assigned_is_an_acknowledgement_only_if_the_policy_says_so_and_only_of_a_person() {
    for (says, assignee, signed, state) in [
        (false, Some("ada"), true, "escalating"),
        (true, Some("ada"), true, "acknowledged"),
        (true, Some("ada"), false, "escalating"),
        (true, None, true, "escalating"),
    ] {
        let mut story = Story::begins();
        story.policy.assigned_acknowledges = says;
        story.signal(Priority::Critical).unwrap();
        assigned(&mut story, assignee, signed);
        assert_eq!((story.state(), story.count("assigned")), (state, 1), "{says} {assignee:?} {signed}");
    }
}

#[test]
fn a4_where_two_must_acknowledge_an_assignment_is_one_of_them() {
    let mut story = for_two();
    story.policy.assigned_acknowledges = true;
    assigned(&mut story, Some("ada"), true);
    assert_eq!(story.state(), "escalating");
    assigned(&mut story, Some("bob"), true);
    assert_eq!(story.state(), "acknowledged");
}

fn ignored(story: &mut Story, issue: &str, until_condition: bool, until: Option<Timestamp>) {
    let transition = Lifecycle::Ignored { until_condition, until };
    story.observe(lifecycle(issue, story.now, transition), Priority::Critical).unwrap();
}

#[test]
fn a4_archived_until_a_condition_snoozes_until_sentry_opens_it_again() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    ignored(&mut story, "1", true, None);
    assert_eq!((story.state(), story.heard("snoozed")), ("snoozed", vec!["primary", "team"]));
    assert!(story.incident().owner.is_none(), "Sentry is nobody who answered");
    story.wait(minutes(60));
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.state(), "snoozed", "an event is no condition");
    let again = Lifecycle::Unresolved { came_back: true };
    story.observe(lifecycle("1", story.now, again), Priority::Critical).unwrap();
    assert_eq!((story.state(), story.minutes_of("primary")), ("escalating", vec![0, 60]));
}

#[test]
fn a4_a_time_among_the_conditions_ends_it_too_and_one_in_the_past_does_not() {
    for (until, ends) in [(Some(90), true), (Some(5), false), (None, false)] {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(10));
        ignored(&mut story, "1", true, until.map(|minute| START + minutes(minute)));
        story.wait(minutes(80));
        assert_eq!(story.state() == "escalating", ends, "until minute {until:?}");
    }
}

#[test]
fn a4_archived_with_another_issue_open_closes_that_issue_alone_and_for_ever_resolves() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.observe(signal("2", story.now), Priority::Critical).unwrap();
    ignored(&mut story, "1", true, None);
    assert_eq!((story.state(), story.count("issue_closed")), ("escalating", 1));
    let open = |story: &Story| -> Vec<String> {
        story.incident().issues.iter().filter(|issue| issue.open).map(|issue| issue.id.clone()).collect()
    };
    assert_eq!(open(&story), ["2"]);
    ignored(&mut story, "2", true, None);
    assert_eq!((story.state(), open(&story).len()), ("snoozed", 0));
    ignored(&mut story, "2", false, None);
    assert_eq!(story.state(), "resolved");
}

fn button(story: &Story) -> Act {
    Act { saw: Some(Revision::of(story.incident())), ..Act::by("bob") }
}

#[test]
fn l9_a_button_holds_after_a_fall_and_not_after_a_rise_whatever_came_then() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(3));
    let drawn = button(&story);
    story.says(Priority::Medium);
    story.ask(&Command::Acknowledge(drawn.clone())).unwrap();
    story.says(Priority::Critical);
    assert_eq!(story.ask(&Command::Acknowledge(drawn.clone())), Err(Rejection::Stale));
    let after_the_rise = button(&story);
    story.says(Priority::Low);
    assert_eq!(story.ask(&Command::Acknowledge(drawn.clone())), Err(Rejection::Stale), "a rise came in between");
    story.ask(&Command::Acknowledge(after_the_rise)).unwrap();
    for late in [
        Command::Rebase { act: drawn.clone(), policy: story.policy.hash.clone() },
        Command::Label { act: drawn, priority: Priority::Low },
    ] {
        assert_eq!(story.ask(&late), Err(Rejection::Stale));
    }
}

#[test]
fn l9_a_button_of_before_an_undo_is_refused() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let drawn = button(&story);
    story.resolve("ada");
    story.undo();
    for late in [Command::Acknowledge(drawn.clone()), Command::Resolve { act: drawn, fixed_in: None }] {
        assert_eq!(story.ask(&late), Err(Rejection::Stale));
    }
}

#[test]
fn l10_whatever_comes_late_a_resolve_wins() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    let (act, policy) = (Act::by("bob"), story.policy.hash.clone());
    for late in [
        Command::Acknowledge(act.clone()),
        Command::Snooze { act: act.clone(), until: until(600), next_release: false },
        Command::Resolve { act: act.clone(), fixed_in: None },
        Command::Rebase { act: act.clone(), policy: policy.clone() },
        Command::HeedStanding,
        Command::Wake { plan: story.incident().plan },
        Command::Resume { away: minutes(10) },
    ] {
        assert_eq!(story.ask(&late), Err(Rejection::AlreadyResolved), "{}", late.as_str());
    }
    story.ask(&Command::Label { act: act.clone(), priority: Priority::Critical }).unwrap();
    assert_eq!((story.state(), story.wake_at), ("resolved", None));
    story.ask(&Command::Reopen { act: act.clone(), policy: policy.clone() }).unwrap();
    assert_eq!((story.state(), story.incident().opening), ("escalating", 2));
    assert_eq!(story.ask(&Command::Reopen { act: act.clone(), policy }), Err(Rejection::NotResolved));
    assert_eq!(story.ask(&Command::Undo(act)), Err(Rejection::NotResolved));
}

#[test]
fn r4_an_undo_here_opens_the_issues_again_and_goes_on_from_where_it_stood() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.observe(signal("2", story.now), Priority::Critical).unwrap();
    story.wait(minutes(20));
    story.resolve("ada");
    story.wait(minutes(120));
    story.pages.clear();
    story.undo();
    assert!(story.incident().issues.iter().all(|issue| issue.open));
    assert_eq!(story.state(), "escalating");
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("secondary"), [150]);
    let resolved = Lifecycle::Resolved { fixed_in: None };
    story.observe(lifecycle("1", story.now, resolved), Priority::Critical).unwrap();
    assert_eq!(story.state(), "escalating", "the other one is open");
}

#[test]
fn r4_what_a_resolve_called_back_is_owed_at_once_and_nobody_else_is_paged() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    story.wait(minutes(60));
    story.undo();
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(0, "primary"), (60, "team")]);
}

#[test]
fn r4_an_undo_is_refused_after_the_reopen_window_and_where_nothing_is_remembered() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    let State::Resolved { before, .. } = &mut story.incident.as_mut().unwrap().state else { panic!("resolved") };
    let stood = before.take();
    assert_eq!(story.ask(&Command::Undo(Act::by("ada"))), Err(Rejection::NothingToUndo));
    let State::Resolved { before, .. } = &mut story.incident.as_mut().unwrap().state else { panic!("resolved") };
    *before = stood;
    story.now = story.now + minutes(24 * 60) + Duration::from_millis(1);
    assert_eq!(story.ask(&Command::Undo(Act::by("ada"))), Err(Rejection::WindowOver));
    story.now = story.now - Duration::from_millis(1);
    story.undo();
}

#[test]
fn r3_a_person_reopens_at_the_triaged_level_whatever_time_has_passed() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.resolve("ada");
    story.now = story.now + minutes(60 * 24 * 60);
    let reason = Some("it is back".to_owned());
    let act = Act { reason, ..Act::by("bob") };
    let policy = crate::policy::PolicyHash("2".repeat(64));
    story.ask(&Command::Reopen { act, policy: policy.clone() }).unwrap();
    assert_eq!((story.level(), story.state(), &story.incident().policy), (Level::High, "open", &policy));
    assert!(!story.incident().regression_raised);
    story.wait(minutes(2));
    assert_eq!(story.state(), "escalating");
}

#[test]
fn r3_who_takes_up_noise_again_does_not_mean_noise() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.says(Priority::Ignore);
    assert_eq!(story.state(), "resolved");
    let policy = story.policy.hash.clone();
    story.ask(&Command::Reopen { act: Act::by("bob"), policy }).unwrap();
    assert_eq!((story.level(), story.incident().is_labelled()), (Level::Low, false));
}

#[test]
fn l6_a_rise_tells_the_owner_and_breaks_a_snooze() {
    let mut story = Story::begins();
    let channels = vec![name("director")];
    story.policy.contacts.insert(name("ada"), crate::policy::Contact { channels, budget: None });
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(20));
    story.snooze(until(600)).unwrap();
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.heard("rose"), ["director", "team"]);
    assert_eq!((story.state(), story.minutes_of("primary")), ("escalating", vec![20]));
}

#[test]
fn l6_a_fall_by_a_person_keeps_the_cooldown_and_counts_its_delay_from_now() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(1));
    story.says(Priority::High);
    story.wait(minutes(1));
    assert_eq!(story.state(), "open");
    story.wait(minutes(1));
    assert_eq!((story.state(), story.count("page_held")), ("escalating", 2), "both rang three minutes ago");
    story.wait(minutes(12));
    assert_eq!(story.minutes_of("primary"), [0, 15]);
}

#[test]
fn a4_a_person_who_opens_it_again_in_sentry_ends_what_was_put_off_there_but_no_persons_snooze() {
    for (by_sentry, came_back, ends) in
        [(true, false, true), (true, true, true), (false, false, false), (false, true, true)]
    {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        if by_sentry {
            ignored(&mut story, "1", true, None);
        } else {
            story.snooze(Until { reopened_in_sentry: true, ..Until::default() }).unwrap();
        }
        story.wait(minutes(1));
        let again = Lifecycle::Unresolved { came_back };
        story.observe(lifecycle("1", story.now, again), Priority::Critical).unwrap();
        assert_eq!(story.state() != "snoozed", ends, "by Sentry: {by_sentry}, came back: {came_back}");
    }
}

#[test]
fn a8_a_confirmation_moves_no_ladder_and_counts_the_hold_anew() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.acknowledge("bob");
    story.wait(minutes(60));
    story.says(Priority::High);
    assert_eq!((story.count("rose"), story.count("fell"), story.incident().escalations), (0, 0, 1));
    let State::Acknowledged { by, until, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert_eq!((by.to_string().as_str(), *until), ("bob", Some(story.now + minutes(120))));
}

#[test]
fn i7_an_unsigned_source_announces_no_fix() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    let fix = Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) };
    let seen = Signal { signed: false, ..lifecycle("1", story.now, fix) };
    story.observe(seen, Priority::High).unwrap();
    assert_eq!((story.incident().is_fixing(), story.count("remarked")), (false, 1));
}

#[test]
fn d5_what_sentry_says_of_an_incident_that_is_over_changes_nothing() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.resolve("ada");
    let before = story.incident().clone();
    for late in [
        Lifecycle::Resolved { fixed_in: None },
        Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) },
        Lifecycle::Ignored { until_condition: true, until: None },
        Lifecycle::Assigned { assignee: Some("ada".to_owned()) },
    ] {
        let said = lifecycle("1", story.now, late);
        assert_eq!(story.observe(said, Priority::High), Err(Rejection::AlreadyResolved));
    }
    assert_eq!(story.incident(), &before);
}

#[test]
fn r4_sentrys_unresolve_by_a_person_is_an_undo_too() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(20));
    story.observe(lifecycle("1", story.now, Lifecycle::Resolved { fixed_in: None }), Priority::Critical).unwrap();
    story.wait(minutes(120));
    story.observe(lifecycle("1", story.now, Lifecycle::Unresolved { came_back: false }), Priority::Critical).unwrap();
    assert_eq!((story.state(), story.count("undone"), story.count("reopened")), ("escalating", 1, 0));
    let undone = story.events.iter().find_map(|event| match event {
        Event::Undone { ordinal, held, .. } => Some((*ordinal, *held)),
        _ => None,
    });
    assert_eq!(undone, Some((2, minutes(120))));
    let escalation = story.incident().escalation.clone().unwrap();
    assert_eq!((escalation.ordinal, story.incident().escalations), (2, 2));
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("secondary"), [150]);
}

#[test]
fn r5_a_return_of_which_nobody_can_tell_says_so() {
    for (release, rule) in [(Some("shop@1.2.0"), "R3"), (None, "R5")] {
        let mut story = Story::begins();
        story.signal(Priority::Medium).unwrap();
        story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: Some("shop@1.2.0".to_owned()) }).unwrap();
        story.wait(minutes(5));
        let seen = Signal { release: release.map(str::to_owned), ..signal("1", story.now) };
        let decision = story.observe(seen, Priority::Medium).unwrap();
        assert_eq!(decision.timeline[0].why.as_ref().unwrap().rule.0, rule);
    }
}

#[test]
fn a8_sentrys_unresolve_takes_back_that_it_was_noise() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.says(Priority::Ignore);
    assert_eq!(story.state(), "resolved");
    story.wait(minutes(5));
    let undone = Lifecycle::Unresolved { came_back: false };
    story.observe(lifecycle("1", story.now, undone), Priority::High).unwrap();
    let incident = story.incident();
    assert_eq!((incident.level, incident.priority, incident.label.as_ref()), (Level::High, Priority::High, None));
    assert_eq!(story.count("label_ended"), 1);
}

#[test]
fn l5_nobody_waits_for_the_digest_of_whoever_has_taken_their_part() {
    // The one who answers does so before the digest, or after the other's was delivered.
    for after in [70, 754] {
        let mut story = Story::begins();
        let low = &mut story.policy.levels.get_mut(&Level::Low).unwrap().ladder[0];
        low.acks = 2;
        low.targets.push(crate::policy::Target::Role(name("primary")));
        story.broken = if after > 700 { vec![name("primary")] } else { Vec::new() };
        story.signal(Priority::Low).unwrap();
        story.wait(minutes(after));
        if after < 700 {
            story.acknowledge("primary");
            assert_eq!(story.state(), "escalating");
        }
        story.wait(minutes(900 - after));
        assert_eq!((story.minutes_of("team"), story.state()), (vec![753], "exhausted"), "{after}");
    }
    let mut story = for_two();
    story.policy.levels.get_mut(&Level::Critical).unwrap().exhausted = crate::policy::Exhausted::WhenDelivered;
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder.truncate(1);
    let escalation = story.incident.as_mut().unwrap().escalation.as_mut().unwrap();
    escalation.next_rung_at = None;
    escalation.told.get_mut(&name("primary")).unwrap().last = crate::incident::PageState::Sending;
    story.acknowledge("primary");
    assert_eq!(story.state(), "exhausted", "theirs was the last that was waited for");
}
