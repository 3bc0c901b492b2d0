//! What is read.

use std::collections::BTreeMap;

use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, TaskId};
use domain::standing::Standing;
use domain::time::Timestamp;

use super::state::State;
use crate::error::StoreError;
use crate::naming::{MOST_NAMED, bundle_range, escalation_range, incident_range};
use crate::pack::unpack;
use crate::record::{
    AgentRun, DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, Figures, IncidentFilter, IncidentRow,
    NewDelivery, Owed, Page, StandingOrder, StoredDelivery, TaskRow, TaskState, TimelineRow,
};

/// The first `limit` of `rows`, and where the next page begins.
fn page<T>(rows: impl Iterator<Item = (i64, T)>, limit: usize) -> Page<T> {
    let mut rows = rows;
    let taken: Vec<(i64, T)> = rows.by_ref().take(limit).collect();
    let next = taken.last().map(|(place, _)| *place).filter(|_| rows.next().is_some());
    Page { items: taken.into_iter().map(|(_, row)| row).collect(), next }
}

fn row_of(delivery: &NewDelivery) -> DeliveryRow {
    DeliveryRow {
        id: delivery.id,
        received_at: delivery.received_at,
        resource: delivery.resource.clone(),
        action: delivery.action.clone(),
        outcome: delivery.outcome,
        incident: delivery.incident,
        trouble: delivery.trouble.clone(),
        length: delivery.length,
    }
}

impl State {
    pub(super) fn list_incidents(&self, filter: &IncidentFilter) -> Page<IncidentRow> {
        let fits = |row: &&IncidentRow| {
            let incident = &row.incident;
            let project = incident.subject.project.as_ref();
            (filter.states.is_empty() || filter.states.iter().any(|state| state == incident.state.as_str()))
                && filter.level.is_none_or(|level| level == incident.level)
                && filter.project.as_deref().is_none_or(|wanted| {
                    project.is_some_and(|project| {
                        project.slug.as_deref() == Some(wanted) || project.id.as_deref() == Some(wanted)
                    })
                })
        };
        let newest_first = self.places.range(..filter.before.unwrap_or(i64::MAX)).rev();
        let rows = newest_first.filter_map(|(_, id)| self.incidents.get(id)).filter(fits);
        page(rows.map(|row| (row.place, row.clone())), filter.limit)
    }

    pub(super) fn incidents_named(&self, name: &str) -> Vec<IncidentId> {
        let name = name.trim();
        let range = incident_range(name);
        let newest_first = || self.places.values().rev().filter_map(|id| self.incidents.get(id));
        let exact = newest_first().filter(|row| {
            row.incident.external_id.as_deref() == Some(name)
                || row.incident.issues.iter().any(|issue| issue.id == name)
        });
        let started = newest_first()
            .filter(|row| range.as_ref().is_some_and(|range| range.contains(&row.incident.id.bits().cast_signed())));
        let mut named = Vec::new();
        for id in exact.chain(started).map(|row| row.incident.id) {
            if named.len() < MOST_NAMED && !named.contains(&id) {
                named.push(id);
            }
        }
        named
    }

    pub(super) fn list_timeline(&self, incident: IncidentId, after: Option<i64>, limit: usize) -> Page<TimelineRow> {
        let from = after.map_or(i64::MIN, |after| after.saturating_add(1));
        let rows = self.timeline.range((incident, from)..=(incident, i64::MAX));
        page(rows.map(|((_, id), row)| (*id, TimelineRow::clone(row))), limit)
    }

    pub(super) fn list_escalations(&self, filter: &EscalationFilter) -> Page<EscalationRow> {
        let mut rows: Vec<&(i64, EscalationRow)> = self
            .escalations
            .values()
            .filter(|(place, row)| {
                *place < filter.before.unwrap_or(i64::MAX)
                    && (!filter.live || row.state.is_live())
                    && filter.incident.is_none_or(|incident| incident == row.incident)
            })
            .collect();
        rows.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        page(rows.into_iter().cloned(), filter.limit)
    }

    pub(super) fn escalations_named(&self, name: &str) -> Vec<EscalationId> {
        let Some(range) = escalation_range(name) else { return Vec::new() };
        let mut rows: Vec<(i64, EscalationId)> = self
            .escalations
            .iter()
            .filter(|(id, _)| range.contains(&id.bits().cast_signed()))
            .map(|(id, (place, _))| (*place, *id))
            .collect();
        rows.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        rows.into_iter().map(|(_, id)| id).take(MOST_NAMED).collect()
    }

    pub(super) fn bundled(&self, bundle: BundleId) -> Vec<TaskRow> {
        let tasks = self.open.rows().chain(self.ended.values());
        let mut listed: Vec<TaskRow> =
            tasks.filter(|task| task.work.bundle().is_some_and(|part| part.id == bundle)).cloned().collect();
        listed.sort_by_key(|task| task.id);
        listed
    }

    pub(super) fn bundles_named(&self, name: &str) -> Vec<BundleId> {
        let Some(range) = bundle_range(name) else { return Vec::new() };
        let mut newest: BTreeMap<BundleId, TaskId> = BTreeMap::new();
        for task in self.open.rows().chain(self.ended.values()) {
            if let Some(bundle) =
                task.work.bundle().map(|bundle| bundle.id).filter(|bundle| range.contains(&bundle.bits().cast_signed()))
            {
                let last = newest.entry(bundle).or_insert(task.id);
                *last = task.id.max(*last);
            }
        }
        let mut named: Vec<(BundleId, TaskId)> = newest.into_iter().collect();
        named.sort_by_key(|(_, task)| std::cmp::Reverse(*task));
        named.into_iter().map(|(bundle, _)| bundle).take(MOST_NAMED).collect()
    }

    pub(super) fn standing_since(&self, since: Timestamp) -> (u64, Standing) {
        let mut standing = Standing::default();
        for order in self.standing.iter().filter(|order| order.ends_at().is_none_or(|end| end >= since)) {
            match order {
                StandingOrder::Silence { silence, .. } => standing.silences.push((**silence).clone()),
                StandingOrder::Override(order) => standing.overrides.push(order.clone()),
            }
        }
        (self.standing_revision, standing)
    }

    pub(super) fn list_deliveries(&self, filter: &DeliveryFilter) -> Page<DeliveryRow> {
        let rows = self.deliveries.range(..filter.before.unwrap_or(i64::MAX)).rev().filter(|(_, row)| {
            filter.outcome.is_none_or(|outcome| outcome == row.outcome) && (!filter.trouble || row.trouble.is_some())
        });
        page(rows.map(|(id, row)| (*id, row_of(row))), filter.limit)
    }

    pub(super) fn delivery(&self, id: DeliveryId) -> Result<Option<StoredDelivery>, StoreError> {
        let Some(row) = self.deliveries.get(&id.0) else { return Ok(None) };
        let body = unpack(row.packing, row.length, &row.body).map_err(|reason| StoreError::Corrupt {
            table: "deliveries",
            column: "body",
            row: id.0,
            reason,
        })?;
        Ok(Some(StoredDelivery { row: row_of(row), body }))
    }

    pub(super) fn list_runs(&self, incident: IncidentId) -> Vec<AgentRun> {
        let mut runs: Vec<&(i64, AgentRun)> = self.runs.values().filter(|(_, run)| run.incident == incident).collect();
        runs.sort_by_key(|(place, _)| *place);
        runs.into_iter().map(|(_, run)| run.clone()).collect()
    }

    fn unfinished_and_dead(&self) -> impl Iterator<Item = &TaskRow> {
        let dead = self.ended.values().filter(|task| task.state == TaskState::Dead);
        self.open.rows().chain(dead)
    }

    pub(super) fn owed(&self, limit: usize) -> Vec<Owed> {
        let mut tasks: Vec<&TaskRow> = self.unfinished_and_dead().collect();
        tasks.sort_by_key(|task| (task.due, task.id));
        let owed = tasks.into_iter().take(limit).filter_map(|task| {
            let incident = &self.incidents.get(&task.incident)?.incident;
            let (title, state) = (incident.subject.title.clone(), incident.state.as_str().to_owned());
            Some(Owed { task: task.clone(), title, state })
        });
        owed.collect()
    }

    pub(super) fn figures(&self, now: Timestamp) -> Figures {
        let mut incidents: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for row in self.incidents.values() {
            *incidents.entry((row.incident.state.as_str(), row.incident.level.as_str())).or_default() += 1;
        }
        let mut tasks: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for task in self.unfinished_and_dead() {
            *tasks.entry((task.work.as_str(), task.state.as_str())).or_default() += 1;
        }
        Figures {
            incidents: incidents
                .into_iter()
                .map(|((state, level), count)| (state.to_owned(), level.to_owned(), count))
                .collect(),
            tasks: tasks.into_iter().map(|((work, state), count)| (work.to_owned(), state.to_owned(), count)).collect(),
            oldest_due: self.next_due().filter(|due| *due <= now),
            last_delivery_at: self.deliveries.values().next_back().map(|row| row.received_at),
            unreadable: self.deliveries.values().filter(|row| row.trouble.is_some()).count() as u64,
            deliveries: self.deliveries.len() as u64,
            bytes: 0,
        }
    }
}
