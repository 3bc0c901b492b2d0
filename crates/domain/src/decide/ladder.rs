//! The ladder: rungs, repeats, holds, exhaustion, quiet, and the one timer that drives them (semantics L, A3, R2, F2).

use std::time::Duration;

use crate::backoff::repeat_after;
use crate::decision::{Decision, News, Page, Rejection, Update, Work};
use crate::event::{Event, PageReason, ResolvedBy};
use crate::id::{EscalationId, Name};
use crate::incident::{Escalation, Incident, PageState, State, Told};
use crate::policy::{Exhausted, Level, Policy, Reachable, Rung, Target};
use crate::signal::Outcome;
use crate::time::Timestamp;
use crate::working_hours::next_working_time;

use super::answer::End;
use super::{Context, Draft, is_resolved, millis};

/// Without a signal for so long an incident of any level is over (semantics R2).
pub const AGE_LIMIT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The incident's one timer came due: do everything that is due, in a fixed order, and arm it anew.
pub(super) fn wake(incident: &Incident, plan: u32, context: &Context<'_>) -> Result<Decision, Rejection> {
    if incident.plan != plan {
        return Err(Rejection::Stale);
    }
    if is_resolved(incident) {
        return Err(Rejection::AlreadyResolved);
    }
    let mut draft = Draft::of(incident.clone(), context);
    draft.settle();
    Ok(draft.finish(Outcome::Joined))
}

/// When the incident's timer must ring: its earliest deadline. `None` when it is over.
#[must_use]
pub fn next_wake(incident: &Incident, policy: &Policy) -> Option<Timestamp> {
    if !incident.state.is_live() {
        return None;
    }
    let ladder = match (&incident.state, incident.held_until()) {
        (State::Acknowledged { until, .. }, _) => *until,
        (_, Some(hold_until)) => Some(hold_until),
        (_, None) => incident.escalation.as_ref().and_then(|escalation| next_step(incident, escalation)),
    };
    [ladder, quiet_at(incident, policy).map(|(at, _)| at)].into_iter().flatten().min()
}

fn next_step(incident: &Incident, escalation: &Escalation) -> Option<Timestamp> {
    let exhausted = escalation.exhausted_at.filter(|_| !matches!(incident.state, State::Exhausted { .. }));
    let repeats = escalation.told.values().filter_map(|told| told.next_at);
    escalation.next_rung_at.into_iter().chain(exhausted).chain(repeats).min()
}

/// When quiet ends it, and as what: the level's quiet time, never for an urgent one that nobody acknowledged; else by age (semantics R2).
fn quiet_at(incident: &Incident, policy: &Policy) -> Option<(Timestamp, ResolvedBy)> {
    let aged = (incident.quiet_since + AGE_LIMIT, ResolvedBy::Age);
    let unanswered = incident.level.is_urgent() && incident.owner.is_none();
    let quiet = policy
        .level(incident.level)
        .quiet_resolve
        // Nobody signals what was opened by hand: its silence says nothing.
        .filter(|_| !unanswered && incident.counts.signals > 0)
        .map(|quiet| (incident.quiet_since + quiet, ResolvedBy::Quiet));
    [Some(aged), quiet].into_iter().flatten().min_by_key(|(at, _)| *at)
}

impl Draft<'_> {
    /// Arms a ladder at its level: rung 0 at `starts_at`.
    pub(super) fn start_escalation(&mut self, starts_at: Timestamp, by_rise: bool, rule: &str) {
        let ordinal = self.incident.escalations + 1;
        let event = Event::EscalationStarted {
            escalation: EscalationId::derive(self.incident.id, ordinal),
            ordinal,
            level: self.incident.level,
            starts_at,
            by_rise,
        };
        let delay = millis(self.level().initial_delay);
        self.decided(event, rule, &[("initial_delay_ms", delay)]);
    }

    /// Does everything that is due now.
    pub(super) fn settle(&mut self) {
        if let Some((at, by)) = quiet_at(&self.incident, self.context.policy)
            && at <= self.now()
        {
            let quiet = millis(self.now().since(self.incident.quiet_since));
            let end = End { by, as_of: self.incident.last_seen_at, reason: None, fixed_in: None };
            self.resolve(crate::event::Actor::Watchfire, end, "R2", &[("quiet_ms", quiet)]);
            return;
        }
        if let State::Acknowledged { since, until, .. } = self.incident.state {
            match until {
                Some(until) if until <= self.now() => self.end_acknowledgement(since),
                _ => return,
            }
        }
        if let Some(hold_until) = self.incident.held_until() {
            if hold_until > self.now() {
                return;
            }
            self.end_hold("it held the ladder for as long as the level allows");
        }
        self.run_due_rung();
        self.exhaust_if_due();
        self.repeat_due_pages();
    }

    fn end_acknowledgement(&mut self, since: Timestamp) {
        let held = self.now().since(since);
        self.decided(Event::AcknowledgementEnded { held }, "A3", &[("held_ms", millis(held))]);
        let told = self.incident.escalation.iter().flat_map(|escalation| escalation.told.keys());
        let mut again: Vec<Reachable> = Vec::new();
        for reachable in self.owner().into_iter().chain(told.filter_map(|contact| self.reachable(contact))) {
            // This page breaks the cooldown, so two names for one endpoint must not ring it twice at once (semantics L4).
            let known = again.iter().any(|known| {
                known.contact == reachable.contact || known.channels.first() == reachable.channels.first()
            });
            if !known {
                again.push(reachable);
            }
        }
        for reachable in again {
            self.page(&reachable, PageReason::AcknowledgementEnded, None);
        }
    }

    /// Whoever acknowledged it, if the policy has a contact with the name that the person gave (docs/semantics.md, A3).
    fn owner(&self) -> Option<Reachable> {
        let owner: Name = self.incident.owner.as_ref()?.person()?.parse().ok()?;
        self.reachable(&owner)
    }

    /// A contact or notifier by its name, as it can be reached now.
    pub(super) fn reachable(&self, contact: &Name) -> Option<Reachable> {
        let targets =
            [Target::Contact(contact.clone()), Target::Notifier(crate::policy::Choice::Named(contact.clone()))];
        self.context.reach(&targets).into_iter().next()
    }

    fn run_due_rung(&mut self) {
        let Some(escalation) = self.incident.escalation.clone() else { return };
        let Some(due) = escalation.next_rung_at.filter(|due| *due <= self.now()) else { return };
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let Some(rung) = ladder.get(escalation.next_rung) else {
            // The ladder is shorter than it was (a rebased policy): all its rungs ran.
            if let Some(escalation) = &mut self.incident.escalation {
                escalation.next_rung_at = None;
            }
            self.await_exhaustion();
            return;
        };
        let next = ladder.get(escalation.next_rung + 1).map(|next| {
            let on_time = rung_due(&escalation, next, self.context.policy);
            // Rungs that came due together run in order, one cooldown apart (semantics F2, C1).
            if on_time <= self.now() { self.now() + self.level().cooldown } else { on_time }
        });
        let number = escalation.next_rung;
        let late = millis(self.now().since(due));
        self.decided(Event::RungRan { rung: number, due, next }, "L2", &[("late_ms", late)]);
        let people = self.context.reach(&rung.targets);
        for reachable in &people {
            self.page_unless_told(reachable, PageReason::Rung, number);
        }
        self.call_agents(&rung.targets);
        if people.is_empty() {
            self.reach_somebody_else(number);
        }
        if next.is_none() {
            self.await_exhaustion();
        }
    }

    /// A rung reached nobody: the next one that reaches somebody is told at once, in addition; if none does, the fallback (semantics L7).
    fn reach_somebody_else(&mut self, rung: usize) {
        self.decided(Event::RungReachedNobody { rung }, "L7", &[]);
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let reach = |rung: &Rung| self.context.reach(&rung.targets);
        let later = ladder.iter().enumerate().skip(rung + 1).map(|(number, rung)| (number, reach(rung)));
        if let Some((number, people)) = later.into_iter().find(|(_, people)| !people.is_empty()) {
            for reachable in &people {
                self.page_unless_told(reachable, PageReason::Rung, number);
            }
        } else if ladder.iter().all(|rung| reach(rung).is_empty()) {
            for reachable in self.fallback() {
                self.page_unless_told(&reachable, PageReason::NobodyElse, rung);
            }
        }
    }

    pub(super) fn fallback(&self) -> Vec<Reachable> {
        self.context.reach(&self.context.policy.fallback)
    }

    /// Rungs add people: who was told in this escalation repeats on their own, and a second name for the same endpoint adds nobody.
    fn page_unless_told(&mut self, reachable: &Reachable, reason: PageReason, rung: usize) {
        let known = self.incident.escalation.as_ref().is_some_and(|escalation| {
            escalation.told.iter().any(|(contact, told)| {
                *contact == reachable.contact || told.channels.first() == reachable.channels.first()
            })
        });
        if !known {
            self.page(reachable, reason, Some(rung));
        }
    }

    /// Pages a contact over its channels, or holds the page while its endpoint cools down (semantics L3, L4, L13).
    pub(super) fn page(&mut self, reachable: &Reachable, reason: PageReason, rung: Option<usize>) {
        let Some(escalation) = self.incident.escalation.clone() else { return };
        let level = self.level();
        let Some(endpoint) = reachable.channels.first() else { return };
        // A page from the future was noted before the clock was set back while the incident was over: it says nothing (semantics C2).
        let last = self.incident.endpoints.get(endpoint).filter(|last| **last <= self.now());
        let cools_until = last.map(|last| *last + level.cooldown);
        let exempt = reason.breaks_cooldown() || (escalation.by_rise && rung == Some(0));
        if let Some(until) = cools_until.filter(|until| *until > self.now() && !exempt) {
            let event =
                Event::PageHeld { contact: reachable.contact.clone(), channels: reachable.channels.clone(), until };
            self.decided(event, "L4", &[("cooldown_ms", millis(level.cooldown))]);
            return;
        }
        let repetition = escalation.told.get(&reachable.contact).map_or(0, |told| told.pages);
        let next = self.next_repeat(&escalation, &reachable.contact, repetition);
        let event = Event::Paged {
            contact: reachable.contact.clone(),
            channels: reachable.channels.clone(),
            rung,
            repetition,
            reason,
            next,
        };
        let rule = match reason {
            PageReason::Rung => "L2",
            PageReason::Repeat => "L3",
            PageReason::AcknowledgementEnded => "A3",
            PageReason::Restart => "C1",
            PageReason::Fallback => "L14",
            PageReason::NobodyElse => "L7",
        };
        let wait = next.map_or(0, |next| millis(next.since(self.now())));
        self.decided(event, rule, &[("cooldown_ms", millis(level.cooldown)), ("next_ms", wait)]);
        for (position, channel) in reachable.channels.iter().enumerate() {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            let due = self.now() + level.next_channel_after.saturating_mul(position);
            let work = Work::Page(Page {
                escalation: escalation.id,
                ordinal: escalation.ordinal,
                contact: reachable.contact.clone(),
                channel: channel.clone(),
                repetition,
                reason,
                bundle: None,
                rung: rung.or_else(|| escalation.next_rung.checked_sub(1)),
            });
            self.plan(due, work);
        }
    }

    /// When this contact is paged again if nothing happens: doubling cooldowns, and once exhausted every max cooldown, for urgent levels and
    /// their primary and fallback alone (semantics L3, L5).
    fn next_repeat(&self, escalation: &Escalation, contact: &Name, repetition: u32) -> Option<Timestamp> {
        let level = self.level();
        let doublings = if matches!(self.incident.state, State::Exhausted { .. }) {
            let goes_on = || self.primary().into_iter().chain(self.fallback()).any(|one| one.contact == *contact);
            if !self.incident.level.is_urgent() || !goes_on() {
                return None;
            }
            u32::MAX
        } else {
            repetition
        };
        let seed: [&[u8]; 3] =
            [&escalation.id.bits().to_be_bytes(), contact.as_str().as_bytes(), &repetition.to_be_bytes()];
        Some(self.now() + repeat_after(level, doublings, &seed))
    }

    /// All rungs ran: from now on the level's time until exhaustion counts (semantics L5).
    fn await_exhaustion(&mut self) {
        let waiting = self.pages_under_way();
        let now = self.now();
        let due = match self.level().exhausted {
            Exhausted::After(rest) => Some(now + rest),
            Exhausted::WhenDelivered => (!waiting).then_some(now),
        };
        if let Some(escalation) = &mut self.incident.escalation {
            escalation.exhausted_at = due;
        }
    }

    fn pages_under_way(&self) -> bool {
        let told = self.incident.escalation.iter().flat_map(|escalation| escalation.told.values());
        told.into_iter().any(|told| matches!(told.last, PageState::Sending | PageState::Held))
    }

    /// A page was delivered or failed: a ladder that only waited for that is exhausted now.
    pub(super) fn exhaust_when_delivered(&mut self) {
        let all_ran = self.incident.escalation.as_ref().is_some_and(|escalation| escalation.next_rung_at.is_none());
        let waits = self.level().exhausted == Exhausted::WhenDelivered
            && matches!(self.incident.state, State::Escalating)
            && all_ran
            && !self.pages_under_way();
        if waits {
            let now = self.now();
            if let Some(escalation) = &mut self.incident.escalation {
                escalation.exhausted_at = Some(now);
            }
            self.exhaust_if_due();
        }
    }

    fn exhaust_if_due(&mut self) {
        let due = self.incident.escalation.as_ref().and_then(|escalation| escalation.exhausted_at);
        if !matches!(self.incident.state, State::Escalating) || due.is_none_or(|due| due > self.now()) {
            return;
        }
        let urgent = self.incident.level.is_urgent();
        let primary = if urgent { self.primary() } else { Vec::new() };
        let still_paged = primary.iter().map(|reachable| reachable.contact.clone()).collect();
        self.decided(Event::Exhausted { still_paged }, "L5", &[("urgent", i64::from(urgent))]);
        if self.level().exhausted != Exhausted::WhenDelivered {
            for reachable in self.fallback() {
                self.page(&reachable, PageReason::Fallback, None);
            }
        }
    }

    /// The role `primary`: the one name of a role that the rules themselves know (semantics L5).
    fn primary(&self) -> Vec<Reachable> {
        let role: Option<Name> = "primary".parse().ok();
        role.map_or_else(Vec::new, |role| self.context.reach(&[Target::Role(role)]))
    }

    fn repeat_due_pages(&mut self) {
        let now = self.now();
        let due: Vec<(Name, Told)> = self
            .incident
            .escalation
            .iter()
            .flat_map(|escalation| &escalation.told)
            .filter(|(_, told)| told.next_at.is_some_and(|next| next <= now))
            .map(|(contact, told)| (contact.clone(), told.clone()))
            .collect();
        for (contact, told) in due {
            let reason = if told.pages == 0 { PageReason::Rung } else { PageReason::Repeat };
            let reachable = self.reachable(&contact).unwrap_or(Reachable { contact, channels: told.channels });
            self.page(&reachable, reason, None);
        }
    }

    /// Tells everybody who was paged, over the channels that they were paged on: in this escalation, or in one of this opening that a rise
    /// ended (semantics A1). What concerns the owner is told to them even if nobody paged them (I3, L6); a failed page is told through
    /// the fallback (L14).
    pub(super) fn tell(&mut self, news: &News) {
        let told: Vec<Told> =
            self.incident.escalation.iter().flat_map(|escalation| escalation.told.values().cloned()).collect();
        let mut channels: Vec<Name> =
            told.iter().filter(|told| told.pages > 0).filter_map(|told| told.channels.first().cloned()).collect();
        let opening = self.incident.opened_at..=self.now();
        let endpoints = self.incident.endpoints.iter().filter(|(_, paged_at)| opening.contains(*paged_at));
        channels.extend(endpoints.map(|(endpoint, _)| endpoint.clone()));
        if matches!(news, News::Rose | News::IssueJoined) {
            channels.extend(self.owner().and_then(|owner| owner.channels.into_iter().next()));
        }
        if told.iter().any(|told| told.last == PageState::Failed) {
            channels.extend(self.fallback().into_iter().filter_map(|fallback| fallback.channels.into_iter().next()));
        }
        let mut known: Vec<Name> = Vec::new();
        self.incident.news += 1;
        for channel in channels {
            if !known.contains(&channel) {
                let update =
                    Update { channel: channel.clone(), news: news.clone(), number: self.incident.news, bundle: None };
                self.plan(self.now(), Work::Update(update));
                known.push(channel);
            }
        }
    }
}

/// When a rung is due on time.
pub(super) fn rung_due(escalation: &Escalation, rung: &Rung, policy: &Policy) -> Timestamp {
    let due = escalation.starts_at + rung.after;
    if rung.working_hours_only { next_working_time(due, &policy.working_hours) } else { due }
}

/// When rung 0 of a level starts for an incident that opened, or rose, now (semantics L1, L6).
pub(super) fn starts_at(opened_at: Timestamp, level: Level, context: &Context<'_>) -> Timestamp {
    (opened_at + context.policy.level(level).initial_delay).max(context.now)
}
