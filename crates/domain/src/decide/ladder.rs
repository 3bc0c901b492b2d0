//! The ladder: rungs, repeats, holds, exhaustion, quiet, and the one timer that drives them (semantics L, A3, R2, F2).

use std::time::Duration;

use crate::attention::Whose;
use crate::decision::{Decision, Rejection};
use crate::event::{Event, PageReason, ResolvedBy};
use crate::id::{EscalationId, Name};
use crate::incident::{Escalation, Incident, PageState, State};
use crate::policy::{Exhausted, Level, OnlyIf, Policy, Reachable, Rung, Target};
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

/// Silences or windows changed: what they hold is decided anew, and what has waited for their end is done.
pub(super) fn heed_standing(incident: &Incident, context: &Context<'_>) -> Result<Decision, Rejection> {
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
    let silence = incident.silenced.as_ref().map(|silenced| silenced.until);
    // Whatever holds it: at the end of its window it may take its triaged level (semantics A7).
    let window = incident.window.as_ref().filter(|window| !window.over).map(|window| window.until);
    let ladder = match &incident.state {
        State::Acknowledged { until, .. } => *until,
        State::Snoozed { until, .. } => until.at,
        _ if silence.is_some() => None,
        _ => match incident.held_until() {
            Some(hold_until) => Some(hold_until),
            None => incident.escalation.as_ref().and_then(|escalation| next_step(incident, escalation)),
        },
    };
    [silence, window, ladder, quiet_at(incident, policy).map(|(at, _)| at)].into_iter().flatten().min()
}

fn next_step(incident: &Incident, escalation: &Escalation) -> Option<Timestamp> {
    let exhausted = escalation.exhausted_at.filter(|_| !matches!(incident.state, State::Exhausted { .. }));
    let repeats = escalation.told.values().filter_map(|told| told.next_at);
    escalation.next_rung_at.into_iter().chain(exhausted).chain(repeats).min()
}

/// When quiet ends it, and as what: the level's quiet time, never for an urgent one that nobody answered for; else by age (semantics R2).
pub(super) fn quiet_at(incident: &Incident, policy: &Policy) -> Option<(Timestamp, ResolvedBy)> {
    let aged = (incident.quiet_since + AGE_LIMIT, ResolvedBy::Age);
    // Whoever announced a fix in Sentry is somebody who answered (semantics A4).
    let answered = incident.answered || incident.fix.as_ref().is_some_and(|fix| fix.answers);
    let unanswered = incident.level.is_urgent() && !answered;
    // The quiet of a maintenance window proves nothing before its end (semantics A7).
    let since = incident.window.as_ref().map_or(incident.quiet_since, |window| incident.quiet_since.max(window.until));
    let quiet = policy
        .level(incident.level)
        .quiet_resolve
        // Nobody signals what was opened by hand: its silence says nothing.
        .filter(|_| !unanswered && incident.counts.signals > 0)
        .map(|quiet| (since + quiet, ResolvedBy::Quiet));
    [Some(aged), quiet].into_iter().flatten().min_by_key(|(at, _)| *at)
}

impl Draft<'_> {
    /// Arms a ladder at its level: rung 0 at `starts_at`.
    pub(super) fn start_escalation(&mut self, starts_at: Timestamp, by_rise: bool, rule: &str) {
        let ordinal = self.incident.escalations + 1;
        let hours = &self.context.policy.working_hours;
        let response_due_at = self.level().response.and_then(|response| response.due(self.now(), hours));
        let event = Event::EscalationStarted {
            escalation: EscalationId::derive(self.incident.id, ordinal),
            ordinal,
            level: self.incident.level,
            starts_at,
            by_rise,
            response_due_at,
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
        self.heed_silences();
        self.heed_window();
        if !self.end_answer_if_due() || self.incident.silenced.is_some() {
            return;
        }
        if let Some(hold_until) = self.incident.held_until() {
            if hold_until > self.now() {
                return;
            }
            self.end_holds("it held the ladder for as long as the level allows");
        }
        self.run_due_rung();
        self.exhaust_when_delivered();
        self.exhaust_if_due();
        self.repeat_due_pages();
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
        if rung.working_hours_only && !self.is_working_time() {
            // A hold had moved its time out of the working hours.
            let at = next_working_time(self.now(), &self.context.policy.working_hours);
            if let Some(escalation) = &mut self.incident.escalation {
                escalation.next_rung_at = Some(at);
            }
            return;
        }
        let number = escalation.next_rung;
        if let Some(condition) = self.unmet(rung) {
            let rate = i64::try_from(self.incident.counts.pace.rate(self.now())).unwrap_or(i64::MAX);
            let before = escalation.rate.and_then(|rate| i64::try_from(rate).ok()).unwrap_or(0);
            let skipped = Event::RungSkipped { rung: number, condition, next };
            self.decided(skipped, "L2", &[("rate", rate), ("rate_before", before)]);
            if next.is_none() {
                self.await_exhaustion();
            }
            return;
        }
        let late = millis(self.now().since(due));
        self.decided(Event::RungRan { rung: number, due, next }, "L2", &[("late_ms", late)]);
        if let Some(escalation) = &mut self.incident.escalation {
            escalation.acks = escalation.acks.max(rung.acks);
        }
        let people = self.people_of(rung);
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

    fn is_working_time(&self) -> bool {
        next_working_time(self.now(), &self.context.policy.working_hours) == self.now()
    }

    /// The first condition of a rung that does not hold.
    fn unmet(&self, rung: &Rung) -> Option<OnlyIf> {
        let escalation = self.incident.escalation.as_ref()?;
        rung.only_if.iter().copied().find(|condition| match condition {
            OnlyIf::Rising => self.incident.counts.pace.rate(self.now()) <= escalation.rate.unwrap_or(0),
            OnlyIf::Delivered => escalation.tally.delivered == 0,
        })
    }

    /// Whom a rung tells: everybody behind its targets or, in turn, one of each role.
    fn people_of(&mut self, rung: &Rung) -> Vec<Reachable> {
        if !rung.round_robin {
            return self.context.reach(&rung.targets);
        }
        let mut people: Vec<Reachable> = Vec::new();
        for target in &rung.targets {
            let mut behind = self.context.reach(std::slice::from_ref(target));
            if let Target::Role(role) = target
                && behind.len() > 1
            {
                let turn = self.attention(Whose::Role(role.clone())).turn(behind.len());
                behind.rotate_left(turn);
                // Rungs add people: a turn is not spent on somebody who knows already.
                let told = self.incident.escalation.as_ref().map(|escalation| &escalation.told);
                let knows = |one: &Reachable| {
                    told.is_some_and(|told| told.iter().any(|told| one.is_told_as(told)))
                        || people.iter().any(|known| known.is_reached_with(one))
                };
                let next = behind.iter().position(|one| !knows(one)).unwrap_or(0);
                behind = vec![behind.swap_remove(next)];
            }
            let fresh = |reachable: &Reachable| !people.iter().any(|known| known.contact == reachable.contact);
            behind.retain(fresh);
            people.extend(behind);
        }
        people
    }

    /// A rung reached nobody: the next one that reaches somebody is told at once, in addition; if none does, the fallback (semantics L7).
    fn reach_somebody_else(&mut self, rung: usize) {
        self.decided(Event::RungReachedNobody { rung }, "L7", &[]);
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let reach = |rung: &Rung| self.context.reach(&rung.targets);
        let later = ladder.iter().enumerate().skip(rung + 1).find(|(_, rung)| !reach(rung).is_empty());
        if let Some((number, rung)) = later {
            for reachable in &self.people_of(rung) {
                self.page_unless_told(reachable, PageReason::Rung, number);
            }
        } else if ladder.iter().all(|rung| reach(rung).is_empty()) {
            for reachable in self.fallback() {
                self.page_unless_told(&reachable, PageReason::NobodyElse, rung);
            }
        }
    }

    pub(super) fn fallback(&self) -> Vec<Reachable> {
        self.context.reach(self.context.policy.fallback(self.incident.level))
    }

    /// All rungs ran: from now on the level's time until exhaustion counts (semantics L5).
    fn await_exhaustion(&mut self) {
        let waiting = self.pages_under_way();
        // It counts on the ladder's own clock, which a hold has stopped.
        let now = self.incident.stands_since().unwrap_or(self.now());
        if self.incident.escalation.as_ref().is_some_and(|escalation| escalation.exhausted) {
            // Everybody was told already, of a ladder that has grown since.
            return;
        }
        let due = match self.level().exhausted {
            // Nobody is late with an answer to what they have not heard of.
            Exhausted::After(rest) => Some(self.last_is_heard().map_or(now, |heard| heard.max(now)) + rest),
            Exhausted::WhenDelivered => (!waiting).then_some(now),
        };
        if let Some(escalation) = &mut self.incident.escalation {
            escalation.exhausted_at = due;
        }
    }

    /// After a move to another ladder: an exhaustion that was awaited is no longer, or is awaited now.
    pub(super) fn expect_what_is_left(&mut self, rungs_left: bool) {
        if !rungs_left {
            // What is awaited already is awaited since the last rung ran.
            if self.incident.escalation.as_ref().is_some_and(|escalation| escalation.exhausted_at.is_none()) {
                self.await_exhaustion();
            }
        } else if let Some(escalation) = self.incident.escalation.as_mut().filter(|escalation| !escalation.exhausted) {
            escalation.exhausted_at = None;
        }
    }

    /// When the last of those will have heard who wait for a bundle or a digest and have heard of nothing yet.
    fn last_is_heard(&self) -> Option<Timestamp> {
        let now = self.now();
        let told = self.incident.told();
        told.filter(|told| told.waits(now) && !told.heard(now)).map(|told| told.last_at).max()
    }

    /// Whether somebody's page is on its way or owed still; not that of one of several who has taken their part.
    fn pages_under_way(&self) -> bool {
        self.incident.escalation.iter().any(|escalation| {
            let asked = |name: &Name| !escalation.acknowledged_by.contains(name.as_str());
            let mut told = escalation.told.iter().filter(|(name, _)| asked(name));
            told.any(|(_, told)| matches!(told.last, PageState::Sending | PageState::Held))
        })
    }

    /// A page was delivered or failed: a ladder that only waited for that is exhausted now, or when what holds it ends.
    pub(super) fn exhaust_when_delivered(&mut self) {
        let all_ran = self.incident.escalation.as_ref().is_some_and(|escalation| escalation.next_rung_at.is_none());
        let waits = self.level().exhausted == Exhausted::WhenDelivered
            && matches!(self.incident.state, State::Escalating)
            && self.incident.silenced.is_none()
            && self.incident.held_until().is_none()
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
        let goes_on = self.level().until_answered;
        let on_call = self.paged_until_answered();
        // One chat may be the team's and the primary's: it goes on under the name that it was told by (semantics L4), in its own turn.
        let told = self.incident.escalation.iter().flat_map(|escalation| &escalation.told);
        let goes_on_as = told.filter(|told| on_call.iter().any(|reachable| reachable.is_told_as(*told)));
        let still_paged = goes_on_as.map(|(contact, _)| contact.clone()).collect();
        self.decided(Event::Exhausted { still_paged }, "L5", &[("until_answered", i64::from(goes_on))]);
        // Where it only waited for its messages somebody has them, unless there were none (L14).
        let nobody = self.incident.escalation.as_ref().is_none_or(|escalation| escalation.told.is_empty());
        if nobody || self.level().exhausted != Exhausted::WhenDelivered {
            for reachable in self.fallback() {
                self.page(&reachable, PageReason::Fallback, None);
            }
        }
        if goes_on {
            self.page_who_is_on_call_now();
        }
    }

    /// Whoever fills a role that the rules themselves know by its name: `primary` (semantics L5) and `team` (L16).
    pub(super) fn role(&self, name: &str) -> Vec<Reachable> {
        let role: Option<Name> = name.parse().ok();
        role.map_or_else(Vec::new, |role| self.context.reach(&[Target::Role(role)]))
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
