//! Due work is taken under a new token.

use std::time::Duration;

use domain::id::{BundleId, Name, TaskId};
use domain::time::Timestamp;

use super::state::{State, Task, rank};
use crate::record::{Claimed, TaskState};

impl State {
    pub(super) fn claim(&mut self, now: Timestamp, lease: Duration, limit: usize, busy: &[Name]) -> Vec<Claimed> {
        self.lease(|task| task.ready <= now && !busy.contains(task.row.work.lane()), now + lease, limit)
    }

    pub(super) fn claim_bundle(
        &mut self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &Name,
        limit: usize,
    ) -> Vec<Claimed> {
        let fits = |task: &Task| {
            let work = &task.row.work;
            task.ready <= now && work.bundle().is_some_and(|part| part.id == bundle) && work.lane() == lane
        };
        self.lease(fits, now + lease, limit)
    }

    fn lease(&mut self, fits: impl Fn(&Task) -> bool, until: Timestamp, limit: usize) -> Vec<Claimed> {
        let mut due: Vec<(u8, Timestamp, TaskId)> = self
            .open
            .iter()
            .filter(|(_, task)| fits(task))
            .map(|(id, task)| (rank(&task.row.work), task.ready, *id))
            .collect();
        due.sort();
        let mut claimed = Vec::new();
        for (_, _, id) in due.into_iter().take(limit) {
            let Some(task) = self.open.get_mut(&id) else { continue };
            let Some(incident) = self.incidents.get(&task.row.incident) else { continue };
            task.row.state = TaskState::Leased;
            task.row.token += 1;
            task.row.attempt += 1;
            task.ready = until;
            claimed.push(Claimed { task: task.row.clone(), incident: incident.incident.clone() });
        }
        claimed.sort_by_key(|claim| (rank(&claim.task.work), claim.task.due, claim.task.id));
        claimed
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let tasks = self.open.values().map(|task| task.ready).min();
        let wakes = self.wakes.values().map(|wake| wake.due).min();
        tasks.into_iter().chain(wakes).min()
    }
}
