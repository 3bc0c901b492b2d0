//! Who is on call, in words and tables. Times are those on the clock of the schedule's zone.

use std::fmt::Write as _;

use domain::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{TEXT_LIMIT, items, several, text};
use crate::terminal::{self, BOLD, CYAN, NOTHING, YELLOW, from_now, safe, styled};

const NOBODY: &str = "nobody";

/// `Mon 2026-11-23 09:00 CET`.
fn local(at: &Value, zone: &TimeZone) -> String {
    let Some(text) = at.as_str() else { return NOTHING.to_owned() };
    let instant = Timestamp::parse(text).and_then(|at| jiff::Timestamp::from_millisecond(at.millis()).ok());
    instant.map_or_else(
        || safe(text, 40),
        |instant| instant.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string(),
    )
}

fn zone(told: &Value) -> TimeZone {
    told["zone"].as_str().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

fn person(shift: &Value) -> String {
    if shift["person"].is_null() { NOBODY.to_owned() } else { text(shift, "person", 64) }
}

/// Who is on call now, a line for each layer.
pub(super) fn table(layers: &[Value], now: Timestamp) -> String {
    let rows = layers.iter().map(|layer| {
        let zone = zone(layer);
        let until = layer["until"].as_str().map_or_else(
            || NOTHING.to_owned(),
            |at| format!("{} ({})", local(&layer["until"], &zone), from_now(at, now)),
        );
        let next = match &layer["next"] {
            Value::Null => NOTHING.to_owned(),
            next if next["from"] == layer["until"] => person(next),
            next => format!("{} from {}", person(next), local(&next["from"], &zone)),
        };
        vec![text(layer, "schedule", 64), text(layer, "layer", 64), person(layer), by(layer), until, next]
    });
    terminal::table(&["schedule", "layer", "on call", "by", "until", "next"], rows.collect(), 5)
}

fn by(shift: &Value) -> String {
    match (&shift["override"], shift["by"].as_str()) {
        (Value::String(id), _) => safe(id, 24),
        (order @ Value::Object(_), _) => format!("{} by {}", text(order, "id", 24), text(order, "by", 40)),
        (_, Some(NOBODY)) => NOTHING.to_owned(),
        _ => text(shift, "by", 12),
    }
}

/// The shifts of a schedule.
pub(super) fn schedule_shown(told: &Value, now: Timestamp, program: &str) -> String {
    let zone = zone(told);
    let mut out = format!(
        "{} from {} to {} ({})",
        styled(BOLD, &text(told, "schedule", 64)),
        local(&told["from"], &zone),
        local(&told["to"], &zone),
        text(told, "zone", 64)
    );
    for layer in told["layers"].as_array().into_iter().flatten() {
        let _ = write!(out, "\n\n{}\n", styled(BOLD, &text(layer, "layer", 64)));
        let rows = layer["shifts"].as_array().into_iter().flatten().map(|shift| {
            let length = span_of(shift);
            vec![local(&shift["from"], &zone), local(&shift["until"], &zone), length, person(shift), by(shift)]
        });
        out.push_str(&terminal::table(&["from", "until", "for", "on call", "by"], rows.collect(), 3));
    }
    let uncovered = told["uncovered"].as_array().map_or(&[][..], Vec::as_slice);
    match uncovered {
        [] => out.push_str("\n\nSomebody is on call at all times."),
        [first, ..] => {
            let _ = write!(
                out,
                "\n\n{} nobody is on call {}, first from {} to {}",
                styled(YELLOW, "note:"),
                if let [_] = uncovered { "once".to_owned() } else { several(uncovered.len() as u64, "time") },
                local(&first["from"], &zone),
                local(&first["until"], &zone)
            );
        }
    }
    let orders = told["overrides"].as_array().map_or(&[][..], Vec::as_slice);
    if !orders.is_empty() {
        let rows = orders.iter().map(|order| {
            vec![
                text(order, "id", 24),
                text(order, "layer", 64),
                text(order, "person", 64),
                local(&order["from"], &zone),
                order["until"].as_str().map_or_else(String::new, |at| {
                    format!("{} ({})", local(&order["until"], &zone), from_now(at, now))
                }),
                text(order, "by", 40),
                text(order, "reason", 80),
            ]
        });
        let _ = write!(
            out,
            "\n\n{}\n{}\n{}",
            styled(BOLD, "overrides"),
            terminal::table(&["id", "layer", "person", "from", "until", "by", "reason"], rows.collect(), 6),
            styled(CYAN, &format!("> {program} oncall override --end ID"))
        );
    }
    out
}

fn span_of(shift: &Value) -> String {
    let at = |field: &str| shift[field].as_str().and_then(Timestamp::parse);
    at("from").zip(at("until")).map_or_else(String::new, |(from, until)| terminal::span(until.since(from).as_secs()))
}

/// Who was put on call, instead of whom.
pub(super) fn put_on_call(order: &Value, program: &str) -> String {
    let names: Vec<_> = order["instead_of"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let instead = if names.is_empty() { NOBODY.to_owned() } else { safe(&names.join(", "), TEXT_LIMIT) };
    let at = |field: &str| order[field].as_str().map_or_else(String::new, terminal::time);
    format!(
        "{} is on call for {}/{} from {} to {}, instead of {instead}\n  {}",
        styled(BOLD, &text(order, "person", 64)),
        text(order, "schedule", 64),
        text(order, "layer", 64),
        at("from"),
        at("until"),
        styled(CYAN, &format!("> {program} oncall override --end {}", text(order, "id", 24)))
    )
}

/// What became of the end of an override.
pub(super) fn ended(order: &Value) -> String {
    let id = styled(BOLD, &text(order, "id", 24));
    let whose =
        format!("{} on {}/{}", text(order, "person", 64), text(order, "schedule", 64), text(order, "layer", 64));
    match order["state"].as_str() {
        Some("withdrawn") => format!("{id} is taken back: {whose} never begins"),
        Some("ended") => format!("{id} is over: {whose} ends now"),
        _ => format!("{id} was over already; nothing changed"),
    }
}

/// What a calendar became.
pub(super) fn imported(done: &Value) -> String {
    let until = done["until"].as_str().map_or_else(String::new, terminal::time);
    let made = if done["dry_run"].as_bool() == Some(true) { "would make" } else { "made" };
    let count = several(items(done).len() as u64, "override");
    let whose = format!("{}/{}", text(done, "schedule", 64), text(done, "layer", 64));
    let mut out = format!("{made} {count} of {whose}, of all that begins until {until}");
    if !items(done).is_empty() {
        let at = |order: &Value, field: &str| order[field].as_str().map_or_else(String::new, terminal::time);
        let rows = items(done)
            .iter()
            .map(|order| vec![text(order, "id", 24), text(order, "person", 64), at(order, "from"), at(order, "until")]);
        let _ = write!(out, "\n{}", terminal::table(&["id", "person", "from", "until"], rows.collect(), 1));
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

    fn order() -> Value {
        json!({
            "id": "ovr-0123456789ab", "schedule": "web", "layer": "primary", "person": "bob", "by": "ada", "reason": "concert",
            "from": "2026-11-21T11:00:00.000Z", "until": "2026-11-22T03:00:00.000Z",
        })
    }

    #[test]
    fn who_is_on_call_is_a_line_for_each_layer() {
        let layers = [
            json!({
                "schedule": "web", "layer": "day", "zone": "Europe/Berlin", "person": null, "by": "nobody", "override": null,
                "until": "2026-11-23T08:00:00.000Z", "next": {"from": "2026-11-23T08:00:00.000Z", "person": "carol", "by": "rotation"},
            }),
            json!({
                "schedule": "web", "layer": "primary", "zone": "Europe/Berlin", "person": "bob", "by": "override", "override": order(),
                "until": "2026-11-22T03:00:00.000Z", "next": {"from": "2026-11-23T08:00:00.000Z", "person": "ada", "by": "rotation"},
            }),
            json!({
                "schedule": "web", "layer": "rest", "zone": "Nowhere/Here", "person": "dan", "by": "rotation", "override": null,
                "until": null, "next": null,
            }),
        ];
        insta::assert_snapshot!(plain(&table(&layers, now())));
    }

    #[test]
    fn a_schedule_is_its_shifts_its_gaps_and_what_was_ordered() {
        let told = json!({
            "schedule": "web", "zone": "Europe/Berlin", "from": "2026-10-24T22:00:00.000Z", "to": "2026-11-23T12:00:00.000Z",
            "layers": [{"layer": "primary", "gaps": [], "shifts": [
                // Across the end of summer time.
                {"from": "2026-10-24T22:00:00.000Z", "until": "2026-10-26T08:00:00.000Z", "person": "ada", "by": "rotation", "override": null},
                {"from": "2026-10-26T08:00:00.000Z", "until": "2026-11-21T11:00:00.000Z", "person": null, "by": "nobody", "override": null},
                {"from": "2026-11-21T11:00:00.000Z", "until": "2026-11-22T03:00:00.000Z", "person": "bob", "by": "override", "override": "ovr-0123456789ab"},
            ]}],
            "uncovered": [{"from": "2026-10-26T08:00:00.000Z", "until": "2026-11-21T11:00:00.000Z"}],
            "overrides": [order()],
        });
        insta::assert_snapshot!(plain(&schedule_shown(&told, now(), "watchfire")));
    }

    #[test]
    fn orders_and_their_ends_are_sentences() {
        let mut order = order();
        order["instead_of"] = json!(["ada", "carol"]);
        let told = plain(&put_on_call(&order, "watchfire"));
        assert!(
            told.starts_with("bob is on call for web/primary from 2026-11-21 11:00:00 UTC to 2026-11-22 03:00:00 UTC, instead of ada, carol\n"),
            "{told}"
        );
        for (state, said) in [
            ("withdrawn", "ovr-0123456789ab is taken back: bob on web/primary never begins"),
            ("ended", "ovr-0123456789ab is over: bob on web/primary ends now"),
            ("over", "ovr-0123456789ab was over already; nothing changed"),
        ] {
            order["state"] = state.into();
            assert_eq!(plain(&ended(&order)), said);
        }
        let done = json!({"schedule": "web", "layer": "primary", "dry_run": true, "until": "2027-11-22T12:00:00.000Z", "items": [order]});
        let told = plain(&imported(&done));
        assert!(
            told.starts_with("would make 1 override of web/primary, of all that begins until 2027-11-22"),
            "{told}"
        );
    }
}
