//! One world: a real engine (sometimes two) on a real store, with people, receivers, clocks and accidents, all drawn from one seed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::command::Act;
use domain::id::{DeliveryId, IncidentId, OverrideId};
use domain::policy::Level;
use domain::signal::Outcome;
use domain::time::{Clock as _, ManualClock, Timestamp};
use engine::engine::Engine;
use engine::intake::IntakeError;
use engine::operate::{Operation, Verb};
use engine::ports::Ports;
use integrations::request::DedupKey;
use integrations::standard_webhooks::{ID, SIGNATURE, SigningKey, TIMESTAMP, message_id, sign};
use store::contract::{Changes, Scope, Store};
use store::memory::{FaultPoint, MemoryStore};
use store::record::{IncidentFilter, IncidentRow};
use store::sqlite::{SqliteOptions, SqliteStore};

use crate::chance::Chance;
use crate::faulty_store::FaultyStore;
use crate::house::{House, KEY};
use crate::mischief::{Mischief, Moment};
use crate::outside::{Line, Mood, Outside};
use crate::sentry::{Message, Sentry};
use crate::witness::Witness;

mod happenings;
mod invariants;
mod people;
mod standing;

/// Where and when worlds begin: in the middle of nothing, or before a change of the clocks.
const BEGINNINGS: [(&str, &str); 9] = [
    ("Europe/Berlin", "2026-05-28T20:26:40Z"),
    ("Europe/Berlin", "2026-05-28T20:26:40Z"),
    ("America/New_York", "2026-11-20T13:00:00Z"),
    ("Europe/Berlin", "2026-03-28T18:00:00Z"),
    ("Europe/Berlin", "2026-10-24T18:00:00Z"),
    ("America/New_York", "2026-03-07T22:00:00Z"),
    ("America/New_York", "2026-10-31T22:00:00Z"),
    // A Friday and a Thursday: working days.
    ("Africa/Cairo", "2026-04-23T12:00:00Z"),
    ("Africa/Cairo", "2026-10-29T12:00:00Z"),
];
const MINUTE: Duration = Duration::from_secs(60);

/// Where the store of a world lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Memory,
    Sqlite,
}

enum Inner {
    Memory(Arc<MemoryStore>),
    Sqlite(Arc<SqliteStore>, PathBuf),
}

pub struct World {
    chance: Chance,
    start: Timestamp,
    clock: Arc<ManualClock>,
    pub witness: Arc<Witness>,
    mischief: Arc<Mischief>,
    outside: Arc<Outside>,
    house: House,
    inner: Inner,
    ids: Arc<AtomicU64>,
    engines: Vec<Engine>,
    /// How many engines there were.
    begun: u64,
    two: bool,
    policy: usize,
    /// Chances in a hundred that a write, and a read, goes wrong.
    faults: (u64, u64),
    /// At least three of ten calls are to go wrong.
    stormy: bool,
    overrides: Vec<OverrideId>,
    sentry: Sentry,
    /// Answered deliveries with what was said of them.
    pub answered: Vec<(Message, DeliveryId, Outcome)>,
    /// Everything that was ever sent, answered or not.
    sent: BTreeMap<bytes::Bytes, bool>,
}

impl World {
    pub async fn drawn_by(seed: u64, ground: Ground) -> Self {
        let mut chance = Chance::seeded(seed);
        let (zone, start) = *chance.pick(&BEGINNINGS);
        let start = Timestamp::parse(start).expect("a time");
        let house = House::drawn_by(&mut chance, zone);
        let clock = Arc::new(ManualClock::starting_at(start));
        let mischief = Arc::new(Mischief::drawn_by(chance.fork()));
        let policies = house.policies.iter().map(|(_, policy)| (policy.hash.clone(), Arc::clone(policy))).collect();
        let witness = Arc::new(Witness::of(Arc::clone(&clock), Arc::clone(&mischief), policies, house.directory()));
        let stormy = chance.percent(35);
        let slips = if stormy { 60 } else { *chance.pick(&[0, 0, 10, 30]) };
        let outside = Arc::new(Outside::drawn_by(chance.fork(), slips, Arc::clone(&mischief), Arc::clone(&witness)));
        let inner = match ground {
            Ground::Memory => Inner::Memory(Arc::new(MemoryStore::empty())),
            Ground::Sqlite => {
                let folder = std::env::temp_dir().join(format!("watchfire-simulation-{}-{seed}", std::process::id()));
                let _ = std::fs::remove_dir_all(&folder);
                let path = folder.join("watchfire.db");
                Inner::Sqlite(open(&path).await, path)
            }
        };
        let faults = if stormy { (24, 35) } else { *chance.pick(&[(0, 0), (0, 0), (3, 2), (8, 5)]) };
        let issues = usize::try_from(chance.between(1, 6)).unwrap_or(3);
        Self {
            two: ground == Ground::Memory && chance.percent(30),
            policy: usize::try_from(chance.below(2)).unwrap_or(0),
            ids: Arc::new(AtomicU64::new(chance.bits() >> 8)),
            sentry: Sentry::drawn_by(chance.fork(), issues),
            chance,
            start,
            clock,
            witness,
            mischief,
            outside,
            house,
            inner,
            engines: Vec::new(),
            begun: 0,
            faults,
            stormy,
            overrides: Vec::new(),
            answered: Vec::new(),
            sent: BTreeMap::new(),
        }
    }

    pub fn store(&self) -> Arc<dyn Store> {
        match &self.inner {
            Inner::Memory(store) => Arc::clone(store) as Arc<dyn Store>,
            Inner::Sqlite(store, _) => Arc::clone(store) as Arc<dyn Store>,
        }
    }

    fn is_up(&self) -> bool {
        !self.engines.is_empty()
    }

    fn ports(&mut self) -> Ports {
        self.begun += 1;
        let engine = self.begun;
        let store = FaultyStore {
            inside: self.store(),
            mischief: Arc::clone(&self.mischief),
            witness: Arc::clone(&self.witness),
            engine,
        };
        let line = Line { outside: Arc::clone(&self.outside), engine };
        let ids = Arc::clone(&self.ids);
        Ports {
            store: Arc::new(store),
            transport: Arc::new(line),
            clock: Arc::clone(&self.clock) as Arc<dyn domain::time::Clock>,
            ids: Arc::new(move || Chance::seeded(ids.fetch_add(1, Ordering::SeqCst)).bits()),
        }
    }

    /// Starts the service, on the store as the last one left it.
    pub async fn starts(&mut self) {
        self.mischief.set_faults(0, 0);
        if let Inner::Sqlite(store, path) = &mut self.inner {
            if let Err(error) = store.close().await {
                self.witness.book().broken(format!("the store would not close: {error}"));
            }
            *store = open(path).await;
        }
        if let Inner::Memory(store) = &self.inner
            && (!self.two || self.chance.percent(30))
        {
            // What opening a database does. Without it leases run out by themselves, as beside another replica.
            store.void_leases();
        }
        for _ in 0..=usize::from(self.two) {
            let built = Engine::build(self.ports(), self.house.settings(self.policy));
            let Some(built) = self.unless_it_dies(built).await else { return };
            match built {
                Ok(engine) => self.engines.push(engine),
                Err(error) => self.witness.book().broken(format!("the engine would not start: {error}")),
            }
        }
        self.mischief.set_faults(self.faults.0, self.faults.1);
        self.mischief.set_shuffles(self.two);
        self.witness.note("started");
        self.drain().await;
    }

    /// Whether every engine has followed the wall clock.
    fn knows_the_time(&self) -> bool {
        self.engines.iter().all(|engine| (engine.now().millis() - self.clock.wall().millis()).abs() <= 5_000)
    }

    fn dies(&mut self) {
        self.witness.note("the process is dead");
        self.witness.book().saw("death");
        self.mischief.disturb();
        self.mischief.forget_death();
        self.mischief.hang_next_send(false);
        if !self.knows_the_time() {
            self.witness.forget_times();
        }
        self.engines.clear();
    }

    /// Runs something of the engine until it is done, or the process dies in it.
    async fn unless_it_dies<T>(&mut self, what: impl Future<Output = T>) -> Option<T> {
        let mischief = Arc::clone(&self.mischief);
        let answer = tokio::select! {
            biased;
            () = mischief.died.notified() => None,
            answer = what => Some(answer),
        };
        if answer.is_none() {
            self.dies();
        }
        answer
    }

    async fn drain(&mut self) -> bool {
        let engines = self.engines.clone();
        let done = match engines.as_slice() {
            [] => None,
            [one] => self.unless_it_dies(one.drain()).await,
            [one, two, ..] => {
                self.unless_it_dies(async { tokio::join!(one.drain(), two.drain()) }).await.map(|(one, two)| one + two)
            }
        };
        done.is_some()
    }

    /// Time passes while the service lives: it is up for every moment at which something is due.
    async fn lives_through(&mut self, by: Duration, most: usize) {
        let until = self.clock.monotonic() + by;
        for _ in 0..most {
            if !self.drain().await {
                return;
            }
            let left = until.saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                return;
            }
            let now = self.engines[0].now();
            let step = match self.store().next_due().await.ok().flatten() {
                // A fault left it undone; a service would come round within a second.
                Some(due) if due <= now => Duration::from_secs(1),
                Some(due) => due.since(now).min(left),
                None => left,
            };
            self.clock.advance(step);
        }
    }

    /// One step of the world, told in a line before it happens.
    pub async fn step(&mut self) {
        if !self.is_up() {
            return self.step_while_down().await;
        }
        match self.chance.below(100) {
            0..29 => self.hooks().await,
            29..32 => self.a_storm_breaks().await,
            32..47 => self.somebody_acts().await,
            47..54 => self.somebody_orders().await,
            54..76 => self.time_passes().await,
            76..82 => self.a_mood_changes(),
            82..87 => {
                let (moment, nth) = (*self.chance.pick(&Moment::ALL), self.chance.between(1, 6));
                self.witness.note(&format!("will die: {moment:?} number {nth}"));
                self.mischief.plan_death(moment, u32::try_from(nth).unwrap_or(1));
            }
            87..89 => self.dies(),
            89..93 if !self.two => self.the_clock_jumps().await,
            89..93 => self.a_lease_is_lost().await,
            93..95 => {
                if let Inner::Memory(store) = &self.inner {
                    self.witness.note("another one wins the next transaction");
                    store.fail_next(FaultPoint::Conflict);
                }
            }
            95..97 => self.another_policy().await,
            _ => {
                self.witness.note("stopped, to be started with another policy");
                if !self.knows_the_time() {
                    self.witness.forget_times();
                }
                self.engines.clear();
                self.policy += 1;
            }
        }
        let mut book = self.witness.book();
        if self.mischief.ran_away() {
            book.broken("the engine goes round without end");
        }
    }

    async fn step_while_down(&mut self) {
        if self.chance.percent(60) {
            let away = *self.chance.pick(&[0, 0, 20, 200, 400, 7_200]);
            self.clock.advance(Duration::from_secs(away));
            self.witness.note(&format!("{away} s later"));
            if away > 300 {
                self.witness.book().saw("long stop");
            }
            self.starts().await;
        } else {
            let message = self.sentry.speaks(self.sentrys_time());
            self.witness.note(&format!("nobody hears: {}", message.what));
        }
    }

    /// Sentry keeps true time, whatever happens to the clock here.
    fn sentrys_time(&self) -> Timestamp {
        self.start + self.clock.monotonic()
    }

    pub async fn incidents(&self) -> Vec<IncidentRow> {
        let filter = IncidentFilter { limit: 10_000, ..IncidentFilter::default() };
        match self.store().incidents(&filter).await {
            Ok(page) => page.items,
            Err(error) => {
                self.witness.book().broken(format!("the store cannot be read: {error}"));
                Vec::new()
            }
        }
    }

    /// Everybody is well, nothing fails any more: what is left must come to an end.
    pub async fn calms_down(&mut self) {
        self.witness.note("all is well from now on");
        self.outside.calm();
        self.faults = (0, 0);
        self.mischief.set_faults(0, 0);
        self.mischief.set_shuffles(false);
        self.mischief.forget_death();
        if let Inner::Memory(store) = &self.inner {
            store.clear_faults();
        }
        if !self.is_up() {
            self.starts().await;
        }
        self.engines.truncate(1);
        self.lives_through(MINUTE * 60 * 8, 80).await;
        for row in self.incidents().await {
            if row.incident.state.is_live() {
                let verb = Verb::Resolve { fixed_in: None };
                let resolve = Operation::Act { incident: row.incident.id, act: Act::by("ada"), verb };
                if let Err(error) = self.engines[0].operate(resolve).await {
                    self.witness.book().broken(format!("{} cannot be resolved: {error:?}", row.incident.id));
                }
            }
        }
        // The last digest may wait for Monday, the last summary for the end of its window.
        self.lives_through(MINUTE * 60 * 24 * 5, 500).await;
        if let Some(due) = self.store().next_due().await.ok().flatten() {
            self.witness.book().broken(format!("everything is resolved, but something is still due at {due}"));
        }
        let mut book = self.witness.book();
        let open: Vec<String> = book.outbox.open().map(ToOwned::to_owned).collect();
        for key in open {
            book.broken(format!("{key} never came to an end"));
        }
    }

    pub async fn ends(self) {
        if let Inner::Sqlite(store, path) = &self.inner {
            let _ = store.close().await;
            if let Some(folder) = path.parent() {
                let _ = std::fs::remove_dir_all(folder);
            }
        }
    }

    pub const fn has_two_engines(&self) -> bool {
        self.two
    }

    /// How many calls were made and how many went wrong, where many are to go wrong.
    pub fn stormy_calls(&self) -> Option<(u64, u64)> {
        self.stormy.then(|| self.mischief.calls())
    }
}

async fn open(path: &std::path::Path) -> Arc<SqliteStore> {
    match SqliteStore::open(&SqliteOptions::at(path)).await {
        Ok(store) => Arc::new(store),
        Err(error) => panic!("the database would not open: {error}"),
    }
}
