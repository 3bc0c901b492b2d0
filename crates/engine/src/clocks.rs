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
/// How long before the last beat an order was certainly carried out to its end: some seconds for a hundred thousand incidents.
const MOMENTS: Duration = Duration::from_mins(2);
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

/// What is known of the clock before this process, and the move of everything due, if one is under way.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// The last beat of whoever ran before, once it was looked for; `None` inside when nobody did.
    last_beat: Option<Option<Timestamp>>,
    under_way: Option<Moving>,
}

/// How far the move of everything due has come, when the wall clock jumped.
#[derive(Debug)]
struct Moving {
    by: i64,
    /// What the wall clock shows since.
    now: Timestamp,
    /// The engine's own time has to follow; not where it was anchored after the jump.
    anchored_before: bool,
    /// Live incidents after this place still have to move; `None` when all have.
    after: Option<i64>,
    /// Runs of agents that still have to move.
    runs: Vec<RunId>,
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
        let last = {
            let _alone = self.committer.lock().await;
            self.look_back().await?
        };
        let now = self.now();
        if let Some(last) = last {
            let away = now.since(last);
            // What was ordered in the last moments of the process may not have reached every incident.
            if self.ordered_since(last - MOMENTS).await? {
                self.each_live(&Command::HeedStanding).await?;
            }
            if away > LONG_STOP {
                tracing::warn!(away_seconds = away.as_secs(), "back after a stop: paging again those who were told");
                self.each_live(&Command::Resume { away }).await?;
            }
        }
        self.ports.store.beat(self.now()).await?;
        began.done = true;
        began.last_beat = Some(now);
        Ok(())
    }

    /// When whoever ran before noted last that they lived. Whoever calls holds the committer: before this nothing is decided.
    ///
    /// A beat that lies ahead was noted before the clock was set back while nobody was there to see it: what waits would wait for the same time
    /// once more. How long ago the beat was nobody can say, so it counts as now: what waits is late by at most the time since then (of a short
    /// stop half a minute and the stop), and nothing is early. A clock that was set forward looks like a stop, and is answered as one (C1).
    pub(crate) async fn look_back(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut moves = self.moving.lock().await;
        if let Some(last) = moves.last_beat {
            if moves.under_way.as_ref().is_some_and(|moving| !moving.anchored_before) {
                self.go_on(&mut moves).await?;
            }
            return Ok(last);
        }
        let now = self.now();
        let last = self.ports.store.beat(now).await?;
        moves.last_beat = Some(last);
        let Some(last) = last else { return Ok(None) };
        let by = now.millis().saturating_sub(last.millis());
        if by >= -JUMP {
            self.ports.store.beat(last).await?;
            return Ok(Some(last));
        }
        tracing::warn!(milliseconds = by, "the wall clock was set back while nobody ran: everything due moves with it");
        moves.under_way =
            Some(Moving { by, now: self.now(), anchored_before: false, after: Some(0), runs: Vec::new() });
        self.go_on(&mut moves).await?;
        Ok(Some(last))
    }

    async fn ordered_since(&self, since: Timestamp) -> Result<bool, StoreError> {
        let standing = self.standing().await?;
        Ok(standing
            .silences
            .iter()
            .any(|silence| silence.created_at > since || silence.ended.as_ref().is_some_and(|ended| ended.at > since)))
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
    /// Nobody else decides meanwhile, and nothing is rung or claimed until everything has moved. Up to [`PAGE`] live incidents move in one
    /// transaction with all tasks. A store that fails in between is asked to go on where it stood: what has moved must not move twice. A crash
    /// between two pages leaves the later incidents where they were: early or late by the jump, once, never skipped.
    pub(crate) async fn follow_the_wall(&self) -> Result<(), StoreError> {
        if self.time.jumped().is_none() && self.moving.lock().await.under_way.is_none() {
            return Ok(());
        }
        // The two readings are not taken at one instant: a process that was halted between them looks the same for a moment.
        tokio::task::yield_now().await;
        {
            let _alone = self.committer.lock().await;
            let mut moves = self.moving.lock().await;
            if moves.under_way.is_none() {
                let Some(by) = self.time.jumped() else { return Ok(()) };
                tracing::warn!(milliseconds = by, "the wall clock jumped: everything due moves with it");
                moves.under_way = Some(Moving {
                    by,
                    now: self.now().shifted(by),
                    anchored_before: true,
                    after: Some(0),
                    runs: Vec::new(),
                });
            }
            self.go_on(&mut moves).await?;
        }
        // The next beat says the new time: the old one would look like a long stop, or hide one.
        self.began.lock().await.last_beat = None;
        Ok(())
    }

    /// Goes on with a move that is under way, to its end.
    async fn go_on(&self, moves: &mut Moves) -> Result<(), StoreError> {
        while let Some(rest) = moves.under_way.as_mut() {
            if !rest.runs.is_empty() {
                self.shift_runs(rest.runs.clone(), rest.by).await?;
                rest.runs.clear();
            }
            let Some(after) = rest.after else {
                moves.under_way = None;
                break;
            };
            let by = rest.by;
            let first = after == 0;
            let follows = first && rest.anchored_before;
            if follows {
                // Whoever dies from here on has moved: the next one must not take the old beat for a clock that was set back, and move all again.
                self.ports.store.beat(self.now().shifted(by)).await?;
            }
            (rest.after, rest.runs) =
                self.each_of_a_page(after, &Command::ShiftClock { by, now: rest.now }, first.then_some(by)).await?;
            if follows {
                self.time.follow(by);
            }
        }
        Ok(())
    }

    /// Commands every live incident, page by page; one that ended meanwhile refuses, and is left alone. Between two pages the others decide.
    pub(crate) async fn each_live(&self, command: &Command) -> Result<(), StoreError> {
        let mut after = Some(0);
        while let Some(from) = after {
            // Not while the clock is being followed: of two incidents one would have moved, and the other not.
            let _alone = self.committer.lock().await;
            (after, _) = self.each_of_a_page(from, command, None).await?;
        }
        Ok(())
    }

    /// Commands one page of the live incidents; gives where the next one begins, and the runs that are under way for these.
    async fn each_of_a_page(
        &self,
        after: i64,
        command: &Command,
        shift_tasks: Option<i64>,
    ) -> Result<(Option<i64>, Vec<RunId>), StoreError> {
        let scope = Scope { live: Some(LiveScope { after, limit: PAGE }), ..Scope::default() };
        self.transact(&scope, |workspace| {
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
            workspace.changes.shift_tasks = shift_tasks;
            if let Some(by) = shift_tasks {
                for (whose, mut attention) in workspace.loaded.attention.clone() {
                    attention.shift(by);
                    workspace.loaded.attention.insert(whose.clone(), attention.clone());
                    workspace.changes.attention.insert(whose, attention);
                }
            }
            let runs = live
                .iter()
                .filter_map(|id| workspace.loaded.incidents.get(id)?.fixing.as_ref())
                .filter(|fixing| !fixing.progress.is_over())
                .map(|fixing| fixing.run)
                .collect();
            (workspace.loaded.live_next, runs)
        })
        .await
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
