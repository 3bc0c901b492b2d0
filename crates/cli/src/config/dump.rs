//! What holds, and where each value comes from. Secrets are `***`.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::raw::{Place, Sources, Table, Value, is_public};

/// What stands for a secret.
const HIDDEN: &str = "***";

/// One value of the configuration.
struct Line {
    path: Vec<String>,
    value: Json,
    from: String,
}

/// As TOML with a comment behind each value that is not a default.
#[must_use]
pub fn toml(merged: &Table, sources: &Sources) -> String {
    let mut lines = lines(merged, sources);
    // Keys of the top come before the first section, as TOML wants it.
    lines.sort_by_key(section);
    let mut out = String::new();
    let mut open: Option<String> = None;
    for line in &lines {
        let section = section(line);
        if section != open {
            if let Some(name) = &section {
                // Writing to a String cannot fail.
                let _ = write!(out, "\n[{name}]\n");
            }
            open = section;
        }
        let key = line.path.last().map_or("", String::as_str);
        let _ = writeln!(out, "{} = {}  # {}", quoted_key(key), line.value, line.from);
    }
    out.trim_end().to_owned()
}

/// As JSON: `{"server": {"port": {"value": 3001, "from": "default"}}}`.
#[must_use]
pub fn json(merged: &Table, sources: &Sources) -> Json {
    fn put(table: &mut Map<String, Json>, path: &[String], value: Json) {
        match path {
            [] => {}
            [key] => {
                table.insert(key.clone(), value);
            }
            [first, rest @ ..] => {
                if let Json::Object(inner) = table.entry(first.clone()).or_insert_with(|| Json::Object(Map::new())) {
                    put(inner, rest, value);
                }
            }
        }
    }
    let mut root = Map::new();
    for line in lines(merged, sources) {
        put(&mut root, &line.path, json!({"value": line.value, "from": line.from}));
    }
    Json::Object(root)
}

fn section(line: &Line) -> Option<String> {
    let tables = &line.path[..line.path.len().saturating_sub(1)];
    let quoted: Vec<_> = tables.iter().map(|part| quoted_key(part)).collect();
    (!quoted.is_empty()).then(|| quoted.join("."))
}

fn quoted_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if bare { key.to_owned() } else { Json::from(key).to_string() }
}

fn lines(merged: &Table, sources: &Sources) -> Vec<Line> {
    fn walk(path: &mut Vec<String>, table: &Table, sources: &Sources, found: &mut Vec<Line>) {
        for (key, entry) in &table.0 {
            path.push(key.clone());
            match &entry.node.value {
                Value::Table(inner) => walk(path, inner, sources, found),
                value => {
                    let from = from(&entry.node.place, sources);
                    found.push(Line { path: path.clone(), value: shown(path, value), from });
                }
            }
            path.pop();
        }
    }
    let mut found = Vec::new();
    walk(&mut Vec::new(), merged, sources, &mut found);
    found
}

fn shown(path: &[String], value: &Value) -> Json {
    match value {
        Value::Text(text) if is_public(path, text.expose()) => Json::from(text.expose().as_str()),
        Value::Text(_) => Json::from(HIDDEN),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Flag(flag) => Json::from(*flag),
        Value::Date | Value::Table(_) => Json::from(HIDDEN),
        Value::List(items) => items.iter().map(|item| shown(path, &item.value)).collect(),
    }
}

fn from(place: &Place, sources: &Sources) -> String {
    match place {
        Place::Text { source: 0, .. } => "default".to_owned(),
        Place::Text { source, span } => {
            let Some(source) = sources.0.get(*source) else { return "file".to_owned() };
            let line = source.text.expose().get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1;
            format!("{}:{line}", source.name)
        }
        Place::Variable(name) => name.clone(),
        Place::Flag(name) => (*name).to_owned(),
    }
}
