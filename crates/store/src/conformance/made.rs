//! Rows made for tests and measurements: small, whole, and different by their number.

use bytes::Bytes;
use domain::decision::{Entry, News, Page, Planned, Update, Work};
use domain::event::{Actor, Event, PageReason, ResolvedBy};
use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, OverrideId, RunId, SilenceId};
use domain::incident::{Incident, Progress, State};
use domain::oncall::Override;
use domain::policy::Level;
use domain::priority::FactorName;
use domain::signal::Outcome;
use domain::silence::Silence;
use domain::time::Timestamp;
use domain::why::{RuleId, Why};
use serde_json::json;

use crate::contract::Changes;
use crate::pack::pack;
use crate::record::{AgentRun, DeliveryKey, EscalationRow, EscalationState, NewDelivery, NewEntry, NewTask, RunPhase};

/// So many milliseconds after the beginning of the test's time.
#[must_use]
pub const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

/// A configured name.
#[must_use]
pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// An id whose first characters differ from number to number.
#[must_use]
pub const fn id(number: u64) -> IncidentId {
    IncidentId::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The `number`-th incident: open, of level `high`, opened `number` milliseconds after the beginning. Read from JSON, as from a row: a field
/// that an incident gains later must have a default, or old rows could not be read either.
#[must_use]
pub fn incident(number: u64) -> Incident {
    let factors: Vec<_> = FactorName::ALL
        .into_iter()
        .map(|name| json!({ "name": name, "score": 70, "weight": 1.5, "evidence": "as the test says, with its numbers" }))
        .collect();
    let fingerprint = format!("v1-{number:032x}");
    let opened_at = at(number.cast_signed());
    let incident = json!({
        "id": id(number), "opening": 1, "plan": 1, "state": { "state": "open" }, "level": "high", "priority": "high",
        "subject": {
            "source": "acme",
            "project": { "id": format!("{}", 4_500 + number % 7), "slug": format!("shop-{}", number % 7) },
            "title": format!("ValueError: order {number} has no price"),
            "culprit": "shop.checkout in total", "exception": "ValueError", "severity": "error", "environment": "production",
            "release": "shop@1.4.2", "link": format!("https://sentry.example/organizations/acme/issues/{number}/"),
            "fingerprint": fingerprint, "metric": null, "in_app": true,
        },
        "issues": [{ "id": format!("{}", 6_000_000_000 + number), "open": true }],
        "external_id": null, "synthetic": false,
        "opened_at": opened_at, "last_signal_at": opened_at, "last_seen_at": opened_at, "quiet_since": opened_at,
        "counts": { "signals": 1, "events": 3, "users": 2, "recent_events": [7] },
        "triage": { "fingerprint": fingerprint, "priority": "high", "score": 71, "factors": factors, "because": null },
        "policy": "0".repeat(64), "escalations": 0, "news": 0, "escalation": null, "endpoints": {}, "fixing": null,
        "regression_raised": false,
    });
    serde_json::from_value(incident).unwrap()
}

/// The incident, resolved at `when`.
#[must_use]
pub fn resolved(mut incident: Incident, when: Timestamp) -> Incident {
    incident.state =
        State::Resolved { at: when, by: ResolvedBy::Sentry, as_of: when, fixed_in: None, before: None, closed: vec![] };
    incident
}

/// Changes that open `incidents`.
#[must_use]
pub fn opening(incidents: impl IntoIterator<Item = Incident>) -> Changes {
    Changes { incidents: incidents.into_iter().map(|incident| (incident.id, incident)).collect(), ..Changes::default() }
}

/// What the `number`-th body is known by.
#[must_use]
pub fn key(number: i64) -> DeliveryKey {
    let mut digest = [0xa5; 16];
    digest[..8].copy_from_slice(&number.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes());
    DeliveryKey { seen_at: at(number), digest }
}

/// The delivery with this id and body, received `id` milliseconds after the beginning.
#[must_use]
pub fn delivery(id: i64, body: &[u8]) -> NewDelivery {
    let (packing, packed): (_, Bytes) = pack(body);
    NewDelivery {
        id: DeliveryId(id),
        key: key(id),
        generation: 0,
        event: None,
        received_at: at(id),
        resource: "error".into(),
        action: "created".into(),
        outcome: Outcome::Opened,
        incident: None,
        trouble: None,
        secret: "main".into(),
        headers: r#"{"request_id":"5f1c"}"#.into(),
        packing,
        length: u32::try_from(body.len()).unwrap(),
        body: packed,
    }
}

/// A line for a timeline.
#[must_use]
pub fn entry(incident: IncidentId, when: Timestamp, event: Event) -> NewEntry {
    let numbers = vec![("cooldown".into(), 900_000), ("since".into(), 12)];
    let why = Why { rule: RuleId("L3".into()), policy: "deadbeef".into(), numbers };
    NewEntry { incident, at: when, entry: Entry { actor: Actor::Watchfire, event, why: Some(why) } }
}

/// Something that happened.
#[must_use]
pub fn happened() -> Event {
    Event::IssueJoined { issue: "6000000001".into() }
}

/// A page over `channel`.
#[must_use]
pub fn page(incident: IncidentId, due: Timestamp, channel: &str) -> NewTask {
    let page = Page {
        escalation: EscalationId::derive(incident, 1),
        ordinal: 1,
        contact: name("ada"),
        channel: name(channel),
        repetition: 0,
        reason: PageReason::Rung,
        rung: Some(0),
        bundle: None,
    };
    NewTask { incident, planned: Planned { due, work: Work::Page(page) } }
}

/// An update over `channel`.
#[must_use]
pub fn update(incident: IncidentId, due: Timestamp, channel: &str) -> NewTask {
    let update = Update { channel: name(channel), news: News::Rose, number: 2, bundle: None };
    NewTask { incident, planned: Planned { due, work: Work::Update(update) } }
}

/// The `ordinal`-th escalation of an incident.
#[must_use]
pub fn escalation(incident: IncidentId, ordinal: u32, state: EscalationState) -> EscalationRow {
    EscalationRow {
        id: EscalationId::derive(incident, ordinal),
        incident,
        ordinal,
        level: Level::High,
        state,
        starts_at: at(i64::from(ordinal)),
        rungs: 1,
        attempts: 2,
        next_at: Some(at(500)),
        first_delivered_at: None,
        acknowledged_at: None,
        ended_at: None,
        synthetic: false,
        steps: 0,
        steps_on_time: 0,
        pages_delivered: 0,
        pages_failed: 0,
        response_due_at: None,
        interruptions: 0,
        opened_at: Some(at(0)),
        first_due_at: None,
        exhausted_at: None,
        resolved_by: None,
        signals_before: 0,
        signals: 1,
    }
}

/// The same work as part of a bundle.
#[must_use]
pub fn bundled(mut task: NewTask, bundle: BundleId) -> NewTask {
    if let Work::Page(Page { bundle: part, .. }) | Work::Update(Update { bundle: part, .. }) = &mut task.planned.work {
        *part = Some(domain::decision::Bundled { id: bundle, kind: domain::attention::BundleKind::Storm });
    }
    task
}

/// The `number`-th silence. Read from JSON, as from a row.
#[must_use]
pub fn silence(number: u64) -> Silence {
    let id = SilenceId::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let silence = json!({
        "id": id, "kind": "silence", "matching": "{ project = \"shop\" }", "reason": "a load test", "by": "ada", "created_at": at(0),
        "times": { "once": { "from": at(0), "until": at(3_600_000) } },
    });
    serde_json::from_value(silence).unwrap()
}

/// The `number`-th override: somebody else is on call until `until`.
#[must_use]
pub fn replacement(number: u64, until: Timestamp) -> Override {
    Override {
        id: OverrideId::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        schedule: name("payments"),
        layer: name("primary"),
        person: name("bob"),
        from: at(0),
        until,
        by: "ada".into(),
        reason: None,
    }
}

/// A run of an agent.
#[must_use]
pub fn run(incident: IncidentId, agent: &str) -> AgentRun {
    AgentRun {
        id: RunId::derive(EscalationId::derive(incident, 1), &name(agent)),
        incident,
        agent: name(agent),
        phase: RunPhase::Planned,
        progress: Progress::Starting,
        external_id: None,
        url: None,
        created_at: at(0),
        deadline: at(3_600_000),
    }
}
