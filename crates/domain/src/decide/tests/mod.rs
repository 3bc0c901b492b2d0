//! The rule, told as stories in virtual time: one incident, no store, every page delivered unless a story says otherwise.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use crate::attention::Attentions;
use crate::command::{Act, Command, PageOutcome, Revision};
use crate::decision::{Decision, News, Page, Planned, Rejection, Update, Work};
use crate::event::{Actor, Event, PageReason};
use crate::fingerprint::Fingerprint;
use crate::id::{DeliveryId, IncidentId, Name, SilenceId};
use crate::incident::{Incident, Until};
use crate::label::Label;
use crate::policy::{Directory, Level, Policy, file};
use crate::priority::{Priority, Triage};
use crate::signal::{Fact, Lifecycle, Project, Resource, Signal, Source};
use crate::silence::{Ended, Matching, Once, Reason, Silence, SilenceKind, Times};
use crate::standing::Standing;
use crate::time::Timestamp;

use super::{Context, decide};

mod answers;
mod budgets;
mod holds;
mod invariants;
mod labels;
mod ladder;
mod life;
mod maintenance;
mod people;
mod record;
mod rungs;
mod signals;
mod silences;
mod states;
mod storms;

pub(super) const START: Timestamp = Timestamp::from_millis(1_780_000_000_000);

pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The numbers of the default policy, with people in every role: each rung of the table reaches somebody of its own.
pub(super) fn peopled() -> Policy {
    static READ: LazyLock<Policy> = LazyLock::new(read);
    READ.clone()
}

fn read() -> Policy {
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
#[derive(Clone)]
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
    /// Every page that rang somebody, with when it left.
    pub rang: Vec<(Timestamp, Name, PageReason)>,
    /// Every event, in order.
    pub events: Vec<Event>,
    /// The word of every event, with the state after it.
    pub states: Vec<(&'static str, &'static str)>,
    /// Channels that fail for good.
    pub broken: Vec<Name>,
    /// What a person said of the identity.
    pub label: Option<Label>,
    /// Work of the last decision that was no answer to a page.
    pub work: Vec<Planned>,
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
            rang: Vec::new(),
            events: Vec::new(),
            states: Vec::new(),
            broken: Vec::new(),
            label: None,
            work: Vec::new(),
            deliveries: 0,
        }
    }

    /// The same incident at the same moment, without its mail.
    pub fn twin(&self) -> Self {
        Self { outbox: Vec::new(), pages: Vec::new(), news: Vec::new(), events: Vec::new(), ..self.clone() }
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
        let mut before = self.incident.clone();
        for entry in &decision.timeline {
            // An incident that opens is what it is in the end, but for its state.
            let incident = before.get_or_insert_with(|| decision.incident.clone());
            if matches!(entry.event, Event::Opened { .. }) {
                incident.state = crate::incident::State::Open;
            }
            incident.apply(&entry.event, self.now);
            self.states.push((entry.event.as_str(), incident.state.as_str()));
        }
        if !matches!(command, Command::PageEnded { .. }) {
            self.work.clone_from(&decision.work);
        }
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
        self.keeps_the_laws(command);
        self.send_what_is_due()?;
        Ok(decision)
    }

    /// What holds after every single decision, whatever it was (semantics L10, L11).
    fn keeps_the_laws(&self, command: &Command) {
        let incident = self.incident();
        let said = command.as_str();
        assert_eq!(incident.state.is_live(), self.wake_at.is_some(), "{said}: exactly one deadline while it lives");
        let held = incident.stands_since().is_some() || !incident.state.is_live();
        assert!(!held || self.outbox.is_empty(), "{said}: nobody is paged while it is held or over: {:?}", self.outbox);
        let opening = incident.escalation.iter().flat_map(|escalation| escalation.told.values());
        for told in opening {
            assert!(told.called_back <= told.pages, "{said}: {told:?}");
        }
    }

    fn send_what_is_due(&mut self) -> Result<(), Rejection> {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.outbox).into_iter().partition(|(due, _)| *due <= now);
        self.outbox = later;
        for (_, page) in due {
            // What a silence began to hold while it waited does not leave, nor what a later page of the same has made needless.
            if self.is_silenced() || !self.is_wanted(&page) {
                continue;
            }
            self.pages.push((self.minute(), page.contact.to_string(), page.reason));
            let outcome = if self.broken.contains(&page.channel) {
                PageOutcome::Failed("answered 404".to_owned())
            } else {
                if page.bundle.is_none_or(|bundle| bundle.kind.interrupts()) {
                    self.rang.push((now, page.contact.clone(), page.reason));
                }
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

    fn is_wanted(&self, page: &Page) -> bool {
        let Some(escalation) = self.incident.as_ref().and_then(Incident::live_escalation) else { return false };
        let told = escalation.told.get(&page.contact);
        let newest = told.is_some_and(|told| told.pages == page.repetition + 1);
        escalation.ordinal == page.ordinal && newest && !escalation.acknowledged_by.contains(page.contact.as_str())
    }

    fn is_silenced(&self) -> bool {
        let context = Context {
            policy: &self.policy,
            directory: &self.directory,
            standing: &self.standing,
            attention: &self.attention,
            now: self.now,
        };
        self.incident.as_ref().is_some_and(|incident| super::silence::is_silenced(incident, &context))
    }

    /// Orders a silence or a window between two minutes, over everything, and lets the incident heed it.
    pub fn order(&mut self, kind: SilenceKind, from: u64, until: u64) -> SilenceId {
        self.order_over(kind, "{ all = [] }", from, until)
    }

    pub fn order_over(&mut self, kind: SilenceKind, matching: &str, from: u64, until: u64) -> SilenceId {
        let id = SilenceId::from_bits(self.standing.silences.len() as u64 + 1);
        let once = Once::between(START + minutes(from), START + minutes(until)).unwrap();
        self.standing.silences.push(Silence {
            id,
            kind,
            name: None,
            matching: Matching::parse(matching).unwrap(),
            times: Times::Once(once),
            reason: Reason::try_from("a change".to_owned()).unwrap(),
            by: "ada".to_owned(),
            created_at: Timestamp::EPOCH,
            ended: None,
        });
        self.heed();
        id
    }

    /// Ends a silence or a window now.
    pub fn end_order(&mut self, id: SilenceId) {
        let at = self.now;
        let ended = Ended { at, by: "ada".to_owned(), reason: None };
        for order in self.standing.silences.iter_mut().filter(|order| order.id == id) {
            order.ended = Some(ended.clone());
        }
        self.heed();
    }

    pub fn heed(&mut self) {
        if self.incident.as_ref().is_some_and(|incident| incident.state.is_live()) {
            self.ask(&Command::HeedStanding).unwrap();
        }
    }

    pub fn snooze(&mut self, until: Until) -> Result<Decision, Rejection> {
        self.ask(&Command::Snooze { act: Act::by("ada"), until, next_release: false })
    }

    pub fn undo(&mut self) -> Decision {
        self.ask(&Command::Undo(Act::by("ada"))).unwrap()
    }

    pub fn says(&mut self, priority: Priority) -> Decision {
        self.ask(&Command::Label { act: Act::by("ada"), priority }).unwrap()
    }

    pub fn rebase(&mut self) -> Decision {
        let policy = crate::policy::PolicyHash("1".repeat(64));
        self.ask(&Command::Rebase { act: Act::by("ada"), policy }).unwrap()
    }

    /// So many events of one kind so far.
    pub fn count(&self, event: &str) -> usize {
        self.events.iter().filter(|told| told.as_str() == event).count()
    }

    /// Who was told what, by channel, since the start.
    pub fn heard(&self, news: &str) -> Vec<&str> {
        let mut heard: Vec<&str> = self
            .news
            .iter()
            .filter(|(_, told)| told.news.as_str() == news)
            .map(|(_, told)| told.channel.as_str())
            .collect();
        heard.sort_unstable();
        heard
    }

    /// Begins a storm on a channel, with pages of other incidents.
    pub fn storm_on(&mut self, channel: &str) {
        let channel = name(channel);
        let attention = self.attention.entry(crate::attention::Whose::Channel(channel.clone())).or_default();
        for _ in 0..=crate::attention::SINGLY {
            attention.page(&channel, false, true, self.now);
        }
    }

    /// Lets time pass, the timer ringing whenever it is due.
    pub fn wait(&mut self, by: Duration) {
        let until = self.now + by;
        let mut rings = 0;
        for _ in 0..10_000 {
            let sends = self.outbox.iter().map(|(due, _)| *due).min();
            let Some(due) = self.wake_at.into_iter().chain(sends).filter(|due| *due <= until).min() else {
                self.now = until;
                return;
            };
            rings = if due > self.now { 0 } else { rings + 1 };
            // A rung, an exhaustion, a repeat, and what the sends of each bring.
            assert!(rings < 12, "the timer gets nowhere at minute {}: {:?}", self.minute(), self.incident);
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

pub(super) const fn until(minute: u64) -> Until {
    let at = Timestamp::from_millis(START.millis() + minute as i64 * 60_000);
    Until { at: Some(at), rate: None, users: None, release_after: None, reopened_in_sentry: false }
}

pub(super) fn triage(priority: Priority) -> Triage {
    Triage { score: 50, because: None, ..Triage::by_hand(Fingerprint("f".to_owned()), priority) }
}
