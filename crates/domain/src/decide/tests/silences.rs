//! Silences: what they hold, when they are heeded, what they hid (A6, L10, L14).

use super::*;
use crate::silence::SilenceKind::Silence as Quiet;

#[test]
fn a6_rung_0_starts_when_the_silence_ends_if_nobody_was_told() {
    let mut story = Story::begins().with_agent();
    story.order(Quiet, 0, 60);
    story.signal(Priority::Critical).unwrap();
    assert_eq!((story.state(), story.count("agent_called")), ("open", 0));
    story.wait(minutes(59));
    assert!(story.pages.is_empty());
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(60, "primary"), (60, "team")]);
    assert!(story.pages.iter().all(|(.., reason)| *reason == PageReason::Rung));
    assert_eq!(story.count("agent_called"), 1);
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("secondary"), [90]);
}

#[test]
fn a6_the_initial_delay_runs_on_under_a_silence() {
    for (ends, first) in [(1, 15), (15, 15), (40, 40)] {
        let mut story = Story::begins();
        story.order(Quiet, 0, ends);
        story.signal(Priority::Medium).unwrap();
        story.wait(minutes(60));
        assert_eq!(story.minutes_of("team"), [first], "the silence ended at {ends}");
    }
}

#[test]
fn a6_those_told_are_paged_when_it_ends_whatever_cools_down() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(1));
    let order = story.order(Quiet, 1, 600);
    story.wait(minutes(1));
    story.end_order(order);
    assert_eq!(story.paged(), [(0, "primary"), (0, "team"), (2, "primary"), (2, "team")]);
    assert_eq!(story.pages.last().unwrap().2, PageReason::SilenceEnded);
}

#[test]
fn a6_a_page_that_waits_in_a_bundle_when_the_silence_begins_is_made_when_it_ends() {
    for heeded in [true, false] {
        let mut story = Story::begins();
        story.storm_on("team");
        story.storm_on("primary");
        if !heeded {
            // It begins while the bundle waits, and nobody tells.
            story.policy.silences = story.standing.silences.clone();
        }
        story.signal(Priority::Critical).unwrap();
        if heeded {
            story.order(Quiet, 0, 60);
        } else {
            story.now = story.now + Duration::from_secs(5);
            story.order(Quiet, 0, 60);
        }
        story.wait(minutes(59));
        assert!(story.pages.is_empty(), "heeded: {heeded}");
        story.wait(minutes(2));
        assert_eq!(story.paged(), [(60, "primary"), (60, "team")], "heeded: {heeded}");
        let resolved = story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: None }).unwrap();
        assert_eq!(resolved.work.len(), 2);
    }
}

#[test]
fn a6_what_nobody_heard_of_and_ended_is_told_by_the_fallback_when_the_silence_ends() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.storm_on("primary");
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 0, 60);
    story.resolve("ada");
    assert!(story.heard("resolved").is_empty(), "nobody heard of it");
    let traces: Vec<_> = story.news.iter().filter(|(_, update)| update.news == News::SilenceEnded).collect();
    let [(due, update)] = traces[..] else { panic!("{traces:?}") };
    assert_eq!((*due, update.channel.as_str()), (START + minutes(60) + Duration::from_secs(10), "fallback"));
}

#[test]
fn a6_the_resolve_of_what_people_heard_of_is_always_sent() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 0, 60);
    story.resolve("ada");
    assert_eq!(story.heard("resolved"), ["primary", "team"]);
    assert!(story.heard("silence_ended").is_empty());
}

#[test]
fn a6_the_first_signal_that_does_not_match_lifts_it_for_this_opening() {
    let mut story = Story::begins();
    story.order_over(Quiet, r#"{ environment = "staging" }"#, 0, 600);
    let seen = |story: &Story, environment: &str| Signal {
        environment: Some(environment.to_owned()),
        ..signal("1", story.now)
    };
    story.observe(seen(&story, "staging"), Priority::Critical).unwrap();
    story.wait(minutes(10));
    assert!(story.pages.is_empty());
    story.observe(seen(&story, "production"), Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(10, "primary"), (10, "team")]);
    assert_eq!((story.count("silence_lifted"), story.count("silence_ended")), (1, 1));
    story.observe(seen(&story, "staging"), Priority::Critical).unwrap();
    story.heed();
    assert!(story.incident().silenced.is_none(), "it does not come back");
    story.resolve("ada");
    story.wait(minutes(1));
    story.observe(seen(&story, "staging"), Priority::Critical).unwrap();
    assert!(story.incident().silenced.is_some(), "another opening is another matter");
}

#[test]
fn a6_what_lifts_a_silence_and_rises_pages_for_the_higher_ladder_alone() {
    let mut story = Story::begins();
    story.order_over(Quiet, r#"{ environment = "staging" }"#, 0, 600);
    let seen = |story: &Story, environment: &str| Signal {
        environment: Some(environment.to_owned()),
        ..signal("1", story.now)
    };
    story.observe(seen(&story, "staging"), Priority::Medium).unwrap();
    story.wait(minutes(10));
    story.observe(seen(&story, "production"), Priority::Critical).unwrap();
    assert_eq!(story.paged(), [(10, "primary"), (10, "team")]);
    assert_eq!((story.count("silence_ended"), story.count("rose"), story.count("rung_ran")), (1, 1, 1));
}

#[test]
fn a6_one_silence_after_another_is_one_hold() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.wait(minutes(10));
    story.order(Quiet, 10, 40);
    story.order(Quiet, 20, 60);
    story.wait(minutes(45));
    assert_eq!((story.count("silenced"), story.count("silence_ended")), (2, 0));
    story.wait(minutes(25));
    assert_eq!((story.count("silence_ended"), story.minutes_of("primary")[2]), (1, 60));
    story.wait(minutes(10));
    assert_eq!(story.minutes_of("secondary")[0], 80, "fifty minutes stood still");
}

#[test]
fn a6_a_rise_under_a_silence_waits_for_its_end_and_breaks_the_acknowledgement() {
    let mut story = Story::begins();
    story.signal(Priority::High).unwrap();
    story.wait(minutes(10));
    story.acknowledge("ada");
    story.order(Quiet, 10, 60);
    story.wait(minutes(10));
    story.pages.clear();
    story.signal(Priority::Critical).unwrap();
    assert_eq!((story.state(), story.paged()), ("open", vec![]));
    story.wait(minutes(40));
    assert_eq!(story.paged(), [(60, "primary"), (60, "team")]);
    story.wait(minutes(30));
    assert_eq!(story.minutes_of("secondary"), [90]);
}

#[test]
fn a6_an_acknowledgement_that_ends_under_a_silence_pages_nobody_until_that_ends() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.acknowledge("ada");
    story.order(Quiet, 0, 60);
    story.pages.clear();
    story.wait(minutes(59));
    assert_eq!((story.state(), story.paged()), ("escalating", vec![]));
    story.wait(minutes(1));
    assert_eq!(story.paged(), [(60, "primary"), (60, "team")]);
}

#[test]
fn l14_the_end_of_a_silence_is_told_by_the_fallback_ten_seconds_later() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    let order = story.order(Quiet, 0, 60);
    story.wait(minutes(10));
    story.end_order(order);
    let [(due, update)] =
        &story.news.iter().filter(|(_, update)| update.news == News::SilenceEnded).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", story.news)
    };
    assert_eq!((*due, update.channel.as_str()), (story.now + Duration::from_secs(10), "fallback"));
    assert_eq!((update.number, story.incident().news), (1, 1));
}

#[test]
fn l11_a_silence_moved_by_an_order_moves_the_deadline() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 0, 60);
    assert_eq!(story.wake_at, Some(START + minutes(60)));
    story.order(Quiet, 0, 90);
    assert_eq!(story.wake_at, Some(START + minutes(90)));
}

#[test]
fn l5_low_under_a_silence_is_told_in_the_digest_after_it() {
    let mut story = Story::begins();
    story.signal(Priority::Low).unwrap();
    story.wait(minutes(90));
    assert_eq!((story.state(), story.outbox.len()), ("escalating", 1));
    // Over the hour of the digest, which is minute 753.
    story.order(Quiet, 90, 800);
    story.wait(minutes(720));
    assert!(story.pages.is_empty());
    // Friday's digest was missed: the next is Monday's.
    story.wait(minutes(4 * 24 * 60));
    assert_eq!((story.state(), story.minutes_of("team")), ("exhausted", vec![753 + 3 * 24 * 60]));
}

#[test]
fn a6_an_order_stands_in_for_the_silence_of_the_policy_that_it_changes() {
    let mut story = Story::begins();
    let id = story.order(Quiet, 0, 600);
    story.policy.silences = std::mem::take(&mut story.standing.silences);
    story.signal(Priority::Critical).unwrap();
    assert!(story.incident().silenced.is_some(), "the policy's own");
    let ended = Ended { at: story.now, by: "ada".to_owned(), reason: None };
    story.standing.silences = story.policy.silences.iter().cloned().map(|own| own.ended(ended.clone())).collect();
    story.heed();
    assert!(story.incident().silenced.is_none(), "somebody ended it");
    let other = Silence { id: SilenceId::from_bits(99), ..story.standing.silences[0].clone() };
    story.standing.silences = vec![Silence { matching: Matching::parse(r#"{ title = "no" }"#).unwrap(), ..other }];
    story.heed();
    assert_eq!(
        story.incident().silenced.as_ref().map(|held| held.silence),
        Some(id),
        "another order is another matter"
    );
}

#[test]
fn l10_what_waits_when_a_silence_begins_does_not_leave_and_is_owed_though_nobody_told_of_it() {
    let mut story = Story::begins();
    story.storm_on("team");
    story.storm_on("primary");
    story.signal(Priority::Critical).unwrap();
    let order = story.order(Quiet, 0, 60);
    let silence = story.standing.silences.pop().unwrap();
    assert_eq!(silence.id, order);
    // As if it had not been ordered before the fifth second, and without a word to the incident.
    let mut story = Story::begins();
    story.storm_on("team");
    story.storm_on("primary");
    story.signal(Priority::Critical).unwrap();
    story.standing.silences.push(Silence { created_at: START + Duration::from_secs(5), ..silence });
    story.wait(minutes(59));
    assert_eq!((story.paged(), story.count("silenced")), (vec![], 1), "heeded when a repeat was due");
    assert_eq!(story.incident().silenced.as_ref().unwrap().since, START + Duration::from_secs(5));
    story.wait(minutes(2));
    assert_eq!(story.paged(), [(60, "primary"), (60, "team")]);
}

#[test]
fn l11_a_silence_that_is_prolonged_holds_on_and_one_that_never_held_says_nothing() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.order(Quiet, 0, 60);
    let once = Once::between(START, START + minutes(90)).unwrap();
    story.standing.silences[0].times = Times::Once(once);
    story.heed();
    assert_eq!((story.wake_at, story.count("silenced")), (Some(START + minutes(90)), 2));
    story.heed();
    assert_eq!(story.count("silenced"), 2, "nothing changed");

    let mut story = Story::begins();
    story.order_over(Quiet, r#"{ environment = "staging" }"#, 0, 600);
    for _ in 0..2 {
        let seen = Signal { environment: Some("production".to_owned()), ..signal("1", story.now) };
        story.observe(seen, Priority::Critical).unwrap();
    }
    assert_eq!(story.count("silence_lifted"), 0, "it held nothing");
}

#[test]
fn a6_what_is_over_is_not_silenced() {
    let mut story = Story::begins();
    story.signal(Priority::Critical).unwrap();
    story.resolve("ada");
    story.order(Quiet, 0, 600);
    story.says(Priority::Low);
    assert_eq!((story.count("silenced"), story.state()), (0, "resolved"));
}

#[test]
fn a6_a_drill_is_silenced_only_by_what_means_drills() {
    let ladder = |matching: &str, synthetic: bool| {
        let mut story = Story::begins();
        story.order_over(SilenceKind::Silence, matching, 0, 60);
        story.observe(Signal { synthetic, ..signal("1", story.now) }, Priority::Critical).unwrap();
        story.paged().len()
    };
    assert_eq!((ladder("{ all = [] }", false), ladder("{ all = [] }", true)), (0, 2));
    assert_eq!((ladder("{ project = \"shop\" }", false), ladder("{ project = \"shop\" }", true)), (0, 2));
    for all in ["{ synthetic = true }", "{ all = [{ project = \"shop\" }, { not = { synthetic = false } }] }"] {
        assert_eq!((ladder(all, false), ladder(all, true)), (2, 0), "{all}");
    }
}
