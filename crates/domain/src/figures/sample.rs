//! What one incident says to a figure: its last opening, in one level or over all of them.

use crate::id::IncidentId;
use crate::policy::Level;
use crate::response_time::Responded;
use crate::survival::Case;
use crate::time::Timestamp;

use super::{End, Facts, Resolver};

/// The escalations of one incident, each opening with those that followed one another in it.
#[derive(Debug)]
pub(super) struct Openings(Vec<Vec<Facts>>);

impl Openings {
    pub(super) fn of(mut facts: Vec<Facts>) -> Self {
        facts.sort_by_key(|fact| fact.ordinal);
        let (mut openings, mut opening) = (Vec::new(), Vec::new());
        let mut undone: Option<Facts> = None;
        for fact in facts {
            let fact = match undone.take() {
                Some(before) => continued(&before, fact),
                None => fact,
            };
            match fact.ended {
                Some((_, End::Undone)) => undone = Some(fact),
                Some((_, End::Resolved(_))) => {
                    opening.push(fact);
                    openings.push(std::mem::take(&mut opening));
                }
                Some((_, End::HandedOn)) | None => opening.push(fact),
            }
        }
        openings.extend(Some(opening).filter(|opening| !opening.is_empty()));
        Self(openings)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Facts> {
        self.0.iter().flatten()
    }

    pub(super) const fn came_back(&self) -> bool {
        self.0.len() > 1
    }

    /// What the last opening says of a level, or over all.
    pub(super) fn sample(&self, level: Option<Level>) -> Option<Sample> {
        let opening = self.0.last()?;
        match level {
            // A level that was left and entered again says what it says now.
            Some(level) => opening.iter().rev().find(|fact| fact.level == level).map(|fact| Sample::of(*fact)),
            None => {
                let last = *opening.last()?;
                Some(Sample::of(opening.iter().rev().skip(1).fold(last, with_first_times)))
            }
        }
    }
}

/// A resolve was taken back: the next escalation is the same ladder, and its counts hold those of the one before (semantics R4).
fn continued(before: &Facts, after: Facts) -> Facts {
    let signals = after.signals.saturating_add(before.signals);
    Facts { signals, ..with_first_times(after, before) }
}

fn with_first_times(later: Facts, earlier: &Facts) -> Facts {
    let first = |one: Option<Timestamp>, other: Option<Timestamp>| one.into_iter().chain(other).min();
    Facts {
        opened_at: later.opened_at.min(earlier.opened_at),
        first_due_at: first(later.first_due_at, earlier.first_due_at),
        first_delivered_at: first(later.first_delivered_at, earlier.first_delivered_at),
        acknowledged_at: first(later.acknowledged_at, earlier.acknowledged_at),
        exhausted_at: first(later.exhausted_at, earlier.exhausted_at),
        ..later
    }
}

/// One incident in one figure.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) incident: IncidentId,
    pub(super) opened_at: Timestamp,
    due_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    /// The first act of a person: an acknowledgement, or a resolve.
    acted_at: Option<Timestamp>,
    /// When the ladder ended without an answer; never where it asks for none.
    exhausted_at: Option<Timestamp>,
    response_due_at: Option<Timestamp>,
    ended: Option<(Timestamp, End)>,
    asks: bool,
}

impl Sample {
    fn of(facts: Facts) -> Self {
        // The ladder of a low incident ends with its digest: it asks nobody for an answer.
        let asks = facts.level > Level::Low;
        let resolved_by_person = match facts.ended {
            Some((at, End::Resolved(Some(Resolver::Person)))) => Some(at),
            _ => None,
        };
        Self {
            incident: facts.incident,
            opened_at: facts.opened_at,
            due_at: facts.first_due_at,
            delivered_at: facts.first_delivered_at,
            acted_at: facts.acknowledged_at.into_iter().chain(resolved_by_person).min(),
            exhausted_at: facts.exhausted_at.filter(|_| asks),
            response_due_at: facts.response_due_at,
            ended: facts.ended,
            asks,
        }
    }

    fn until(&self, now: Timestamp) -> Timestamp {
        self.ended.map_or(now, |(at, _)| at)
    }

    /// Its ladder began: somebody is told, or should have been.
    pub(super) const fn is_told(&self) -> bool {
        self.due_at.is_some() || self.delivered_at.is_some()
    }

    pub(super) const fn is_untold(&self) -> bool {
        self.due_at.is_some() && self.delivered_at.is_none() && self.acted_at.is_none()
    }

    /// From when the first rung was due to the first delivered page. An act of a person calls pages back: it is open from then.
    pub(super) fn time_to_notify(&self, now: Timestamp) -> Option<Case> {
        let due = self.due_at?;
        Some(match self.delivered_at {
            Some(at) => Case::Ended(at.since(due)),
            None => Case::Open(self.acted_at.unwrap_or(now).min(self.until(now)).since(due)),
        })
    }

    /// From the first delivered page to the first act of a person. Where no page was delivered it counts from when one was due: nobody to
    /// answer is no reason to leave the unanswered out.
    pub(super) fn time_to_ack(&self, now: Timestamp) -> Option<Case> {
        let told = self.delivered_at.or(self.due_at)?;
        Some(match self.acted_at {
            Some(at) => Case::Ended(at.since(told)),
            None => Case::Open(self.until(now).since(told)),
        })
    }

    /// From the opening to the resolve by a person, by Sentry or by a fix. A timer only says that nobody heard of it any more.
    pub(super) fn time_to_resolve(&self, now: Timestamp) -> Case {
        match self.ended {
            Some((at, End::Resolved(Some(by)))) if !by.is_timer() => Case::Ended(at.since(self.opened_at)),
            _ => Case::Open(self.until(now).since(self.opened_at)),
        }
    }

    pub(super) fn resolver(&self) -> Option<Resolver> {
        match self.ended {
            Some((_, End::Resolved(by))) => by,
            Some((_, End::HandedOn | End::Undone)) | None => None,
        }
    }

    /// The ladder ended before anybody acted.
    pub(super) fn is_exhausted_unanswered(&self) -> bool {
        self.exhausted_at.is_some_and(|exhausted| self.acted_at.is_none_or(|acted| acted > exhausted))
    }

    fn ended_by_timer(&self) -> bool {
        self.asks && self.resolver().is_some_and(Resolver::is_timer)
    }

    /// Nobody acted, and the ladder or a timer came to its end.
    pub(super) fn is_unanswered(&self) -> bool {
        self.is_told() && self.acted_at.is_none() && (self.exhausted_at.is_some() || self.ended_by_timer())
    }

    /// Somebody was to be told, and it came to a person or to the end of its ladder. What Sentry or a fix ended before needed nobody, and
    /// what still runs may yet be answered.
    pub(super) fn needed_a_person(&self) -> bool {
        self.asks && self.is_told() && (self.acted_at.is_some() || self.is_unanswered())
    }

    pub(super) fn is_answered_in_time(&self) -> bool {
        self.acted_at.is_some() && !self.is_exhausted_unanswered()
    }

    /// `None` where there is no response time, or it was over before that was.
    pub(super) fn responded(&self, now: Timestamp) -> Option<Responded> {
        Responded::of(self.response_due_at?, self.acted_at, self.ended.map(|(at, _)| at), now)
    }
}
