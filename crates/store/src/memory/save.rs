//! Changes are checked first and applied after, so that a refused row leaves nothing half saved.

use std::collections::BTreeSet;

use domain::attention::Attention;
use domain::decision::Work;
use domain::id::{IncidentId, OverrideId, TaskId};

use super::outbox::Task;
use super::state::State;
use crate::contract::Changes;
use crate::error::StoreError;
use crate::record::{FinishedTask, IncidentRow, NewTask, StandingOrder, TaskEnd, TaskRow, TaskState, TimelineRow};

fn refused(reason: impl Into<String>) -> StoreError {
    StoreError::Refused { reason: reason.into() }
}

impl State {
    /// Whether `changes` can be saved after a load of the incidents `loaded`.
    pub(super) fn check(&self, changes: &Changes, loaded: &BTreeSet<IncidentId>) -> Result<(), StoreError> {
        let mut tasks = BTreeSet::new();
        for end in &changes.finished {
            let held = self
                .open
                .get(end.task)
                .is_some_and(|task| task.row.state == TaskState::Leased && task.row.token == end.token);
            if !held || !tasks.insert(end.task) {
                return Err(StoreError::LeaseLost);
            }
        }
        for id in changes.incidents.keys() {
            if self.incidents.contains_key(id) && !loaded.contains(id) {
                return Err(refused(format!("{id} was changed without being loaded")));
            }
        }
        self.check_deliveries(changes)?;
        let referred = changes
            .timeline
            .iter()
            .map(|entry| entry.incident)
            .chain(changes.wakes.iter().filter(|(_, wake)| wake.is_some()).map(|(id, _)| *id))
            .chain(changes.tasks.iter().map(|task| task.incident))
            .chain(changes.identities.values().filter_map(|identity| identity.incident))
            .chain(changes.runs.values().map(|run| run.incident))
            .chain(changes.escalations.values().map(|row| row.incident))
            .chain(changes.receipts.iter().map(|row| row.incident));
        for id in referred {
            if !self.incidents.contains_key(&id) && !changes.incidents.contains_key(&id) {
                return Err(refused(format!("there is no incident {id}")));
            }
        }
        Ok(())
    }

    fn check_deliveries(&self, changes: &Changes) -> Result<(), StoreError> {
        let (mut ids, mut keys, mut events) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for row in &changes.deliveries {
            let key = (row.key, row.generation);
            if self.deliveries.contains_key(&row.id.0) || !ids.insert(row.id) {
                return Err(refused(format!("there is a delivery {} already", row.id)));
            }
            if self.by_key.contains_key(&key) || !keys.insert(key) {
                return Err(refused("the same body was stored already as this generation"));
            }
            if row.event.is_some_and(|event| self.by_event.contains_key(&event) || !events.insert(event)) {
                return Err(refused("the same event hook was stored already"));
            }
        }
        Ok(())
    }

    /// Applies what [`Self::check`] allowed.
    pub(super) fn save(&mut self, changes: Changes) {
        self.shift(changes.shift_tasks);
        for end in changes.finished {
            self.finish(end);
        }
        self.cancel(&changes.cancel_pages);
        for row in changes.deliveries {
            self.last.delivery = self.last.delivery.max(row.id.0);
            self.by_key.insert((row.key, row.generation), row.id.0);
            if let Some(event) = row.event {
                self.by_event.insert(event, row.id.0);
            }
            self.deliveries.insert(row.id.0, Box::new(row));
        }
        let mut opened = Vec::new();
        for (id, incident) in changes.incidents {
            if let Some(row) = self.incidents.get_mut(&id) {
                row.version += 1;
                row.incident = incident;
            } else {
                opened.push(incident);
            }
        }
        opened.sort_by_key(|incident| (incident.opened_at, incident.id));
        for incident in opened {
            self.last.place += 1;
            self.places.insert(self.last.place, incident.id);
            self.incidents.insert(incident.id, IncidentRow { place: self.last.place, version: 1, incident });
        }
        self.identities.extend(changes.identities);
        self.projects.extend(changes.projects);
        self.labels.extend(changes.labels);
        for new in changes.timeline {
            self.last.entry += 1;
            let row = TimelineRow { id: self.last.entry, at: new.at, entry: new.entry };
            self.timeline.insert((new.incident, row.id), Box::new(row));
        }
        for (id, wake) in changes.wakes {
            match (wake, self.incidents.get(&id)) {
                (Some(wake), Some(row)) => self.wakes.arm(id, row.place, wake),
                (Some(_), None) | (None, _) => self.wakes.put_away(id),
            }
        }
        for task in changes.tasks {
            self.queue(task);
        }
        for (id, run) in changes.runs {
            let place = match self.runs.get(&id) {
                Some((place, _)) => *place,
                None => {
                    self.last.run += 1;
                    self.last.run
                }
            };
            self.runs.insert(id, (place, run));
        }
        let mut escalations: Vec<_> = changes.escalations.into_iter().collect();
        escalations.sort_by_key(|(id, row)| (row.starts_at, *id));
        for (id, mut row) in escalations {
            let place = match self.escalations.get(&id) {
                Some((place, known)) => {
                    row.keep_first(known);
                    *place
                }
                None => {
                    self.last.escalation += 1;
                    self.last.escalation
                }
            };
            self.escalations.insert(id, (place, row));
        }
        for row in changes.receipts {
            self.receipts.insert((row.incident, row.channel), row.receipt);
        }
        self.order(changes.standing, &changes.withdrawn);
        for (whose, attention) in changes.attention {
            if attention == Attention::default() {
                self.attention.remove(&whose);
            } else {
                self.attention.insert(whose, attention);
            }
        }
    }

    fn order(&mut self, orders: Vec<StandingOrder>, withdrawn: &[OverrideId]) {
        if orders.is_empty() && withdrawn.is_empty() {
            return;
        }
        self.standing_revision += 1;
        for order in orders {
            match self.standing.iter_mut().find(|known| known.id() == order.id()) {
                Some(known) => *known = order,
                None => self.standing.push(order),
            }
        }
        self.standing.retain(|order| !matches!(order, StandingOrder::Override(order) if withdrawn.contains(&order.id)));
    }

    fn shift(&mut self, millis: Option<i64>) {
        let Some(millis) = millis else { return };
        self.open.change_all(|task| {
            task.row.due = task.row.due.shifted(millis);
            task.row.first_due = task.row.first_due.shifted(millis);
            task.ready = task.ready.shifted(millis);
        });
    }

    fn finish(&mut self, end: FinishedTask) {
        let Some(mut task) = self.open.remove(end.task) else { return };
        match end.end {
            TaskEnd::Retry { due, trouble } => {
                task.row.state = TaskState::Waiting;
                task.row.due = due;
                task.row.trouble = Some(trouble);
                task.ready = due;
                self.open.insert(task);
                return;
            }
            TaskEnd::Done => task.row.state = TaskState::Done,
            TaskEnd::Dropped => task.row.state = TaskState::Dropped,
            TaskEnd::Dead { trouble } => {
                task.row.state = TaskState::Dead;
                task.row.trouble = Some(trouble);
            }
        }
        self.ended.insert(end.task, task.row);
    }

    fn cancel(&mut self, incidents: &[IncidentId]) {
        let pages = incidents.iter().flat_map(|incident| self.open.of_incident(*incident));
        let void: Vec<TaskId> =
            pages.filter(|task| matches!(task.row.work, Work::Page(_))).map(|task| task.row.id).collect();
        for id in void {
            if let Some(mut task) = self.open.remove(id) {
                task.row.state = TaskState::Dropped;
                task.row.token += 1;
                self.ended.insert(id, task.row);
            }
        }
    }

    fn queue(&mut self, new: NewTask) {
        self.last.task += 1;
        let due = new.planned.due;
        let row = TaskRow {
            id: TaskId(self.last.task),
            incident: new.incident,
            work: new.planned.work,
            due,
            first_due: due,
            attempt: 0,
            token: 0,
            state: TaskState::Waiting,
            trouble: None,
        };
        self.open.insert(Task { row, ready: due });
    }
}
