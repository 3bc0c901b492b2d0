//! The group commit: deliveries, answers of people and ends of tasks share one transaction. A batch is what arrived while the last one
//! committed; there is no timer.
//!
//! While `run` runs, its loop commits. Without it (tests, commands that open the store themselves) whoever asks commits what waits, the
//! asker's own job among it.

use std::ops::Range;

use store::contract::Scope;
use store::error::StoreError;
use tracing::Instrument as _;

use crate::agent::{Begin, Begun, Callback};
use crate::delivery::Delivery;
use crate::finish::Finish;
use crate::inside::Inside;
use crate::intake::Answer;
use crate::operate::{Asked, OperateError, Operated};
use crate::order::Order;
use crate::queue::{Place, Taken, Waiting};
use crate::workspace::Workspace;

/// One decision that waits for a commit.
pub(crate) enum Job {
    Delivery(Box<Delivery>),
    Asked(Box<Asked>),
    Begin(Box<Begin>),
    /// The ends of what was told as one.
    Finish(Vec<Finish>),
    Order(Box<Order>),
    Callback(Box<Callback>),
}

/// What a job came to.
#[derive(Debug)]
pub(crate) enum Reply {
    Delivery(Answer),
    Operated(Result<Operated, OperateError>),
    Begun(Begun),
    Done,
}

impl Job {
    fn add_to(&self, scope: &mut Scope) {
        match self {
            Self::Delivery(delivery) => delivery.add_to(scope),
            Self::Asked(asked) => asked.add_to(scope),
            Self::Begin(begin) => begin.add_to(scope),
            Self::Finish(ends) => ends.iter().for_each(|end| end.add_to(scope)),
            // The orders themselves need nothing loaded: what they hold is decided anew once they stand.
            Self::Order(_) => {}
            Self::Callback(callback) => callback.add_to(scope),
        }
    }

    fn decide(&mut self, workspace: &mut Workspace<'_>) -> Reply {
        match self {
            Self::Delivery(delivery) => Reply::Delivery(delivery.decide(workspace)),
            Self::Asked(asked) => Reply::Operated(asked.decide(workspace)),
            Self::Begin(begin) => Reply::Begun(begin.decide(workspace)),
            Self::Finish(ends) => {
                ends.iter().for_each(|end| end.decide(workspace));
                Reply::Done
            }
            Self::Order(order) => {
                order.decide(workspace);
                Reply::Done
            }
            Self::Callback(callback) => {
                callback.decide(workspace);
                Reply::Done
            }
        }
    }
}

impl Inside {
    /// Queues a job and waits for its commit. Whoever stops waiting changes nothing: the job stays queued.
    pub(crate) async fn submit(&self, job: Job, place: Option<Place>) -> Result<Reply, StoreError> {
        let mut answer = self.queue.push(job, place);
        while !self.is_running() {
            match answer.try_recv() {
                Ok(reply) => return reply,
                Err(tokio::sync::oneshot::error::TryRecvError::Empty) => {
                    self.commit_once().await;
                }
                Err(tokio::sync::oneshot::error::TryRecvError::Closed) => return Err(lost()),
            }
        }
        answer.await.unwrap_or_else(|_| Err(lost()))
    }

    /// Commits one batch of what waits; gives its size.
    pub(crate) async fn commit_once(&self) -> usize {
        let _committer = self.committer.lock().await;
        let mut taken = self.queue.take();
        let size = taken.jobs.len();
        if size > 0 {
            self.metrics.batch(size);
            self.commit(&mut taken).instrument(tracing::debug_span!("intake.batch", jobs = size)).await;
        }
        size
    }

    /// A refused row, or one that cannot be read, halves the batch until the culprit stands alone; a store that is away answers all.
    async fn commit(&self, taken: &mut Taken<'_>) {
        let whole: Range<usize> = 0..taken.jobs.len();
        let mut ranges = Vec::from([whole]);
        while let Some(range) = ranges.pop() {
            let Some(part) = taken.jobs.get_mut(range.clone()) else { continue };
            match self.commit_part(part).await {
                Ok(replies) => {
                    for (waiting, reply) in part.iter_mut().zip(replies) {
                        answer(waiting, Ok(reply));
                    }
                }
                Err(error) if range.len() > 1 && concerns_one(&error) => {
                    let middle = range.start + range.len() / 2;
                    ranges.push(middle..range.end);
                    ranges.push(range.start..middle);
                }
                Err(error) => {
                    for waiting in part {
                        answer(waiting, Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn commit_part(&self, part: &mut [Option<Waiting>]) -> Result<Vec<Reply>, StoreError> {
        let mut scope = Scope::default();
        for waiting in part.iter().flatten() {
            waiting.job.add_to(&mut scope);
        }
        tidy(&mut scope);
        // What opens now must not move with a clock that was set back before.
        self.look_back().await.inspect_err(|error| self.notes.store_answered(Some(error)))?;
        self.transact(&scope, |workspace| {
            part.iter_mut().flatten().map(|waiting| waiting.job.decide(workspace)).collect()
        })
        .await
    }
}

/// Nobody may be waiting any more; that changes nothing.
fn answer(waiting: &mut Option<Waiting>, reply: Result<Reply, StoreError>) {
    if let Some(waiting) = waiting.take() {
        let _ = waiting.answer.send(reply);
    }
}

/// Whether one row is at fault, so that what came with it may well be saved without it.
pub(crate) const fn concerns_one(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Refused { .. } | StoreError::Corrupt { .. } | StoreError::LeaseLost | StoreError::Conflict
    )
}

fn lost() -> StoreError {
    StoreError::Unavailable { reason: "the engine stopped before the commit".into() }
}

fn tidy(scope: &mut Scope) {
    scope.deliveries.sort_unstable();
    scope.deliveries.dedup();
    scope.events.sort_unstable();
    scope.events.dedup();
    scope.identities.sort_unstable();
    scope.identities.dedup();
    scope.incidents.sort_unstable();
    scope.incidents.dedup();
    scope.runs.sort_unstable();
    scope.runs.dedup();
    scope.open_pages.sort_unstable();
    scope.open_pages.dedup();
}
