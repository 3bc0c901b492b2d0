//! TOML to situations: every mistake told at once, each with its line and column, as for a policy.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use crate::policy::TriagePolicy;
use crate::policy::duration::parse_span;
use crate::policy::file::reader::{Reader, Value};
use crate::policy::file::{PolicyError, triage_over};
use crate::priority::Priority;
use crate::situation::before::Before;
use crate::situation::{NOW, Situation, signal};
use crate::time::Timestamp;

/// A sound file of situations.
#[derive(Debug, Clone, PartialEq)]
pub struct SituationFile {
    /// What they are judged by: the policy that the file was read over, with the file's own `[policy]` laid over it.
    pub triage: TriagePolicy,
    /// The situations, in the order of the file; at least one.
    pub situations: Vec<Situation>,
}

/// Reads a file of situations that are to be judged by `base`.
///
/// # Errors
/// Every mistake of the text, in its order.
pub fn read(text: &str, base: &TriagePolicy) -> Result<SituationFile, Vec<PolicyError>> {
    let (document, broken) = DeTable::parse_recoverable(text);
    let mut reader = Reader::of(text, &broken);
    let table = document.get_ref();
    reader.keys(table, "a file of situations", &["situation", "policy"]);
    let triage = match table.get("policy").and_then(|value| reader.table(value)) {
        Some(policy) => {
            reader.keys(policy, "the [policy] of situations", &["triage", "rules"]);
            triage_over(&mut reader, policy, base)
        }
        None => Some(base.clone()),
    };
    let situations = situations(&mut reader, text, table, triage.as_ref().unwrap_or(base));
    let (mut mistakes, _) = reader.finish();
    match triage {
        Some(triage) if mistakes.is_empty() => Ok(SituationFile { triage, situations }),
        _ => {
            mistakes.sort_by_key(|mistake| mistake.span.start);
            Err(mistakes)
        }
    }
}

fn situations<'t>(reader: &mut Reader<'t>, text: &str, table: &DeTable<'t>, policy: &TriagePolicy) -> Vec<Situation> {
    let hint = "begin one with [[situation]]: name, priority, why and signal";
    let Some(value) = reader.required(table, "situation", &(0..0), hint) else { return Vec::new() };
    let Some(list) = reader.array(value, "situations, each under its own [[situation]]") else { return Vec::new() };
    if list.is_empty() {
        reader.mistake(value.span(), "there is no situation", Some(hint.to_owned()));
    }
    let mut names = BTreeSet::new();
    let mut situations = Vec::new();
    for entry in list {
        let Some(table) = reader.table(entry) else { continue };
        let section = Section { table, place: entry.span() };
        let line = text[..text.floor_char_boundary(entry.span().start)].matches('\n').count() + 1;
        let Some(situation) = situation(reader, &section, line, policy) else { continue };
        if !names.insert(situation.name.clone()) {
            let message = format!("there are two situations named `{}`", situation.name);
            reader.mistake(section.place_of("name"), message, None);
        }
        situations.push(situation);
    }
    situations
}

fn situation<'t>(
    reader: &mut Reader<'t>,
    section: &Section<'_, 't>,
    line: usize,
    policy: &TriagePolicy,
) -> Option<Situation> {
    reader.keys(section.table, "a situation", &["name", "priority", "why", "signal", "before"]);
    let mut required = |key: &str, hint: &str| reader.required(section.table, key, &section.place, hint);
    let name = required("name", "what happens, in a few words: name = \"checkout fails for all\"");
    let priority = required("priority", "what somebody on call gives it: priority = \"high\"");
    let why = required("why", "why they do: why = \"each minute costs orders\"");
    let signal =
        required("signal", "what arrives: signal = { resource = \"error\", level = \"error\", title = \"…\" }");
    let name = name.and_then(|value| filled(reader, value, "a name"));
    let priority = priority.and_then(|value| self::priority(reader, value, &[]));
    let why = why.and_then(|value| filled(reader, value, "a reason"));
    let signal = signal.and_then(|value| {
        let section = Section { table: reader.table(value)?, place: value.span() };
        signal::signal(reader, &section)
    });
    let before = match section.table.get("before") {
        Some(value) => {
            let table = reader.table(value)?;
            Before::read(reader, &Section { table, place: value.span() })
        }
        None => Before::default(),
    };
    let (name, priority, why, signal) = (name?, priority?, why?, signal?);
    let (baseline, project) = before.learnt();
    Some(Situation {
        name,
        priority,
        why,
        line,
        incident: before.incident(&signal, policy),
        baseline,
        project,
        label: before.label(&signal),
        signal,
    })
}

/// A section of the text with where it stands. What is not there is `None`; so is what could not be read, and that was noted.
pub(super) struct Section<'v, 't> {
    pub(super) table: &'v DeTable<'t>,
    pub(super) place: Range<usize>,
}

impl<'v, 't> Section<'v, 't> {
    pub(super) fn value(&self, key: &str) -> Option<&'v Value<'t>> {
        self.table.get(key)
    }

    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.place.clone(), Value::span)
    }

    pub(super) fn text(&self, reader: &mut Reader<'t>, key: &str) -> Option<String> {
        self.value(key).and_then(|value| filled(reader, value, "text"))
    }

    pub(super) fn count(&self, reader: &mut Reader<'t>, key: &str) -> Option<u64> {
        let count = self.value(key).and_then(|value| reader.whole(value, 0, i64::MAX, "a count"));
        count.and_then(|count| u64::try_from(count).ok())
    }

    pub(super) fn ago(&self, reader: &mut Reader<'t>, key: &str) -> Option<Timestamp> {
        self.value(key).and_then(|value| ago(reader, value))
    }

    /// A word of a list, as what it means.
    pub(super) fn word<T: Copy>(&self, reader: &mut Reader<'t>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.value(key)?;
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let text = reader.string(value, &format!("one of {}", known.join(", ")))?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            reader.mistake(value.span(), format!("`{text}` is none of {}", known.join(", ")), None);
        }
        found
    }
}

/// Text that says something.
pub(super) fn filled<'t>(reader: &mut Reader<'t>, value: &Value<'t>, what: &str) -> Option<String> {
    let text = reader.string(value, what)?.trim();
    if text.is_empty() {
        reader.mistake(value.span(), format!("expected {what}, found nothing"), None);
        return None;
    }
    Some(text.to_owned())
}

/// A priority, or one of some other words for one.
pub(super) fn priority<'t>(
    reader: &mut Reader<'t>,
    value: &Value<'t>,
    others: &[(&str, Priority)],
) -> Option<Priority> {
    let text = reader.string(value, "a priority")?;
    let other = others.iter().find(|(word, _)| *word == text).map(|(_, priority)| *priority);
    let found = other.or_else(|| Priority::from_word(text));
    if found.is_none() {
        let words: Vec<&str> = Priority::ALL.iter().map(|one| one.as_str()).chain(others.iter().map(|o| o.0)).collect();
        reader.mistake(value.span(), format!("`{text}` is no priority"), Some(format!("known: {}", words.join(", "))));
    }
    found
}

/// A time before [`NOW`], such as `"25m ago"`.
pub(super) fn ago<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Timestamp> {
    let text = reader.string(value, "how long ago, such as \"25m ago\"")?;
    match before_now(text) {
        Ok(at) => Some(at),
        Err(reason) => {
            reader.mistake(value.span(), format!("expected how long ago, such as \"25m ago\"; {reason}"), None);
            None
        }
    }
}

pub(super) fn before_now(text: &str) -> Result<Timestamp, String> {
    let length = text.trim().strip_suffix("ago").ok_or("it does not end in `ago`")?;
    parse_span(length).map(|length| NOW - length).map_err(|error| error.to_string())
}
