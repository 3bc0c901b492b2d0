//! The policy file: found, read, and judged together with who is configured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::policy::check;
use domain::policy::file::{self, DEFAULT, PolicyError};
use domain::policy::{Directory, Policy};
use domain::time::Timestamp;

use super::errors::{Mistake, Report, Severity};
use super::raw::Place;

/// What the built-in policy is called in messages.
pub const BUILT_IN: &str = "policies/default.toml (built in)";

/// A sound policy with its text.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// Where it was read; `None` for the built-in one.
    pub path: Option<PathBuf>,
    /// Its text, kept with the incidents that start with it.
    pub text: Arc<str>,
    /// What it says.
    pub policy: Arc<Policy>,
    /// Who is configured besides it.
    pub directory: Directory,
}

/// Reads the policy that the configuration names, else the built-in one; `None` only together with a noted mistake. `process_low` is the
/// configuration's word on low signals: low opens incidents only when policy and configuration both want it.
pub fn load(
    named: Option<(Place, PathBuf)>,
    process_low: bool,
    directory: &Directory,
    report: &mut Report,
) -> Option<PolicyFile> {
    let (path, text) = match named {
        None => (None, DEFAULT.to_owned()),
        Some((place, path)) => match std::fs::read_to_string(&path) {
            Ok(text) => (Some(path), text),
            Err(error) => {
                report.note(Mistake::at(&place, format!("the policy {} cannot be read: {error}", path.display())));
                return None;
            }
        },
    };
    let name = path.as_deref().map_or_else(|| BUILT_IN.to_owned(), |path| path.display().to_string());
    let mut policy = judge(&name, &text, directory, report)?.policy;
    policy.triage.process_low &= process_low;
    Some(PolicyFile { path, text: text.into(), policy: Arc::new(policy), directory: directory.clone() })
}

/// Reads a policy's text and notes every mistake: of the text, and of names that nothing configured has.
fn judge(name: &str, text: &str, directory: &Directory, report: &mut Report) -> Option<file::PolicyFile> {
    match file::read_with_names(text, directory) {
        Ok(file) => Some(file),
        Err(mistakes) => {
            note(name, text, mistakes, Severity::Error, report);
            None
        }
    }
}

/// Every mistake and everything unwise of a policy, for `policy check`. Who is on call is looked at for the year from `now` on.
pub fn examine(path: Option<&Path>, text: &str, directory: &Directory, now: Timestamp) -> Report {
    let mut report = Report::default();
    let name = path.map_or_else(|| BUILT_IN.to_owned(), |path| path.display().to_string());
    if let Some(file) = judge(&name, text, directory, &mut report) {
        note(&name, text, check::warnings(&file, directory, now), Severity::Warning, &mut report);
    }
    report
}

/// How many rules a policy has; none when it cannot be read.
#[must_use]
pub fn rules(text: &str) -> usize {
    file::read(text).map_or(0, |file| file.policy.triage.rules.len())
}

/// The rungs of a sound policy that reach nobody; none of one that is not.
#[must_use]
pub fn silent(text: &str, directory: &Directory) -> Vec<check::SilentRung> {
    file::read(text).map_or_else(|_| Vec::new(), |file| check::silent_rungs(&file.policy, directory))
}

/// Notes the mistakes of a text that is read as a policy is.
pub fn note(name: &str, text: &str, mistakes: Vec<PolicyError>, severity: Severity, report: &mut Report) {
    if mistakes.is_empty() {
        return;
    }
    let source = report.sources.add(name, text);
    for PolicyError { span, message, hint, .. } in mistakes {
        report.note(Mistake { severity, place: Some(Place::Text { source, span }), message, hint });
    }
}
