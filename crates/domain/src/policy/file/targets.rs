//! Roles, contacts, the fallback, and the targets of rungs.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeTable;

use super::budget::CommonBudget;
use super::reader::{Reader, Value};
use super::schedules::Schedules;
use super::{Mention, Spots};
use crate::id::Name;
use crate::policy::mistake::nearest;
use crate::policy::{Choice, Contact, Member, Target};

const FORMS: &str = "role:NAME, contact:NAME, notifier:NAME, notifier:*, agent:NAME or agent:*";
const MEMBER_FORMS: &str = "contact:NAME, notifier:NAME, notifier:* or oncall:SCHEDULE/LAYER";
const ON_CALL: &str = "oncall:";

pub(super) type Contacts = BTreeMap<Name, Contact>;
pub(super) type Roles = BTreeMap<Name, Vec<Member>>;

/// `[contacts.NAME]`.
pub(super) fn contacts<'t>(reader: &mut Reader<'t>, policy: &DeTable<'t>, zone: &str, spots: &mut Spots) -> Contacts {
    let mut contacts = Contacts::new();
    let budget = CommonBudget::read(reader, policy, zone);
    let Some(section) = policy.get("contacts").and_then(|value| reader.table(value)) else { return contacts };
    for (key, value) in section {
        let name = reader.name(key.get_ref(), key.span(), "a contact");
        let Some(table) = reader.table(value) else { continue };
        reader.keys(table, "a contact", &["channels", "budget", "zone"]);
        let channels = channels(reader, table, &key.span(), spots).unwrap_or_default();
        if let Some(name) = name {
            spots.contacts.insert(name.clone(), key.span());
            // One whose channels are wrong is known all the same: its mentions are no further mistakes.
            let budget = budget.of(reader, table);
            contacts.insert(name, Contact { channels, budget });
        }
    }
    contacts
}

fn channels<'t>(
    reader: &mut Reader<'t>,
    contact: &DeTable<'t>,
    owner: &Range<usize>,
    spots: &mut Spots,
) -> Option<Vec<Name>> {
    let value =
        reader.required(contact, "channels", owner, "channels = [\"slack-alice\", \"mail-alice\"], best first")?;
    let list = reader.array(value, "notifiers")?;
    if list.is_empty() {
        reader.mistake(value.span(), "a contact needs at least one notifier", None);
    }
    let mut channels = Vec::new();
    for entry in list {
        let Some(text) = reader.string(entry, "the name of a notifier") else { continue };
        let bare = text.strip_prefix("notifier:").unwrap_or(text);
        if bare != text {
            reader.mistake(
                entry.span(),
                "channels are notifiers, named without a prefix",
                Some(format!("write \"{bare}\"")),
            );
            continue;
        }
        let Some(name) = reader.name(text, entry.span(), "a notifier") else { continue };
        if channels.contains(&name) {
            reader.mistake(entry.span(), format!("`{name}` stands here twice"), None);
            continue;
        }
        spots.mentions.push((Mention::Notifier(name.clone()), entry.span()));
        channels.push(name);
    }
    Some(channels)
}

/// `[roles]`.
pub(super) fn roles<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    contacts: &Contacts,
    schedules: Option<&Schedules>,
    spots: &mut Spots,
) -> Roles {
    let mut roles = Roles::new();
    let Some(section) = policy.get("roles").and_then(|value| reader.table(value)) else { return roles };
    for (key, value) in section {
        let name = reader.name(key.get_ref(), key.span(), "a role");
        let Some(list) = reader.array(value, "members") else { continue };
        let members = list.iter().filter_map(|entry| member(reader, entry, contacts, schedules, spots)).collect();
        if let Some(name) = name {
            spots.roles.insert(name.clone(), key.span());
            roles.insert(name, members);
        }
    }
    roles
}

fn member<'t>(
    reader: &mut Reader<'t>,
    entry: &Value<'t>,
    contacts: &Contacts,
    schedules: Option<&Schedules>,
    spots: &mut Spots,
) -> Option<Member> {
    let text = reader.string(entry, "a member of a role")?;
    if let Some(post) = text.strip_prefix(ON_CALL) {
        return on_call(reader, post, entry, schedules);
    }
    match target_of(reader, text, entry, MEMBER_FORMS, contacts.keys(), spots)? {
        Target::Contact(name) => known_contact(reader, name, entry, contacts, "contact:").map(Member::Contact),
        Target::Notifier(choice) => Some(Member::Notifier(choice)),
        Target::Role(_) | Target::Agent(_) => {
            reader.mistake(
                entry.span(),
                format!("`{text}` cannot be a member of a role: expected {MEMBER_FORMS}"),
                None,
            );
            None
        }
    }
}

/// `SCHEDULE/LAYER`, after its prefix.
fn on_call(reader: &mut Reader<'_>, post: &str, entry: &Value<'_>, schedules: Option<&Schedules>) -> Option<Member> {
    let Some((schedule, layer)) = post.split_once('/') else {
        let message = format!("`{ON_CALL}{post}` names no layer: expected {ON_CALL}SCHEDULE/LAYER");
        reader.mistake(entry.span(), message, Some(format!("for example \"{ON_CALL}{post}/primary\"")));
        return None;
    };
    let schedule = reader.name(schedule, entry.span(), "a schedule");
    let layer = reader.name(layer, entry.span(), "a layer");
    // Schedules that cannot be read are mistakes of their own.
    let (schedule, layer, schedules) = (schedule?, layer?, schedules?);
    let Some(known) = schedules.get(&schedule) else {
        let hint = nearest(schedule.as_str(), schedules.keys().map(Name::as_str)).map_or_else(
            || format!("add [schedules.{schedule}] with its zone and [schedules.{schedule}.layers.{layer}]"),
            |near| format!("did you mean `{ON_CALL}{near}/{layer}`?"),
        );
        reader.mistake(entry.span(), format!("there is no schedule `{schedule}`"), Some(hint));
        return None;
    };
    if !known.layers.contains_key(&layer) {
        let hint = nearest(layer.as_str(), known.layers.keys().map(Name::as_str)).map_or_else(
            || format!("add [schedules.{schedule}.layers.{layer}] with people"),
            |near| format!("did you mean `{ON_CALL}{schedule}/{near}`?"),
        );
        reader.mistake(entry.span(), format!("the schedule `{schedule}` has no layer `{layer}`"), Some(hint));
        return None;
    }
    Some(Member::OnCall { schedule, layer })
}

/// `fallback`.
pub(super) fn fallback<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Vec<Target>> {
    let value = reader.required(
        policy,
        "fallback",
        &(0..0),
        "before the first section, for example: fallback = [\"notifier:*\"]",
    )?;
    spots.fallback = value.span();
    people(reader, value, roles, contacts, spots)
}

/// A list of targets that are people or rooms.
pub(super) fn people<'t>(
    reader: &mut Reader<'t>,
    value: &Value<'t>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Vec<Target>> {
    let targets = targets(reader, value, roles, contacts, spots)?;
    if targets.iter().any(|target| matches!(target, Target::Agent(_))) {
        reader.mistake(value.span(), "the fallback tells people: an agent is none", None);
    }
    Some(targets)
}

/// A list of targets, at least one.
pub(super) fn targets<'t>(
    reader: &mut Reader<'t>,
    value: &Value<'t>,
    roles: &Roles,
    contacts: &Contacts,
    spots: &mut Spots,
) -> Option<Vec<Target>> {
    let list = reader.array(value, "targets")?;
    if list.is_empty() {
        reader.mistake(value.span(), format!("at least one target: {FORMS}"), None);
    }
    let mut targets = Vec::new();
    for entry in list {
        let Some(text) = reader.string(entry, "a target") else { continue };
        let known = roles.keys().chain(contacts.keys());
        let target = match target_of(reader, text, entry, FORMS, known, spots) {
            Some(Target::Role(name)) => known_role(reader, name, entry, roles).map(Target::Role),
            Some(Target::Contact(name)) => {
                known_contact(reader, name, entry, contacts, "contact:").map(Target::Contact)
            }
            other => other,
        };
        let Some(target) = target else { continue };
        if targets.contains(&target) {
            reader.mistake(entry.span(), format!("`{text}` stands here twice"), None);
        } else {
            targets.push(target);
        }
    }
    Some(targets)
}

/// Reads `prefix:name`, whatever it names.
fn target_of<'n>(
    reader: &mut Reader<'_>,
    text: &str,
    entry: &Value<'_>,
    forms: &str,
    known: impl Iterator<Item = &'n Name>,
    spots: &mut Spots,
) -> Option<Target> {
    let span = entry.span();
    let Some((prefix, rest)) = text.split_once(':') else {
        let hint = known.map(Name::as_str).find(|name| *name == text).map_or_else(
            || format!("for example \"notifier:{text}\""),
            |name| format!("write \"contact:{name}\" or \"role:{name}\""),
        );
        reader.mistake(span, format!("`{text}` does not say what it names: expected {forms}"), Some(hint));
        return None;
    };
    if !["role", "contact", "notifier", "agent"].contains(&prefix) {
        let hint = if prefix == "oncall" {
            Some(format!("put \"{text}\" into a role and name that: primary = [\"{text}\"] in [roles]"))
        } else {
            nearest(prefix, ["role", "contact", "notifier", "agent"])
                .map(|near| format!("did you mean `{near}:{rest}`?"))
        };
        reader.mistake(span, format!("`{text}` is no target: expected {forms}"), hint);
        return None;
    }
    if rest == "*" {
        return match prefix {
            "notifier" => Some(Target::Notifier(Choice::Every)),
            "agent" => Some(Target::Agent(Choice::Every)),
            _ => {
                reader.mistake(span, format!("`*` stands for notifiers and agents only: expected {forms}"), None);
                None
            }
        };
    }
    let name = reader.name(rest, span.clone(), &format!("a{} {prefix}", if prefix == "agent" { "n" } else { "" }))?;
    Some(match prefix {
        "role" => Target::Role(name),
        "contact" => Target::Contact(name),
        "notifier" => {
            spots.mentions.push((Mention::Notifier(name.clone()), span));
            Target::Notifier(Choice::Named(name))
        }
        _ => {
            spots.mentions.push((Mention::Agent(name.clone()), span));
            Target::Agent(Choice::Named(name))
        }
    })
}

fn known_role(reader: &mut Reader<'_>, name: Name, entry: &Value<'_>, roles: &Roles) -> Option<Name> {
    if roles.contains_key(&name) {
        return Some(name);
    }
    let hint = nearest(name.as_str(), roles.keys().map(Name::as_str))
        .map_or_else(|| format!("add `{name} = []` to [roles]"), |near| format!("did you mean `role:{near}`?"));
    reader.mistake(entry.span(), format!("there is no role `{name}` in [roles]"), Some(hint));
    None
}

/// `prefix` is how a contact is written here.
pub(super) fn known_contact(
    reader: &mut Reader<'_>,
    name: Name,
    entry: &Value<'_>,
    contacts: &Contacts,
    prefix: &str,
) -> Option<Name> {
    if contacts.contains_key(&name) {
        return Some(name);
    }
    let hint = nearest(name.as_str(), contacts.keys().map(Name::as_str)).map_or_else(
        || format!("add [contacts.{name}] with its channels"),
        |near| format!("did you mean `{prefix}{near}`?"),
    );
    reader.mistake(entry.span(), format!("there is no contact `{name}`"), Some(hint));
    None
}
