//! `watchfire incident`: list, show, acknowledge, resolve, say what it is worth.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{TITLE_LIMIT, actor, address, items, more, named, now, print_json, story, text, with_client};
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
            acknowledge(session, &id, &body, output).await
        }
        Incident::Resolve { id, by, reason, fixed_in, output } => {
            let body = json!({"by": actor(session, by), "reason": reason, "fixed_in": fixed_in});
            let incident = with_client(session, async |client: &Client| {
                named(&id, async |id: &str| client.post(&of_incident(id, "resolve"), &body).await).await
            })
            .await?;
            if output.json { print_json(&incident) } else { Ok(print(&done(&incident, ""))?) }
        }
        Incident::Priority { id, priority, reason, by, output } => {
            let body = json!({"priority": priority.as_str(), "by": actor(session, by), "reason": reason});
            label(session, &id, "priority", &body, output).await
        }
        Incident::Noise { id, reason, by, output } => {
            let body = json!({"by": actor(session, by), "reason": reason});
            label(session, &id, "noise", &body, output).await
        }
    }
}

async fn label(session: &Session, id: &str, what: &str, body: &Value, output: Output) -> Result<(), Failure> {
    let incident = with_client(session, async |client: &Client| {
        named(id, async |id: &str| client.post(&of_incident(id, what), body).await).await
    })
    .await?;
    if output.json { print_json(&incident) } else { Ok(print(&held_at(&incident))?) }
}

/// What a person's word came to, in a line, and until when it holds.
fn held_at(incident: &Value) -> String {
    let label = &incident["label"];
    let said = match label["priority"].as_str() {
        Some("ignore") => "noise".to_owned(),
        _ => text(label, "priority", 12),
    };
    let renewed = if incident["changed"].as_bool() == Some(false) { "still " } else { "" };
    let until = label["until"].as_str().map_or_else(String::new, terminal::time);
    format!(
        "{} is {renewed}{} by {} until {until}\n  {} · level {} · {}",
        styled(BOLD, &text(incident, "id", 24)),
        styled(level_style(&said), &said),
        text(label, "by", 64),
        text(incident, "state", 20),
        text(incident, "level", 12),
        text(incident, "title", TITLE_LIMIT),
    )
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
    let (mut incident, rest) =
        with_client(session, async |client: &Client| named(id, async |id: &str| whole(client, id).await).await).await?;
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

fn of_incident(id: &str, what: &str) -> String {
    address(&["api", "v1", "incidents", id, what], &[])
}

async fn acknowledge(session: &Session, id: &str, body: &Value, output: Output) -> Result<(), Failure> {
    let (before, incident) = with_client(session, async |client: &Client| {
        named(id, async |id: &str| {
            let before = client.get(&address(&["api", "v1", "incidents", id], &[])).await?;
            Ok((before, client.post(&of_incident(id, "ack"), body).await?))
        })
        .await
    })
    .await?;
    if output.json {
        return print_json(&incident);
    }
    Ok(print(&done(&incident, &held(&before["acknowledged"], &incident, now())))?)
}

/// Whose it is and until when. Each acknowledgement counts the time anew (semantics A1).
fn held(before: &Value, incident: &Value, now: Timestamp) -> String {
    let taken = &incident["acknowledged"];
    let until = taken["until"].as_str().map(|until| format!("{} ({})", terminal::time(until), from_now(until, now)));
    if incident["changed"].as_bool() != Some(false) {
        return until.map_or_else(String::new, |until| format!(": pages are held until {until}"));
    }
    let whose = if before["by"] == taken["by"] {
        format!("was {}'s already", text(taken, "by", 64))
    } else {
        format!("was {}'s and is {}'s now", text(before, "by", 64), text(taken, "by", 64))
    };
    let until = until.map_or_else(|| "the hold has no end".to_owned(), |until| format!("the hold now ends at {until}"));
    format!(": it {whose}; {until}")
}

/// What became of it, in a line; `more` follows the state.
fn done(incident: &Value, more: &str) -> String {
    let id = styled(BOLD, &text(incident, "id", 24));
    let title = text(incident, "title", TITLE_LIMIT);
    let state = text(incident, "state", 20);
    let state = styled(state_style(&state), &state);
    let level = text(incident, "level", 12);
    let level = styled(level_style(&level), &level);
    let line = match (incident["changed"].as_bool() != Some(false), more) {
        (true, _) => format!("{id} is {state} now{more}"),
        (false, "") => format!("{id} was {state} already; nothing changed"),
        (false, _) => format!("{id} is {state}{more}"),
    };
    format!("{line}\n  {level} · {title}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_an_incident_again_is_told_when_the_hold_ends_now() {
        let now = Timestamp::parse("2026-11-21T10:00:00Z").unwrap_or(Timestamp::EPOCH);
        let taken = |by: &str, until: Value| json!({"changed": false, "acknowledged": {"by": by, "until": until}});
        let said = held(&json!({"by": "ada"}), &taken("ada", json!("2026-11-21T10:30:00.000Z")), now);
        assert_eq!(said, ": it was ada's already; the hold now ends at 2026-11-21 10:30:00 UTC (in 30 min)");
        let said = held(&json!({"by": "ada"}), &taken("bob", Value::Null), now);
        assert_eq!(said, ": it was ada's and is bob's now; the hold has no end");
    }
}
