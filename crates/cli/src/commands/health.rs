//! `watchfire health`: how the running service is.

use std::fmt::Write as _;

use bytes::Bytes;
use domain::time::Timestamp;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::{counted, now, print_json, several, text};
use crate::args::Health;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{GREEN, NOTHING, RED, YELLOW, from_now, print, safe, styled};

/// Asks and tells.
///
/// # Errors
/// When no service runs, or it cannot do its work.
pub async fn run(session: &Session, asked: &Health) -> Result<(), Failure> {
    let Some(client) = Client::running(session).await? else {
        return Err(Failure::Failed(
            "no service is running here: start it with `watchfire serve`, or say where it is with WATCHFIRE_URL"
                .to_owned(),
        ));
    };
    let path = if asked.ready { "/health/ready" } else { "/health/detailed" };
    let answer = client.call(Method::GET, path, HeaderMap::new(), Bytes::new()).await?;
    // 503 is an answer too: it says what is wrong.
    if !matches!(answer.status, 200 | 503) {
        return Err(client.refusal(&answer));
    }
    let Some(health) = answer.json().filter(|health| health["status"].is_string()) else {
        return Err(client.strange(&answer));
    };
    if asked.output.json {
        print_json(&health)?;
    } else if asked.ready {
        print(&one_line(&health))?;
    } else {
        print(&told(&health, now()))?;
    }
    if answer.status == 200 { Ok(()) } else { Err(Failure::Told) }
}

fn status(health: &Value) -> String {
    let status = text(health, "status", 20);
    let style = match status.as_str() {
        "ok" => GREEN,
        "degraded" => YELLOW,
        _ => RED,
    };
    styled(style, &status)
}

fn words<'a>(health: &'a Value, field: &str) -> impl Iterator<Item = String> + 'a {
    health[field].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(Value::as_str).map(|line| safe(line, 300))
}

fn one_line(health: &Value) -> String {
    let hindrances: Vec<_> = words(health, "hindrances").collect();
    if hindrances.is_empty() { status(health) } else { format!("{}: {}", status(health), hindrances.join("; ")) }
}

fn told(health: &Value, now: Timestamp) -> String {
    let since = |at: &Value| at.as_str().map_or_else(|| NOTHING.to_owned(), |at| from_now(at, now));
    let mut out = format!(
        "{}, version {}, started {}\n",
        status(health),
        text(health, "version", 20),
        since(&health["started_at"])
    );
    for line in words(health, "hindrances") {
        let _ = writeln!(out, "  {} {line}", styled(RED, "!"));
    }
    // What a person should look at, although the service does its work.
    for line in words(health, "attention") {
        let _ = writeln!(out, "  {} {line}", styled(YELLOW, "!"));
    }
    for line in words(health, "remarks") {
        let _ = writeln!(out, "  {} {line}", styled(YELLOW, "·"));
    }
    let database = &health["database"];
    let size = database["bytes"].as_u64().map_or_else(|| NOTHING.to_owned(), |bytes| format!("{} KiB", bytes / 1024));
    let trouble = database["trouble"].as_str().map_or_else(String::new, |trouble| format!("; {}", safe(trouble, 300)));
    let _ = writeln!(
        out,
        "  database       {size}, {}, {} unreadable{trouble}",
        counted(&database["deliveries"], "delivery"),
        text(database, "unreadable", 20)
    );
    let engine = &health["engine"];
    let _ = writeln!(
        out,
        "  engine         last round {}, {} waiting, {} under way",
        since(&engine["last_tick_at"]),
        text(engine, "queued", 12),
        text(engine, "in_flight", 12)
    );
    let _ = writeln!(out, "  oldest due     {}", since(&health["oldest_due"]["due"]));
    let _ = writeln!(out, "  last delivery  {}", since(&health["last_delivery_at"]));
    for lane in health["lanes"].as_array().into_iter().flatten() {
        let failures = lane["failures"].as_u64().unwrap_or_default();
        let how = if failures == 0 {
            format!("last success {}", since(&lane["last_success_at"]))
        } else {
            format!("{} in a row: {}", several(failures, "failure"), text(lane, "last_trouble", 300))
        };
        let _ = writeln!(out, "  {:<14} {}, {how}", text(lane, "name", 64), text(lane, "kind", 20));
    }
    let incidents: Vec<_> = health["incidents"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(state, count)| format!("{count} {}", safe(state, 20)))
        .collect();
    let _ =
        write!(out, "  incidents      {}", if incidents.is_empty() { "none".to_owned() } else { incidents.join(", ") });
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn health() -> Value {
        json!({
            "status": "degraded", "version": "0.1.0", "monitoring": true, "hindrances": [],
            "remarks": ["the last try of a notifier or agent failed"],
            "attention": ["2 signed deliveries could not be read since the start: stored, nothing opened"],
            "started_at": "2026-11-18T09:06:40.000Z",
            "database": {"ok": true, "trouble": null, "bytes": 524_288, "deliveries": 12, "unreadable": 2},
            "engine": {"last_tick_at": "2026-11-18T11:06:39.000Z", "queued": 0, "in_flight": 1},
            "oldest_due": {"due": "2026-11-18T11:05:40.000Z", "late_ms": 60_000},
            "last_delivery_at": "2026-11-18T11:01:40.000Z",
            "lanes": [
                {"name": "console", "kind": "console", "failures": 0, "last_success_at": "2026-11-18T10:06:40.000Z"},
                {"name": "slack", "kind": "slack", "failures": 2, "last_success_at": null, "last_trouble": "404: no_service"},
            ],
            "incidents": {"escalating": 1, "resolved": 3},
        })
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn it_tells_what_hinders_what_to_look_at_and_how_each_part_is() {
        insta::assert_snapshot!(plain(&told(&health(), NOW)));
    }

    #[test]
    fn what_hinders_comes_before_what_to_look_at() {
        let mut failing = health();
        failing["hindrances"] = json!(["the engine stands still"]);
        let told = plain(&told(&failing, NOW));
        let (hindrance, attention) = (told.find("! the engine stands still"), told.find("! 2 signed deliveries"));
        assert!(hindrance.is_some() && hindrance < attention, "{told}");
        assert_eq!(plain(&one_line(&failing)), "degraded: the engine stands still");
    }
}
