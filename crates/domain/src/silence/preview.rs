//! What a silence would have muted, had it stood in the past.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Period, Silence, SilenceKind, Times};
use crate::event::Event;
use crate::id::IncidentId;
use crate::incident::Incident;
use crate::policy::Level;
use crate::time::Timestamp;

/// So many incidents are named.
pub const SHOWN: usize = 20;

/// What a silence would have muted in a window of the past: fold each incident of that time into it with [`add`](Self::add).
///
/// The past is asked as if the silence had always been: a recurring one on the same days and hours, whatever its first and last day. A one-time
/// silence lies ahead, so that it is held against the whole window: what it matches, not how much of it falls into its own hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The window.
    pub window: Period,
    /// Whether all of the window counts, as for a one-time silence, or only the recurring hours in it.
    pub throughout: bool,
    /// What it would have muted.
    pub muted: Tally,
    /// The same by the level of the incident.
    pub by_level: BTreeMap<Level, Tally>,
    /// What it might have muted: whether it matches depends on what an incident does not keep of its signals, such as a tag or a path.
    pub unsure: Tally,
    /// The muted incidents, the most urgent first and of these those with most pages; at most [`SHOWN`].
    pub shown: Vec<Muted>,
    /// The silence as if it had always been.
    silence: Silence,
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Incidents.
    pub incidents: usize,
    /// Pages.
    pub pages: usize,
}

impl Tally {
    const fn count(&mut self, pages: usize) {
        self.incidents += 1;
        self.pages += pages;
    }
}

/// An incident whose pages would have been muted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Muted {
    /// Which.
    pub incident: IncidentId,
    /// Its title; untrusted text.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// Pages that would not have been sent.
    pub pages: usize,
    /// When the first of them was.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
}

impl Preview {
    /// Of nothing yet, for a silence and a window of the past.
    #[must_use]
    pub fn over(window: Period, silence: &Silence) -> Self {
        let mut silence = silence.clone();
        if let Times::Recurring(recurring) = &silence.times {
            silence.times = Times::Recurring(recurring.without_bounds());
        }
        Self {
            window,
            throughout: matches!(silence.times, Times::Once(_)),
            muted: Tally::default(),
            by_level: BTreeMap::new(),
            unsure: Tally::default(),
            shown: Vec::new(),
            silence,
        }
    }

    /// Counts one incident with its timeline, oldest first. Each incident once; drills and tests count in no figure.
    pub fn add<'e>(&mut self, incident: &Incident, timeline: impl IntoIterator<Item = (Timestamp, &'e Event)>) {
        if incident.synthetic {
            return;
        }
        let mut opened = None;
        let mut pages = 0;
        let mut first_at = None;
        let mut last_at = None;
        for (at, event) in timeline {
            match event {
                Event::Opened { .. } | Event::Reopened { .. } => opened = Some(at),
                Event::Paged { .. } if self.would_hold(at, opened) => {
                    pages += 1;
                    first_at = first_at.or(Some(at));
                    last_at = Some(at);
                }
                _ => {}
            }
        }
        let (Some(first_at), Some(last_at)) = (first_at, last_at) else { return };
        match self.silence.matching.of_incident(incident, last_at) {
            Some(false) => {}
            None => self.unsure.count(pages),
            Some(true) => {
                self.muted.count(pages);
                self.by_level.entry(incident.level).or_default().count(pages);
                let title = incident.subject.title.clone();
                self.show(Muted { incident: incident.id, title, level: incident.level, pages, first_at, last_at });
            }
        }
    }

    /// Whether a page of that time would have been muted. A maintenance window never quiets what opened before it (semantics A7).
    fn would_hold(&self, at: Timestamp, opened: Option<Timestamp>) -> bool {
        if !self.window.contains(at) {
            return false;
        }
        let period = if self.throughout { Some(self.window) } else { self.silence.times.period(at) };
        period.is_some_and(|period| match self.silence.kind {
            SilenceKind::Silence => true,
            SilenceKind::Maintenance => opened.is_some_and(|opened| period.contains(opened)),
        })
    }

    fn show(&mut self, muted: Muted) {
        let rank = |muted: &Muted| (Reverse(muted.level), Reverse(muted.pages), muted.incident);
        let place = self.shown.partition_point(|known| rank(known) <= rank(&muted));
        self.shown.insert(place, muted);
        self.shown.truncate(SHOWN);
    }
}
