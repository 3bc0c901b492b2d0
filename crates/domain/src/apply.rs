//! What an event does to an incident. Nothing here decides, and nothing here can fail.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::{Actor, Event, PageReason};
use crate::id::EscalationId;
use crate::incident::{Escalation, Fixing, Incident, PageState, State, Stood, Told};
use crate::incident::{JoinedIssue, Merged, Progress};
use crate::label::Label;
use crate::time::Timestamp;

impl Incident {
    /// Applies one event that took effect at `at`.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Opened { .. }
            | Event::Signal { .. }
            | Event::RungReachedNobody { .. }
            | Event::StaleResolve { .. }
            | Event::Excused { .. }
            | Event::Assigned { .. }
            | Event::Remarked { .. }
            | Event::Resumed { .. } => {}
            Event::IssueJoined { issue } => self.note_issue(issue, true),
            // In the other incident of the two there is no such issue, and nothing to do.
            Event::IssueMoved { from, to, .. } => {
                if let Some(moved) = self.issues.iter_mut().find(|issue| issue.id == *from) {
                    moved.merged = Some(Merged::Into(to.clone()));
                }
            }
            Event::IssueClosed { issue } => self.note_issue(issue, false),
            Event::PriorityNoted { to, .. } => self.priority = *to,
            Event::Labelled { to, by, until, users, reason, .. } => {
                self.priority = *to;
                self.label = Some(Label {
                    priority: *to,
                    by: by.clone(),
                    at,
                    until: *until,
                    reason: reason.clone(),
                    users: *users,
                });
            }
            Event::LabelEnded { .. } => self.label = None,
            Event::Fell { to, .. } => {
                self.level = *to;
                // Whoever took it still has it; the clock of the lower ladder stands still from its start (semantics A3).
                self.state = match &self.state {
                    State::Acknowledged { by, until, .. } => {
                        State::Acknowledged { by: by.clone(), since: at, until: *until }
                    }
                    State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => State::Open,
                };
                self.plan += 1;
            }
            Event::Rose { to, priority, .. } => {
                self.level = *to;
                self.priority = *priority;
                self.state = State::Open;
                self.plan += 1;
            }
            Event::EscalationStarted { escalation, ordinal, level, starts_at, by_rise } => {
                self.escalations = *ordinal;
                self.route = self.triage.route.clone();
                self.escalation = Some(Escalation {
                    id: *escalation,
                    ordinal: *ordinal,
                    level: *level,
                    starts_at: *starts_at,
                    next_rung: 0,
                    next_rung_at: Some(*starts_at),
                    last_rung_at: None,
                    exhausted_at: None,
                    attempts: 0,
                    by_rise: *by_rise,
                    told: BTreeMap::new(),
                });
            }
            Event::RungRan { rung, next, .. } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.next_rung = rung + 1;
                    escalation.next_rung_at = *next;
                    escalation.last_rung_at = Some(at);
                }
                if matches!(self.state, State::Open) {
                    self.state = State::Escalating;
                }
                self.plan += 1;
            }
            Event::Paged { contact, channels, repetition, next, .. } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.attempts += 1;
                    escalation.told.insert(
                        contact.clone(),
                        Told {
                            channels: channels.clone(),
                            pages: repetition + 1,
                            last_at: at,
                            next_at: *next,
                            last: PageState::Sending,
                        },
                    );
                }
                if let Some(endpoint) = channels.first() {
                    self.endpoints.insert(endpoint.clone(), at);
                }
            }
            Event::PageHeld { contact, channels, until } => {
                if let Some(escalation) = &mut self.escalation {
                    let told = escalation.told.entry(contact.clone()).or_insert_with(|| Told {
                        channels: channels.clone(),
                        pages: 0,
                        last_at: at,
                        next_at: None,
                        last: PageState::Held,
                    });
                    told.next_at = Some(*until);
                }
            }
            Event::PageDelivered { contact, channel, repetition } => {
                if let Some(told) = self.told_mut(contact, *repetition) {
                    told.last = PageState::Delivered;
                    if told.channels.first() != Some(channel) {
                        // A later channel rang as well: it counts for the cooldown from now (semantics L4).
                        self.endpoints.insert(channel.clone(), at);
                    }
                }
            }
            Event::PageFailed { contact, channel, repetition, others_left, .. } => {
                if let Some(told) = self.told_mut(contact, *repetition) {
                    let paged_at = told.last_at;
                    if !others_left && told.last != PageState::Delivered {
                        told.last = PageState::Failed;
                    }
                    // A page that failed for good does not count for the cooldown (semantics L4).
                    if self.endpoints.get(channel) == Some(&paged_at) {
                        self.endpoints.remove(channel);
                    }
                }
            }
            Event::Acknowledged { by, until } => {
                let since = match &self.state {
                    State::Acknowledged { since, .. } => *since,
                    State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => at,
                };
                self.state = State::Acknowledged { by: by.clone(), since, until: *until };
                self.owner = Some(by.clone());
                self.plan += 1;
            }
            Event::AcknowledgementEnded { held } => self.go_on_after(*held, at),
            Event::Exhausted { still_paged } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.exhausted_at = Some(at);
                    for (contact, told) in &mut escalation.told {
                        // A page that was held until now was never made: it is still owed (semantics L4).
                        if !still_paged.contains(contact) && told.last != PageState::Held {
                            told.next_at = None;
                        }
                    }
                }
                self.state = State::Exhausted { since: at };
                self.plan += 1;
            }
            Event::Resolved { by, as_of, fixed_in, .. } => {
                for issue in &mut self.issues {
                    issue.open = false;
                }
                let before = self.state.stood();
                let (by, fixed_in) = (by.clone(), fixed_in.clone());
                self.state = State::Resolved { at, by, as_of: *as_of, fixed_in, before };
                self.release_hold();
                self.plan += 1;
            }
            Event::Reopened { level, priority, raised } => {
                self.opening += 1;
                self.level = *level;
                self.priority = *priority;
                self.regression_raised |= *raised;
                self.state = State::Open;
                self.owner = None;
                self.opened_at = at;
                self.quiet_since = at;
                self.plan += 1;
            }
            Event::Undone { escalation, ordinal, .. } => self.go_on_undone(*escalation, *ordinal, at),
            Event::AgentCalled { run, agent, hold_until } => {
                self.fixing = Some(Fixing {
                    run: *run,
                    agent: agent.clone(),
                    progress: Progress::Starting,
                    url: None,
                    since: at,
                    hold_until: *hold_until,
                    held_events: self.counts.events,
                    held_users: self.counts.users.unwrap_or(0),
                });
            }
            Event::AgentProgressed { run, progress, url, .. } => {
                if let Some(fixing) = self.fixing.as_mut().filter(|fixing| fixing.run == *run) {
                    fixing.progress = *progress;
                    if url.is_some() {
                        fixing.url.clone_from(url);
                    }
                }
            }
            Event::HoldEnded { run, .. } => {
                if let Some(fixing) = self.fixing.as_mut().filter(|fixing| fixing.run == *run) {
                    fixing.hold_until = None;
                }
            }
            Event::ClockJumped { by } => self.shift(*by),
        }
    }

    /// An incident that is over holds nothing.
    const fn release_hold(&mut self) {
        if let Some(fixing) = &mut self.fixing {
            fixing.hold_until = None;
        }
    }

    fn note_issue(&mut self, id: &str, open: bool) {
        match self.issues.iter_mut().find(|issue| issue.id == id) {
            Some(issue) => issue.open = open,
            None => {
                let id = id.to_owned();
                self.issues.push(JoinedIssue { id, open, last_seen_at: None, print: None, merged: None });
            }
        }
    }

    /// What a contact was told, if `repetition` is its latest page: late news of an earlier one changes nothing.
    fn told_mut(&mut self, contact: &crate::id::Name, repetition: u32) -> Option<&mut Told> {
        self.escalation.as_mut()?.told.get_mut(contact).filter(|told| told.pages == repetition + 1)
    }

    /// The ladder's clock goes on from where it stood (semantics A3).
    fn go_on_after(&mut self, held: Duration, at: Timestamp) {
        let since = at - held;
        let mut state = State::Open;
        if let Some(escalation) = &mut self.escalation {
            let exhausted = escalation.exhausted_at.filter(|exhausted| *exhausted <= since);
            escalation.starts_at = escalation.starts_at + held;
            escalation.next_rung_at = escalation.next_rung_at.map(|due| due + held);
            escalation.exhausted_at = match exhausted {
                Some(exhausted) => Some(exhausted),
                None => escalation.exhausted_at.map(|due| due + held),
            };
            state = match exhausted {
                Some(since) => State::Exhausted { since },
                None if escalation.next_rung > 0 => State::Escalating,
                None => State::Open,
            };
        }
        self.state = state;
        self.plan += 1;
    }

    /// The resolve is undone: the ladder goes on under a new name from where it stood, its clock having stood still (semantics R4). What
    /// was left of each time is left of it again, whatever our own clock did meanwhile (C2).
    fn go_on_undone(&mut self, id: EscalationId, ordinal: u32, at: Timestamp) {
        let State::Resolved { at: resolved_at, before: Some(stood), .. } = &self.state else { return };
        let resolved_at = *resolved_at;
        let still = at.millis() - resolved_at.millis();
        self.state = stood.clone().again(still);
        self.opening += 1;
        self.escalations = ordinal;
        self.quiet_since = at;
        self.plan += 1;
        let Some(escalation) = &mut self.escalation else { return };
        escalation.id = id;
        escalation.ordinal = ordinal;
        escalation.starts_at = escalation.starts_at.shifted(still);
        escalation.next_rung_at = escalation.next_rung_at.map(|due| due.shifted(still));
        escalation.exhausted_at =
            escalation.exhausted_at.map(|due| if due > resolved_at { due.shifted(still) } else { due });
        for told in escalation.told.values_mut() {
            told.next_at = told.next_at.map(|due| due.shifted(still));
            // The resolve called back what was on its way: that page is owed, and must not be waited for.
            if told.last == PageState::Sending {
                told.last = PageState::Held;
                told.next_at = Some(at);
            }
        }
    }

    /// Everything measured by our own clock moves with it; what Sentry's clock said stays (semantics C2).
    fn shift(&mut self, by: i64) {
        let shift = |at: &mut Timestamp| *at = at.shifted(by);
        shift(&mut self.opened_at);
        shift(&mut self.last_signal_at);
        shift(&mut self.quiet_since);
        self.endpoints.values_mut().for_each(shift);
        match &mut self.state {
            State::Open | State::Escalating => {}
            State::Acknowledged { since, until, .. } => {
                shift(since);
                until.iter_mut().for_each(shift);
            }
            State::Exhausted { since } => shift(since),
            State::Resolved { at, before, .. } => {
                shift(at);
                match before {
                    Some(Stood::Acknowledged { since, until, .. }) => {
                        shift(since);
                        until.iter_mut().for_each(shift);
                    }
                    Some(Stood::Exhausted { since }) => shift(since),
                    Some(Stood::Open | Stood::Escalating) | None => {}
                }
            }
        }
        if let Some(fixing) = &mut self.fixing {
            shift(&mut fixing.since);
            fixing.hold_until.iter_mut().for_each(shift);
        }
        if let Some(escalation) = &mut self.escalation {
            shift(&mut escalation.starts_at);
            escalation.next_rung_at.iter_mut().for_each(shift);
            escalation.last_rung_at.iter_mut().for_each(shift);
            escalation.exhausted_at.iter_mut().for_each(shift);
            for told in escalation.told.values_mut() {
                shift(&mut told.last_at);
                told.next_at.iter_mut().for_each(shift);
            }
        }
    }
}

impl Actor {
    /// A person's name, if it is one.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Person(name) => Some(name),
            Self::Watchfire | Self::Sentry | Self::Agent(_) => None,
        }
    }
}

impl PageReason {
    /// Whether such a page is made within the cooldown of its endpoint too (semantics L4).
    #[must_use]
    pub const fn breaks_cooldown(self) -> bool {
        matches!(self, Self::AcknowledgementEnded)
    }
}
