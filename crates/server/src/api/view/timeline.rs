//! Lines of timelines, and the reasons of decisions.

use domain::decision::Entry;
use domain::event::Event;
use domain::time::Timestamp;
use domain::why::Why;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use store::record::TimelineRow;

use super::When;
use crate::words;

/// A line of a timeline.
#[derive(Serialize)]
pub(in crate::api) struct EntryView {
    id: i64,
    at: When,
    event: &'static str,
    by: String,
    text: String,
    data: Map<String, Value>,
    why: Option<WhyView>,
}

impl EntryView {
    pub(in crate::api) fn of(row: &TimelineRow) -> Self {
        let Entry { actor, event, why } = &row.entry;
        Self {
            id: row.id,
            at: When(row.at),
            event: event.as_str(),
            by: actor.to_string(),
            text: words::words(&row.entry),
            data: data(event),
            why: why.as_ref().map(WhyView::of),
        }
    }
}

/// The reason of a decision: its rule, its policy, its numbers.
#[derive(Serialize)]
pub(in crate::api) struct WhyView {
    rule: String,
    policy: String,
    numbers: Numbers,
}

impl WhyView {
    fn of(why: &Why) -> Self {
        Self { rule: why.rule.0.clone(), policy: why.policy.clone(), numbers: Numbers(why.numbers.clone()) }
    }
}

/// An object, in the order in which the numbers were noted.
struct Numbers(Vec<(String, i64)>);

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, number) in &self.0 {
            map.serialize_entry(name, number)?;
        }
        map.end()
    }
}

/// The fields of an event, as the store keeps them, but with times and durations as the API writes them.
fn data(event: &Event) -> Map<String, Value> {
    // An enum of plain fields always serialises, to an object with its tag.
    let Ok(Value::Object(mut stored)) = serde_json::to_value(event) else { return Map::new() };
    stored.remove("event");
    shown(stored)
}

fn shown(stored: Map<String, Value>) -> Map<String, Value> {
    let shown = stored.into_iter().map(|(name, value)| match (name.as_str(), value) {
        (
            "starts_at" | "response_due_at" | "due" | "next" | "since" | "until" | "at" | "as_of" | "hold_until",
            Value::Number(millis),
        ) => {
            let at = Timestamp::from_millis(millis.as_i64().unwrap_or_default());
            (name, Value::String(at.to_string()))
        }
        ("held" | "away", Value::Object(duration)) => {
            let part = |name: &str| duration.get(name).and_then(Value::as_u64).unwrap_or_default();
            (format!("{name}_ms"), (part("secs") * 1_000 + part("nanos") / 1_000_000).into())
        }
        ("by", Value::Number(millis)) => ("by_ms".to_owned(), Value::Number(millis)),
        // What ends a snooze, a bundle.
        (_, Value::Object(fields)) => (name, Value::Object(self::shown(fields))),
        (_, value) => (name, value),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::attention::{BundleKind, OpenBundle};
    use domain::event::{Actor, PageReason, ResolvedBy};
    use domain::id::{BundleId, EscalationId, IncidentId, Name, SilenceId};
    use domain::incident::Until;
    use domain::policy::{Level, OnlyIf, PolicyHash};

    use super::*;

    /// Any number this large in an answer would be a time that was left as milliseconds.
    fn holds_a_raw_time(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_i64().is_some_and(|number| number > 1_000_000_000_000),
            Value::Array(items) => items.iter().any(holds_a_raw_time),
            Value::Object(fields) => fields.values().any(holds_a_raw_time),
            _ => false,
        }
    }

    #[test]
    fn every_time_of_an_event_is_written_for_people() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let name = || "alice".parse::<Name>().unwrap_or_else(|error| unreachable!("{error}"));
        let escalation = EscalationId::derive(IncidentId::from_bits(1), 1);
        let events = [
            Event::EscalationStarted {
                escalation,
                ordinal: 1,
                level: Level::High,
                starts_at: at,
                by_rise: false,
                response_due_at: Some(at),
            },
            Event::RungRan { rung: 0, due: at, next: Some(at) },
            Event::Paged {
                contact: name(),
                channels: vec![name()],
                rung: Some(0),
                repetition: 0,
                reason: PageReason::Rung,
                next: Some(at),
                bundle: Some(OpenBundle {
                    id: BundleId::derive("storm", &name(), at),
                    kind: BundleKind::Storm,
                    due: at,
                }),
            },
            Event::RungSkipped { rung: 1, condition: OnlyIf::Rising, next: Some(at) },
            Event::Demoted { contact: name(), until: at },
            Event::Snoozed { by: Actor::Sentry, until: Until { at: Some(at), ..Until::default() }, reason: None },
            Event::Silenced { silence: SilenceId::from_bits(1), since: at, until: at },
            Event::InMaintenance { silence: SilenceId::from_bits(1), until: at },
            Event::FixAnnounced { hold_until: Some(at) },
            Event::Rebased { from: PolicyHash("a".into()), to: PolicyHash("b".into()), next: Some(at), reason: None },
            Event::PageHeld { contact: name(), channels: vec![name()], until: at },
            Event::Acknowledged { by: Actor::Sentry, until: Some(at), reason: None },
            Event::Resolved { by: ResolvedBy::Quiet, as_of: at, reason: None, fixed_in: None },
            Event::AgentCalled {
                run: domain::id::RunId::derive(escalation, &name()),
                agent: name(),
                hold_until: Some(at),
            },
        ];
        for event in events {
            let shown = Value::Object(data(&event));
            assert!(!holds_a_raw_time(&shown), "{shown}");
            assert!(shown.to_string().contains("2027-01-15T08:00:00.000Z"), "{shown}");
        }
        let ended = data(&Event::AcknowledgementEnded { held: Duration::from_millis(1_500) });
        assert_eq!(ended["held_ms"], 1_500);
        let snoozed = data(&Event::Snoozed {
            by: Actor::Person("ada".into()),
            until: Until { at: Some(at), rate: Some(9), ..Until::default() },
            reason: None,
        });
        assert_eq!((&snoozed["until"]["rate"], &snoozed["by"]["name"]), (&9.into(), &"ada".into()));
        assert_eq!(data(&Event::ClockJumped { by: -7 })["by_ms"], -7);
    }
}
