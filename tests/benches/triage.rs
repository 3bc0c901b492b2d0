//! What triage costs a signal, without store and network: `cargo bench -p watchfire-tests --bench triage`.
//!
//! The signals are those of the corpus in `tests/fixtures/triage/groups`, in all its languages. Each figure is the median of several turns over all
//! of them, in microseconds of one thread's CPU time for one signal.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

#[path = "../triage/corpus.rs"]
mod corpus;

use std::hint::black_box;
use std::time::Duration;

use domain::fingerprint::fingerprint;
use domain::policy::file::{DEFAULT, parse};
use domain::priority::{Known, assess};
use domain::signal::Signal;
use domain::time::Timestamp;

/// Linux counts a thread's time tick by tick: a turn of so many rounds over the corpus is long against a tick.
const ROUNDS: usize = 50;
const TURNS: usize = 15;
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn main() {
    let corpus = corpus::corpus();
    println!("{} groups of signals in {} files", groups(&corpus), files(&corpus));
    let signals: Vec<Signal> = corpus.into_iter().map(|case| case.signal).collect();
    let policy = parse(DEFAULT).unwrap().triage;
    println!("{} signals; µs a signal: median and slowest of {TURNS} turns", signals.len());
    told("fingerprint", &signals, |signal| {
        black_box(fingerprint(signal));
    });
    told("fingerprint and factors", &signals, |signal| {
        black_box(assess(signal, &Known::default(), &policy, NOW));
    });
}

fn groups(corpus: &[corpus::Case]) -> usize {
    corpus.iter().map(|case| (&case.file, &case.group)).collect::<std::collections::BTreeSet<_>>().len()
}

fn files(corpus: &[corpus::Case]) -> usize {
    corpus.iter().map(|case| &case.file).collect::<std::collections::BTreeSet<_>>().len()
}

fn told(what: &str, signals: &[Signal], work: impl Fn(&Signal)) {
    let many = f64::from(u32::try_from(signals.len() * ROUNDS).unwrap());
    let mut turns: Vec<f64> = (0..TURNS)
        .map(|_| {
            let before = cpu();
            for signal in (0..ROUNDS).flat_map(|_| signals) {
                work(black_box(signal));
            }
            (cpu() - before).as_secs_f64() * 1e6 / many
        })
        .collect();
    turns.sort_by(f64::total_cmp);
    println!("{what:<40} {:>8.2} {:>8.2}", turns[TURNS / 2], turns[TURNS - 1]);
}

/// Time of this thread on a CPU, as Linux counts it.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}
