//! What wakes the engine: a commit with something due earlier than it sleeps, the next due time, a poll each second as a net, a free slot.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::Timestamp;
use store::contract::Scope;
use store::error::StoreError;
use tokio::sync::Notify;

use crate::inside::Inside;

/// Timers in one transaction.
const BATCH: usize = 256;

/// Until when the loop sleeps, and the bell to wake it earlier.
pub(crate) struct Alarm {
    at: AtomicI64,
    pub(crate) bell: Notify,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { at: AtomicI64::new(i64::MAX), bell: Notify::new() }
    }
}

impl Alarm {
    /// Something new is due at `due`: rings unless the loop is up by then anyway. A batch of hooks whose ladders begin in minutes wakes nobody.
    pub(crate) fn expect(&self, due: Timestamp) {
        if due.millis() < self.at.load(Ordering::SeqCst) {
            self.bell.notify_one();
        }
    }

    /// The loop is at work: anything new that is due must bring it round once more.
    pub(crate) fn at_work(&self) {
        self.at.store(i64::MAX, Ordering::SeqCst);
    }

    pub(crate) fn asleep_until(&self, at: Timestamp) {
        self.at.store(at.millis(), Ordering::SeqCst);
    }
}

impl Inside {
    /// Rings the timers that are due, at most a batch of them: claimed, decided and saved in one transaction, so they need no lease.
    pub(crate) async fn ring_timers(&self) -> Result<usize, StoreError> {
        let scope = Scope { wakes: Some((self.now(), BATCH)), ..Scope::default() };
        self.transact(&scope, |workspace| {
            let due = std::mem::take(&mut workspace.loaded.wakes);
            for wake in &due {
                workspace.wake(wake);
            }
            due.len()
        })
        .await
    }
}
