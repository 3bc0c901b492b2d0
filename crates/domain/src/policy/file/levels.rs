//! The five levels with their ladders.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::Spots;
use super::reader::{Reader, Value};
use super::rungs::{ladder, rungs};
use super::targets::{Contacts, Roles, people};
use crate::id::Name;
use crate::policy::mistake::nearest;
use crate::policy::{Exhausted, Level, LevelPolicy, Rung};
use crate::response_time::ResponseTime;

const SETTINGS: [&str; 14] = [
    "initial_delay",
    "cooldown",
    "max_cooldown",
    "ack_timeout",
    "agent_hold",
    "exhausted_after",
    "quiet_resolve",
    "reopen_window",
    "next_channel_after",
    "until_answered",
    "max_pages",
    "fallback",
    "response",
    "rungs",
];

/// `[levels.…]`: all five, or `None` with each mistake noted.
pub(super) fn levels<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<BTreeMap<Level, LevelPolicy>> {
    let words = Level::ALL.map(Level::as_str);
    let section = match policy.get("levels") {
        Some(value) => reader.table(value)?,
        None => {
            reader.missing(0..0, "there are no levels", Some(format!("add [levels.{}]", words.join("], [levels."))));
            return None;
        }
    };
    let mut levels = BTreeMap::new();
    let mut misspelt: Vec<Level> = Vec::new();
    for (key, value) in section {
        let word: &str = key.get_ref();
        let Some(level) = Level::from_word(word) else {
            let near = nearest(word, words);
            // What was probably meant is not missing as well.
            misspelt.extend(near.and_then(Level::from_word));
            let hint = near.map_or_else(
                || format!("the levels are {}", words.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            reader.mistake(key.span(), format!("there is no level `{word}`"), Some(hint));
            continue;
        };
        spots.levels.insert(level, key.span());
        let read = reader
            .table(value)
            .and_then(|table| self::level(reader, level, table, &key.span(), roles, contacts, spots));
        levels.insert(level, read);
    }
    for level in Level::ALL.into_iter().rev() {
        if !levels.contains_key(&level) && !misspelt.contains(&level) {
            reader.missing(
                policy.get_key_value("levels").map_or(0..0, |(key, _)| key.span()),
                format!("the level `{level}` is missing: all five must be there"),
                Some(format!("copy [levels.{level}] from policies/default.toml")),
            );
        }
    }
    let complete = levels.len() == Level::ALL.len();
    levels.into_iter().map(|(level, read)| Some((level, read?))).collect::<Option<_>>().filter(|_| complete)
}

fn level<'t>(
    reader: &mut Reader<'t>,
    level: Level,
    table: &DeTable<'t>,
    owner: &Range<usize>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<LevelPolicy> {
    reader.keys(table, "a level", &SETTINGS);
    let mut length = |key: &str, hint: &str| {
        let value = reader.required(table, key, owner, hint)?;
        reader.duration(value)
    };
    let initial_delay =
        length("initial_delay", "how long after the opening the first rung runs: initial_delay = \"2m\"");
    let cooldown = length("cooldown", "how long nobody is paged twice: cooldown = \"15m\"");
    let max_cooldown = length("max_cooldown", "where doubling the cooldown stops: max_cooldown = \"4h\"");
    let reopen_window = length("reopen_window", "how long after a resolve a signal reopens: reopen_window = \"3d\"");
    let mut open_length = |key: &str, hint: &str| {
        let value = reader.required(table, key, owner, hint)?;
        reader.duration_or_never(value)
    };
    let ack_timeout =
        open_length("ack_timeout", "how long an acknowledgement holds: ack_timeout = \"2h\", or \"never\" ends it");
    let quiet_resolve = open_length(
        "quiet_resolve",
        "how long without a signal until it is resolved: quiet_resolve = \"24h\", or \"never\"",
    );
    let mut optional = |key: &str, otherwise: Duration| match table.get(key) {
        Some(value) => reader.duration(value),
        None => Some(otherwise),
    };
    let agent_hold = optional("agent_hold", Duration::ZERO);
    // Semantics L13.
    let next_channel_after = optional(
        "next_channel_after",
        if level.is_urgent() { Duration::from_mins(1) } else { Duration::from_mins(15) },
    );
    let exhausted = exhausted(reader, table, owner);
    let until_answered = match table.get("until_answered") {
        Some(value) => reader.boolean(value),
        None => Some(level.is_urgent()),
    };
    let max_pages = match table.get("max_pages") {
        Some(value) => reader.count(value, 1, "pages of one escalation").map(Some),
        None => Some(None),
    };
    let fallback = match table.get("fallback") {
        Some(value) => people(reader, value, roles, contacts, spots).map(Some),
        None => Some(None),
    };
    let response = match table.get("response") {
        Some(value) => response(reader, value),
        None => Some(ResponseTime::usual(level)),
    };
    let ladder = ladder(reader, table, owner, roles, contacts, spots);

    if let (Some(base), Some(value)) = (cooldown, table.get("cooldown"))
        && base.is_zero()
    {
        reader.mistake(
            value.span(),
            "a cooldown of nothing would page without a pause",
            Some("write \"5m\" or more".into()),
        );
    }
    if let (Some(base), Some(most), Some(value)) = (cooldown, max_cooldown, table.get("max_cooldown"))
        && most < base
    {
        reader.mistake(
            value.span(),
            "`max_cooldown` is shorter than `cooldown`",
            Some("repeats only get rarer".into()),
        );
    }
    Some(LevelPolicy {
        initial_delay: initial_delay?,
        cooldown: cooldown?,
        max_cooldown: max_cooldown?,
        ack_timeout: ack_timeout?,
        agent_hold: agent_hold?,
        exhausted: exhausted?,
        quiet_resolve: quiet_resolve?,
        reopen_window: reopen_window?,
        next_channel_after: next_channel_after?,
        until_answered: until_answered?,
        max_pages: max_pages?,
        fallback: fallback?,
        response: response?,
        ladder: ladder?,
    })
}

/// `[ladders.…]`: none of them has to be there; `None` with each mistake noted.
pub(super) fn ladders<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<BTreeMap<Name, BTreeMap<Level, Vec<Rung>>>> {
    let Some(section) = policy.get("ladders") else { return Some(BTreeMap::new()) };
    let mut ladders = BTreeMap::new();
    let mut sound = true;
    for (key, value) in reader.table(section)? {
        let name = reader.name(key.get_ref(), key.span(), "a ladder");
        let own = reader.table(value);
        sound &= name.is_some() && own.is_some();
        let (Some(name), Some(own)) = (name, own) else { continue };
        let place = format!("[ladders.{name}]");
        reader.keys(own, &place, &Level::ALL.map(Level::as_str));
        if own.is_empty() {
            let hint = format!("add [[ladders.{name}.critical]] with after = \"0\" and targets");
            reader.mistake(key.span(), "a ladder needs the rungs of one level at least", Some(hint));
        }
        let mut levels = BTreeMap::new();
        for (word, value) in own {
            let Some(level) = Level::from_word(word.get_ref()) else { continue };
            match rungs(reader, value, &word.span(), roles, contacts, spots) {
                Some(rungs) => drop(levels.insert(level, rungs)),
                None => sound = false,
            }
        }
        spots.ladders.insert(name.clone(), key.span());
        ladders.insert(name, levels);
    }
    sound.then_some(ladders)
}

/// The outer option is whether it could be read.
fn response<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Option<ResponseTime>> {
    const EXPECTED: &str = "a response time: \"15m\", \"4h working\", \"next working day\" or \"none\"";
    match reader.string(value, EXPECTED)? {
        "none" => Some(None),
        text => match ResponseTime::parse(text) {
            Ok(response) => Some(Some(response)),
            Err(error) => {
                reader.mistake(value.span(), format!("expected {EXPECTED}; {error}"), None);
                None
            }
        },
    }
}

fn exhausted<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>, owner: &Range<usize>) -> Option<Exhausted> {
    let hint = "how long after the last rung everybody counts as told: exhausted_after = \"1h\" or \"delivered\"";
    let value = reader.required(table, "exhausted_after", owner, hint)?;
    match value.get_ref() {
        DeValue::String(text) if text == "delivered" => Some(Exhausted::WhenDelivered),
        _ => reader.duration(value).map(Exhausted::After),
    }
}
