//! What a batch of new incidents costs on disk: `cargo bench -p watchfire-store [-- 256]`. Compare figures of one run with each other; CPU time says
//! more than the clock where others share the machine.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "real time is what it measures")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

extern crate watchfire_store as store;

use std::time::Instant;

use domain::event::Event;
use domain::id::DeliveryId;
use serde_json::json;
use store::conformance::made::{at, delivery, entry, escalation, incident, key};
use store::contract::{Changes, Loaded, Scope, Store};
use store::record::{EscalationState, Identity, IdentityKey, NewDelivery, Wake};
use store::sqlite::{SqliteOptions, SqliteStore};

const INCIDENTS: u64 = 20_480;

/// A body that zstd cannot shrink, of the size that a body of 10 KB packs to.
fn body(number: u64) -> Vec<u8> {
    (0..3_000_u64).map(|n| ((n ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// What a hook that opens an incident saves.
fn open(changes: &mut Changes, number: u64, row: NewDelivery) {
    let mut new = incident(number);
    let ladder = escalation(new.id, 1, EscalationState::Pending);
    new.escalations = 1;
    let identity = Identity { incident: Some(new.id), last_signal_at: Some(at(1)), ..Default::default() };
    changes.identities.insert(IdentityKey(format!("acme/{:010}", 6_000_000_000 + number)), identity);
    let events = [
        json!({ "event": "opened", "level": "high", "priority": "high", "external_id": null, "previous": null }),
        json!({ "event": "signal", "delivery": row.id, "resource": "error", "action": "created", "events": 1 }),
        json!({
            "event": "escalation_started", "escalation": ladder.id, "ordinal": 1, "level": "high", "starts_at": at(120_000),
            "by_rise": false,
        }),
    ];
    for event in events {
        let event: Event = serde_json::from_value(event).unwrap();
        changes.timeline.push(entry(new.id, at(1), event));
    }
    changes.wakes.insert(new.id, Some(Wake { due: at(120_000), plan: 1 }));
    changes.escalations.insert(ladder.id, ladder);
    changes.deliveries.push(row);
    changes.incidents.insert(new.id, new);
}

/// User and system time of this process, in milliseconds, and bytes handed to the disk.
fn spent() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<u64>().ok())
        .sum();
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).and_then(|n| n.parse().ok());
    (ticks * 10, written.unwrap_or(0))
}

async fn measure(batch: u64, incidents: u64) {
    let folder = std::env::temp_dir().join(format!("watchfire-bench-{}-{batch}", std::process::id()));
    let store = SqliteStore::open(&SqliteOptions::at(folder.join("bench.db"))).await.unwrap();
    // Made before the clock starts: bodies are packed on the requests' own tasks.
    let mut rows: Vec<NewDelivery> =
        (1..=incidents).map(|number| delivery(number.cast_signed(), &body(number))).collect();
    rows.reverse();
    let mut prepared = Vec::new();
    for first in (1..=incidents).step_by(usize::try_from(batch).unwrap()) {
        let numbers = first..(first + batch).min(incidents + 1);
        let mut changes = Changes::default();
        let scope = Scope {
            deliveries: numbers.clone().map(|number| key(number.cast_signed())).collect(),
            identities: numbers.clone().map(|n| IdentityKey(format!("acme/{:010}", 6_000_000_000 + n))).collect(),
            ..Scope::default()
        };
        for number in numbers {
            open(&mut changes, number, rows.pop().unwrap());
        }
        prepared.push((scope, changes));
    }
    let ((cpu, bytes), begin) = (spent(), Instant::now());
    let mut slowest = std::time::Duration::ZERO;
    for (scope, changes) in prepared {
        let mut once = Some(changes);
        let one = Instant::now();
        store.transact(scope, Box::new(move |_: &mut Loaded| once.take().unwrap_or_default())).await.unwrap();
        slowest = slowest.max(one.elapsed());
    }
    let (elapsed, (cpu_after, bytes_after)) = (begin.elapsed(), spent());
    let each = |total: f64| total / incidents as f64;
    println!(
        "batch {batch:>3}: {:>7.0} incidents/s, {:>6.1} µs, {:>6.1} µs of CPU, {:>5.1} KB written each; slowest batch {:?}",
        incidents as f64 / elapsed.as_secs_f64(),
        each(elapsed.as_secs_f64() * 1e6),
        each((cpu_after - cpu) as f64 * 1e3),
        each((bytes_after - bytes) as f64 / 1e3),
        slowest,
    );
    assert!(store.delivery(DeliveryId(incidents.cast_signed())).await.unwrap().is_some());
    store.close().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let wanted: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
        for (batch, incidents) in [(256, INCIDENTS), (32, INCIDENTS / 2), (1, INCIDENTS / 16)] {
            if wanted.is_empty() || wanted.contains(&batch) {
                measure(batch, incidents).await;
            }
        }
    });
}
