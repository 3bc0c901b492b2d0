//! Silences in words and tables.

use std::fmt::Write as _;

use domain::time::Timestamp;
use serde_json::Value;

use super::{TEXT_LIMIT, TITLE_LIMIT, counted, text};
use crate::terminal::{self, BOLD, CYAN, YELLOW, from_now, safe, styled};

/// What was ordered, or would be, and what it would have muted.
pub(super) fn ordered(silence: &Value, now: Timestamp, program: &str) -> String {
    let is_trial = silence["dry_run"].as_bool() == Some(true);
    let kind = kind(silence);
    let mut out = if is_trial {
        format!("this {kind} was not ordered; it would be so")
    } else {
        let id = text(silence, "id", 24);
        format!("{} {}", styled(BOLD, &id), holds(silence, kind, now))
    };
    let _ = write!(out, "\n  matches  {}", text(silence, "match", TEXT_LIMIT));
    let _ = write!(out, "\n  times    {}", text(silence, "times", TEXT_LIMIT));
    let _ = write!(out, "\n  reason   {}, {}", text(silence, "by", 100), text(silence, "reason", TEXT_LIMIT));
    for caution in silence["cautions"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let _ = write!(out, "\n  {} {}", styled(YELLOW, "caution:"), safe(caution, TEXT_LIMIT));
    }
    let _ = write!(out, "\n{}", previewed(&silence["preview"], now));
    if !is_trial {
        let end = format!("> {program} silence end {}", text(silence, "id", 24));
        let _ = write!(out, "\n{}", styled(CYAN, &end));
    }
    out
}

fn kind(silence: &Value) -> &'static str {
    if silence["kind"] == "maintenance" { "maintenance window" } else { "silence" }
}

fn holds(silence: &Value, kind: &str, now: Timestamp) -> String {
    match (silence["now"]["until"].as_str(), silence["next"]["from"].as_str()) {
        (Some(until), _) => {
            format!("is a {kind} that holds now, until {} ({})", terminal::time(until), from_now(until, now))
        }
        (None, Some(from)) => {
            format!("is a {kind} that begins at {} ({})", terminal::time(from), from_now(from, now))
        }
        (None, None) => format!("is a {kind} that is over"),
    }
}

/// What became of its end.
pub(super) fn ended(silence: &Value, now: Timestamp) -> String {
    let (id, kind) = (styled(BOLD, &text(silence, "id", 24)), kind(silence));
    if silence["changed"].as_bool() == Some(true) {
        return format!("{id} is over: what this {kind} held is let go");
    }
    match silence["ended"]["at"].as_str() {
        Some(at) => format!(
            "{id} was ended {} by {} already; nothing changed",
            from_now(at, now),
            text(&silence["ended"], "by", 100)
        ),
        None => format!("{id} was over already; nothing changed"),
    }
}

/// One line for each.
pub(super) fn table(silences: &[Value], now: Timestamp) -> String {
    let rows = silences.iter().map(|silence| {
        let called = match silence["name"].as_str() {
            Some(_) => text(silence, "name", 64),
            None => text(silence, "id", 24),
        };
        vec![
            called,
            text(silence, "kind", 12),
            text(silence, "state", 12),
            when(silence, now),
            text(silence, "by", 40),
            text(silence, "match", TITLE_LIMIT),
            text(silence, "reason", TITLE_LIMIT),
        ]
    });
    terminal::table(&["id", "kind", "state", "when", "by", "match", "reason"], rows.collect(), 5)
}

fn when(silence: &Value, now: Timestamp) -> String {
    let recurs = if silence["recurs"].is_object() { ", recurs" } else { "" };
    match (silence["now"]["until"].as_str(), silence["next"]["from"].as_str()) {
        (Some(until), _) => format!("ends {}{recurs}", from_now(until, now)),
        (None, Some(from)) => format!("begins {}{recurs}", from_now(from, now)),
        (None, None) => {
            let over = silence["ended"]["at"].as_str().or_else(|| silence["until"].as_str());
            over.map_or_else(|| "over".to_owned(), |at| format!("ended {}", from_now(at, now)))
        }
    }
}

/// What a silence would have muted.
pub(super) fn previewed(preview: &Value, now: Timestamp) -> String {
    let muted = &preview["muted"];
    let which = if preview["throughout"].as_bool() == Some(true) {
        "Had it held for all of the last 7 days"
    } else {
        "In its hours of the last 7 days"
    };
    let tally =
        |tally: &Value| format!("{} of {}", counted(&tally["pages"], "page"), counted(&tally["incidents"], "incident"));
    let mut out = if muted["pages"].as_u64() == Some(0) {
        format!("{which}, it would have muted nothing.")
    } else {
        let levels: Vec<_> = ["critical", "high", "medium", "low", "maintenance"]
            .iter()
            .filter_map(|level| Some(format!("{} {level}", preview["by_level"][level]["incidents"].as_u64()?)))
            .collect();
        let shown = preview["shown"].as_array().map_or(&[][..], Vec::as_slice);
        let rows = shown.iter().map(|muted| {
            vec![
                text(muted, "incident", 24),
                text(muted, "level", 12),
                text(muted, "pages", 12),
                muted["last_at"].as_str().map_or_else(String::new, |at| from_now(at, now)),
                text(muted, "title", TITLE_LIMIT),
            ]
        });
        let table = terminal::table(&["incident", "level", "pages", "last", "title"], rows.collect(), 4);
        let mut out = format!("{which}, it would have muted {} ({}).\n{table}", tally(muted), levels.join(", "));
        let left = muted["incidents"].as_u64().unwrap_or_default().saturating_sub(shown.len() as u64);
        if left > 0 {
            let _ = write!(out, "\nand {left} more");
        }
        out
    };
    if preview["unsure"]["incidents"].as_u64() != Some(0) {
        let _ = write!(
            out,
            "\nOf {} nobody can say: it depends on what an incident does not keep of its signals, such as a tag or a path.",
            tally(&preview["unsure"])
        );
    }
    if preview["truncated"].as_bool() == Some(true) {
        let _ = write!(
            out,
            "\n{} not everything was looked at, only {} with the newest openings and the beginning of their timelines.",
            styled(YELLOW, "note:"),
            counted(&preview["considered"], "incident")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T12:00:00Z").unwrap()
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn silence() -> Value {
        json!({
            "id": "sil-0123456789ab", "kind": "silence", "name": null, "state": "standing", "match": "{ project = \"shop\" }",
            "times": "2026-11-21T12:00Z until 2026-11-25T12:00Z", "until": "2026-11-25T12:00:00.000Z", "recurs": null,
            "now": {"from": "2026-11-21T12:00:00.000Z", "until": "2026-11-25T12:00:00.000Z"}, "next": null,
            "reason": "deploy \u{1b}[2J", "by": "ada", "ended": null, "dry_run": false,
            "cautions": ["it holds 96 hours without a break, and critical is held as well"],
            "preview": {
                "throughout": true, "muted": {"incidents": 22, "pages": 31}, "considered": 5000, "truncated": true,
                "by_level": {"critical": {"incidents": 1, "pages": 9}, "low": {"incidents": 21, "pages": 22}},
                "unsure": {"incidents": 1, "pages": 2},
                "shown": [
                    {"incident": "inc-0123456789ab", "title": "Payments are slow", "level": "critical", "pages": 9, "last_at": "2026-11-20T12:00:00.000Z"},
                    {"incident": "inc-0123456789ac", "title": "Cart is empty", "level": "low", "pages": 1, "last_at": "2026-11-21T11:55:00.000Z"},
                ],
            },
        })
    }

    #[test]
    fn what_was_ordered_is_told_with_what_it_would_have_muted() {
        insta::assert_snapshot!(plain(&ordered(&silence(), now(), "watchfire")));
    }

    #[test]
    fn a_trial_says_that_nothing_was_ordered_and_what_is_quiet_says_so() {
        let mut trial = silence();
        trial["dry_run"] = true.into();
        trial["kind"] = "maintenance".into();
        trial["cautions"] = json!([]);
        trial["preview"] = json!({"throughout": false, "muted": {"incidents": 0, "pages": 0}, "unsure": {"incidents": 0, "pages": 0}, "truncated": false});
        let told = plain(&ordered(&trial, now(), "watchfire"));
        assert!(told.starts_with("this maintenance window was not ordered"), "{told}");
        assert!(told.ends_with("In its hours of the last 7 days, it would have muted nothing."), "{told}");
    }

    #[test]
    fn the_list_says_of_each_when_it_begins_or_ends() {
        let standing = silence();
        let mut upcoming = silence();
        upcoming["name"] = "nightly-import".into();
        upcoming["kind"] = "maintenance".into();
        upcoming["state"] = "upcoming".into();
        upcoming["now"] = Value::Null;
        upcoming["next"] = json!({"from": "2026-11-22T01:00:00.000Z"});
        upcoming["recurs"] = json!({});
        upcoming["by"] = "policy".into();
        let mut over = silence();
        over["state"] = "ended".into();
        over["now"] = Value::Null;
        over["ended"] = json!({"at": "2026-11-21T09:00:00.000Z", "by": "bob"});
        insta::assert_snapshot!(plain(&table(&[standing, upcoming, over.clone()], now())));
        over["changed"] = false.into();
        assert_eq!(plain(&ended(&over, now())), "sil-0123456789ab was ended 3 h ago by bob already; nothing changed");
    }
}
