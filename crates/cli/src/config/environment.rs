//! The environment as a layer: each name that people already have, and where in the configuration it belongs.

use std::collections::BTreeMap;
use std::path::Path;

use integrations::request::Secret;

use super::errors::{Mistake, Report, nearest};
use super::raw::{Node, Place, Table, Value};

/// The variables of a process. A value, so that tests need not touch the real one.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Secret<String>>);

impl Environment {
    /// This process's. A value that is no Unicode is none of ours and left out.
    #[must_use]
    pub fn of_process() -> Self {
        let unicode =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(unicode.map(|(name, value)| (name, Secret::new(value))).collect())
    }

    /// Made of pairs.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).collect())
    }

    /// The value of a variable; an empty one counts as not set, because container tools pass what they do not have as empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret<String>> {
        self.0.get(name).filter(|value| !value.expose().trim().is_empty())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// How a variable's text is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    One,
    /// Separated by commas.
    Several,
}

/// What a variable is for.
struct Variable {
    name: &'static str,
    path: &'static [&'static str],
    shape: Shape,
    /// Also read from the file that `NAME_FILE` names.
    secret: bool,
    /// What the variable makes besides itself: a notifier's type.
    with: Option<(&'static [&'static str], &'static str)>,
}

const fn plain(name: &'static str, path: &'static [&'static str]) -> Variable {
    Variable { name, path, shape: Shape::One, secret: false, with: None }
}

const fn secret(name: &'static str, path: &'static [&'static str]) -> Variable {
    Variable { name, path, shape: Shape::One, secret: true, with: None }
}

const USED: &[Variable] = &[
    Variable {
        name: "SENTRY_WEBHOOK_SECRET",
        path: &["sentry", "secrets"],
        shape: Shape::Several,
        secret: true,
        with: None,
    },
    plain("SENTRY_WEBHOOK_PORT", &["server", "port"]),
    plain("SENTRY_MONITORING_ENABLED", &["sentry", "monitoring"]),
    plain("SENTRY_PROCESS_LOW_PRIORITY", &["sentry", "process_low_priority"]),
    secret("DATABASE_URL", &["store", "url"]),
    Variable {
        with: Some((&["notifiers", "slack", "type"], "slack")),
        ..secret("SLACK_BOT_TOKEN", &["notifiers", "slack", "token"])
    },
    plain("SLACK_CHANNEL", &["notifiers", "slack", "channel"]),
    Variable {
        with: Some((&["notifiers", "slack-webhook", "type"], "slack_webhook")),
        ..secret("SLACK_WEBHOOK_URL", &["notifiers", "slack-webhook", "url"])
    },
    Variable {
        with: Some((&["agents", "codegen", "type"], "codegen")),
        ..secret("CODEGEN_API_TOKEN", &["agents", "codegen", "token"])
    },
    plain("CODEGEN_ORG_ID", &["agents", "codegen", "org_id"]),
    plain("WATCHFIRE_DATA_DIR", &["data_dir"]),
    plain("WATCHFIRE_LISTEN", &["server", "listen"]),
    plain("WATCHFIRE_PORT", &["server", "port"]),
    plain("WATCHFIRE_PUBLIC_URL", &["public_url"]),
    plain("WATCHFIRE_POLICY", &["policy"]),
    plain("WATCHFIRE_LOG_FORMAT", &["log", "format"]),
    plain("WATCHFIRE_LOG_LEVEL", &["log", "level"]),
];

/// Variables that only add to a table, which another one or the file begins.
const ADDITIONS: &[(&str, &str)] = &[("SLACK_CHANNEL", "SLACK_BOT_TOKEN"), ("CODEGEN_ORG_ID", "CODEGEN_API_TOKEN")];

/// Read elsewhere, because no setting of the file is meant: by the choice of the file, by whoever looks for the running service, and by whoever
/// guards the feeds. With what each says, and whether `NAME_FILE` works too.
const ELSEWHERE: &[(&str, &str, bool)] = &[
    ("WATCHFIRE_CONFIG", "the file to read, as --config", false),
    ("WATCHFIRE_URL", "where the service is that commands talk to", false),
    ("WATCHFIRE_TOKEN", "a token that serve honours and commands send", true),
    ("WATCHFIRE_FEED_KEY", "the key of calendar feeds", true),
];

/// Names that people have and that this version does not use yet, with what they will be for.
const LATER: &[(&str, &str)] = &[
    ("SENTRY_AUTH_TOKEN", "reading Sentry's API"),
    ("SENTRY_ORG", "reading Sentry's API"),
    ("SENTRY_PROJECT", "reading Sentry's API"),
    ("SENTRY_DSN", "reporting Watchfire's own errors"),
    ("TELEGRAM_BOT_TOKEN", "the Telegram notifier"),
    ("TELEGRAM_CHAT_ID", "the Telegram notifier"),
    ("GITHUB_TOKEN", "the GitHub agent"),
    ("EMAIL_USERNAME", "the mail notifier"),
    ("EMAIL_PASSWORD", "the mail notifier"),
    ("NOTIFICATION_EMAIL", "the mail notifier"),
];

/// The environment as a tree, with its mistakes noted.
pub fn layer(environment: &Environment, report: &mut Report) -> Table {
    let mut table = Table::default();
    for variable in USED {
        let Some((place, text)) = read(environment, variable.name, variable.secret, report) else { continue };
        let value = match variable.shape {
            Shape::One => Value::Text(text),
            Shape::Several => Value::List(
                text.expose()
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| Node { place: place.clone(), value: Value::Text(Secret::new(part.to_owned())) })
                    .collect(),
            ),
        };
        table.put(variable.path, &place, value);
        if let Some((path, kind)) = variable.with {
            table.put(path, &place, Value::Text(Secret::new(kind.to_owned())));
        }
    }
    table
}

/// Additions to nothing, and names that only look like ours: noted once everything is laid together, because the file may hold the table.
pub fn judge(environment: &Environment, merged: &mut Table, report: &mut Report) {
    for (addition, beginning) in ADDITIONS {
        let Some(path) = USED.iter().find(|variable| variable.name == *addition).map(|variable| variable.path) else {
            continue;
        };
        let [section, name, ..] = path else { continue };
        if environment.get(addition).is_none() || merged.get(&[section, name, "type"]).is_some() {
            continue;
        }
        if let Some(Value::Table(tables)) = merged.0.get_mut(*section).map(|entry| &mut entry.node.value) {
            tables.0.remove(*name);
        }
        let place = Place::Variable((*addition).to_owned());
        let mistake = Mistake::at(&place, format!("does nothing without {beginning}"));
        report.note(mistake.with_hint(format!("set {beginning} as well, or unset {addition}")).as_warning());
    }
    let ours = || names().map(|(name, ..)| name);
    for name in environment.names().filter(|name| name.starts_with("WATCHFIRE_")) {
        let base = name.strip_suffix("_FILE").unwrap_or(name);
        if ours().any(|known| known == name || known == base) {
            continue;
        }
        let mistake = Mistake::at(&Place::Variable(name.to_owned()), "is no variable of Watchfire").as_warning();
        report.note(match nearest(name, ours()) {
            Some(meant) => mistake.with_hint(format!("did you mean {meant}?")),
            None => mistake.with_hint("watchfire config check --variables lists those there are"),
        });
    }
}

/// The names that are set and not used yet, with what they will be for.
#[must_use]
pub fn unused(environment: &Environment) -> Vec<(&'static str, &'static str)> {
    LATER.iter().filter(|(name, _)| environment.get(name).is_some()).copied().collect()
}

/// The variable that sets a path.
#[must_use]
pub fn variable_of(path: &[&str]) -> Option<&'static str> {
    USED.iter().find(|variable| variable.path == path).map(|variable| variable.name)
}

/// Every name that is used, with its place in the configuration, or what it says where it has none, and whether `NAME_FILE` works too.
pub fn names() -> impl Iterator<Item = (&'static str, String, bool)> {
    let elsewhere = ELSEWHERE.iter().map(|(name, says, secret)| (*name, (*says).to_owned(), *secret));
    USED.iter().map(|variable| (variable.name, variable.path.join("."), variable.secret)).chain(elsewhere)
}

/// A variable, or for a secret the file that `NAME_FILE` names; both at once are a mistake.
pub fn read(
    environment: &Environment,
    name: &str,
    secret: bool,
    report: &mut Report,
) -> Option<(Place, Secret<String>)> {
    let direct = environment
        .get(name)
        .map(|text| (Place::Variable(name.to_owned()), Secret::new(text.expose().trim().to_owned())));
    if !secret {
        return direct;
    }
    let file_variable = format!("{name}_FILE");
    let Some(path) = environment.get(&file_variable) else { return direct };
    let place = Place::Variable(file_variable);
    if direct.is_some() {
        report.note(
            Mistake::at(&place, format!("is set, and {name} too"))
                .with_hint("unset one of them: which is meant cannot be known"),
        );
        return None;
    }
    match super::secrets::read_file(Path::new(path.expose().trim())) {
        Ok(text) => Some((place, text)),
        Err(reason) => {
            report.note(Mistake::at(&place, reason));
            None
        }
    }
}
