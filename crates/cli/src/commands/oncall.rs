//! `watchfire oncall`: now, show, override, import, feed.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::oncall_told::{ended, imported, put_on_call, schedule_shown, table};
use super::{actor, address, items, now, print_json, with_client, with_client_or_new};
use crate::args::{Oncall, Output, Override};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{print, remind};

const WEEK: Duration = Duration::from_hours(7 * 24);

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Oncall) -> Result<(), Failure> {
    match asked {
        Oncall::Now { output } => {
            let list = get(session, &address(&["api", "v1", "oncall"], &[])).await?;
            let told = |list: &Value| match items(list) {
                [] => "the policy has no schedule: policies/README.md says how one is written".to_owned(),
                layers => table(layers, now()),
            };
            shown(&list, output, told)
        }
        Oncall::Show { schedule, weeks, layer, output } => {
            let mut query = vec![("to", (now() + WEEK * u32::from(weeks)).to_string())];
            query.extend(layer.map(|layer| ("layer", layer)));
            let told = get(session, &address(&["api", "v1", "oncall", &schedule], &query)).await?;
            shown(&told, output, |told| schedule_shown(told, now(), &session.program()))
        }
        Oncall::Override(asked) => override_(session, asked).await,
        Oncall::Import { schedule, layer, file, dry_run, by, output } => {
            let calendar = read(session, &file)?;
            let mut query = vec![("layer", layer), ("dry_run", dry_run.to_string())];
            query.extend(actor(session, by).map(|by| ("by", by)));
            let path = address(&["api", "v1", "oncall", &schedule, "import"], &query);
            let done = with_client_or_new(session, async |client: &Client| {
                client.send(Method::POST, &path, "text/calendar", calendar).await
            })
            .await?;
            shown(&done, output, imported)
        }
        Oncall::Feed { schedule, person, output } => {
            let query: Vec<_> = person.map(|person| ("person", person)).into_iter().collect();
            let feed = get(session, &address(&["api", "v1", "oncall", &schedule, "feed"], &query)).await?;
            if !output.json {
                remind("whoever knows this address can read the feed: give it to nobody else");
                if feed["public"].as_bool() != Some(true) {
                    remind("public_url is not set, so that this address is how this machine reaches the service");
                }
            }
            shown(&feed, output, |feed| super::text(feed, "url", 500))
        }
    }
}

async fn get(session: &Session, path: &str) -> Result<Value, Failure> {
    with_client(session, async |client: &Client| client.get(path).await).await
}

fn shown(value: &Value, output: Output, told: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
    if output.json { print_json(value) } else { Ok(print(&told(value))?) }
}

fn read(session: &Session, file: &Path) -> Result<Bytes, Failure> {
    let read = std::fs::read(session.here.join(file));
    read.map(Bytes::from)
        .map_err(|error| Failure::Wrong(format!("the calendar {} cannot be read: {error}", file.display())))
}

async fn override_(session: &Session, asked: Override) -> Result<(), Failure> {
    if let Some(id) = asked.end {
        let path = address(&["api", "v1", "oncall", "overrides", &id], &[]);
        let done = with_client(session, async |client: &Client| client.delete(&path).await).await?;
        return shown(&done, asked.output, ended);
    }
    let schedule = asked.schedule.unwrap_or_default();
    let body = json!({
        "layer": asked.layer,
        "person": asked.person,
        "from": asked.from,
        "until": asked.until,
        "for": asked.length,
        "reason": asked.reason,
        "by": actor(session, asked.by),
    });
    let path = address(&["api", "v1", "oncall", &schedule, "overrides"], &[]);
    let order = with_client_or_new(session, async |client: &Client| client.ask(&path, &body).await).await?;
    shown(&order, asked.output, |order| put_on_call(order, &session.program()))
}
