//! The witness: sees every commit, every claim and every send, keeps the story of each incident by the true time, and notes each broken rule.
//!
//! True time is what passed since the world began, whatever the wall clock says: rules about time are measured by it (semantics C2).

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::decision::Work;
use domain::id::{DeliveryId, IncidentId, TaskId};
use domain::policy::{Directory, Duty, Policy, PolicyHash};
use domain::signal::Outcome;
use domain::time::{Clock as _, ManualClock};
use sha2::{Digest as _, Sha256};
use store::contract::Changes;
use store::record::{Claimed, NewTask, TaskEnd};

use crate::mischief::Mischief;
use crate::story::Story;

/// How one send ended, as the receiver knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Taken,
    Throttled(Option<Duration>),
    /// May be tried again.
    Again,
    /// Final.
    Refused,
}

struct Effect {
    incident: IncidentId,
    is_page: bool,
    /// True time, in milliseconds.
    not_before: Option<u64>,
    /// Why no page may leave, if it was claimed while its incident was quiet.
    claimed_while: Option<&'static str>,
    claims: u32,
    /// Its end was committed.
    ended: bool,
    last: Option<Try>,
}

struct Try {
    at: u64,
    ending: Ending,
    disturbances: u64,
}

#[derive(Default)]
pub struct Book {
    pub violations: Vec<String>,
    trace: VecDeque<String>,
    pub stories: BTreeMap<IncidentId, Story>,
    effects: BTreeMap<String, Effect>,
    keys: BTreeMap<TaskId, String>,
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
        for effect in book.effects.values_mut() {
            effect.not_before = None;
        }
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
        }
        for end in &changes.finished {
            let Some(effect) = book.keys.get(&end.task).and_then(|key| book.effects.get_mut(key)) else { continue };
            effect.ended |= !matches!(end.end, TaskEnd::Retry { .. });
        }
        for new in &changes.timeline {
            let story = book.stories.entry(new.incident).or_insert_with(|| Story::of(new.incident));
            let after = changes.incidents.get(&new.incident);
            let policy = after.and_then(|incident| self.policies.get(&incident.policy));
            let broken = story.goes_on(new, now, after, policy, &mut book.seen);
            book.violations.extend(broken);
        }
        for task in &changes.tasks {
            self.planned(book, task, changes, now);
        }
        for (id, incident) in &changes.incidents {
            let fallback = self
                .policies
                .get(&incident.policy)
                .is_some_and(|policy| !policy.reach(&policy.fallback, &self.directory, Duty::Anybody).is_empty());
            let Some(story) = book.stories.get_mut(id) else {
                book.broken(format!("{id} was saved without a timeline"));
                continue;
            };
            let broken = story.is_saved_as(incident, changes, fallback);
            book.violations.extend(broken);
        }
    }

    fn planned(&self, book: &mut Book, task: &NewTask, changes: &Changes, now: u64) {
        let work = &task.planned.work;
        let key = work.dedup_key(task.incident);
        if matches!(work, Work::AgentPoll { .. }) {
            return;
        }
        if let Work::Page(page) = work {
            let explained = book.stories.get(&task.incident).is_some_and(|story| story.explains(page));
            if !explained {
                book.broken(format!("{}: a page {key} that no decision explains", task.incident));
            }
        }
        // What was decided at this moment by the engine's clock is due so much later by the true one.
        let decided_at = changes.timeline.iter().find(|entry| entry.incident == task.incident).map(|entry| entry.at);
        let wait = decided_at.map(|at| u64::try_from(task.planned.due.since(at).as_millis()).unwrap_or(0));
        let effect = Effect {
            incident: task.incident,
            is_page: matches!(work, Work::Page(_)),
            not_before: wait.map(|wait| now + wait),
            claimed_while: None,
            claims: 0,
            ended: false,
            last: None,
        };
        if book.effects.insert(key.clone(), effect).is_some() {
            book.broken(format!("{}: two effects share the key {key}", task.incident));
        }
    }

    pub fn claimed(&self, claimed: &[Claimed]) {
        let mut book = self.book();
        let book = &mut *book;
        for claimed in claimed {
            let key = claimed.task.work.dedup_key(claimed.task.incident);
            book.keys.insert(claimed.task.id, key.clone());
            let quiet = book.stories.get(&claimed.task.incident).and_then(Story::quiet);
            let Some(effect) = book.effects.get_mut(&key) else { continue };
            effect.claims += 1;
            effect.claimed_while = quiet;
        }
    }

    /// A request left: `starts` says whether it starts a run, and whether the vendor may have acted upon it.
    pub fn sent(&self, key: &str, lane: &str, ending: Ending, arrived: bool, starts: Option<bool>) {
        let at = self.true_time();
        self.note(&format!("  send {key} to {lane}: {ending:?}{}", if arrived { "" } else { ", never arrived" }));
        let disturbances = self.mischief.disturbances();
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
        let mut broken = Vec::new();
        match book.effects.get_mut(key) {
            None => broken.push(format!("{key} was sent, and nobody decided it")),
            Some(effect) => {
                let whose = effect.incident;
                if effect.claims == 0 {
                    broken.push(format!("{whose}: {key} was sent without being claimed"));
                }
                if effect.not_before.is_some_and(|not_before| at < not_before) {
                    broken.push(format!("{whose}: {key} was sent {} ms early", effect.not_before.unwrap_or(0) - at));
                }
                if let (true, Some(quiet)) = (effect.is_page, effect.claimed_while) {
                    broken.push(format!("{whose}: the page {key} was begun while the incident was {quiet} (L10)"));
                }
                if effect.ended {
                    broken.push(format!("{whose}: {key} was sent again after its end was saved"));
                }
                if let Some(last) = &effect.last {
                    let calm = last.disturbances == disturbances;
                    match last.ending {
                        Ending::Taken | Ending::Refused if calm => broken.push(format!(
                            "{whose}: {key} was sent again although it was answered, and nothing was disturbed since"
                        )),
                        Ending::Throttled(Some(wait)) if calm => {
                            let floor = last.at + u64::try_from(wait.as_millis()).unwrap_or(0);
                            if at < floor {
                                broken.push(format!("{whose}: {key} was sent {} ms before Retry-After", floor - at));
                            }
                        }
                        _ => {}
                    }
                }
                effect.last = Some(Try { at, ending, disturbances });
            }
        }
        book.violations.extend(broken);
    }
}

fn summary(changes: &Changes) -> String {
    let mut text = String::new();
    for delivery in &changes.deliveries {
        let _ = write!(text, "{} {} ", delivery.id, delivery.outcome.as_str());
    }
    for entry in &changes.timeline {
        let event = &entry.entry.event;
        let _ = write!(text, "{}:", entry.incident);
        match event {
            domain::event::Event::Paged { contact, repetition, reason, .. } => {
                let _ = write!(text, "paged({contact} {repetition} {}) ", reason.as_str());
            }
            domain::event::Event::PageHeld { contact, until, .. } => {
                let _ = write!(text, "held({contact} until {until}) ");
            }
            domain::event::Event::PageDelivered { contact, channel, repetition }
            | domain::event::Event::PageFailed { contact, channel, repetition, .. } => {
                let _ = write!(text, "{}({contact} {channel} {repetition}) ", event.as_str());
            }
            domain::event::Event::RungRan { rung, .. } => {
                let _ = write!(text, "rung({rung}) ");
            }
            _ => {
                let _ = write!(text, "{} ", event.as_str());
            }
        }
    }
    for end in &changes.finished {
        let _ = write!(text, "{}={:?} ", end.task, end.end);
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
