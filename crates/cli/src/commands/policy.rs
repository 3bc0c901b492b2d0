//! `watchfire policy check`.

use std::path::Path;

use domain::policy::check::SilentRung;

use crate::config::policy;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, GREEN, YELLOW, print, say, styled};

/// Tells every mistake and everything unwise of a policy, judged with who is configured here.
///
/// # Errors
/// When there is a mistake.
pub fn check(session: &Session, file: Option<&Path>) -> Result<(), Failure> {
    let (path, text, directory) = match file {
        Some(path) => {
            let text = std::fs::read_to_string(session.here.join(path))
                .map_err(|error| Failure::Wrong(format!("the policy {} cannot be read: {error}", path.display())))?;
            (Some(path.to_owned()), text, session.load()?.config.policy.directory)
        }
        None => {
            let policy = session.load()?.config.policy;
            (policy.path, policy.text.to_string(), policy.directory)
        }
    };
    let report = policy::examine(path.as_deref(), &text, &directory, super::now());
    if report.has_errors() {
        return Err(Failure::Misconfigured(Box::new(report)));
    }
    let rules = match policy::rules(&text) {
        0 => "no rules".to_owned(),
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    let name = path.map_or_else(|| policy::BUILT_IN.to_owned(), |path| path.display().to_string());
    let silent = policy::silent(&text, &directory);
    if report.found.is_empty() && silent.is_empty() {
        return Ok(print(&format!("{} {name}, {rules}", styled(GREEN, "sound:")))?);
    }
    if !report.found.is_empty() {
        say(&report.render(true));
    }
    if !silent.is_empty() {
        say(&format!("{} these rungs reach nobody, neither a person nor an agent:", styled(YELLOW.bold(), "warning:")));
        for SilentRung { ladder, level, rung, after } in &silent {
            let ladder = ladder.as_ref().map_or_else(String::new, |name| format!(" of the ladder `{name}`"));
            let after = terminal::span(after.as_secs());
            say(&format!("  {:<12} rung {rung}{ladder}, {after} after the start", level.as_str()));
        }
    }
    let count = report.found.len() + usize::from(!silent.is_empty());
    let warnings = if count == 1 { "warning" } else { "warnings" };
    Ok(print(&format!("{} {name}, {rules}, with {count} {warnings}", styled(YELLOW, "sound:")))?)
}
