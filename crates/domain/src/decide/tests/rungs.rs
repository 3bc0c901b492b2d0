//! What a rung may ask for besides its targets (L2, L3, L5, L7, L15).

use super::*;
use crate::policy::{Choice, Exhausted, Member, OnlyIf, Rung, Target};

fn role(text: &str) -> Vec<Target> {
    vec![Target::Role(name(text))]
}

/// Critical with a ladder of its own.
fn with_rungs(rungs: Vec<Rung>) -> Story {
    let mut story = Story::begins();
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder = rungs;
    story
}

fn two_rungs() -> Vec<Rung> {
    vec![Rung::plain(Duration::ZERO, role("primary")), Rung::plain(minutes(30), role("secondary"))]
}

#[test]
fn l3_a_rung_may_limit_the_repeats_of_whom_it_told() {
    for most in [0, 1, 3] {
        let mut rungs = two_rungs();
        rungs[0].repeats = Some(most);
        rungs[1].after = minutes(600);
        let mut story = with_rungs(rungs);
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(500));
        assert_eq!(story.minutes_of("primary").len(), 1 + most as usize);
    }
}

#[test]
fn l3_a_page_that_was_held_back_is_still_its_rungs() {
    let mut rungs = two_rungs();
    rungs[0].repeats = Some(0);
    let mut story = with_rungs(rungs);
    story.signal(Priority::Critical).unwrap();
    story.resolve("bob");
    story.now = story.now + minutes(1);
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.count("page_held"), 1);
    story.wait(minutes(29));
    assert_eq!(story.minutes_of("primary"), [0, 5]);
    let told = &story.incident().escalation.as_ref().unwrap().told[&name("primary")];
    assert_eq!((told.rung, told.next_at), (Some(0), None));
}

#[test]
fn l3_the_levels_limit_ends_all_repeats_and_tells_the_fallback_once() {
    let mut story = with_rungs(two_rungs());
    story.policy.levels.get_mut(&Level::Critical).unwrap().max_pages = Some(2);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(29));
    assert_eq!((story.minutes_of("primary").len(), story.minutes_of("fallback").len()), (2, 1));
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("secondary"), [30], "first pages are never limited");
    assert_eq!((story.minutes_of("primary").len(), story.count("limit_reached")), (2, 1));
}

#[test]
fn l3_no_limit_takes_away_what_an_undo_owes_and_the_timer_does_not_spin() {
    let mut rungs = two_rungs();
    rungs[0].targets = vec![Target::Role(name("primary")), Target::Role(name("team"))];
    let mut story = with_rungs(rungs);
    story.policy.levels.get_mut(&Level::Critical).unwrap().max_pages = Some(1);
    story.storm_on("primary");
    story.storm_on("team");
    story.signal(Priority::Critical).unwrap();
    story.resolve("bob");
    story.wait(minutes(10));
    story.undo();
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(10, "primary"), (10, "team")]);
    story.wait(minutes(19));
    assert_eq!(story.count("limit_reached"), 1);
}

#[test]
fn l3_what_a_restart_owes_at_the_limit_ends_quietly() {
    let mut story = with_rungs(two_rungs());
    story.policy.levels.get_mut(&Level::Critical).unwrap().max_pages = Some(2);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(20));
    assert_eq!(story.count("limit_reached"), 1);
    story.ask(&Command::Resume { away: minutes(6) }).unwrap();
    assert_eq!(story.count("page_held"), 1, "the fallback's, which was just told");
    story.wait(minutes(100));
    assert_eq!(story.count("limit_reached"), 1);
    let told = &story.incident().escalation.as_ref().unwrap().told;
    assert_eq!(told.values().find_map(|told| told.next_at), None);
}

#[test]
fn l2_in_turn_one_of_a_role_is_told_and_the_next_incident_tells_the_next() {
    let mut rungs = two_rungs();
    rungs[0].round_robin = true;
    let mut story = with_rungs(rungs);
    let members = ["team", "manager", "director"].map(|one| Member::Notifier(crate::policy::Choice::Named(name(one))));
    story.policy.roles.insert(name("primary"), members.to_vec());
    let mut turns = Vec::new();
    for _ in 0..4 {
        story.incident = None;
        story.pages.clear();
        story.signal(Priority::Critical).unwrap();
        turns.push(story.pages.iter().map(|(_, who, _)| who.clone()).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(turns, ["team", "manager", "director", "team"]);
    story.now = story.now + minutes(20);
    story.pages.clear();
    story.ask(&Command::Resume { away: minutes(20) }).unwrap();
    assert_eq!(story.paged(), [(20, "team")], "a stop changes nobody's turn");
}

#[test]
fn l7_a_rung_in_turn_that_stands_in_tells_one() {
    let mut rungs = two_rungs();
    rungs[1].round_robin = true;
    let mut story = with_rungs(rungs);
    story.policy.roles.insert(name("primary"), Vec::new());
    let members = ["team", "manager"].map(|one| Member::Notifier(crate::policy::Choice::Named(name(one))));
    story.policy.roles.insert(name("secondary"), members.to_vec());
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(0, "team")]);
}

#[test]
fn l2_a_rung_whose_condition_does_not_hold_is_skipped_and_said_to_be() {
    let mut rungs = two_rungs();
    rungs[1].only_if = vec![OnlyIf::Delivered];
    for (broken, secondary) in [(true, vec![]), (false, vec![30])] {
        let mut story = with_rungs(rungs.clone());
        story.broken = if broken { vec![name("primary"), name("fallback")] } else { Vec::new() };
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(31));
        assert_eq!((story.minutes_of("secondary"), story.count("rung_skipped")), (secondary, usize::from(broken)));
        story.wait(minutes(60));
        assert_eq!(story.state(), "exhausted", "the time of the table counts from the last rung, told or not");
    }
}

#[test]
fn l2_rising_compares_with_the_rung_that_ran_before_it() {
    let rung = |after| Rung { only_if: vec![OnlyIf::Rising], ..Rung::plain(minutes(after), role("secondary")) };
    let mut rungs = two_rungs();
    rungs.truncate(1);
    rungs.extend([rung(10), rung(20)]);
    for (first, second, paged) in [(5, 5, vec![]), (6, 6, vec![10]), (4, 6, vec![20])] {
        let mut story = with_rungs(rungs.clone());
        let events = |story: &mut Story, pace: u64| {
            story.incident.as_mut().unwrap().counts.pace.events = pace;
            story.incident.as_mut().unwrap().counts.pace.before = 0;
        };
        // Half past the hour, so that all of it lies within one.
        story.now = START + minutes(4);
        let start = story.now;
        story.signal(Priority::Critical).unwrap();
        story.incident.as_mut().unwrap().escalation.as_mut().unwrap().rate = Some(5);
        events(&mut story, first);
        story.wait(minutes(10));
        events(&mut story, second);
        story.wait(minutes(10));
        story.pages.retain(|(.., reason)| *reason == PageReason::Rung);
        let paged_after: Vec<u64> =
            story.minutes_of("secondary").iter().map(|minute| minute - start.since(START).as_secs() / 60).collect();
        assert_eq!(paged_after, paged, "{first} and {second} events");
    }
}

#[test]
fn l14_a_ladder_that_told_nobody_tells_the_fallback() {
    let only_if = vec![OnlyIf::Delivered];
    let mut story = with_rungs(vec![Rung { only_if, ..Rung::plain(Duration::ZERO, role("primary")) }]);
    story.policy.levels.get_mut(&Level::Critical).unwrap().exhausted = Exhausted::WhenDelivered;
    story.signal(Priority::Critical).unwrap();
    // And the primary, who is paged until somebody answers (L5).
    assert_eq!((story.state(), story.paged()), ("exhausted", vec![(0, "fallback"), (0, "primary")]));
}

#[test]
fn l5_a_fallback_that_a_rung_told_goes_on_in_its_own_turn() {
    let mut story = with_rungs(vec![
        Rung::plain(Duration::ZERO, vec![Target::Notifier(Choice::Named(name("fallback")))]),
        Rung { only_if: vec![OnlyIf::Rising], ..Rung::plain(minutes(90), role("secondary")) },
    ]);
    story.policy.levels.get_mut(&Level::Critical).unwrap().exhausted = Exhausted::WhenDelivered;
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(89));
    let next = story.incident().escalation.as_ref().unwrap().told[&name("fallback")].next_at.unwrap();
    assert!(next > START + minutes(90), "its repeat is due after the exhaustion");
    let before = story.minutes_of("fallback");
    story.now = START + minutes(90);
    story.wait(Duration::ZERO);
    assert_eq!((story.state(), story.minutes_of("fallback")), ("exhausted", before));
}

#[test]
fn l2_a_rung_of_the_working_hours_waits_for_them_also_after_a_hold() {
    let mut rungs = two_rungs();
    rungs[1].working_hours_only = true;
    let mut story = with_rungs(rungs);
    story.signal(Priority::Critical).unwrap();
    // Friday at nine is minute 753, and the day ends at minute 1293.
    story.wait(minutes(700));
    assert!(story.minutes_of("secondary").is_empty());
    story.wait(minutes(54));
    assert_eq!(story.minutes_of("secondary"), [753]);
}

#[test]
fn l2_a_hold_that_pushes_a_rung_out_of_the_working_hours_makes_it_wait_again() {
    let mut rungs = two_rungs();
    rungs[1].working_hours_only = true;
    let mut story = with_rungs(rungs);
    story.policy.levels.get_mut(&Level::Critical).unwrap().ack_timeout = Some(minutes(600));
    story.policy.levels.get_mut(&Level::Critical).unwrap().quiet_resolve = None;
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(740));
    story.acknowledge("ada");
    // It ends at 1340, after work on Friday; Monday at nine is minute 753 of the third day after.
    story.wait(minutes(700));
    assert!(story.minutes_of("secondary").is_empty());
    story.wait(minutes(3 * 24 * 60));
    assert_eq!(story.minutes_of("secondary")[0], 753 + 3 * 24 * 60);
}

#[test]
fn l15_a_rebase_to_a_longer_ladder_goes_on_and_to_a_shorter_one_awaits_exhaustion() {
    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(40));
    let mut longer = two_rungs();
    longer.push(Rung::plain(minutes(35), role("manager")));
    longer.push(Rung::plain(minutes(36), role("director")));
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder = longer;
    story.rebase();
    assert_eq!(story.minutes_of("manager"), [40], "it would have run by now");
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, None, "there is more to come");
    story.wait(minutes(5));
    assert_eq!(story.minutes_of("director"), [45], "a cooldown apart");
    story.wait(minutes(60));
    assert_eq!((story.state(), story.minute()), ("exhausted", 105));

    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder.truncate(1);
    story.rebase();
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, Some(START + minutes(70)));
    story.wait(minutes(60));
    assert_eq!((story.state(), story.minutes_of("secondary")), ("exhausted", vec![]));
}

#[test]
fn l15_a_rebase_under_an_acknowledgement_counts_on_the_ladders_own_clock() {
    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.acknowledge("ada");
    story.wait(minutes(25));
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder[1].after = minutes(20);
    story.rebase();
    story.wait(minutes(29));
    assert_eq!(story.state(), "acknowledged", "an act of a person counts the time anew");
    story.wait(minutes(1));
    assert_eq!((story.state(), story.minutes_of("secondary")), ("escalating", vec![]));
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("secondary"), [75], "ten minutes were left of twenty");

    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.acknowledge("ada");
    story.wait(minutes(10));
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder.truncate(1);
    story.rebase();
    story.wait(minutes(30));
    assert_eq!(
        story.incident().escalation.as_ref().unwrap().exhausted_at,
        Some(START + minutes(110)),
        "an hour after the end"
    );
}

#[test]
fn l15_an_exhausted_ladder_that_grew_tells_the_new_rung_and_is_exhausted_once() {
    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(100));
    assert_eq!(story.state(), "exhausted");
    let mut longer = two_rungs();
    longer.push(Rung::plain(minutes(200), role("manager")));
    story.policy.levels.get_mut(&Level::Critical).unwrap().ladder = longer;
    let exhausted_at = |story: &Story| story.incident().escalation.as_ref().unwrap().exhausted_at;
    let since = exhausted_at(&story);
    story.rebase();
    assert_eq!(exhausted_at(&story), since);
    story.wait(minutes(300));
    assert_eq!((story.state(), story.minutes_of("manager"), story.count("exhausted")), ("exhausted", vec![200], 1));
}

#[test]
fn l2_a_turn_is_not_spent_on_somebody_who_was_told() {
    let turn = |after| Rung { round_robin: true, ..Rung::plain(after, role("primary")) };
    let mut story = with_rungs(vec![turn(Duration::ZERO), turn(minutes(30))]);
    let members = ["team", "manager"].map(|one| Member::Notifier(Choice::Named(name(one))));
    story.policy.roles.insert(name("primary"), members.to_vec());
    story.signal(Priority::Critical).unwrap();
    // Another incident takes the turn in between, so that the role's next turn is the first one's again.
    let mut other = story.clone();
    other.incident = None;
    other.signal(Priority::Critical).unwrap();
    story.attention = other.attention;
    story.wait(minutes(30));
    assert_eq!((story.minutes_of("team")[0], story.minutes_of("manager")), (0, vec![30]));
    story.wait(minutes(30));
    assert_eq!(story.state(), "escalating", "both were told");
}

#[test]
fn l5_the_time_until_exhaustion_counts_from_when_the_last_digest_leaves() {
    let mut story = with_rungs(vec![Rung { digest: true, ..Rung::plain(Duration::ZERO, role("team")) }]);
    story.signal(Priority::Critical).unwrap();
    let leaves = story.outbox[0].0;
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, Some(leaves + minutes(60)));
}

#[test]
fn l2_a_later_rung_rings_whom_a_digest_was_for() {
    // Friday at nine is minute 753: the digest of minute 0 waits still, or was told.
    for (after, told) in [(60, vec![60]), (800, vec![753, 800])] {
        let mut rungs = vec![Rung::plain(Duration::ZERO, role("team")), Rung::plain(minutes(after), role("team"))];
        rungs[0].digest = true;
        rungs.push(Rung { digest: true, ..Rung::plain(minutes(after + 1), role("team")) });
        let mut story = with_rungs(rungs);
        story.signal(Priority::Critical).unwrap();
        story.wait(minutes(after + 4));
        assert_eq!(story.minutes_of("team"), told);
        assert_eq!(story.rang.len(), 1, "a digest behind it adds nobody: {:?}", story.rang);
        assert_eq!(story.incident().escalation.as_ref().unwrap().told[&name("team")].rung, Some(1));
    }
}

#[test]
fn l3_the_fallback_that_cools_down_at_the_limit_is_told_when_it_has() {
    let mut story = with_rungs(two_rungs());
    story.policy.levels.get_mut(&Level::Critical).unwrap().max_pages = Some(2);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(4));
    // A page that fails for good calls the fallback, and a minute later the limit is reached.
    let failed = Command::PageEnded {
        contact: name("primary"),
        channel: name("primary"),
        repetition: 0,
        ordinal: 1,
        outcome: PageOutcome::Failed("late".to_owned()),
        others_left: false,
    };
    let escalation = story.incident.as_mut().unwrap().escalation.as_mut().unwrap();
    escalation.told.get_mut(&name("primary")).unwrap().last = crate::incident::PageState::Sending;
    story.ask(&failed).unwrap();
    assert_eq!(story.minutes_of("fallback"), [4]);
    story.wait(minutes(25));
    assert_eq!((story.count("limit_reached"), story.count("page_held")), (1, 1));
    assert_eq!((story.minutes_of("fallback"), story.minutes_of("primary")), (vec![4, 9], vec![0]));
}

#[test]
fn l2_a_rung_that_rings_after_a_digest_begins_its_waits_and_limits_anew() {
    let mut rungs = vec![Rung::plain(Duration::ZERO, role("team")), Rung::plain(minutes(800), role("team"))];
    rungs[0].digest = true;
    rungs[0].repeats = Some(0);
    rungs[1].repeats = Some(2);
    let mut story = with_rungs(rungs);
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(900));
    assert_eq!(story.minutes_of("team"), [753, 800, 805, 816]);
}

#[test]
fn l15_a_rebase_begins_no_new_wait_for_an_exhaustion_that_is_awaited() {
    let mut story = with_rungs(two_rungs());
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(80));
    let awaited = story.incident().escalation.as_ref().unwrap().exhausted_at;
    assert_eq!(awaited, Some(START + minutes(90)));
    story.rebase();
    assert_eq!(story.incident().escalation.as_ref().unwrap().exhausted_at, awaited);
}
