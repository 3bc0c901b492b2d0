//! `watchfire policy`: check, rebase.

use std::path::Path;

use domain::policy::check::SilentRung;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{acts, address, named, now, print_json, text, with_client};
use crate::args::Acting;
use crate::client::Client;
use crate::config::policy;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, GREEN, NOTHING, YELLOW, from_now, print, say, styled};

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

/// Moves an incident to the current policy, or shows what that would change (semantics L15).
///
/// # Errors
/// Whatever the API refuses.
pub async fn rebase(session: &Session, incident: &str, dry_run: bool, acting: &Acting) -> Result<(), Failure> {
    let body = acts::body(session, acting, json!({"dry_run": dry_run}));
    let path = |id: &str| address(&["api", "v1", "incidents", id, "rebase"], &[]);
    let rebased = with_client(session, async |client: &Client| {
        named(incident, async |id: &str| {
            // Looking changes nothing, so there is nothing that would wait for the service.
            if dry_run { client.ask(&path(id), &body).await } else { client.post(&path(id), &body).await }
        })
        .await
    })
    .await?;
    if acting.output.json { print_json(&rebased) } else { Ok(print(&moved(&rebased, now()))?) }
}

/// The next step before and after.
fn moved(rebased: &Value, now: Timestamp) -> String {
    let id = styled(BOLD, &text(rebased, "incident", 24));
    let policy = |side: &str| text(&rebased[side], "policy", 64).chars().take(8).collect::<String>();
    if rebased["changed"].as_bool() != Some(true) {
        return format!("{id} has the current policy ({}) already; nothing changes", policy("before"));
    }
    let would = if rebased["dry_run"].as_bool() == Some(true) { "would go on" } else { "goes on" };
    let mut out = format!(
        "{id} ({}, level {}) {would} under policy {} instead of {}",
        text(rebased, "state", 20),
        text(rebased, "level", 12),
        policy("after"),
        policy("before")
    );
    let when = |side: &str, field: &str| {
        rebased[side][field]
            .as_str()
            .map_or_else(|| NOTHING.to_owned(), |at| format!("{} ({})", terminal::time(at), from_now(at, now)))
    };
    let rung = |side: &str| match rebased[side]["next_rung"].as_u64() {
        Some(rung) => format!("{rung}, due {}", when(side, "next_rung_at")),
        None => "none is left".to_owned(),
    };
    for (label, before, after) in [
        ("next rung", rung("before"), rung("after")),
        ("next told", when("before", "next_at"), when("after", "next_at")),
        ("exhausted", when("before", "exhausted_at"), when("after", "exhausted_at")),
    ] {
        if before == after {
            if before != NOTHING {
                out.push_str(&format!("\n  {label}  {before}, as it was"));
            }
        } else {
            out.push_str(&format!("\n  {label}  before  {before}\n             after   {after}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebase_shows_the_next_step_before_and_after() {
        let now = Timestamp::parse("2026-11-21T12:02:00Z").unwrap_or(Timestamp::EPOCH);
        let side = |policy: &str, rung_at: &str| {
            json!({
                "policy": policy, "next_rung": 1, "next_rung_at": rung_at, "next_at": "2026-11-21T12:17:00.000Z",
                "exhausted_at": null,
            })
        };
        let rebased = |dry_run: bool| {
            json!({
                "incident": "inc-000000000001", "dry_run": dry_run, "changed": true, "level": "high", "state": "escalating",
                "before": side("1a2b3c4d5e6f", "2026-11-21T13:02:00.000Z"),
                "after": side("0a1b2c3d4e5f", "2026-11-21T12:32:00.000Z"),
            })
        };
        let said = moved(&rebased(true), now);
        insta::assert_snapshot!(anstream::adapter::strip_str(&said).to_string(), @r"
        inc-000000000001 (escalating, level high) would go on under policy 0a1b2c3d instead of 1a2b3c4d
          next rung  before  1, due 2026-11-21 13:02:00 UTC (in 60 min)
                     after   1, due 2026-11-21 12:32:00 UTC (in 30 min)
          next told  2026-11-21 12:17:00 UTC (in 15 min), as it was
        ");
        assert!(moved(&rebased(false), now).contains("goes on under policy 0a1b2c3d"));
        let same = json!({"incident": "inc-000000000001", "changed": false, "before": side("1a2b3c4d5e6f", "")});
        assert!(moved(&same, now).contains("has the current policy (1a2b3c4d) already; nothing changes"));
    }
}
