//! What becomes of pages: a channel took one, or failed for good (semantics L13, L14).

use crate::command::{Command, PageOutcome};
use crate::decision::Decision;
use crate::event::{Actor, Event, PageReason};
use crate::id::Name;
use crate::incident::{Incident, PageState, Told};
use crate::signal::Outcome;

use super::{Context, Draft};

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
            draft.heed_what_began();
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
        // Under a silence nobody is paged; its end pages again whoever this was for (semantics A6).
        if !failed || !self.incident.state.is_pageable() || self.incident.silenced.is_some() {
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
