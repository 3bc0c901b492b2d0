//! Whatever happens, in whatever order: what must hold after every single command.

use proptest::prelude::*;

use super::*;
use crate::incident::Progress;

#[derive(Debug, Clone)]
enum Step {
    Signal(usize, u8),
    Lifecycle(bool, u8),
    Acknowledge,
    Resolve,
    Progress(Progress),
    Wait(u16),
    Stop(u16),
    Jump(i32),
    Break(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..5_usize, 0..3_u8).prop_map(|(priority, issue)| Step::Signal(priority, issue)),
        1 => (any::<bool>(), 0..3_u8).prop_map(|(resolved, issue)| Step::Lifecycle(resolved, issue)),
        1 => Just(Step::Acknowledge),
        1 => Just(Step::Resolve),
        1 => prop::sample::select(Progress::ALL.to_vec()).prop_map(Step::Progress),
        5 => (1..600_u16).prop_map(Step::Wait),
        1 => (6..5_000_u16).prop_map(Step::Stop),
        1 => (-100_000..100_000_i32).prop_map(Step::Jump),
        1 => any::<bool>().prop_map(Step::Break),
    ]
}

fn take(story: &mut Story, step: &Step) {
    // Refusals are part of the game: what must hold is checked after each step.
    match step {
        Step::Signal(priority, issue) => {
            let seen = signal(&issue.to_string(), story.now);
            let _ = story.observe(seen, Priority::ALL[*priority]);
        }
        Step::Lifecycle(resolved, issue) => {
            let transition = if *resolved {
                Lifecycle::Resolved { fixed_in: None }
            } else {
                Lifecycle::Unresolved { came_back: *issue == 0 }
            };
            let _ = story.observe(lifecycle(&issue.to_string(), story.now, transition), Priority::High);
        }
        Step::Acknowledge => {
            let _ = story.ask(&Command::Acknowledge(Act::by("ada")));
        }
        Step::Resolve => {
            let _ = story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: None });
        }
        Step::Progress(progress) => {
            let run = story.incident.as_ref().and_then(|incident| Some(incident.fixing.as_ref()?.run));
            if let Some(run) = run {
                let _ = story.ask(&Command::AgentProgressed { run, progress: *progress, url: None, note: None });
            }
        }
        Step::Wait(count) => story.wait(minutes(u64::from(*count))),
        Step::Stop(count) => {
            let away = minutes(u64::from(*count));
            story.now = story.now + away;
            let _ = story.ask(&Command::Resume { away });
        }
        Step::Jump(seconds) => {
            let by = i64::from(*seconds) * 1_000;
            if story.incident.as_ref().is_some_and(|incident| incident.state.is_live()) {
                story.now = story.now.shifted(by);
                let _ = story.ask(&Command::ShiftClock { by });
            }
        }
        Step::Break(broken) => story.broken = if *broken { vec![name("primary")] } else { Vec::new() },
    }
}

proptest! {
    #[test]
    fn a_live_incident_always_has_exactly_one_deadline_and_an_ended_one_has_none(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut story = Story::begins().with_agent();
        for step in &steps {
            take(&mut story, step);
            if let Some(incident) = &story.incident {
                prop_assert_eq!(incident.state.is_live(), story.wake_at.is_some(), "after {:?}: {:?}", step, incident.state);
            }
        }
    }

    #[test]
    fn nobody_is_paged_while_it_is_acknowledged_resolved_or_held(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut story = Story::begins().with_agent();
        for step in &steps {
            let quiet = story.incident.as_ref().is_some_and(|incident| {
                !incident.state.is_live() || matches!(incident.state, crate::incident::State::Acknowledged { until: None, .. })
            });
            let pages = story.pages.len();
            let may_end = matches!(step, Step::Signal(..) | Step::Lifecycle(..));
            take(&mut story, step);
            if quiet && !may_end {
                prop_assert_eq!(story.pages.len(), pages, "after {:?}", step);
            }
        }
    }

    #[test]
    fn one_endpoint_is_not_paged_twice_within_the_cooldown_but_for_the_named_exceptions(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut story = Story::begins().with_agent();
        // Clock jumps move the minutes by which this test measures.
        for step in steps.iter().filter(|step| !matches!(step, Step::Jump(_) | Step::Break(_))) {
            take(&mut story, step);
        }
        let rises = story.events.iter().any(|event| matches!(event, Event::Rose { .. }));
        prop_assume!(!rises);
        for contact in ["team", "primary", "secondary", "manager", "director", "fallback"] {
            let pages: Vec<_> = story.pages.iter().filter(|(_, paged, _)| paged == contact).collect();
            for pair in pages.windows(2) {
                let exempt = pair[1].2 == PageReason::AcknowledgementEnded;
                // The smallest cooldown of any level is five minutes.
                prop_assert!(exempt || pair[1].0 - pair[0].0 >= 5, "{contact}: {pair:?}");
            }
        }
    }

    #[test]
    fn a_decision_made_twice_is_the_same(steps in prop::collection::vec(step(), 1..40)) {
        let mut one = Story::begins().with_agent();
        let mut two = Story::begins().with_agent();
        for step in &steps {
            take(&mut one, step);
            take(&mut two, step);
        }
        prop_assert_eq!(one.incident, two.incident);
        prop_assert_eq!(one.pages, two.pages);
    }
}
