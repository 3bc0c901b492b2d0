//! The measurements, each in a process of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::event::Event;
use domain::id::SilenceId;
use domain::silence::{Matching, Once, Order, Silence, SilenceKind, Times};
use domain::time::{ManualClock, Timestamp};
use engine::engine::Engine;
use store::contract::{Changes, Scope, Store};
use store::record::IncidentFilter;
use store::sqlite::{SqliteOptions, SqliteStore};
use tokio_util::sync::CancellationToken;

use super::SPREAD;
use super::outside::{self, Receiver, START};

pub const ALL: [&str; 5] = ["idle", "wakes", "rungs", "steady", "silence"];

/// From an opening at level high to its first rung.
const DELAY: Duration = Duration::from_secs(120);
/// Virtual time before the first of them is due.
const BEFORE: Duration = Duration::from_secs(119);
/// Real time for which they come due one after another.
const STEADY: Duration = Duration::from_secs(60);

struct House {
    store: Arc<SqliteStore>,
    clock: Arc<ManualClock>,
    receiver: Arc<Receiver>,
    engine: Engine,
}

impl House {
    /// The service on a filled database, so long after the first opening.
    async fn open(path: &Path, after: Duration) -> Self {
        let store = Arc::new(SqliteStore::open(&SqliteOptions::at(path)).await.unwrap());
        let clock = Arc::new(ManualClock::starting_at(START + after));
        let receiver = Arc::new(Receiver::default());
        let ports = outside::ports(Arc::clone(&store) as Arc<dyn Store>, &receiver, &clock);
        let engine = Engine::build(ports, outside::settings()).await.unwrap();
        Self { store, clock, receiver, engine }
    }

    /// Whether a rung is due and has not run.
    async fn rings(&self) -> bool {
        let mut any = false;
        let noted = &mut any;
        let scope = Scope { wakes: Some((self.engine.now(), 1)), ..Scope::default() };
        let looked = self.store.transact(
            scope,
            Box::new(move |loaded| {
                *noted = !loaded.wakes.is_empty();
                Changes::default()
            }),
        );
        looked.await.unwrap();
        any
    }

    /// Requests so far, once there were no more of them for a while and nothing is due.
    async fn comes_to_rest(&self) -> (Instant, u64) {
        let mut last = (Instant::now(), self.receiver.requests.load(Ordering::SeqCst));
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = self.receiver.requests.load(Ordering::SeqCst);
            let due = self.store.next_due().await.unwrap();
            if now != last.1 {
                last = (Instant::now(), now);
            } else if due.is_none_or(|due| due > self.engine.now()) {
                return last;
            }
        }
    }
}

fn tell(what: &str, measured: &str, goal: &str) {
    println!("  {what:<58} {measured:>16}   {goal}");
}

pub async fn run(what: &str, path: &Path, incidents: u64) {
    match what {
        "idle" => idle(path).await,
        "wakes" => wakes(path, incidents).await,
        "rungs" => rungs(path, incidents).await,
        "steady" => steady(path, incidents).await,
        "silence" => silence(path, incidents).await,
        _ => panic!("{what} is no measurement"),
    }
}

/// Start, memory, and what a poll costs that finds nothing due.
async fn idle(path: &Path) {
    let began = Instant::now();
    let house = House::open(path, BEFORE).await;
    house.engine.drain().await;
    tell(
        "start: open, build, first round",
        &format!("{:.0} ms", began.elapsed().as_secs_f64() * 1e3),
        "200 ms with 1 000 000",
    );
    let polls = 5_000_u32;
    let began = Instant::now();
    for _ in 0..polls {
        assert!(house.store.next_due().await.unwrap().is_some_and(|due| due > house.engine.now()));
    }
    let poll = began.elapsed().as_secs_f64() * 1e6 / f64::from(polls);
    tell("idle poll: what the loop asks when nothing is due", &format!("{poll:.1} µs"), "at most 10 µs");
    let rounds = 500_u32;
    let began = Instant::now();
    for _ in 0..rounds {
        house.engine.drain().await;
    }
    let round = began.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    tell("a whole round that finds nothing (timers, claim)", &format!("{round:.1} µs"), "-");
    let (resident, own) = outside::memory();
    tell("memory at rest", &format!("{resident:.1} MiB"), "64 MiB with 1 000 000");
    tell("  of it not backed by a file", &format!("{own:.1} MiB"), "-");
}

/// All of them come due at once, and nobody answers: the timers alone.
async fn wakes(path: &Path, incidents: u64) {
    let house = House::open(path, BEFORE).await;
    house.receiver.holds.store(true, Ordering::SeqCst);
    let stop = CancellationToken::new();
    tokio::join!(house.engine.run(stop.clone()), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        house.clock.advance(SPREAD + DELAY);
        tokio::time::sleep(Duration::from_millis(20)).await;
        while house.rings().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = began.elapsed().as_secs_f64();
        tell(
            "due rungs, timers alone: decided and durable",
            &format!("{:.0} /s", incidents as f64 / took),
            "at least 30 000 /s",
        );
        house.receiver.holds.store(false, Ordering::SeqCst);
        house.receiver.let_go.notify_waiters();
        stop.cancel();
    });
    house.store.close().await.unwrap();
}

/// All of them come due at once, through the whole engine.
async fn rungs(path: &Path, incidents: u64) {
    let house = House::open(path, BEFORE).await;
    let stop = CancellationToken::new();
    tokio::join!(house.engine.run(stop.clone()), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        house.clock.advance(SPREAD + DELAY);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (_, before) = house.comes_to_rest().await;
        // The bundles of the storm leave after their minute.
        house.clock.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (last, requests) = house.comes_to_rest().await;
        let took = last.duration_since(began).as_secs_f64();
        tell(
            "due rungs, whole engine: decided, told, ended, durable",
            &format!("{:.0} /s", incidents as f64 / took),
            "at least 30 000 /s",
        );
        tell("  requests for them, singly and in bundles", &format!("{before} + {}", requests - before), "-");
        let (resident, own) = outside::memory();
        tell("  memory after it (own)", &format!("{resident:.1} ({own:.1}) MiB"), "-");
        stop.cancel();
    });
    house.store.close().await.unwrap();
}

/// They come due one after another, for a minute of real time.
async fn steady(path: &Path, incidents: u64) {
    let house = House::open(path, BEFORE).await;
    let stop = CancellationToken::new();
    tokio::join!(house.engine.run(stop.clone()), async {
        let began = Instant::now();
        let mut moved = Duration::ZERO;
        while moved < STEADY {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let passed = began.elapsed();
            house.clock.advance(passed.saturating_sub(moved));
            moved = passed;
        }
        stop.cancel();
    });
    let mut late: Vec<i64> = Vec::new();
    let states = vec!["escalating".to_owned()];
    let limit = usize::try_from(incidents).unwrap();
    let filter = IncidentFilter { states, limit, ..IncidentFilter::default() };
    let all = house.store.incidents(&filter).await.unwrap().items;
    for row in &all {
        let lines = house.store.timeline(row.incident.id, None, 1_000).await.unwrap().items;
        late.extend(lines.iter().filter_map(|line| match &line.entry.event {
            Event::RungRan { due, .. } => Some(line.at.millis() - due.millis()),
            _ => None,
        }));
    }
    late.sort_unstable();
    let share = |part: f64| {
        late.get(((late.len() as f64 * part) as usize).min(late.len().saturating_sub(1))).copied().unwrap_or(-1)
    };
    let rate = incidents as f64 / SPREAD.as_secs_f64();
    tell(
        &format!("lateness of rungs at {rate:.0} /s, p99 of {}", late.len()),
        &format!("{} ms", share(0.99)),
        "at most 1 000 ms",
    );
    tell("  p50, and the worst", &format!("{}, {} ms", share(0.5), share(1.0)), "-");
    house.store.close().await.unwrap();
}

/// A silence over all of them, and its end.
async fn silence(path: &Path, incidents: u64) {
    let house = House::open(path, BEFORE).await;
    house.engine.drain().await;
    let now = house.engine.now();
    let until: Timestamp = now + Duration::from_secs(3_600);
    let order = Order {
        id: SilenceId::from_bits(7),
        kind: SilenceKind::Silence,
        matching: Matching::parse("{ all = [] }").unwrap(),
        times: Times::Once(Once::between(now, until).unwrap()),
        reason: "works".to_owned().try_into().unwrap(),
        by: "ada".to_owned(),
        at: now,
    };
    let silence = Silence::order(order).unwrap();
    let began = Instant::now();
    house.engine.keep_silence(silence).await.unwrap();
    let took = began.elapsed().as_secs_f64();
    tell(&format!("a silence that begins over {incidents}"), &format!("{took:.2} s"), "-");
    let began = Instant::now();
    house.engine.end_silence(SilenceId::from_bits(7), "ada", None).await.unwrap();
    let took = began.elapsed().as_secs_f64();
    tell(&format!("a silence that ends over {incidents}"), &format!("{took:.2} s"), "-");
    let (resident, own) = outside::memory();
    tell("  memory after it (own)", &format!("{resident:.1} ({own:.1}) MiB"), "-");
    house.store.close().await.unwrap();
}
