//! `watchfire why`: each decision about an incident, with its rule and its numbers.

use std::fmt::Write as _;

use serde_json::Value;

use super::{TEXT_LIMIT, TITLE_LIMIT, address, items, named, print_json, text, with_client};
use crate::args::Why;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, DIM, level_style, print, styled};

/// Explains.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: &Why) -> Result<(), Failure> {
    let explained = with_client(session, async |client: &Client| {
        named(&asked.incident, async |incident: &str| all(client, incident).await).await
    })
    .await?;
    if asked.output.json { print_json(&explained) } else { Ok(print(&told(&explained))?) }
}

/// Every page of it as one answer.
async fn all(client: &Client, incident: &str) -> Result<Value, Failure> {
    let path = |query: &[(&str, String)]| address(&["api", "v1", "incidents", incident, "why"], query);
    let mut explained = client.get(&path(&[])).await?;
    while let Some(cursor) = explained["next"].as_str().map(str::to_owned) {
        let page = client.get(&path(&[("cursor", cursor)])).await?;
        if let Some(known) = explained["items"].as_array_mut() {
            known.extend_from_slice(items(&page));
        }
        explained["next"] = page["next"].clone();
    }
    Ok(explained)
}

fn told(explained: &Value) -> String {
    let level = text(explained, "level", 12);
    let mut out = format!(
        "{} · {}\n{}\n",
        styled(level_style(&level), &level),
        styled(BOLD, &text(explained, "title", TITLE_LIMIT)),
        text(explained, "incident", 24)
    );
    for entry in items(explained) {
        let at = terminal::time(entry["at"].as_str().unwrap_or_default());
        let _ = write!(out, "\n{}\n  {}\n", styled(DIM, &at), text(entry, "text", TEXT_LIMIT));
    }
    if items(explained).is_empty() {
        out.push_str("\nNo decision yet.\n");
    }
    out.push('\n');
    for line in explained["standing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(out, "{}", terminal::safe(line, TEXT_LIMIT));
    }
    let _ = write!(out, "{}", styled(DIM, "The rules (L3, A1, …) stand in docs/semantics.md."));
    out
}
