//! The witness: sees every commit, every claim and every send, keeps the story of each incident by the true time, and notes each broken rule.
//!
//! True time is what passed since the world began, whatever the wall clock says: rules about time are measured by it (semantics C2).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::decision::Work;
use domain::event::{Event, PageReason};
use domain::id::{DeliveryId, IncidentId};
use domain::policy::{Directory, Duty, Level, Policy, PolicyHash};
use domain::signal::Outcome;
use domain::time::{Clock as _, ManualClock, Timestamp};
use sha2::{Digest as _, Sha256};
use store::contract::Changes;
use store::record::{Claimed, NewEntry, NewTask};

use crate::mischief::Mischief;
use crate::orders::Orders;
use crate::story::{Commit, Story};

mod outbox;
mod storms;

pub use outbox::Ending;
use outbox::{Outbox, Send};
use storms::Storms;

#[derive(Default)]
pub struct Book {
    pub violations: Vec<String>,
    trace: VecDeque<String>,
    pub stories: BTreeMap<IncidentId, Story>,
    pub outbox: Outbox,
    pub orders: Orders,
    storms: Storms,
    commits: u64,
    /// Starts of each run that the vendor may have acted upon.
    starts: BTreeMap<String, u32>,
    pub deliveries: BTreeMap<DeliveryId, Outcome>,
    pub seen: BTreeMap<&'static str, u64>,
    digest: Sha256,
}

pub struct Witness {
    clock: Arc<ManualClock>,
    mischief: Arc<Mischief>,
    policies: BTreeMap<PolicyHash, Arc<Policy>>,
    directory: Directory,
    /// Each line is printed: one world is looked at.
    tells: bool,
    book: Mutex<Book>,
}

/// A request as it leaves.
#[derive(Clone, Copy)]
pub struct Departure<'a> {
    pub key: &'a str,
    pub lane: &'a str,
    pub engine: u64,
    pub ending: Ending,
    pub arrived: bool,
    /// Whether it starts a run, and then whether the vendor may have acted upon it.
    pub starts: Option<bool>,
}

/// The last lines that a failure tells.
const TOLD: usize = 60;

impl Book {
    pub fn broken(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.violations.push(what);
    }

    pub fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// What a page asks of its channel.
    fn rings(&mut self, new: &NewEntry, commit: &Commit<'_>) {
        let Event::Paged { channels, reason, bundle, .. } = &new.entry.event else { return };
        let Some(story) = self.stories.get(&new.incident) else { return };
        let Some(channel) = channels.first() else { return };
        let critical = story.level == Level::Critical;
        match bundle {
            // A test is no part of any storm, and repeats are none.
            None if story.synthetic || *reason == PageReason::Repeat => {}
            None => self.violations.extend(self.storms.rings(channel, commit.now)),
            Some(bundle) => {
                let leaves = commit.true_time(new.at, bundle.due);
                self.violations.extend(self.storms.gathers(channel, bundle, critical, commit.now, leaves));
            }
        }
    }
}

impl Witness {
    pub fn of(
        clock: Arc<ManualClock>,
        mischief: Arc<Mischief>,
        policies: BTreeMap<PolicyHash, Arc<Policy>>,
        directory: Directory,
    ) -> Self {
        let tells = std::env::var_os("WATCHFIRE_SEED").is_some();
        Self { clock, mischief, policies, directory, tells, book: Mutex::default() }
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn policy(&self, hash: &PolicyHash) -> Option<&Arc<Policy>> {
        self.policies.get(hash)
    }

    pub fn true_time(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }

    /// Keeps a line for the case that something breaks, and for the proof that a seed repeats.
    pub fn note(&self, line: &str) {
        let now = self.true_time();
        let mut book = self.book();
        let line = format!("{}.{:03} {line}", now / 1_000, now % 1_000);
        book.digest.update(line.as_bytes());
        if self.tells {
            println!("{line}");
        }
        if book.trace.len() == TOLD {
            book.trace.pop_front();
        }
        book.trace.push_back(line);
    }

    pub fn told(&self) -> String {
        self.book().trace.iter().fold(String::new(), |mut told, line| {
            let _ = writeln!(told, "  {line}");
            told
        })
    }

    /// A number for everything that was noted.
    pub fn fingerprint(&self) -> String {
        let digest = self.book().digest.clone().finalize();
        digest.iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The process died before it noticed a jump of the wall clock: nothing that was measured before compares with anything after.
    pub fn forget_times(&self) {
        let mut book = self.book();
        book.outbox.forget_times();
        book.storms.forget_times();
        for story in book.stories.values_mut() {
            story.forget_times();
        }
    }

    pub fn committed(&self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        self.note(&format!("  commit {}", summary(changes)));
        let now = self.true_time();
        let mut book = self.book();
        let book = &mut *book;
        for delivery in &changes.deliveries {
            if book.deliveries.insert(delivery.id, delivery.outcome).is_some() {
                book.broken(format!("{} was written twice", delivery.id));
            }
        }
        if changes.shift_tasks.is_some() {
            book.stories.values_mut().for_each(Story::clock_moved);
            book.storms.clock_moved();
        }
        let broken = book.outbox.ended(changes);
        book.violations.extend(broken);
        let orders = std::mem::take(&mut book.orders);
        book.commits += 1;
        let number = book.commits;
        let commit_of = |incident: IncidentId| {
            let after = changes.incidents.get(&incident);
            let policy = after.and_then(|incident| self.policies.get(&incident.policy));
            Commit { now, changes, after, policy, orders: &orders, number }
        };
        for new in &changes.timeline {
            let commit = commit_of(new.incident);
            let story = book.stories.entry(new.incident).or_insert_with(|| Story::of(new.incident));
            let broken = story.goes_on(new, &commit, &mut book.seen);
            book.violations.extend(broken);
            book.rings(new, &commit);
        }
        for task in &changes.tasks {
            planned(book, task, changes, now);
        }
        for (id, incident) in &changes.incidents {
            // Whoever has it already, for their part, is left alone.
            let have_it = incident.escalation.as_ref().map(|escalation| &escalation.acknowledged_by);
            let reaches = |policy: &Arc<Policy>| {
                let reached = policy.reach(policy.fallback(incident.level), &self.directory, Duty::Anybody);
                reached.iter().any(|one| !have_it.is_some_and(|have_it| have_it.contains(one.contact.as_str())))
            };
            let fallback = self.policies.get(&incident.policy).is_some_and(reaches);
            let Some(story) = book.stories.get_mut(id) else {
                book.broken(format!("{id} was saved without a timeline"));
                continue;
            };
            let broken = story.is_saved_as(incident, &commit_of(*id), fallback);
            book.violations.extend(broken);
        }
        // What was ordered with this commit holds for what is decided after it.
        book.orders = orders;
        book.orders.committed(&changes.standing, now);
    }

    /// Work was taken, at the engine's time `at`.
    pub fn claimed(&self, claimed: &[Claimed], at: Timestamp) {
        let now = self.true_time();
        let mut book = self.book();
        let book = &mut *book;
        for claimed in claimed {
            let (id, work) = (claimed.task.incident, &claimed.task.work);
            let forbidden = match (work, book.stories.get(&id)) {
                (Work::Page(page), Some(story)) => story.forbids(page, &book.orders, at, now),
                _ => None,
            };
            let broken = book.outbox.claimed(claimed.task.id, &work.dedup_key(id), forbidden);
            book.violations.extend(broken);
        }
    }

    /// An engine heard that it has it: of a claim whose answer was lost nobody knows until the lease ends.
    pub fn took(&self, claimed: &[Claimed], engine: u64) {
        let mut book = self.book();
        for claimed in claimed {
            book.outbox.took(claimed.task.id, engine);
        }
    }

    /// A request left; `listed` are the incidents of a bulletin.
    pub fn sent(&self, departure: &Departure<'_>, listed: &BTreeSet<String>) {
        let Departure { key, lane, engine, ending, arrived, starts } = *departure;
        let at = self.true_time();
        self.note(&format!("  send {key} to {lane}: {ending:?}{}", if arrived { "" } else { ", never arrived" }));
        let disturbances = self.mischief.disturbances();
        self.mischief.called(ending != Ending::Taken);
        let mut book = self.book();
        let book = &mut *book;
        book.saw(match ending {
            Ending::Taken => "taken",
            Ending::Throttled(_) => "throttled",
            Ending::Again => "trouble",
            Ending::Refused => "refused",
        });
        if starts == Some(true) {
            let count = book.starts.entry(key.to_owned()).or_default();
            *count += 1;
            let count = *count;
            // Whoever takes the run's id as a key starts one run however often it is asked.
            if count > 1 && lane == "codegen" {
                book.broken(format!("the run {key} may have been started {count} times"));
            }
        }
        if key.ends_with("-poll") || key.ends_with("-find") {
            return;
        }
        let broken = book.outbox.sent(&Send { key, lane, engine, ending, listed, at, disturbances });
        book.violations.extend(broken);
    }
}

fn planned(book: &mut Book, task: &NewTask, changes: &Changes, now: u64) {
    let work = &task.planned.work;
    if matches!(work, Work::AgentPoll { .. }) {
        return;
    }
    if let Work::Page(page) = work {
        let explained = book.stories.get(&task.incident).is_some_and(|story| story.explains(page));
        if !explained {
            let key = work.dedup_key(task.incident);
            book.broken(format!("{}: a page {key} that no decision explains", task.incident));
        }
    }
    // What was decided at this moment by the engine's clock is due so much later by the true one.
    let decided_at = changes.timeline.iter().find(|entry| entry.incident == task.incident).map(|entry| entry.at);
    let wait = decided_at.map(|at| u64::try_from(task.planned.due.since(at).as_millis()).unwrap_or(0));
    let broken = book.outbox.planned(task.incident, &task.planned, wait.map(|wait| now + wait));
    book.violations.extend(broken);
}

fn summary(changes: &Changes) -> String {
    let mut text = String::new();
    for delivery in &changes.deliveries {
        let _ = write!(text, "{} {} ", delivery.id, delivery.outcome.as_str());
    }
    for entry in &changes.timeline {
        let event = &entry.entry.event;
        let _ = write!(text, "{}:", entry.incident);
        let _ = match event {
            Event::Paged { contact, repetition, reason, bundle: None, .. } => {
                write!(text, "paged({contact} {repetition} {}) ", reason.as_str())
            }
            Event::Paged { contact, repetition, reason, bundle: Some(bundle), .. } => write!(
                text,
                "paged({contact} {repetition} {} with {} {} at {}) ",
                reason.as_str(),
                bundle.kind.as_str(),
                bundle.id,
                bundle.due
            ),
            Event::PageHeld { contact, until, .. } => write!(text, "held({contact} until {until}) "),
            Event::PageDelivered { contact, channel, repetition }
            | Event::PageFailed { contact, channel, repetition, .. } => {
                write!(text, "{}({contact} {channel} {repetition}) ", event.as_str())
            }
            Event::RungRan { rung, next, .. } => write!(text, "rung({rung}, next {next:?}) "),
            Event::RungSkipped { rung, .. } => write!(text, "skipped({rung}) "),
            Event::EscalationStarted { ordinal, starts_at, .. } => {
                write!(text, "escalation({ordinal} at {starts_at}) ")
            }
            Event::Silenced { silence, since, until } => write!(text, "silenced({silence} {since} to {until}) "),
            Event::InMaintenance { silence, until } => write!(text, "in_maintenance({silence} to {until}) "),
            Event::Opened { level, .. } | Event::Reopened { level, .. } => write!(text, "{}({level}) ", event.as_str()),
            Event::Rose { from, to, .. } | Event::Fell { from, to } => write!(text, "{}({from} {to}) ", event.as_str()),
            Event::Snoozed { until, .. } => write!(text, "snoozed({until}) "),
            _ => write!(text, "{} ", event.as_str()),
        };
    }
    for task in changes.tasks.iter().filter(|task| matches!(task.planned.work, Work::Update(_))) {
        if let Work::Update(update) = &task.planned.work {
            let _ = write!(text, "tell({} {} at {}) ", update.channel, update.news.as_str(), task.planned.due);
        }
    }
    for end in &changes.finished {
        let _ = write!(text, "{}={:?} ", end.task, end.end);
    }
    for id in &changes.cancel_pages {
        let _ = write!(text, "no pages({id}) ");
    }
    for (id, wake) in &changes.wakes {
        let _ = match wake {
            Some(wake) => write!(text, "wake({id} {} plan {}) ", wake.due, wake.plan),
            None => write!(text, "no wake({id}) "),
        };
    }
    if let Some(by) = changes.shift_tasks {
        let _ = write!(text, "shift({by} ms) ");
    }
    text
}
