//! `watchfire why`: what triage says of an incident and what would change that, and each decision with its rule and its numbers.

use std::fmt::Write as _;

use serde_json::Value;

use super::{TEXT_LIMIT, TITLE_LIMIT, address, items, named, print_json, text, with_client};
use crate::args::Why;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, DIM, NOTHING, level_style, print, styled};

/// Explains.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, asked: &Why) -> Result<(), Failure> {
    let explained = with_client(session, async |client: &Client| {
        named(&asked.incident, async |incident: &str| all(client, incident).await).await
    })
    .await?;
    if asked.output.json { print_json(&explained) } else { Ok(print(&told(&explained))?) }
}

/// Every page of it as one answer.
async fn all(client: &Client, incident: &str) -> Result<Value, Failure> {
    let path = |query: &[(&str, String)]| address(&["api", "v1", "incidents", incident, "why"], query);
    let mut explained = client.get(&path(&[])).await?;
    while let Some(cursor) = explained["next"].as_str().map(str::to_owned) {
        let page = client.get(&path(&[("cursor", cursor)])).await?;
        if let Some(known) = explained["items"].as_array_mut() {
            known.extend_from_slice(items(&page));
        }
        explained["next"] = page["next"].clone();
    }
    Ok(explained)
}

fn told(explained: &Value) -> String {
    let level = text(explained, "level", 12);
    let mut out = format!(
        "{} · {}\n{}\n",
        styled(level_style(&level), &level),
        styled(BOLD, &text(explained, "title", TITLE_LIMIT)),
        text(explained, "incident", 24)
    );
    triage(&mut out, explained);
    if !items(explained).is_empty() {
        let _ = write!(out, "\n{}\n", styled(BOLD, "Decisions (UTC)"));
    }
    for entry in items(explained) {
        let at = terminal::time(entry["at"].as_str().unwrap_or_default());
        let _ = write!(out, "  {}\n    {}\n", styled(DIM, &at), text(entry, "text", TEXT_LIMIT));
    }
    if items(explained).is_empty() {
        out.push_str("\nNo decision yet.\n");
    }
    out.push('\n');
    for line in explained["standing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(out, "{}", terminal::safe(line, TEXT_LIMIT));
    }
    let _ = write!(out, "{}", styled(DIM, "The rules (L3, A1, …) stand in docs/semantics.md."));
    out
}

/// How wide the first column is.
const LABELS: usize = 12;

/// The factors as a table, what decided, and what would have to change. Nothing for an incident that was opened by hand.
fn triage(out: &mut String, explained: &Value) {
    let triage = &explained["triage"];
    let Some(factors) = triage["factors"].as_array().filter(|factors| !factors.is_empty()) else { return };
    let priority = text(explained, "priority", 12);
    let _ = write!(out, "\n{}\n", styled(BOLD, &format!("Why {priority}: {} of 100", text(triage, "score", 4))));
    let rows = factors.iter().map(|factor| {
        let or_nothing = |number: Option<String>| number.unwrap_or_else(|| NOTHING.to_owned());
        vec![
            format!("  {}", text(factor, "name", 12)),
            format!("{:>5}", or_nothing(factor["score"].as_u64().map(|score| score.to_string()))),
            format!("{:>6}", factor["weight"].as_f64().unwrap_or_default()),
            format!("{:>5}", or_nothing(factor["share"].as_f64().map(|share| format!("{:.0} %", share * 100.0)))),
            text(factor, "evidence", 130),
        ]
    });
    let table = terminal::table(&["  factor", "score", "weight", "share", "evidence"], rows.collect(), 4);
    let _ = writeln!(out, "{table}\n");
    let mut fact = |label: &str, said: &str| {
        if said != NOTHING && !said.is_empty() {
            let _ = writeln!(out, "  {label:<LABELS$} {said}");
        }
    };
    let limit = |of: &str| triage["thresholds"][of].as_u64().map(|from| format!("{of} from {from}"));
    let limits: Vec<_> = ["critical", "high", "medium", "low"].into_iter().filter_map(limit).collect();
    fact("thresholds", &limits.join(", "));
    let decided = text(triage, "because", 300);
    fact("decided", if decided == NOTHING { "the score" } else { &decided });
    if text(triage, "decided", 16) != "rule" {
        fact("rule", &text(&triage["rule"], "text", 300));
    }
    let runner_up = text(&triage["rule"], "runner_up", 64);
    if runner_up != NOTHING {
        fact("then", &format!("rule {runner_up} would have been next"));
    }
    // So much of a hash names a policy among those of one installation.
    fact("policy", &text(triage, "policy", 12));
    fact("held", &text(triage, "held", 300));
    for direction in ["higher", "lower"] {
        let change = &triage[direction];
        if change.is_null() {
            continue;
        }
        let label = format!("for {}", text(change, "to", 12));
        let _ = writeln!(out, "  {label:<LABELS$} {}", text(change, "text", 200));
        for way in change["ways"].as_array().into_iter().flatten() {
            let _ = writeln!(out, "  {:<LABELS$} {}", "", text(way, "text", 200));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn explained() -> Value {
        let factor = |name: &str, score: Option<u8>, share: Option<f64>, evidence: &str| json!({"name": name, "score": score, "weight": 1.5, "share": share, "evidence": evidence, "numbers": {}});
        json!({
            "incident": "inc-0123456789ab", "title": "TypeError: \u{1b}[31mred", "state": "escalating", "level": "high",
            "priority": "high", "standing": ["Escalating at level high."], "next": null,
            "items": [{"at": "2026-11-21T10:00:00.000Z", "text": "The ladder of level high starts (L1)"}],
            "triage": {
                "priority": "high", "scored": "medium", "score": 58,
                "thresholds": {"critical": 80, "high": 60, "medium": 40, "low": 20},
                "factors": [
                    factor("severity", Some(70), Some(0.25), "level error, unhandled"),
                    factor("environment", Some(90), Some(0.25), "environment production, from an earlier signal"),
                    factor("impact", Some(45), Some(0.25), "10 users, 90 events"),
                    factor("velocity", Some(25), Some(0.25), "8 events in the last hour, 8 usual for this hour of the week (limit 64)"),
                    factor("novelty", None, None, "when it was first seen was not told"),
                    factor("criticality", None, None, "the policy gives project shop no weight of its own"),
                ],
                "decided": "rule", "because": "rule payments: never below high (project is shop)",
                "rule": {"name": "payments", "text": "rule payments: never below high (project is shop)", "runner_up": "nights"},
                "policy": "0123456789abcdef0123456789abcdef",
                "held": "rule payments holds it at high: without it medium",
                "higher": {"to": "critical", "points": 22, "needs": 80, "text": "a mean of 80 instead of 58; no single factor can do it", "ways": []},
                "lower": {"to": "medium", "points": 19, "needs": 39, "text": "a mean of 39 instead of 58", "ways": [
                    {"factor": "impact", "from": 45, "to": 33, "text": "impact 33 instead of 45: about 2 users instead of 10"}]},
            },
        })
    }

    fn shown(explained: &Value) -> String {
        anstream::adapter::strip_str(&told(explained)).to_string()
    }

    #[test]
    fn it_tells_the_factors_what_decided_and_what_would_change_that() {
        insta::assert_snapshot!(shown(&explained()));
    }

    #[test]
    fn what_was_opened_by_hand_has_no_factors_to_tell() {
        let mut explained = explained();
        explained["triage"]["factors"] = json!([]);
        assert!(!shown(&explained).contains("Why high"));
    }
}
