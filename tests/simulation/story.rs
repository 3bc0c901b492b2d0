//! The story of one incident, as its timeline tells it: a model apart from the rule, that knows only what must never happen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::decision::{Entry, Page};
use domain::event::{Event, PageReason};
use domain::id::{IncidentId, Name, RunId};
use domain::incident::{Incident, PageState};
use domain::policy::{Exhausted, Level, Policy};
use domain::time::Timestamp;
use store::contract::Changes;
use store::record::NewEntry;

type Broken = Vec<String>;

pub struct Story {
    id: IncidentId,
    /// What the timeline must hold in the end.
    pub told: Vec<(Timestamp, Entry)>,
    live: bool,
    acknowledged: bool,
    level: Level,
    policy: Option<Arc<Policy>>,
    opening: u32,
    plan: u32,
    ladder: Option<Ladder>,
    /// Each endpoint's last page that did not fail for good.
    endpoints: BTreeMap<Name, Rang>,
    agent_at_work: Option<RunId>,
    pub delivered: u32,
    pub failed: u32,
    pub reached_nobody: u32,
    pub exhausted: u32,
}

/// One run of a ladder. Times are true ones, in milliseconds; `None` when they can no longer be known.
struct Ladder {
    ordinal: u32,
    by_rise: bool,
    /// Rung 0 is due no earlier.
    starts: Option<u64>,
    next_rung: usize,
    last_rung: Option<u64>,
    pages: BTreeSet<(Name, u32)>,
    /// Each page with its channels.
    channels: BTreeSet<(Name, u32, Name)>,
    last_page: BTreeMap<Name, (u64, u32)>,
    held: BTreeSet<Name>,
}

struct Rang {
    at: u64,
    contact: Name,
    repetition: u32,
    ordinal: u32,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Story {
    pub fn of(id: IncidentId) -> Self {
        Self {
            id,
            told: Vec::new(),
            live: false,
            acknowledged: false,
            level: Level::Low,
            policy: None,
            opening: 0,
            plan: 0,
            ladder: None,
            endpoints: BTreeMap::new(),
            agent_at_work: None,
            delivered: 0,
            failed: 0,
            reached_nobody: 0,
            exhausted: 0,
        }
    }

    /// Why nobody may be paged, if that is so.
    pub const fn quiet(&self) -> Option<&'static str> {
        match (self.live, self.acknowledged) {
            (false, _) => Some("resolved"),
            (true, true) => Some("acknowledged"),
            (true, false) => None,
        }
    }

    pub fn explains(&self, page: &Page) -> bool {
        self.ladder.as_ref().is_some_and(|ladder| {
            ladder.ordinal == page.ordinal
                && ladder.channels.contains(&(page.contact.clone(), page.repetition, page.channel.clone()))
        })
    }

    /// The wall clock jumped: cooldowns of live incidents move with it, those of the others do not (docs/semantics.md C2).
    pub fn clock_moved(&mut self) {
        if !self.live {
            self.endpoints.clear();
        }
    }

    pub fn forget_times(&mut self) {
        self.endpoints.clear();
        if let Some(ladder) = &mut self.ladder {
            ladder.starts = None;
            ladder.last_rung = None;
            ladder.last_page.clear();
        }
    }

    /// One more line of the timeline, at the true time `now`.
    pub fn goes_on(
        &mut self,
        new: &NewEntry,
        now: u64,
        after: Option<&Incident>,
        policy: Option<&Arc<Policy>>,
        seen: &mut BTreeMap<&'static str, u64>,
    ) -> Broken {
        let mut broken = Broken::new();
        *seen.entry(new.entry.event.as_str()).or_default() += 1;
        self.told.push((new.at, new.entry.clone()));
        match &new.entry.event {
            Event::Opened { level, .. } => {
                if !self.told.is_empty() && self.opening > 0 {
                    broken.push("it opened twice".to_owned());
                }
                self.live = true;
                self.level = *level;
                self.policy = policy.cloned();
            }
            Event::Reopened { level, .. } => {
                if self.live {
                    broken.push("it was reopened while it was live".to_owned());
                }
                self.live = true;
                self.acknowledged = false;
                self.level = *level;
                self.policy = policy.cloned();
            }
            Event::Resolved { .. } => {
                if !self.live {
                    broken.push("it was resolved twice".to_owned());
                }
                self.live = false;
            }
            Event::Acknowledged { .. } => {
                if !self.live {
                    broken.push("it was acknowledged after it was resolved (L10)".to_owned());
                }
                self.acknowledged = true;
            }
            Event::Undone { ordinal, .. } => self.goes_on_undone(*ordinal, policy, &mut broken),
            Event::AcknowledgementEnded { .. } => {
                self.acknowledged = false;
                if let Some(ladder) = &mut self.ladder {
                    ladder.last_page.clear();
                }
            }
            Event::Rose { from, to, .. } => {
                if to <= from {
                    broken.push(format!("it rose from {from} to {to} (L6)"));
                }
                self.acknowledged = false;
                self.level = *to;
            }
            Event::EscalationStarted { ordinal, starts_at, by_rise, .. } => {
                self.escalates(*ordinal, now + millis(starts_at.since(new.at)), *by_rise, &mut broken);
            }
            Event::RungRan { rung, due, .. } => self.rung(*rung, *due > new.at, now, &mut broken),
            Event::RungReachedNobody { .. } => self.reached_nobody += 1,
            Event::Paged { contact, channels, rung, repetition, reason, .. } => {
                self.paged(contact, channels, *rung, *repetition, *reason, now, &mut broken);
            }
            Event::PageHeld { contact, .. } => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.held.insert(contact.clone());
                    ladder.last_page.remove(contact);
                }
            }
            Event::Resumed { .. } => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.last_page.clear();
                }
            }
            Event::PageDelivered { contact, channel, repetition } => {
                self.delivered += 1;
                self.another_channel_rang(contact, channel, *repetition, now, after);
            }
            Event::PageFailed { contact, channel, repetition, .. } => {
                self.failed += 1;
                let ordinal = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
                self.endpoints.retain(|endpoint, rang| {
                    endpoint != channel
                        || rang.contact != *contact
                        || rang.repetition != *repetition
                        || rang.ordinal != ordinal
                });
            }
            Event::Exhausted { .. } => self.exhausts(now, &mut broken),
            Event::AgentCalled { run, .. } => {
                if let Some(other) = self.agent_at_work.replace(*run) {
                    broken.push(format!("{run} was called while {other} was at work (F1)"));
                }
            }
            Event::AgentProgressed { progress, run, .. } => {
                if progress.is_over() && self.agent_at_work == Some(*run) {
                    self.agent_at_work = None;
                }
            }
            Event::Fell { from, to } => {
                if to >= from {
                    broken.push(format!("it fell from {from} to {to} (L6)"));
                }
                self.level = *to;
            }
            Event::Signal { .. }
            | Event::Labelled { .. }
            | Event::LabelEnded { .. }
            | Event::IssueJoined { .. }
            | Event::PriorityNoted { .. }
            | Event::IssueClosed { .. }
            | Event::StaleResolve { .. }
            | Event::Excused { .. }
            | Event::IssueMoved { .. }
            | Event::Assigned { .. }
            | Event::Remarked { .. }
            | Event::HoldEnded { .. }
            | Event::ClockJumped { .. } => {}
        }
        broken.into_iter().map(|what| format!("{}: {what}", self.id)).collect()
    }

    fn escalates(&mut self, ordinal: u32, starts: u64, by_rise: bool, broken: &mut Broken) {
        let before = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
        if ordinal != before + 1 {
            broken.push(format!("escalation {ordinal} follows escalation {before}"));
        }
        self.ladder = Some(Ladder {
            ordinal,
            by_rise,
            starts: Some(starts),
            next_rung: 0,
            last_rung: None,
            pages: BTreeSet::new(),
            channels: BTreeSet::new(),
            last_page: BTreeMap::new(),
            held: BTreeSet::new(),
        });
    }

    /// A resolve was taken back: the same ladder under the next number; an acknowledgement that held holds again (semantics R4).
    fn goes_on_undone(&mut self, ordinal: u32, policy: Option<&Arc<Policy>>, broken: &mut Broken) {
        if self.live {
            broken.push("a resolve was undone while it was live".to_owned());
        }
        self.live = true;
        self.policy = policy.cloned();
        let Some(ladder) = &mut self.ladder else { return broken.push("undone without an escalation".to_owned()) };
        if ordinal != ladder.ordinal + 1 {
            broken.push(format!("escalation {ordinal} follows escalation {}", ladder.ordinal));
        }
        ladder.ordinal = ordinal;
        // A page that was called back is owed: its repeat may come as soon as the cooldown allows.
        ladder.last_page.clear();
    }

    fn rung(&mut self, rung: usize, early_by_its_own_word: bool, now: u64, broken: &mut Broken) {
        if let Some(quiet) = self.quiet() {
            broken.push(format!("rung {rung} ran while it was {quiet} (L10)"));
        }
        let offset = self
            .policy
            .as_ref()
            .and_then(|policy| policy.level(self.level).ladder.get(rung).map(|rung| millis(rung.after)));
        let Some(ladder) = &mut self.ladder else {
            return broken.push(format!("rung {rung} ran without an escalation"));
        };
        if rung != ladder.next_rung {
            broken.push(format!("rung {rung} ran, but rung {} was next", ladder.next_rung));
        }
        if let (Some(starts), Some(offset)) = (ladder.starts, offset)
            && now < starts + offset
        {
            broken.push(format!("rung {rung} ran {} ms early", starts + offset - now));
        }
        if early_by_its_own_word {
            broken.push(format!("rung {rung} ran before the time that it was due by its own word"));
        }
        if ladder.last_rung.is_some_and(|last| last >= now) {
            broken.push(format!("rungs {} and {rung} ran at once", rung.saturating_sub(1)));
        }
        ladder.last_rung = Some(now);
        ladder.next_rung = rung + 1;
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    fn paged(
        &mut self,
        contact: &Name,
        channels: &[Name],
        rung: Option<usize>,
        repetition: u32,
        reason: PageReason,
        now: u64,
        broken: &mut Broken,
    ) {
        if let Some(quiet) = self.quiet() {
            broken.push(format!("{contact} was paged while it was {quiet} (L10)"));
        }
        let Some(ladder) = &mut self.ladder else {
            return broken.push(format!("{contact} was paged without an escalation"));
        };
        if !ladder.pages.insert((contact.clone(), repetition)) {
            broken.push(format!("{contact} got page {repetition} twice"));
        }
        let level = self.policy.as_ref().map(|policy| policy.level(self.level));
        let (cooldown, most) = level.map_or((0, 0), |level| (millis(level.cooldown), millis(level.max_cooldown)));
        if let Some(endpoint) = channels.first() {
            let exempt = reason == PageReason::AcknowledgementEnded || (ladder.by_rise && rung == Some(0));
            // An exception breaks the cooldown of an earlier page; it is no leave to ring twice at once.
            if let Some(rang) = self.endpoints.get(endpoint)
                && now < rang.at + cooldown
                && (!exempt || (rang.at == now && rang.ordinal == ladder.ordinal))
            {
                broken.push(format!(
                    "{endpoint} was paged ({}) {} ms after its last page, within its cooldown of {cooldown} ms (L4)",
                    reason.as_str(),
                    now - rang.at
                ));
            }
            let rang = Rang { at: now, contact: contact.clone(), repetition, ordinal: ladder.ordinal };
            self.endpoints.insert(endpoint.clone(), rang);
        }
        if let (PageReason::Repeat, Some((last, number))) = (reason, ladder.last_page.get(contact)) {
            let wait = cooldown.saturating_mul(1 << (*number).min(20)).min(most);
            if now < last + wait {
                broken.push(format!("{contact}'s repeat {repetition} came {} ms early (L3)", last + wait - now));
            }
        }
        ladder.last_page.insert(contact.clone(), (now, repetition));
        ladder.channels.extend(channels.iter().map(|channel| (contact.clone(), repetition, channel.clone())));
    }

    /// A later channel that took the page rang as well.
    fn another_channel_rang(
        &mut self,
        contact: &Name,
        channel: &Name,
        repetition: u32,
        now: u64,
        after: Option<&Incident>,
    ) {
        let told = after.and_then(|incident| incident.escalation.as_ref()?.told.get(contact));
        let another = told.is_some_and(|told| told.pages == repetition + 1 && told.channels.first() != Some(channel));
        if another && after.is_some_and(|incident| incident.endpoints.contains_key(channel)) {
            let ordinal = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
            self.endpoints.insert(channel.clone(), Rang { at: now, contact: contact.clone(), repetition, ordinal });
        }
    }

    fn exhausts(&mut self, now: u64, broken: &mut Broken) {
        self.exhausted += 1;
        if let Some(quiet) = self.quiet() {
            broken.push(format!("it was exhausted while it was {quiet}"));
        }
        let Some(ladder) = &self.ladder else { return broken.push("exhausted without an escalation".to_owned()) };
        let Some(level) = self.policy.as_ref().map(|policy| policy.level(self.level)) else { return };
        if ladder.next_rung < level.ladder.len() {
            broken.push(format!("it was exhausted although rung {} never ran", ladder.next_rung));
        }
        if ladder.pages.is_empty() && ladder.held.is_empty() && self.reached_nobody == 0 {
            broken.push("it was exhausted, nobody was told, and nobody said so (L14)".to_owned());
        }
        if let (Exhausted::After(rest), Some(last)) = (level.exhausted, ladder.last_rung)
            && now < last + millis(rest)
        {
            broken.push(format!("it was exhausted {} ms early (L5)", last + millis(rest) - now));
        }
    }

    /// What was saved must be what the timeline says, and must never go back.
    pub fn is_saved_as(&mut self, incident: &Incident, changes: &Changes, has_fallback: bool) -> Broken {
        let mut broken = Broken::new();
        if incident.plan < self.plan || incident.opening < self.opening {
            broken.push(format!(
                "revision {}/{} was saved after {}/{} (L9)",
                incident.opening, incident.plan, self.opening, self.plan
            ));
        }
        (self.opening, self.plan) = (incident.opening, incident.plan);
        if incident.state.is_live() != self.live {
            broken.push(format!("saved as {}, but the timeline says otherwise", incident.state.as_str()));
        }
        if incident.level != self.level {
            broken.push(format!("saved as {}, but the timeline says {}", incident.level, self.level));
        }
        if incident.escalations != self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal) {
            broken.push("the timeline does not tell of its escalation".to_owned());
        }
        self.tells_of_failures(incident, changes, has_fallback, &mut broken);
        broken.into_iter().map(|what| format!("{}: {what}", self.id)).collect()
    }

    /// A page that failed for good is told through the fallback (semantics L14).
    fn tells_of_failures(&self, incident: &Incident, changes: &Changes, has_fallback: bool, broken: &mut Broken) {
        let Some(escalation) = incident.escalation.as_ref().filter(|_| has_fallback && incident.state.is_pageable())
        else {
            return;
        };
        let mine = || changes.timeline.iter().filter(|entry| entry.incident == self.id).map(|entry| &entry.entry.event);
        for event in mine() {
            let Event::PageFailed { contact, repetition, others_left: false, .. } = event else { continue };
            let told = escalation.told.get(contact);
            let failed = told.is_some_and(|told| told.last == PageState::Failed && told.pages == repetition + 1);
            let fallback = self.policy.as_ref().is_some_and(|policy| {
                policy.fallback.iter().any(|target| match target {
                    domain::policy::Target::Notifier(domain::policy::Choice::Every) => true,
                    domain::policy::Target::Notifier(domain::policy::Choice::Named(name))
                    | domain::policy::Target::Contact(name)
                    | domain::policy::Target::Role(name) => name == contact,
                    domain::policy::Target::Agent(_) => false,
                })
            });
            let told_on = mine().any(|event| {
                matches!(event, Event::Paged { reason: PageReason::Fallback, .. } | Event::PageHeld { .. })
            });
            if failed && !fallback && !told_on {
                broken.push(format!(
                    "{contact}'s page {repetition} failed for good, and the fallback heard nothing (L14)"
                ));
            }
        }
    }
}
