//! Who is on call: schedules with their layers, and the orders that stand above them.
//!
//! A [`Schedule`] says it in general; a [`Roster`] is one of its layers together with the overrides, and answers for a moment or a stretch of time. How
//! days on which clocks change are treated is told in [`crate::wall`].

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

mod hours;
mod order;
mod roster;
mod rotation;

pub use hours::{Days, Hours};
pub use order::{LONGEST, OverrideError};
pub use roster::{OnCall, Roster, Shift, uncovered};
pub use rotation::Rotation;

use crate::id::{Name, OverrideId};
use crate::time::Timestamp;

/// A time for which somebody else is on call than the schedule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its name.
    pub id: OverrideId,
    /// Which schedule.
    pub schedule: Name,
    /// Which of its layers.
    pub layer: Name,
    /// The contact who is on call.
    pub person: Name,
    /// From when.
    pub from: Timestamp,
    /// Until when; that moment is no longer theirs.
    pub until: Timestamp,
    /// Who ordered it.
    pub by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who takes turns, in layers: a rung names each by a role of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The zone whose wall clocks hand-overs and hours mean.
    pub zone: TimeZone,
    /// Such as `primary` and `secondary`.
    pub layers: BTreeMap<Name, Layer>,
}

/// People who take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// In the order of their turns; a person may stand here twice. Empty: nobody is ever on call.
    pub people: Vec<Name>,
    /// When the next one takes over.
    pub rotation: Rotation,
    /// A day of the first person's turn: from its hand-over on, the others follow; of a weekly rotation, the turn in which that hand-over time of the day
    /// falls. It is a mark to count from, in both directions, and no beginning: there are turns before it.
    pub start: Date,
    /// The hours to which they keep; outside all of them nobody of the layer is on call. None: always.
    pub hours: Vec<Hours>,
}

impl Schedule {
    /// One of its layers with the overrides that concern it, taken from `overrides`, oldest first; `None` when there is no such layer. `name` is the
    /// schedule's own.
    #[must_use]
    pub fn roster<'a>(
        &'a self,
        name: &Name,
        layer: &Name,
        overrides: impl IntoIterator<Item = &'a Override>,
    ) -> Option<Roster<'a>> {
        let concerns = |order: &&Override| order.schedule == *name && order.layer == *layer;
        let own = self.layers.get(layer)?;
        Some(Roster::of(&self.zone, own, overrides.into_iter().filter(concerns).collect()))
    }
}

#[cfg(test)]
mod tests;
