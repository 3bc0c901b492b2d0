//! The configuration: defaults, then the file, then the environment, then the flags; every mistake told at once.

pub mod adapters;
pub mod dump;
pub mod environment;
pub mod errors;
pub mod policy;
pub mod raw;
mod reader;
pub mod secrets;
pub mod validated;

use std::path::{Path, PathBuf};

use integrations::request::Secret;

use self::environment::Environment;
use self::errors::{Mistake, Report};
use self::raw::{Place, Table, Value};
pub use self::validated::Config;

/// The commented example at the root of the repository: also the defaults, so that the two cannot disagree.
pub const DEFAULTS: &str = include_str!("../../../../config.example.toml");

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--port`.
    pub port: Option<u16>,
}

impl Flags {
    fn layer(&self) -> Table {
        let mut table = Table::default();
        let mut put = |flag, path: &[&str], text: Option<String>| {
            if let Some(text) = text {
                table.put(path, &Place::Flag(flag), Value::Text(Secret::new(text)));
            }
        };
        put("--data-dir", &["data_dir"], self.data_dir.as_ref().map(|path| path.display().to_string()));
        put("--listen", &["server", "listen"], self.listen.clone());
        put("--port", &["server", "port"], self.port.map(|port| port.to_string()));
        table
    }
}

/// A sound configuration with what is to be said about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Warnings only.
    pub report: Report,
    /// All layers as one tree, for `config dump`.
    pub merged: Table,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
}

/// Which file to read: `--config`, `WATCHFIRE_CONFIG`, or `watchfire.toml` here if it is there. Also gives where it was named.
fn chosen(flags: &Flags, environment: &Environment, here: &Path) -> Option<(PathBuf, Option<Place>)> {
    if let Some(path) = &flags.config {
        return Some((path.clone(), Some(Place::Flag("--config"))));
    }
    if let Some(path) = environment.get("WATCHFIRE_CONFIG") {
        return Some((PathBuf::from(path.expose()), Some(Place::Variable("WATCHFIRE_CONFIG".to_owned()))));
    }
    here.join("watchfire.toml").is_file().then(|| (PathBuf::from("watchfire.toml"), None))
}

/// Reads everything. `here` is the working directory: what defaults, environment and flags name is meant from there, what a file names from
/// the file's own folder.
///
/// # Errors
/// Every mistake.
pub fn load(flags: &Flags, environment: &Environment, here: &Path) -> Result<Loaded, Box<Report>> {
    let mut report = Report::default();
    let source = report.sources.add("config.example.toml", DEFAULTS);
    let (mut merged, _) = raw::read(source, DEFAULTS);
    let file = chosen(flags, environment, here);
    if let Some((path, named)) = &file {
        match std::fs::read_to_string(here.join(path)) {
            Ok(text) => merged.overlay(read_file(path, &text, &mut report).unwrap_or_default()),
            Err(error) => {
                let message = format!("the file {} cannot be read: {error}", path.display());
                report.note(
                    named.as_ref().map_or_else(|| Mistake::nowhere(&message), |place| Mistake::at(place, &message)),
                );
            }
        }
    }
    merged.overlay(environment::layer(environment, &mut report));
    merged.overlay(flags.layer());
    environment::judge(environment, &mut merged, &mut report);
    let folder =
        file.as_ref().and_then(|(path, _)| path.parent()).map_or_else(|| here.to_owned(), |parent| here.join(parent));
    let config = validated::read(&merged, &validated::Folders { here: here.to_owned(), file: folder }, &mut report);
    match config {
        Some(config) if !report.has_errors() => Ok(Loaded { config, report, merged, file: file.map(|(path, _)| path) }),
        _ => Err(Box::new(report)),
    }
}

/// `None` for a file that is no TOML: what could be read of it would only lead to mistakes that are none.
fn read_file(path: &Path, text: &str, report: &mut Report) -> Option<Table> {
    let source = report.sources.add(path.display().to_string(), text);
    let (table, mistakes) = raw::read(source, text);
    report.sources.0[source].hidden =
        if mistakes.is_empty() { raw::hidden(&table) } else { errors::hidden_in_broken(text) };
    let is_sound = mistakes.is_empty();
    for mistake in mistakes {
        report.note(Mistake::at(&Place::Text { source, span: mistake.span }, mistake.message));
    }
    is_sound.then_some(table)
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a folder that cannot be made, or a refused configuration, fails the test"
)]
mod tests;
