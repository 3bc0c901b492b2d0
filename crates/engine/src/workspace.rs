//! The workspace of one transaction: what was loaded, what is decided on it, and the rows that follow. Each decision is applied at once, so
//! that the second signal of an incident sees the first.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::command::Command;
use domain::decide::{Context, decide, ladder, opens};
use domain::decision::{Decision, Rejection, Work};
use domain::id::{IncidentId, RunId};
use domain::incident::{Incident, Progress};
use domain::policy::{Level, Policy, PolicyHash};
use domain::priority::Priority;
use domain::signal::Outcome;
use domain::standing::Standing;
use domain::time::Timestamp;
use store::contract::{Changes, Loaded};
use store::record::{AgentRun, DueWake, NewEntry, NewTask, RunPhase, TruthLabel, Wake};

use crate::counted::{Counted, counted};
use crate::escalation_row;
use crate::inside::Inside;

/// After how long the run of an agent that is no longer configured is given up.
const UNKNOWN_AGENT_LIMIT: std::time::Duration = std::time::Duration::from_hours(1);

/// What the engine itself wants to know of a transaction, once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Levels of incidents that were opened.
    pub(crate) opened: Vec<Level>,
    /// What triage came to, and the word for what decided.
    pub(crate) triaged: Vec<(Priority, &'static str)>,
    /// What people said, and what triage had said.
    pub(crate) labelled: Vec<(Priority, Priority)>,
    /// What became of ladders.
    pub(crate) counted: Vec<Counted>,
    /// The earliest new due time.
    pub(crate) earliest: Option<Timestamp>,
}

/// What has to be in memory before it can be decided right.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    /// Policies that incidents are pinned to.
    pub(crate) policies: BTreeSet<PolicyHash>,
    /// The standing orders are others than those in memory.
    pub(crate) standing: bool,
}

impl Missing {
    pub(crate) fn any(&self) -> bool {
        self.standing || !self.policies.is_empty()
    }
}

/// See the module.
pub(crate) struct Workspace<'a> {
    pub(crate) loaded: &'a mut Loaded,
    pub(crate) changes: Changes,
    pub(crate) now: Timestamp,
    pub(crate) inside: &'a Inside,
    /// What opens in this transaction starts with it, also when another takes its place meanwhile.
    pub(crate) current: Arc<Policy>,
    standing: Arc<Standing>,
    missing_standing: bool,
    touched: BTreeSet<IncidentId>,
    missing: BTreeSet<PolicyHash>,
    noted: Noted,
}

impl<'a> Workspace<'a> {
    pub(crate) fn of(loaded: &'a mut Loaded, inside: &'a Inside, now: Timestamp) -> Self {
        let (revision, standing) = inside.orders.held();
        Self {
            missing_standing: revision != Some(loaded.standing),
            loaded,
            changes: Changes::default(),
            now,
            inside,
            current: inside.policies.current().policy,
            standing,
            touched: BTreeSet::new(),
            missing: BTreeSet::new(),
            noted: Noted::default(),
        }
    }

    /// The rows to save: none when a policy or the standing orders were missing, because then nothing was decided right.
    pub(crate) fn close(mut self) -> (Changes, Noted, Missing) {
        let missing = Missing { policies: self.missing, standing: self.missing_standing };
        if missing.any() {
            return (Changes::default(), Noted::default(), missing);
        }
        for id in self.touched {
            if let Some(incident) = self.loaded.incidents.remove(&id) {
                self.changes.incidents.insert(id, incident);
            }
        }
        let wakes = self.changes.wakes.values().flatten().map(|wake| wake.due);
        let tasks = self.changes.tasks.iter().map(|task| task.planned.due);
        self.noted.earliest = wakes.chain(tasks).min();
        (self.changes, self.noted, missing)
    }

    /// Nothing is saved of what was decided so far.
    pub(crate) fn forget(&mut self) {
        self.changes = Changes::default();
        self.touched = BTreeSet::new();
        self.noted = Noted::default();
    }

    pub(crate) fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.loaded.incidents.get(&id)
    }

    /// Decides a command and applies the decision. A live incident is decided by the policy that it is pinned to, everything that opens or
    /// reopens by the current one (semantics L15).
    pub(crate) fn command(
        &mut self,
        id: Option<IncidentId>,
        command: &Command,
    ) -> Result<(IncidentId, Outcome), Rejection> {
        let before = id.and_then(|id| self.loaded.incidents.get(&id));
        let policy = match before.filter(|_| !opens(before, command)) {
            None => Arc::clone(&self.current),
            Some(incident) => match self.inside.policies.find(&incident.policy) {
                Some(policy) => policy,
                None => {
                    self.missing.insert(incident.policy.clone());
                    return Err(Rejection::Stale);
                }
            },
        };
        let context = Context {
            policy: &policy,
            directory: &self.inside.directory,
            standing: &self.standing,
            attention: &self.loaded.attention,
            now: self.now,
        };
        let decision = decide(before, command, &context)?;
        let outcome = decision.outcome;
        let id = decision.incident.id;
        self.adopt(decision, &policy, matches!(command, Command::Wake { .. }));
        Ok((id, outcome))
    }

    /// A timer that is due. One of another revision does nothing but to be armed for the right one (semantics L9, L11).
    pub(crate) fn wake(&mut self, wake: &DueWake) {
        let Err(rejection) = self.command(Some(wake.incident), &Command::Wake { plan: wake.plan }) else { return };
        let rearmed = self
            .incident(wake.incident)
            .filter(|incident| incident.state.is_live() && incident.plan != wake.plan)
            .map(|incident| Wake { due: self.now, plan: incident.plan });
        if rearmed.is_none() {
            tracing::debug!(incident = %wake.incident, ?rejection, "a timer of an incident that is over is put away");
        }
        self.changes.wakes.insert(wake.incident, rearmed);
    }

    fn adopt(&mut self, decision: Decision, policy: &Policy, timer_rang: bool) {
        let after = decision.incident;
        let id = after.id;
        let before = self.loaded.incidents.remove(&id);
        let wake = decision.wake_at.map(|due| Wake { due, plan: after.plan });
        if timer_rang || !rings_early_enough(before.as_ref(), wake, policy) {
            self.changes.wakes.insert(id, wake);
        }
        if decision.cancel_pages {
            // Pages that an earlier decision of this transaction planned are void as well.
            self.changes.tasks.retain(|task| task.incident != id || !matches!(task.planned.work, Work::Page(_)));
            if !self.changes.cancel_pages.contains(&id) {
                self.changes.cancel_pages.push(id);
            }
        }
        self.noted.counted.extend(counted(before.as_ref(), &after, &decision.timeline, self.now));
        for row in escalation_row::changed(before.as_ref(), &after, &decision.timeline, self.now) {
            let id = row.id;
            let row = escalation_row::with_first_times(row, self.changes.escalations.get(&id));
            self.changes.escalations.insert(id, row);
        }
        self.loaded.attention.extend(decision.attention.clone());
        self.changes.attention.extend(decision.attention);
        let at = self.now;
        self.changes.timeline.extend(decision.timeline.into_iter().map(|entry| NewEntry { incident: id, at, entry }));
        for planned in decision.work {
            if let Work::AgentStart { run, agent } = &planned.work {
                self.plan_run(*run, id, agent);
            }
            self.changes.tasks.push(NewTask { incident: id, planned });
        }
        if decision.outcome == Outcome::Opened {
            self.noted.opened.push(after.level);
        }
        if before.as_ref() != Some(&after) {
            self.touched.insert(id);
        }
        self.loaded.incidents.insert(id, after);
    }

    /// Keeps what a person said of an incident.
    pub(crate) fn triaged(&mut self, came_to: (Priority, &'static str)) {
        self.noted.triaged.push(came_to);
    }

    pub(crate) fn label(&mut self, label: TruthLabel) {
        self.noted.labelled.push((label.said, label.triaged));
        self.changes.labels.push(label);
    }

    fn plan_run(&mut self, id: RunId, incident: IncidentId, agent: &domain::id::Name) {
        let limit = self.inside.settings.agents.get(agent).map_or(UNKNOWN_AGENT_LIMIT, |agent| agent.run_limit());
        let run = AgentRun {
            id,
            incident,
            agent: agent.clone(),
            phase: RunPhase::Planned,
            progress: Progress::Starting,
            external_id: None,
            url: None,
            created_at: self.now,
            deadline: self.now + limit,
        };
        self.put_run(run);
    }

    pub(crate) fn put_run(&mut self, run: AgentRun) {
        self.changes.runs.insert(run.id, run.clone());
        self.loaded.runs.insert(run.id, run);
    }
}

/// Whether the timer that stands in the store rings no later than it must: then a signal need not rewrite it. It is due at, or before, the
/// deadline that the incident had before; ringing early it finds nothing due and is armed anew.
fn rings_early_enough(before: Option<&Incident>, wake: Option<Wake>, policy: &Policy) -> bool {
    let (Some(before), Some(wake)) = (before, wake) else { return false };
    before.state.is_live()
        && before.plan == wake.plan
        && before.policy == policy.hash
        && ladder::next_wake(before, policy).is_some_and(|due| due <= wake.due)
}
