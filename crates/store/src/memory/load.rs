//! What a scope names becomes a workspace.

use domain::decision::Work;
use domain::id::IncidentId;

use super::state::State;
use crate::contract::{Loaded, Scope};
use crate::record::{KnownDelivery, TaskState};

impl State {
    pub(super) fn load(&self, scope: &Scope) -> Loaded {
        let mut loaded = Loaded {
            next_delivery: self.last.delivery + 1,
            standing: self.standing_revision,
            attention: self.attention.clone(),
            ..Loaded::default()
        };
        let mut wanted: Vec<IncidentId> = scope.incidents.clone();
        for key in &scope.deliveries {
            if let Some((_, id)) = self.by_key.range((*key, 0)..=(*key, u32::MAX)).next_back() {
                loaded.deliveries.extend(self.known(*id).map(|known| (*key, known)));
            }
        }
        for key in &scope.events {
            if let Some(id) = self.by_event.get(key) {
                loaded.events.extend(self.known(*id).map(|known| (*key, known)));
            }
        }
        for key in &scope.identities {
            if let Some(identity) = self.identities.get(key) {
                wanted.extend(identity.incident);
                loaded.identities.insert(key.clone(), identity.clone());
            }
        }
        for key in &scope.projects {
            loaded.projects.extend(self.projects.get(key).map(|project| (key.clone(), project.clone())));
        }
        for (id, token) in &scope.tasks {
            if let Some(task) = self.open.get(*id)
                && task.row.state == TaskState::Leased
                && task.row.token == *token
            {
                wanted.push(task.row.incident);
                loaded.tasks.insert(*id, task.row.clone());
            }
        }
        for id in &scope.runs {
            if let Some((_, run)) = self.runs.get(id) {
                wanted.push(run.incident);
                loaded.runs.insert(*id, run.clone());
            }
        }
        for incident in &scope.open_pages {
            let rows = self.open.of_incident(*incident).map(|task| &task.row);
            loaded.open_pages.extend(rows.filter(|row| matches!(row.work, Work::Page(_))).cloned());
        }
        loaded.open_pages.sort_by_key(|row| row.id);
        loaded.open_pages.dedup_by_key(|row| row.id);
        wanted.extend(loaded.open_pages.iter().map(|task| task.incident));
        if let Some((now, limit)) = scope.wakes {
            let due = self.wakes.due(now, limit);
            wanted.extend(due.iter().map(|wake| wake.incident));
            loaded.wakes = due;
        }
        if let Some(live) = scope.live {
            let mut page = self.places.range(live.after.saturating_add(1)..).filter(|(_, id)| self.is_live(**id));
            let taken: Vec<(i64, IncidentId)> =
                page.by_ref().take(live.limit).map(|(place, id)| (*place, *id)).collect();
            if page.next().is_some() {
                loaded.live_next = Some(taken.last().map_or(live.after, |(place, _)| *place));
            }
            wanted.extend(taken.into_iter().map(|(_, id)| id));
        }
        for id in wanted {
            if let Some(row) = self.incidents.get(&id) {
                loaded.incidents.entry(id).or_insert_with(|| row.incident.clone());
            }
        }
        loaded
    }

    fn known(&self, id: i64) -> Option<KnownDelivery> {
        self.deliveries.get(&id).map(|row| KnownDelivery {
            id: row.id,
            generation: row.generation,
            received_at: row.received_at,
            outcome: row.outcome,
            incident: row.incident,
        })
    }
}
