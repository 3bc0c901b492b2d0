//! `watchfire escalation stats`: the figures of escalations as tables. What is not known says why: too few cases, or too many that never ended.

use std::fmt::Write as _;

use serde_json::Value;

use super::{address, counted, print_json, text, with_client};
use crate::args::Output;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, BOLD, NOTHING, print, styled};

/// Highest first, as people look for them; the last row is over all of them.
const ROWS: [&str; 5] = ["critical", "high", "medium", "low", "all"];
/// How many of the incidents behind a figure are printed.
const NAMED: usize = 5;

/// Does it.
///
/// # Errors
/// Whatever the API refuses.
pub async fn run(session: &Session, since: &str, output: Output) -> Result<(), Failure> {
    let path = address(&["api", "v1", "escalations", "stats"], &[("since", since.to_owned())]);
    let stats = with_client(session, async |client: &Client| client.get(&path).await).await?;
    if output.json { print_json(&stats) } else { Ok(print(&told(&stats))?) }
}

fn told(stats: &Value) -> String {
    let since = stats["since"].as_str().map_or_else(String::new, terminal::time);
    let (incidents, escalations) =
        (counted(&stats["all"]["incidents"], "incident"), counted(&stats["considered"], "escalation"));
    let mut out = format!("{incidents} with {escalations} since {since}; tests and maintenance windows are left out");
    if stats["truncated"].as_bool() == Some(true) {
        out.push_str("\nThere were more: these are the newest.");
    }
    if stats["all"]["incidents"].as_u64().unwrap_or_default() == 0 {
        return out;
    }
    let rows: Vec<(&str, &Value)> = ROWS
        .into_iter()
        .map(|level| (level, if level == "all" { &stats["all"] } else { &stats["levels"][level] }))
        .filter(|(_, group)| group["incidents"].as_u64().unwrap_or_default() > 0)
        .collect();
    notify(&mut out, &rows);
    ack(&mut out, &rows);
    resolve(&mut out, &rows);
    success(&mut out, &rows);
    response(&mut out, &rows);
    noise(&mut out, &rows, &stats["labels"]);
    behind(&mut out, &stats["all"]);
    out.push_str("\nShares and medians with their 95 % interval. What is open counts as longer than until now.");
    out
}

type Rows<'a> = [(&'a str, &'a Value)];

/// One table under its title.
fn table(out: &mut String, title: &str, header: &[&str], rows: &Rows<'_>, cells: impl Fn(&Value) -> Vec<String>) {
    let header: Vec<&str> = std::iter::once("level").chain(header.iter().copied()).collect();
    let lines = rows.iter().map(|(level, group)| std::iter::once((*level).to_owned()).chain(cells(group)).collect());
    let _ = write!(out, "\n\n{}\n{}", styled(BOLD, title), terminal::table(&header, lines.collect(), 0));
}

fn notify(out: &mut String, rows: &Rows<'_>) {
    let title = "Time to notify: from when the first rung was due to the first delivered page";
    table(out, title, &["n", "p50", "p95", "p99", "longest", "not told"], rows, |group| {
        let figures = &group["time_to_notify"];
        let at = |field: &str| quantile(&figures[field], &figures["n"]);
        let longest = figures["max_ms"].as_u64().map_or_else(|| NOTHING.to_owned(), span);
        let mut cells = vec![text(figures, "n", 12), at("p50"), at("p95"), at("p99"), longest];
        cells.push(text(figures, "open", 12));
        cells
    });
}

fn ack(out: &mut String, rows: &Rows<'_>) {
    let title = "Time to ack: from that page to the first act of a person";
    table(out, title, &["n", "median", "p90", "open", "unanswered"], rows, |group| {
        let figures = &group["time_to_ack"];
        let [n, median, p90, open] = times(figures);
        vec![n, median, p90, open, share(&figures["unanswered"])]
    });
}

fn resolve(out: &mut String, rows: &Rows<'_>) {
    let title = "Time to resolve: from the opening; closed by a timer counts as open";
    table(out, title, &["n", "median", "p90", "mean up to 7 d", "open", "resolved by", "came back"], rows, |group| {
        let figures = &group["time_to_resolve"];
        let [n, median, p90, open] = times(figures);
        let by: Vec<String> = figures["by"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(by, count)| format!("{} {count}", terminal::safe(by, 12)))
            .collect();
        let by = if by.is_empty() { NOTHING.to_owned() } else { by.join(", ") };
        vec![n, median, p90, mean(&figures["mean"], &figures["n"]), open, by, text(group, "reopened", 12)]
    });
}

fn success(out: &mut String, rows: &Rows<'_>) {
    let title = "Escalation success: three numbers, not one";
    table(out, title, &["steps on time", "pages delivered", "answered in time", "exhausted"], rows, |group| {
        let exhausted = text(&group["exhausted"], "count", 12);
        vec![share(&group["integrity"]), share(&group["delivery"]), share(&group["answer"]), exhausted]
    });
}

fn response(out: &mut String, rows: &Rows<'_>) {
    let title = "Response times, P0 (critical) to P3 (low)";
    table(out, title, &["in time", "met", "missed", "open past it", "still in time"], rows, |group| {
        let figures = &group["response"];
        let count = |field: &str| text(figures, field, 12);
        vec![share(&figures["in_time"]), count("met"), count("missed"), count("overdue"), count("waiting")]
    });
}

fn noise(out: &mut String, rows: &Rows<'_>, labels: &Value) {
    let title = "Noise, against one interruption for each webhook; beside it what it must not cost";
    table(out, title, &["saved", "interruptions", "webhooks", "exhausted", "unanswered"], rows, |group| {
        let figures = &group["noise"];
        let saved = match figures["saved"].as_f64() {
            Some(saved) => format!("{:.0} %", saved * 100.0),
            None => too_small(&figures["signals"], &figures["too_small_below"]),
        };
        let count = |field: &str| text(&group[field], "count", 12);
        vec![
            saved,
            text(figures, "interruptions", 12),
            text(figures, "signals", 12),
            count("exhausted"),
            count("unanswered"),
        ]
    });
    let (judged, too_low) = (&labels["judged"], &labels["too_low"]);
    let _ = write!(out, "\nTriage held {too_low} of {judged} too low that people judged (`triage report`).");
}

/// The incidents behind what went wrong.
fn behind(out: &mut String, all: &Value) {
    let mut begun = false;
    for (title, field) in [
        ("exhausted", "exhausted"),
        ("unanswered", "unanswered"),
        ("response missed", "late"),
        ("nobody told", "untold"),
    ] {
        let names: Vec<String> = all[field]["newest"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .take(NAMED)
            .map(|name| terminal::safe(name, 24))
            .collect();
        if names.is_empty() {
            continue;
        }
        if !begun {
            let _ = write!(out, "\n\n{}", styled(BOLD, "To look at, newest first"));
            begun = true;
        }
        let more =
            all[field]["count"].as_u64().unwrap_or_default().saturating_sub(u64::try_from(names.len()).unwrap_or(0));
        let _ = write!(out, "\n  {title:<16} {}", names.join(" "));
        if more > 0 {
            let _ = write!(out, " and {more} more");
        }
    }
    out.push('\n');
}

/// n, the median with its interval, the 90th percentile, how many are open.
fn times(figures: &Value) -> [String; 4] {
    let n = &figures["n"];
    let mut median = quantile(&figures["median"], n);
    if figures["median"]["ms"].is_u64()
        && let Some(low) = figures["median_low_ms"].as_u64()
    {
        let _ = match figures["median_high_ms"].as_u64() {
            Some(high) => write!(median, " ({}–{})", span(low), span(high)),
            None => write!(median, " ({} or more)", span(low)),
        };
    }
    [text(figures, "n", 12), median, quantile(&figures["p90"], n), text(figures, "open", 12)]
}

fn quantile(quantile: &Value, n: &Value) -> String {
    if let Some(length) = quantile["ms"].as_u64() {
        return span(length);
    }
    match quantile["longer_than_ms"].as_u64() {
        Some(longest) => format!("over {}", span(longest)),
        None => too_small(n, &quantile["too_small_below"]),
    }
}

fn mean(mean: &Value, n: &Value) -> String {
    let length = |field: &str| mean[field].as_u64().map(span);
    match (length("ms"), length("low_ms"), length("high_ms")) {
        (Some(mean), Some(low), Some(high)) => format!("{mean} ({low}–{high})"),
        _ if mean.is_null() => NOTHING.to_owned(),
        _ if mean["too_young"].as_bool() == Some(true) => "none is that old".to_owned(),
        _ => too_small(n, &mean["too_small_below"]),
    }
}

fn share(share: &Value) -> String {
    let Some(part) = share["share"].as_f64() else { return too_small(&share["of"], &share["too_small_below"]) };
    let bound = |name: &str| percent(share[name].as_f64().unwrap_or_default());
    format!("{} % ({}–{}) of {}", percent(part), bound("low"), bound("high"), share["of"])
}

/// Near an end of the scale a digit more: one miss in five hundred is not none.
fn percent(share: f64) -> String {
    let digits = usize::from((share < 0.01 && share > 0.0) || (share > 0.99 && share < 1.0));
    format!("{:.digits$}", share * 100.0)
}

fn too_small(n: &Value, needed: &Value) -> String {
    format!("n too small ({} of {})", n.as_u64().unwrap_or_default(), needed.as_u64().unwrap_or_default())
}

/// A length as people read it; below two seconds in milliseconds.
fn span(millis: u64) -> String {
    if millis < 2_000 { format!("{millis} ms") } else { terminal::span(millis / 1_000) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn figure(hits: u64, of: u64, figures: Option<(f64, f64, f64)>) -> Value {
        match figures {
            Some((share, low, high)) => json!({"hits": hits, "of": of, "share": share, "low": low, "high": high}),
            None => json!({"hits": hits, "of": of, "share": null, "low": null, "high": null, "too_small_below": 10}),
        }
    }

    fn none() -> Value {
        json!({"count": 0, "newest": []})
    }

    /// A level with enough behind it.
    fn high() -> Value {
        json!({
            "incidents": 50, "reopened": 4,
            "time_to_notify": {"n": 50, "open": 1, "p50": {"ms": 1_200}, "p95": {"ms": 2_400}, "p99": {"ms": null, "too_small_below": 100}, "max_ms": 61_000},
            "time_to_ack": {
                "n": 50, "open": 6, "median": {"ms": 540_000}, "median_low_ms": 420_000, "median_high_ms": 780_000,
                "p90": {"ms": null, "longer_than_ms": 90_000_000}, "unanswered": figure(3, 50, Some((0.06, 0.0206, 0.1622))),
            },
            "time_to_resolve": {
                "n": 50, "open": 9, "median": {"ms": 21_600_000}, "median_low_ms": 14_400_000, "median_high_ms": null,
                "p90": {"ms": 172_800_000}, "by": {"person": 30, "quiet": 5, "sentry": 11},
                "mean": {"ms": 75_600_000, "low_ms": 61_200_000, "high_ms": 90_000_000, "cap_ms": 604_800_000, "too_young": false},
            },
            "integrity": figure(499, 500, Some((0.998, 0.9888, 0.9996))), "delivery": figure(118, 120, Some((0.9833, 0.9413, 0.9954))),
            "answer": figure(44, 47, Some((0.9362, 0.8284, 0.9781))),
            "response": {"met": 40, "missed": 5, "overdue": 1, "waiting": 4, "in_time": figure(40, 46, Some((0.8696, 0.7433, 0.9388)))},
            "noise": {"interruptions": 120, "signals": 1_000, "saved": 0.88},
            "exhausted": {"count": 3, "newest": ["inc-0123456789ab", "inc-0123456789ac", "inc-0123456789ad"]},
            "unanswered": {"count": 3, "newest": ["inc-0123456789ab", "inc-0123456789ac", "inc-0123456789ad"]},
            "late": {"count": 6, "newest": ["inc-0123456789ae", "inc-0123456789ab", "inc-0123456789ac", "inc-0123456789ad", "inc-0123456789af", "inc-0123456789ag"]},
            "untold": none(),
        })
    }

    /// One with too little.
    fn critical() -> Value {
        let few = json!({"ms": null, "too_small_below": 10});
        json!({
            "incidents": 7, "reopened": 0,
            "time_to_notify": {"n": 7, "open": 0, "p50": few, "p95": {"ms": null, "too_small_below": 20}, "p99": {"ms": null, "too_small_below": 100}, "max_ms": 900},
            "time_to_ack": {"n": 7, "open": 0, "median": few, "median_low_ms": null, "median_high_ms": null, "p90": few, "unanswered": figure(0, 7, None)},
            "time_to_resolve": {
                "n": 7, "open": 1, "median": few, "median_low_ms": null, "median_high_ms": null, "p90": few, "by": {},
                "mean": {"ms": null, "low_ms": null, "high_ms": null, "cap_ms": 604_800_000, "too_young": false, "too_small_below": 30},
            },
            "integrity": figure(21, 21, Some((1.0, 0.8454, 1.0))), "delivery": figure(9, 9, None), "answer": figure(7, 7, None),
            "response": {"met": 7, "missed": 0, "overdue": 0, "waiting": 0, "in_time": figure(7, 7, None)},
            "noise": {"interruptions": 9, "signals": 8, "saved": null, "too_small_below": 10},
            "exhausted": none(), "unanswered": none(), "late": none(), "untold": none(),
        })
    }

    fn stats() -> Value {
        let mut all = high();
        all["incidents"] = 57.into();
        all["time_to_resolve"]["mean"] = Value::Null;
        json!({
            "since": "2026-10-23T10:00:00.000Z", "considered": 66, "truncated": false,
            "levels": {"critical": critical(), "high": high(), "medium": {"incidents": 0}, "low": {"incidents": 0}},
            "all": all, "labels": {"judged": 31, "too_low": 2},
        })
    }

    #[test]
    fn the_figures_are_tables_with_intervals_and_too_few_say_so() {
        insta::assert_snapshot!(plain(&told(&stats())));
    }

    #[test]
    fn without_incidents_there_is_nothing_to_tell() {
        let nothing =
            json!({"since": "2026-10-23T10:00:00.000Z", "considered": 0, "truncated": true, "all": {"incidents": 0}});
        assert_eq!(
            plain(&told(&nothing)),
            "0 incidents with 0 escalations since 2026-10-23 10:00:00 UTC; tests and maintenance windows are left out\n\
             There were more: these are the newest."
        );
    }
}
