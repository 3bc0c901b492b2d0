//! Whatever happens, in whatever order: what must hold after every single command. What holds of each decision is asked in every story
//! (`Story::keeps_the_laws`).

use proptest::prelude::*;

use super::*;
use crate::incident::{Escalation, Progress, State};
use crate::policy::{Budget, Contact, Member};
use crate::silence::SilenceKind;
use crate::wall::WallTime;

#[derive(Debug, Clone)]
enum Step {
    Signal(usize, u8, u64),
    Lifecycle(u8, u8),
    Acknowledge(bool),
    Snooze(u8, u16),
    Resolve,
    Reopen,
    Undo,
    Label(usize),
    Rebase(bool),
    Order(bool, u16, u16),
    EndOrder,
    Storm(bool),
    Progress(Progress),
    Wait(u16),
    Seconds(u8),
    Stop(u16),
    Jump(i32),
    Break(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..5_usize, 0..3_u8, 0..200_u64).prop_map(|(priority, issue, users)| Step::Signal(priority, issue, users)),
        2 => (0..7_u8, 0..3_u8).prop_map(|(what, issue)| Step::Lifecycle(what, issue)),
        2 => any::<bool>().prop_map(Step::Acknowledge),
        1 => (0..3_u8, 1..900_u16).prop_map(|(end, count)| Step::Snooze(end, count)),
        1 => Just(Step::Resolve),
        1 => Just(Step::Reopen),
        1 => Just(Step::Undo),
        1 => (0..5_usize).prop_map(Step::Label),
        1 => any::<bool>().prop_map(Step::Rebase),
        2 => (any::<bool>(), 0..300_u16, 1..600_u16).prop_map(|(window, begins, lasts)| Step::Order(window, begins, lasts)),
        1 => Just(Step::EndOrder),
        1 => any::<bool>().prop_map(Step::Storm),
        1 => prop::sample::select(Progress::ALL.to_vec()).prop_map(Step::Progress),
        5 => (1..600_u16).prop_map(Step::Wait),
        2 => (1..60_u8).prop_map(Step::Seconds),
        1 => (6..5_000_u16).prop_map(Step::Stop),
        1 => (-100_000..100_000_i32).prop_map(Step::Jump),
        1 => any::<bool>().prop_map(Step::Break),
    ]
}

/// Everything that a policy may ask for.
fn begins() -> Story {
    let mut story = Story::begins().with_agent();
    let wall = |hour| WallTime::hour(hour).unwrap();
    let budget = Budget { day: 2, night: 1, from: wall(8), to: wall(22), zone: "UTC".to_owned() };
    story.policy.contacts.insert(name("ada"), Contact { channels: vec![name("primary")], budget: Some(budget) });
    story.policy.roles.insert(name("primary"), vec![Member::Contact(name("ada"))]);
    let high = story.policy.levels.get_mut(&Level::High).unwrap();
    high.ladder[1].acks = 2;
    high.max_pages = Some(7);
    let critical = story.policy.levels.get_mut(&Level::Critical).unwrap();
    critical.ladder[1].repeats = Some(2);
    critical.ladder[2].only_if = vec![crate::policy::OnlyIf::Rising];
    critical.ladder[0].acks = 2;
    story
}

fn transition(what: u8, at: Timestamp) -> Lifecycle {
    match what {
        0 => Lifecycle::Resolved { fixed_in: None },
        1 => Lifecycle::Resolved { fixed_in: Some(crate::release::FixedIn::Unnamed) },
        2 => Lifecycle::Unresolved { came_back: true },
        3 => Lifecycle::Unresolved { came_back: false },
        4 => Lifecycle::Ignored { until_condition: true, until: Some(at + minutes(100)) },
        5 => Lifecycle::Ignored { until_condition: false, until: None },
        _ => Lifecycle::Assigned { assignee: Some("bob".to_owned()) },
    }
}

/// Refusals are part of the game: what must hold is checked after each step.
fn take(story: &mut Story, step: &Step) {
    let policy = story.policy.hash.clone();
    match step {
        Step::Signal(priority, issue, users) => {
            let seen = Signal { users: Some(*users), ..signal(&issue.to_string(), story.now) };
            let _ = story.observe(seen, Priority::ALL[*priority]);
        }
        Step::Lifecycle(what, issue) => {
            let seen = lifecycle(&issue.to_string(), story.now, transition(*what, story.now));
            let _ = story.observe(seen, Priority::High);
        }
        Step::Acknowledge(ada) => {
            let _ = story.ask(&Command::Acknowledge(Act::by(if *ada { "ada" } else { "bob" })));
        }
        Step::Snooze(end, count) => {
            let until = match end {
                0 => Until { at: Some(story.now + minutes(u64::from(*count))), ..Until::default() },
                1 => Until { users: Some(u64::from(*count)), ..Until::default() },
                _ => Until { rate: Some(u64::from(*count)), ..Until::default() },
            };
            let _ = story.snooze(until);
        }
        Step::Resolve => drop(story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: None })),
        Step::Reopen => drop(story.ask(&Command::Reopen { act: Act::by("ada"), policy })),
        Step::Undo => drop(story.ask(&Command::Undo(Act::by("ada")))),
        Step::Label(priority) => {
            let _ = story.ask(&Command::Label { act: Act::by("ada"), priority: Priority::ALL[*priority] });
        }
        Step::Rebase(longer) => {
            if *longer {
                let ladder = &mut story.policy.levels.get_mut(&Level::Critical).unwrap().ladder;
                let last = ladder.last().unwrap().clone();
                ladder.push(crate::policy::Rung { after: last.after + minutes(7), ..last });
            } else if story.policy.level(Level::Critical).ladder.len() > 1 {
                story.policy.levels.get_mut(&Level::Critical).unwrap().ladder.pop();
            }
            let _ = story.ask(&Command::Rebase { act: Act::by("ada"), policy });
        }
        Step::Order(window, begins, lasts) => {
            let from = story.minute() + u64::from(*begins);
            let kind = if *window { SilenceKind::Maintenance } else { SilenceKind::Silence };
            story.order(kind, from, from + u64::from(*lasts));
        }
        Step::EndOrder => {
            if let Some(id) = story.standing.silences.last().map(|order| order.id) {
                story.end_order(id);
            }
        }
        Step::Storm(team) => story.storm_on(if *team { "team" } else { "primary" }),
        Step::Progress(progress) => {
            let run = story.incident.as_ref().and_then(|incident| Some(incident.fixing.as_ref()?.run));
            if let Some(run) = run {
                let _ = story.ask(&Command::AgentProgressed { run, progress: *progress, url: None, note: None });
            }
        }
        Step::Wait(count) => story.wait(minutes(u64::from(*count))),
        Step::Seconds(count) => story.wait(Duration::from_secs(u64::from(*count))),
        Step::Stop(count) => {
            let away = minutes(u64::from(*count));
            story.now = story.now + away;
            let _ = story.ask(&Command::Resume { away });
        }
        Step::Jump(seconds) => {
            let by = i64::from(*seconds) * 1_000;
            if story.incident.as_ref().is_some_and(|incident| incident.state.is_live()) {
                story.now = story.now.shifted(by);
                story.attention.values_mut().for_each(|attention| attention.shift(by));
                story.outbox.iter_mut().for_each(|(due, _)| *due = due.shifted(by));
                let _ = story.ask(&Command::ShiftClock { by, now: story.now });
            }
        }
        Step::Break(broken) => story.broken = if *broken { vec![name("primary")] } else { Vec::new() },
    }
}

/// Whether a step may make an incident live that is over.
const fn takes_up(step: &Step) -> bool {
    matches!(
        step,
        Step::Signal(..) | Step::Lifecycle(2 | 3, _) | Step::Reopen | Step::Undo | Step::Wait(_) | Step::Seconds(_)
    )
}

fn is_over(story: &Story) -> bool {
    story.incident.as_ref().is_some_and(|incident| !incident.state.is_live())
}

/// Two clocks that differ by a jump must not tell two stories: what is compared is what is measured by our own clock.
fn times(escalation: &Escalation) -> Vec<Option<Timestamp>> {
    let told = escalation.told.values().flat_map(|told| [Some(told.last_at), told.next_at]);
    let own = [Some(escalation.starts_at), escalation.next_rung_at, escalation.exhausted_at, escalation.runs_since];
    own.into_iter().chain(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_the_laws_hold_and_only_who_means_it_takes_up_what_is_over(
        steps in prop::collection::vec(step(), 1..50)
    ) {
        let mut story = begins();
        for step in &steps {
            let over = is_over(&story);
            take(&mut story, step);
            prop_assert!(!over || is_over(&story) || takes_up(step), "after {:?}", step);
        }
        // Left alone, whatever lives ends or goes on without spinning.
        story.wait(minutes(3 * 24 * 60));
    }

    #[test]
    fn l4_one_endpoint_rings_once_within_the_cooldown_but_for_the_named_exceptions(
        steps in prop::collection::vec(step(), 1..50)
    ) {
        let mut story = begins();
        // Clock jumps move the moments by which this is measured.
        for step in steps.iter().filter(|step| !matches!(step, Step::Jump(_) | Step::Break(_))) {
            take(&mut story, step);
        }
        let rises = story.count("rose") > 0;
        for contact in ["team", "ada", "secondary", "manager", "director", "fallback"] {
            let pages: Vec<_> = story.rang.iter().filter(|(_, rang, _)| rang.as_str() == contact).collect();
            for pair in pages.windows(2) {
                let exempt = pair[1].2.breaks_cooldown() || (rises && pair[1].2 == PageReason::Rung);
                // The smallest cooldown of any level is five minutes.
                prop_assert!(exempt || pair[1].0.since(pair[0].0) >= minutes(5), "{contact}: {pair:?}");
            }
        }
    }

    #[test]
    fn c2_a_jump_before_a_decision_or_after_it_is_the_same(
        steps in prop::collection::vec(step(), 1..30), by in -100_000_000..100_000_000_i64, late in 0..400_u64,
    ) {
        let mut story = begins();
        let signal = Step::Signal(4, 0, 1);
        // Silences, windows, digests and the ends that Sentry names are bound to the wall.
        let own = |step: &&Step| {
            !matches!(step, Step::Order(..) | Step::Label(_) | Step::Signal(..) | Step::Lifecycle(4, _))
        };
        for step in std::iter::once(&signal).chain(steps.iter().filter(own)) {
            take(&mut story, step);
        }
        story.now = story.now + minutes(late);
        prop_assume!(!is_over(&story) && story.level() == Level::Critical);
        let plan = story.incident().plan;
        let commands = [
            Command::Wake { plan },
            Command::Acknowledge(Act::by("ada")),
            Command::Rebase { act: Act::by("ada"), policy: story.policy.hash.clone() },
            Command::Resume { away: minutes(late) },
        ];
        for command in commands {
            let mut before = story.twin();
            before.ask(&command).unwrap();
            take_jump(&mut before, by);
            let mut after = story.twin();
            take_jump(&mut after, by);
            after.ask(&command).unwrap();
            prop_assert_eq!(before.state(), after.state(), "{}", command.as_str());
            prop_assert_eq!(before.wake_at, after.wake_at, "{}", command.as_str());
            let [before, after] = [before, after].map(|story| times(story.incident().escalation.as_ref().unwrap()));
            prop_assert_eq!(before, after, "{}", command.as_str());
        }
    }

    #[test]
    fn a_decision_made_twice_is_the_same(steps in prop::collection::vec(step(), 1..20)) {
        let mut one = begins();
        let mut two = begins();
        for step in &steps {
            take(&mut one, step);
            take(&mut two, step);
        }
        prop_assert_eq!(one.incident, two.incident);
        prop_assert_eq!(one.pages, two.pages);
    }

    #[test]
    fn a_stored_incident_reads_as_it_was_written(steps in prop::collection::vec(step(), 1..20)) {
        let mut story = begins();
        for step in &steps {
            take(&mut story, step);
        }
        if let Some(incident) = &story.incident {
            let again: Incident = serde_json::from_str(&serde_json::to_string(incident).unwrap()).unwrap();
            prop_assert_eq!(&again, incident);
        }
    }
}

fn take_jump(story: &mut Story, by: i64) {
    story.now = story.now.shifted(by);
    story.attention.values_mut().for_each(|attention| attention.shift(by));
    story.ask(&Command::ShiftClock { by, now: story.now }).unwrap();
}

#[test]
fn l11_a_state_that_is_held_names_what_ends_it() {
    let mut story = begins();
    story.signal(Priority::Critical).unwrap();
    story.snooze(Until { users: Some(500), ..Until::default() }).unwrap();
    let State::Snoozed { until, .. } = &story.incident().state else { panic!("{}", story.state()) };
    assert!(until.has_end());
}
