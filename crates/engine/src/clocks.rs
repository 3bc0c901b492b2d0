//! The engine's time, and what a jump of the wall clock and a long stop do to those who wait (semantics C1, C2).
//!
//! Due times are kept as wall time, because they must mean something after a restart; the passing of time is measured by the monotonic
//! clock. `now` is the wall time at an anchor plus what passed since. When the wall clock leaves that by more than five seconds it was set,
//! or the machine slept: everything that waits moves with it, and the anchor follows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::command::Command;
use domain::id::{IncidentId, RunId};
use domain::time::{Clock, Timestamp};
use store::contract::{LiveScope, Scope};
use store::error::StoreError;

use crate::inside::Inside;

/// A difference between the clocks up to this is drift; nobody is paged early or late by it (reference: an alert line of five seconds).
const JUMP: i64 = 5_000;
/// A stop of over this is told and answered by paging again (semantics C1).
const LONG_STOP: Duration = Duration::from_mins(5);
/// How often the service notes that it lives; far below a long stop.
const BEAT_EVERY: Duration = Duration::from_secs(30);
/// Live incidents per transaction of a jump or a resume: some milliseconds of the writer's time.
const PAGE: usize = 256;

/// The engine's time.
pub(crate) struct EngineTime {
    clock: Arc<dyn Clock>,
    anchor: Mutex<Anchor>,
}

#[derive(Clone, Copy)]
struct Anchor {
    wall: Timestamp,
    monotonic: Duration,
}

impl EngineTime {
    pub(crate) fn anchored(clock: Arc<dyn Clock>) -> Self {
        let anchor = Anchor { wall: clock.wall(), monotonic: clock.monotonic() };
        Self { clock, anchor: Mutex::new(anchor) }
    }

    fn anchor(&self) -> Anchor {
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        let anchor = self.anchor();
        anchor.wall + self.clock.monotonic().saturating_sub(anchor.monotonic)
    }

    /// Time since some fixed point, for measuring only.
    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// By how many milliseconds the wall clock jumped, if it did.
    fn jumped(&self) -> Option<i64> {
        let by = self.clock.wall().millis().saturating_sub(self.now().millis());
        (by.abs() > JUMP).then_some(by)
    }

    fn follow(&self, by: i64) {
        let mut anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        anchor.wall = anchor.wall.shifted(by);
    }
}

/// What the engine did about the past before it began its work.
#[derive(Debug, Default)]
pub(crate) struct Began {
    done: bool,
    last_beat: Option<Timestamp>,
}

impl Inside {
    /// Before the first round: pages again after a long stop (semantics C1). The first start ever has nothing to make up for.
    ///
    /// The old beat is put back until everybody was paged again, so that a crash in between begins this anew; whoever was paged already
    /// is kept from a second page by the cooldown (semantics L4).
    pub(crate) async fn begin(&self) -> Result<(), StoreError> {
        let mut began = self.began.lock().await;
        if began.done {
            return Ok(());
        }
        let now = self.now();
        let away = self.ports.store.beat(now).await?.map(|last| (last, now.since(last)));
        if let Some((last, away)) = away.filter(|(_, away)| *away > LONG_STOP) {
            self.ports.store.beat(last).await?;
            tracing::warn!(away_seconds = away.as_secs(), "back after a stop: paging again those who were told");
            self.each_live(&Command::Resume { away }, None).await?;
            self.ports.store.beat(self.now()).await?;
        }
        began.done = true;
        began.last_beat = Some(now);
        Ok(())
    }

    /// Notes that the service lives, if that is due, or `at_once`.
    pub(crate) async fn beat(&self, at_once: bool) -> Result<(), StoreError> {
        let mut began = self.began.lock().await;
        let now = self.now();
        let due = began.last_beat.is_none_or(|last| now.since(last) >= BEAT_EVERY || now < last);
        if began.done && (due || at_once) {
            self.ports.store.beat(now).await?;
            began.last_beat = Some(now);
        }
        Ok(())
    }

    /// Follows a jump of the wall clock: due times, leases and deadlines move by its size (semantics C2).
    ///
    /// Nobody else decides meanwhile. Up to [`PAGE`] live incidents move in one transaction with all tasks; past that a crash between two
    /// pages leaves the later incidents where they were: early or late by the jump, once, never skipped.
    pub(crate) async fn follow_the_wall(&self) -> Result<(), StoreError> {
        if self.time.jumped().is_none() {
            return Ok(());
        }
        // The two readings are not taken at one instant: a process that was halted between them looks the same for a moment.
        tokio::task::yield_now().await;
        let _alone = self.committer.lock().await;
        let Some(by) = self.time.jumped() else { return Ok(()) };
        tracing::warn!(milliseconds = by, "the wall clock jumped: everything due moves with it");
        self.each_live(&Command::ShiftClock { by }, Some(by)).await?;
        self.time.follow(by);
        if let Some(last) = &mut self.began.lock().await.last_beat {
            *last = last.shifted(by);
        }
        Ok(())
    }

    async fn each_live(&self, command: &Command, shift: Option<i64>) -> Result<(), StoreError> {
        let mut after = 0;
        let mut first_shift = shift;
        loop {
            let scope = Scope { live: Some(LiveScope { after, limit: PAGE }), ..Scope::default() };
            let (next, runs) = self
                .transact(&scope, |workspace| {
                    let live: Vec<IncidentId> = workspace
                        .loaded
                        .incidents
                        .values()
                        .filter(|incident| incident.state.is_live())
                        .map(|incident| incident.id)
                        .collect();
                    for id in &live {
                        // An incident that ended meanwhile refuses; there is nothing to move then.
                        let _ = workspace.command(Some(*id), command);
                    }
                    workspace.changes.shift_tasks = first_shift;
                    let runs: Vec<RunId> = live
                        .iter()
                        .filter_map(|id| workspace.loaded.incidents.get(id)?.fixing.as_ref())
                        .filter(|fixing| !fixing.progress.is_over())
                        .map(|fixing| fixing.run)
                        .collect();
                    (workspace.loaded.live_next, runs)
                })
                .await?;
            first_shift = None;
            if let Some(by) = shift.filter(|_| !runs.is_empty()) {
                self.shift_runs(runs, by).await?;
            }
            match next {
                Some(place) => after = place,
                None => return Ok(()),
            }
        }
    }

    async fn shift_runs(&self, runs: Vec<RunId>, by: i64) -> Result<(), StoreError> {
        let scope = Scope { runs, ..Scope::default() };
        self.transact(&scope, |workspace| {
            for run in workspace.loaded.runs.values() {
                let mut moved = run.clone();
                moved.created_at = moved.created_at.shifted(by);
                moved.deadline = moved.deadline.shifted(by);
                workspace.changes.runs.insert(moved.id, moved);
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use domain::time::ManualClock;

    use super::*;

    #[test]
    fn time_passes_with_the_monotonic_clock_alone() {
        let start = Timestamp::from_millis(1_000_000);
        let clock = Arc::new(ManualClock::starting_at(start));
        let time = EngineTime::anchored(clock.clone());
        clock.advance(Duration::from_secs(7));
        assert_eq!((time.now(), time.jumped()), (start + Duration::from_secs(7), None));
        clock.jump(-3_600_000);
        assert_eq!((time.now(), time.jumped()), (start + Duration::from_secs(7), Some(-3_600_000)));
        time.follow(-3_600_000);
        assert_eq!(time.now(), clock.wall());
    }

    #[test]
    fn a_few_seconds_are_drift() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_millis(1_000_000)));
        let time = EngineTime::anchored(clock.clone());
        clock.jump(5_000);
        assert_eq!(time.jumped(), None);
        clock.jump(1);
        assert_eq!(time.jumped(), Some(5_001));
    }
}
