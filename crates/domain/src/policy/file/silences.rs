//! `[[silences]]`: what recurs for as long as the policy says so. One-time silences are ordered, not written here.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use toml::de::{DeTable, DeValue};

use super::Spots;
use super::conditions::condition_of_silence;
use super::reader::{Reader, Value};
use super::rules::optional;
use crate::id::{Name, SilenceId};
use crate::policy::mistake::nearest;
use crate::silence::{Days, Plan, Reason, Recurring, Silence, SilenceKind, Times};
use crate::time::Timestamp;

/// More silences than that are no policy.
const MOST: usize = 200;

/// Who orders a silence of the policy.
const AUTHOR: &str = "policy";

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(super) fn silences<'t>(reader: &mut Reader<'t>, policy: &DeTable<'t>, spots: &mut Spots) -> Option<Vec<Silence>> {
    let Some(value) = policy.get("silences") else { return Some(Vec::new()) };
    let list = reader.array(value, "silences")?;
    if list.len() > MOST {
        reader.mistake(value.span(), format!("a policy has {MOST} silences at most"), None);
        return None;
    }
    let mut names: BTreeSet<Name> = BTreeSet::new();
    let mut silences = Vec::new();
    for entry in list {
        let read = reader.table(entry).and_then(|table| silence(reader, table, entry));
        if let Some(name) = read.as_ref().and_then(|silence| silence.name.as_ref())
            && !names.insert(name.clone())
        {
            reader.mistake(entry.span(), format!("there are two silences `{name}`"), None);
        }
        spots.silences.push(entry.span());
        silences.extend(read);
    }
    (silences.len() == list.len()).then_some(silences)
}

fn silence<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>, entry: &Value<'t>) -> Option<Silence> {
    let owner = entry.span();
    let known = ["name", "kind", "when", "days", "from", "lasts", "zone", "first_day", "last_day", "reason"];
    reader.keys(table, "a silence", &known);
    let name = reader
        .required(table, "name", &owner, "name = \"nightly-import\"")
        .and_then(|value| reader.string(value, "a name").and_then(|text| reader.name(text, value.span(), "a silence")));
    let kind = reader
        .required(table, "kind", &owner, "kind = \"silence\" or \"maintenance\"")
        .and_then(|value| kind(reader, value));
    let matching = reader
        .required(table, "when", &owner, "when = { project = \"shop\" }; { all = [] } is everything")
        .and_then(|value| condition_of_silence(reader, value));
    let days = reader
        .required(table, "days", &owner, "days = [\"saturday\", \"sunday\"]; \"every\" is every day")
        .and_then(|value| days(reader, value));
    let from = reader.required(table, "from", &owner, "from = \"02:00\"").and_then(|value| wall_time(reader, value));
    let lasts = reader.required(table, "lasts", &owner, "lasts = \"2h\"").and_then(|value| reader.duration(value));
    let zone = reader
        .required(table, "zone", &owner, "zone = \"Europe/Berlin\"")
        .and_then(|value| Some(reader.zone(value)?.iana_name()?.to_owned()));
    let first_day = optional(reader, table, "first_day", date);
    let last_day = optional(reader, table, "last_day", date);
    let reason = reader
        .required(table, "reason", &owner, "reason = \"the import locks the tables\"")
        .and_then(|value| reason(reader, value));
    let plan =
        Plan { days: days?, from: from?, lasts: lasts?, zone: zone?, first_day: first_day?, last_day: last_day? };
    let at = if plan.last_day.is_some_and(|last| plan.first_day.is_some_and(|first| last < first)) {
        "last_day"
    } else {
        "lasts"
    };
    let recurring = match Recurring::try_from(plan) {
        Ok(recurring) => recurring,
        Err(error) => {
            let span = table.get(at).map_or(owner, toml::Spanned::span);
            reader.mistake(span, error.to_string(), None);
            return None;
        }
    };
    let name = name?;
    Some(Silence {
        id: SilenceId::of_policy(&name),
        kind: kind?,
        name: Some(name),
        matching: matching?,
        times: Times::Recurring(recurring),
        reason: reason?,
        by: AUTHOR.to_owned(),
        created_at: Timestamp::EPOCH,
        ended: None,
    })
}

fn kind<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<SilenceKind> {
    let text = reader.string(value, "a kind of silence")?;
    let found = SilenceKind::from_word(text);
    if found.is_none() {
        let hint = "it is `silence` or `maintenance`".to_owned();
        reader.mistake(value.span(), format!("`{text}` is no kind of silence"), Some(hint));
    }
    found
}

fn reason<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Reason> {
    let text = reader.string(value, "a reason in words")?;
    match Reason::try_from(text.to_owned()) {
        Ok(reason) => Some(reason),
        Err(error) => {
            reader.mistake(value.span(), error.to_string(), None);
            None
        }
    }
}

fn days<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Days> {
    if let DeValue::String(text) = value.get_ref() {
        if text == "every" {
            return Some(Days::EVERY);
        }
        return day(reader, value).and_then(|day| Days::of([day]));
    }
    let list = reader.array(value, "days of the week")?;
    let days: Vec<_> = list.iter().filter_map(|one| day(reader, one)).collect();
    if list.is_empty() {
        let hint = "\"every\" is every day".to_owned();
        reader.mistake(value.span(), "a silence without days never holds", Some(hint));
    }
    Days::of(days.iter().copied()).filter(|_| days.len() == list.len())
}

fn day<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Weekday> {
    let text = reader.string(value, "a day of the week, or \"every\"")?;
    let found = Days::from_word(text);
    if found.is_none() {
        let hint = nearest(text, DAYS)
            .map_or_else(|| format!("they are {}", DAYS.join(", ")), |near| format!("did you mean `{near}`?"));
        reader.mistake(value.span(), format!("`{text}` is no day of the week"), Some(hint));
    }
    found
}

/// `"02:00"`, or TOML's own time.
fn wall_time<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Time> {
    let found = words(reader, value, "a time on the wall, such as \"02:00\"")?;
    let time = found.get(..5).filter(|_| matches!(found.get(5..), Some("" | ":00"))).and_then(|short| {
        let (hour, minute) = short.split_once(':')?;
        let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(hour) || !is_number(minute) {
            return None;
        }
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    });
    if time.is_none() {
        let message = format!("expected a time on the wall from \"00:00\" to \"23:59\", found `{found}`");
        reader.mistake(value.span(), message, None);
    }
    time
}

/// `"2026-12-31"`, or TOML's own date.
fn date<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Date> {
    let found = words(reader, value, "a date, such as \"2026-12-31\"")?;
    let date = if found.len() == 10 { found.parse().ok() } else { None };
    if date.is_none() {
        reader.mistake(value.span(), format!("expected a date, such as \"2026-12-31\", found `{found}`"), None);
    }
    date
}

/// Text, or a date or time of TOML as it is written.
fn words<'t>(reader: &mut Reader<'t>, value: &Value<'t>, expected: &str) -> Option<String> {
    match value.get_ref() {
        DeValue::Datetime(datetime) => Some(datetime.to_string()),
        _ => reader.string(value, expected).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests;
