//! `[[rules]]`: when one applies and what it does.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value};
use crate::id::Name;
use crate::policy::mistake::nearest;
use crate::policy::rule::{Condition, Effect, Field, Rule, Test};
use crate::priority::Priority;
use crate::signal::Severity;

/// Deeper than that nobody follows a condition.
const DEEPEST: usize = 16;

/// More rules than that are no policy.
const MOST_RULES: usize = 1_000;

pub(super) fn rules<'t, L>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    ladders: &BTreeMap<Name, L>,
) -> Option<Vec<Rule>> {
    let Some(value) = policy.get("rules") else { return Some(Vec::new()) };
    let list = reader.array(value, "rules")?;
    if list.len() > MOST_RULES {
        reader.mistake(value.span(), format!("a policy has {MOST_RULES} rules at most"), None);
        return None;
    }
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for entry in list.iter() {
        let read = reader.table(entry).and_then(|table| rule(reader, table, entry, ladders));
        if let Some(rule) = &read
            && !names.insert(rule.name.clone())
        {
            reader.mistake(entry.span(), format!("there are two rules `{}`", rule.name), None);
        }
        rules.extend(read);
    }
    (rules.len() == list.len()).then_some(rules)
}

fn rule<'t, L>(
    reader: &mut Reader<'t>,
    table: &DeTable<'t>,
    entry: &Value<'t>,
    ladders: &BTreeMap<Name, L>,
) -> Option<Rule> {
    let owner = entry.span();
    reader.keys(table, "a rule", &["name", "when", "floor", "ceiling", "priority", "route", "drop"]);
    let name = reader
        .required(table, "name", &owner, "name = \"checkout\"")
        .and_then(|value| reader.string(value, "a name").and_then(|text| reader.name(text, value.span(), "a rule")));
    let when = reader
        .required(table, "when", &owner, "when = { project = \"shop\" }")
        .and_then(|value| condition(reader, value, 0));
    let floor = optional(reader, table, "floor", priority)?;
    let ceiling = optional(reader, table, "ceiling", priority)?;
    let fixed = optional(reader, table, "priority", priority)?;
    let dropped = optional(reader, table, "drop", |reader, value| reader.boolean(value))?.unwrap_or(false);
    let route = optional(reader, table, "route", |reader, value| {
        let text = reader.string(value, "the name of a ladder")?;
        let name = reader.name(text, value.span(), "a ladder")?;
        if ladders.contains_key(&name) {
            return Some(name);
        }
        let hint = nearest(text, ladders.keys().map(Name::as_str))
            .map_or_else(|| format!("add [[ladders.{name}.critical]]"), |near| format!("did you mean `{near}`?"));
        reader.mistake(value.span(), format!("there is no ladder `{name}`"), Some(hint));
        None
    })?;
    let bounded = floor.is_some() || ceiling.is_some();
    let effect = match (bounded, fixed, dropped) {
        (false, None, true) if route.is_none() => Effect::Drop,
        (false, Some(priority), false) => Effect::Fixed(priority),
        (_, None, false) if bounded || route.is_some() => Effect::Bounds { floor, ceiling },
        (false, None, false) => {
            let hint = "add floor, ceiling, priority, route or drop = true".to_owned();
            reader.mistake(owner, "this rule does nothing", Some(hint));
            return None;
        }
        _ => {
            let hint = "floor and ceiling go together, and route with any but drop".to_owned();
            reader.mistake(owner, "these effects exclude each other", Some(hint));
            return None;
        }
    };
    if let (Some(floor), Some(ceiling)) = (floor, ceiling)
        && floor > ceiling
    {
        reader.mistake(owner, format!("the floor {floor} is above the ceiling {ceiling}"), None);
    }
    Some(Rule { name: name?, when: when?, effect, route })
}

/// The outer option is whether it could be read.
fn optional<'t, T>(
    reader: &mut Reader<'t>,
    table: &DeTable<'t>,
    key: &str,
    read: impl FnOnce(&mut Reader<'t>, &Value<'t>) -> Option<T>,
) -> Option<Option<T>> {
    table.get(key).map_or(Some(None), |value| read(reader, value).map(Some))
}

fn priority<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Priority> {
    let text = reader.string(value, "a priority")?;
    let found = Priority::from_word(text);
    if found.is_none() {
        let words = Priority::ALL.map(Priority::as_str).join(", ");
        reader.mistake(value.span(), format!("`{text}` is no priority"), Some(format!("they are {words}")));
    }
    found
}

fn condition<'t>(reader: &mut Reader<'t>, value: &Value<'t>, depth: usize) -> Option<Condition> {
    if depth > DEEPEST {
        reader.mistake(value.span(), format!("conditions nest {DEEPEST} deep at most"), None);
        return None;
    }
    let table = reader.table(value)?;
    if table.is_empty() {
        reader.mistake(value.span(), "a condition needs one test at least", None);
        return None;
    }
    let mut parts = Vec::new();
    for (key, value) in table {
        let word: &str = key.get_ref();
        match word {
            "all" | "any" => {
                let list = reader.array(value, "conditions")?;
                if word == "any" && list.is_empty() {
                    reader.mistake(value.span(), "`any` of nothing never holds", None);
                    return None;
                }
                let read: Option<Vec<_>> = list.iter().map(|one| condition(reader, one, depth + 1)).collect();
                parts.push(if word == "all" { Condition::All(read?) } else { Condition::Any(read?) });
            }
            "not" => parts.push(Condition::Not(Box::new(condition(reader, value, depth + 1)?))),
            "tag" => {
                for (key, value) in reader.table(value)? {
                    parts.extend(tests(reader, &Field::Tag(key.get_ref().to_string()), value)?);
                }
            }
            _ => match Field::NAMED.into_iter().find(|(name, _)| *name == word) {
                Some((_, field)) => parts.extend(tests(reader, &field, value)?),
                None => {
                    let known = Field::NAMED.map(|(name, _)| name);
                    let hint = nearest(word, known).map(|near| format!("did you mean `{near}`?"));
                    let hint = hint.unwrap_or_else(|| format!("known are {}", known.join(", ")));
                    reader.mistake(key.span(), format!("a signal has no `{word}`"), Some(hint));
                    return None;
                }
            },
        }
    }
    Some(Condition::All(parts))
}

fn tests<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>) -> Option<Vec<Condition>> {
    let counted = matches!(field, Field::Events | Field::Users);
    let mut found = Vec::new();
    match value.get_ref() {
        DeValue::Table(table) if !table.is_empty() => {
            let known: &[&str] = match field {
                _ if counted => &["at_least", "at_most", "present"],
                Field::Level => &["at_least", "at_most", "present"],
                _ => &["prefix", "suffix", "contains", "present"],
            };
            reader.keys(table, &format!("a test on `{}`", field.word()), known);
            for (key, value) in table {
                let word: &str = key.get_ref();
                let test = match word {
                    _ if !known.contains(&word) => return None,
                    "present" => Test::Present(reader.boolean(value)?),
                    "at_least" => Test::AtLeast(number(reader, field, value)?),
                    "at_most" => Test::AtMost(number(reader, field, value)?),
                    "prefix" => Test::Prefix(reader.string(value, "text")?.to_owned()),
                    "suffix" => Test::Suffix(reader.string(value, "text")?.to_owned()),
                    _ => Test::Contains(reader.string(value, "text")?.to_owned()),
                };
                found.push(Condition::Is(field.clone(), test));
            }
        }
        DeValue::Array(list) if !counted && !list.is_empty() => {
            let words: Option<Vec<_>> = list.iter().map(|one| reader.string(one, "text").map(str::to_owned)).collect();
            found.push(Condition::Is(field.clone(), Test::OneOf(words?)));
        }
        _ if counted => {
            let exact = number(reader, field, value)?;
            found.extend([Test::AtLeast(exact), Test::AtMost(exact)].map(|test| Condition::Is(field.clone(), test)));
        }
        _ => {
            let text = reader.string(value, "text, a list of texts, or a test such as { prefix = \"…\" }")?;
            found.push(Condition::Is(field.clone(), Test::OneOf(vec![text.to_owned()])));
        }
    }
    Some(found)
}

fn number<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>) -> Option<u64> {
    if *field != Field::Level {
        return reader.whole(value, 0, i64::MAX, "a count").and_then(|count| u64::try_from(count).ok());
    }
    let text = reader.string(value, "a level, such as \"error\"")?;
    let found = Severity::from_wire(text).map(|severity| severity as u64);
    if found.is_none() {
        let hint = "they are debug, info, warning, error, fatal".to_owned();
        reader.mistake(value.span(), format!("`{text}` is no level of Sentry"), Some(hint));
    }
    found
}
