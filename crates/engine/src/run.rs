//! The engine's loop: three concerns side by side on one task, so that none waits for another.
//!
//! *Committing* takes what waits in the queue, batch after batch. *Ticking* follows the clock, rings timers and claims work. *Performing*
//! holds the requests under way. They meet in the store and the queue only. The futures of one `run` are polled together and nothing else
//! is spawned: dropping it stops everything at once, as a crash would, and loses nothing that was answered.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use store::error::StoreError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::bundle::Together;
use crate::inside::Inside;
use crate::slots::Slot;

/// The safety net: nothing that is due waits longer than this for want of a bell, and a wall clock that jumped is noticed within it.
const POLL: Duration = Duration::from_secs(1);
/// How long requests under way may take to end after a stop was asked for; the service as a whole has 25 seconds.
const LAST_REQUESTS: Duration = Duration::from_secs(20);
/// A ladder that never comes to rest is a mistake in a rule; a test must fail, not hang.
const MOST_STEPS: usize = 100_000;

/// Claimed work with the slot that it occupies until it is done.
struct Held {
    together: Together,
    slot: Slot,
}

/// `run` commits while this lives; afterwards, however it ended, the askers do it themselves.
struct Running<'a>(&'a Inside);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

impl Inside {
    pub(crate) async fn run(&self, shutdown: CancellationToken) {
        self.running.store(true, Ordering::SeqCst);
        let running = Running(self);
        let work_done = CancellationToken::new();
        let (claims, claimed) = unbounded_channel();
        let working = async {
            tokio::join!(self.tick_until(&shutdown, claims), self.perform_all(claimed));
            work_done.cancel();
        };
        tokio::join!(self.commit_until(&work_done), working);
        drop(running);
        // What came between the last commit and this line.
        while self.commit_once().await > 0 {}
        if let Err(error) = self.beat(true).await {
            tracing::warn!(%error, "the last beat could not be noted: the next start may take this for a longer stop");
        }
    }

    async fn commit_until(&self, done: &CancellationToken) {
        loop {
            if self.commit_once().await > 0 {
                continue;
            }
            tokio::select! {
                biased;
                () = self.queue.arrived.notified() => {}
                () = done.cancelled() => return,
            }
        }
    }

    async fn tick_until(&self, shutdown: &CancellationToken, claims: UnboundedSender<Held>) {
        while !shutdown.is_cancelled() {
            self.alarm.at_work();
            self.notes.ticked(self.now());
            let rest = match self.tick(&claims).await {
                Ok(true) => continue,
                Ok(false) => self.rest().await,
                Err(error) => {
                    self.notes.store_answered(Some(&error));
                    POLL
                }
            };
            self.alarm.asleep_until(self.now() + rest);
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {}
                () = self.alarm.bell.notified() => {}
                () = self.slots.freed.notified() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// One round; true when something was done, so that more may be due.
    async fn tick(&self, claims: &UnboundedSender<Held>) -> Result<bool, StoreError> {
        self.begin().await?;
        self.follow_the_wall().await?;
        self.beat(false).await?;
        if self.ports.store.next_due().await?.is_none_or(|due| due > self.now()) {
            self.notes.store_answered(None);
            return Ok(false);
        }
        let rung = self.ring_timers().await?;
        let (room, busy) = self.slots.room();
        if room == 0 {
            return Ok(rung > 0);
        }
        let claimed = self.ports.store.claim(self.now(), self.settings.lease, room, &busy).await?;
        let any = !claimed.is_empty();
        for together in self.together(claimed).await {
            let slot = self.slots.occupy(&together.lane);
            // Whoever performs outlives the ticking; if not, the lease ends by itself.
            let _ = claims.send(Held { together, slot });
        }
        Ok(rung > 0 || any)
    }

    async fn rest(&self) -> Duration {
        match self.ports.store.next_due().await {
            Ok(Some(due)) if due > self.now() => due.since(self.now()).min(POLL),
            // Due, but its lane is full: a free slot or the poll brings it round.
            Ok(_) | Err(_) => POLL,
        }
    }

    async fn perform_all(&self, mut claimed: UnboundedReceiver<Held>) {
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                next = claimed.recv() => match next {
                    Some(held) => under_way.push(self.perform_held(held)),
                    None => break,
                },
            }
        }
        let rest = async { while under_way.next().await.is_some() {} };
        if tokio::time::timeout(LAST_REQUESTS, rest).await.is_err() {
            tracing::warn!("requests were still under way at the end: they are taken up again when their leases end");
        }
    }

    async fn perform_held(&self, held: Held) {
        let Held { together, slot } = held;
        self.perform_guarded(&together).await;
        drop(slot);
    }

    /// A panic in one adapter must not stop the pages of all others; the task's lease ends and its tries are counted.
    async fn perform_guarded(&self, together: &Together) {
        if AssertUnwindSafe(self.perform_together(together)).catch_unwind().await.is_err() {
            let task = together.claimed.first().map(|claimed| claimed.task.id);
            tracing::error!(?task, lane = %together.lane, "performing a task panicked");
        }
    }

    pub(crate) async fn drain(self: &Arc<Self>) -> usize {
        let mut done = 0;
        match self.drain_counting(&mut done).await {
            Ok(()) => {}
            Err(error) => self.notes.store_answered(Some(&error)),
        }
        done
    }

    async fn drain_counting(&self, done: &mut usize) -> Result<(), StoreError> {
        self.begin().await?;
        self.follow_the_wall().await?;
        while *done < MOST_STEPS {
            while self.commit_once().await > 0 {}
            let rung = self.ring_timers().await?;
            let claimed = self.ports.store.claim(self.now(), self.settings.lease, 1, &[]).await?;
            let count = claimed.len();
            for together in self.together(claimed).await {
                let slot = self.slots.occupy(&together.lane);
                self.perform_guarded(&together).await;
                drop(slot);
            }
            if rung == 0 && count == 0 {
                self.notes.ticked(self.now());
                return self.beat(false).await;
            }
            *done += rung + count;
        }
        tracing::error!(steps = *done, "the engine does not come to rest");
        Ok(())
    }
}
