//! `watchfire health`: how the running service is.

use std::fmt::Write as _;

use bytes::Bytes;
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
        print(&told(&health))?;
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

fn told(health: &Value) -> String {
    let now = now();
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
