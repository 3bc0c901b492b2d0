//! `watchfire triage report`: how far triage and people agree.

use std::fmt::Write as _;

use serde_json::Value;

use super::{address, print_json, text, with_client};
use crate::args::Output;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, print};

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, since: &str, output: Output) -> Result<(), Failure> {
    let path = address(&["api", "v1", "triage", "report"], &[("since", since.to_owned())]);
    let report = with_client(session, async |client: &Client| client.get(&path).await).await?;
    if output.json { print_json(&report) } else { Ok(print(&told(&report))?) }
}

fn told(report: &Value) -> String {
    let since = report["since"].as_str().map_or_else(String::new, terminal::time);
    let n = report["n"].as_u64().unwrap_or_default();
    let mut out = format!("{} judged by people since {since}", super::several(n, "incident"));
    if n == 0 {
        out.push_str("\n\nJudge incidents with `watchfire incident priority` and `watchfire incident noise`.");
        return out;
    }
    let _ = write!(out, "\n\nRows: what people said. Columns: what triage had said.\n\n{}\n\n", matrix(report));
    for (name, field) in [("exact", "exact"), ("under-triage", "under"), ("over-triage", "over")] {
        let _ = writeln!(out, "{name:<14} {}", share(&report[field]));
    }
    let _ = writeln!(out, "{:<14} {}", "kappa", kappa(&report["kappa"]));
    let majority = &report["majority"];
    if majority["priority"].is_string() {
        let always = text(majority, "priority", 12);
        let _ = writeln!(out, "{:<14} {} by always saying {always}", "baseline", share(majority));
    }
    worst(&mut out, report);
    let _ = write!(out, "\n{}", text(report, "note", 1_000));
    out
}

fn matrix(report: &Value) -> String {
    let words: Vec<&str> = report["priorities"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let rows = words.iter().enumerate().map(|(row, word)| {
        let counts = (0..words.len()).map(|column| match report["matrix"][row][column].as_u64() {
            None | Some(0) => "·".to_owned(),
            Some(count) => count.to_string(),
        });
        std::iter::once((*word).to_owned()).chain(counts).collect()
    });
    let header: Vec<&str> = std::iter::once("people").chain(words.iter().copied()).collect();
    terminal::table(&header, rows.collect(), 0)
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(|| terminal::NOTHING.to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn share(share: &Value) -> String {
    if let Some(needs) = share["too_small_below"].as_u64() {
        return too_small(needs);
    }
    let (low, high) = (percent(&share["low"]), percent(&share["high"]));
    format!("{} ({low} to {high}), {} of {}", percent(&share["share"]), share["hits"], share["of"])
}

fn kappa(kappa: &Value) -> String {
    if let Some(needs) = kappa["too_small_below"].as_u64() {
        return too_small(needs);
    }
    let figure = |field: &str| kappa[field].as_f64().map(|value| format!("{value:.2}"));
    match (figure("value"), figure("low"), figure("high")) {
        (Some(value), Some(low), Some(high)) => format!("{value} ({low} to {high}), weighted by the distance squared"),
        _ => "not defined: both always said the same one".to_owned(),
    }
}

fn too_small(needs: u64) -> String {
    format!("n too small: needs {needs} incidents")
}

fn worst(out: &mut String, report: &Value) {
    let Some(worst) = report["worst"].as_array().filter(|worst| !worst.is_empty()) else { return };
    let _ = writeln!(out, "\nWorst misses");
    for miss in worst {
        let (said, triaged) = (text(miss, "said", 12), text(miss, "triaged", 12));
        let _ = write!(out, "  {}  {said} where triage said {triaged}", text(miss, "incident", 24));
        if miss["reason"].is_string() {
            let _ = write!(out, ": {}", text(miss, "reason", 200));
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn report() -> Value {
        let share = |hits: u64, share: f64, low: f64, high: f64| json!({"hits": hits, "of": 40, "share": share, "low": low, "high": high});
        let mut majority = share(14, 0.35, 0.2213, 0.5049);
        majority["priority"] = "low".into();
        json!({
            "since": "2026-08-23T10:00:00.000Z", "n": 40, "labels": 44,
            "priorities": ["ignore", "low", "medium", "high", "critical"],
            "matrix": [[6, 2, 0, 0, 0], [1, 12, 1, 0, 0], [0, 1, 8, 1, 0], [0, 1, 0, 4, 0], [0, 0, 0, 1, 2]],
            "exact": share(32, 0.8, 0.6524, 0.895), "under": share(4, 0.1, 0.0396, 0.2305), "over": share(4, 0.1, 0.0396, 0.2305),
            "kappa": {"value": 0.8713, "low": 0.76, "high": 0.9826, "undefined": false},
            "majority": majority,
            "worst": [
                {"incident": "inc-0123456789ab", "said": "high", "triaged": "low", "score": 22, "reason": "customers pay twice"},
                {"incident": "inc-0123456789ac", "said": "critical", "triaged": "high", "score": 71, "reason": null},
            ],
            "note": "People label mostly what they disagree with.",
        })
    }

    #[test]
    fn the_report_shows_the_matrix_and_what_may_be_read_from_it() {
        insta::assert_snapshot!(plain(&told(&report())));
    }

    #[test]
    fn too_few_incidents_give_no_figures() {
        let mut few = report();
        few["n"] = 3.into();
        few["exact"] = json!({"hits": null, "of": 3, "share": null, "low": null, "high": null, "too_small_below": 10});
        few["kappa"] = json!({"value": null, "low": null, "high": null, "too_small_below": 30, "undefined": false});
        few["majority"] = json!({"priority": null});
        let told = plain(&told(&few));
        assert!(told.contains("n too small: needs 10 incidents"), "{told}");
        assert!(told.contains("n too small: needs 30 incidents"), "{told}");
        assert!(!told.contains("baseline"), "{told}");
    }
}
