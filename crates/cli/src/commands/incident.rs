//! `watchfire incident`: list, show, acknowledge, resolve.

use serde_json::{Value, json};

use super::{TITLE_LIMIT, actor, address, items, more, now, print_json, story, text, with_client};
use crate::args::{Incident, IncidentList, Output};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, from_now, level_style, print, state_style, styled};

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Incident) -> Result<(), Failure> {
    match asked {
        Incident::List(asked) => list(session, &asked).await,
        Incident::Show { id, output } => show(session, &id, output).await,
        Incident::Ack { id, by, output } => {
            let body = json!({"by": actor(session, by)});
            change(session, &id, "ack", body, output).await
        }
        Incident::Resolve { id, by, reason, output } => {
            let body = json!({"by": actor(session, by), "reason": reason});
            change(session, &id, "resolve", body, output).await
        }
    }
}

async fn list(session: &Session, asked: &IncidentList) -> Result<(), Failure> {
    let mut query = vec![("limit", asked.limit.to_string())];
    if !asked.state.is_empty() {
        let words: Vec<_> = asked.state.iter().map(|state| state.as_str()).collect();
        query.push(("state", words.join(",")));
    } else if !asked.all {
        query.push(("state", "live".to_owned()));
    }
    query.extend(asked.level.map(|level| ("level", level.as_str().to_owned())));
    query.extend(asked.project.clone().map(|project| ("project", project)));
    query.extend(asked.cursor.clone().map(|cursor| ("cursor", cursor)));
    let path = address(&["api", "v1", "incidents"], &query);
    let list = with_client(session, async |client: &Client| client.get(&path).await).await?;
    if asked.output.json {
        return print_json(&list);
    }
    if items(&list).is_empty() {
        let which = if asked.all || !asked.state.is_empty() { "no incident" } else { "no incident is live" };
        return Ok(print(which)?);
    }
    print(&table(items(&list)))?;
    more(&list, &format!("{} incident list", session.program()));
    Ok(())
}

fn table(incidents: &[Value]) -> String {
    let now = now();
    let rows = incidents.iter().map(|incident| {
        let state = text(incident, "state", 20);
        let state = if incident["fixing"].as_bool() == Some(true) { format!("{state}, fixing") } else { state };
        let test = if incident["synthetic"].as_bool() == Some(true) { "TEST " } else { "" };
        vec![
            text(incident, "id", 24),
            state,
            text(incident, "level", 12),
            text(incident, "project", 30),
            format!("{test}{}", text(incident, "title", TITLE_LIMIT)),
            text(incident, "count", 12),
            incident["opened_at"].as_str().map_or_else(String::new, |at| from_now(at, now)),
        ]
    });
    terminal::table(&["id", "state", "level", "project", "title", "events", "opened"], rows.collect(), 4)
}

async fn show(session: &Session, id: &str, output: Output) -> Result<(), Failure> {
    let (mut incident, rest) = with_client(session, async |client: &Client| whole(client, id).await).await?;
    if output.json {
        if let (Some(timeline), false) = (incident["timeline"].as_array_mut(), rest.is_empty()) {
            timeline.extend(rest);
            incident["timeline_next"] = Value::Null;
        }
        return print_json(&incident);
    }
    let story = story::told(&incident, &rest, now(), &session.program());
    Ok(print(&story)?)
}

/// An incident with what its timeline holds beyond the first page.
async fn whole(client: &Client, id: &str) -> Result<(Value, Vec<Value>), Failure> {
    let incident = client.get(&address(&["api", "v1", "incidents", id], &[])).await?;
    let mut rest = Vec::new();
    let mut next = incident["timeline_next"].as_str().map(str::to_owned);
    let id = incident["id"].as_str().unwrap_or(id).to_owned();
    while let Some(cursor) = next {
        let query = [("limit", "500".to_owned()), ("cursor", cursor)];
        let page = client.get(&address(&["api", "v1", "incidents", &id, "timeline"], &query)).await?;
        rest.extend_from_slice(items(&page));
        next = page["next"].as_str().map(str::to_owned);
    }
    Ok((incident, rest))
}

async fn change(session: &Session, id: &str, what: &str, body: Value, output: Output) -> Result<(), Failure> {
    let path = address(&["api", "v1", "incidents", id, what], &[]);
    let incident = with_client(session, async |client: &Client| client.post(&path, &body).await).await?;
    if output.json { print_json(&incident) } else { Ok(print(&done(&incident, what))?) }
}

/// What became of it, in a line.
fn done(incident: &Value, what: &str) -> String {
    let id = styled(BOLD, &text(incident, "id", 24));
    let title = text(incident, "title", TITLE_LIMIT);
    let state = text(incident, "state", 20);
    let state = styled(state_style(&state), &state);
    let level = text(incident, "level", 12);
    let level = styled(level_style(&level), &level);
    let changed = incident["changed"].as_bool() != Some(false);
    let mut line =
        if changed { format!("{id} is {state} now") } else { format!("{id} was {state} already; nothing changed") };
    if let (true, "ack", Some(until)) = (changed, what, incident["acknowledged"]["until"].as_str()) {
        line.push_str(&format!(": pages are held until {} ({})", terminal::time(until), from_now(until, now())));
    }
    format!("{line}\n  {level} · {title}")
}
