//! A seeded simulation: storms of signals, answers, deaths, lost leases, throttling, jumps of the clock, on the real engine and a real store;
//! what must never happen is checked after every step. A seed repeats itself bit by bit.
//!
//! `WATCHFIRE_SEEDS=5000` runs more worlds, `WATCHFIRE_SEED=17` one of them, telling each step (with `--nocapture`).
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a world that cannot be made is a failed test, and a world that is looked at tells its story"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

mod chance;
mod faulty_store;
mod house;
mod mischief;
mod orders;
mod outside;
mod sentry;
mod story;
mod witness;
mod world;

use world::{Ground, World};

/// How many steps a world takes: fewer where each costs real disk time.
const fn steps_on(ground: Ground) -> usize {
    match ground {
        Ground::Memory => 48,
        Ground::Sqlite => 32,
    }
}

/// What a world came to.
struct Ended {
    seen: BTreeMap<&'static str, u64>,
    fingerprint: String,
    broken: Option<String>,
}

/// Lives through one world, up to its first broken rule.
fn live(seed: u64, ground: Ground) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut world = World::drawn_by(seed, ground).await;
        world.starts().await;
        let mut steps = 0;
        while steps < steps_on(ground) && world.witness.book().violations.is_empty() {
            world.step().await;
            steps += 1;
            // Looking costs time, on disk most of all, and what is wrong stays wrong.
            if steps % if ground == Ground::Memory { 2 } else { 6 } == 0 {
                world.check().await;
            }
        }
        if world.witness.book().violations.is_empty() {
            let calls = world.stormy_calls();
            world.calms_down().await;
            if let Some((calls, faults)) = calls {
                let mut book = world.witness.book();
                *book.seen.entry("calls in stormy worlds").or_default() += calls;
                *book.seen.entry("faults in stormy worlds").or_default() += faults;
            }
            world.check().await;
            world.check_ledgers().await;
        }
        let broken = {
            let violations = world.witness.book().violations.clone();
            (!violations.is_empty()).then(|| {
                format!(
                    "world {seed} on {ground:?} broke its rules in step {steps}:\n  {}\nits last lines:\n{}run it alone with WATCHFIRE_SEED={seed}",
                    violations.join("\n  "),
                    world.witness.told(),
                )
            })
        };
        let mut seen = world.witness.book().seen.clone();
        *seen.entry("deliveries").or_default() += world.answered.len() as u64;
        *seen.entry("two engines").or_default() += u64::from(world.has_two_engines());
        let fingerprint = world.witness.fingerprint();
        world.ends().await;
        Ended { seen, fingerprint, broken }
    })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives through worlds on all cores; gives what they saw, and the first failures.
fn live_all(seeds: std::ops::Range<u64>, ground: Ground) -> BTreeMap<&'static str, u64> {
    let seeds = number("WATCHFIRE_SEED").map_or(seeds, |one| one..one + 1);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(seeds.start);
    let seen: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    let broken: Mutex<BTreeMap<u64, String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || broken.lock().expect("no panic before").len() >= 12 {
                        return;
                    }
                    let ended = live(seed, ground);
                    let mut seen = seen.lock().expect("no panic before");
                    for (what, count) in ended.seen {
                        *seen.entry(what).or_default() += count;
                    }
                    if let Some(story) = ended.broken {
                        broken.lock().expect("no panic before").insert(seed, story);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("no panic before");
    assert!(broken.is_empty(), "{}", broken.into_values().collect::<Vec<_>>().join("\n\n"));
    seen.into_inner().expect("no panic before")
}

fn tell(seen: &BTreeMap<&'static str, u64>) {
    println!("{seen:#?}");
}

#[test]
fn no_storm_breaks_a_promise() {
    let seeds = number("WATCHFIRE_SEEDS").unwrap_or(500);
    let seen = live_all(0..seeds, Ground::Memory);
    tell(&seen);
    if seeds < 500 || number("WATCHFIRE_SEED").is_some() {
        return;
    }
    // A storm that never reached a corner proves nothing about it.
    for what in CORNERS {
        let count = seen.get(what).copied().unwrap_or(0);
        assert!(count >= 20, "`{what}` came up only {count} times in {seeds} worlds");
    }
    let of = |what| seen.get(what).copied().unwrap_or(0);
    let (calls, faults) = (of("calls in stormy worlds"), of("faults in stormy worlds"));
    assert!(
        calls > 0 && faults * 100 >= calls * 30,
        "only {faults} of {calls} calls went wrong where three of ten should"
    );
}

#[test]
fn no_storm_breaks_a_promise_on_disk() {
    tell(&live_all(1_000_000..1_000_050, Ground::Sqlite));
}

#[test]
fn a_seed_repeats_itself() {
    for seed in [3, 77, 4_711] {
        let (once, again) = (live(seed, Ground::Memory), live(seed, Ground::Memory));
        assert_eq!(once.fingerprint, again.fingerprint, "world {seed} went another way");
    }
}

const CORNERS: [&str; 63] = [
    "a bundle acknowledged",
    "a critical bundle",
    "a digest",
    "a late act",
    "a rung on a day of change",
    "a stale act",
    "a storm bundle",
    "a summary",
    "acknowledged",
    "acknowledged_in_part",
    "acknowledgement_ended",
    "agent_called",
    "agent_progressed",
    "assigned",
    "clock_jumped",
    "death",
    "demoted",
    "drill",
    "excused",
    "exhausted",
    "fell",
    "fix_announced",
    "fix_hold_ended",
    "grew",
    "hold_ended",
    "in_maintenance",
    "issue_closed",
    "issue_joined",
    "jump",
    "labelled",
    "lease lost",
    "left_maintenance",
    "limit_reached",
    "long stop",
    "override",
    "page_delivered",
    "page_failed",
    "page_held",
    "rebased",
    "recurring silence ordered",
    "recurring window ordered",
    "refused",
    "reopened",
    "resolved",
    "resumed",
    "rose",
    "rung_ran",
    "rung_reached_nobody",
    "rung_skipped",
    "silence ended early",
    "silence ordered",
    "silence_ended",
    "silence_lifted",
    "silenced",
    "snooze_ended",
    "snoozed",
    "stale_resolve",
    "storm",
    "throttled",
    "trouble",
    "two engines",
    "undone",
    "window ordered",
];
