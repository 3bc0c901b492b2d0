//! What people answer: they take it, put it off, end it (semantics A1, A5, L9, L10).

use crate::attention::BundleKind;
use crate::command::Act;
use crate::decision::{Decision, News, Rejection};
use crate::event::{Actor, Event, ResolvedBy};
use crate::incident::{Incident, State, Until};
use crate::policy::Level;
use crate::release::FixedIn;
use crate::signal::Outcome;
use crate::time::Timestamp;
use crate::why::Why;

use super::ladder::quiet_at;
use super::page::GATHERS;
use super::{Context, Draft, is_resolved, millis};

/// Whether a person may still act on what they saw (semantics L9). A resolve wins over everything that comes late (L10).
pub(super) fn may_act(incident: &Incident, act: &Act) -> Result<(), Rejection> {
    if is_resolved(incident) {
        return Err(Rejection::AlreadyResolved);
    }
    saw_this(incident, act)
}

/// Whether what a person saw is what stands, but for what no act of theirs could have meant otherwise.
pub(super) fn saw_this(incident: &Incident, act: &Act) -> Result<(), Rejection> {
    match act.saw {
        Some(saw) if !saw.fits(incident) => Err(Rejection::Stale),
        _ => Ok(()),
    }
}

/// A person takes it. Each act counts the time anew, and everybody paged is told who it was (semantics A1). Where a rung asks for several
/// people, the others are paged on until enough have taken it.
pub(super) fn acknowledge(incident: &Incident, act: &Act, context: &Context<'_>) -> Result<Decision, Rejection> {
    may_act(incident, act)?;
    let mut draft = Draft::of(incident.clone(), context);
    draft.heed_what_began();
    if !draft.acknowledge_in_part(&act.by, &act.by, act.reason.as_deref()) {
        draft.acknowledge(act.by.clone(), act.by.clone(), act.reason.clone(), "A1");
    }
    Ok(draft.finish(Outcome::Joined))
}

/// A person puts it off (semantics A5).
pub(super) fn snooze(
    incident: &Incident,
    act: &Act,
    until: &Until,
    next_release: bool,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    may_act(incident, act)?;
    let mut until = until.clone();
    if next_release {
        until.release_after = Some(incident.subject.release.clone().unwrap_or_default());
    }
    if !until.has_end() || until.at.is_some_and(|at| at <= context.now) {
        return Err(Rejection::Endless);
    }
    let mut draft = Draft::of(incident.clone(), context);
    draft.heed_what_began();
    draft.snooze(act.by.clone(), act.by.clone(), until, act.reason.clone(), "A5");
    Ok(draft.finish(Outcome::Joined))
}

/// A person ends it. Signals that happened before do not reopen it (semantics R3).
pub(super) fn resolve_by_person(
    incident: &Incident,
    act: &Act,
    fixed_in: Option<&str>,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    may_act(incident, act)?;
    let mut draft = Draft::of(incident.clone(), context);
    let end = End {
        by: ResolvedBy::Person(act.by.to_string()),
        as_of: context.now.max(incident.last_seen_at),
        reason: act.reason.clone(),
        fixed_in: fixed_in.map(|release| FixedIn::Release(release.to_owned())),
    };
    draft.resolve(act.by.clone(), end, "L10", &[]);
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
    /// One of several who must: true when more are still asked. Who says it twice counts once, and nobody hears of it again; once it was enough,
    /// each is an acknowledgement like any other.
    pub(super) fn acknowledge_in_part(&mut self, actor: &Actor, by: &Actor, reason: Option<&str>) -> bool {
        let Some(escalation) = self.incident.escalation.as_ref() else { return false };
        let by = by.to_string();
        let of = escalation.acks;
        let mut people = escalation.acknowledged_by.clone();
        let again = !people.insert(by.clone());
        let have = u32::try_from(people.len()).unwrap_or(u32::MAX);
        if have >= of || !self.incident.state.is_pageable() {
            return false;
        }
        let why = self.why("A1", &[("have", i64::from(have)), ("of", i64::from(of))]);
        let event = Event::AcknowledgedInPart { by: by.clone(), have, of, reason: reason.map(str::to_owned) };
        self.record(actor.clone(), event, Some(why));
        if !again {
            self.tell(&News::AcknowledgedInPart { by, have, of });
            // Nobody waits for their page any more.
            self.exhaust_when_delivered();
        }
        true
    }

    /// `by` has it from now on, by an act of `actor`; pages stop, and everybody paged is told.
    pub(super) fn acknowledge(&mut self, actor: Actor, by: Actor, reason: Option<String>, rule: &str) {
        let timeout = self.level().ack_timeout;
        let until = timeout.map(|timeout| self.now() + timeout);
        let why = self.why(rule, &[("ack_timeout_ms", timeout.map_or(0, millis))]);
        let in_words = by.to_string();
        self.record_answer(actor, Event::Acknowledged { by, until, reason }, why);
        self.tell(&News::Acknowledged { by: in_words });
    }

    /// It is put off by `by`, by an act of `actor`.
    pub(super) fn snooze(&mut self, actor: Actor, by: Actor, until: Until, reason: Option<String>, rule: &str) {
        let lasts = until.at.map_or(0, |at| millis(at.since(self.now())));
        let why = self.why(rule, &[("lasts_ms", lasts)]);
        let (name, in_words) = (by.to_string(), until.to_string());
        self.record_answer(actor, Event::Snoozed { by, until, reason }, why);
        self.tell(&News::Snoozed { by: name, until: in_words });
    }

    /// An answer calls back what has not left yet; the summary of a window that is over lists it all the same (semantics A7).
    fn record_answer(&mut self, actor: Actor, answer: Event, why: Why) {
        let in_summary = self.incident.window.as_ref().is_some_and(|window| window.over) && self.awaits_the_summary();
        self.record(actor, answer, Some(why));
        self.cancel_pages = true;
        if in_summary {
            self.leave_a_trace_in_the_summary();
        }
    }

    /// An act of a person counts the time of an acknowledgement anew; it stays with whoever took it (semantics A1).
    pub(super) fn hold_anew(&mut self) {
        let State::Acknowledged { by, .. } = &self.incident.state else { return };
        let by = by.clone();
        let timeout = self.level().ack_timeout;
        let until = timeout.map(|timeout| self.now() + timeout);
        let event = Event::Acknowledged { by, until, reason: None };
        self.decided(event, "A1", &[("ack_timeout_ms", timeout.map_or(0, millis))]);
    }

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
        // What a summary listed ends by quiet at one moment, and is told as one.
        let ends_by_itself = matches!(by, ResolvedBy::Quiet | ResolvedBy::Age);
        let quiet = ends_by_itself.then(|| quiet_at(&self.incident, self.context.policy)).flatten();
        let as_one = quiet.filter(|_| self.incident.level == Level::Maintenance).map(|(at, _)| at + GATHERS);
        let in_summary = self.awaits_the_summary();
        self.record(actor, Event::Resolved { by, as_of, reason, fixed_in }, Some(why));
        self.cancel_pages = true;
        let news = News::Resolved { by: in_words };
        match as_one {
            Some(due) => {
                let channels = self.who_heard(&news);
                self.tell_in_bundle(channels, &news, BundleKind::Summary, due.max(self.now()));
            }
            None => self.tell(&news),
        }
        self.leave_a_trace_of_what_was_hidden(in_summary);
    }

    /// Whether it is so urgent that it never mixes with anything less.
    pub(super) const fn is_critical(&self) -> bool {
        matches!(self.incident.level, Level::Critical)
    }
}
