//! The story of one incident, as its timeline tells it: a model apart from the rule, that knows only what must never happen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::decision::{Entry, News, Page, Work};
use domain::event::Event;
use domain::id::{IncidentId, Name, RunId, SilenceId};
use domain::incident::{Incident, PageState, State};
use domain::policy::{Level, Policy};
use domain::silence::SilenceKind;
use domain::time::Timestamp;
use store::contract::Changes;
use store::record::NewEntry;

use crate::orders::{Orders, is_on_a_day_of_change};

mod holds;
mod ladder;

use holds::{Answer, Window};
use ladder::Ladder;

type Broken = Vec<String>;

/// What was committed with a line of a timeline.
pub struct Commit<'a> {
    /// The true time.
    pub now: u64,
    pub changes: &'a Changes,
    /// The incident as it was saved, and the policy that it is pinned to then.
    pub after: Option<&'a Incident>,
    pub policy: Option<&'a Arc<Policy>>,
    pub orders: &'a Orders,
    /// Which commit it is, counted.
    pub number: u64,
}

impl Commit<'_> {
    /// The true time of a moment that was named at `at`.
    pub fn true_time(&self, at: Timestamp, named: Timestamp) -> u64 {
        self.now + millis(named.since(at))
    }

    /// Whether news of a kind goes out for an incident with this commit.
    fn tells(&self, incident: IncidentId, is_it: impl Fn(&News) -> bool) -> bool {
        self.changes.tasks.iter().any(|task| {
            task.incident == incident && matches!(&task.planned.work, Work::Update(update) if is_it(&update.news))
        })
    }
}

pub struct Story {
    id: IncidentId,
    /// What the timeline must hold in the end.
    pub told: Vec<(Timestamp, Entry)>,
    live: bool,
    /// True time of the last resolve.
    resolved_at: u64,
    answer: Option<Answer>,
    silenced: Option<SilenceId>,
    lifted: BTreeSet<SilenceId>,
    window: Option<Window>,
    /// From when until when, in true time, a run of an agent and a fix announced in Sentry hold the ladder.
    held: [Option<(u64, u64)>; 2],
    pub level: Level,
    policy: Option<Arc<Policy>>,
    pub title: String,
    pub synthetic: bool,
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
    /// A resolve came before what was put off had left: it wins (semantics L10).
    pub ended_before_its_digest: bool,
    /// A person took it, put it off or ended it: they know of it, whoever was told.
    pub answered_by_a_person: bool,
}

struct Rang {
    at: u64,
    /// The commit that it was decided with.
    commit: u64,
    contact: Name,
    repetition: u32,
    ordinal: u32,
    /// When it rang before that.
    before: Option<u64>,
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
            resolved_at: 0,
            answer: None,
            silenced: None,
            lifted: BTreeSet::new(),
            window: None,
            held: [None; 2],
            level: Level::Low,
            policy: None,
            title: String::new(),
            synthetic: false,
            opening: 0,
            plan: 0,
            ladder: None,
            endpoints: BTreeMap::new(),
            agent_at_work: None,
            delivered: 0,
            failed: 0,
            reached_nobody: 0,
            exhausted: 0,
            ended_before_its_digest: false,
            answered_by_a_person: false,
        }
    }

    /// Why nobody may be paged, if that is so.
    pub const fn quiet(&self) -> Option<&'static str> {
        match (self.live, &self.answer) {
            (false, _) => Some("resolved"),
            (true, Some(Answer::Acknowledged { .. })) => Some("acknowledged"),
            (true, Some(Answer::Snoozed { .. })) => Some("snoozed"),
            (true, None) if self.silenced.is_some() => Some("silenced"),
            (true, None) => None,
        }
    }

    /// Why a page of it must not be begun at a moment, if that is so: what its timeline says, and what was ordered.
    pub fn forbids(&self, page: &Page, orders: &Orders, at: Timestamp, now: u64) -> Option<String> {
        if let Some(quiet) = self.quiet() {
            return Some(quiet.to_owned());
        }
        if self.ladder.as_ref().is_some_and(|ladder| ladder.has_answered(&page.contact)) {
            return Some(format!("acknowledged by {}, for their part", page.contact));
        }
        let policy = self.policy.as_ref()?;
        // None of these orders asks for drills, so none holds one.
        let silence = orders.surely(SilenceKind::Silence, policy, &self.title, at, now).filter(|_| !self.synthetic)?;
        (!self.lifted.contains(&silence)).then(|| format!("under the silence {silence}"))
    }

    pub fn explains(&self, page: &Page) -> bool {
        self.ladder.as_ref().is_some_and(|ladder| ladder.explains(page))
    }

    /// The wall clock jumped: cooldowns of live incidents move with it, those of the others do not (docs/semantics.md C2).
    pub fn clock_moved(&mut self) {
        if !self.live {
            self.endpoints.clear();
        }
    }

    pub fn forget_times(&mut self) {
        self.endpoints.clear();
        self.held = [None; 2];
        if let Some(answer) = &mut self.answer {
            answer.forget_times();
        }
        if let Some(ladder) = &mut self.ladder {
            ladder.forget_times();
        }
    }

    /// One more line of the timeline.
    pub fn goes_on(&mut self, new: &NewEntry, commit: &Commit<'_>, seen: &mut BTreeMap<&'static str, u64>) -> Broken {
        let mut broken = Broken::new();
        *seen.entry(new.entry.event.as_str()).or_default() += 1;
        self.told.push((new.at, new.entry.clone()));
        self.call_back(new, commit.now);
        self.live_or_over(new, commit, &mut broken);
        self.holds(new, commit, &mut broken);
        self.climbs(new, commit, seen, &mut broken);
        broken.into_iter().map(|what| format!("{}: {what}", self.id)).collect()
    }

    /// What waits for a bundle when a hold begins, or the ladder ends, rings nobody and cools nothing down (semantics L4, L10).
    fn call_back(&mut self, new: &NewEntry, now: u64) {
        let event = &new.entry.event;
        // A silence may be heeded late: what should have left since it began did not.
        let now = match event {
            Event::Silenced { since, .. } => now.saturating_sub(millis(new.at.since(*since))),
            _ => now,
        };
        let holds = matches!(
            event,
            Event::Acknowledged { .. }
                | Event::Snoozed { .. }
                | Event::Silenced { .. }
                | Event::Resolved { .. }
                | Event::Rose { .. }
                | Event::Fell { .. }
                | Event::LeftMaintenance { .. }
        );
        if !holds {
            return;
        }
        self.endpoints.retain(|_, rang| rang.at <= now || rang.before.is_some());
        for rang in self.endpoints.values_mut().filter(|rang| rang.at > now) {
            rang.at = rang.before.take().unwrap_or(rang.at);
        }
        // What was put off says so to whoever looks at what is owed, until the resolve.
        self.ended_before_its_digest |=
            matches!(event, Event::Resolved { .. }) && self.ladder.as_ref().is_some_and(Ladder::is_put_off);
        if let Some(ladder) = &mut self.ladder {
            ladder.call_back(now);
        }
    }

    /// Beginnings, ends, levels and agents.
    fn live_or_over(&mut self, new: &NewEntry, commit: &Commit<'_>, broken: &mut Broken) {
        match &new.entry.event {
            Event::Opened { level, external_id, .. } => {
                if self.opening > 0 {
                    broken.push("it opened twice".to_owned());
                }
                self.title = commit.after.map_or_else(String::new, |after| after.subject.title.clone());
                self.synthetic = commit.after.is_some_and(|after| after.synthetic);
                self.begins(*level, new.at, external_id.is_none(), commit, broken);
            }
            Event::Reopened { level, reason, .. } => {
                if self.live {
                    broken.push("it was reopened while it was live".to_owned());
                }
                let by_signal = new.entry.actor.person().is_none() && reason.is_none();
                self.begins(*level, new.at, by_signal, commit, broken);
            }
            Event::Resolved { by, .. } => {
                self.answered_by_a_person |= matches!(by, domain::event::ResolvedBy::Person(_));
                if !self.live {
                    broken.push("it was resolved twice".to_owned());
                }
                self.leaves_traces(new.at, commit, broken);
                self.live = false;
                self.resolved_at = commit.now;
                self.held = [None; 2];
            }
            Event::Undone { ordinal, .. } => {
                if self.live {
                    broken.push("a resolve was undone while it was live".to_owned());
                }
                self.live = true;
                self.policy = commit.policy.cloned();
                let stood = commit.now - self.resolved_at;
                if let Some(answer) = &mut self.answer {
                    answer.stood_still(stood);
                }
                match &mut self.ladder {
                    Some(ladder) => ladder.goes_on_undone(*ordinal, broken),
                    None => broken.push("undone without an escalation".to_owned()),
                }
            }
            Event::Rose { from, to, .. } => {
                if to <= from || *from != self.level {
                    broken.push(format!("it rose from {from} to {to}, at {} (L6)", self.level));
                }
                self.answer = None;
                self.window = None;
                self.level = *to;
            }
            Event::Fell { from, to } => {
                if to >= from || *from != self.level {
                    broken.push(format!("it fell from {from} to {to}, at {} (L6)", self.level));
                }
                self.level = *to;
            }
            Event::Rebased { .. } => {
                self.policy = commit.policy.cloned();
                if let Some(ladder) = &mut self.ladder {
                    ladder.is_rebased();
                }
            }
            Event::AgentCalled { run, .. } => {
                if let Some(other) = self.agent_at_work.replace(*run) {
                    broken.push(format!("{run} was called while {other} was at work (F1)"));
                }
                if self.silenced.is_some() || self.synthetic {
                    broken.push(format!("{run} was called under a silence, or for a test (A6, F1)"));
                }
            }
            Event::AgentProgressed { progress, run, .. } if progress.is_over() && self.agent_at_work == Some(*run) => {
                self.agent_at_work = None;
            }
            _ => {}
        }
    }

    fn begins(&mut self, level: Level, at: Timestamp, by_signal: bool, commit: &Commit<'_>, broken: &mut Broken) {
        self.live = true;
        self.answer = None;
        self.silenced = None;
        self.lifted.clear();
        self.window = None;
        self.level = level;
        self.policy = commit.policy.cloned();
        let window = self
            .policy
            .as_ref()
            .and_then(|policy| commit.orders.surely(SilenceKind::Maintenance, policy, &self.title, at, u64::MAX));
        // What a title of several signals says is known of the first one alone.
        if let Some(window) = window.filter(|_| by_signal && !self.synthetic && self.opening == 0)
            && level != Level::Maintenance
        {
            broken.push(format!("it opened at {level} in the window {window} (A7)"));
        }
    }

    /// What was saved must be what the timeline says, and must never go back.
    pub fn is_saved_as(&mut self, incident: &Incident, commit: &Commit<'_>, has_fallback: bool) -> Broken {
        let mut broken = Broken::new();
        if incident.plan < self.plan || incident.opening < self.opening {
            broken.push(format!(
                "revision {}/{} was saved after {}/{} (L9)",
                incident.opening, incident.plan, self.opening, self.plan
            ));
        }
        (self.opening, self.plan) = (incident.opening, incident.plan);
        let fits = matches!(
            (&incident.state, self.live, &self.answer),
            (State::Resolved { .. }, false, _)
                | (State::Acknowledged { .. }, true, Some(Answer::Acknowledged { .. }))
                | (State::Snoozed { .. }, true, Some(Answer::Snoozed { .. }))
                | (State::Open | State::Escalating | State::Exhausted { .. }, true, None)
        );
        if !fits {
            broken.push(format!("saved as {}, but the timeline says otherwise", incident.state.as_str()));
        }
        if incident.silenced.as_ref().map(|held| held.silence) != self.silenced {
            broken.push(format!("saved under {:?}, but the timeline says {:?}", incident.silenced, self.silenced));
        }
        if incident.level != self.level {
            broken.push(format!("saved as {}, but the timeline says {}", incident.level, self.level));
        }
        if incident.escalations != self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal) {
            broken.push("the timeline does not tell of its escalation".to_owned());
        }
        self.tells_of_failures(incident, commit, has_fallback, &mut broken);
        broken.into_iter().map(|what| format!("{}: {what}", self.id)).collect()
    }

    /// A page that failed for good is told through the fallback (semantics L14).
    fn tells_of_failures(&self, incident: &Incident, commit: &Commit<'_>, has_fallback: bool, broken: &mut Broken) {
        let tells = has_fallback && incident.state.is_pageable() && self.silenced.is_none();
        let Some(escalation) = incident.escalation.as_ref().filter(|_| tells) else { return };
        let lines = commit.changes.timeline.iter();
        let mine = || lines.clone().filter(|entry| entry.incident == self.id).map(|entry| &entry.entry.event);
        for event in mine() {
            let Event::PageFailed { contact, repetition, others_left: false, .. } = event else { continue };
            let told = escalation.told.get(contact);
            let failed = told.is_some_and(|told| told.last == PageState::Failed && told.pages == repetition + 1);
            let fallback = self.policy.as_ref().is_some_and(|policy| {
                policy.fallback(self.level).iter().any(|target| match target {
                    domain::policy::Target::Notifier(domain::policy::Choice::Every) => true,
                    domain::policy::Target::Notifier(domain::policy::Choice::Named(name))
                    | domain::policy::Target::Contact(name)
                    | domain::policy::Target::Role(name) => name == contact,
                    domain::policy::Target::Agent(_) => false,
                })
            });
            let told_on = mine().any(|event| {
                let by_fallback = domain::event::PageReason::Fallback;
                matches!(event, Event::Paged { reason, .. } if *reason == by_fallback)
                    || matches!(event, Event::PageHeld { .. })
            });
            if failed && !fallback && !told_on {
                broken.push(format!(
                    "{contact}'s page {repetition} failed for good, and the fallback heard nothing (L14)"
                ));
            }
        }
    }

    fn zone(&self) -> Option<&str> {
        self.policy.as_ref().map(|policy| policy.working_hours.zone.as_str())
    }

    fn changes_clocks(&self, at: Timestamp) -> bool {
        self.zone().is_some_and(|zone| is_on_a_day_of_change(zone, at))
    }
}
