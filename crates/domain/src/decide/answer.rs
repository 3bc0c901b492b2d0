//! What people answer, and what becomes of the pages that asked them (semantics A1, L4, L9, L10, L14).

use crate::command::{Command, PageOutcome};
use crate::decision::{Decision, News, Rejection};
use crate::event::{Actor, Event, PageReason, ResolvedBy};
use crate::id::Name;
use crate::incident::{Incident, PageState, Told};
use crate::release::FixedIn;
use crate::signal::Outcome;
use crate::time::Timestamp;

use super::{Context, Draft, is_resolved, millis};

/// A person takes it. Each act counts the time anew, and everybody paged is told who it was (semantics A1).
pub(super) fn acknowledge(
    incident: &Incident,
    by: &Actor,
    opening: Option<u32>,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    if is_resolved(incident) {
        return Err(Rejection::AlreadyResolved);
    }
    if opening.is_some_and(|opening| opening != incident.opening) {
        return Err(Rejection::Stale);
    }
    let mut draft = Draft::of(incident.clone(), context);
    let timeout = draft.level().ack_timeout;
    let until = timeout.map(|timeout| context.now + timeout);
    let why = draft.why("A1", &[("ack_timeout_ms", timeout.map_or(0, millis))]);
    draft.record(by.clone(), Event::Acknowledged { by: by.clone(), until }, Some(why));
    draft.cancel_pages = true;
    draft.tell(&News::Acknowledged { by: by.to_string() });
    Ok(draft.finish(Outcome::Joined))
}

/// A person ends it. Signals that happened before do not reopen it (semantics R3).
pub(super) fn resolve_by_person(
    incident: &Incident,
    by: &str,
    reason: Option<&str>,
    fixed_in: Option<&str>,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    if is_resolved(incident) {
        return Err(Rejection::AlreadyResolved);
    }
    let mut draft = Draft::of(incident.clone(), context);
    let actor = Actor::Person(by.to_owned());
    let as_of = context.now.max(incident.last_seen_at);
    let end = End {
        by: ResolvedBy::Person(by.to_owned()),
        as_of,
        reason: reason.map(str::to_owned),
        fixed_in: fixed_in.map(|release| FixedIn::Release(release.to_owned())),
    };
    draft.resolve(actor, end, "L10", &[]);
    Ok(draft.finish(Outcome::Resolved))
}

/// How an incident ends.
pub(super) struct End {
    pub(super) by: ResolvedBy,
    /// By the clock of the signals.
    pub(super) as_of: Timestamp,
    pub(super) reason: Option<String>,
    pub(super) fixed_in: Option<FixedIn>,
}

impl Draft<'_> {
    /// Ends the incident: nothing is paged any more, and who was paged is told.
    pub(super) fn resolve(&mut self, actor: Actor, end: End, rule: &str, numbers: &[(&str, i64)]) {
        let End { by, as_of, reason, fixed_in } = end;
        let in_words = match &by {
            ResolvedBy::Person(name) => name.clone(),
            ResolvedBy::Sentry => "Sentry".to_owned(),
            ResolvedBy::Quiet => "quiet: no signal for the level's time".to_owned(),
            ResolvedBy::Age => "age: no signal for thirty days".to_owned(),
        };
        let why = self.why(rule, numbers);
        self.record(actor, Event::Resolved { by, as_of, reason, fixed_in }, Some(why));
        self.cancel_pages = true;
        self.tell(&News::Resolved { by: in_words });
    }
}

/// One channel of a page came to an end. A page that failed for good is told through the fallback (semantics L14).
pub(super) fn page_ended(incident: &Incident, command: &Command, context: &Context<'_>) -> Decision {
    let mut draft = Draft::of(incident.clone(), context);
    if let Command::PageEnded { contact, channel, repetition, ordinal, outcome, others_left } = command {
        let current = incident.escalation.as_ref().is_some_and(|escalation| escalation.ordinal == *ordinal);
        let event = match outcome {
            PageOutcome::Delivered => {
                Event::PageDelivered { contact: contact.clone(), channel: channel.clone(), repetition: *repetition }
            }
            PageOutcome::Failed(reason) => Event::PageFailed {
                contact: contact.clone(),
                channel: channel.clone(),
                repetition: *repetition,
                reason: reason.clone(),
                others_left: *others_left,
            },
        };
        // The next channel goes on with what this one could not do; after the last the fallback is told.
        let why = match outcome {
            PageOutcome::Delivered => None,
            PageOutcome::Failed(_) => {
                Some(draft.why(if *others_left { "L13" } else { "L14" }, &[("others_left", i64::from(*others_left))]))
            }
        };
        if current {
            draft.record(Actor::Watchfire, event, why);
            draft.tell_of_failure(contact, *repetition);
            draft.exhaust_when_delivered();
        } else {
            // An earlier escalation's page: it is history, and moves nothing in this one.
            draft.timeline.push(crate::decision::Entry { actor: Actor::Watchfire, event, why });
        }
    }
    draft.finish(Outcome::Joined)
}

impl Draft<'_> {
    fn last_page(&self, contact: &Name) -> Option<&Told> {
        self.incident.escalation.as_ref()?.told.get(contact)
    }

    fn has_failed(&self, contact: &Name) -> bool {
        self.last_page(contact).is_some_and(|told| told.last == PageState::Failed)
    }

    fn tell_of_failure(&mut self, contact: &Name, repetition: u32) {
        let is_last = self.last_page(contact).is_some_and(|told| told.pages == repetition + 1);
        let failed = is_last && self.has_failed(contact);
        if !failed || !self.incident.state.is_pageable() {
            return;
        }
        let fallback = self.fallback();
        let is_fallback = fallback.iter().any(|reachable| reachable.contact == *contact);
        for reachable in fallback {
            // One fallback stands in for another, but two that fail do not call each other in circles.
            if reachable.contact != *contact && !(is_fallback && self.has_failed(&reachable.contact)) {
                self.page(&reachable, PageReason::Fallback, None);
            }
        }
    }
}
