//! `watchfire escalation`: create, status, resolve, list, stats, cleanup.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    TITLE_LIMIT, acts, address, counted, items, more, named, now, print_json, text, with_client, with_client_or_new,
};
use crate::args::{Escalation, Output};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, CYAN, NOTHING, from_now, level_style, print, state_style, styled};

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Escalation) -> Result<(), Failure> {
    match asked {
        Escalation::Create { alert_id, level, title, acting } => {
            let what = json!({"external_id": alert_id, "level": level.as_str(), "title": title});
            let body = acts::body(session, &acting, what);
            let path = address(&["api", "v1", "escalations"], &[]);
            let escalation =
                with_client_or_new(session, async |client: &Client| client.post(&path, &body).await).await?;
            shown(session, &escalation, acting.output)
        }
        Escalation::Status { id, output } => {
            let path = |id: &str| address(&["api", "v1", "escalations", id], &[]);
            let escalation = with_client(session, async |client: &Client| {
                named(&id, async |id: &str| client.get(&path(id)).await).await
            })
            .await?;
            shown(session, &escalation, output)
        }
        Escalation::Resolve { id, fixed_in, acting } => {
            let body = acts::body(session, &acting, json!({"fixed_in": fixed_in}));
            let path = |id: &str| address(&["api", "v1", "escalations", id, "resolve"], &[]);
            let escalation = with_client(session, async |client: &Client| {
                named(&id, async |id: &str| client.post(&path(id), &body).await).await
            })
            .await?;
            shown(session, &escalation, acting.output)
        }
        Escalation::List { all, limit, cursor, output } => list(session, all, limit, cursor, output).await,
        Escalation::Stats { since, output } => super::escalation_stats::run(session, &since, output).await,
        Escalation::Cleanup { dry_run, output } => {
            let path = address(&["api", "v1", "escalations", "cleanup"], &[]);
            let body = json!({"dry_run": dry_run});
            let report = with_client(session, async |client: &Client| client.ask(&path, &body).await).await?;
            if output.json { print_json(&report) } else { Ok(print(&cleaned(&report, dry_run))?) }
        }
    }
}

async fn get(session: &Session, path: &str) -> Result<Value, Failure> {
    with_client(session, async |client: &Client| client.get(path).await).await
}

fn shown(session: &Session, escalation: &Value, output: Output) -> Result<(), Failure> {
    if output.json {
        return print_json(escalation);
    }
    Ok(print(&told(escalation, &session.program()))?)
}

fn told(escalation: &Value, program: &str) -> String {
    let now = now();
    let state = text(escalation, "state", 20);
    let level = text(escalation, "level", 12);
    let incident = text(escalation, "incident", 24);
    let mut out = format!(
        "{} is {}, level {}",
        styled(BOLD, &text(escalation, "id", 24)),
        styled(state_style(&state), &state),
        styled(level_style(&level), &level)
    );
    if escalation["changed"].as_bool() == Some(false) {
        out.push_str("; nothing changed");
    }
    let _ = write!(out, "\n  incident   {incident}, {}\n", text(escalation, "incident_state", 20));
    let _ = writeln!(out, "  about      {}", text(escalation, "title", TITLE_LIMIT));
    let rung = escalation["rung"].as_u64().map_or_else(|| "none ran yet".to_owned(), |rung| format!("{rung} ran last"));
    let _ = writeln!(out, "  rung       {rung}, {}", counted(&escalation["attempts"], "page"));
    for (label, field) in [
        ("starts", "starts_at"),
        ("next step", "next_at"),
        ("delivered", "first_delivered_at"),
        ("answered", "acknowledged_at"),
        ("ended", "ended_at"),
    ] {
        if let Some(at) = escalation[field].as_str() {
            let _ = writeln!(out, "  {label:<10} {} ({})", terminal::time(at), from_now(at, now));
        }
    }
    if let (Some(due), Some(state)) =
        (escalation["response"]["due_at"].as_str(), escalation["response"]["state"].as_str())
    {
        let _ = writeln!(out, "  {:<10} {} by {}", "response", terminal::safe(state, 12), terminal::time(due));
    }
    let _ = write!(out, "  {}", styled(CYAN, &format!("> {program} incident show {incident}")));
    out
}

async fn list(session: &Session, all: bool, limit: u16, cursor: Option<String>, output: Output) -> Result<(), Failure> {
    let mut query = vec![("limit", limit.to_string()), ("live", (!all).to_string())];
    query.extend(cursor.map(|cursor| ("cursor", cursor)));
    let list = get(session, &address(&["api", "v1", "escalations"], &query)).await?;
    if output.json {
        return print_json(&list);
    }
    if items(&list).is_empty() {
        return Ok(print(if all { "no escalation" } else { "no escalation is live" })?);
    }
    let now = now();
    let rows = items(&list).iter().map(|escalation| {
        vec![
            text(escalation, "id", 24),
            text(escalation, "incident", 24),
            text(escalation, "level", 12),
            text(escalation, "state", 20),
            escalation["rung"].as_u64().map_or_else(|| NOTHING.to_owned(), |rung| rung.to_string()),
            text(escalation, "attempts", 12),
            escalation["starts_at"].as_str().map_or_else(String::new, |at| from_now(at, now)),
            escalation["next_at"].as_str().map_or_else(|| NOTHING.to_owned(), |at| from_now(at, now)),
        ]
    });
    print(&terminal::table(
        &["id", "incident", "level", "state", "rung", "pages", "started", "next step"],
        rows.collect(),
        3,
    ))?;
    more(&list, &format!("{} escalation list", session.program()));
    Ok(())
}

/// What was deleted or would be, and from when on things are kept.
fn cleaned(report: &Value, dry_run: bool) -> String {
    let counts: Vec<_> = [
        ("deliveries", "delivery"),
        ("tasks", "task"),
        ("incidents", "incident"),
        ("escalations", "escalation"),
        ("timeline", "timeline entry"),
        ("orders", "ended silence or override"),
    ]
    .iter()
    .filter(|(field, _)| *field != "orders" || report[*field].as_u64() > Some(0))
    .map(|(field, noun)| counted(&report[field], noun))
    .collect();
    let mut out = format!("{} {}", if dry_run { "would delete" } else { "deleted" }, counts.join(", "));
    for (field, what) in [
        ("incidents", "incidents that were resolved, with all that is theirs"),
        ("tasks", "work that was done"),
        ("deliveries", "deliveries that came, unless a live incident needs them,"),
    ] {
        if let Some(at) = report["before"][field].as_str() {
            let _ = write!(out, "\n  {what} before {}", terminal::time(at));
        }
    }
    out
}
