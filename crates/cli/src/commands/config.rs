//! `watchfire config`: is it sound, and what holds.

use crate::config::{DEFAULTS, dump as dumped, environment, policy};
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, GREEN, print, remind, say, styled};

/// Tells every mistake and warning of file, environment and policy, and what is set but not used yet.
///
/// # Errors
/// When there is a mistake.
pub fn check(session: &Session, variables: bool) -> Result<(), Failure> {
    if variables {
        return list_variables();
    }
    let unused = environment::unused(&session.environment);
    let loaded = session.load()?;
    if !loaded.report.found.is_empty() {
        say(&loaded.report.render(true));
    }
    let config = &loaded.config;
    // The built-in policy leaves roles open on purpose; who wrote their own wants to know.
    if config.policy.path.is_some() {
        let report =
            policy::examine(config.policy.path.as_deref(), &config.policy.text, &config.policy.directory, super::now());
        if !report.found.is_empty() {
            say(&report.render(true));
        }
    }
    super::remind_of_exposed(config);
    for (name, purpose) in unused {
        remind(&format!("{name} is set, but not used yet: it will be for {purpose}"));
    }
    let file = loaded
        .file
        .map_or_else(|| "no file, the defaults and the environment".to_owned(), |path| path.display().to_string());
    let notifiers: Vec<_> = config.notifiers.keys().map(domain::id::Name::as_str).collect();
    let agents: Vec<_> = config.agents.keys().map(domain::id::Name::as_str).collect();
    let policy =
        config.policy.path.as_ref().map_or_else(|| policy::BUILT_IN.to_owned(), |path| path.display().to_string());
    print(&format!(
        "{} {file}\n  policy     {policy}\n  notifiers  {}\n  agents     {}",
        styled(GREEN, "sound:"),
        notifiers.join(", "),
        if agents.is_empty() { terminal::NOTHING.to_owned() } else { agents.join(", ") }
    ))?;
    Ok(())
}

fn list_variables() -> Result<(), Failure> {
    let rows = environment::names().map(|(name, path, secret)| {
        vec![name.to_owned(), path, if secret { format!("{name}_FILE") } else { String::new() }]
    });
    Ok(print(&terminal::table(&["variable", "sets", "or the file named by"], rows.collect(), 1))?)
}

/// Prints what holds, or the commented defaults.
///
/// # Errors
/// When the configuration has a mistake.
pub fn dump(session: &Session, defaults: bool, json: bool) -> Result<(), Failure> {
    if defaults {
        return Ok(print(DEFAULTS.trim_end())?);
    }
    let loaded = session.load()?;
    if json {
        return super::print_json(&dumped::json(&loaded.merged, &loaded.report.sources));
    }
    Ok(print(&dumped::toml(&loaded.merged, &loaded.report.sources))?)
}
