//! `watchfire owed`: nothing is lost in silence.

use super::{TITLE_LIMIT, address, items, now, print_json, text, with_client};
use crate::args::Owed;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, from_now, print};

/// Lists.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: &Owed) -> Result<(), Failure> {
    let list = with_client(session, async |client: &Client| {
        client.get(&address(&["api", "v1", "owed"], &[("limit", "500".to_owned())])).await
    })
    .await?;
    if asked.output.json {
        return print_json(&list);
    }
    if items(&list).is_empty() {
        return Ok(print("nothing is owed: everything planned was done")?);
    }
    let now = now();
    let rows = items(&list).iter().map(|owed| {
        vec![
            text(owed, "task", 24),
            text(owed, "work", 20),
            text(owed, "lane", 64),
            text(owed, "state", 12),
            owed["due"].as_str().map_or_else(String::new, |at| from_now(at, now)),
            text(owed, "attempt", 12),
            text(owed, "incident", 24),
            format!("{}{}", text(owed, "title", TITLE_LIMIT), trouble(owed)),
        ]
    });
    Ok(print(&terminal::table(
        &["task", "work", "target", "state", "due", "tries", "incident", "about"],
        rows.collect(),
        7,
    ))?)
}

fn trouble(owed: &serde_json::Value) -> String {
    owed["trouble"].as_str().map_or_else(String::new, |trouble| format!(" — {}", terminal::safe(trouble, 300)))
}
