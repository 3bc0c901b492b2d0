//! Silences: when they hold, what they match and what they would have muted.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use serde_json::json;

use super::*;
use crate::id::IncidentId;

mod incidents;
mod matching;
mod orders;
mod preview;
mod times;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn reason(text: &str) -> Reason {
    Reason::try_from(text.to_owned()).unwrap()
}

fn plan(days: &[Weekday], from: &str, lasts: &str, zone: &str) -> Plan {
    Plan {
        days: Days::of(days.iter().copied()).unwrap_or(Days::EVERY),
        from: from.parse::<Time>().unwrap(),
        lasts: crate::policy::duration::parse_duration(lasts).unwrap(),
        zone: zone.to_owned(),
        first_day: None,
        last_day: None,
    }
}

fn recurring(plan: Plan) -> Times {
    Times::Recurring(Recurring::try_from(plan).unwrap())
}

fn once(from: &str, until: &str) -> Times {
    Times::Once(Once::between(at(from), at(until)).unwrap())
}

/// As the policy has it: it has always been.
fn silence(matching: &str, times: Times) -> Silence {
    Silence {
        id: SilenceId::from_bits(7),
        kind: SilenceKind::Silence,
        name: None,
        matching: Matching::parse(matching).unwrap(),
        times,
        reason: reason("the import locks the tables"),
        by: "ada".to_owned(),
        created_at: Timestamp::EPOCH,
        ended: None,
    }
}

fn ended(text: &str) -> Ended {
    Ended { at: at(text), by: "bob".to_owned(), reason: None }
}

fn incident(number: u64, environments: &[&str]) -> Incident {
    serde_json::from_value(json!({
        "id": IncidentId::from_bits(number), "opening": 1, "plan": 1, "state": { "state": "open" }, "level": "high",
        "priority": "high",
        "subject": {
            "source": "acme", "title": "GatewayError: it broke", "fingerprint": "v1-0", "environments": environments,
            "project": { "id": "4711", "slug": "shop" }, "exception": "GatewayError",
        },
        "issues": [],
        "opened_at": 0, "last_signal_at": 0, "last_seen_at": 0, "quiet_since": 0,
        "counts": { "signals": 1, "events": 3, "users": 2 },
        "triage": { "fingerprint": "v1-0", "priority": "high", "score": 60, "factors": [] },
        "policy": "0".repeat(64), "escalations": 0, "news": 0,
    }))
    .unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}
