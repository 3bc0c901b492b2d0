//! The table of states is what the rule does, and the document is what the table says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;
use crate::silence::SilenceKind;
use crate::states::{CAUSES, TRANSITIONS};

/// What distinguishes two incidents as far as their states go.
type Situation = (String, Option<String>, Level, bool, bool, usize, bool);

fn situation(story: &Story) -> Situation {
    let Some(incident) = &story.incident else {
        let window = story.standing.silences.iter().any(|order| order.kind == SilenceKind::Maintenance);
        return ("new".to_owned(), None, Level::Low, false, window, story.standing.silences.len(), false);
    };
    let stood = incident.state.stood().map(|stood| stood.again(0).as_str().to_owned());
    let escalation = incident.escalation.as_ref().unwrap();
    (
        story.state().to_owned(),
        stood,
        incident.level,
        incident.silenced.is_some(),
        incident.window.is_some(),
        escalation.next_rung,
        escalation.exhausted,
    )
}

/// Short ladders, so that there is an end to what can be seen; the first rung of medium is skipped.
fn begins() -> Story {
    let mut story = Story::begins();
    for (level, rungs) in [(Level::Critical, 1), (Level::High, 1), (Level::Medium, 2)] {
        story.policy.levels.get_mut(&level).unwrap().ladder.truncate(rungs);
    }
    let medium = story.policy.levels.get_mut(&Level::Medium).unwrap();
    medium.ladder[0].only_if = vec![crate::policy::OnlyIf::Delivered];
    story.policy.levels.get_mut(&Level::Maintenance).unwrap().reopen_window = minutes(600);
    story
}

type Step = fn(&mut Story);

/// Small steps; what is refused leads nowhere.
const STEPS: [(&str, Step); 13] = [
    ("a medium signal", |story| drop(story.signal(Priority::Medium))),
    ("a critical signal", |story| drop(story.signal(Priority::Critical))),
    ("what is due", |story| {
        let sends = story.outbox.iter().map(|(due, _)| *due).min();
        if let Some(due) = story.wake_at.into_iter().chain(sends).min() {
            story.wait(due.since(story.now));
        }
    }),
    ("half a day", |story| story.wait(minutes(12 * 60))),
    ("a second", |story| story.wait(Duration::from_secs(1))),
    ("an acknowledgement", |story| drop(story.ask(&Command::Acknowledge(Act::by("ada"))))),
    ("a snooze", |story| drop(story.snooze(Until { at: Some(story.now + minutes(7)), ..Until::default() }))),
    ("a resolve", |story| drop(story.ask(&Command::Resolve { act: Act::by("ada"), fixed_in: None }))),
    ("an undo", |story| drop(story.ask(&Command::Undo(Act::by("ada"))))),
    ("a reopening", |story| {
        let policy = story.policy.hash.clone();
        drop(story.ask(&Command::Reopen { act: Act::by("ada"), policy }));
    }),
    ("a person's word", |story| drop(story.ask(&Command::Label { act: Act::by("ada"), priority: Priority::Medium }))),
    ("a silence", |story| {
        if story.standing.silences.is_empty() {
            let minute = story.minute();
            story.order(SilenceKind::Silence, minute, minute + 50);
        }
    }),
    ("a window", |story| {
        if story.standing.silences.is_empty() {
            let minute = story.minute();
            story.order(SilenceKind::Maintenance, minute, minute + 50);
        }
    }),
];

/// The ways that a step led, state by state: each event is applied to what was before it.
fn led(before: &Story, after: &Story) -> BTreeSet<(String, String, String)> {
    let mut ways = BTreeSet::new();
    let mut from = before.incident.as_ref().map_or("new", |incident| incident.state.as_str());
    for (event, state) in after.states.iter().skip(before.states.len()) {
        if *state != from {
            ways.insert((from.to_owned(), (*event).to_owned(), (*state).to_owned()));
        }
        from = *state;
    }
    assert_eq!(from, after.incident.as_ref().map_or("new", |incident| incident.state.as_str()));
    ways
}

#[test]
fn the_table_of_states_is_exactly_what_the_rule_does() {
    let mut seen = BTreeSet::new();
    let mut ways = BTreeSet::new();
    let mut next = vec![begins()];
    while let Some(story) = next.pop() {
        for (_, step) in STEPS {
            let mut after = story.clone();
            step(&mut after);
            ways.extend(led(&story, &after));
            if seen.insert(situation(&after)) {
                next.insert(0, after);
            }
        }
    }
    let table: BTreeSet<_> =
        TRANSITIONS.iter().map(|(from, by, to)| ((*from).to_owned(), (*by).to_owned(), (*to).to_owned())).collect();
    let untold: Vec<_> = ways.difference(&table).collect();
    let unseen: Vec<_> = table.difference(&ways).collect();
    assert!(
        untold.is_empty() && unseen.is_empty(),
        "{} situations; not in the table: {untold:?}; only in the table: {unseen:?}",
        seen.len()
    );
    assert_eq!(table.len(), TRANSITIONS.len(), "each way stands once in the table");
}

/// The document.
fn document() -> String {
    let mut text = String::from(
        "# States of an incident\n\nDrawn from the table in `crates/domain/src/states.rs`, which a test proves to be exactly what the rule does. Do not edit: run\n\
         `WATCHFIRE_WRITE_DOCS=1 cargo test -p watchfire-domain states`.\n\nWhat stands beside the state and changes none: a silence, a maintenance window, an agent's run or an announced fix (`fixing`).\n\n\
         ```mermaid\nstateDiagram-v2\n    [*] --> open: opened\n",
    );
    let mut ways: BTreeMap<(usize, &str, &str), Vec<&str>> = BTreeMap::new();
    for (place, (from, by, to)) in TRANSITIONS.iter().enumerate().filter(|(_, way)| way.0 != "new") {
        let first = TRANSITIONS.iter().position(|way| (way.0, way.2) == (*from, *to)).unwrap_or(place);
        ways.entry((first, *from, *to)).or_default().push(*by);
    }
    for ((_, from, to), by) in ways {
        writeln!(text, "    {from} --> {to}: {}", by.join(", ")).unwrap();
    }
    text.push_str("    resolved --> [*]: its reopen window is over\n```\n\n| what | means |\n|---|---|\n");
    for (cause, means) in CAUSES {
        writeln!(text, "| `{cause}` | {means} |").unwrap();
    }
    text
}

#[test]
fn every_cause_is_explained_once_and_none_too_many() {
    let causes: Vec<&str> = CAUSES.iter().map(|(cause, _)| *cause).collect();
    let used: BTreeSet<&str> = TRANSITIONS.iter().map(|(_, by, _)| *by).collect();
    assert_eq!(causes.len(), used.len());
    assert_eq!(causes.into_iter().collect::<BTreeSet<_>>(), used);
}

#[test]
fn the_document_of_the_states_is_drawn_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states.md");
    if std::env::var_os("WATCHFIRE_WRITE_DOCS").is_some() {
        std::fs::write(path, document()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == document(),
        "docs/states.md is not what the table says: run with WATCHFIRE_WRITE_DOCS=1 to write it"
    );
}
