//! What a ladder's rungs do to each other: one that makes others wait, one that asks for more people than were told.

use std::collections::BTreeSet;
use std::ops::Range;

use super::ladders;
use crate::id::Name;
use crate::policy::file::PolicyFile;
use crate::policy::mistake::PolicyError;
use crate::policy::{Choice, Level, Member, Policy, Rung, Target};

/// Rungs that wait behind one of the working hours (semantics L2), and rungs that ask for more people than the ladder has told by then (A1).
pub(super) fn warnings(file: &PolicyFile, warnings: &mut Vec<PolicyError>) {
    for (ladder, level, rungs) in ladders(&file.policy) {
        let span = place(file, ladder, level);
        let whose = ladder.map_or_else(|| level.to_string(), |name| format!("`{name}` {level}"));
        if let Some((waits, behind)) = behind_the_working_hours(rungs) {
            let message = format!(
                "{whose} rung {behind} waits for rung {waits}, which waits for the working hours: by night neither is told"
            );
            let hint = "put the rungs of the working hours last, or into a ladder of their own".to_owned();
            warnings.push(PolicyError::at(&file.text, span.clone(), message, Some(hint)));
        }
        for (number, rung) in rungs.iter().enumerate().filter(|(_, rung)| rung.acks > 1) {
            let Some(people) = people(&file.policy, &rungs[..=number]) else { continue };
            if people < rung.acks as usize {
                let message = format!(
                    "{whose} rung {number} asks {} people to acknowledge, and up to there {people} at most {} told",
                    rung.acks,
                    if people == 1 { "is" } else { "are" }
                );
                let hint = "tell more people, or ask fewer".to_owned();
                warnings.push(PolicyError::at(&file.text, span.clone(), message, Some(hint)));
            }
        }
    }
}

fn place(file: &PolicyFile, ladder: Option<&Name>, level: Level) -> Range<usize> {
    match ladder {
        Some(name) => file.spots.ladders.get(name),
        None => file.spots.levels.get(&level),
    }
    .cloned()
    .unwrap_or_default()
}

/// The first rung that keeps to the working hours and has one behind it that does not, and that one: rungs run one after the other.
fn behind_the_working_hours(rungs: &[Rung]) -> Option<(usize, usize)> {
    let waits = rungs.iter().position(|rung| rung.working_hours_only)?;
    let behind = rungs[waits..].iter().position(|rung| !rung.working_hours_only)?;
    Some((waits, waits + behind))
}

/// Somebody who may acknowledge, as far as a policy tells without knowing the hour.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Somebody<'a> {
    Contact(&'a Name),
    OnCall { schedule: &'a Name, layer: &'a Name },
    InTurn { role: &'a Name, rung: usize },
}

/// How many people some rungs tell at most; `None` where a notifier is told: behind a room there may be any number.
fn people(policy: &Policy, rungs: &[Rung]) -> Option<usize> {
    let mut told: BTreeSet<Somebody<'_>> = BTreeSet::new();
    for (number, rung) in rungs.iter().enumerate() {
        for target in &rung.targets {
            match target {
                Target::Agent(_) => {}
                Target::Notifier(Choice::Every | Choice::Named(_)) => return None,
                Target::Contact(contact) => drop(told.insert(Somebody::Contact(contact))),
                Target::Role(role) => {
                    let members = policy.roles.get(role).map_or(&[][..], Vec::as_slice);
                    let in_turn = rung.round_robin && members.len() > 1;
                    for member in members {
                        let somebody = match member {
                            Member::Notifier(_) => return None,
                            _ if in_turn => Somebody::InTurn { role, rung: number },
                            Member::Contact(contact) => Somebody::Contact(contact),
                            Member::OnCall { schedule, layer } => Somebody::OnCall { schedule, layer },
                        };
                        told.insert(somebody);
                    }
                }
            }
        }
    }
    Some(told.len())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::policy::Directory;
    use crate::policy::file::{DEFAULT, read};

    const PEOPLE: &str = r#"
[contacts.ada]
channels = ["phone"]
[contacts.bob]
channels = ["phone"]
[contacts.carol]
channels = ["phone"]

[schedules.web]
zone = "UTC"
[schedules.web.layers.first]
people = ["ada", "bob", "carol"]
rotation = "weekly"
handover = "Monday 09:00"
start = "2026-01-05"
"#;

    /// What is told of a ladder `pay` for high that consists of these rungs, each a body without its braces.
    fn told(rungs: &[&str]) -> Vec<String> {
        let settings: Vec<&str> = DEFAULT.lines().filter(|line| !line.starts_with('#')).collect();
        let settings = settings.join("\n").replacen("primary = []", "primary = [\"oncall:web/first\"]", 1).replacen(
            "secondary = []",
            "secondary = [\"contact:ada\", \"contact:bob\", \"contact:carol\"]",
            1,
        );
        let rungs: Vec<String> = rungs.iter().map(|rung| format!("{{ {rung} }}")).collect();
        let text = format!("{settings}\n{PEOPLE}\n[ladders.pay]\nhigh = [{}]\n", rungs.join(", "));
        let directory = Directory { notifiers: vec!["phone".parse().unwrap()], agents: Vec::new() };
        let warnings = super::super::warnings(&read(&text).unwrap(), &directory, crate::time::Timestamp::EPOCH);
        warnings.into_iter().map(|warning| warning.message).filter(|message| message.starts_with("`pay`")).collect()
    }

    #[test]
    fn a_rung_behind_one_of_the_working_hours_is_a_warning() {
        let office =
            |after: &str| format!("after = \"{after}\", targets = [\"role:primary\"], working_hours_only = true");
        let plain = |after: &str| format!("after = \"{after}\", targets = [\"role:secondary\"]");
        assert_eq!(told(&[&plain("0"), &office("1h")]), Vec::<String>::new());
        assert_eq!(
            told(&[&plain("0"), &office("1h"), &office("2h"), &plain("4h")]),
            ["`pay` high rung 3 waits for rung 1, which waits for the working hours: by night neither is told"]
        );
    }

    #[test]
    fn more_people_asked_than_told_is_a_warning() {
        let rung = |after: &str, targets: &str, acks: u32, more: &str| {
            format!("after = \"{after}\", targets = [{targets}], acks = {acks}{more}")
        };
        let in_turn = ", round_robin = true";
        let none = Vec::<String>::new();
        // Of a layer one is on call, of a role in turn one is told, and each contact is one however often it is named.
        for (rungs, people) in [
            (vec![rung("0", "\"role:primary\"", 2, "")], Some((0, "1 at most is"))),
            (vec![rung("0", "\"role:secondary\"", 2, in_turn)], Some((0, "1 at most is"))),
            (vec![rung("0", "\"contact:ada\", \"role:secondary\"", 3, "")], None),
            (vec![rung("0", "\"role:secondary\"", 4, "")], Some((0, "3 at most are"))),
            (
                vec![rung("0", "\"contact:ada\"", 1, ""), rung("1h", "\"contact:ada\"", 2, "")],
                Some((1, "1 at most is")),
            ),
            (vec![rung("0", "\"contact:ada\"", 1, ""), rung("1h", "\"role:primary\"", 2, "")], None),
            (
                vec![rung("0", "\"contact:ada\"", 2, ""), rung("1h", "\"contact:bob\"", 1, "")],
                Some((0, "1 at most is")),
            ),
            (vec![rung("0", "\"contact:ada\", \"notifier:phone\"", 9, "")], None),
        ] {
            let bodies: Vec<&str> = rungs.iter().map(String::as_str).collect();
            let expected = people.map(|(number, people)| (format!("`pay` high rung {number} asks"), people));
            let found = told(&bodies);
            match expected {
                None => assert_eq!(found, none, "{rungs:?}"),
                Some((start, people)) => {
                    assert_eq!(found.len(), 1, "{rungs:?}");
                    assert!(found[0].starts_with(&start) && found[0].contains(people), "{found:?}");
                }
            }
        }
    }
}
