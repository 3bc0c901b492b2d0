//! What one million identities with baselines cost: `cargo bench -p watchfire-store --bench identities [-- COUNT]`.
//!
//! They are written to a store on disk, the store is opened anew, and batches of 256 of them, all over the table, are loaded, counted up and
//! saved, as hooks do. Told are the resident memory before and after, and what a batch costs.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "real time is what it measures")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

extern crate watchfire_store as store;

use std::time::Instant;

use domain::baseline::{Baseline, Shape};
use domain::time::Timestamp;
use store::contract::{Changes, Loaded, Scope, Store};
use store::record::{Identity, IdentityKey, ProjectKey};
use store::sqlite::{SqliteOptions, SqliteStore};

const IDENTITIES: u64 = 1_000_000;
const BATCHES: u64 = 1_000;
const BATCH: u64 = 256;
const HOUR: i64 = 3_600_000;
const BEGIN: i64 = 1_800_000_000_000;

fn key(number: u64) -> IdentityKey {
    IdentityKey(format!("issue/5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11/{}", 5_000_000_000 + number))
}

/// As two days of a few events leave it.
fn counted(number: u64, shape: &mut Shape) -> Baseline {
    let mut baseline = Baseline::default();
    for hour in [0, 3, 20, 40] {
        baseline.take_in(1 + number % 9, Timestamp::from_millis(BEGIN + hour * HOUR), shape);
    }
    baseline
}

/// Resident memory in MiB.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

async fn save(store: &SqliteStore, scope: Scope, mut decide: impl FnMut(&mut Loaded) -> Changes + Send) {
    store.transact(scope, Box::new(move |loaded: &mut Loaded| decide(loaded))).await.unwrap();
}

async fn measure(identities: u64) {
    let folder = std::env::temp_dir().join(format!("watchfire-identities-{}", std::process::id()));
    let options = SqliteOptions::at(folder.join("bench.db"));
    let store = SqliteStore::open(&options).await.unwrap();
    let mut shape = Shape::default();
    for first in (0..identities).step_by(2_000) {
        let mut changes = Changes::default();
        for number in first..(first + 2_000).min(identities) {
            let baseline = Some(counted(number, &mut shape));
            changes.identities.insert(key(number), Identity { baseline, ..Identity::default() });
        }
        let mut once = Some(changes);
        save(&store, Scope::default(), move |_| once.take().unwrap_or_default()).await;
    }
    store.close().await.unwrap();
    let bytes = std::fs::metadata(folder.join("bench.db")).unwrap().len();
    println!("{identities} identities with baselines: {:.0} bytes each on disk", bytes as f64 / identities as f64);

    let store = SqliteStore::open(&options).await.unwrap();
    let project = ProjectKey("bench".to_owned());
    let before = resident();
    let mut times = Vec::new();
    for batch in 0..BATCHES {
        let keys: Vec<IdentityKey> = (0..BATCH)
            .map(|place| key((batch * BATCH + place).wrapping_mul(0x9E37_79B9_7F4A_7C15) % identities))
            .collect();
        let at = Timestamp::from_millis(BEGIN + 48 * HOUR + batch.cast_signed() * 1_000);
        let scope = Scope { identities: keys, projects: vec![project.clone()], ..Scope::default() };
        let begin = Instant::now();
        save(&store, scope, move |loaded| {
            let mut shape = Shape::default();
            let mut changes = Changes::default();
            for (key, known) in &loaded.identities {
                let mut identity = known.clone();
                identity.baseline.get_or_insert_default().take_in(1, at, &mut shape);
                changes.identities.insert(key.clone(), identity);
            }
            changes
        })
        .await;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (half, most) = (times.len() / 2, times.len() * 99 / 100);
    println!(
        "{BATCHES} batches of {BATCH} all over the table: {:.1} ms (median), {:.1} ms (99 of 100)",
        times[half], times[most]
    );
    println!("resident memory: {before:.1} MiB before, {:.1} MiB after", resident());
    store.close().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    let asked = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(IDENTITIES);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(asked));
}
