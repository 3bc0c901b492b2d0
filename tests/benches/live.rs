//! What a hundred thousand live incidents cost, on SQLite with `synchronous = FULL`: memory, start, idle polls, due rungs, lateness, a silence over
//! all of them. `cargo bench -p watchfire-tests --bench live [-- --incidents N --only WORD]`.
//!
//! The database is filled once, by signed hooks through the engine, and copied; each measurement runs on a copy of its own, in a process of its
//! own, so that no memory of the filling is counted. The clock is moved by hand: where lateness is measured, as fast as real time passes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "real time, threads and processes are what it measures")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

#[path = "live/measure.rs"]
mod measure;
#[path = "load/outside.rs"]
mod outside;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::time::ManualClock;
use engine::engine::Engine;
use futures_util::future::join_all;
use outside::{Receiver, START};
use store::contract::Store;
use store::sqlite::{SqliteOptions, SqliteStore};

/// Openings are spread over so much virtual time, and with them everything that follows.
pub const SPREAD: Duration = Duration::from_secs(600);
/// Hooks under way at once while the database is filled.
const AT_ONCE: u64 = 128;

struct Options {
    incidents: u64,
    only: Option<String>,
    /// The measurement that this process is for, and its database.
    measures: Option<(String, PathBuf)>,
}

impl Options {
    fn of_process() -> Self {
        let mut options = Self { incidents: 100_000, only: None, measures: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                // What cargo itself says to a bench.
                "--bench" => {}
                "--incidents" => options.incidents = value().parse().unwrap(),
                "--only" => options.only = Some(value()),
                "--measure" => options.measures = Some((value(), PathBuf::from(value()))),
                _ => panic!("{word} is no option"),
            }
        }
        options
    }
}

fn main() {
    let options = Options::of_process();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let Some((what, path)) = &options.measures {
        return runtime.block_on(measure::run(what, path, options.incidents));
    }
    let folder = std::env::temp_dir().join(format!("watchfire-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let filled = folder.join("filled.db");
    let took = runtime.block_on(fill(&filled, options.incidents));
    let megabytes = std::fs::metadata(&filled).unwrap().len() as f64 / 1e6;
    println!("{} live incidents of level high on SQLite, synchronous = FULL", options.incidents);
    println!("  filled by signed hooks through the engine in {took:.1} s; {megabytes:.0} MB on disk");
    println!("  {:<58} {:>16}   goal", "", "measured");
    for what in measure::ALL {
        if options.only.as_ref().is_some_and(|word| !what.contains(word.as_str())) {
            continue;
        }
        let copy = folder.join(format!("{what}.db"));
        std::fs::copy(&filled, &copy).unwrap();
        let number = options.incidents.to_string();
        let arguments = ["--incidents", &number, "--measure", what];
        let status = Command::new(std::env::current_exe().unwrap()).args(arguments).arg(&copy).status().unwrap();
        if !status.success() {
            println!("  {what} came to nothing: {status}");
        }
        let _ = std::fs::remove_file(&copy);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// Opens them one after another, spread over [`SPREAD`]; nobody is told yet, because a high waits for two minutes, and nobody rings timers.
async fn fill(path: &Path, incidents: u64) -> f64 {
    let store = Arc::new(SqliteStore::open(&SqliteOptions::at(path)).await.unwrap());
    let clock = Arc::new(ManualClock::starting_at(START));
    let receiver = Arc::new(Receiver::default());
    let ports = outside::ports(Arc::clone(&store) as Arc<dyn Store>, &receiver, &clock);
    let engine = Engine::build(ports, outside::settings()).await.unwrap();
    let began = Instant::now();
    let mut opened = 0;
    // Nobody runs the engine: hooks are committed, and no timer rings.
    while opened < incidents {
        let until = (opened + AT_ONCE).min(incidents);
        let now = engine.now();
        let mut left: Vec<u64> = (opened..until).collect();
        // A disk that is busy for a moment is asked again, as Sentry would.
        while !left.is_empty() {
            let hooks = left.iter().map(|issue| engine.receive(outside::event(*issue, *issue, "error", now)));
            let answers = join_all(hooks).await;
            left =
                left.into_iter().zip(answers).filter(|(_, answer)| answer.is_err()).map(|(issue, _)| issue).collect();
        }
        let share = u32::try_from(until - opened).unwrap();
        clock.advance(SPREAD * share / u32::try_from(incidents).unwrap());
        opened = until;
    }
    let took = began.elapsed().as_secs_f64();
    store.checkpoint().await.unwrap();
    store.close().await.unwrap();
    took
}
