//! How many requests may be under way, in all and to one receiver (lane), so that a dead receiver delays nobody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::Name;
use tokio::sync::Notify;

pub(crate) struct Slots {
    total: usize,
    per_lane: usize,
    used: Mutex<Used>,
    pub(crate) freed: Notify,
}

#[derive(Debug, Default)]
struct Used {
    total: usize,
    lanes: BTreeMap<Name, usize>,
}

/// A request under way; its slot is free again when this is dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    lane: Name,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut used = self.slots.used();
        used.total = used.total.saturating_sub(1);
        if let Some(lane) = used.lanes.get_mut(&self.lane) {
            *lane = lane.saturating_sub(1);
            if *lane == 0 {
                used.lanes.remove(&self.lane);
            }
        }
        drop(used);
        self.slots.freed.notify_one();
    }
}

impl Slots {
    pub(crate) fn of(total: usize, per_lane: usize) -> Self {
        Self { total: total.max(1), per_lane: per_lane.max(1), used: Mutex::default(), freed: Notify::new() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.used().total
    }

    /// How much may be claimed right now, and which lanes must be passed over. Whatever lanes the claimed work is of, it fits: nothing is
    /// ever claimed to wait under its lease. A lane that is three quarters full counts as busy, so that it does not make everybody's
    /// claims small.
    pub(crate) fn room(&self) -> (usize, Vec<Name>) {
        let used = self.used();
        let mut room = self.total.saturating_sub(used.total).min(self.per_lane);
        let mut busy = Vec::new();
        for (lane, count) in &used.lanes {
            let left = self.per_lane.saturating_sub(*count);
            if left < (self.per_lane / 4).max(1) {
                busy.push(lane.clone());
            } else {
                room = room.min(left);
            }
        }
        (room, busy)
    }

    pub(crate) fn occupy(self: &Arc<Self>, lane: &Name) -> Slot {
        let mut used = self.used();
        used.total += 1;
        *used.lanes.entry(lane.clone()).or_default() += 1;
        Slot { slots: Arc::clone(self), lane: lane.clone() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn whatever_is_claimed_fits_its_lane() {
        let slots = Arc::new(Slots::of(10, 4));
        let (slow, fast): (Name, Name) = ("slow".parse().unwrap(), "fast".parse().unwrap());
        assert_eq!(slots.room(), (4, vec![]));
        let mut held: Vec<Slot> = (0..3).map(|_| slots.occupy(&slow)).collect();
        assert_eq!(slots.room(), (1, vec![]));
        held.push(slots.occupy(&slow));
        assert_eq!(slots.room(), (4, vec![slow]));
        held.extend((0..2).map(|_| slots.occupy(&fast)));
        assert_eq!(slots.room().0, 2);
        held.clear();
        assert_eq!((slots.in_flight(), slots.room()), (0, (4, vec![])));
    }

    #[test]
    fn a_single_slot_is_all_or_nothing() {
        let slots = Arc::new(Slots::of(1, 1));
        let lane: Name = "only".parse().unwrap();
        let slot = slots.occupy(&lane);
        assert_eq!(slots.room(), (0, vec![lane]));
        drop(slot);
        assert_eq!(slots.room(), (1, vec![]));
    }
}
