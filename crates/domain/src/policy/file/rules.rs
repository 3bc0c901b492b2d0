//! `[[rules]]`: when one applies and what it does.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::Spots;
use super::conditions::condition;
use super::reader::{Reader, Value};
use crate::id::Name;
use crate::policy::mistake::nearest;
use crate::policy::rule::{Effect, Rule};
use crate::priority::Priority;

/// More rules than that are no policy.
const MOST_RULES: usize = 1_000;

pub(super) fn rules<'t, L>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    ladders: &BTreeMap<Name, L>,
    spots: &mut Spots,
) -> Option<Vec<Rule>> {
    let Some(value) = policy.get("rules") else { return Some(Vec::new()) };
    let list = reader.array(value, "rules")?;
    if list.len() > MOST_RULES {
        reader.mistake(value.span(), format!("a policy has {MOST_RULES} rules at most"), None);
        return None;
    }
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for entry in list {
        let read = reader.table(entry).and_then(|table| rule(reader, table, entry, ladders));
        if let Some(rule) = &read
            && !names.insert(rule.name.clone())
        {
            reader.mistake(entry.span(), format!("there are two rules `{}`", rule.name), None);
        }
        spots.rules.push(entry.span());
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
        .required(table, "when", &owner, "when = { project = \"shop\" }; { all = [] } is every signal")
        .and_then(|value| condition(reader, value));
    let floor = optional(reader, table, "floor", priority)?;
    let ceiling = optional(reader, table, "ceiling", priority)?;
    let fixed = optional(reader, table, "priority", priority)?;
    let dropped = optional(reader, table, "drop", Reader::boolean)?.unwrap_or(false);
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
pub(super) fn optional<'t, T>(
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

#[cfg(test)]
mod tests;
