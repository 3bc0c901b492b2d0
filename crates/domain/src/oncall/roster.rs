//! One layer through time: who is on call at a moment, and the list of shifts between two.

use std::ops::Range;

use jiff::tz::TimeZone;

use super::rotation::Turns;
use super::{Layer, Override, hours};
use crate::id::{Name, OverrideId};
use crate::time::Timestamp;
use crate::wall::{instant, moment};

/// Who is on call, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnCall {
    /// Nobody: the layer is empty, or keeps to other hours.
    Nobody,
    /// Whose turn it is.
    Turn(Name),
    /// Somebody else, because somebody ordered it.
    Instead {
        /// Who.
        person: Name,
        /// By which order.
        order: OverrideId,
    },
}

impl OnCall {
    /// The person; `None` for nobody.
    #[must_use]
    pub const fn person(&self) -> Option<&Name> {
        match self {
            Self::Nobody => None,
            Self::Turn(person) | Self::Instead { person, .. } => Some(person),
        }
    }
}

/// A stretch of time in which the same is true throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// From when.
    pub from: Timestamp,
    /// Until when; that moment belongs to the next.
    pub until: Timestamp,
    /// Who is on call.
    pub on_call: OnCall,
}

/// One layer of a schedule, with the overrides that concern it.
#[derive(Debug, Clone)]
pub struct Roster<'a> {
    zone: &'a TimeZone,
    layer: &'a Layer,
    overrides: Vec<&'a Override>,
    /// None when the start date lies at the calendar's end.
    turns: Option<Turns<'a>>,
}

impl<'a> Roster<'a> {
    /// `overrides` are those of this layer, oldest first: the later word holds.
    pub(super) fn of(zone: &'a TimeZone, layer: &'a Layer, overrides: Vec<&'a Override>) -> Self {
        Self { zone, layer, overrides, turns: Turns::of(zone, layer.rotation, layer.start) }
    }

    /// The zone in which its people think.
    #[must_use]
    pub const fn zone(&self) -> &'a TimeZone {
        self.zone
    }

    /// The override with this name, if it is one of this layer.
    #[must_use]
    pub fn order(&self, id: OverrideId) -> Option<&'a Override> {
        self.overrides.iter().copied().find(|order| order.id == id)
    }

    /// Who is on call at a moment. An override stands above the rotation, also outside the layer's hours; of several the one ordered last.
    #[must_use]
    pub fn on_call(&self, at: Timestamp) -> OnCall {
        if let Some(order) = self.overrides.iter().rev().find(|order| (order.from..order.until).contains(&at)) {
            return OnCall::Instead { person: order.person.clone(), order: order.id };
        }
        let at = instant(at);
        if self.layer.people.is_empty() || !hours::open(&self.layer.hours, self.zone, at) {
            return OnCall::Nobody;
        }
        let Some(turns) = self.turns else { return OnCall::Nobody };
        let count = i64::try_from(self.layer.people.len()).unwrap_or(i64::MAX);
        let index = usize::try_from(turns.at(at).rem_euclid(count)).unwrap_or(0);
        self.layer.people.get(index).cloned().map_or(OnCall::Nobody, OnCall::Turn)
    }

    /// All time from `from` to `until`, without a gap and in order, cut where something else begins to be true. Costs in proportion to the time asked
    /// for: the caller bounds it.
    #[must_use]
    pub fn shifts(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        joined(self.pieces(from, until), &[])
    }

    /// The same for calendars: cut at each hand-over as well, also when the same person goes on, and reaching out to the hand-overs around the time asked
    /// for. So a shift has the same begin and end from whatever day it is looked at.
    #[must_use]
    pub fn turns(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        let (mut from, mut until) = (from, until);
        if let Some(turns) = self.turns {
            let (first, last) = (turns.at(instant(from)), turns.at(instant(until)));
            from = turns.begin(first).map_or(from, moment);
            // What ends with a hand-over needs nothing of the turn that begins then.
            let end = turns.begin(last).filter(|begin| *begin == instant(until)).or_else(|| turns.begin(last + 1));
            until = end.map_or(until, moment);
        }
        let hand_overs: Vec<Timestamp> = self.hand_overs(from, until).collect();
        joined(self.pieces(from, until), &hand_overs)
    }

    /// The times between the two at which nobody is on call.
    #[must_use]
    pub fn gaps(&self, from: Timestamp, until: Timestamp) -> Vec<Range<Timestamp>> {
        let shifts = self.shifts(from, until).into_iter();
        shifts.filter(|shift| shift.on_call == OnCall::Nobody).map(|shift| shift.from..shift.until).collect()
    }

    /// Stretches throughout which the same is true, cut wherever that could change.
    fn pieces(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        let inside = |at: &Timestamp| from < *at && *at < until;
        let mut cuts: Vec<Timestamp> = self.hand_overs(from, until).collect();
        cuts.extend(hours::edges(&self.layer.hours, self.zone, instant(from), instant(until)).into_iter().map(moment));
        cuts.extend(self.overrides.iter().flat_map(|order| [order.from, order.until]));
        cuts.retain(inside);
        cuts.sort_unstable();
        cuts.dedup();
        let ends = cuts.iter().copied().chain([until]);
        let begins = [from].into_iter().chain(cuts.iter().copied());
        begins
            .zip(ends)
            .filter(|(from, until)| from < until)
            .map(|(from, until)| Shift { from, until, on_call: self.on_call(from) })
            .collect()
    }

    /// The hand-overs after `from` and before `until`.
    fn hand_overs(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let first = self.turns.map_or(0, |turns| turns.at(instant(from)) + 1);
        (first..).map_while(move |turn| self.turns?.begin(turn).map(moment)).take_while(move |at| *at < until)
    }
}

/// Neighbours of which the same is true become one, except at `kept`.
fn joined(pieces: Vec<Shift>, kept: &[Timestamp]) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::new();
    for piece in pieces {
        match shifts.last_mut() {
            Some(last) if last.on_call == piece.on_call && kept.binary_search(&piece.from).is_err() => {
                last.until = piece.until;
            }
            _ => shifts.push(piece),
        }
    }
    shifts
}

/// The times at which nobody of any of these is on call.
#[must_use]
pub fn uncovered(rosters: &[Roster<'_>], from: Timestamp, until: Timestamp) -> Vec<Range<Timestamp>> {
    let all = if from < until { vec![from..until] } else { Vec::new() };
    rosters.iter().fold(all, |open, roster| shared(&open, &roster.gaps(from, until)))
}

/// What lies in both; each in order and without overlaps.
fn shared(left: &[Range<Timestamp>], right: &[Range<Timestamp>]) -> Vec<Range<Timestamp>> {
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    let mut both = Vec::new();
    while let (Some(a), Some(b)) = (l.peek(), r.peek()) {
        let common = a.start.max(b.start)..a.end.min(b.end);
        let left_ends_first = a.end <= b.end;
        if !common.is_empty() {
            both.push(common);
        }
        if left_ends_first {
            l.next()
        } else {
            r.next()
        };
    }
    both
}
