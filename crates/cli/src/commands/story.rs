//! The whole story of one incident, for people: what it is, why it counts as it does, what happened, and what comes next.

use std::fmt::Write as _;

use domain::time::Timestamp;
use serde_json::Value;

use super::{TEXT_LIMIT, TITLE_LIMIT, counted, text};
use crate::terminal::{self, BOLD, CYAN, DIM, NOTHING, YELLOW, from_now, level_style, safe, state_style, styled};

/// How wide the first column of the facts is.
const LABELS: usize = 12;

/// Tells it. `rest` is what the timeline holds beyond the incident's own page; `program` begins each suggested command.
#[must_use]
pub fn told(incident: &Value, rest: &[Value], now: Timestamp, program: &str) -> String {
    let mut out = header(incident, now);
    facts(&mut out, incident);
    fact(&mut out, "answer", &answer(&incident["response"], now));
    factors(&mut out, incident);
    people(&mut out, incident, now);
    timeline(&mut out, incident, rest);
    next(&mut out, incident, now, program);
    out.trim_end().to_owned()
}

fn header(incident: &Value, now: Timestamp) -> String {
    let level = text(incident, "level", 12);
    let state = text(incident, "state", 20);
    let test = if incident["synthetic"].as_bool() == Some(true) { "TEST · " } else { "" };
    let mark = styled(level_style(&level).bold(), &level.to_uppercase());
    let opened = incident["opened_at"].as_str().unwrap_or_default();
    let mut out = format!("{test}{mark} · {}\n", styled(BOLD, &text(incident, "title", TEXT_LIMIT)));
    let _ = writeln!(
        out,
        "{}, {}, opened {} ({})",
        text(incident, "id", 24),
        styled(state_style(&state), &state),
        from_now(opened, now),
        terminal::time(opened)
    );
    out
}

fn section(out: &mut String, title: &str) {
    let _ = write!(out, "\n{}\n", styled(BOLD, title));
}

fn fact(out: &mut String, label: &str, said: &str) {
    if said != NOTHING && !said.is_empty() {
        let _ = writeln!(out, "  {label:<LABELS$} {said}");
    }
}

fn facts(out: &mut String, incident: &Value) {
    out.push('\n');
    for (label, field) in [
        ("project", "project"),
        ("environment", "environment"),
        ("release", "release"),
        ("in", "culprit"),
        ("exception", "exception"),
    ] {
        fact(out, label, &text(incident, field, TITLE_LIMIT));
        let others = incident["environments"].as_array().filter(|all| field == "environment" && all.len() > 1);
        if let Some(others) = others {
            let others: Vec<_> =
                others.iter().skip(1).filter_map(Value::as_str).map(|name| terminal::safe(name, TITLE_LIMIT)).collect();
            fact(out, "also in", &others.join(", "));
        }
    }
    let mut seen = counted(&incident["count"], "event");
    if incident["users"].is_number() {
        let _ = write!(seen, ", {}", counted(&incident["users"], "user"));
    }
    if let Some(rate) = incident["rate"].as_u64().filter(|rate| *rate > 0) {
        let _ = write!(seen, ", {rate} in the last hour");
    }
    if let Some(at) = incident["last_seen_at"].as_str() {
        let _ = write!(seen, ", last seen {}", terminal::time(at));
    }
    fact(out, "seen", &seen);
    let opening = incident["opening"].as_u64().unwrap_or(1);
    if opening > 1 {
        fact(out, "opening", &format!("number {opening}: it came back"));
    }
    let issues: Vec<_> = incident["issues"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|issue| {
            format!(
                "{}{}{}",
                text(issue, "id", 64),
                issue["merged_into"]
                    .as_str()
                    .map_or_else(String::new, |other| { format!(" (merged into {})", terminal::safe(other, 64)) }),
                if issue["open"].as_bool() == Some(false) { " (closed)" } else { "" }
            )
        })
        .collect();
    fact(out, if issues.len() == 1 { "Sentry issue" } else { "issues" }, &issues.join(", "));
    fact(out, "external id", &text(incident, "external_id", TITLE_LIMIT));
    fact(out, "Sentry", &text(incident, "link", 500));
    fact(out, "owner", &text(incident, "owner", TITLE_LIMIT));
    fact(out, "label", &label(&incident["label"]));
    fact(out, "fingerprint", &text(incident, "fingerprint", 64));
}

/// Until when somebody should answer, or whether somebody did in time; a dash where no response time is promised.
fn answer(response: &Value, now: Timestamp) -> String {
    let Some(due) = response["due_at"].as_str() else { return NOTHING.to_owned() };
    let when = format!("{} ({})", terminal::time(due), from_now(due, now));
    match (response["state"].as_str(), response["answered_at"].as_str()) {
        (Some("met"), Some(at)) => format!("in time, {}; it was due by {}", terminal::time(at), terminal::time(due)),
        (Some("missed"), Some(at)) => {
            styled(YELLOW, &format!("late, {}; it was due by {}", terminal::time(at), terminal::time(due)))
        }
        (Some("missed"), None) => styled(YELLOW, &format!("missed: it was due by {when}")),
        _ => format!("due by {when}"),
    }
}

/// What a person said of it, in a line; a dash for what nobody said.
fn label(label: &Value) -> String {
    if label.is_null() {
        return NOTHING.to_owned();
    }
    let until = label["until"].as_str().map_or_else(String::new, crate::terminal::time);
    let said = format!("{} by {} until {until}", text(label, "priority", 12), text(label, "by", 64));
    if label["reason"].is_null() { said } else { format!("{said}: {}", text(label, "reason", 300)) }
}

fn factors(out: &mut String, incident: &Value) {
    let Some(factors) = incident["factors"].as_array().filter(|factors| !factors.is_empty()) else { return };
    let priority = text(incident, "priority", 12);
    section(out, &format!("Why {priority}: {} of 100", text(incident, "score", 4)));
    for factor in factors {
        let score = factor["score"].as_u64().map_or_else(|| NOTHING.to_owned(), |score| score.to_string());
        let weight = factor["weight"].as_f64().unwrap_or_default();
        let _ = writeln!(
            out,
            "  {:<12} {score:>3}  × {weight:<5} {}",
            text(factor, "name", 12),
            text(factor, "evidence", 200)
        );
    }
    fact(out, "but", &text(incident, "because", 300));
}

/// Why nobody is paged about a live incident now: its word.
pub(super) fn held(incident: &Value) -> Option<&'static str> {
    match incident["state"].as_str() {
        Some("acknowledged") => Some("acknowledged"),
        Some("snoozed") => Some("snoozed"),
        _ => (!incident["silenced"].is_null()).then_some("silenced"),
    }
}

fn people(out: &mut String, incident: &Value, now: Timestamp) {
    let Some(told) = incident["told"].as_array().filter(|told| !told.is_empty()) else { return };
    section(out, "Who was told");
    for contact in told {
        let channels: Vec<_> = contact["channels"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|name| safe(name, 64))
            .collect();
        let pages = counted(&contact["pages"], "page");
        let name = text(contact, "contact", 64);
        // A notifier that is its own contact has its name twice.
        let over = if channels == [name.clone()] { String::new() } else { format!(" over {}", channels.join(", ")) };
        let mut line = format!("{name}{over}: {pages}, ");
        let _ = write!(
            line,
            "the last {} {}",
            text(contact, "last", 12),
            contact["last_at"].as_str().map_or_else(String::new, |at| from_now(at, now))
        );
        // What holds the ladder holds this too, and is told below.
        if let Some(next) = contact["next_at"].as_str().filter(|_| held(incident).is_none()) {
            let _ = write!(line, ", again {}", from_now(next, now));
        }
        let _ = writeln!(out, "  {line}");
    }
}

fn timeline(out: &mut String, incident: &Value, rest: &[Value]) {
    section(out, "Timeline (UTC)");
    let mut day = String::new();
    for entry in incident["timeline"].as_array().into_iter().flatten().chain(rest) {
        let at = terminal::time(entry["at"].as_str().unwrap_or_default());
        let (date, clock) = at.split_once(' ').unwrap_or(("", &at));
        if date != day {
            let _ = writeln!(out, "  {}", styled(DIM, date));
            date.clone_into(&mut day);
        }
        let clock = clock.strip_suffix(" UTC").unwrap_or(clock);
        let _ = writeln!(out, "  {}  {}", styled(DIM, clock), text(entry, "text", TEXT_LIMIT));
    }
}

fn next(out: &mut String, incident: &Value, now: Timestamp, program: &str) {
    section(out, "Now");
    for line in incident["standing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(out, "  {}", terminal::with_distances(&safe(line, TEXT_LIMIT), now));
    }
    let id = text(incident, "id", 24);
    let state = incident["state"].as_str().unwrap_or_default();
    let commands: &[(&str, &str, &str)] = match state {
        "resolved" => &[
            ("incident undo", "", "that was a mistake: everything goes on"),
            ("incident reopen", "", "it is back: a new opening"),
            ("why", "", "each decision, with its numbers"),
        ],
        "acknowledged" => {
            &[("incident resolve", "", "when it is fixed"), ("why", "", "each decision, with its numbers")]
        }
        _ => &[
            ("incident ack", "", "take it: pages stop"),
            ("incident snooze", " --for 2h", "put it off"),
            ("incident resolve", "", "it is over"),
            ("why", "", "each decision, with its numbers"),
        ],
    };
    out.push('\n');
    for (command, options, what) in commands {
        let line = format!("{program} {command} {id}{options}");
        let _ = writeln!(out, "  {}  {}", styled(CYAN, &format!("> {line:<52}")), styled(DIM, what));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn incident() -> Value {
        json!({
            "id": "inc-0123456789ab", "state": "escalating", "level": "critical", "priority": "critical", "synthetic": false,
            "title": "TypeError: \u{1b}[31mred\nforged", "project": "payments", "environment": "production", "release": null,
            "culprit": "app.pay", "exception": "TypeError", "count": 12, "users": 3, "opening": 2, "external_id": null,
            "fingerprint": "d41d8cd98f00b204e9800998ecf8427e", "link": "https://sentry.example/1", "owner": null,
            "opened_at": "2026-11-21T10:00:00.000Z", "last_seen_at": "2026-11-21T10:04:00.000Z",
            "rate": 9, "response": {"due_at": "2026-11-21T10:15:00.000Z", "state": "open", "answered_at": null},
            "issues": [{"id": "42", "open": true}], "score": 87, "because": null,
            "factors": [
                {"name": "severity", "score": 95, "weight": 0.3, "evidence": "fatal, unhandled"},
                {"name": "velocity", "score": null, "weight": 0.15, "evidence": "no baseline yet"},
            ],
            "told": [{"contact": "console", "channels": ["console"], "pages": 1, "last": "delivered",
                "last_at": "2026-11-21T10:00:01.000Z", "next_at": "2026-11-21T10:05:10.000Z"}],
            "timeline": [
                {"at": "2026-11-21T10:00:00.000Z", "text": "Opened at level critical, priority critical"},
                {"at": "2026-11-21T10:00:00.100Z", "text": "Page 1 to console: the rung came due (rung 0)"},
            ],
            "standing": ["Escalating at level critical.", "Rung 1 of the critical ladder is due at 2026-11-21T10:30:00.000Z."],
        })
    }

    #[test]
    fn the_story_says_what_why_who_when_and_what_next() {
        let now = Timestamp::parse("2026-11-21T10:05:00Z").unwrap_or(Timestamp::EPOCH);
        let story = told(&incident(), &[], now, "watchfire");
        insta::assert_snapshot!(anstream::adapter::strip_str(&story).to_string());
    }

    #[test]
    fn an_answer_is_due_missed_late_or_in_time() {
        let now = Timestamp::parse("2026-11-21T10:20:00Z").unwrap_or(Timestamp::EPOCH);
        let said = |state: &str, answered_at: Value| {
            let response = json!({"due_at": "2026-11-21T10:15:00.000Z", "state": state, "answered_at": answered_at});
            anstream::adapter::strip_str(&answer(&response, now)).to_string()
        };
        assert_eq!(said("missed", Value::Null), "missed: it was due by 2026-11-21 10:15:00 UTC (5 min ago)");
        assert_eq!(
            said("missed", json!("2026-11-21T10:18:00.000Z")),
            "late, 2026-11-21 10:18:00 UTC; it was due by 2026-11-21 10:15:00 UTC"
        );
        assert!(said("met", json!("2026-11-21T10:02:00.000Z")).starts_with("in time, 2026-11-21 10:02:00 UTC"));
        assert_eq!(answer(&Value::Null, now), NOTHING);
    }
}
