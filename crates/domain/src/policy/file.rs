//! TOML to [`Policy`]: every mistake told at once, each with its line and column.
//!
//! The text is walked by hand, since a derived reader stops at its first mistake.

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::id::Name;
use crate::policy::check::unknown_mentions;
use crate::policy::{Directory, Level, Policy, PolicyHash, TriagePolicy};

mod budget;
mod conditions;
mod levels;
pub(crate) mod reader;
mod rules;
mod rungs;
mod schedules;
mod silences;
mod targets;
mod triage;

pub(crate) use conditions::matching;
use reader::Reader;

pub use super::mistake::PolicyError;

/// The default policy, as text: what applies when nobody wrote one, and what sections that a policy leaves out are taken from.
pub const DEFAULT: &str = include_str!("../../../../policies/default.toml");

/// A sound policy with its text, so that later checks can point into it.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    /// What the text says.
    pub policy: Policy,
    /// The text.
    pub text: String,
    /// Where things stand in it.
    pub spots: Spots,
}

/// Where things stand in a policy's text, as byte ranges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spots {
    /// Each mention of something that must be configured elsewhere, in the order of the text.
    pub mentions: Vec<(Mention, Range<usize>)>,
    /// The levels.
    pub levels: BTreeMap<Level, Range<usize>>,
    /// The named ladders.
    pub ladders: BTreeMap<Name, Range<usize>>,
    /// The rules, in order.
    pub rules: Vec<Range<usize>>,
    /// The silences, in order.
    pub silences: Vec<Range<usize>>,
    /// The roles.
    pub roles: BTreeMap<Name, Range<usize>>,
    /// The contacts.
    pub contacts: BTreeMap<Name, Range<usize>>,
    /// The schedules.
    pub schedules: BTreeMap<Name, Range<usize>>,
    /// Their layers, by schedule and layer.
    pub layers: BTreeMap<(Name, Name), Range<usize>>,
    /// The fallback.
    pub fallback: Range<usize>,
}

/// Something that a policy names and the configuration must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mention {
    /// A notifier.
    Notifier(Name),
    /// An agent.
    Agent(Name),
}

/// Reads a policy.
///
/// # Errors
/// Every mistake of the text, in its order.
pub fn parse(text: &str) -> Result<Policy, Vec<PolicyError>> {
    read(text).map(|file| file.policy)
}

/// Reads a policy and keeps its text for [`check`](super::check).
///
/// `[triage]` and `[working_hours]`, or single values of them, may be left out; then those of [`DEFAULT`] apply. Lists of environments and projects
/// are taken whole.
///
/// # Errors
/// Every mistake of the text, in its order.
pub fn read(text: &str) -> Result<PolicyFile, Vec<PolicyError>> {
    look(text).judged(Vec::new())
}

/// Reads a policy as [`read`] does, and holds its names against what is configured.
///
/// # Errors
/// Every mistake of the text and every name that nothing configured has, in the order of the text.
pub fn read_with_names(text: &str, directory: &Directory) -> Result<PolicyFile, Vec<PolicyError>> {
    let found = look(text);
    let mut unknown = unknown_mentions(text, &found.spots.mentions, directory);
    unknown.retain(|mistake| !found.broken_lines.contains(&mistake.line));
    found.judged(unknown)
}

fn look(text: &str) -> Looked<'_> {
    // The default stands on its own feet: nothing fills its gaps.
    let defaults = if text == DEFAULT { None } else { look_with(DEFAULT, None).policy };
    look_with(text, defaults.as_ref())
}

/// Reads the `[triage]` and `[[rules]]` of a table in another file, laid over `base`: what it leaves out is that of `base`. There are no ladders
/// to route to.
pub(crate) fn triage_over<'t>(
    reader: &mut Reader<'t>,
    table: &toml::de::DeTable<'t>,
    base: &TriagePolicy,
) -> Option<TriagePolicy> {
    let laid = triage::triage(reader, table, Some(base))?;
    let rules = match table.get("rules") {
        Some(_) => rules::rules(reader, table, &BTreeMap::<Name, ()>::new(), &mut Spots::default())?,
        None => base.rules.clone(),
    };
    Some(TriagePolicy { rules, ..laid })
}

/// SHA-256 of a policy's text, lower-case hex.
#[must_use]
pub fn hash(text: &str) -> PolicyHash {
    PolicyHash(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// All that was seen in a text, sound or not.
struct Looked<'t> {
    text: &'t str,
    /// Only when every part of it could be read.
    policy: Option<Policy>,
    spots: Spots,
    mistakes: Vec<PolicyError>,
    broken_lines: Vec<usize>,
}

impl Looked<'_> {
    fn judged(self, others: Vec<PolicyError>) -> Result<PolicyFile, Vec<PolicyError>> {
        let mut mistakes = self.mistakes;
        mistakes.extend(others);
        match self.policy {
            Some(policy) if mistakes.is_empty() => {
                Ok(PolicyFile { policy, text: self.text.to_owned(), spots: self.spots })
            }
            _ => {
                mistakes.sort_by_key(|mistake| mistake.span.start);
                Err(mistakes)
            }
        }
    }
}

fn look_with<'t>(text: &'t str, defaults: Option<&Policy>) -> Looked<'t> {
    let (document, broken) = toml::de::DeTable::parse_recoverable(text);
    let mut reader = Reader::of(text, &broken);
    let table = document.get_ref();
    reader.keys(
        table,
        "a policy",
        &[
            "levels",
            "ladders",
            "rules",
            "silences",
            "roles",
            "contacts",
            "budget",
            "schedules",
            "fallback",
            "triage",
            "working_hours",
            "digest",
            "answers",
        ],
    );

    let mut spots = Spots::default();
    let working_hours = triage::working_hours(&mut reader, table, defaults.map(|policy| &policy.working_hours));
    let digest = triage::digest(&mut reader, table, defaults.map(|policy| &policy.digest));
    let assigned_acknowledges = triage::assigned_acknowledges(&mut reader, table);
    let zone = working_hours.as_ref().map_or("UTC", |hours| hours.zone.as_str());
    let contacts = targets::contacts(&mut reader, table, zone, &mut spots);
    let schedules = schedules::schedules(&mut reader, table, &contacts, &mut spots);
    let roles = targets::roles(&mut reader, table, &contacts, schedules.as_ref(), &mut spots);
    let fallback = targets::fallback(&mut reader, table, &roles, &contacts, &mut spots);
    let levels = levels::levels(&mut reader, table, &roles, &contacts, &mut spots);
    let ladders = levels::ladders(&mut reader, table, &roles, &contacts, &mut spots);
    let triage = triage::triage(&mut reader, table, defaults.map(|policy| &policy.triage));
    // A ladder that could not be read is a mistake of its own; rules are read once all are known.
    let rules = ladders.as_ref().and_then(|ladders| rules::rules(&mut reader, table, ladders, &mut spots));
    let silences = silences::silences(&mut reader, table, &mut spots);
    spots.mentions.sort_by_key(|(_, span)| span.start);

    // Complete only when each part could be read; what could not was noted.
    let complete = || {
        Some(Policy {
            hash: hash(text),
            levels: levels?,
            ladders: ladders?,
            roles,
            contacts,
            schedules: schedules?,
            fallback: fallback?,
            triage: TriagePolicy { rules: rules?, ..triage? },
            working_hours: working_hours?,
            digest: digest?,
            assigned_acknowledges: assigned_acknowledges?,
            silences: silences?,
        })
    };
    let policy = complete();
    let (mistakes, broken_lines) = reader.finish();
    Looked { text, policy, spots, mistakes, broken_lines }
}

#[cfg(test)]
mod tests;
