//! Connections that wait for a request, in the order in which they began to: when there is no room for another, the one that idled longest
//! gives way, so that silent connections cannot keep a delivery out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// All that wait on one listener.
#[derive(Debug, Default)]
pub(crate) struct Idlers {
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    last: u64,
    waiting: BTreeMap<u64, CancellationToken>,
}

impl Idlers {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that was just accepted: it waits.
    pub(crate) fn join(self: &Arc<Self>) -> Arc<Seat> {
        let seat = Seat {
            idlers: Arc::clone(self),
            number: AtomicU64::new(NOT_WAITING),
            silent: AtomicBool::new(true),
            leave: CancellationToken::new(),
        };
        seat.wait();
        Arc::new(seat)
    }

    /// Asks the one that waits longest to leave; false when nobody waits.
    pub(crate) fn send_one_away(&self) -> bool {
        let longest = self.line().waiting.pop_first();
        if let Some((_, leave)) = &longest {
            leave.cancel();
        }
        longest.is_some()
    }
}

const NOT_WAITING: u64 = 0;

/// One connection's place among those that wait.
#[derive(Debug)]
pub(crate) struct Seat {
    idlers: Arc<Idlers>,
    number: AtomicU64,
    silent: AtomicBool,
    leave: CancellationToken,
}

impl Seat {
    /// From now on it waits for a request's head.
    pub(crate) fn wait(&self) {
        let mut line = self.idlers.line();
        line.last += 1;
        let number = line.last;
        line.waiting.insert(number, self.leave.clone());
        self.number.store(number, Ordering::Relaxed);
    }

    /// A whole head is there: as long as it is worked on, the connection is not in the line.
    pub(crate) fn work(&self) {
        self.silent.store(false, Ordering::Relaxed);
        self.stand_up();
    }

    fn stand_up(&self) {
        let number = self.number.swap(NOT_WAITING, Ordering::Relaxed);
        if number != NOT_WAITING {
            self.idlers.line().waiting.remove(&number);
        }
    }

    /// Whether it never sent the head of a request: then nothing is lost with it.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Ends when it is asked to leave.
    pub(crate) async fn asked_to_leave(&self) {
        self.leave.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.stand_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_longest_leaves_and_who_works_stays() {
        let idlers = Arc::new(Idlers::default());
        let seats: Vec<_> = (0..4).map(|_| idlers.join()).collect();
        let left = || seats.iter().map(|seat| seat.leave.is_cancelled()).collect::<Vec<_>>();
        seats[0].work();
        drop(idlers.join());
        assert!(idlers.send_one_away());
        assert_eq!(left(), [false, true, false, false]);
        // Answered: it waits again, behind the others.
        seats[0].wait();
        for expected in [[false, true, true, false], [false, true, true, true], [true; 4]] {
            assert!(idlers.send_one_away());
            assert_eq!(left(), expected);
        }
        assert!(!idlers.send_one_away());
        assert!(seats[3].is_silent() && !seats[0].is_silent());
    }
}
