//! The rule, told as stories in virtual time: one incident, no store, every page delivered unless a story says otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::attention::Attentions;
use crate::command::{Act, Command, PageOutcome, Revision};
use crate::decision::{Decision, Page, Rejection, Update, Work};
use crate::event::{Actor, Event, PageReason};
use crate::fingerprint::Fingerprint;
use crate::id::{DeliveryId, IncidentId, Name};
use crate::incident::Incident;
use crate::label::Label;
use crate::policy::{Directory, Level, Policy, file};
use crate::priority::{Priority, Triage};
use crate::signal::{Fact, Lifecycle, Project, Resource, Signal, Source};
use crate::standing::Standing;
use crate::time::Timestamp;

use super::{Context, decide};

mod answers;
mod invariants;
mod labels;
mod ladder;
mod life;

pub(super) const START: Timestamp = Timestamp::from_millis(1_780_000_000_000);

pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The numbers of the default policy, with people in every role: each rung of the table reaches somebody of its own.
pub(super) fn peopled() -> Policy {
    let text = include_str!("../../../../../policies/default.toml");
    let mut policy = file::parse(text).map_err(|errors| format!("{errors:?}")).unwrap();
    for role in ["team", "primary", "secondary", "manager", "director"] {
        let only = crate::policy::Member::Notifier(crate::policy::Choice::Named(name(role)));
        policy.roles.insert(name(role), vec![only]);
    }
    policy.fallback = vec![crate::policy::Target::Notifier(crate::policy::Choice::Named(name("fallback")))];
    policy
}

pub(super) fn everybody() -> Directory {
    let notifiers = ["director", "fallback", "manager", "primary", "secondary", "team"];
    Directory { notifiers: notifiers.map(name).to_vec(), agents: Vec::new() }
}

/// One incident and the time around it.
pub(super) struct Story {
    pub incident: Option<Incident>,
    pub now: Timestamp,
    pub wake_at: Option<Timestamp>,
    pub policy: Policy,
    pub directory: Directory,
    pub standing: Standing,
    pub attention: Attentions,
    /// Every page that left, with the minute (since the start) of its decision.
    pub pages: Vec<(u64, String, PageReason)>,
    /// Pages that have not left yet.
    pub outbox: Vec<(Timestamp, Page)>,
    /// Everything else that people are told, with when it leaves.
    pub news: Vec<(Timestamp, Update)>,
    /// Every event, in order.
    pub events: Vec<Event>,
    /// Channels that fail for good.
    pub broken: Vec<Name>,
    /// What a person said of the identity.
    pub label: Option<Label>,
    deliveries: i64,
}

impl Story {
    pub fn begins() -> Self {
        Self {
            incident: None,
            now: START,
            wake_at: None,
            policy: peopled(),
            directory: everybody(),
            standing: Standing::default(),
            attention: Attentions::new(),
            pages: Vec::new(),
            outbox: Vec::new(),
            news: Vec::new(),
            events: Vec::new(),
            broken: Vec::new(),
            label: None,
            deliveries: 0,
        }
    }

    pub fn with_agent(mut self) -> Self {
        self.directory.agents = vec![name("codegen")];
        self
    }

    pub fn incident(&self) -> &Incident {
        self.incident.as_ref().unwrap()
    }

    pub fn state(&self) -> &'static str {
        self.incident().state.as_str()
    }

    pub fn minute(&self) -> u64 {
        self.now.since(START).as_secs() / 60
    }

    pub fn ask(&mut self, command: &Command) -> Result<Decision, Rejection> {
        let context = Context {
            policy: &self.policy,
            directory: &self.directory,
            standing: &self.standing,
            attention: &self.attention,
            now: self.now,
        };
        let decision = decide(self.incident.as_ref(), command, &context)?;
        self.incident = Some(decision.incident.clone());
        self.wake_at = decision.wake_at;
        self.attention.extend(decision.attention.clone());
        self.events.extend(decision.timeline.iter().map(|entry| entry.event.clone()));
        if decision.cancel_pages {
            self.outbox.clear();
        }
        let mut first: BTreeMap<Name, (Timestamp, Page)> = BTreeMap::new();
        for planned in &decision.work {
            match &planned.work {
                Work::Page(page) => drop(first.entry(page.contact.clone()).or_insert((planned.due, page.clone()))),
                Work::Update(update) => self.news.push((planned.due, update.clone())),
                Work::AgentStart { .. } | Work::AgentPoll { .. } => {}
            }
        }
        self.outbox.extend(first.into_values());
        self.send_what_is_due()?;
        Ok(decision)
    }

    fn send_what_is_due(&mut self) -> Result<(), Rejection> {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.outbox).into_iter().partition(|(due, _)| *due <= now);
        self.outbox = later;
        for (_, page) in due {
            self.pages.push((self.minute(), page.contact.to_string(), page.reason));
            let outcome = if self.broken.contains(&page.channel) {
                PageOutcome::Failed("answered 404".to_owned())
            } else {
                PageOutcome::Delivered
            };
            let ended = Command::PageEnded {
                contact: page.contact,
                channel: page.channel,
                repetition: page.repetition,
                ordinal: page.ordinal,
                outcome,
                others_left: false,
            };
            self.ask(&ended)?;
        }
        Ok(())
    }

    /// Lets time pass, the timer ringing whenever it is due.
    pub fn wait(&mut self, by: Duration) {
        let until = self.now + by;
        for _ in 0..10_000 {
            let sends = self.outbox.iter().map(|(due, _)| *due).min();
            let Some(due) = self.wake_at.into_iter().chain(sends).filter(|due| *due <= until).min() else {
                self.now = until;
                return;
            };
            self.now = self.now.max(due);
            self.send_what_is_due().unwrap();
            if self.wake_at.is_some_and(|wake_at| wake_at <= self.now) {
                let plan = self.incident().plan;
                self.ask(&Command::Wake { plan }).unwrap();
            }
        }
        panic!("the timer rings without end at {}", self.now);
    }

    pub fn signal(&mut self, priority: Priority) -> Result<Decision, Rejection> {
        self.observe(signal("1", self.now), priority)
    }

    pub fn observe(&mut self, signal: Signal, priority: Priority) -> Result<Decision, Rejection> {
        self.told(signal, triage(priority))
    }

    /// A signal that a rule routes to a named ladder.
    pub fn routed(&mut self, priority: Priority, ladder: Option<&str>) -> Result<Decision, Rejection> {
        self.told(signal("1", self.now), Triage { route: ladder.map(name), ..triage(priority) })
    }

    fn told(&mut self, signal: Signal, mut triage: Triage) -> Result<Decision, Rejection> {
        self.deliveries += 1;
        let label = self.label.clone().or_else(|| self.incident.as_ref()?.label.clone());
        // What a person said is triage's answer while it holds (semantics A8).
        let users = signal.users.max(self.incident.as_ref().and_then(|incident| incident.counts.users));
        if let Some(label) = label.as_ref().filter(|label| label.holds(users, self.now)) {
            triage.priority = label.priority;
        }
        let policy = self.policy.hash.clone();
        self.ask(&Command::Observe {
            delivery: DeliveryId(self.deliveries),
            signal: Box::new(signal),
            triage: Box::new(triage),
            new_id: IncidentId::from_bits(7),
            policy,
            previous: None,
            label,
        })
    }

    pub fn acknowledge(&mut self, by: &str) {
        self.ask(&Command::Acknowledge(Act::by(by))).unwrap();
    }

    pub fn resolve(&mut self, by: &str) {
        self.ask(&Command::Resolve { act: Act::by(by), fixed_in: None }).unwrap();
    }

    /// Who was paged in which minute, oldest first.
    pub fn paged(&self) -> Vec<(u64, &str)> {
        self.pages.iter().map(|(minute, contact, _)| (*minute, contact.as_str())).collect()
    }

    /// The minutes at which one contact was paged.
    pub fn minutes_of(&self, contact: &str) -> Vec<u64> {
        self.pages.iter().filter(|(_, paged, _)| paged == contact).map(|(minute, ..)| *minute).collect()
    }

    pub fn level(&self) -> Level {
        self.incident().level
    }
}

pub(super) fn signal(issue: &str, at: Timestamp) -> Signal {
    let mut signal = Signal::manual("ValueError: no such order", false);
    signal.source = Source("org".to_owned());
    signal.resource = Resource::Issue;
    signal.issue = Some(issue.to_owned());
    signal.project = Some(Project { id: Some("1".to_owned()), slug: Some("shop".to_owned()) });
    signal.seen_at = Some(at);
    signal
}

pub(super) fn lifecycle(issue: &str, at: Timestamp, transition: Lifecycle) -> Signal {
    Signal { fact: Fact::Lifecycle(transition), ..signal(issue, at) }
}

pub(super) fn triage(priority: Priority) -> Triage {
    Triage { score: 50, because: None, ..Triage::by_hand(Fingerprint("f".to_owned()), priority) }
}
