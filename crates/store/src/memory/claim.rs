//! Due work is taken under a new token.

use std::time::Duration;

use domain::id::{BundleId, Name, TaskId};
use domain::time::Timestamp;

use super::outbox::rank;
use super::state::State;
use crate::record::Claimed;

impl State {
    pub(super) fn claim(&mut self, now: Timestamp, lease: Duration, limit: usize, busy: &[Name]) -> Vec<Claimed> {
        let due = self.open.due(now).filter(|task| !busy.contains(task.row.work.lane()));
        let ids = due.map(|task| task.row.id).take(limit).collect();
        self.lease(ids, now + lease)
    }

    pub(super) fn claim_bundle(
        &mut self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &Name,
        limit: usize,
    ) -> Vec<Claimed> {
        let parts = self.open.of_bundle(bundle).into_iter();
        let due = parts.filter(|task| task.ready <= now && task.row.work.lane() == lane);
        let ids = due.map(|task| task.row.id).take(limit).collect();
        self.lease(ids, now + lease)
    }

    fn lease(&mut self, ids: Vec<TaskId>, until: Timestamp) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        for id in ids {
            let Some(incident) = self.open.get(id).and_then(|task| self.incidents.get(&task.row.incident)) else {
                continue;
            };
            let incident = incident.incident.clone();
            claimed.extend(self.open.lease(id, until).map(|task| Claimed { task, incident }));
        }
        claimed.sort_by_key(|claim| (rank(&claim.task.work), claim.task.due, claim.task.id));
        claimed
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.open.first_ready().into_iter().chain(self.wakes.first()).min()
    }
}
