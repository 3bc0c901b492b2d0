//! Schedules of a policy at work: whom a layer means, and when a role has nobody.

use std::ops::Range;

use super::{Directory, Duty, Member, Policy, Reachable, Target};
use crate::id::Name;
use crate::oncall::{Override, Roster, uncovered};
use crate::time::Timestamp;

impl Policy {
    /// One layer of a schedule, with those of the overrides that concern it, oldest first; `None` when there is no such layer. An override to somebody who
    /// is no contact of this policy, as a person who has left, could reach nobody: then whose turn it is stays on call.
    #[must_use]
    pub fn roster<'a>(&'a self, schedule: &Name, layer: &Name, overrides: &'a [Override]) -> Option<Roster<'a>> {
        let known = overrides.iter().filter(|order| self.contacts.contains_key(&order.person));
        self.schedules.get(schedule)?.roster(schedule, layer, known)
    }

    /// The people behind `oncall:SCHEDULE/LAYER`.
    pub(super) fn on_call(
        &self,
        schedule: &Name,
        layer: &Name,
        directory: &Directory,
        duty: Duty<'_>,
    ) -> Vec<Reachable> {
        match duty {
            Duty::Anybody => {
                let layer = self.schedules.get(schedule).and_then(|schedule| schedule.layers.get(layer));
                let people = layer.into_iter().flat_map(|layer| &layer.people);
                people.filter_map(|person| self.contact(person, directory)).collect()
            }
            Duty::At { now, overrides } => self
                .roster(schedule, layer, overrides)
                .and_then(|roster| self.contact(roster.on_call(now).person()?, directory))
                .into_iter()
                .collect(),
        }
    }

    /// The times between two moments at which a role has nobody, because nobody of its layers is on call by rotation and it has no other member who can be
    /// reached. None for a role that has nobody at any time: that is another mistake.
    #[must_use]
    pub fn role_gaps(
        &self,
        role: &Name,
        directory: &Directory,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<Range<Timestamp>> {
        let everybody = self.reach(&[Target::Role(role.clone())], directory, Duty::Anybody);
        let mut rosters = Vec::new();
        for member in self.roles.get(role).into_iter().flatten() {
            match member {
                Member::OnCall { schedule, layer } => rosters.extend(self.roster(schedule, layer, &[])),
                Member::Contact(contact) if self.contact(contact, directory).is_none() => {}
                Member::Notifier(choice) if super::notifiers(choice, directory).is_empty() => {}
                Member::Contact(_) | Member::Notifier(_) => return Vec::new(),
            }
        }
        if everybody.is_empty() { Vec::new() } else { uncovered(&rosters, from, until) }
    }
}
