//! Silences: they hold an incident's ladder while every signal of its opening matches (semantics A6).

use crate::attention::BundleKind;
use crate::decision::News;
use crate::event::{Event, PageReason};
use crate::id::Name;
use crate::incident::{Incident, Silenced};
use crate::policy::rule::{Field, Sighting};
use crate::signal::Signal;
use crate::silence::{Period, Silence, SilenceKind};
use crate::time::Timestamp;

use super::page::GATHERS;
use super::{Context, Draft, millis};

/// Whether a silence holds an incident now, whether its ladder has heeded that or not: a page that waits in the outbox must not leave.
#[must_use]
pub fn is_silenced(incident: &Incident, context: &Context<'_>) -> bool {
    covering(incident, context).is_some()
}

/// The silence that covers this opening the longest.
fn covering<'a>(incident: &Incident, context: &Context<'a>) -> Option<(&'a Silence, Period)> {
    context
        .silences()
        .filter(|silence| silence.kind == SilenceKind::Silence && !incident.lifted.contains(&silence.id))
        // A drill tries the way on which people are told: whoever means drills says so.
        .filter(|silence| !incident.synthetic || silence.matching.names(&Field::Synthetic))
        .filter_map(|silence| Some((silence, silence.period(context.now)?)))
        .filter(|(silence, _)| {
            incident.matched.contains(&silence.id) || silence.matches_incident(incident, context.now)
        })
        .max_by_key(|(silence, period)| (period.until, silence.id))
}

impl Draft<'_> {
    /// Begins, moves or ends the hold of silences as they stand now.
    pub(super) fn heed_silences(&mut self) {
        let covering = self.covering();
        match (self.incident.silenced.clone(), covering) {
            (None, None) => {}
            (None, Some((silence, period))) => {
                let since = period.from.max(self.clock_has_run_until()).min(self.now());
                self.silence(silence.id, since, period);
            }
            (Some(held), Some((silence, period))) => {
                if held.silence != silence.id || held.until != period.until {
                    self.silence(silence.id, held.since, period);
                }
            }
            (Some(held), None) => self.end_silence(&held),
        }
    }

    /// A silence that began while nothing was due holds from now on, whoever asks for what (semantics A6).
    pub(super) fn heed_what_began(&mut self) {
        if self.incident.state.is_live() && self.incident.silenced.is_none() {
            self.heed_silences();
        }
    }

    /// A silence may have begun while nothing was due: the clock has stood still since then, but not before the ladder did its last step, and what
    /// another hold took already is not taken twice.
    fn clock_has_run_until(&self) -> Timestamp {
        let opened = self.incident.opened_at;
        let escalation = self.incident.escalation.as_ref();
        let ran = escalation.and_then(|escalation| escalation.runs_since.max(escalation.last_rung_at));
        ran.map_or(opened, |ran| ran.max(opened))
    }

    fn silence(&mut self, silence: crate::id::SilenceId, since: Timestamp, period: Period) {
        let until = period.until;
        let lasts = millis(until.since(since));
        self.decided(Event::Silenced { silence, since, until }, "A6", &[("lasts_ms", lasts)]);
        self.cancel_pages = true;
    }

    fn covering(&self) -> Option<(&Silence, Period)> {
        covering(&self.incident, self.context)
    }

    /// A silence covers an opening only while each of its signals matches, those between two periods of it included. What a silence asks for may
    /// be more than an incident keeps, so that it is noted signal by signal.
    pub(super) fn weigh_silences(&mut self, signal: &Signal, opens: bool) {
        if self.context.silences().next().is_none() {
            return;
        }
        let now = self.now();
        let fingerprint = self.incident.triage.fingerprint.0.clone();
        let sighting = Sighting { signal, incident: Some(&self.incident), fingerprint: &fingerprint, now };
        let silences = self.context.silences().filter(|silence| silence.kind == SilenceKind::Silence);
        let judged: Vec<_> = silences.map(|silence| (silence.id, silence.matches(&sighting))).collect();
        for (silence, matches) in judged {
            if !matches {
                self.incident.matched.remove(&silence);
                if self.incident.lifted.insert(silence)
                    && self.incident.silenced.as_ref().is_some_and(|held| held.silence == silence)
                {
                    self.decided(Event::SilenceLifted { silence }, "A6", &[]);
                }
            } else if opens {
                self.incident.matched.insert(silence);
            }
        }
    }

    /// A signal that lifted the silence that holds it ends the hold at once.
    pub(super) fn end_lifted_silence(&mut self) {
        let lifted = &self.incident.lifted;
        if self.incident.silenced.as_ref().is_some_and(|held| lifted.contains(&held.silence)) {
            self.settle();
        }
    }

    /// Nobody holds it any more: rung 0 starts where nobody was told, else those told so far are paged (semantics A6). What it hid is told
    /// through the fallback (L14).
    fn end_silence(&mut self, held: &Silenced) {
        let told = self.somebody_was_told();
        let stood = self.now().since(held.since);
        let event = Event::SilenceEnded { silence: held.silence, held: stood };
        self.decided(event, "A6", &[("held_ms", millis(stood)), ("told", i64::from(told))]);
        self.tell_what_a_silence_hid(held);
        // Who is owed a page that was called back gets it now as well; without anybody there is nobody to page.
        let anybody = self.incident.escalation.as_ref().is_some_and(|escalation| !escalation.told.is_empty());
        if anybody && self.incident.state.is_pageable() {
            self.page_those_told(PageReason::SilenceEnded);
        }
    }

    fn somebody_was_told(&self) -> bool {
        let now = self.now();
        self.incident.told().any(|told| told.heard(now))
    }

    fn tell_what_a_silence_hid(&mut self, held: &Silenced) {
        let due = self.end_of(held).max(self.now() - GATHERS) + GATHERS;
        let channels = self.first_channels_of_the_fallback();
        self.tell_in_bundle(channels, &News::SilenceEnded, BundleKind::Silence, due);
    }

    /// When the silence ended, or will.
    fn end_of(&self, held: &Silenced) -> Timestamp {
        let silence = self.context.silences().find(|silence| silence.id == held.silence);
        let ended = silence.and_then(|silence| silence.ended.as_ref());
        ended.map_or(held.until, |ended| ended.at.min(held.until))
    }

    fn first_channels_of_the_fallback(&self) -> Vec<Name> {
        self.fallback().into_iter().filter_map(|fallback| fallback.endpoint().cloned()).collect()
    }

    /// What ended unheard, under a silence or in a maintenance window, is told when that ends: nothing ends in silence (semantics L14, A7).
    pub(super) fn leave_a_trace_of_what_was_hidden(&mut self, in_summary: bool) {
        if let Some(held) = self.incident.silenced.clone().filter(|_| !self.somebody_was_told()) {
            self.tell_what_a_silence_hid(&held);
        }
        if in_summary {
            self.leave_a_trace_in_the_summary();
        }
    }
}
