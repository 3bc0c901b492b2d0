//! `watchfire silence`: add, list, end, preview.

use serde_json::{Value, json};

use super::silence_told::{ended, ordered, previewed, table};
use super::{actor, address, items, now, print_json, with_client, with_client_or_new};
use crate::args::{Output, Silence, SilenceAdd};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::print;

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Silence) -> Result<(), Failure> {
    match asked {
        Silence::Add(asked) => add(session, *asked).await,
        Silence::List { all, output } => {
            let query = [("all", all.to_string())];
            let path = address(&["api", "v1", "silences"], &query);
            let list = with_client(session, async |client: &Client| client.get(&path).await).await?;
            let told = |list: &Value| match items(list) {
                [] => "nothing is silenced".to_owned(),
                silences => table(silences, now()),
            };
            shown(&list, output, told)
        }
        Silence::End { id, reason, by, output } => {
            let body = json!({"by": actor(session, by), "reason": reason});
            let path = address(&["api", "v1", "silences", &id, "end"], &[]);
            let silence = with_client(session, async |client: &Client| client.post(&path, &body).await).await?;
            shown(&silence, output, |silence| ended(silence, now()))
        }
        Silence::Preview { id, output } => {
            let path = address(&["api", "v1", "silences", &id, "preview"], &[]);
            let preview = with_client(session, async |client: &Client| client.get(&path).await).await?;
            shown(&preview, output, |preview| previewed(preview, now()))
        }
    }
}

fn shown(value: &Value, output: Output, told: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
    if output.json { print_json(value) } else { Ok(print(&told(value))?) }
}

async fn add(session: &Session, asked: SilenceAdd) -> Result<(), Failure> {
    let body = json!({
        "kind": if asked.maintenance { "maintenance" } else { "silence" },
        "match": asked.terms,
        "when": asked.when,
        "from": asked.from,
        "until": asked.until,
        "for": asked.length,
        "days": asked.days,
        "at": asked.at,
        "lasts": asked.lasts,
        "zone": asked.zone,
        "first_day": asked.first_day,
        "last_day": asked.last_day,
        "reason": asked.reason,
        "by": actor(session, asked.by),
        "dry_run": asked.dry_run,
    });
    let path = address(&["api", "v1", "silences"], &[]);
    let silence = with_client_or_new(session, async |client: &Client| {
        // A trial changes nothing that the service would have to act on.
        if asked.dry_run { client.ask(&path, &body).await } else { client.post(&path, &body).await }
    })
    .await?;
    shown(&silence, asked.output, |silence| ordered(silence, now(), &session.program()))
}
