//! The end of a try: the task's row, the receipt, and what follows from it, decided in one transaction (architecture: `finish`).

use std::time::Duration;

use domain::command::{Command, PageOutcome};
use domain::decision::{Page, Planned, Work};
use domain::id::{IncidentId, RunId, TaskId};
use domain::incident::PageState;
use domain::time::Timestamp;
use integrations::agent::AgentReport;
use store::contract::Scope;
use store::error::StoreError;
use store::record::{FinishedTask, NewTask, ReceiptRow, RunPhase, TaskEnd, TaskRow};

use crate::agent;
use crate::commit::{Job, concerns_one};
use crate::inside::Inside;
use crate::workspace::Workspace;

/// Between two tries to save an end while the store is away.
const PATIENCE: Duration = Duration::from_millis(500);

/// What follows from an end.
#[derive(Debug, Clone)]
pub(crate) enum Then {
    /// Nothing.
    Nothing,
    /// A page was left out because a silence holds: its incident heeds that too.
    Heed,
    /// A channel of a page came to its end.
    PageEnded(Page, PageOutcome),
    /// A run's start, poll or search told something.
    Report(RunId, AgentReport),
    /// The start certainly did not happen: it may be tried again.
    NotStarted(RunId),
}

/// The end of a try.
#[derive(Debug, Clone)]
pub(crate) struct Finish {
    task: TaskId,
    token: u64,
    incident: IncidentId,
    end: TaskEnd,
    then: Then,
    receipt: Option<ReceiptRow>,
    next: Option<Planned>,
}

impl Finish {
    pub(crate) fn of(task: &TaskRow, end: TaskEnd) -> Self {
        Self {
            task: task.id,
            token: task.token,
            incident: task.incident,
            end,
            then: Then::Nothing,
            receipt: None,
            next: None,
        }
    }

    /// The end of something that was told: what became of a page follows from it.
    pub(crate) fn told(task: &TaskRow, end: TaskEnd) -> Self {
        let then = match (&task.work, &end) {
            (Work::Page(page), TaskEnd::Done) => Then::PageEnded(page.clone(), PageOutcome::Delivered),
            (Work::Page(page), TaskEnd::Dead { trouble }) => {
                Then::PageEnded(page.clone(), PageOutcome::Failed(trouble.clone()))
            }
            _ => Then::Nothing,
        };
        Self::of(task, end).then(then)
    }

    pub(crate) fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    pub(crate) fn with_receipt(mut self, receipt: Option<ReceiptRow>) -> Self {
        self.receipt = receipt;
        self
    }

    pub(crate) fn and_plan(mut self, due: Timestamp, work: Work) -> Self {
        self.next = Some(Planned { due, work });
        self
    }

    pub(crate) fn add_to(&self, scope: &mut Scope) {
        scope.tasks.push((self.task, self.token));
        scope.incidents.push(self.incident);
        match &self.then {
            Then::Nothing | Then::Heed | Then::PageEnded(_, PageOutcome::Delivered) => {}
            Then::PageEnded(_, PageOutcome::Failed(_)) => scope.open_pages.push(self.incident),
            Then::Report(run, _) | Then::NotStarted(run) => scope.runs.push(*run),
        }
    }

    pub(crate) fn decide(&self, workspace: &mut Workspace<'_>) {
        let held = workspace.loaded.tasks.remove(&self.task).is_some();
        if held {
            workspace.changes.finished.push(FinishedTask { task: self.task, token: self.token, end: self.end.clone() });
            if !matches!(self.end, TaskEnd::Retry { .. }) {
                workspace.loaded.open_pages.retain(|row| row.id != self.task);
            }
        }
        workspace.changes.receipts.extend(self.receipt.clone());
        match &self.then {
            Then::Nothing => {}
            Then::Heed => {
                if let Err(rejection) = workspace.command(Some(self.incident), &Command::HeedStanding) {
                    tracing::debug!(incident = %self.incident, ?rejection, "there is no ladder to hold any more");
                }
            }
            // A page that was cancelled while it was under way may land (semantics L10): that is told once; a failure no longer matters.
            Then::PageEnded(page, outcome)
                if held || (*outcome == PageOutcome::Delivered && self.is_open(workspace, page)) =>
            {
                self.page_ended(workspace, page, outcome);
            }
            Then::PageEnded(..) => {}
            Then::Report(run, report) => agent::take_report(workspace, *run, report),
            Then::NotStarted(run) => {
                if let Some(mut run) =
                    workspace.loaded.runs.get(run).filter(|run| run.phase == RunPhase::Sending).cloned()
                {
                    run.phase = RunPhase::Planned;
                    workspace.put_run(run);
                }
            }
        }
        if let Some(planned) = self.next.clone().filter(|_| held) {
            workspace.changes.tasks.push(NewTask { incident: self.incident, planned });
        }
    }

    /// Whether nothing was told of this page yet.
    fn is_open(&self, workspace: &Workspace<'_>, page: &Page) -> bool {
        workspace
            .incident(self.incident)
            .and_then(|incident| incident.escalation.as_ref())
            .filter(|escalation| escalation.ordinal == page.ordinal)
            .and_then(|escalation| escalation.told.get(&page.contact))
            .is_some_and(|told| told.pages == page.repetition + 1 && told.last == PageState::Sending)
    }

    fn page_ended(&self, workspace: &mut Workspace<'_>, page: &Page, outcome: &PageOutcome) {
        let same_page = |other: &Page| {
            other.contact == page.contact && other.repetition == page.repetition && other.ordinal == page.ordinal
        };
        let others_left = workspace.loaded.open_pages.iter().any(|row| match &row.work {
            Work::Page(other) => row.id != self.task && row.incident == self.incident && same_page(other),
            _ => false,
        });
        let command = Command::PageEnded {
            contact: page.contact.clone(),
            channel: page.channel.clone(),
            repetition: page.repetition,
            ordinal: page.ordinal,
            outcome: outcome.clone(),
            others_left,
        };
        if let Err(rejection) = workspace.command(Some(self.incident), &command) {
            tracing::debug!(incident = %self.incident, ?rejection, "the end of a page came too late to matter");
        }
    }
}

impl Inside {
    /// Saves an end.
    pub(crate) async fn finish(&self, claimed_at: Timestamp, end: Finish) {
        self.finish_together(claimed_at, vec![end]).await;
    }

    /// Saves the ends of what was told as one, with one commit: all of them, or none. An end that cannot be saved keeps none of the others
    /// from it.
    pub(crate) async fn finish_together(&self, claimed_at: Timestamp, ends: Vec<Finish>) {
        let mut groups = vec![ends];
        while let Some(group) = groups.pop() {
            let Err(error) = self.save(claimed_at, &group).await else { continue };
            if group.len() > 1 && concerns_one(&error) {
                groups.extend(group.into_iter().map(|end| vec![end]));
                continue;
            }
            let first = group.first();
            tracing::warn!(
                task = first.map(|end| tracing::field::display(end.task)),
                incident = first.map(|end| tracing::field::display(end.incident)),
                tasks = group.len(), %error,
                "the end of a task could not be saved: it is taken up again when its lease ends"
            );
        }
    }

    /// While the store is away it is tried again for as long as the lease holds; after that the task is somebody else's.
    async fn save(&self, claimed_at: Timestamp, ends: &[Finish]) -> Result<(), StoreError> {
        loop {
            let Err(error) = self.submit(Job::Finish(ends.to_vec()), None).await else { return Ok(()) };
            let away = matches!(error, StoreError::Unavailable { .. } | StoreError::Conflict);
            let leased = self.now() + PATIENCE < claimed_at + self.settings.lease;
            if !(away && leased && self.is_running()) {
                return Err(error);
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }
}
