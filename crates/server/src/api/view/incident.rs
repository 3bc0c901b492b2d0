//! Incidents.

use domain::event::ResolvedBy;
use domain::incident::{Incident, JoinedIssue, Merged, State};
use domain::signal::Project;
use domain::time::Timestamp;
use serde::Serialize;
use store::record::{AgentRun, IncidentRow};

use super::When;
use super::escalation::{ToldView, told};
use super::hold::Holds;
use super::response::ResponseView;
use super::timeline::EntryView;
use super::triage::FactorView;
use crate::words;

/// An incident, as lists show it.
#[derive(Serialize)]
pub(in crate::api) struct IncidentView<'a> {
    id: String,
    state: &'static str,
    fixing: bool,
    level: &'static str,
    priority: &'static str,
    label: Option<LabelView<'a>>,
    title: &'a str,
    project: Option<&'a str>,
    environment: Option<&'a str>,
    /// All that it was seen in, first seen first.
    environments: &'a [String],
    fingerprint: &'a str,
    sentry_issue_id: Option<&'a str>,
    external_id: Option<&'a str>,
    count: u64,
    users: Option<u64>,
    /// Events of the last hour.
    rate: u64,
    link: Option<&'a str>,
    synthetic: bool,
    opening: u32,
    /// What stands now: an act that names another opening or escalation as what it `saw` may be refused (semantics L9).
    revision: RevisionView,
    opened_at: When,
    last_seen_at: When,
    escalation: Option<LadderView<'a>>,
    response: Option<ResponseView>,
    #[serde(flatten)]
    holds: Holds<'a>,
    resolved: Option<ResolvedView<'a>>,
}

#[derive(Serialize)]
struct RevisionView {
    opening: u32,
    escalation: u32,
    plan: u32,
}

/// What a person said of it.
#[derive(Serialize)]
struct LabelView<'a> {
    priority: &'static str,
    by: &'a str,
    at: When,
    until: When,
    reason: Option<&'a str>,
    /// Users that were hit then: ten times as many end it.
    users: u64,
}

/// The live ladder of an incident.
#[derive(Serialize)]
struct LadderView<'a> {
    id: String,
    /// The rung that ran last, from 0; `None` before the first.
    rung: Option<usize>,
    attempts: u32,
    /// Its level's limit of pages was reached: nothing repeats any more.
    limited: bool,
    /// So many people must acknowledge it.
    acks: u32,
    /// Those of several who have.
    acknowledged_by: Vec<&'a str>,
    /// When people hear of it next if nobody does anything: the earlier of the next rung and the next page, or the end of a hold.
    next_at: Option<When>,
    /// When the next rung is due, once nothing holds the ladder.
    next_rung_at: Option<When>,
}

#[derive(Serialize)]
struct ResolvedView<'a> {
    at: When,
    /// `person`, `sentry`, `quiet` or `age`.
    how: &'static str,
    by: Option<&'a str>,
}

impl<'a> IncidentView<'a> {
    /// `response` is how its response time stands; `now` the engine's time.
    pub(in crate::api) fn of(incident: &'a Incident, response: Option<ResponseView>, now: Timestamp) -> Self {
        let Incident { subject, .. } = incident;
        let resolved = match &incident.state {
            State::Resolved { at, by, .. } => {
                let (how, by) = match by {
                    ResolvedBy::Person(name) => ("person", Some(name.as_str())),
                    ResolvedBy::Sentry => ("sentry", None),
                    ResolvedBy::Quiet => ("quiet", None),
                    ResolvedBy::Age => ("age", None),
                };
                Some(ResolvedView { at: When(*at), how, by })
            }
            State::Open
            | State::Escalating
            | State::Acknowledged { .. }
            | State::Snoozed { .. }
            | State::Exhausted { .. } => None,
        };
        Self {
            id: incident.id.to_string(),
            state: incident.state.as_str(),
            fixing: incident.is_fixing(),
            level: incident.level.as_str(),
            priority: incident.priority.as_str(),
            label: incident.label.as_ref().map(|label| LabelView {
                priority: label.priority.as_str(),
                by: &label.by,
                at: When(label.at),
                until: When(label.until),
                reason: label.reason.as_deref(),
                users: label.users,
            }),
            title: &subject.title,
            project: subject.project.as_ref().map(Project::label),
            environment: subject.environments.first(),
            environments: subject.environments.all(),
            fingerprint: &subject.fingerprint.0,
            sentry_issue_id: incident.issues.first().map(|issue| issue.id.as_str()),
            external_id: incident.external_id.as_deref(),
            count: incident.counts.events,
            users: incident.counts.users,
            rate: incident.counts.pace.rate(now),
            link: subject.link.as_deref(),
            synthetic: incident.synthetic,
            opening: incident.opening,
            revision: RevisionView { opening: incident.opening, escalation: incident.escalations, plan: incident.plan },
            opened_at: When(incident.opened_at),
            last_seen_at: When(incident.last_seen_at),
            escalation: incident.live_escalation().map(|escalation| LadderView {
                id: escalation.id.to_string(),
                rung: escalation.next_rung.checked_sub(1),
                attempts: escalation.attempts,
                limited: escalation.limited,
                acks: escalation.acks.max(1),
                acknowledged_by: escalation.acknowledged_by.iter().map(String::as_str).collect(),
                next_at: incident.next_step_at().map(When),
                next_rung_at: escalation.next_rung_at.map(When),
            }),
            response,
            holds: Holds::of(incident),
            resolved,
        }
    }
}

/// An incident with all that is known of it.
#[derive(Serialize)]
pub(in crate::api) struct IncidentDetail<'a> {
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
    because: Option<String>,
    factors: Vec<FactorView>,
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
struct IssueView<'a> {
    id: &'a str,
    open: bool,
    /// The issue that Sentry merged it into, as far as signals tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<&'a str>,
}

impl<'a> IssueView<'a> {
    fn of(issue: &'a JoinedIssue) -> Self {
        let merged_into = match &issue.merged {
            Some(Merged::Into(other)) => Some(other.as_str()),
            Some(Merged::Denied) | None => None,
        };
        Self { id: &issue.id, open: issue.open, merged_into }
    }
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
    pub(in crate::api) fn of(
        row: &'a IncidentRow,
        response: Option<ResponseView>,
        runs: &'a [AgentRun],
        timeline: Vec<EntryView>,
        timeline_next: Option<String>,
        now: Timestamp,
    ) -> Self {
        let incident = &row.incident;
        let Incident { subject, triage, .. } = incident;
        Self {
            incident: IncidentView::of(incident, response, now),
            standing: words::standing(incident, now),
            source: &subject.source.0,
            culprit: subject.culprit.as_deref(),
            exception: subject.exception.as_deref(),
            severity: subject.severity.map(domain::signal::Severity::as_str),
            release: subject.release.as_deref(),
            owner: incident.owner.as_ref().map(ToString::to_string),
            signals: incident.counts.signals,
            last_signal_at: When(incident.last_signal_at),
            score: triage.score,
            because: triage.because(),
            factors: FactorView::all(triage),
            issues: incident.issues.iter().map(IssueView::of).collect(),
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
