//! `[schedules]`: who takes turns, when, and at which hours.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;

use jiff::civil::{Date, Weekday, date};
use toml::de::{DeTable, DeValue};

use super::Spots;
use super::reader::{Reader, Value};
use super::targets::{Contacts, known_contact};
use crate::id::Name;
use crate::oncall::{Days, Hours, Layer, Rotation, Schedule};
use crate::policy::duration::parse_duration;
use crate::policy::mistake::nearest;
use crate::wall::{WallTime, weekday};

pub(super) type Schedules = BTreeMap<Name, Schedule>;

/// The turns of every schedule that names no start are counted from this Monday.
const START: Date = date(2024, 1, 1);

const ROTATIONS: &str = "\"daily\", \"weekly\", or a length of whole hours such as \"12h\", \"3d\" or \"2w\"";

/// `[schedules.NAME]`: none has to be there; `None` with each mistake noted.
pub(super) fn schedules<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Schedules> {
    let Some(section) = policy.get("schedules") else { return Some(Schedules::new()) };
    let mut schedules = Schedules::new();
    let mut sound = true;
    for (key, value) in reader.table(section)? {
        let name = reader.name(key.get_ref(), key.span(), "a schedule");
        let table = reader.table(value);
        let (Some(name), Some(table)) = (name, table) else {
            sound = false;
            continue;
        };
        spots.schedules.insert(name.clone(), key.span());
        match schedule(reader, &name, table, &key.span(), contacts, spots) {
            Some(schedule) => drop(schedules.insert(name, schedule)),
            None => sound = false,
        }
    }
    sound.then_some(schedules)
}

fn schedule<'t>(
    reader: &mut Reader<'t>,
    name: &Name,
    table: &DeTable<'t>,
    owner: &Range<usize>,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Schedule> {
    reader.keys(table, "a schedule", &["zone", "layers"]);
    let zone = reader.required(table, "zone", owner, "whose clocks hand-overs mean: zone = \"Europe/Berlin\"");
    let zone = zone.and_then(|value| reader.zone(value));
    let hint = format!("add [schedules.{name}.layers.primary] with people");
    let section = reader.required(table, "layers", owner, &hint).and_then(|value| reader.table(value))?;
    if section.is_empty() {
        reader.mistake(owner.clone(), "a schedule needs one layer at least", Some(hint));
    }
    let mut layers = BTreeMap::new();
    let mut sound = true;
    for (key, value) in section {
        let layer_name = reader.name(key.get_ref(), key.span(), "a layer");
        let read = reader.table(value).and_then(|table| layer(reader, table, &key.span(), contacts));
        let (Some(layer_name), Some(read)) = (layer_name, read) else {
            sound = false;
            continue;
        };
        spots.layers.insert((name.clone(), layer_name.clone()), key.span());
        layers.insert(layer_name, read);
    }
    let zone = zone?;
    sound.then_some(Schedule { zone, layers })
}

fn layer<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>, owner: &Range<usize>, contacts: &Contacts) -> Option<Layer> {
    reader.keys(table, "a layer", &["people", "rotation", "handover", "start", "hours"]);
    let people = reader.required(table, "people", owner, "who takes turns: people = [\"alice\", \"bob\"]");
    let people = people.and_then(|value| people_of(reader, value, contacts));
    let rotation = rotation(reader, table, owner);
    let start = match table.get("start") {
        Some(value) => start(reader, value),
        None => Some(START),
    };
    let hours = match table.get("hours") {
        Some(value) => hours(reader, value),
        None => Some(Vec::new()),
    };
    Some(Layer { people: people?, rotation: rotation?, start: start?, hours: hours? })
}

/// A person may stand here twice, to have two turns in a round.
fn people_of<'t>(reader: &mut Reader<'t>, value: &Value<'t>, contacts: &Contacts) -> Option<Vec<Name>> {
    let list = reader.array(value, "contacts")?;
    let mut people = Vec::new();
    for entry in list {
        let Some(text) = reader.string(entry, "the name of a contact") else { continue };
        let bare = text.strip_prefix("contact:").unwrap_or(text);
        if bare != text {
            let hint = Some(format!("write \"{bare}\""));
            reader.mistake(entry.span(), "people are contacts, named without a prefix", hint);
            continue;
        }
        let name = reader.name(text, entry.span(), "a contact");
        people.extend(name.and_then(|name| known_contact(reader, name, entry, contacts, "")));
    }
    (people.len() == list.len()).then_some(people)
}

/// `rotation` and `handover` together.
fn rotation<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>, owner: &Range<usize>) -> Option<Rotation> {
    let hint = format!("when the next person takes over: rotation = \"weekly\"; it is {ROTATIONS}");
    let value = reader.required(table, "rotation", owner, &hint);
    let handover = table.get("handover");
    let word = value.and_then(|value| reader.string(value, ROTATIONS));
    let (Some(value), Some(word)) = (value, word) else { return None };
    match word {
        "weekly" => {
            let (on, at) = match handover {
                Some(value) => weekly_handover(reader, value)?,
                None => (Weekday::Monday, nine()),
            };
            Some(Rotation::Weekly { on, at })
        }
        "daily" => Some(Rotation::Daily { at: daily_handover(reader, handover)? }),
        _ => {
            let hours = length(reader, word, value);
            let at = daily_handover(reader, handover);
            Some(Rotation::Every { hours: hours?, at: at? })
        }
    }
}

fn length(reader: &mut Reader<'_>, word: &str, value: &Value<'_>) -> Option<NonZeroU32> {
    let seconds = parse_duration(word).map(|length| length.as_secs());
    let hours = match &seconds {
        Ok(seconds) if seconds % 3_600 == 0 => u32::try_from(seconds / 3_600).ok().and_then(NonZeroU32::new),
        _ => None,
    };
    if hours.is_none() {
        let hint = nearest(word, ["daily", "weekly"]).map(|near| format!("did you mean \"{near}\"?"));
        let reason = match seconds {
            Err(error) if hint.is_none() => format!("; {error}"),
            _ => String::new(),
        };
        reader.mistake(value.span(), format!("`{word}` is no rotation: expected {ROTATIONS}{reason}"), hint);
    }
    hours
}

const fn nine() -> WallTime {
    match WallTime::hour(9) {
        Some(nine) => nine,
        None => WallTime::MIDNIGHT,
    }
}

fn daily_handover<'t>(reader: &mut Reader<'t>, value: Option<&Value<'t>>) -> Option<WallTime> {
    let Some(value) = value else { return Some(nine()) };
    let text = reader.string(value, "a time, such as \"09:00\"")?;
    let at = WallTime::parse(text).filter(|at| *at < WallTime::END);
    if at.is_none() {
        let hint = text
            .split_once(' ')
            .filter(|(day, _)| weekday(day).is_some())
            .map(|(_, time)| format!("only a weekly rotation has a day: \"{}\"", time.trim()));
        reader.mistake(value.span(), format!("`{text}` is no time of day: expected \"00:00\" to \"23:59\""), hint);
    }
    at
}

fn weekly_handover<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<(Weekday, WallTime)> {
    let text = reader.string(value, "a day and a time, such as \"Monday 09:00\"")?;
    let read = text
        .trim()
        .split_once(char::is_whitespace)
        .and_then(|(day, time)| Some((weekday(day)?, WallTime::parse(time.trim()).filter(|at| *at < WallTime::END)?)));
    if read.is_none() {
        let hint = WallTime::parse(text.trim())
            .map(|time| format!("a weekly rotation has a day: \"Monday {time}\""))
            .or_else(|| weekday(text.trim()).map(|_| format!("and the time: \"{} 09:00\"", text.trim())));
        let message = format!("`{text}` is no hand-over: expected a day and a time, such as \"Monday 09:00\"");
        reader.mistake(value.span(), message, hint);
    }
    read
}

/// A date as text, or as TOML has it.
fn start(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Date> {
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        _ => String::new(),
    };
    // Only the plain form: a parser of dates takes more than a reader would understand.
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let read: Option<Date> = if plain { text.parse().ok() } else { None };
    if read.is_none() {
        let message = "expected the date of a day in the first person's turn, such as \"2026-01-05\"";
        reader.mistake(value.span(), message, None);
    }
    read
}

fn hours<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Vec<Hours>> {
    let list = reader.array(value, "hours, such as { days = \"Mon-Fri\", from = \"09:00\", to = \"18:00\" }")?;
    if list.is_empty() {
        reader.mistake(value.span(), "no hours at all: leave `hours` out to mean always", None);
    }
    let mut read = Vec::new();
    for entry in list {
        read.extend(reader.table(entry).and_then(|table| restriction(reader, table, &entry.span())));
    }
    (read.len() == list.len()).then_some(read)
}

fn restriction<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>, owner: &Range<usize>) -> Option<Hours> {
    reader.keys(table, "a stretch of hours", &["days", "from", "to"]);
    let days = match table.get("days") {
        Some(value) => reader.string(value, "days, such as \"Mon-Fri\"").and_then(|text| {
            let days = Days::parse(text);
            if days.is_none() {
                let hint = "\"Mon-Fri\", \"Sat,Sun\", \"Friday\" or \"all\"".to_owned();
                reader.mistake(value.span(), format!("`{text}` names no days of the week"), Some(hint));
            }
            days
        }),
        None => Some(Days::ALL),
    };
    let mut time = |key: &str, hint: &str| {
        let value = reader.required(table, key, owner, hint)?;
        reader.wall_time(value)
    };
    let from = time("from", "when they begin: from = \"09:00\"");
    let to = time("to", "when they end: to = \"18:00\"");
    let (days, from, to) = (days?, from?, to?);
    let hours = Hours::between(days, from, to);
    if hours.is_none() {
        let hint = "the whole day is from = \"00:00\", to = \"24:00\"".to_owned();
        reader.mistake(owner.clone(), format!("from {from} to {to} is no time"), Some(hint));
    }
    hours
}

#[cfg(test)]
mod tests;
