//! What the API shows: times in RFC 3339, names as text. Text from outside is data here; serialising it as JSON is its escape.

use domain::decision::Entry;
use domain::event::{Event, ResolvedBy};
use domain::incident::{Escalation, Incident, PageState, State};
use domain::signal::Project;
use domain::time::Timestamp;
use domain::why::Why;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use store::record::{AgentRun, DeliveryRow, EscalationRow, IncidentRow, Owed, TimelineRow};

use crate::words;

/// A time as people and programs read it: RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub(crate) Timestamp);

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// An incident, as lists show it.
#[derive(Serialize)]
pub(super) struct IncidentView<'a> {
    id: String,
    state: &'static str,
    fixing: bool,
    level: &'static str,
    priority: &'static str,
    title: &'a str,
    project: Option<&'a str>,
    environment: Option<&'a str>,
    fingerprint: &'a str,
    sentry_issue_id: Option<&'a str>,
    external_id: Option<&'a str>,
    count: u64,
    users: Option<u64>,
    link: Option<&'a str>,
    synthetic: bool,
    opening: u32,
    opened_at: When,
    last_seen_at: When,
    escalation: Option<LadderView>,
    acknowledged: Option<AcknowledgedView>,
    resolved: Option<ResolvedView<'a>>,
}

/// The live ladder of an incident.
#[derive(Serialize)]
struct LadderView {
    id: String,
    /// The rung that ran last, from 0; `None` before the first.
    rung: Option<usize>,
    attempts: u32,
    /// When the next rung is due.
    next_at: Option<When>,
}

#[derive(Serialize)]
struct AcknowledgedView {
    by: String,
    since: When,
    until: Option<When>,
}

#[derive(Serialize)]
struct ResolvedView<'a> {
    at: When,
    /// `person`, `sentry`, `quiet` or `age`.
    how: &'static str,
    by: Option<&'a str>,
}

impl<'a> IncidentView<'a> {
    pub(super) fn of(incident: &'a Incident) -> Self {
        let Incident { subject, .. } = incident;
        let (acknowledged, resolved) = match &incident.state {
            State::Acknowledged { by, since, until } => {
                (Some(AcknowledgedView { by: by.to_string(), since: When(*since), until: until.map(When) }), None)
            }
            State::Resolved { at, by, .. } => {
                let (how, by) = match by {
                    ResolvedBy::Person(name) => ("person", Some(name.as_str())),
                    ResolvedBy::Sentry => ("sentry", None),
                    ResolvedBy::Quiet => ("quiet", None),
                    ResolvedBy::Age => ("age", None),
                };
                (None, Some(ResolvedView { at: When(*at), how, by }))
            }
            State::Open | State::Escalating | State::Exhausted { .. } => (None, None),
        };
        Self {
            id: incident.id.to_string(),
            state: incident.state.as_str(),
            fixing: incident.is_fixing(),
            level: incident.level.as_str(),
            priority: incident.priority.as_str(),
            title: &subject.title,
            project: subject.project.as_ref().map(Project::label),
            environment: subject.environment.as_deref(),
            fingerprint: &subject.fingerprint.0,
            sentry_issue_id: incident.issues.first().map(|issue| issue.id.as_str()),
            external_id: incident.external_id.as_deref(),
            count: incident.counts.events,
            users: incident.counts.users,
            link: subject.link.as_deref(),
            synthetic: incident.synthetic,
            opening: incident.opening,
            opened_at: When(incident.opened_at),
            last_seen_at: When(incident.last_seen_at),
            escalation: incident.live_escalation().map(|escalation| LadderView {
                id: escalation.id.to_string(),
                rung: escalation.next_rung.checked_sub(1),
                attempts: escalation.attempts,
                next_at: escalation.next_rung_at.map(When),
            }),
            acknowledged,
            resolved,
        }
    }
}

/// An incident with all that is known of it.
#[derive(Serialize)]
pub(super) struct IncidentDetail<'a> {
    #[serde(flatten)]
    incident: IncidentView<'a>,
    /// Where it stands and what comes next, in sentences.
    standing: Vec<String>,
    source: &'a str,
    culprit: Option<&'a str>,
    exception: Option<&'a str>,
    severity: Option<&'static str>,
    release: Option<&'a str>,
    owner: Option<String>,
    signals: u64,
    last_signal_at: When,
    score: u8,
    because: Option<&'a str>,
    factors: Vec<FactorView<'a>>,
    issues: Vec<IssueView<'a>>,
    told: Vec<ToldView<'a>>,
    agent: Option<AgentView<'a>>,
    runs: Vec<RunView<'a>>,
    policy: &'a str,
    timeline: Vec<EntryView>,
    /// Where the timeline goes on, if it is longer than was given.
    timeline_next: Option<String>,
}

#[derive(Serialize)]
struct FactorView<'a> {
    name: &'static str,
    score: Option<u8>,
    weight: f64,
    evidence: &'a str,
}

#[derive(Serialize)]
struct IssueView<'a> {
    id: &'a str,
    open: bool,
}

/// What one contact was told in the live escalation.
#[derive(Serialize)]
struct ToldView<'a> {
    contact: &'a str,
    channels: Vec<&'a str>,
    pages: u32,
    last_at: When,
    next_at: Option<When>,
    last: &'static str,
}

#[derive(Serialize)]
struct AgentView<'a> {
    run: String,
    agent: &'a str,
    progress: &'static str,
    url: Option<&'a str>,
    since: When,
    hold_until: Option<When>,
}

#[derive(Serialize)]
struct RunView<'a> {
    id: String,
    agent: &'a str,
    progress: &'static str,
    external_id: Option<&'a str>,
    url: Option<&'a str>,
    created_at: When,
    deadline: When,
}

impl<'a> IncidentDetail<'a> {
    pub(super) fn of(
        row: &'a IncidentRow,
        runs: &'a [AgentRun],
        timeline: Vec<EntryView>,
        timeline_next: Option<String>,
    ) -> Self {
        let incident = &row.incident;
        let Incident { subject, triage, .. } = incident;
        Self {
            incident: IncidentView::of(incident),
            standing: words::standing(incident),
            source: &subject.source.0,
            culprit: subject.culprit.as_deref(),
            exception: subject.exception.as_deref(),
            severity: subject.severity.map(domain::signal::Severity::as_str),
            release: subject.release.as_deref(),
            owner: incident.owner.as_ref().map(ToString::to_string),
            signals: incident.counts.signals,
            last_signal_at: When(incident.last_signal_at),
            score: triage.score,
            because: triage.because.as_deref(),
            factors: triage
                .factors
                .iter()
                .map(|factor| FactorView {
                    name: factor.name.as_str(),
                    score: factor.score,
                    weight: factor.weight,
                    evidence: &factor.evidence,
                })
                .collect(),
            issues: incident.issues.iter().map(|issue| IssueView { id: &issue.id, open: issue.open }).collect(),
            told: incident.live_escalation().map(told).unwrap_or_default(),
            agent: incident.fixing.as_ref().map(|fixing| AgentView {
                run: fixing.run.to_string(),
                agent: fixing.agent.as_str(),
                progress: fixing.progress.as_str(),
                url: fixing.url.as_deref(),
                since: When(fixing.since),
                hold_until: fixing.hold_until.map(When),
            }),
            runs: runs
                .iter()
                .map(|run| RunView {
                    id: run.id.to_string(),
                    agent: run.agent.as_str(),
                    progress: run.progress.as_str(),
                    external_id: run.external_id.as_deref(),
                    url: run.url.as_deref(),
                    created_at: When(run.created_at),
                    deadline: When(run.deadline),
                })
                .collect(),
            policy: &incident.policy.0,
            timeline,
            timeline_next,
        }
    }
}

fn told(escalation: &Escalation) -> Vec<ToldView<'_>> {
    escalation
        .told
        .iter()
        .map(|(contact, told)| ToldView {
            contact: contact.as_str(),
            channels: told.channels.iter().map(domain::id::Name::as_str).collect(),
            pages: told.pages,
            last_at: When(told.last_at),
            next_at: told.next_at.map(When),
            last: match told.last {
                PageState::Held => "held",
                PageState::Sending => "sending",
                PageState::Delivered => "delivered",
                PageState::Failed => "failed",
            },
        })
        .collect()
}

/// A line of a timeline.
#[derive(Serialize)]
pub(super) struct EntryView {
    id: i64,
    at: When,
    event: &'static str,
    by: String,
    text: String,
    data: serde_json::Map<String, serde_json::Value>,
    why: Option<WhyView>,
}

impl EntryView {
    pub(super) fn of(row: &TimelineRow) -> Self {
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
pub(super) struct WhyView {
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
fn data(event: &Event) -> serde_json::Map<String, serde_json::Value> {
    use serde_json::Value;
    // An enum of plain fields always serialises, to an object with its tag.
    let Ok(Value::Object(stored)) = serde_json::to_value(event) else { return serde_json::Map::new() };
    let mut shown = serde_json::Map::with_capacity(stored.len());
    for (name, value) in stored {
        let (name, value) = match (name.as_str(), value) {
            ("event", _) => continue,
            ("starts_at" | "due" | "next" | "until" | "as_of" | "hold_until", Value::Number(millis)) => {
                let at = Timestamp::from_millis(millis.as_i64().unwrap_or_default());
                (name, Value::String(at.to_string()))
            }
            ("held" | "away", Value::Object(duration)) => {
                let part = |name: &str| duration.get(name).and_then(Value::as_u64).unwrap_or_default();
                (format!("{name}_ms"), (part("secs") * 1_000 + part("nanos") / 1_000_000).into())
            }
            ("by", Value::Number(millis)) => ("by_ms".to_owned(), Value::Number(millis)),
            (_, value) => (name, value),
        };
        shown.insert(name, value);
    }
    shown
}

/// An escalation.
#[derive(Serialize)]
pub(super) struct EscalationView {
    id: String,
    incident: String,
    ordinal: u32,
    level: &'static str,
    state: &'static str,
    /// The rung that ran last, from 0; `None` before the first.
    rung: Option<u32>,
    attempts: u32,
    starts_at: When,
    next_at: Option<When>,
    first_delivered_at: Option<When>,
    acknowledged_at: Option<When>,
    ended_at: Option<When>,
    synthetic: bool,
}

impl EscalationView {
    pub(super) fn of(row: &EscalationRow) -> Self {
        Self {
            id: row.id.to_string(),
            incident: row.incident.to_string(),
            ordinal: row.ordinal,
            level: row.level.as_str(),
            state: row.state.as_str(),
            rung: row.rungs.checked_sub(1),
            attempts: row.attempts,
            starts_at: When(row.starts_at),
            next_at: row.next_at.map(When),
            first_delivered_at: row.first_delivered_at.map(When),
            acknowledged_at: row.acknowledged_at.map(When),
            ended_at: row.ended_at.map(When),
            synthetic: row.synthetic,
        }
    }
}

/// An escalation with what it is about.
#[derive(Serialize)]
pub(super) struct EscalationDetail<'a> {
    #[serde(flatten)]
    escalation: EscalationView,
    title: Option<&'a str>,
    external_id: Option<&'a str>,
    incident_state: Option<&'static str>,
    told: Vec<ToldView<'a>>,
}

impl<'a> EscalationDetail<'a> {
    pub(super) fn of(row: &EscalationRow, incident: Option<&'a Incident>) -> Self {
        Self {
            escalation: EscalationView::of(row),
            title: incident.map(|incident| incident.subject.title.as_str()),
            external_id: incident.and_then(|incident| incident.external_id.as_deref()),
            incident_state: incident.map(|incident| incident.state.as_str()),
            told: incident
                .and_then(|incident| incident.escalation.as_ref())
                .filter(|escalation| escalation.id == row.id)
                .map(told)
                .unwrap_or_default(),
        }
    }
}

/// What was done, with the thing as it is now.
#[derive(Serialize)]
pub(super) struct Done<T> {
    pub(super) changed: bool,
    #[serde(flatten)]
    pub(super) now: T,
}

/// A delivery without its body.
#[derive(Serialize)]
pub(super) struct DeliveryView<'a> {
    id: String,
    received_at: When,
    resource: &'a str,
    action: &'a str,
    outcome: &'static str,
    incident: Option<String>,
    trouble: Option<&'a str>,
    bytes: u32,
}

impl<'a> DeliveryView<'a> {
    pub(super) fn of(row: &'a DeliveryRow) -> Self {
        Self {
            id: row.id.to_string(),
            received_at: When(row.received_at),
            resource: &row.resource,
            action: &row.action,
            outcome: row.outcome.as_str(),
            incident: row.incident.map(|incident| incident.to_string()),
            trouble: row.trouble.as_deref(),
            bytes: row.length,
        }
    }
}

/// Work that is still to be done, or can no longer be.
#[derive(Serialize)]
pub(super) struct OwedView<'a> {
    task: String,
    work: &'static str,
    lane: &'a str,
    contact: Option<&'a str>,
    state: &'static str,
    due: When,
    first_due: When,
    attempt: u32,
    trouble: Option<&'a str>,
    incident: String,
    incident_state: &'a str,
    title: &'a str,
}

impl<'a> OwedView<'a> {
    pub(super) fn of(owed: &'a Owed) -> Self {
        let task = &owed.task;
        Self {
            task: task.id.to_string(),
            work: task.work.as_str(),
            lane: task.work.lane().as_str(),
            contact: match &task.work {
                domain::decision::Work::Page(page) => Some(page.contact.as_str()),
                _ => None,
            },
            state: task.state.as_str(),
            due: When(task.due),
            first_due: When(task.first_due),
            attempt: task.attempt,
            trouble: task.trouble.as_deref(),
            incident: task.incident.to_string(),
            incident_state: &owed.state,
            title: &owed.title,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::event::PageReason;
    use domain::id::{EscalationId, IncidentId, Name};
    use domain::policy::Level;

    use super::*;

    /// Any number this large in an answer would be a time that was left as milliseconds.
    fn holds_a_raw_time(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => number.as_i64().is_some_and(|number| number > 1_000_000_000_000),
            serde_json::Value::Array(items) => items.iter().any(holds_a_raw_time),
            serde_json::Value::Object(fields) => fields.values().any(holds_a_raw_time),
            _ => false,
        }
    }

    #[test]
    fn every_time_of_an_event_is_written_for_people() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let name = || "alice".parse::<Name>().unwrap_or_else(|error| unreachable!("{error}"));
        let escalation = EscalationId::derive(IncidentId::from_bits(1), 1);
        let events = [
            Event::EscalationStarted { escalation, ordinal: 1, level: Level::High, starts_at: at, by_rise: false },
            Event::RungRan { rung: 0, due: at, next: Some(at) },
            Event::Paged {
                contact: name(),
                channels: vec![name()],
                rung: Some(0),
                repetition: 0,
                reason: PageReason::Rung,
                next: Some(at),
            },
            Event::PageHeld { contact: name(), channels: vec![name()], until: at },
            Event::Acknowledged { by: domain::event::Actor::Sentry, until: Some(at) },
            Event::Resolved { by: ResolvedBy::Quiet, as_of: at, reason: None },
            Event::AgentCalled {
                run: domain::id::RunId::derive(escalation, &name()),
                agent: name(),
                hold_until: Some(at),
            },
        ];
        for event in events {
            let shown = serde_json::Value::Object(data(&event));
            assert!(!holds_a_raw_time(&shown), "{shown}");
            assert!(shown.to_string().contains("2027-01-15T08:00:00.000Z"), "{shown}");
        }
        let ended = data(&Event::AcknowledgementEnded { held: Duration::from_millis(1_500) });
        assert_eq!(ended["held_ms"], 1_500);
        assert_eq!(data(&Event::ClockJumped { by: -7 })["by_ms"], -7);
    }
}
