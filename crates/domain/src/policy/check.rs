//! What a sound policy says about things outside it: names that nobody configured are errors; what is unwise is a warning of `policy check`.

use std::ops::Range;
use std::time::Duration;

use crate::id::Name;
use crate::policy::file::{Mention, PolicyFile};
use crate::policy::mistake::{PolicyError, nearest};
use crate::policy::{Directory, Duty, Level, Policy, Rung, Target};
use crate::time::Timestamp;

mod ladders;
mod oncall;

/// Notifiers and agents that the policy names and the configuration does not have: each mention, with its place. A page to one of them would
/// reach nobody, so a policy with such names is refused.
#[must_use]
pub fn unknown_names(file: &PolicyFile, directory: &Directory) -> Vec<PolicyError> {
    unknown_mentions(&file.text, &file.spots.mentions, directory)
}

pub(super) fn unknown_mentions(
    text: &str,
    mentions: &[(Mention, Range<usize>)],
    directory: &Directory,
) -> Vec<PolicyError> {
    mentions
        .iter()
        .filter_map(|(mention, span)| {
            let (kind, name, known) = match mention {
                Mention::Notifier(name) => ("notifier", name, &directory.notifiers),
                Mention::Agent(name) => ("agent", name, &directory.agents),
            };
            if known.contains(name) {
                return None;
            }
            let hint = match nearest(name.as_str(), known.iter().map(Name::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("no {kind} is configured; add [{kind}s.{name}] to watchfire.toml"),
                None => format!("configured are {}; add [{kind}s.{name}] to watchfire.toml", list(known)),
            };
            let message = format!("unknown target: no {kind} `{name}` is configured");
            Some(PolicyError::at(text, span.clone(), message, Some(hint)))
        })
        .collect()
}

/// A rung at which nobody is told and no agent is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentRung {
    /// The named ladder that it is in; `None` for the level's own.
    pub ladder: Option<Name>,
    /// Whose ladder.
    pub level: Level,
    /// Which rung, from 0.
    pub rung: usize,
    /// From the escalation's start.
    pub after: Duration,
}

/// Every rung that reaches nobody, the most urgent level first; then those of the named ladders.
#[must_use]
pub fn silent_rungs(policy: &Policy, directory: &Directory) -> Vec<SilentRung> {
    let mut silent = Vec::new();
    for (ladder, level, rungs) in ladders(policy) {
        for (rung, step) in rungs.iter().enumerate() {
            if policy.reach(&step.targets, directory, Duty::Anybody).is_empty()
                && policy.agents(&step.targets, directory).is_empty()
            {
                silent.push(SilentRung { ladder: ladder.cloned(), level, rung, after: step.after });
            }
        }
    }
    silent
}

/// Every ladder: those of the levels, the most urgent first, then the named ones by name, each from its most urgent level.
fn ladders(policy: &Policy) -> impl Iterator<Item = (Option<&Name>, Level, &[Rung])> {
    let own = policy.levels.iter().rev().map(|(level, row)| (None, *level, row.ladder.as_slice()));
    let named = policy.ladders.iter().flat_map(|(name, levels)| {
        levels.iter().rev().map(move |(level, rungs)| (Some(name), *level, rungs.as_slice()))
    });
    own.chain(named)
}

/// What is sound and unwise, with its place: roles that nobody fills (semantics L7), ladders and a fallback that reach nobody, contacts of urgent
/// levels with one channel only, a contact that is named like a notifier, rungs that wait behind one of the working hours or ask for more people than were
/// told, named ladders that no rule routes to, rules that cannot win, roles that have nobody on call at some time of the year after `from`, schedules that
/// no role names, silences that hide much.
#[must_use]
pub fn warnings(file: &PolicyFile, directory: &Directory, from: Timestamp) -> Vec<PolicyError> {
    let mut warnings = Vec::new();
    unfilled_roles(file, directory, &mut warnings);
    let policy = &file.policy;
    if policy.reach(&policy.fallback, directory, Duty::Anybody).is_empty() {
        let hint = "fallback = [\"notifier:*\"] tells every configured notifier".to_owned();
        let message = "the fallback reaches nobody: an incident that nobody answers would end in silence".to_owned();
        warnings.push(PolicyError::at(&file.text, file.spots.fallback.clone(), message, Some(hint)));
    }
    for (ladder, level, rungs) in ladders(policy) {
        if rungs.iter().all(|rung| policy.reach(&rung.targets, directory, Duty::Anybody).is_empty()) {
            let (span, name) = match ladder {
                Some(name) => (file.spots.ladders.get(name), format!("the ladder `{name}` for {level}")),
                None => (file.spots.levels.get(&level), format!("the ladder of {level}")),
            };
            let message = format!("{name} reaches nobody: only the fallback would be told");
            warnings.push(PolicyError::at(&file.text, span.cloned().unwrap_or_default(), message, None));
        }
    }
    ladders::warnings(file, &mut warnings);
    unused_ladders(file, &mut warnings);
    idle_rules(file, &mut warnings);
    incautious_silences(file, &mut warnings);
    contacts(file, directory, &mut warnings);
    oncall::warnings(file, directory, from, &mut warnings);
    warnings.sort_by_key(|warning| warning.span.start);
    warnings
}

/// One warning for each role, however many rungs name it.
fn unfilled_roles(file: &PolicyFile, directory: &Directory, warnings: &mut Vec<PolicyError>) {
    let policy = &file.policy;
    for role in policy.roles.keys() {
        let target = Target::Role(role.clone());
        if !policy.reach(std::slice::from_ref(&target), directory, Duty::Anybody).is_empty() {
            continue;
        }
        let used = uses(policy, &target);
        if used.is_empty() {
            continue;
        }
        let span = file.spots.roles.get(role).cloned().unwrap_or_default();
        let message = format!("nobody fills the role `{role}`, which these name: {}", used.join(", "));
        let hint = format!(
            "{role} = [\"contact:NAME\"] or [\"notifier:NAME\"]; until then the others of the rung are told alone"
        );
        warnings.push(PolicyError::at(&file.text, span, message, Some(hint)));
    }
}

/// The rungs and the fallback that name a target, in words.
fn uses(policy: &Policy, target: &Target) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for (ladder, level, rungs) in ladders(policy) {
        let ladder = ladder.map_or_else(String::new, |name| format!("`{name}` "));
        for (index, rung) in rungs.iter().enumerate() {
            if rung.targets.contains(target) {
                used.push(format!("{ladder}{level} rung {index}"));
            }
        }
    }
    if policy.fallback.contains(target) {
        used.push("fallback".to_owned());
    }
    used
}

fn unused_ladders(file: &PolicyFile, warnings: &mut Vec<PolicyError>) {
    for name in file.policy.ladders.keys() {
        if !file.policy.triage.rules.iter().any(|rule| rule.route.as_ref() == Some(name)) {
            let span = file.spots.ladders.get(name).cloned().unwrap_or_default();
            let hint = format!("route = \"{name}\" in one of [[rules]]");
            warnings.push(PolicyError::at(
                &file.text,
                span,
                format!("no rule routes to the ladder `{name}`"),
                Some(hint),
            ));
        }
    }
}

/// Rules that never win: the first that matches wins, and one before them matches whenever they do.
fn idle_rules(file: &PolicyFile, warnings: &mut Vec<PolicyError>) {
    let rules = &file.policy.triage.rules;
    let all = rules.iter().position(|rule| rule.when.constant() == Some(true)).map(|index| (index, &rules[index]));
    for (index, rule) in rules.iter().enumerate() {
        let reason = match all {
            _ if rule.when.constant() == Some(false) => "its conditions never hold".to_owned(),
            Some((first, all)) if first < index => format!("`{}` before it takes every signal", all.name),
            _ => match rules[..index].iter().find(|earlier| earlier.when == rule.when) {
                Some(earlier) => format!("`{}` before it asks for the same", earlier.name),
                None => continue,
            },
        };
        let span = file.spots.rules.get(index).cloned().unwrap_or_default();
        let message = format!("the rule `{}` can never win: {reason}", rule.name);
        warnings.push(PolicyError::at(&file.text, span, message, None));
    }
}

fn incautious_silences(file: &PolicyFile, warnings: &mut Vec<PolicyError>) {
    for (index, silence) in file.policy.silences.iter().enumerate() {
        let span = file.spots.silences.get(index).cloned().unwrap_or_default();
        let name = silence.name.as_ref().map_or("", Name::as_str);
        for caution in silence.cautions() {
            let message = format!("the {} `{name}`: {caution}", silence.kind);
            warnings.push(PolicyError::at(&file.text, span.clone(), message, None));
        }
    }
}

fn contacts(file: &PolicyFile, directory: &Directory, warnings: &mut Vec<PolicyError>) {
    let policy = &file.policy;
    let urgent: Vec<Target> = ladders(policy)
        .filter(|(_, level, _)| *level == Level::Critical)
        .flat_map(|(_, _, rungs)| rungs.iter().flat_map(|rung| rung.targets.iter().cloned()))
        .collect();
    for reachable in policy.reach(&urgent, directory, Duty::Anybody) {
        let Some(contact) = policy.contacts.get(&reachable.contact) else { continue };
        if contact.channels.len() == 1 {
            let span = file.spots.contacts.get(&reachable.contact).cloned().unwrap_or_default();
            let message = format!(
                "`{}` is told of critical over `{}` alone: when that fails there is no second way",
                reachable.contact, contact.channels[0]
            );
            warnings.push(PolicyError::at(&file.text, span, message, None));
        }
    }
    for (name, span) in &file.spots.contacts {
        if directory.notifiers.contains(name) {
            let message = format!("`{name}` is a contact and a notifier: pages to the two would count as one");
            warnings.push(PolicyError::at(&file.text, span.clone(), message, Some("rename the contact".to_owned())));
        }
    }
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}
