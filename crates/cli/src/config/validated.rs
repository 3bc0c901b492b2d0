//! The configuration, known to be sound.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::id::Name;
use integrations::agent::Agent;
use integrations::notifier::Notifier;
use integrations::request::Secret;
use url::Url;

use super::adapters;
use super::errors::{Mistake, Report, nearest};
use super::policy::{self, PolicyFile};
use super::raw::{Place, Table};
use super::reader::Reader;

/// Everything that is configured.
pub struct Config {
    /// Where Watchfire keeps what it makes itself.
    pub data_dir: PathBuf,
    /// Where people and agents reach this service from outside, without a trailing slash.
    pub public_url: Option<String>,
    /// Listening.
    pub server: Server,
    /// Remembering.
    pub database: Database,
    /// What Sentry sends.
    pub sentry: Sentry,
    /// Notifiers by name; the console alone when nothing else is configured.
    pub notifiers: BTreeMap<Name, Arc<dyn Notifier>>,
    /// Agents by name.
    pub agents: BTreeMap<Name, Arc<dyn Agent>>,
    /// The policy.
    pub policy: PolicyFile,
    /// Logs.
    pub log: Log,
    /// How long what is over is kept.
    pub retention: store::record::Retention,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("data_dir", &self.data_dir)
            .field("server", &self.server)
            .field("database", &self.database)
            .field("sentry", &self.sentry)
            .finish_non_exhaustive()
    }
}

/// `[server]`.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address to listen on.
    pub listen: IpAddr,
    /// Port; 0 lets the system choose, and the choice is printed and kept for the commands.
    pub port: u16,
    /// How many connections are served at once.
    pub max_connections: usize,
}

/// `[store]`: SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The file.
    pub path: PathBuf,
    /// Nothing may be written: `mode=ro`.
    pub read_only: bool,
    /// `max_page_count`: how many pages of 4 KiB the database may have.
    pub max_pages: Option<u32>,
}

/// `[sentry]`.
#[derive(Debug, Clone)]
pub struct Sentry {
    /// Live secrets; empty means that one is generated and kept in the data directory.
    pub secrets: Vec<Secret<String>>,
    /// When false, hooks are stored and nothing is opened.
    pub monitoring: bool,
    /// When false, low is as ignore.
    pub process_low: bool,
}

/// `[log]`.
#[derive(Debug, Clone)]
pub struct Log {
    /// Shape of a line.
    pub format: LogFormat,
    /// What is said: a level, or directives such as `info,engine=debug`.
    pub level: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// From where relative paths are meant.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The working directory: for defaults, environment and flags.
    pub here: PathBuf,
    /// The folder of the configuration file: for what stands in it.
    pub file: PathBuf,
}

impl Folders {
    /// A path as it is meant. Source 0 is the embedded defaults.
    #[must_use]
    pub fn meant(&self, place: &Place, path: &Path) -> PathBuf {
        match place {
            Place::Text { source, .. } if *source > 0 => tidy(&self.file.join(path)),
            _ => tidy(&self.here.join(path)),
        }
    }
}

/// Without `.` in the middle, so that messages show a path as people write it.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Reads the merged tree; `None` only together with a noted mistake.
pub fn read(merged: &Table, folders: &Folders, report: &mut Report) -> Option<Config> {
    let mut top = Reader::of(merged, "", report);
    for section in ["server", "store", "sentry", "notifiers", "agents", "log", "retention"] {
        top.leave(section);
    }
    let data_dir = top.path_value("data_dir").map(|(place, path)| folders.meant(place, &path));
    let public_url = top.text("public_url").and_then(|(place, text)| match public_address(text) {
        Ok(url) => Some(url),
        Err(expected) => {
            top.report().note(
                Mistake::at(place, format!("`public_url` {expected}"))
                    .with_hint("such as \"https://watchfire.example.com\""),
            );
            None
        }
    });
    let policy_path = top.path_value("policy").map(|(place, path)| (place.clone(), folders.meant(place, &path)));
    top.finish();
    let server = server(merged, report);
    let database = database(merged, data_dir.as_deref(), folders, report);
    let sentry = sentry(merged, folders, report);
    let log = log(merged, report);
    let retention = retention(merged, report);
    let notifiers = adapters::notifiers(merged, folders, report);
    let agents = adapters::agents(merged, folders, report);
    let directory = adapters::directory(merged, &notifiers, &agents);
    let policy = policy::load(policy_path, sentry.process_low, &directory, report);
    Some(Config {
        data_dir: data_dir?,
        public_url,
        server: server?,
        database: database?,
        sentry,
        notifiers,
        agents,
        policy: policy?,
        log: log?,
        retention: retention?,
    })
}

fn public_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("is not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err("must begin with https:// or http:// and name a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an address alone: no user name, no query, no fragment".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn server(merged: &Table, report: &mut Report) -> Option<Server> {
    let mut section = Reader::of(merged, "server", report);
    let listen = section.address("listen");
    let port = section.integer("port", 0..=65_535);
    let connections = section.integer("max_connections", 1..=1_000_000);
    section.finish();
    Some(Server {
        listen: listen?,
        port: u16::try_from(port?).ok()?,
        max_connections: usize::try_from(connections?).ok()?,
    })
}

fn sentry(merged: &Table, folders: &Folders, report: &mut Report) -> Sentry {
    let mut section = Reader::of(merged, "sentry", report);
    let mut secrets = section.secrets("secrets");
    let from_file = section.path_value("secrets_file");
    let monitoring = section.flag("monitoring").unwrap_or(true);
    let process_low = section.flag("process_low_priority").unwrap_or(true);
    if let Some((place, path)) = from_file {
        match super::secrets::read_file(&folders.meant(place, &path)) {
            Ok(text) => {
                let lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty());
                secrets.extend(lines.map(|line| (place, Secret::new(line.to_owned()))));
            }
            Err(reason) => section.report().note(Mistake::at(place, reason)),
        }
    }
    for (place, secret) in &secrets {
        if secret.expose().len() < 32 {
            let mistake = Mistake::at(place, "a secret of Sentry's webhook has fewer than 32 characters");
            let hint = "Sentry's own client secrets have 64; `watchfire secret generate` makes one for other senders";
            section.report().note(mistake.with_hint(hint).as_warning());
        }
    }
    section.finish();
    Sentry { secrets: secrets.into_iter().map(|(_, secret)| secret).collect(), monitoring, process_low }
}

fn log(merged: &Table, report: &mut Report) -> Option<Log> {
    let mut section = Reader::of(merged, "log", report);
    let format = section.word("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    let level = section.text("level").and_then(|(place, text)| {
        let Some((message, hint)) = wrong_level(text) else { return Some(text.to_owned()) };
        section.report().note(Mistake::at(place, format!("`log.level`: {message}")).with_hint(hint));
        None
    });
    section.finish();
    Some(Log { format: format?, level: level? })
}

/// What is wrong with a log level, and the way out. tracing-subscriber takes a word that is no level as the name of a part, and would then
/// say nothing of all others (its `Targets`, "a bare target").
fn wrong_level(text: &str) -> Option<(String, String)> {
    const WORDS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    const FORM: &str = "off, error, warn, info, debug, trace, or such as \"info,watchfire_engine=debug\"";
    for directive in text.split(',').map(str::trim) {
        let word = directive.rsplit_once('=').map_or(directive, |(_, level)| level.trim());
        if word.is_empty() || word.parse::<tracing::level_filters::LevelFilter>().is_err() {
            let meant = nearest(&word.to_ascii_lowercase(), WORDS).map(|meant| format!("did you mean \"{meant}\"?"));
            return Some((format!("{word:?} is no level"), meant.unwrap_or_else(|| FORM.to_owned())));
        }
    }
    text.parse::<tracing_subscriber::filter::Targets>()
        .is_err()
        .then(|| ("it cannot be read".to_owned(), FORM.to_owned()))
}

fn retention(merged: &Table, report: &mut Report) -> Option<store::record::Retention> {
    let mut section = Reader::of(merged, "retention", report);
    let mut read = |key| section.duration(key);
    let (deliveries, tasks, incidents): (Option<Duration>, _, _) =
        (read("deliveries"), read("tasks"), read("incidents"));
    section.finish();
    Some(store::record::Retention { deliveries: deliveries?, tasks: tasks?, incidents: incidents? })
}

/// `sqlite:PATH?mode=ro&max_page_count=N`; without a `[store] url` the file in the data directory.
fn database(merged: &Table, data_dir: Option<&Path>, folders: &Folders, report: &mut Report) -> Option<Database> {
    let mut section = Reader::of(merged, "store", report);
    let url = section.text("url").map(|(place, text)| (place.clone(), text.to_owned()));
    section.finish();
    let Some((place, url)) = url else {
        return Some(Database { path: data_dir?.join("watchfire.db"), read_only: false, max_pages: None });
    };
    match sqlite(&url) {
        Ok(database) => Some(Database { path: folders.meant(&place, &database.path), ..database }),
        Err((message, hint)) => {
            report.note(Mistake::at(&place, message).with_hint(hint));
            None
        }
    }
}

fn sqlite(url: &str) -> Result<Database, (String, &'static str)> {
    const FORM: &str = "sqlite:data/watchfire.db, or sqlite:///var/lib/watchfire/watchfire.db";
    let Some(rest) = url.strip_prefix("sqlite:") else {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Err((
                "PostgreSQL is not supported yet: this version keeps everything in SQLite".to_owned(),
                "leave the address out, or write sqlite:PATH; one process with SQLite takes thousands of hooks per second",
            ));
        }
        return Err(("the database's address must begin with sqlite:".to_owned(), FORM));
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return Err(("the database's address names no file".to_owned(), FORM));
    }
    let mut database = Database { path: PathBuf::from(path), read_only: false, max_pages: None };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("mode", "ro")) => database.read_only = true,
            Some(("mode", "rw" | "rwc")) => {}
            Some(("max_page_count", pages)) if pages.parse::<u32>().is_ok_and(|pages| pages > 0) => {
                database.max_pages = pages.parse().ok();
            }
            _ => {
                return Err((
                    format!("the database's address has an option that is not known: {pair:?}"),
                    "mode=ro, mode=rwc, max_page_count=N",
                ));
            }
        }
    }
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_refused_instead_of_silencing_the_log() {
        for sound in ["info", "INFO", "off", "info,watchfire_engine=debug", "warn, store=off"] {
            assert_eq!(wrong_level(sound), None, "{sound}");
        }
        let hint = |text: &str| wrong_level(text).map(|(_, hint)| hint).unwrap_or_default();
        assert_eq!(hint("inof"), "did you mean \"info\"?");
        assert_eq!(hint("info,watchfire_engine=debgu"), "did you mean \"debug\"?");
        for bad in ["loud", "info,watchfire_engine", "info,", "a="] {
            assert!(hint(bad).starts_with("off, error"), "{bad}");
        }
    }

    #[test]
    fn the_database_is_a_file_of_sqlite() {
        let path = |url| sqlite(url).map(|database| database.path.display().to_string()).ok();
        assert_eq!(path("sqlite:a/b.db").as_deref(), Some("a/b.db"));
        assert_eq!(path("sqlite://a.db").as_deref(), Some("a.db"));
        assert_eq!(path("sqlite:///var/a.db").as_deref(), Some("/var/a.db"));
        for bad in
            ["sqlite::memory:", "sqlite:", "mysql://x", "a.db", "sqlite:a.db?mode=fast", "sqlite:a?max_page_count=0"]
        {
            assert_eq!(path(bad), None, "{bad}");
        }
        let limited = sqlite("sqlite:a.db?mode=ro&max_page_count=50").ok();
        assert_eq!(limited, Some(Database { path: "a.db".into(), read_only: true, max_pages: Some(50) }));
        assert!(sqlite("postgres://u:hunter2@h/db").is_err_and(|(message, _)| message.contains("not supported yet")));
    }
}
