//! `watchfire owed`: nothing is lost in silence.

use serde_json::Value;

use super::story::held;
use super::{TITLE_LIMIT, address, items, now, print_json, several, text, with_client};
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
    let limit = || ("limit", "500".to_owned());
    let (list, live) = with_client(session, async |client: &Client| {
        let list = client.get(&address(&["api", "v1", "owed"], &[limit()])).await?;
        // Rungs and repeats that are not due yet are no tasks: the live incidents stand for them.
        let live = if items(&list).is_empty() && !asked.output.json {
            client.get(&address(&["api", "v1", "incidents"], &[limit(), ("state", "live".to_owned())])).await?
        } else {
            Value::Null
        };
        Ok((list, live))
    })
    .await?;
    if asked.output.json {
        return print_json(&list);
    }
    if items(&list).is_empty() {
        return Ok(print(&nothing(&live))?);
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

/// Nothing is owed; that is not to say that nothing comes.
fn nothing(live: &Value) -> String {
    let why: Vec<Option<&str>> = items(live).iter().map(held).collect();
    let number = |word: Option<&str>| why.iter().filter(|one| **one == word).count();
    let more = if live["next"].is_null() { "" } else { ", and more" };
    let mut parts = Vec::new();
    let waiting = number(None);
    if waiting > 0 {
        let verb = if waiting == 1 { "waits for its" } else { "wait for their" };
        parts.push(format!("{} {verb} next rung or repeat", several(waiting as u64, "incident")));
    }
    for word in ["acknowledged", "snoozed", "silenced"] {
        let held = number(Some(word));
        if held > 0 {
            let verb = if held == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} {word}", several(held as u64, "incident")));
        }
    }
    if parts.is_empty() {
        parts.push("no incident is live".to_owned());
    }
    format!("nothing is overdue or failed; {}{more}", parts.join(", "))
}

fn trouble(owed: &Value) -> String {
    owed["trouble"].as_str().map_or_else(String::new, |trouble| format!(" — {}", terminal::safe(trouble, 300)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn incident(state: &str) -> Value {
        match state {
            "silenced" => json!({"state": "escalating", "silenced": {"silence": "sil-000000000001"}}),
            state => json!({"state": state, "silenced": null}),
        }
    }

    #[test]
    fn incidents_that_wait_are_told_although_nothing_is_owed() {
        let live = |states: &[&str]| {
            let items: Vec<_> = states.iter().map(|state| incident(state)).collect();
            nothing(&json!({"items": items, "next": null}))
        };
        assert_eq!(live(&[]), "nothing is overdue or failed; no incident is live");
        assert_eq!(live(&["escalating"]), "nothing is overdue or failed; 1 incident waits for its next rung or repeat");
        assert_eq!(
            live(&["open", "exhausted", "acknowledged"]),
            "nothing is overdue or failed; 2 incidents wait for their next rung or repeat, 1 incident is acknowledged"
        );
        assert_eq!(
            live(&["silenced", "snoozed", "silenced"]),
            "nothing is overdue or failed; 1 incident is snoozed, 2 incidents are silenced"
        );
    }
}
