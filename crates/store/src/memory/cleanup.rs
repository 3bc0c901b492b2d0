//! What is older than the retention goes; live incidents and everything of theirs stay.

use std::collections::BTreeSet;

use domain::id::IncidentId;
use domain::incident::State as Stands;
use domain::time::Timestamp;

use super::state::State;
use crate::attention::{FORGOTTEN_AFTER, last_at};
use crate::record::{CleanupReport, Retention, StandingOrder};

impl State {
    pub(super) fn cleanup(&mut self, retention: &Retention, now: Timestamp, dry_run: bool) -> CleanupReport {
        let working: BTreeSet<IncidentId> = self.open.rows().map(|task| task.incident).collect();
        let over: BTreeSet<IncidentId> = self
            .incidents
            .iter()
            .filter(|(id, row)| match row.incident.state {
                Stands::Resolved { at, .. } => at < now - retention.incidents && !working.contains(id),
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let deliveries: Vec<i64> = self
            .deliveries
            .iter()
            .filter(|(_, row)| {
                row.received_at < now - retention.deliveries && !row.incident.is_some_and(|id| self.is_live(id))
            })
            .map(|(id, _)| *id)
            .collect();
        let tasks: Vec<_> = self
            .ended
            .iter()
            .filter(|(_, task)| {
                over.contains(&task.incident) || (task.due < now - retention.tasks && !self.is_live(task.incident))
            })
            .map(|(id, _)| *id)
            .collect();
        let ended = |order: &StandingOrder| order.ends_at().is_some_and(|end| end < now - retention.incidents);
        let report = CleanupReport {
            deliveries: deliveries.len() as u64,
            tasks: tasks.len() as u64,
            incidents: over.len() as u64,
            escalations: self.escalations.values().filter(|(_, row)| over.contains(&row.incident)).count() as u64,
            timeline: self.timeline.keys().filter(|(id, _)| over.contains(id)).count() as u64,
            orders: self.standing.iter().filter(|order| ended(order)).count() as u64,
        };
        if dry_run {
            return report;
        }
        for id in deliveries {
            if let Some(row) = self.deliveries.remove(&id) {
                self.by_key.remove(&(row.key, row.generation));
                if let Some(event) = row.event {
                    self.by_event.remove(&event);
                }
            }
        }
        for id in tasks {
            self.ended.remove(&id);
        }
        self.forget(&over);
        self.standing.retain(|order| !ended(order));
        self.attention.retain(|_, attention| last_at(attention).is_none_or(|last| last >= now - FORGOTTEN_AFTER));
        let silent = (now - retention.incidents).millis().div_euclid(3_600_000);
        self.identities.retain(|_, identity| {
            let counted =
                identity.baseline.as_ref().filter(|_| identity.incident.is_none() && identity.label.is_none());
            counted.is_none_or(|usual| i64::from(usual.hour) >= silent)
        });
        report
    }

    fn forget(&mut self, over: &BTreeSet<IncidentId>) {
        for id in over {
            if let Some(row) = self.incidents.remove(id) {
                self.places.remove(&row.place);
            }
            self.wakes.put_away(*id);
        }
        self.timeline.retain(|(id, _), _| !over.contains(id));
        self.escalations.retain(|_, (_, row)| !over.contains(&row.incident));
        self.runs.retain(|_, (_, run)| !over.contains(&run.incident));
        self.receipts.retain(|(id, _), _| !over.contains(id));
        self.identities.retain(|_, identity| !identity.incident.is_some_and(|id| over.contains(&id)));
    }
}
