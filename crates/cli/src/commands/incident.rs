//! `watchfire incident`: list and show; what people do to one stands in `acts.rs`.

use serde_json::Value;

use super::{TITLE_LIMIT, acts, address, items, more, named, now, print_json, story, text, with_client};
use crate::args::{Incident, IncidentList, Output};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, from_now, print};

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Incident) -> Result<(), Failure> {
    match asked {
        Incident::List(asked) => list(session, &asked).await,
        Incident::Show { id, output } => show(session, &id, output).await,
        Incident::Act(asked) => acts::run(session, asked).await,
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
        let test = if incident["synthetic"].as_bool() == Some(true) { "TEST " } else { "" };
        vec![
            text(incident, "id", 24),
            standing(incident),
            text(incident, "level", 12),
            text(incident, "project", 30),
            format!("{test}{}", text(incident, "title", TITLE_LIMIT)),
            text(incident, "count", 12),
            incident["opened_at"].as_str().map_or_else(String::new, |at| from_now(at, now)),
        ]
    });
    terminal::table(&["id", "state", "level", "project", "title", "events", "opened"], rows.collect(), 4)
}

/// The state, with what stands beside it.
fn standing(incident: &Value) -> String {
    let mut standing = text(incident, "state", 20);
    let late = incident["response"]["state"] == "missed" && incident["state"] != "resolved";
    for (is_so, word) in [
        (incident["fixing"].as_bool() == Some(true), ", fixing"),
        (!incident["silenced"].is_null(), ", silenced"),
        (late, ", late"),
    ] {
        if is_so {
            standing.push_str(word);
        }
    }
    standing
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_list_says_beside_the_state_what_holds_it_and_that_nobody_answered_in_time() {
        let missed = json!({"state": "missed"});
        let incident = |state: &str| json!({"state": state, "fixing": true, "silenced": null, "response": missed});
        assert_eq!(standing(&incident("exhausted")), "exhausted, fixing, late");
        assert_eq!(standing(&json!({"state": "open", "silenced": {"silence": "sil-1"}})), "open, silenced");
        assert_eq!(standing(&json!({"state": "resolved", "response": missed})), "resolved");
    }
}
