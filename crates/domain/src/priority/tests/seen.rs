//! What each factor sees, and how it tells it: paces, releases, worth, and text that somebody hostile wrote.

use super::*;
use crate::baseline::Pace;
use crate::priority::evidence::{Dear, Missing, Place, Returned, Verdict, Word, Worth, line};
use crate::priority::factors::velocity::of_pace;
use crate::project::ProjectHistory;
use crate::release::{FixedIn, SeenRelease};
use crate::signal::Exception;

/// A rate of so many events an hour against the usual and the limit, after two weeks.
fn pace(lately: u64, usual: u64, limit: u64) -> Pace {
    Pace { lately: lately * 10, usual: usual * 10, limit: limit * 10, observed_hours: 336 }
}

#[test]
fn above_its_limit_it_escalates_and_the_more_the_further_above() {
    let worth: Vec<u8> = [8, 64, 65, 130, 320, 640].map(|lately| of_pace(&pace(lately, 8, 64), false)).into();
    assert_eq!(worth, [25, 70, 85, 90, 95, 100]);
}

#[test]
fn few_events_are_never_fast_however_rare_they_usually_are() {
    assert!(of_pace(&pace(4, 0, 1), false) <= 30);
    assert!(of_pace(&pace(5, 0, 1), false) >= 85);
}

#[test]
fn sentrys_escalating_counts_but_a_baseline_that_knows_better_tempers_it() {
    let usual = pace(8, 8, 64);
    assert_eq!(of_pace(&usual, true), 57);
    assert_eq!(of_pace(&Pace { observed_hours: 100, ..usual }, true), 90);
    assert_eq!(of_pace(&pace(640, 8, 64), true), 100);
}

#[test]
fn a_pace_is_told_with_its_numbers_and_with_sentrys_word() {
    let (lately, usual, limit) = (1200, 80, 640);
    let seen = |escalating| Evidence::Pace { lately, usual, limit, escalating };
    assert_eq!(seen(false).to_string(), "120 events in the last hour, 8 usual for this hour of the week (limit 64)");
    assert_eq!(
        seen(true).to_string(),
        "Sentry says that it escalates; 120 events in the last hour, 8 usual (limit 64)"
    );
    assert_eq!(seen(true).numbers(), [("lately", 120.0), ("usual", 8.0), ("limit", 64.0)]);
}

proptest! {
    #[test]
    fn a_faster_pace_is_never_worth_less(
        lately in 0_u64..100_000, more in 0_u64..100_000, usual in 0_u64..10_000, over in 0_u64..10_000, escalating: bool, hours in 0_u32..400,
    ) {
        let at = |lately| of_pace(&Pace { lately, usual, limit: usual + over, observed_hours: hours }, escalating);
        prop_assert!(at(lately) <= at(lately + more));
        prop_assert!(at(lately) <= 100);
    }
}

fn project(releases: &[&str]) -> ProjectHistory {
    let releases = releases.iter().map(|name| SeenRelease { name: (*name).into(), first_seen_at: ago(days(9)) });
    ProjectHistory { releases: releases.collect(), ..ProjectHistory::default() }
}

fn novelty_in(release: Option<&str>, releases: &[&str]) -> (u8, String) {
    let history = project(releases);
    let signal = Signal { release: release.map(Into::into), ..fresh(production(Severity::Error), 1) };
    let triage = assess(&signal, &Known { project: Some(&history), ..Known::default() }, &policy(), NOW);
    let factor = factor(&triage, FactorName::Novelty);
    (factor.score.unwrap(), factor.evidence.to_string())
}

#[test]
fn new_in_the_newest_release_says_more_than_new_in_an_old_one() {
    let releases = ["shop@one", "shop@two"];
    let newest = novelty_in(Some("shop@two"), &releases);
    let old = novelty_in(Some("shop@one"), &releases);
    assert_eq!((newest.0, old.0), (80, 60));
    assert!(newest.1.ends_with("in the newest release, shop@two"), "{}", newest.1);
    assert!(old.1.ends_with("in shop@one, which is not the newest release"), "{}", old.1);
    // Never heard of before: it was deployed just now.
    assert_eq!(novelty_in(Some("shop@three"), &releases).0, 80);
}

#[test]
fn a_release_that_is_not_told_or_the_only_one_makes_no_difference() {
    assert_eq!(novelty_in(None, &["one", "two"]), (70, "first seen 2 min ago, in a release that was not told".into()));
    assert_eq!(novelty_in(Some("one"), &["one"]), (70, "first seen 2 min ago".into()));
    assert_eq!(novelty_in(Some("one"), &[]), (70, "first seen 2 min ago".into()));
}

#[test]
fn an_event_from_before_the_resolve_is_no_regression_though_sentry_says_so() {
    let mut history = incident(Counts::default(), days(3), days(2));
    history.state = State::Resolved {
        at: NOW - days(1),
        by: ResolvedBy::Sentry,
        as_of: NOW - days(1),
        fixed_in: None,
        before: None,
        closed: Vec::new(),
    };
    let at = |seen_at, substatus: Option<&str>| {
        let signal =
            Signal { seen_at: Some(seen_at), substatus: substatus.map(Into::into), ..production(Severity::Error) };
        let known = Known { incident: Some(&history), ..Known::default() };
        factor(&assess(&signal, &known, &policy(), NOW), FactorName::Novelty)
    };
    let late = at(NOW - days(2), None);
    assert_eq!(late.score, Some(20));
    assert_eq!(late.evidence.to_string(), "resolved here 24 h ago; it happened before the resolve: no regression");
    assert_eq!(at(NOW - days(2), Some("regressed")).score, Some(40));
    assert_eq!(at(NOW, Some("regressed")).score, Some(90));
    assert_eq!(at(NOW, None).score, Some(85));
}

#[test]
fn an_older_release_than_the_fix_is_no_regression_and_an_unknown_order_is_said_to_be_unknown() {
    let mut history = incident(Counts::default(), days(3), days(2));
    history.state = State::Resolved {
        at: NOW - days(1),
        by: ResolvedBy::Sentry,
        as_of: NOW - days(1),
        fixed_in: Some(FixedIn::Release("shop@1.3.0".into())),
        before: None,
        closed: Vec::new(),
    };
    let of = |release: Option<&str>| {
        let signal = Signal { release: release.map(Into::into), seen_at: Some(NOW), ..production(Severity::Error) };
        let known = Known { incident: Some(&history), ..Known::default() };
        let factor = factor(&assess(&signal, &known, &policy(), NOW), FactorName::Novelty);
        (factor.score.unwrap(), factor.evidence.to_string().replace("resolved here 24 h ago; ", ""))
    };
    for (release, score, words) in [
        (Some("shop@1.2.9"), 20, "release shop@1.2.9 is older than the fix in shop@1.3.0: no regression"),
        (Some("shop@1.3.1"), 85, "release shop@1.3.1 has the fix of shop@1.3.0: a regression"),
        (Some("abcdef1"), 60, "whether abcdef1 is older than the fix in shop@1.3.0 is not known"),
        (None, 60, "the fix is in shop@1.3.0, and the signal names no release"),
    ] {
        assert_eq!(of(release), (score, words.to_owned()));
    }
}

#[test]
fn the_dearest_of_what_the_policy_names_counts_and_all_are_told() {
    let mut policy = policy();
    policy.projects.insert("shop".into(), 50);
    policy.paths.insert("/checkout".into(), 70);
    policy.paths.insert("/checkout/pay".into(), 90);
    policy.tags.insert("tier=gold".into(), 95);
    policy.errors.insert("CardError".into(), 60);
    let signal = Signal {
        transaction: Some("/checkout/pay/now".into()),
        tags: vec![("tier".into(), "gold".into())],
        exceptions: vec![
            Exception { class: "Wrapper".into(), ..Exception::default() },
            Exception { class: "CardError".into(), ..Exception::default() },
        ],
        ..level(Severity::Error)
    };
    let of = |signal: &Signal| factor(&assess(signal, &Known::default(), &policy, NOW), FactorName::Criticality);
    let all = of(&signal);
    assert_eq!(all.score, Some(95));
    assert_eq!(
        all.evidence.to_string(),
        "tag tier=gold counts 95, path /checkout/pay 90, error CardError 60 and 1 more in the policy"
    );
    assert_eq!(all.evidence.numbers(), [("worth", 95.0), ("applied", 4.0)]);
    let plain = Signal { transaction: None, tags: Vec::new(), exceptions: Vec::new(), ..signal };
    assert_eq!(of(&plain).score, Some(50));
}

fn one_of_each(text: &str) -> Vec<Evidence> {
    let (long, most) = (|| line(text, 40), u64::MAX);
    let returned = |verdict, release: Option<String>, fix: Option<String>| Evidence::Resolved {
        ago: most,
        returned: Some(Returned { verdict, release, fix }),
        regressed: true,
    };
    let mut all = vec![
        Evidence::Level {
            is: Severity::Warning,
            unhandled: Some(false),
            outage: true,
            hint: Some((Hint::Medium, -10)),
            model: Some((100, 10)),
        },
        Evidence::Hint(Hint::Medium),
        Evidence::Environment { is: long(), earlier: true, others: 255 },
        Evidence::Counts { users: Some(most), events: Some(most) },
        Evidence::Counts { users: None, events: Some(most) },
        Evidence::Pace { lately: most, usual: most, limit: most, escalating: false },
        Evidence::Pace { lately: most, usual: most, limit: most, escalating: true },
        Evidence::Growth { lately: most, before: most },
        Evidence::Rate { rate: most, age: most },
        Evidence::Resolved { ago: most, returned: None, regressed: false },
        Evidence::OpenHere { since: most },
        Evidence::FirstSeen { ago: most, release: Some(Place::Newest(long())) },
        Evidence::FirstSeen { ago: most, release: Some(Place::Older(long())) },
        Evidence::FirstSeen { ago: most, release: Some(Place::Untold {}) },
        Evidence::Worth {
            of: vec![
                Worth(Dear::Project, long(), 100),
                Worth(Dear::Error, long(), 100),
                Worth(Dear::Error, long(), 100),
            ],
            more: 255,
        },
        Evidence::Worth { of: vec![Worth(Dear::Project, long(), 100)], more: 0 },
        Evidence::Unweighed(long()),
        Evidence::TooFew { events: most, age: most },
        Evidence::Told(text.into()),
    ];
    for verdict in [Verdict::Real, Verdict::Not, Verdict::Unsure] {
        all.push(returned(verdict, Some(long()), Some(long())));
        all.push(returned(verdict, None, Some(long())));
        all.push(returned(verdict, None, None));
    }
    all.extend([Word::Escalating, Word::Regressed, Word::New, Word::Ongoing].map(Evidence::Sentry));
    let missing =
        [Missing::Severity, Missing::Environment, Missing::Counts, Missing::Rate, Missing::Age, Missing::Project];
    all.extend(missing.map(Evidence::Missing));
    all
}

#[test]
fn all_evidence_fits_a_line_and_comes_back_from_the_store() {
    for evidence in one_of_each(&"W".repeat(1 << 20)) {
        let words = evidence.to_string();
        assert!(words.chars().count() <= 120, "{} characters: {words}", words.chars().count());
        let json = serde_json::to_string(&evidence).unwrap();
        assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence, "{json}");
    }
}

#[test]
fn hostile_text_is_one_short_line_wherever_it_comes_from() {
    let unsafe_here = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    for text in [
        "\u{202e}gnihton\u{2066}".to_owned(),
        "a\u{200b}\u{200d}\u{feff}b".repeat(40_000),
        "\u{200b}".repeat(1 << 20),
        "nul\0and\r\nlines\u{2028}\u{85}".to_owned(),
        "x".repeat(1 << 20),
    ] {
        let mut policy = policy();
        policy.tags.insert(format!("t={text}"), 60);
        policy.paths.insert(text.clone(), 60);
        policy.errors.insert(text.clone(), 60);
        let history = ProjectHistory {
            releases: vec![SeenRelease { name: "one".into(), first_seen_at: NOW }],
            ..ProjectHistory::default()
        };
        for project in [Some(text.clone()), None] {
            let signal = Signal {
                environment: Some(text.clone()),
                release: Some(text.clone()),
                transaction: Some(text.clone()),
                substatus: Some(text.clone()),
                category: Some(text.clone()),
                tags: vec![("t".into(), text.clone())],
                exceptions: vec![Exception { class: text.clone(), ..Exception::default() }],
                project: project.map(|slug| crate::signal::Project { id: None, slug: Some(slug) }),
                first_seen: Some(NOW),
                ..level(Severity::Error)
            };
            let triage = assess(&signal, &Known { project: Some(&history), ..Known::default() }, &policy, NOW);
            for factor in &triage.factors {
                let words = factor.evidence.to_string();
                assert!(words.chars().count() <= 120 && !words.contains(unsafe_here), "{words:?}");
            }
            assert!(serde_json::to_string(&triage).unwrap().len() < 2_000);
        }
    }
}

#[test]
fn numbers_take_less_room_in_the_store_than_words() {
    for signal in [unhandled(old(production(Severity::Error), 1_000, 5_000)), level(Severity::Error)] {
        let typed = assess(&signal, &Known::default(), &policy(), NOW);
        let mut told = typed.clone();
        for factor in &mut told.factors {
            factor.evidence = Evidence::Told(factor.evidence.to_string());
        }
        let length = |triage: &Triage| serde_json::to_string(triage).unwrap().len();
        assert!(length(&typed) < length(&told), "{} against {}", length(&typed), length(&told));
    }
}
