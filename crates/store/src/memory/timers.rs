//! The one timer of each live incident, by incident and by when it rings.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::IncidentId;
use domain::time::Timestamp;

use crate::record::{DueWake, Wake};

#[derive(Debug, Default)]
pub(super) struct Timers {
    armed: BTreeMap<IncidentId, (i64, Wake)>,
    /// In the order in which they ring: of those due at once, the incident that opened first.
    order: BTreeSet<(Timestamp, i64, IncidentId)>,
}

impl Timers {
    /// Arms the timer of the incident at this place.
    pub(super) fn arm(&mut self, incident: IncidentId, place: i64, wake: Wake) {
        self.put_away(incident);
        self.order.insert((wake.due, place, incident));
        self.armed.insert(incident, (place, wake));
    }

    pub(super) fn put_away(&mut self, incident: IncidentId) {
        if let Some((place, wake)) = self.armed.remove(&incident) {
            self.order.remove(&(wake.due, place, incident));
        }
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.order.first().map(|(due, ..)| *due)
    }

    /// At most so many that are due.
    pub(super) fn due(&self, now: Timestamp, limit: usize) -> Vec<DueWake> {
        let due = self.order.iter().take_while(|(due, ..)| *due <= now).take(limit);
        due.filter_map(|(due, _, incident)| {
            let (_, wake) = self.armed.get(incident)?;
            Some(DueWake { incident: *incident, due: *due, plan: wake.plan })
        })
        .collect()
    }
}
