//! What waits for the next commit, in the order of receipt (semantics I6), and how much room there is for deliveries.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::error::StoreError;
use tokio::sync::{Notify, oneshot};

use crate::commit::{Job, Reply};

/// Deliveries in the house, waiting or being committed.
pub(crate) const MAX_DELIVERIES: usize = 1_024;
/// Their bodies, in bytes.
pub(crate) const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Jobs in one commit.
const BATCH_JOBS: usize = 256;
/// Bytes of bodies in one commit: bounds how long the writer is held.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// One job and whoever waits for it.
pub(crate) struct Waiting {
    pub(crate) job: Job,
    pub(crate) answer: oneshot::Sender<Result<Reply, StoreError>>,
    pub(crate) place: Option<Place>,
}

impl Waiting {
    fn bytes(&self) -> usize {
        self.place.as_ref().map_or(0, |place| place.bytes)
    }
}

#[derive(Debug, Default)]
struct Room {
    deliveries: AtomicUsize,
    bytes: AtomicUsize,
}

/// A delivery's place in the house; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.deliveries.fetch_sub(1, Ordering::SeqCst);
        self.room.bytes.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

/// The queue.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<VecDeque<Waiting>>,
    pub(crate) arrived: Notify,
    room: Arc<Room>,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more delivery, if there is any.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<Place> {
        let deliveries = self.room.deliveries.fetch_add(1, Ordering::SeqCst);
        let held = self.room.bytes.fetch_add(bytes, Ordering::SeqCst);
        // Dropped when it does not fit, which gives the room back.
        let place = Place { room: Arc::clone(&self.room), bytes };
        (deliveries < MAX_DELIVERIES && held.saturating_add(bytes) <= MAX_BYTES).then_some(place)
    }

    pub(crate) fn deliveries(&self) -> usize {
        self.room.deliveries.load(Ordering::SeqCst)
    }

    pub(crate) fn push(&self, job: Job, place: Option<Place>) -> oneshot::Receiver<Result<Reply, StoreError>> {
        let (answer, receiver) = oneshot::channel();
        self.waiting().push_back(Waiting { job, answer, place });
        self.arrived.notify_one();
        receiver
    }

    /// Everything that waits, up to the size of a batch; at least one job when any waits.
    pub(crate) fn take(&self) -> Taken<'_> {
        let mut waiting = self.waiting();
        let (mut jobs, mut bytes) = (Vec::new(), 0_usize);
        while let Some(next) = waiting.front() {
            if jobs.len() == BATCH_JOBS || (!jobs.is_empty() && bytes + next.bytes() > BATCH_BYTES) {
                break;
            }
            bytes += next.bytes();
            jobs.extend(waiting.pop_front().map(Some));
        }
        Taken { queue: self, jobs }
    }
}

/// A batch. What is still in it when it is dropped, because whoever committed it was dropped, goes back to the head of the queue: deciding
/// it again is harmless, as deliveries are deduplicated and tasks carry tokens.
pub(crate) struct Taken<'a> {
    queue: &'a Queue,
    pub(crate) jobs: Vec<Option<Waiting>>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.waiting();
        let left: Vec<Waiting> = self.jobs.drain(..).flatten().collect();
        if !left.is_empty() {
            for job in left.into_iter().rev() {
                waiting.push_front(job);
            }
            self.queue.arrived.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_house_has_room_for_1024_deliveries() {
        let queue = Queue::default();
        let places: Vec<Place> = (0..MAX_DELIVERIES).map(|_| queue.reserve(100).unwrap()).collect();
        assert!(queue.reserve(100).is_none());
        drop(places);
        assert_eq!(queue.deliveries(), 0);
        assert!(queue.reserve(100).is_some());
    }

    #[test]
    fn the_house_has_room_for_32_mebibytes() {
        let queue = Queue::default();
        let half = queue.reserve(MAX_BYTES / 2).unwrap();
        let other_half = queue.reserve(MAX_BYTES / 2).unwrap();
        assert!(queue.reserve(1).is_none());
        drop(half);
        assert!(queue.reserve(1).is_some());
        drop(other_half);
    }
}
