//! Runs of agents: started at most once (semantics F1).
//!
//! `Sending` is committed before the request leaves. A run that is found in `Sending` was, or may have been, posted by somebody who did not
//! live to say so: it is looked up by its marker and adopted, never posted again unless the vendor takes the marker as a key; when its time
//! is over, nobody can say whether it ran, and that is what is told.

use std::time::Duration;

use bytes::Bytes;
use domain::backoff::retry_after;
use domain::command::Command;
use domain::decision::Work;
use domain::id::{Name, RunId, TaskId};
use domain::incident::Progress;
use domain::time::Timestamp;
use integrations::agent::{Agent, AgentOutcome, AgentReport, CallbackError};
use integrations::request::DedupKey;
use store::contract::Scope;
use store::error::StoreError;
use store::record::{AgentRun, Claimed, FinishedTask, RunPhase, TaskEnd};

use crate::commit::{Job, Reply};
use crate::engine::CallbackRefusal;
use crate::finish::{Finish, Then};
use crate::inside::Inside;
use crate::notification;
use crate::perform::again;
use crate::workspace::Workspace;

/// How long a start of which nobody knows is looked for.
const LOOK_FOR: Duration = Duration::from_mins(15);
/// How soon the first look follows an unsure start: the vendor may still be writing it down.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// Asks for leave to start a run.
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    task: TaskId,
    token: u64,
    run: RunId,
}

/// Whether a run may be started.
#[derive(Debug, Clone)]
pub(crate) enum Begun {
    /// `Sending` is on disk: post it.
    Go,
    /// It may have been posted already.
    LookUp(AgentRun),
    /// Its start is known, or the task is somebody else's, or nobody wants it any more: nothing to do, and its task is ended.
    Over,
}

impl Begin {
    pub(crate) fn add_to(&self, scope: &mut Scope) {
        scope.tasks.push((self.task, self.token));
        scope.runs.push(self.run);
    }

    pub(crate) fn decide(&self, workspace: &mut Workspace<'_>) -> Begun {
        let Some(task) = workspace.loaded.tasks.get(&self.task).cloned() else { return Begun::Over };
        let Some(mut run) = workspace.loaded.runs.get(&self.run).cloned() else {
            self.end(workspace, TaskEnd::Dead { trouble: "the run of this task is gone".into() });
            return Begun::Over;
        };
        let live = workspace.incident(task.incident).is_some_and(|incident| incident.state.is_live());
        match run.phase {
            RunPhase::Planned if live => {
                run.phase = RunPhase::Sending;
                workspace.put_run(run);
                Begun::Go
            }
            RunPhase::Planned => {
                let report = AgentReport {
                    external_id: None,
                    progress: Progress::Failed,
                    url: None,
                    note: Some("not started: the incident was over".into()),
                };
                take_report(workspace, self.run, &report);
                self.end(workspace, TaskEnd::Dropped);
                Begun::Over
            }
            RunPhase::Sending => Begun::LookUp(run),
            RunPhase::Started => {
                // A callback came before the answer to the start.
                let poll_every = workspace.inside.settings.agents.get(&run.agent).map(|agent| agent.poll_every());
                if let Some(poll_every) = poll_every {
                    let due = workspace.now + poll_every;
                    let work = Work::AgentPoll { run: self.run, agent: run.agent };
                    let planned = domain::decision::Planned { due, work };
                    workspace.changes.tasks.push(store::record::NewTask { incident: task.incident, planned });
                }
                self.end(workspace, TaskEnd::Done);
                Begun::Over
            }
            RunPhase::Ended => {
                self.end(workspace, TaskEnd::Done);
                Begun::Over
            }
        }
    }

    fn end(&self, workspace: &mut Workspace<'_>, end: TaskEnd) {
        workspace.loaded.tasks.remove(&self.task);
        workspace.changes.finished.push(FinishedTask { task: self.task, token: self.token, end });
    }
}

/// An agent's own report on a run.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    run: RunId,
    report: AgentReport,
}

impl Callback {
    pub(crate) fn add_to(&self, scope: &mut Scope) {
        scope.runs.push(self.run);
    }

    pub(crate) fn decide(&self, workspace: &mut Workspace<'_>) {
        take_report(workspace, self.run, &self.report);
    }
}

/// Takes a report into its run and its incident. Reports may come twice and late, by answer, poll and callback: a run never goes back, and
/// an end stays an end.
pub(crate) fn take_report(workspace: &mut Workspace<'_>, id: RunId, report: &AgentReport) {
    let Some(before) = workspace.loaded.runs.get(&id).cloned() else { return };
    if before.phase == RunPhase::Ended {
        return;
    }
    let mut run = before.clone();
    if rank(report.progress) >= rank(run.progress) {
        run.progress = report.progress;
    }
    run.external_id = report.external_id.clone().or(run.external_id);
    run.url = report.url.clone().or(run.url);
    run.phase = if run.progress.is_over() { RunPhase::Ended } else { RunPhase::Started };
    if run == before {
        return;
    }
    let command =
        Command::AgentProgressed { run: id, progress: run.progress, url: run.url.clone(), note: report.note.clone() };
    let incident = run.incident;
    workspace.put_run(run);
    if let Err(rejection) = workspace.command(Some(incident), &command) {
        tracing::debug!(%incident, run = %id, ?rejection, "a report on a run changed nothing");
    }
}

const fn rank(progress: Progress) -> u8 {
    match progress {
        Progress::Starting => 0,
        Progress::Queued => 1,
        Progress::Running | Progress::NeedsInput => 2,
        Progress::Succeeded | Progress::Failed | Progress::Unknown => 3,
    }
}

fn ended(progress: Progress, note: String) -> AgentReport {
    AgentReport { external_id: None, progress, url: None, note: Some(note) }
}

impl Inside {
    pub(crate) async fn agent_start(&self, claimed: &Claimed, run: RunId, name: &Name, now: Timestamp) {
        let task = &claimed.task;
        let Some(agent) = self.settings.agents.get(name) else {
            let gone = format!("agent {name} is no longer configured");
            let finish = Finish::of(task, TaskEnd::Dead { trouble: gone.clone() });
            return self.finish(now, finish.then(Then::Report(run, ended(Progress::Failed, gone)))).await;
        };
        let begin = Begin { task: task.id, token: task.token, run };
        match self.submit(Job::Begin(Box::new(begin)), None).await {
            Ok(Reply::Begun(Begun::Go)) => self.post(claimed, run, agent.as_ref(), now).await,
            Ok(Reply::Begun(Begun::LookUp(known))) => self.look_up(claimed, &known, agent.as_ref(), now).await,
            Ok(_) => {}
            // Nothing is posted; the task is taken up again when its lease ends.
            Err(error) => tracing::warn!(%run, %error, "the start of a run could not be written down"),
        }
    }

    async fn post(&self, claimed: &Claimed, run: RunId, agent: &dyn Agent, now: Timestamp) {
        let context = notification::agent_task(&claimed.incident, run, self.settings.public_url.as_deref());
        let answer = self.carry(agent.start(&context, now)).await;
        let outcome = agent.started(answer.as_ref());
        self.note_lane(claimed, &outcome);
        let finish = match outcome {
            AgentOutcome::Known(report) => self.known(claimed, run, agent, report),
            AgentOutcome::Retry { after, reason } => self.not_started(claimed, run, after, reason),
            AgentOutcome::Unsure { reason } => {
                Finish::of(&claimed.task, TaskEnd::Retry { due: self.now() + LOOK_AFTER, trouble: reason })
            }
            AgentOutcome::NotFound => {
                let trouble = "the start was answered with something else".to_owned();
                Finish::of(&claimed.task, TaskEnd::Retry { due: self.now() + LOOK_AFTER, trouble })
            }
            AgentOutcome::Failed { reason } => failed(claimed, run, reason),
        };
        self.finish(now, finish).await;
    }

    async fn look_up(&self, claimed: &Claimed, run: &AgentRun, agent: &dyn Agent, now: Timestamp) {
        let outcome = match agent.find(run.id, now) {
            Some(request) => {
                let answer = self.carry(request).await;
                agent.found(run.id, answer.as_ref())
            }
            None => AgentOutcome::Retry { after: None, reason: "the vendor cannot be asked whether it started".into() },
        };
        let given_up_at = run.deadline.min(claimed.task.first_due + LOOK_FOR);
        let reason = match outcome {
            AgentOutcome::Known(report) => {
                let finish = self.known(claimed, run.id, agent, report);
                return self.finish(now, finish).await;
            }
            // Only a vendor who takes the marker as a key may be asked again: it still starts one run.
            AgentOutcome::NotFound | AgentOutcome::Retry { .. } if agent.honours_key() && self.now() < given_up_at => {
                return self.post(claimed, run.id, agent, now).await;
            }
            AgentOutcome::NotFound => "the vendor knows of no such run".to_owned(),
            AgentOutcome::Retry { reason, .. } | AgentOutcome::Unsure { reason } | AgentOutcome::Failed { reason } => {
                reason
            }
        };
        let finish = if self.now() >= given_up_at {
            let note = format!("nobody can say whether it started: {reason}");
            Finish::of(&claimed.task, TaskEnd::Dead { trouble: note.clone() })
                .then(Then::Report(run.id, ended(Progress::Unknown, note)))
        } else {
            let due = (self.now() + agent.poll_every()).min(given_up_at);
            Finish::of(&claimed.task, TaskEnd::Retry { due, trouble: reason })
        };
        self.finish(now, finish).await;
    }

    fn known(&self, claimed: &Claimed, run: RunId, agent: &dyn Agent, report: AgentReport) -> Finish {
        let over = report.progress.is_over();
        let finish = Finish::of(&claimed.task, TaskEnd::Done).then(Then::Report(run, report));
        if over {
            return finish;
        }
        let work = Work::AgentPoll { run, agent: claimed.task.work.lane().clone() };
        finish.and_plan(self.now() + agent.poll_every(), work)
    }

    fn not_started(&self, claimed: &Claimed, run: RunId, after: Option<Duration>, reason: String) -> Finish {
        let key = DedupKey(claimed.task.work.dedup_key(claimed.task.incident));
        let due = self.now() + retry_after(claimed.task.attempt, false, after, &[key.0.as_bytes()]);
        match again(&claimed.task, due, reason) {
            TaskEnd::Dead { trouble } => {
                tracing::warn!(%run, trouble, "the start of a run is given up");
                failed(claimed, run, trouble)
            }
            end => Finish::of(&claimed.task, end).then(Then::NotStarted(run)),
        }
    }

    pub(crate) async fn agent_poll(&self, claimed: &Claimed, id: RunId, name: &Name, now: Timestamp) {
        let task = &claimed.task;
        let finish = match (self.settings.agents.get(name), self.ports.store.run(id).await) {
            (_, Err(error)) => {
                tracing::warn!(run = %id, %error, "a run could not be read");
                return;
            }
            (_, Ok(None)) => Finish::of(task, TaskEnd::Dropped),
            // Followed to its end even when the incident is over: should it come back, the run is known to be over too.
            (_, Ok(Some(run))) if run.phase == RunPhase::Ended => Finish::of(task, TaskEnd::Dropped),
            (None, Ok(Some(_))) => failed(claimed, id, format!("agent {name} is no longer configured")),
            (Some(agent), Ok(Some(run))) => self.ask(claimed, &run, agent.as_ref(), now).await,
        };
        self.finish(now, finish).await;
    }

    async fn ask(&self, claimed: &Claimed, run: &AgentRun, agent: &dyn Agent, now: Timestamp) -> Finish {
        let task = &claimed.task;
        if now >= run.deadline {
            let note = "it did not come to an end within its time".to_owned();
            return Finish::of(task, TaskEnd::Done).then(Then::Report(run.id, ended(Progress::Failed, note)));
        }
        let Some(request) = agent.poll(run.id, run.external_id.as_deref(), now) else {
            // Only callbacks tell; the task stays for the deadline.
            return Finish::of(task, TaskEnd::Retry { due: run.deadline, trouble: String::new() });
        };
        let answer = self.carry(request).await;
        let outcome = agent.polled(answer.as_ref());
        self.note_lane(claimed, &outcome);
        let wait = |after: Option<Duration>| {
            (self.now() + agent.poll_every().max(after.unwrap_or_default())).min(run.deadline)
        };
        match outcome {
            AgentOutcome::Known(report) if report.progress.is_over() => {
                Finish::of(task, TaskEnd::Done).then(Then::Report(run.id, report))
            }
            AgentOutcome::Known(report) => Finish::of(task, TaskEnd::Retry { due: wait(None), trouble: String::new() })
                .then(Then::Report(run.id, report)),
            AgentOutcome::Retry { after, reason } => {
                Finish::of(task, TaskEnd::Retry { due: wait(after), trouble: reason })
            }
            AgentOutcome::Unsure { reason } => Finish::of(task, TaskEnd::Retry { due: wait(None), trouble: reason }),
            AgentOutcome::NotFound => {
                let trouble = "the vendor knows of no such run".to_owned();
                Finish::of(task, TaskEnd::Retry { due: wait(None), trouble })
            }
            AgentOutcome::Failed { reason } => failed(claimed, run.id, reason),
        }
    }

    fn note_lane(&self, claimed: &Claimed, outcome: &AgentOutcome) {
        let lane = claimed.task.work.lane();
        match outcome {
            AgentOutcome::Known(_) | AgentOutcome::NotFound => self.notes.lane_succeeded(lane, self.now()),
            AgentOutcome::Retry { reason, .. } | AgentOutcome::Unsure { reason } | AgentOutcome::Failed { reason } => {
                self.notes.lane_failed(lane, reason);
            }
        }
    }

    pub(crate) async fn agent_callback(
        &self,
        id: RunId,
        headers: &http::HeaderMap,
        body: Bytes,
    ) -> Result<(), CallbackRefusal> {
        let run = self.ports.store.run(id).await.map_err(|error| refusal(&error))?;
        let run = run.ok_or(CallbackRefusal::NotFound)?;
        let agent = self.settings.agents.get(&run.agent).ok_or(CallbackRefusal::NotFound)?;
        let read = agent.callback(id, headers, &body, self.now()).ok_or(CallbackRefusal::NotFound)?;
        let report = read.map_err(|error| match error {
            CallbackError::Signature => CallbackRefusal::Signature,
            CallbackError::Unreadable => CallbackRefusal::Unreadable,
        })?;
        let job = Job::Callback(Box::new(Callback { run: id, report }));
        self.submit(job, None).await.map(|_| ()).map_err(|error| refusal(&error))
    }
}

fn failed(claimed: &Claimed, run: RunId, reason: String) -> Finish {
    Finish::of(&claimed.task, TaskEnd::Dead { trouble: reason.clone() })
        .then(Then::Report(run, ended(Progress::Failed, reason)))
}

fn refusal(error: &StoreError) -> CallbackRefusal {
    tracing::warn!(%error, "an agent's report could not be saved");
    CallbackRefusal::Busy
}
