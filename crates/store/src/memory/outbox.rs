//! Unfinished work, with what finds it without looking at all of it: when it can be claimed, its incident, its bundle.

use std::collections::{BTreeMap, BTreeSet};

use domain::decision::Work;
use domain::id::{BundleId, IncidentId, TaskId};
use domain::time::Timestamp;

use crate::record::{TaskRow, TaskState};

/// Waiting and leased work.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    tasks: BTreeMap<TaskId, Task>,
    /// Pages, and everything else, by when they can be claimed.
    ready: [BTreeSet<(Timestamp, TaskId)>; 2],
    by_incident: BTreeSet<(IncidentId, TaskId)>,
    by_bundle: BTreeSet<(BundleId, TaskId)>,
}

/// Unfinished work.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) row: TaskRow,
    /// When it can be claimed: its due time, or the end of its lease.
    pub(super) ready: Timestamp,
}

impl Outbox {
    pub(super) fn get(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &TaskRow> {
        self.tasks.values().map(|task| &task.row)
    }

    pub(super) fn insert(&mut self, task: Task) {
        let (id, incident) = (task.row.id, task.row.incident);
        if let Some(ready) = self.ready.get_mut(rank(&task.row.work)) {
            ready.insert((task.ready, id));
        }
        self.by_incident.insert((incident, id));
        self.by_bundle.extend(task.row.work.bundle().map(|bundle| (bundle.id, id)));
        self.tasks.insert(id, task);
    }

    pub(super) fn remove(&mut self, id: TaskId) -> Option<Task> {
        let task = self.tasks.remove(&id)?;
        if let Some(ready) = self.ready.get_mut(rank(&task.row.work)) {
            ready.remove(&(task.ready, id));
        }
        self.by_incident.remove(&(task.row.incident, id));
        if let Some(bundle) = task.row.work.bundle() {
            self.by_bundle.remove(&(bundle.id, id));
        }
        Some(task)
    }

    /// Changes all of it.
    pub(super) fn change_all(&mut self, change: impl Fn(&mut Task)) {
        for mut task in std::mem::take(self).tasks.into_values() {
            change(&mut task);
            self.insert(task);
        }
    }

    /// When the first of it can be claimed.
    pub(super) fn first_ready(&self) -> Option<Timestamp> {
        self.ready.iter().filter_map(|ready| ready.first()).map(|(ready, _)| *ready).min()
    }

    /// What can be claimed now: pages before the rest, earliest first.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Task> {
        let due = self.ready.iter().flat_map(move |ready| ready.range(..=(now, TaskId(i64::MAX))));
        due.filter_map(|(_, id)| self.tasks.get(id))
    }

    pub(super) fn of_incident(&self, incident: IncidentId) -> impl Iterator<Item = &Task> {
        let range = (incident, TaskId(i64::MIN))..=(incident, TaskId(i64::MAX));
        self.by_incident.range(range).filter_map(|(_, id)| self.tasks.get(id))
    }

    /// The work of a bundle, in the order in which it is claimed.
    pub(super) fn of_bundle(&self, bundle: BundleId) -> Vec<&Task> {
        let range = (bundle, TaskId(i64::MIN))..=(bundle, TaskId(i64::MAX));
        let mut tasks: Vec<&Task> = self.by_bundle.range(range).filter_map(|(_, id)| self.tasks.get(id)).collect();
        tasks.sort_by_key(|task| (rank(&task.row.work), task.ready, task.row.id));
        tasks
    }

    /// Takes work under a new token.
    pub(super) fn lease(&mut self, id: TaskId, until: Timestamp) -> Option<TaskRow> {
        let mut task = self.remove(id)?;
        task.row.state = TaskState::Leased;
        task.row.token += 1;
        task.row.attempt += 1;
        task.ready = until;
        let row = task.row.clone();
        self.insert(task);
        Some(row)
    }
}

/// Pages go before everything else.
pub(super) const fn rank(work: &Work) -> usize {
    if matches!(work, Work::Page(_)) { 0 } else { 1 }
}
