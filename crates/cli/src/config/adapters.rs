//! `[notifiers.NAME]` and `[agents.NAME]`: tables that only their adapter can judge, and the places its mistakes belong to.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::Name;
use domain::policy::Directory;
use integrations::agent::Agent;
use integrations::notifier::Notifier;
use integrations::registry::{self, ConfigError};
use serde_json::Value as Json;

use super::errors::{Mistake, Report, nearest};
use super::raw::{Node, Place, Table, Value};
use super::reader::Reader;
use super::validated::Folders;

/// The name of the notifier that is there when no other is.
pub const CONSOLE: &str = "console";

/// The notifiers; the console alone when no table is there.
pub fn notifiers(merged: &Table, folders: &Folders, report: &mut Report) -> BTreeMap<Name, Arc<dyn Notifier>> {
    let kinds: Vec<_> = registry::notifier_kinds().collect();
    let mut found = read(merged, "notifiers", &kinds, folders, report, |kind, name, table| {
        registry::notifier(kind, name, table).map(|configured| configured.adapter)
    });
    if !has_any(merged, "notifiers") {
        let name: Option<Name> = CONSOLE.parse().ok();
        found.extend(name.and_then(|name| {
            let adapter = registry::notifier(CONSOLE, &name, registry::Table::new()).ok()?.adapter;
            Some((name, adapter))
        }));
    }
    found
}

/// The agents.
pub fn agents(merged: &Table, folders: &Folders, report: &mut Report) -> BTreeMap<Name, Arc<dyn Agent>> {
    let kinds: Vec<_> = registry::agent_kinds().collect();
    read(merged, "agents", &kinds, folders, report, |kind, name, table| {
        registry::agent(kind, name, table).map(|configured| configured.adapter)
    })
}

/// What a policy may name. A table with a mistake counts, so that its name is not reported a second time by the policy.
pub fn directory(
    merged: &Table,
    notifiers: &BTreeMap<Name, Arc<dyn Notifier>>,
    agents: &BTreeMap<Name, Arc<dyn Agent>>,
) -> Directory {
    let written = |section: &str| match merged.get(&[section]).map(|node| &node.value) {
        Some(Value::Table(table)) => table.0.keys().filter_map(|name| name.parse().ok()).collect(),
        _ => Vec::new(),
    };
    let all = |section, made: Vec<Name>| {
        let mut names: Vec<Name> = written(section);
        names.extend(made);
        names.sort();
        names.dedup();
        names
    };
    Directory {
        notifiers: all("notifiers", notifiers.keys().cloned().collect()),
        agents: all("agents", agents.keys().cloned().collect()),
    }
}

fn has_any(merged: &Table, section: &str) -> bool {
    matches!(merged.get(&[section]).map(|node| &node.value), Some(Value::Table(table)) if !table.0.is_empty())
}

fn read<Adapter: ?Sized>(
    merged: &Table,
    section: &str,
    kinds: &[&'static str],
    folders: &Folders,
    report: &mut Report,
    make: impl Fn(&str, &Name, registry::Table) -> Result<Arc<Adapter>, Vec<ConfigError>>,
) -> BTreeMap<Name, Arc<Adapter>> {
    let mut made = BTreeMap::new();
    for (name, place, table) in Reader::of(merged, section, report).tables() {
        let Ok(name) = name.parse::<Name>() else {
            let mistake = Mistake::at(place, format!("{name:?} cannot be a name in `{section}`"));
            report.note(mistake.with_hint("1 to 64 of a-z, 0-9, '-', '_' and '.'"));
            continue;
        };
        let path = format!("{section}.{name}");
        let Some((kind, kind_place)) = kind_of(&path, place, table, kinds, report) else { continue };
        let Some(json) = json_of(&path, &kind, table, folders, report) else { continue };
        match make(&kind, &name, json) {
            Ok(adapter) => {
                made.insert(name, adapter);
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    report.note(pointed(&path, place, &kind_place, table, mistake));
                }
            }
        }
    }
    made
}

fn kind_of(path: &str, place: &Place, table: &Table, kinds: &[&str], report: &mut Report) -> Option<(String, Place)> {
    let known = format!("known kinds: {}", kinds.join(", "));
    match table.get(&["type"]) {
        Some(Node { place, value: Value::Text(kind) }) => {
            let kind = kind.expose().trim();
            if kinds.contains(&kind) {
                return Some((kind.to_owned(), place.clone()));
            }
            let hint = nearest(kind, kinds.iter().copied()).map_or(known, |meant| format!("did you mean \"{meant}\"?"));
            report.note(Mistake::at(place, format!("`{path}.type`: there is no kind {kind:?}")).with_hint(hint));
        }
        Some(Node { place, value }) => {
            report.note(
                Mistake::at(place, format!("`{path}.type` must be text, but is {}", value.word())).with_hint(known),
            );
        }
        None => report.note(Mistake::at(place, format!("`{path}` has no `type`")).with_hint(known)),
    }
    None
}

/// The table as its adapter takes it; `FIELD_file` of a secret field becomes the field. `None` with a noted mistake.
fn json_of(path: &str, kind: &str, table: &Table, folders: &Folders, report: &mut Report) -> Option<registry::Table> {
    let mut json = registry::Table::new();
    let mut sound = true;
    for (key, entry) in &table.0 {
        let secret = key.strip_suffix("_file").filter(|field| registry::secret_fields(kind).contains(field));
        let Some(field) = secret else {
            let value = match &entry.node.value {
                Value::Text(file) if key == "ca_file" => {
                    Json::String(folders.meant(&entry.node.place, file.expose().as_ref()).display().to_string())
                }
                _ => value_of(&entry.node),
            };
            json.insert(key.clone(), value);
            continue;
        };
        let text = match &entry.node.value {
            _ if table.0.contains_key(field) => {
                Err(format!("`{path}.{key}` is there, and `{field}` too: which is meant cannot be known"))
            }
            Value::Text(file) => super::secrets::read_file(&folders.meant(&entry.node.place, file.expose().as_ref())),
            other => Err(format!("`{path}.{key}` must be the path of a file, but is {}", other.word())),
        };
        match text {
            Ok(text) => {
                json.insert(field.to_owned(), Json::String(text.expose().clone()));
            }
            Err(reason) => {
                report.note(Mistake::at(&entry.node.place, reason));
                sound = false;
            }
        }
    }
    sound.then_some(json)
}

fn value_of(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) => Json::String(text.expose().clone()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Flag(flag) => Json::from(*flag),
        Value::Date => Json::Null,
        Value::List(items) => items.iter().map(value_of).collect(),
        Value::Table(table) => table.0.iter().map(|(key, entry)| (key.clone(), value_of(&entry.node))).collect(),
    }
}

/// An adapter's mistake at its line: the field's, or the whole table's when the field is missing.
fn pointed(path: &str, place: &Place, kind: &Place, table: &Table, mistake: ConfigError) -> Mistake {
    let ConfigError { field, message, hint } = mistake;
    let written = table.0.get(&field).or_else(|| table.0.get(&format!("{field}_file")));
    let at = match written {
        // The key, because the value may be a table of its own, or a secret that is not shown.
        Some(entry) if matches!(entry.key, Place::Text { .. }) => entry.node.place.clone(),
        Some(entry) => entry.key.clone(),
        // Made from the environment: the section stands nowhere, but the variable that asked for it does.
        None if matches!(place, Place::Text { .. }) => place.clone(),
        None => kind.clone(),
    };
    // Who works with the environment is told its name for what is missing.
    let variable = if written.is_none() && at.is_textual() {
        let full: Vec<_> = path.split('.').chain([field.as_str()]).collect();
        super::environment::variable_of(&full).map(|name| format!("set {name}"))
    } else {
        None
    };
    Mistake { hint: variable.or(hint), ..Mistake::at(&at, format!("`{path}.{field}` {message}")) }
}
