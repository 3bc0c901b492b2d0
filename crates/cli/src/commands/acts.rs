//! What people do to an incident: take it, put it off, end it, take that back, say what it is worth.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{TITLE_LIMIT, actor, address, named, now, print_json, several, text, with_client};
use crate::args::{Act, Acting, Output, Snooze};
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, from_now, level_style, print, state_style, styled};

/// How the id of a bundle begins.
const BUNDLE: &str = "bnd-";

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: Act) -> Result<(), Failure> {
    match asked {
        Act::Ack { id, acting } if id.to_ascii_lowercase().starts_with(BUNDLE) => {
            acknowledge_bundle(session, &id, &acting).await
        }
        Act::Ack { id, acting } => acknowledge(session, &id, &acting).await,
        Act::Snooze(asked) => snooze(session, &asked).await,
        Act::Resolve { id, fixed_in, acting } => {
            let more = json!({"fixed_in": fixed_in});
            let incident = acted(session, &id, "resolve", body(session, &acting, more)).await?;
            shown(&incident, acting.output, |incident| done(incident, ""))
        }
        Act::Reopen { id, acting } => again(session, &id, "reopen", &acting).await,
        Act::Undo { id, acting } => again(session, &id, "undo", &acting).await,
        Act::Priority { id, priority, acting } => {
            let more = json!({"priority": priority.as_str()});
            let incident = acted(session, &id, "priority", body(session, &acting, more)).await?;
            shown(&incident, acting.output, held_at)
        }
        Act::Noise { id, acting } => {
            let incident = acted(session, &id, "noise", body(session, &acting, json!({}))).await?;
            shown(&incident, acting.output, held_at)
        }
    }
}

/// Who and why, with what the act needs besides.
pub(super) fn body(session: &Session, acting: &Acting, mut more: Value) -> Value {
    more["by"] = json!(actor(session, acting.by.clone()));
    more["reason"] = json!(acting.reason);
    more
}

async fn acted(session: &Session, id: &str, what: &str, body: Value) -> Result<Value, Failure> {
    with_client(session, async |client: &Client| {
        named(id, async |id: &str| client.post(&of_incident(id, what), &body).await).await
    })
    .await
}

fn shown(answer: &Value, output: Output, told: impl Fn(&Value) -> String) -> Result<(), Failure> {
    if output.json { print_json(answer) } else { Ok(print(&told(answer))?) }
}

fn of_incident(id: &str, what: &str) -> String {
    address(&["api", "v1", "incidents", id, what], &[])
}

async fn snooze(session: &Session, asked: &Snooze) -> Result<(), Failure> {
    let Snooze { id, length, until, users, rate, next_release, acting } = asked;
    let ends = json!({"for": length, "until": until, "users": users, "rate": rate, "next_release": next_release});
    let incident = acted(session, id, "snooze", body(session, acting, ends)).await?;
    shown(&incident, acting.output, |incident| done(incident, &put_off(incident)))
}

/// Until when it is put off.
fn put_off(incident: &Value) -> String {
    let snoozed = &incident["snoozed"];
    if snoozed.is_null() {
        return String::new();
    }
    format!(": pages are held, and it comes back {}", terminal::with_distances(&text(snoozed, "text", 300), now()))
}

/// A new opening, or the old one as it was.
async fn again(session: &Session, id: &str, what: &str, acting: &Acting) -> Result<(), Failure> {
    let incident = acted(session, id, what, body(session, acting, json!({}))).await?;
    shown(&incident, acting.output, |incident| {
        let next = incident["escalation"]["next_at"].as_str();
        let next = next.map_or_else(String::new, |at| {
            format!("; the next step is at {} ({})", terminal::time(at), from_now(at, now()))
        });
        done(incident, &format!(", level {}{next}", text(incident, "level", 12)))
    })
}

async fn acknowledge_bundle(session: &Session, id: &str, acting: &Acting) -> Result<(), Failure> {
    let body = body(session, acting, json!({}));
    let bundle = with_client(session, async |client: &Client| {
        let path = |id: &str| address(&["api", "v1", "bundles", id, "ack"], &[]);
        named(id, async |id: &str| client.post(&path(id), &body).await).await
    })
    .await?;
    shown(&bundle, acting.output, |bundle| of_bundle(bundle, now()))
}

/// What the acknowledgement of a bundle came to: each incident that it listed.
fn of_bundle(bundle: &Value, now: Timestamp) -> String {
    let incidents = super::items(bundle);
    let passed: Vec<_> = bundle["passed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let listed = several((incidents.len() + passed.len()) as u64, "incident");
    let mut out = format!("{} listed {listed}", styled(BOLD, &text(bundle, "bundle", 24)));
    for incident in incidents {
        out.push('\n');
        out.push_str(&done(incident, &held(&Value::Null, incident, now)));
    }
    for incident in passed {
        out.push_str(&format!(
            "\n{} ended, rose or came back since: left as it is",
            styled(BOLD, &terminal::safe(incident, 24))
        ));
    }
    out
}

async fn acknowledge(session: &Session, id: &str, acting: &Acting) -> Result<(), Failure> {
    let body = body(session, acting, json!({}));
    let (before, incident) = with_client(session, async |client: &Client| {
        named(id, async |id: &str| {
            let before = client.get(&address(&["api", "v1", "incidents", id], &[])).await?;
            Ok((before, client.post(&of_incident(id, "ack"), &body).await?))
        })
        .await
    })
    .await?;
    shown(&incident, acting.output, |incident| done(incident, &held(&before["acknowledged"], incident, now())))
}

/// Whose it is and until when. Each acknowledgement counts the time anew (semantics A1).
fn held(before: &Value, incident: &Value, now: Timestamp) -> String {
    let taken = &incident["acknowledged"];
    if taken.is_null() {
        return in_part(&incident["escalation"]);
    }
    let until = taken["until"].as_str().map(|until| format!("{} ({})", terminal::time(until), from_now(until, now)));
    if incident["changed"].as_bool() != Some(false) {
        return until.map_or_else(String::new, |until| format!(": pages are held until {until}"));
    }
    let whose = if before.is_null() || before["by"] == taken["by"] {
        format!("was {}'s already", text(taken, "by", 64))
    } else {
        format!("was {}'s and is {}'s now", text(before, "by", 64), text(taken, "by", 64))
    };
    let until = until.map_or_else(|| "the hold has no end".to_owned(), |until| format!("the hold now ends at {until}"));
    format!(": it {whose}; {until}")
}

/// Who of several has taken it.
fn in_part(escalation: &Value) -> String {
    let people: Vec<_> = escalation["acknowledged_by"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|person| terminal::safe(person, 64))
        .collect();
    if people.is_empty() {
        return String::new();
    }
    format!(
        ": {} of the {} who must have taken it ({}); the others are still paged",
        people.len(),
        text(escalation, "acks", 4),
        people.join(", ")
    )
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

    #[test]
    fn who_is_one_of_several_is_told_who_else_must() {
        let now = Timestamp::EPOCH;
        let incident = json!({"acknowledged": null, "escalation": {"acks": 2, "acknowledged_by": ["ada"]}});
        let said = ": 1 of the 2 who must have taken it (ada); the others are still paged";
        assert_eq!(held(&Value::Null, &incident, now), said);
    }

    #[test]
    fn a_bundle_tells_each_incident_that_it_listed() {
        let now = Timestamp::parse("2026-11-21T10:00:00Z").unwrap_or(Timestamp::EPOCH);
        let taken = |id: &str, changed: bool| {
            json!({
                "id": id, "state": "acknowledged", "level": "critical", "title": "Disk full", "changed": changed,
                "acknowledged": {"by": "ada", "until": "2026-11-21T10:30:00.000Z"},
            })
        };
        let bundle = json!({
            "bundle": "bnd-000000000001", "changed": true, "passed": ["inc-000000000003"],
            "items": [taken("inc-000000000001", true), taken("inc-000000000002", false)],
        });
        let said = of_bundle(&bundle, now);
        insta::assert_snapshot!(anstream::adapter::strip_str(&said).to_string(), @r"
        bnd-000000000001 listed 3 incidents
        inc-000000000001 is acknowledged now: pages are held until 2026-11-21 10:30:00 UTC (in 30 min)
          critical · Disk full
        inc-000000000002 is acknowledged: it was ada's already; the hold now ends at 2026-11-21 10:30:00 UTC (in 30 min)
          critical · Disk full
        inc-000000000003 ended, rose or came back since: left as it is
        ");
    }
}
