//! Rungs, repeats, cooldowns, rises, exhaustion.

use super::*;

#[test]
fn l1_nobody_is_told_of_what_ended_within_the_initial_delay() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(14));
    story.resolve("ada");
    story.wait(minutes(600));
    assert!(story.pages.is_empty());
}

#[test]
fn l2_each_rung_runs_at_its_offset_and_adds_people() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(125));
    let first = |contact| story.minutes_of(contact)[0];
    assert_eq!((first("team"), first("primary")), (0, 0));
    assert_eq!((first("secondary"), first("manager"), first("director")), (30, 60, 120));
    assert!(story.minutes_of("team").len() > 3, "a later rung drops nobody");
}

#[test]
fn l3_each_target_repeats_on_its_own_after_doubling_cooldowns_and_jitter_only_adds() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(110));
    let team = story.minutes_of("team");
    let gaps: Vec<u64> = team.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (gap, cooldown) in gaps.iter().zip([5, 10, 20, 40]) {
        assert!((cooldown..=cooldown * 11 / 10 + 1).contains(gap), "{gaps:?}");
    }
    assert_eq!(story.minutes_of("secondary")[0], 30);
}

#[test]
fn l4_one_endpoint_is_never_paged_twice_within_the_cooldown_even_across_a_reopening() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(1));
    story.resolve("ada");
    story.now = story.now + minutes(1);
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.state(), "escalating");
    assert_eq!(story.minutes_of("team"), [0], "held: two minutes after its last page");
    story.wait(minutes(4));
    assert_eq!(story.minutes_of("team"), [0, 5]);
}

#[test]
fn l4_one_chat_that_is_team_and_primary_is_one_endpoint() {
    let mut story = Story::begins();
    let chat = name("chat");
    for role in ["team", "primary"] {
        let contact = name(&format!("{role}-contact"));
        story
            .policy
            .contacts
            .insert(contact.clone(), crate::policy::Contact { channels: vec![chat.clone()], budget: None });
        story.policy.roles.insert(name(role), vec![crate::policy::Member::Contact(contact)]);
    }
    story.directory.notifiers.push(chat);
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(0, "team-contact")]);
}

#[test]
fn l5_an_exhausted_ladder_tells_the_fallback_and_keeps_paging_it_and_the_primary() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(181));
    assert_eq!(story.state(), "exhausted");
    assert_eq!(story.minutes_of("fallback"), [180]);
    story.pages.clear();
    story.wait(minutes(240));
    for contact in ["fallback", "primary"] {
        assert!((3..=4).contains(&story.minutes_of(contact).len()), "{contact}: {:?}", story.paged());
    }
    assert!(story.minutes_of("secondary").is_empty() && story.minutes_of("team").is_empty());
}

#[test]
fn l5_an_exhausted_medium_tells_the_fallback_once_and_falls_silent() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(3 * 24 * 60 - 1));
    assert_eq!(story.state(), "exhausted");
    assert_eq!(story.minutes_of("fallback").len(), 1);
}

#[test]
fn l5_low_is_exhausted_as_soon_as_its_digest_was_delivered() {
    let mut story = Story::begins();
    story.signal(Priority::Low).unwrap();
    story.wait(minutes(60));
    assert_eq!((story.state(), story.paged()), ("escalating", vec![]));
    // It began at 20:26; the digest leaves at nine.
    story.wait(minutes(694));
    assert_eq!((story.state(), story.paged()), ("exhausted", vec![(753, "team")]));
    story.wait(minutes(6 * 24 * 60));
    assert_eq!(story.paged(), [(753, "team")]);
}

#[test]
fn l6_a_rise_starts_the_higher_ladder_at_rung_0_counted_from_the_opening() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    story.wait(minutes(1));
    story.signal(Priority::High).unwrap();
    assert!(story.pages.is_empty(), "high waits two minutes from the opening");
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(2, "primary"), (2, "team")]);
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("secondary"), [62]);
    assert_eq!(story.incident().escalations, 2);
}

#[test]
fn l6_a_rise_breaks_an_acknowledgement_and_the_cooldown() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(2));
    story.acknowledge("ada");
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.state(), "escalating");
    assert_eq!(story.minutes_of("team"), [2, 2]);
}

#[test]
fn l6_a_person_raises_what_lives_and_it_sticks() {
    let mut story = Story::begins();
    story.signal(Priority::Medium).unwrap();
    let ask = |level| Command::Create {
        new_id: IncidentId::from_bits(9),
        external_id: "1".to_owned(),
        title: "1".to_owned(),
        level,
        act: Act::by("ada"),
        policy: peopled().hash,
        synthetic: false,
    };
    story.acknowledge("bob");
    let decision = story.ask(&ask(Level::Critical)).unwrap();
    assert_eq!(decision.incident.id, IncidentId::from_bits(7));
    let rose = decision.timeline.iter().find(|entry| matches!(entry.event, Event::Rose { .. })).unwrap();
    assert_eq!(rose.actor, Actor::Person("ada".to_owned()));
    assert_eq!(rose.why.as_ref().unwrap().rule.0, "L6");
    assert_eq!((story.level(), story.state()), (Level::Critical, "escalating"));
    assert_eq!(story.paged(), [(0, "primary"), (0, "team")]);
    story.signal(Priority::Low).unwrap();
    assert_eq!((story.level(), story.incident().priority), (Level::Critical, Priority::Critical));
    for level in [Level::Critical, Level::Low] {
        assert_eq!(story.ask(&ask(level)), Err(Rejection::NotAbove(Level::Critical)));
    }
    assert_eq!(story.incident().escalations, 2);
    story.resolve("ada");
    assert_eq!(story.ask(&ask(Level::Critical)), Err(Rejection::AlreadyResolved));
}

#[test]
fn next_step_is_the_next_rung_or_the_next_page_whichever_comes_first() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    assert_eq!(story.incident().next_step_at(), Some(story.now + minutes(2)));
    story.wait(minutes(2));
    let escalation = story.incident().live_escalation().unwrap();
    let repeat = escalation.told.values().filter_map(|told| told.next_at).min();
    assert!(repeat < escalation.next_rung_at);
    assert_eq!(story.incident().next_step_at(), repeat);
    story.acknowledge("ada");
    assert_eq!(story.incident().next_step_at(), Some(story.now + minutes(120)), "the end of the hold");
    story.resolve("ada");
    assert_eq!(story.incident().next_step_at(), None);
}

#[test]
fn f1_fixing_shows_once_the_vendor_took_the_run() {
    let mut story = Story::begins().with_agent();
    story.signal(Priority::Critical).unwrap();
    let run = story.incident().fixing.as_ref().unwrap().run;
    assert!(!story.incident().is_fixing(), "decided upon, and not with the vendor yet");
    let progress = crate::incident::Progress::Queued;
    story.ask(&Command::AgentProgressed { run, progress, url: None, note: None }).unwrap();
    assert!(story.incident().is_fixing());
}

#[test]
fn l6_an_automatic_fall_is_only_recorded() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.signal(Priority::Low).unwrap();
    assert_eq!((story.level(), story.incident().priority), (Level::High, Priority::Low));
    assert_eq!(story.incident().escalations, 1);
}

#[test]
fn l7_a_rung_that_reaches_nobody_is_said_and_the_next_that_does_is_told_at_once() {
    let mut story = Story::begins();
    for role in ["team", "primary"] {
        story.policy.roles.insert(name(role), Vec::new());
    }
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(0, "secondary")]);
    assert!(story.events.contains(&Event::RungReachedNobody { rung: 0 }));
    story.wait(minutes(60));
    assert_eq!(story.minutes_of("manager"), [60], "offsets never shift");
}

#[test]
fn l7_a_ladder_that_reaches_nobody_tells_the_fallback_at_once() {
    let mut story = Story::begins();
    story.directory.notifiers = vec![name("fallback")];
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.pages, [(0, "fallback".to_owned(), PageReason::NobodyElse)]);
}

#[test]
fn l8_a_signal_on_a_live_incident_never_pages_and_never_restarts_the_ladder() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let before = (story.pages.len(), story.wake_at, story.incident().plan);
    for _ in 0..50 {
        story.now = story.now + Duration::from_secs(1);
        story.signal(Priority::Critical).unwrap();
    }
    assert_eq!((story.pages.len(), story.wake_at, story.incident().plan), before);
    assert_eq!(story.incident().counts.signals, 51);
}

#[test]
fn l9_a_timer_of_another_revision_does_nothing() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let old = story.incident().plan;
    story.acknowledge("ada");
    assert_eq!(story.ask(&Command::Wake { plan: old }), Err(Rejection::Stale));
}

#[test]
fn l14_a_page_that_failed_for_good_is_told_through_the_fallback() {
    let mut story = Story::begins();
    story.broken = vec![name("primary")];
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.minutes_of("fallback"), [0]);
    assert!(
        !story.incident().endpoints.contains_key(&name("primary")),
        "a failed page does not count for the cooldown"
    );
}

#[test]
fn l14_a_fallback_that_fails_too_ends_there() {
    let mut story = Story::begins();
    story.broken = ["primary", "fallback", "team"].map(name).to_vec();
    story.signal(Priority::Critical).unwrap();
    assert!(story.minutes_of("fallback").len() <= 2, "{:?}", story.paged());
}

#[test]
fn l14_one_fallback_stands_in_for_another() {
    let mut story = Story::begins();
    let fallback =
        ["fallback", "director"].map(|who| crate::policy::Target::Notifier(crate::policy::Choice::Named(name(who))));
    story.policy.fallback = fallback.to_vec();
    story.broken = ["primary", "fallback"].map(name).to_vec();
    story.signal(Priority::Critical).unwrap();
    assert_eq!(story.minutes_of("director"), [0]);
    story.broken.push(name("director"));
    story.wait(minutes(6));
    assert!(story.pages.len() < 20, "no circles: {:?}", story.paged());
}

#[test]
fn l5_after_an_acknowledgement_or_a_stop_only_the_primary_and_the_fallback_of_an_exhausted_ladder_repeat() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(181));
    assert_eq!(story.state(), "exhausted");
    story.acknowledge("ada");
    story.wait(minutes(30));
    story.now = story.now + minutes(10);
    story.ask(&Command::Resume { away: minutes(10) }).unwrap();
    story.pages.clear();
    story.wait(minutes(70));
    let mut paged: Vec<_> = story.pages.iter().map(|(_, who, _)| who.as_str()).collect();
    paged.sort_unstable();
    assert_eq!(paged, ["fallback", "primary"]);
}

#[test]
fn l4_a_page_held_past_the_end_of_the_ladder_is_still_made() {
    let mut story = Story::begins();
    let level = story.policy.levels.get_mut(&Level::Critical).unwrap();
    level.cooldown = minutes(4 * 60);
    level.max_cooldown = minutes(4 * 60);
    story.signal(Priority::Critical).unwrap();
    story.resolve("bob");
    story.wait(minutes(1));
    story.signal(Priority::Critical).unwrap();
    story.pages.clear();
    story.wait(minutes(9 * 60));
    assert_eq!(story.state(), "exhausted");
    // The team heard that it is over; that it came back it hears when its phone has cooled down, and once.
    assert_eq!(story.minutes_of("team"), [240]);
    assert!(story.minutes_of("primary").len() >= 2, "{:?}", story.pages);
}

/// The default ladders, and one named `pay` that tells its own contacts: for high and for critical.
fn with_a_ladder_for_payments() -> Story {
    let mut story = Story::begins();
    let rung = |contact: &str, after| {
        let target = crate::policy::Target::Notifier(crate::policy::Choice::Named(name(contact)));
        crate::policy::Rung::plain(minutes(after), vec![target])
    };
    let levels = [
        (Level::High, vec![rung("pay-high", 0), rung("pay-late", 10)]),
        (Level::Critical, vec![rung("pay-critical", 0)]),
    ];
    story.policy.ladders.insert(name("pay"), levels.into_iter().collect());
    story.directory.notifiers.extend(["pay-high", "pay-late", "pay-critical"].map(name));
    story
}

#[test]
fn a_routed_incident_climbs_the_named_ladder_and_its_levels_own_elsewhere() {
    let mut story = with_a_ladder_for_payments();
    story.routed(Priority::High, Some("pay")).unwrap();
    story.wait(minutes(14));
    assert_eq!(story.paged(), [(2, "pay-high"), (12, "pay-late")]);

    let mut story = with_a_ladder_for_payments();
    story.routed(Priority::Medium, Some("pay")).unwrap();
    story.wait(minutes(16));
    assert_eq!(story.paged(), [(15, "team")], "the ladder has no rungs for medium");
}

#[test]
fn a_running_escalation_keeps_its_ladder_and_a_rise_or_reopening_takes_the_one_of_its_time() {
    let mut story = with_a_ladder_for_payments();
    story.routed(Priority::High, None).unwrap();
    story.wait(minutes(5));
    assert_eq!(story.paged(), [(2, "primary"), (2, "team")]);
    story.routed(Priority::High, Some("pay")).unwrap();
    story.wait(minutes(5));
    assert!(story.minutes_of("pay-high").is_empty(), "a signal never moves the ladder (L8): {:?}", story.paged());

    story.routed(Priority::Critical, Some("pay")).unwrap();
    story.wait(minutes(1));
    assert_eq!(story.minutes_of("pay-critical"), [10], "a rise");

    story.resolve("ada");
    story.pages.clear();
    story.now = story.now + minutes(30);
    story.routed(Priority::Critical, None).unwrap();
    story.wait(minutes(1));
    assert!(story.minutes_of("pay-critical").is_empty(), "a reopening: {:?}", story.paged());
    assert_eq!(story.minutes_of("team").len(), 1);
}

#[test]
fn l4_one_endpoint_under_two_names_goes_on_in_one_turn() {
    // The fallback is the channel on which the primary is reached.
    let mut story = Story::begins();
    let channels = vec![name("primary")];
    story.policy.contacts.insert(name("alice"), crate::policy::Contact { channels, budget: None });
    story.policy.roles.insert(name("primary"), vec![crate::policy::Member::Contact(name("alice"))]);
    let fallback = crate::policy::Choice::Named(name("primary"));
    story.policy.fallback = vec![crate::policy::Target::Notifier(fallback)];
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(181));
    assert_eq!(story.state(), "exhausted");
    let before = story.rang.len();
    story.wait(minutes(600));
    let rang = &story.rang[before..];
    assert!(rang.len() <= 10, "once in every max cooldown, which jitter only lengthens: {rang:?}");
    assert!(rang.iter().all(|(_, who, _)| *who == name("alice")), "{rang:?}");
}

#[test]
fn next_step_under_two_holds_is_the_later_end() {
    let next = |silenced: u64, answered: Option<u64>| {
        let mut story = Story::begins();
        story.signal(Priority::Critical).unwrap();
        match answered {
            Some(end) => drop(story.snooze(until(end)).unwrap()),
            None => drop(story.snooze(Until { users: Some(9), ..Until::default() }).unwrap()),
        }
        story.order(crate::silence::SilenceKind::Silence, 0, silenced);
        story.incident().next_step_at().map(|at| at.since(START).as_secs() / 60)
    };
    assert_eq!((next(10, Some(30)), next(30, Some(10)), next(10, None)), (Some(30), Some(30), None));
}

#[test]
fn l3_a_repeat_is_told_to_whoever_fills_the_rungs_roles_by_then() {
    use crate::policy::{Choice, Member};
    let hands_over = |story: &mut Story, role: &str, to: &str| {
        story.policy.roles.insert(name(role), vec![Member::Notifier(Choice::Named(name(to)))]);
    };
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(1));
    hands_over(&mut story, "primary", "director");
    story.wait(minutes(3));
    assert!(story.minutes_of("director").is_empty(), "in the repeat's turn, not before");
    story.wait(minutes(8));
    assert_eq!((story.minutes_of("primary"), story.minutes_of("director")), (vec![0, 5], vec![5, 10]));
    // A rung that has not run yet tells its people when it runs.
    hands_over(&mut story, "secondary", "fallback");
    story.wait(minutes(17));
    assert!(story.minutes_of("fallback").is_empty());
    story.wait(minutes(1));
    assert_eq!(story.minutes_of("fallback"), [30]);
}
