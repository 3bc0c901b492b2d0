//! What an event does to an incident. Nothing here decides, and nothing here can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::{Actor, Event, PageReason};
use crate::id::{EscalationId, Name};
use crate::incident::{
    AnnouncedFix, Escalation, Fixing, Grown, Incident, PageState, Silenced, State, Stood, Tally, Told, Until,
};
use crate::incident::{JoinedIssue, Merged, Progress, Window};
use crate::label::Label;
use crate::time::Timestamp;

impl Incident {
    /// Applies one event that took effect at `at`.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Opened { .. }
            | Event::Signal { .. }
            | Event::RungReachedNobody { .. }
            | Event::Demoted { .. }
            | Event::SilenceLifted { .. }
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
                self.call_back(at, at);
                self.level = *to;
                // Whoever took it still has it; the clock of the lower ladder stands still from its start (semantics A3).
                match &mut self.state {
                    State::Acknowledged { since, .. } | State::Snoozed { since, .. } => *since = at,
                    state => *state = State::Open,
                }
                self.still_from(at);
                self.plan += 1;
            }
            Event::Rose { to, priority, .. } => {
                self.call_back(at, at);
                self.level = *to;
                self.priority = *priority;
                // Whoever wants it higher does not wait for the end of a window.
                self.window = None;
                // Who answered, or has a fix on its way, did so for less.
                self.answered = false;
                if let Some(fix) = &mut self.fix {
                    fix.answers = false;
                }
                self.state = State::Open;
                self.still_from(at);
                self.plan += 1;
            }
            Event::InMaintenance { silence, until } => {
                self.window = Some(Window { silence: *silence, until: *until, over: false });
            }
            Event::LeftMaintenance { to, priority } => {
                self.call_back(at, at);
                self.level = *to;
                self.priority = *priority;
                self.window = None;
                match &mut self.state {
                    State::Acknowledged { since, .. } | State::Snoozed { since, .. } => *since = at,
                    state => *state = State::Open,
                }
                self.still_from(at);
                self.plan += 1;
            }
            Event::EscalationStarted { escalation, ordinal, level, starts_at, by_rise, response_due_at } => {
                self.escalations = *ordinal;
                self.route = self.triage.route.clone();
                let risen = self.escalation.as_ref().map_or(0, |before| before.last_rise);
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
                    runs_since: Some(at),
                    exhausted: false,
                    last_rise: if *by_rise { *ordinal } else { risen },
                    by_rise: *by_rise,
                    told: BTreeMap::new(),
                    acks: 0,
                    acknowledged_by: BTreeSet::new(),
                    rate: None,
                    limited: false,
                    response_due_at: *response_due_at,
                    tally: Tally::default(),
                });
            }
            Event::RungRan { rung, due, next } => {
                let on_time = at.since(*due) <= Tally::TOLERANCE;
                if let Some(escalation) = &mut self.escalation {
                    escalation.tally.steps += 1;
                    escalation.tally.steps_on_time += u32::from(on_time);
                }
                let rate = self.counts.pace.rate(at);
                if let Some(escalation) = &mut self.escalation {
                    escalation.rate = Some(rate);
                }
                self.rung_is_over(*rung, *next, at);
            }
            Event::RungSkipped { rung, next, .. } => self.rung_is_over(*rung, *next, at),
            Event::Paged { contact, channels, rung, repetition, next, bundle, .. } => {
                // What still waits for an earlier one gives way to it.
                self.call_back_pages(at, at, |told| told == contact);
                // What goes in a bundle rings when that leaves (semantics L12).
                let leaves = bundle.map_or(at, |bundle| bundle.due);
                let interrupts = bundle.is_none_or(|bundle| bundle.kind.interrupts());
                let rings = channels.first().filter(|_| interrupts);
                let before = rings.and_then(|endpoint| self.endpoints.insert(endpoint.clone(), leaves));
                if let Some(escalation) = &mut self.escalation {
                    escalation.attempts += 1;
                    escalation.tally.interruptions += u32::from(interrupts);
                    let known = escalation.told.get(contact);
                    let named = known.and_then(|told| told.rung);
                    let told = Told {
                        channels: channels.clone(),
                        pages: repetition + 1,
                        last_at: leaves,
                        next_at: *next,
                        last: PageState::Sending,
                        rung: named.or(*rung),
                        called_back: known.map_or(0, |told| told.called_back),
                        digests: known.map_or(0, |told| told.digests),
                        owed: false,
                        before: before.filter(|_| leaves > at),
                    };
                    escalation.told.insert(contact.clone(), told);
                }
            }
            Event::LimitReached { .. } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.limited = true;
                    for told in escalation.told.values_mut().filter(|told| !told.is_owed()) {
                        told.next_at = None;
                    }
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
                        rung: None,
                        called_back: 0,
                        digests: 0,
                        owed: false,
                        before: None,
                    });
                    told.next_at = Some(*until);
                }
            }
            Event::PageDelivered { contact, channel, repetition } => {
                self.tally(|tally| tally.delivered += 1);
                if let Some(told) = self.told_mut(contact, *repetition) {
                    told.last = PageState::Delivered;
                    if told.channels.first() != Some(channel) {
                        // A later channel rang as well: it counts for the cooldown from now (semantics L4).
                        self.endpoints.insert(channel.clone(), at);
                    }
                }
            }
            Event::PageFailed { contact, channel, repetition, others_left, .. } => {
                self.tally(|tally| tally.failed += 1);
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
            Event::Acknowledged { by, until, .. } => {
                self.call_back(at, at);
                // A person's answer after another one keeps the ladder's clock standing from the first.
                let since = self.state.answered_since().unwrap_or(at);
                let grown = match &self.state {
                    State::Acknowledged { grown, .. } => grown.clone(),
                    _ => Grown { users: self.counts.users.unwrap_or(0), rate: self.counts.pace.rate(at) },
                };
                self.state = State::Acknowledged { by: by.clone(), since, until: *until, grown };
                self.owner = Some(by.clone());
                self.answered = true;
                self.forget_partial_answers();
                self.plan += 1;
            }
            Event::AcknowledgedInPart { by, .. } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.acknowledged_by.insert(by.clone());
                    let mine = by.parse().ok().and_then(|contact: crate::id::Name| escalation.told.get_mut(&contact));
                    if let Some(told) = mine {
                        told.next_at = None;
                    }
                }
            }
            Event::Grew { users, rate } => {
                if let State::Acknowledged { grown, .. } = &mut self.state {
                    // What did not grow tenfold goes on being measured from where it was.
                    *grown = Grown {
                        users: if grown.more_users(*users) { *users } else { grown.users },
                        rate: if grown.faster(*rate) { *rate } else { grown.rate },
                    };
                }
            }
            Event::Snoozed { by, until, .. } => {
                self.call_back(at, at);
                let since = self.state.answered_since().unwrap_or(at);
                self.state = State::Snoozed { by: by.clone(), since, until: until.clone() };
                // Sentry is nobody who could be asked: only a person answers for it (semantics R2).
                if by.person().is_some() {
                    self.owner = Some(by.clone());
                    self.answered = true;
                }
                self.forget_partial_answers();
                self.plan += 1;
            }
            Event::AcknowledgementEnded { held } | Event::SnoozeEnded { held, .. } => self.answer_ended(*held, at),
            Event::Silenced { silence, since, until } => {
                // It was heeded late, perhaps: what should have left since then did not.
                self.call_back(*since, at);
                let since = self.silenced.as_ref().map_or(*since, |before| before.since);
                self.silenced = Some(Silenced { silence: *silence, since, until: *until });
            }
            Event::SilenceEnded { held, .. } => self.silence_ended(*held, at),
            Event::Exhausted { still_paged } => {
                if let Some(escalation) = &mut self.escalation {
                    escalation.exhausted_at = Some(at);
                    escalation.exhausted = true;
                    for (contact, told) in &mut escalation.told {
                        // A page that was held until now was never made: it is still owed (semantics L4).
                        if !still_paged.contains(contact) && !told.is_owed() {
                            told.next_at = None;
                        }
                    }
                }
                self.state = State::Exhausted { since: at };
                self.plan += 1;
            }
            Event::Resolved { by, as_of, fixed_in, .. } => {
                self.call_back(at, at);
                let open = self.issues.iter_mut().filter(|issue| issue.open);
                let closed = open.map(|issue| {
                    issue.open = false;
                    issue.id.clone()
                });
                let closed = closed.collect();
                let before = self.state.stood();
                let (by, fixed_in) = (by.clone(), fixed_in.clone());
                self.state = State::Resolved { at, by, as_of: *as_of, fixed_in, before, closed };
                self.release_hold();
                self.plan += 1;
            }
            Event::Reopened { level, priority, raised, .. } => {
                self.opening += 1;
                self.level = *level;
                self.priority = *priority;
                self.regression_raised |= *raised;
                self.state = State::Open;
                self.owner = None;
                self.answered = false;
                self.silenced = None;
                self.matched = BTreeSet::new();
                self.lifted = BTreeSet::new();
                self.window = None;
                self.fix = None;
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
            Event::FixAnnounced { hold_until } => {
                let before = self.fix.take();
                self.fix = Some(AnnouncedFix {
                    since: before.as_ref().map_or(at, |before| before.since),
                    issues: before.map(|before| before.issues).unwrap_or_default(),
                    answers: true,
                    hold_until: *hold_until,
                    held_events: self.counts.events,
                    held_users: self.counts.users.unwrap_or(0),
                });
            }
            Event::FixHoldEnded { .. } => {
                if let Some(fix) = &mut self.fix {
                    fix.hold_until = None;
                }
            }
            Event::Rebased { to, next, .. } => {
                self.policy = to.clone();
                if let Some(escalation) = &mut self.escalation {
                    escalation.next_rung_at = *next;
                }
                self.plan += 1;
            }
            Event::ClockJumped { by } => self.shift(*by),
        }
    }

    fn rung_is_over(&mut self, rung: usize, next: Option<Timestamp>, at: Timestamp) {
        if let Some(escalation) = &mut self.escalation {
            escalation.next_rung = rung + 1;
            escalation.next_rung_at = next;
            escalation.last_rung_at = Some(at);
        }
        if matches!(self.state, State::Open) {
            self.state = State::Escalating;
        }
        self.plan += 1;
    }

    fn tally(&mut self, count: impl FnOnce(&mut Tally)) {
        if let Some(escalation) = &mut self.escalation {
            count(&mut escalation.tally);
        }
    }

    /// Pages that waited for a bundle or a digest at that moment will not leave: they rang nobody, count for no cooldown, and are owed (semantics L4, L10). What
    /// left already may land.
    fn call_back(&mut self, since: Timestamp, at: Timestamp) {
        self.call_back_pages(since, at, |_| true);
    }

    fn call_back_pages(&mut self, since: Timestamp, at: Timestamp, whose: impl Fn(&Name) -> bool) {
        let Some(escalation) = &mut self.escalation else { return };
        for (_, told) in escalation.told.iter_mut().filter(|(contact, told)| whose(contact) && told.waits(since)) {
            told.last = PageState::Held;
            told.next_at = Some(at);
            told.called_back += 1;
            escalation.attempts = escalation.attempts.saturating_sub(1);
            let rings = told.channels.first().filter(|endpoint| self.endpoints.get(*endpoint) == Some(&told.last_at));
            if let Some(endpoint) = rings {
                escalation.tally.interruptions = escalation.tally.interruptions.saturating_sub(1);
                match told.before.take() {
                    Some(before) => drop(self.endpoints.insert(endpoint.clone(), before)),
                    None => drop(self.endpoints.remove(endpoint)),
                }
            }
        }
    }

    fn forget_partial_answers(&mut self) {
        if let Some(escalation) = &mut self.escalation {
            escalation.acknowledged_by = BTreeSet::new();
        }
    }

    /// A new ladder has a new clock: under a silence it stands still from its start.
    const fn still_from(&mut self, at: Timestamp) {
        if let Some(silenced) = &mut self.silenced {
            silenced.since = at;
        }
    }

    /// A person's answer ended. Under a silence the ladder's clock goes on standing still, from where the answer had stopped it; else it goes on.
    fn answer_ended(&mut self, held: Duration, at: Timestamp) {
        let since = at - held;
        if let Some(silenced) = &mut self.silenced {
            silenced.since = silenced.since.min(since);
            self.state = self.ladder_state();
            self.plan += 1;
        } else {
            self.go_on_after(held, at);
        }
    }

    /// No silence holds it any more. While a person's answer stands, the clock goes on standing still; where nobody was told, the first rung
    /// has waited long enough; else the ladder goes on from where it stood (semantics A6).
    fn silence_ended(&mut self, held: Duration, at: Timestamp) {
        self.silenced = None;
        let stood_from = at - held;
        if let State::Acknowledged { since, .. } | State::Snoozed { since, .. } = &mut self.state {
            *since = (*since).min(stood_from);
            self.plan += 1;
            return;
        }
        match self.escalation.as_mut().filter(|escalation| escalation.next_rung == 0) {
            Some(escalation) => {
                escalation.runs_since = Some(at);
                escalation.starts_at = escalation.starts_at.max(at);
                escalation.next_rung_at = escalation.next_rung_at.map(|due| due.max(at));
                self.plan += 1;
            }
            None => self.go_on_after(held, at),
        }
    }

    /// An incident that is over holds nothing.
    const fn release_hold(&mut self) {
        if let Some(fix) = &mut self.fix {
            fix.hold_until = None;
        }
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
        self.state = self.ladder_state();
        if let Some(escalation) = &mut self.escalation {
            escalation.runs_since = Some(at);
            escalation.starts_at = escalation.starts_at + held;
            escalation.next_rung_at = escalation.next_rung_at.map(|due| due + held);
            if !escalation.exhausted {
                escalation.exhausted_at = escalation.exhausted_at.map(|due| due + held);
            }
        }
        self.plan += 1;
    }

    /// The state that the ladder gives, once nothing holds it.
    fn ladder_state(&self) -> State {
        let Some(escalation) = &self.escalation else { return State::Open };
        match escalation.exhausted_at.filter(|_| escalation.exhausted) {
            Some(since) => State::Exhausted { since },
            None if escalation.next_rung > 0 => State::Escalating,
            None => State::Open,
        }
    }

    /// The resolve is undone: the ladder goes on under a new name from where it stood, its clock having stood still (semantics R4). What
    /// was left of each time is left of it again, whatever our own clock did meanwhile (C2).
    fn go_on_undone(&mut self, id: EscalationId, ordinal: u32, at: Timestamp) {
        let State::Resolved { at: resolved_at, before: Some(stood), closed, .. } = &self.state else { return };
        let resolved_at = *resolved_at;
        for issue in self.issues.iter_mut().filter(|issue| closed.contains(&issue.id)) {
            issue.open = true;
        }
        let still = at.millis() - resolved_at.millis();
        self.state = stood.clone().again(still);
        self.opening += 1;
        self.escalations = ordinal;
        self.quiet_since = at;
        self.plan += 1;
        if let Some(silenced) = &mut self.silenced {
            silenced.since = silenced.since.shifted(still);
        }
        let Some(escalation) = &mut self.escalation else { return };
        escalation.id = id;
        escalation.ordinal = ordinal;
        escalation.runs_since = Some(at);
        escalation.starts_at = escalation.starts_at.shifted(still);
        escalation.next_rung_at = escalation.next_rung_at.map(|due| due.shifted(still));
        if !escalation.exhausted {
            escalation.exhausted_at = escalation.exhausted_at.map(|due| due.shifted(still));
        }
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
        // Sentry names a time on the wall.
        let shift_end = |by: &Actor, until: &mut Until| {
            until.at.iter_mut().filter(|_| *by != Actor::Sentry).for_each(shift);
        };
        shift(&mut self.opened_at);
        shift(&mut self.last_signal_at);
        shift(&mut self.quiet_since);
        self.counts.pace.shift(by);
        self.endpoints.values_mut().for_each(shift);
        match &mut self.state {
            State::Open | State::Escalating => {}
            State::Acknowledged { since, until, .. } => {
                shift(since);
                until.iter_mut().for_each(shift);
            }
            State::Snoozed { by, since, until } => {
                shift(since);
                shift_end(by, until);
            }
            State::Exhausted { since } => shift(since),
            State::Resolved { at, before, .. } => {
                shift(at);
                match before {
                    Some(Stood::Acknowledged { since, until, .. }) => {
                        shift(since);
                        until.iter_mut().for_each(shift);
                    }
                    Some(Stood::Snoozed { by, since, until }) => {
                        shift(since);
                        shift_end(by, until);
                    }
                    Some(Stood::Exhausted { since }) => shift(since),
                    Some(Stood::Open | Stood::Escalating) | None => {}
                }
            }
        }
        // Until when a silence or a window holds is a time on the wall.
        if let Some(silenced) = &mut self.silenced {
            shift(&mut silenced.since);
        }
        if let Some(fix) = &mut self.fix {
            shift(&mut fix.since);
            fix.hold_until.iter_mut().for_each(shift);
        }
        if let Some(fixing) = &mut self.fixing {
            shift(&mut fixing.since);
            fixing.hold_until.iter_mut().for_each(shift);
        }
        if let Some(escalation) = &mut self.escalation {
            // The end of a window is a time on the wall, and so is the start of the ladder that waits for it.
            if self.window.is_none() || escalation.next_rung > 0 {
                shift(&mut escalation.starts_at);
                escalation.next_rung_at.iter_mut().for_each(shift);
            }
            escalation.runs_since.iter_mut().for_each(shift);
            escalation.last_rung_at.iter_mut().for_each(shift);
            escalation.exhausted_at.iter_mut().for_each(shift);
            escalation.response_due_at.iter_mut().for_each(shift);
            for told in escalation.told.values_mut() {
                shift(&mut told.last_at);
                told.next_at.iter_mut().for_each(shift);
                told.before.iter_mut().for_each(shift);
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
        matches!(self, Self::AcknowledgementEnded | Self::SnoozeEnded | Self::SilenceEnded)
    }
}
