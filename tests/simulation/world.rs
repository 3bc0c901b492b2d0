//! One world: a real engine (sometimes two) on a real store, with people, receivers, clocks and accidents, all drawn from one seed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::event::Actor;
use domain::id::{DeliveryId, IncidentId};
use domain::policy::Level;
use domain::signal::Outcome;
use domain::time::{Clock as _, ManualClock, Timestamp};
use engine::engine::Engine;
use engine::intake::IntakeError;
use engine::operate::Operation;
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
use crate::outside::{Mood, Outside};
use crate::sentry::{Message, Sentry};
use crate::witness::Witness;

pub const START: Timestamp = Timestamp::from_millis(1_780_000_000_000);
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
    clock: Arc<ManualClock>,
    pub witness: Arc<Witness>,
    mischief: Arc<Mischief>,
    outside: Arc<Outside>,
    house: House,
    inner: Inner,
    ids: Arc<AtomicU64>,
    engines: Vec<Engine>,
    two: bool,
    policy: usize,
    faults: (u64, u64),
    sentry: Sentry,
    /// Answered deliveries with what was said of them.
    pub answered: Vec<(Message, DeliveryId, Outcome)>,
    /// Everything that was ever sent, answered or not.
    sent: BTreeMap<bytes::Bytes, bool>,
}

impl World {
    pub async fn drawn_by(seed: u64, ground: Ground) -> Self {
        let mut chance = Chance::seeded(seed);
        let house = House::drawn_by(&mut chance);
        let clock = Arc::new(ManualClock::starting_at(START));
        let mischief = Arc::new(Mischief::drawn_by(chance.fork()));
        let policies = house.policies.iter().map(|(_, policy)| (policy.hash.clone(), Arc::clone(policy))).collect();
        let witness = Arc::new(Witness::of(Arc::clone(&clock), Arc::clone(&mischief), policies, house.directory()));
        let slips = *chance.pick(&[0, 0, 10, 30]);
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
        let faults = *chance.pick(&[(0, 0), (0, 0), (3, 2), (8, 5)]);
        let issues = usize::try_from(chance.between(1, 6)).unwrap_or(3);
        Self {
            two: ground == Ground::Memory && chance.percent(30),
            policy: usize::try_from(chance.below(2)).unwrap_or(0),
            ids: Arc::new(AtomicU64::new(chance.bits() >> 8)),
            sentry: Sentry::drawn_by(chance.fork(), issues),
            chance,
            clock,
            witness,
            mischief,
            outside,
            house,
            inner,
            engines: Vec::new(),
            faults,
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

    fn ports(&self) -> Ports {
        let store = FaultyStore {
            inside: self.store(),
            mischief: Arc::clone(&self.mischief),
            witness: Arc::clone(&self.witness),
        };
        let ids = Arc::clone(&self.ids);
        Ports {
            store: Arc::new(store),
            transport: Arc::clone(&self.outside) as Arc<dyn integrations::request::Transport>,
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
    async fn lives_through(&mut self, by: Duration) {
        let until = self.clock.monotonic() + by;
        for _ in 0..60 {
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
            0..36 => self.hooks().await,
            36..48 => self.somebody_acts().await,
            48..74 => self.time_passes().await,
            74..82 => self.a_mood_changes(),
            82..88 => {
                let (moment, nth) = (*self.chance.pick(&Moment::ALL), self.chance.between(1, 6));
                self.witness.note(&format!("will die: {moment:?} number {nth}"));
                self.mischief.plan_death(moment, u32::try_from(nth).unwrap_or(1));
            }
            88..90 => self.dies(),
            90..94 if !self.two => self.the_clock_jumps().await,
            94..97 if self.two => self.a_lease_is_lost().await,
            97 => {
                if let Inner::Memory(store) = &self.inner {
                    self.witness.note("another one wins the next transaction");
                    store.fail_next(FaultPoint::Conflict);
                }
            }
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
        START + self.clock.monotonic()
    }

    async fn hooks(&mut self) {
        let messages: Vec<Message> =
            (0..*self.chance.pick(&[1, 1, 1, 2, 5])).map(|_| self.sentry.speaks(self.sentrys_time())).collect();
        let forged = self.chance.percent(3);
        if forged {
            self.witness.note("a forged hook");
            let engine = self.engines[0].clone();
            let answer = self.unless_it_dies(engine.receive(messages[0].forged())).await;
            if let Some(answer) = answer
                && !matches!(answer, Err(IntakeError::Signature(_)))
            {
                self.witness.book().broken(format!("a forged hook was answered {answer:?}"));
            }
            return;
        }
        for message in &messages {
            self.witness.note(&format!("hook: {}", message.what));
            self.sent.entry(message.body.clone()).or_insert(message.life_cycle);
        }
        let place = usize::try_from(self.chance.below(self.engines.len() as u64)).unwrap_or(0);
        let engine = self.engines[place].clone();
        let all = messages.iter().map(|message| engine.receive(message.signed()));
        let Some(answers) = self.unless_it_dies(futures_util::future::join_all(all)).await else { return };
        for (message, answer) in messages.into_iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    self.witness.note(&format!(
                        "  answered {} {}{}",
                        answer.delivery,
                        answer.outcome.as_str(),
                        if answer.duplicate { " (known)" } else { "" }
                    ));
                    self.answered.push((message, answer.delivery, answer.outcome));
                }
                Err(IntakeError::Busy { reason }) => self.witness.note(&format!("  busy: {reason}")),
                Err(error) => self.witness.book().broken(format!("a signed hook was refused: {error}")),
            }
        }
        if self.is_up() && self.chance.percent(70) {
            self.drain().await;
        }
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

    async fn somebody_acts(&mut self) {
        let known: Vec<IncidentRow> = self.incidents().await;
        let some = (!known.is_empty()).then(|| self.chance.pick(&known).incident.clone());
        let who = *self.chance.pick(&["ada", "c0", "c1"]);
        let draw = self.chance.below(10);
        let operation = match (draw, &some) {
            (0, _) | (_, None) => Operation::Create {
                external_id: format!("ticket-{}", self.chance.below(3)),
                title: Some("opened by hand".to_owned()),
                level: *self.chance.pick(&[Level::Low, Level::High, Level::Critical]),
                by: Actor::Person(who.to_owned()),
            },
            (1..6, Some(incident)) => {
                Operation::Acknowledge { incident: incident.id, by: Actor::Person(who.to_owned()) }
            }
            (6..9, Some(incident)) => Operation::Resolve { incident: incident.id, by: who.to_owned(), reason: None },
            (_, Some(incident)) => return self.an_agent_calls_back(incident.id).await,
        };
        self.witness.note(&format!("{who}: {operation:?}"));
        let engine = self.engines[0].clone();
        if let Some(done) = self.unless_it_dies(engine.operate(operation)).await {
            self.witness.note(&format!("  {:?}", done.map(|done| done.changed)));
        }
        if self.is_up() && self.chance.percent(50) {
            self.drain().await;
        }
    }

    async fn an_agent_calls_back(&mut self, incident: IncidentId) {
        let runs = self.store().runs(incident).await.unwrap_or_default();
        let Some(run) = runs.last().filter(|_| self.house.agent.as_ref().is_some_and(|(kind, _)| *kind == "http"))
        else {
            return;
        };
        let word = *self.chance.pick(&["running", "needs_input", "succeeded", "failed"]);
        self.witness.note(&format!("the agent says of {}: {word}", run.id));
        let body = format!("{{\"status\": \"{word}\", \"dispatch_id\": \"{}\"}}", run.id).into_bytes();
        let id = message_id(&DedupKey(format!("callback-{}", self.chance.bits())));
        let seconds = self.clock.wall().millis() / 1_000;
        let keys: Vec<SigningKey> = SigningKey::parse(KEY).into_iter().collect();
        let mut headers = http::HeaderMap::new();
        for (name, value) in
            [(ID, id.clone()), (TIMESTAMP, seconds.to_string()), (SIGNATURE, sign(&keys, &id, seconds, &body))]
        {
            headers.insert(name, http::HeaderValue::from_str(&value).expect("visible ASCII"));
        }
        let engine = self.engines[0].clone();
        let run = run.id;
        self.unless_it_dies(async { engine.agent_callback(run, &headers, body.into()).await }).await;
    }

    async fn time_passes(&mut self) {
        let by = match self.chance.below(10) {
            0..4 => {
                let now = self.engines[0].now();
                let due = self.store().next_due().await.ok().flatten().unwrap_or(now);
                due.since(now).min(MINUTE * 60 * 24)
            }
            4..7 => Duration::from_secs(self.chance.between(1, 900)),
            7 | 8 => MINUTE * u32::try_from(self.chance.between(10, 300)).unwrap_or(10),
            _ => MINUTE * 60 * u32::try_from(self.chance.between(6, 60)).unwrap_or(6),
        };
        self.witness.note(&format!("{} s pass", by.as_secs_f64()));
        self.lives_through(by).await;
    }

    fn a_mood_changes(&mut self) {
        let mut lanes: Vec<String> = self.house.notifiers.iter().map(ToString::to_string).collect();
        lanes.extend(self.house.agent.iter().map(|(_, name)| name.to_string()));
        let lane = self.chance.pick(&lanes).clone();
        let mood = Mood::drawn_by(&mut self.chance);
        self.witness.note(&format!("{lane} is {mood:?} from now on"));
        self.outside.set_mood(&lane, mood);
    }

    async fn the_clock_jumps(&mut self) {
        let seconds = self.chance.between(10, 6 * 3_600);
        let sign = if self.chance.percent(50) { 1_000 } else { -1_000 };
        let by = i64::try_from(seconds).unwrap_or(10) * sign;
        self.witness.note(&format!("the wall clock jumps by {} s", by / 1_000));
        self.witness.book().saw("jump");
        self.clock.jump(by);
        if self.chance.percent(80) {
            self.drain().await;
        }
    }

    /// The first engine hangs in a send past its lease; the second one takes the task over; then the first one's answer comes.
    async fn a_lease_is_lost(&mut self) {
        let [one, two] = self.engines.as_slice() else { return };
        let (one, two) = (one.clone(), two.clone());
        self.witness.note("the next send hangs for longer than its lease");
        self.mischief.hang_next_send(true);
        let (mischief, clock, lease) = (Arc::clone(&self.mischief), Arc::clone(&self.clock), self.house.lease);
        let witness = Arc::clone(&self.witness);
        self.unless_it_dies(async {
            let mut hangs = pin!(one.drain());
            tokio::select! {
                biased;
                _ = &mut hangs => mischief.hang_next_send(false),
                () = mischief.hanging.notified() => {
                    clock.advance(lease + Duration::from_secs(1));
                    mischief.disturb();
                    witness.book().saw("lease lost");
                    two.drain().await;
                    mischief.release.notify_one();
                    hangs.await;
                }
            }
        })
        .await;
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
        self.lives_through(MINUTE * 60 * 8).await;
        for row in self.incidents().await {
            if row.incident.state.is_live() {
                let resolve = Operation::Resolve { incident: row.incident.id, by: "ada".to_owned(), reason: None };
                if let Err(error) = self.engines[0].operate(resolve).await {
                    self.witness.book().broken(format!("{} cannot be resolved: {error:?}", row.incident.id));
                }
            }
        }
        self.lives_through(MINUTE * 60 * 24).await;
        if let Some(due) = self.store().next_due().await.ok().flatten() {
            self.witness.book().broken(format!("everything is resolved, but something is still due at {due}"));
        }
    }

    /// What must hold whenever nothing is under way (semantics L11 above all).
    pub async fn check(&self) {
        let rows = self.incidents().await;
        let store = self.store();
        let mut wakes = Vec::new();
        {
            let wakes = &mut wakes;
            let far = Timestamp::from_millis(i64::MAX);
            let scope = Scope { wakes: Some((far, 100_000)), ..Scope::default() };
            let looked = store
                .transact(
                    scope,
                    Box::new(move |loaded| {
                        wakes.clone_from(&loaded.wakes);
                        Changes::default()
                    }),
                )
                .await;
            if let Err(error) = looked {
                self.witness.book().broken(format!("the timers cannot be read: {error}"));
            }
        }
        let mut book = self.witness.book();
        let mut issues: BTreeMap<&str, IncidentId> = BTreeMap::new();
        for row in &rows {
            let incident = &row.incident;
            let mine: Vec<_> = wakes.iter().filter(|wake| wake.incident == incident.id).collect();
            if !incident.state.is_live() {
                if !mine.is_empty() {
                    book.broken(format!("{} is resolved, but has a timer (L11)", incident.id));
                }
                continue;
            }
            let policy = self.witness.policy(&incident.policy);
            let deadline = policy.and_then(|policy| domain::decide::ladder::next_wake(incident, policy));
            match mine.as_slice() {
                [one] => {
                    if deadline.is_none_or(|deadline| one.due > deadline) || one.plan != incident.plan {
                        book.broken(format!(
                            "{}: its timer rings at {} for revision {}, but its deadline is {deadline:?} in revision {} (L11)",
                            incident.id, one.due, one.plan, incident.plan
                        ));
                    }
                }
                other => book.broken(format!("{} is live and has {} timers (L11)", incident.id, other.len())),
            }
            for issue in incident.issues.iter().filter(|issue| issue.open) {
                if let Some(other) = issues.insert(&issue.id, incident.id) {
                    book.broken(format!("issue {} is in {other} and in {} (I1)", issue.id, incident.id));
                }
            }
        }
        if wakes.iter().any(|wake| !rows.iter().any(|row| row.incident.id == wake.incident)) {
            book.broken("a timer of no incident");
        }
    }

    /// What must hold in the end: the ledgers of the outside against the store.
    pub async fn check_ledgers(&self) {
        let store = self.store();
        let mut first: BTreeMap<&bytes::Bytes, DeliveryId> = BTreeMap::new();
        for (message, id, outcome) in &self.answered {
            match store.delivery(*id).await {
                Ok(Some(stored)) => {
                    let mut book = self.witness.book();
                    if stored.body != message.body {
                        book.broken(format!("{id} ({}) is not stored byte for byte", message.what));
                    }
                    if stored.row.outcome != *outcome {
                        book.broken(format!("{id} was answered {outcome:?} and is stored as {:?}", stored.row.outcome));
                    }
                }
                other => self.witness.book().broken(format!("{id} was answered and is not stored: {other:?}")),
            }
            let other = first.insert(&message.body, *id).filter(|other| other != id);
            if let Some(other) = other.filter(|_| !message.life_cycle) {
                self.witness.book().broken(format!("{} was taken twice, as {other} and {id} (D1)", message.what));
            }
        }
        let ids: Vec<DeliveryId> = self.witness.book().deliveries.keys().copied().collect();
        for id in ids {
            let known = store.delivery(id).await.ok().flatten().is_some_and(|one| self.sent.contains_key(&one.body));
            if !known {
                self.witness.book().broken(format!("{id} is stored, but nobody sent it"));
            }
        }
        let ids: Vec<IncidentId> = self.witness.book().stories.keys().copied().collect();
        for id in ids {
            let rows = store.timeline(id, None, 100_000).await.map(|page| page.items).unwrap_or_default();
            let stored: Vec<_> = rows.into_iter().map(|row| (row.at, row.entry)).collect();
            let mut book = self.witness.book();
            let told = book.stories.get(&id).is_some_and(|story| story.told == stored);
            if !told {
                book.broken(format!("{id}: the stored timeline is not what was committed"));
            }
        }
        self.check_nobody_was_forgotten().await;
    }

    /// Every ladder that came to its end was told to somebody, or says that it was not (semantics L14).
    async fn check_nobody_was_forgotten(&self) {
        let owed = self.store().owed(100_000).await.unwrap_or_default();
        let mut book = self.witness.book();
        let silent: Vec<IncidentId> = book
            .stories
            .iter()
            .filter(|(id, story)| {
                let said = story.reached_nobody > 0 || owed.iter().any(|owed| owed.task.incident == **id);
                story.exhausted > 0 && story.delivered == 0 && !said
            })
            .map(|(id, _)| *id)
            .collect();
        for id in silent {
            book.broken(format!("{id}: its ladder ended, nobody was told, and nothing is owed (L14)"));
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
}

async fn open(path: &std::path::Path) -> Arc<SqliteStore> {
    match SqliteStore::open(&SqliteOptions::at(path)).await {
        Ok(store) => Arc::new(store),
        Err(error) => panic!("the database would not open: {error}"),
    }
}
