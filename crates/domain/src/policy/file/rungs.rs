//! Rungs: whom a step of a ladder tells, when, and under which conditions.

use std::ops::Range;
use std::time::Duration;

use toml::de::DeTable;

use super::Spots;
use super::reader::{Reader, Value};
use super::targets::{Contacts, Roles, targets};
use crate::policy::mistake::nearest;
use crate::policy::{OnlyIf, Rung};

const SETTINGS: [&str; 8] =
    ["after", "targets", "working_hours_only", "digest", "round_robin", "acks", "repeats", "only_if"];

pub(super) fn ladder<'t>(
    reader: &mut Reader<'t>,
    table: &DeTable<'t>,
    owner: &Range<usize>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Vec<Rung>> {
    let value = reader.required(
        table,
        "rungs",
        owner,
        "a level needs a ladder: add [[levels.….rungs]] with after = \"0\" and targets",
    )?;
    rungs(reader, value, owner, roles, contacts, spots)
}

pub(super) fn rungs<'t>(
    reader: &mut Reader<'t>,
    value: &Value<'t>,
    owner: &Range<usize>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Vec<Rung>> {
    let list = reader.array(value, "rungs")?;
    if list.is_empty() {
        reader.mistake(owner.clone(), "a ladder needs at least one rung", None);
    }
    let mut rungs = Vec::new();
    let mut sound = true;
    let mut before: Option<Duration> = None;
    for (index, entry) in list.iter().enumerate() {
        let rung = reader
            .table(entry)
            .and_then(|table| rung(reader, table, &entry.span(), index, &mut before, roles, contacts, spots));
        sound &= rung.is_some();
        rungs.extend(rung);
    }
    sound.then_some(rungs)
}

#[expect(clippy::too_many_arguments, reason = "the parts of the file that a rung may name")]
fn rung<'t>(
    reader: &mut Reader<'t>,
    table: &DeTable<'t>,
    owner: &Range<usize>,
    index: usize,
    before: &mut Option<Duration>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Rung> {
    reader.keys(table, "a rung", &SETTINGS);
    let value = reader.required(table, "after", owner, "how long after the escalation's start: after = \"30m\"");
    let after = value.and_then(|value| reader.duration(value));
    if let (Some(after), Some(value)) = (after, value) {
        match *before {
            None if index == 0 && !after.is_zero() => {
                let hint = "a wait before it is the level's `initial_delay`".to_owned();
                reader.mistake(value.span(), "the first rung starts at \"0\"", Some(hint));
            }
            Some(earlier) if after <= earlier => {
                reader.mistake(value.span(), "each rung starts later than the one before it", None);
            }
            _ => {}
        }
        *before = Some(after);
    }
    let list = reader.required(table, "targets", owner, "whom it tells: targets = [\"role:primary\"]");
    let targets = list.and_then(|value| targets(reader, value, roles, contacts, spots));
    let mut truth = |key: &str| match table.get(key) {
        Some(value) => reader.boolean(value),
        None => Some(false),
    };
    let (working_hours_only, digest) = (truth("working_hours_only"), truth("digest"));
    let round_robin = truth("round_robin");
    let acks = match table.get("acks") {
        Some(value) => reader.count(value, 1, "people who must acknowledge"),
        None => Some(1),
    };
    let repeats = match table.get("repeats") {
        Some(value) => reader.count(value, 0, "repeats").map(Some),
        None => Some(None),
    };
    let only_if = match table.get("only_if") {
        Some(value) => only_if(reader, value, index),
        None => Some(Vec::new()),
    };
    Some(Rung {
        after: after?,
        targets: targets?,
        working_hours_only: working_hours_only?,
        digest: digest?,
        round_robin: round_robin?,
        acks: acks?,
        repeats: repeats?,
        only_if: only_if?,
    })
}

fn only_if<'t>(reader: &mut Reader<'t>, value: &Value<'t>, index: usize) -> Option<Vec<OnlyIf>> {
    let words = OnlyIf::ALL.map(OnlyIf::as_str);
    let mut conditions = Vec::new();
    let mut sound = true;
    for entry in reader.array(value, "conditions")? {
        let word = reader.string(entry, "a condition")?;
        match OnlyIf::ALL.into_iter().find(|condition| condition.as_str() == word) {
            Some(condition) => conditions.push(condition),
            None => {
                let hint = nearest(word, words).map(|near| format!("did you mean `{near}`?"));
                reader.mistake(
                    entry.span(),
                    format!("`{word}` is no condition: expected {}", words.join(" or ")),
                    hint,
                );
                sound = false;
            }
        }
    }
    if index == 0 && !conditions.is_empty() {
        let hint = "a condition looks at what the rungs before it did".to_owned();
        reader.mistake(value.span(), "the first rung cannot have a condition", Some(hint));
        sound = false;
    }
    sound.then_some(conditions)
}
