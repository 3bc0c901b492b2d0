//! A day of virtual time on the engine and the store in memory: a million signals, ten thousand incidents, people who answer and people who do
//! not. `cargo bench -p watchfire-tests --bench day [-- --signals N --incidents N]`; the goal is 120 s of real time at the most.
//!
//! Nothing waits: the clock is moved from second to second, and whatever is due is done. The generator and the store share the one thread, and are
//! part of the time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "real time is what it measures")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

#[path = "load/outside.rs"]
mod outside;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::command::Act;
use domain::id::IncidentId;
use domain::time::{ManualClock, Timestamp};
use engine::engine::Engine;
use engine::intake::{Answer, Hook};
use engine::operate::{Operation, Verb};
use futures_util::future::join_all;
use outside::{Receiver, START};
use serde_json::json;
use store::contract::Store;
use store::memory::MemoryStore;
use tokio_util::sync::CancellationToken;

const GOAL: f64 = 120.0;
const SECONDS: u64 = 24 * 60 * 60;
/// How long an error goes on, in seconds.
const LASTS: u64 = 2 * 60 * 60;

struct Size {
    signals: u64,
    incidents: u64,
}

impl Size {
    fn of_process() -> Self {
        let mut size = Self { signals: 1_000_000, incidents: 10_000 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value =
                || words.next().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{word} needs a number"));
            match word.as_str() {
                // What cargo itself says to a bench.
                "--bench" => {}
                "--signals" => size.signals = value(),
                "--incidents" => size.incidents = value(),
                _ => panic!("{word} is no option"),
            }
        }
        size
    }

    /// The second at which an issue is seen for the n-th time: it begins at its place in the day, and the last ones end with it.
    fn second(&self, issue: u64, nth: u64, each: u64) -> u64 {
        issue * (SECONDS - LASTS) / self.incidents + nth * LASTS / each
    }
}

/// What happens in one second.
#[derive(Clone, Copy)]
enum Happens {
    Seen { issue: u64 },
    Acknowledged { issue: u64 },
    ResolvedInSentry { issue: u64 },
    Resolved { issue: u64 },
}

/// Six of ten issues are acknowledged ten minutes in; half of all are resolved in Sentry when they are over, the others here.
fn plan(size: &Size) -> BTreeMap<u64, Vec<Happens>> {
    let mut day: BTreeMap<u64, Vec<Happens>> = BTreeMap::new();
    let each = size.signals / size.incidents;
    for issue in 0..size.incidents {
        for nth in 0..each {
            day.entry(size.second(issue, nth, each)).or_default().push(Happens::Seen { issue });
        }
        let begins = size.second(issue, 0, each);
        if issue % 10 < 6 {
            day.entry(begins + 600).or_default().push(Happens::Acknowledged { issue });
        }
        let over = if issue % 2 == 0 { Happens::ResolvedInSentry { issue } } else { Happens::Resolved { issue } };
        day.entry((begins + LASTS).min(SECONDS)).or_default().push(over);
    }
    day
}

fn main() {
    let size = Size::of_process();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(live_through(&size));
}

async fn live_through(size: &Size) {
    let store = Arc::new(MemoryStore::empty());
    let clock = Arc::new(ManualClock::starting_at(START));
    let receiver = Arc::new(Receiver::default());
    let ports = outside::ports(Arc::clone(&store) as Arc<dyn Store>, &receiver, &clock);
    let engine = Engine::build(ports, outside::settings()).await.unwrap();
    let day = plan(size);
    let (began, cpu_before) = (Instant::now(), cpu());
    let (mut generator, mut events, mut steps) = (Duration::ZERO, 0_u64, 0_usize);
    let mut incidents: BTreeMap<u64, IncidentId> = BTreeMap::new();
    for second in 0..=SECONDS {
        let now = engine.now();
        let (mut hooks, mut issues) = (Vec::new(), Vec::new());
        let mut acts: Vec<(u64, Verb)> = Vec::new();
        let made = Instant::now();
        for happens in day.get(&second).into_iter().flatten() {
            match *happens {
                Happens::Seen { issue } => {
                    events += 1;
                    let level = ["error", "warning", "fatal", "error", "info"][usize::try_from(issue % 5).unwrap()];
                    hooks.push(outside::event(issue, events, level, now));
                    issues.push(issue);
                }
                Happens::ResolvedInSentry { issue } => {
                    hooks.push(resolved(issue, now));
                    issues.push(issue);
                }
                Happens::Acknowledged { issue } => acts.push((issue, Verb::Acknowledge)),
                Happens::Resolved { issue } => acts.push((issue, Verb::Resolve { fixed_in: None })),
            }
        }
        generator += made.elapsed();
        for (issue, answer) in issues.into_iter().zip(hear(&engine, hooks).await) {
            if let Some(incident) = answer.incident {
                incidents.insert(issue, incident);
            }
        }
        for (issue, verb) in acts {
            act(&engine, incidents.get(&issue), verb).await;
        }
        if store.next_due().await.unwrap().is_some_and(|due| due <= engine.now()) {
            steps += engine.drain().await;
        }
        clock.advance(Duration::from_secs(1));
    }
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu() - cpu_before);
    let figures = store.figures(engine.now()).await.unwrap();
    let opened: u64 = figures.incidents.iter().map(|(_, _, count)| count).sum();
    let (resident, _) = outside::memory();
    println!("24 h of virtual time, {events} signals, {opened} incidents, on the engine and the store in memory");
    println!(
        "  {took:>9.1} s        of real time (goal: at most {GOAL} s), {cpu:.1} s of CPU; {:.1} s of it the generator's",
        generator.as_secs_f64()
    );
    println!("  {:>9.1} µs       a signal, with all that follows from it", took * 1e6 / events as f64);
    println!(
        "  {:>9}          requests sent, {steps} timers and tasks, {} commits",
        receiver.requests.load(Ordering::SeqCst),
        store.commits()
    );
    println!("  {resident:>9.0} MiB      resident in the end: everything is kept");
    for (state, level, count) in &figures.incidents {
        println!("  {count:>9}          {state} {level}");
    }
}

/// The service hears what comes within one second, and commits it together, as it does under load.
async fn hear(engine: &Engine, hooks: Vec<Hook>) -> Vec<Answer> {
    if hooks.is_empty() {
        return Vec::new();
    }
    let stop = CancellationToken::new();
    let heard = async {
        let answers = join_all(hooks.into_iter().map(|hook| engine.receive(hook))).await;
        stop.cancel();
        answers
    };
    // It runs before the first of them comes: else that one would be committed alone.
    let ((), answers) = tokio::join!(engine.run(stop.clone()), heard);
    answers.into_iter().map(Result::unwrap).collect()
}

/// One that ended meanwhile refuses; that is no surprise.
async fn act(engine: &Engine, incident: Option<&IncidentId>, verb: Verb) {
    if let Some(incident) = incident {
        let _ = engine.operate(Operation::Act { incident: *incident, act: Act::by("ada"), verb }).await;
    }
}

/// Sentry says that an issue is resolved.
fn resolved(issue: u64, at: Timestamp) -> Hook {
    let word = outside::word(issue);
    let body = json!({
        "action": "resolved",
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"issue": {
            "id": issue.to_string(), "url": format!("https://sentry.example/api/0/organizations/acme/issues/{issue}/"),
            "title": format!("KeyError: {word}"), "culprit": format!("shop.{word} in total"), "level": "error",
            "status": "resolved", "substatus": null, "statusDetails": {},
            "project": {"id": "1", "name": "Shop", "slug": "shop", "platform": "python"},
            "metadata": {"type": "KeyError", "value": word}, "lastSeen": at.to_string(),
        }},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    });
    outside::hook("issue", body.to_string())
}

/// The CPU time of the process so far, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
