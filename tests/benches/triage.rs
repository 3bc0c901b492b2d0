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

use domain::baseline::Baseline;
use domain::fingerprint::fingerprint;
use domain::policy::file::{DEFAULT, parse};
use domain::priority::{Known, assess};
use domain::project::ProjectHistory;
use domain::signal::Signal;
use domain::time::Timestamp;

/// Linux counts a thread's time tick by tick: a turn of so many rounds over the corpus is long against a tick.
const ROUNDS: usize = 50;
const TURNS: usize = 15;
const RULES: usize = 100;
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
    let (baseline, project) = learnt();
    let known = Known { baseline: Some(&baseline), project: Some(&project), ..Known::default() };
    told("the same, with a baseline and releases", &signals, |signal| {
        black_box(assess(signal, &known, &policy, NOW));
    });
    let ruled = parse(&format!("{DEFAULT}\n{}", rules(RULES))).unwrap().triage;
    told("the same, with 100 rules, none of which fits", &signals, |signal| {
        black_box(assess(signal, &known, &ruled, NOW));
    });
}

/// Four weeks of a few events an hour, and two releases.
fn learnt() -> (Baseline, ProjectHistory) {
    let (mut baseline, mut project) = (Baseline::default(), ProjectHistory::default());
    for hour in (0..28 * 24_u64).rev() {
        baseline.take_in(1 + hour % 5, NOW - Duration::from_hours(hour), &mut project.shape);
    }
    project.note("shop@1.4.1", NOW - Duration::from_hours(200));
    project.note("shop@1.4.2", NOW - Duration::from_hours(20));
    (baseline, project)
}

/// Rules of four tests each, a regular expression among them, that look at every signal in vain.
fn rules(count: usize) -> String {
    (0..count).fold(String::new(), |text, rule| {
        text + &format!(
            "[[rules]]\nname = \"rule-{rule}\"\nfloor = \"high\"\nwhen = {{ title = {{ regex = \"nobody {rule}$\" }}, \
             project = \"p{rule}\", environment = [\"a\", \"b\"], path = {{ prefix = \"/x{rule}\" }} }}\n"
        )
    })
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
    println!("{what:<46} {:>8.2} {:>8.2}", turns[TURNS / 2], turns[TURNS - 1]);
}

/// Time of this thread on a CPU, as Linux counts it.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}
