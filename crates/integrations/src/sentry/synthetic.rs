//! A hook of our own making: what `test-webhook` and drills send through the true path (semantics S2).

use domain::signal::Resource;
use domain::time::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A hook ready to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticHook {
    /// The value of the resource header.
    pub resource: &'static str,
    /// The body; it carries the mark `"watchfire": {"synthetic": true}`.
    pub body: Vec<u8>,
}

/// An alert on a fatal, unhandled error in production, such as triage pages for.
///
/// `nonce` makes its identity (issue, event, fingerprint, frames) its own: no two of them join one incident, and as it speaks as the
/// installation `watchfire`, none joins a real one. `base` is where its links begin, such as `https://sentry.example`.
#[must_use]
pub fn synthetic_hook(nonce: u64, now: Timestamp, base: &str) -> SyntheticHook {
    let base = base.trim_end_matches('/');
    let word = word(nonce);
    let event = event_id(nonce, now);
    let seconds = now.millis().div_euclid(1000);
    let title = format!("WatchfireTest: this is a test, nothing is broken ({word})");
    let body = json!({
        "action": "triggered",
        "installation": {"uuid": "watchfire"},
        "watchfire": {"synthetic": true},
        "data": {
            "event": {
                "event_id": event,
                "project": 1,
                "platform": "rust",
                "level": "fatal",
                "type": "error",
                "title": title,
                "culprit": format!("watchfire::{word} in light_the_beacon"),
                "message": "",
                "environment": "production",
                "release": "watchfire-test@1",
                "transaction": "/test-webhook",
                "datetime": now.to_string(),
                "timestamp": seconds,
                "received": seconds,
                "fingerprint": ["watchfire-test", word],
                "metadata": {
                    "type": "WatchfireTest",
                    "value": format!("this is a test, nothing is broken ({word})"),
                    "function": "light_the_beacon",
                    "severity": 1.0,
                    "severity_reason": "log_level_fatal",
                    "initial_priority": 75,
                },
                "exception": {"values": [{
                    "type": "WatchfireTest",
                    "value": format!("this is a test, nothing is broken ({word})"),
                    "mechanism": {"type": "panic", "handled": false},
                    "stacktrace": {"frames": [
                        {"module": "std::rt", "function": "lang_start", "in_app": false},
                        {"module": format!("watchfire::{word}"), "function": "light_the_beacon", "in_app": true},
                    ]},
                }]},
                "tags": [["environment", "production"], ["handled", "no"], ["level", "fatal"], ["watchfire.synthetic", "yes"]],
                "issue_id": nonce.to_string(),
                "issue_url": format!("{base}/api/0/organizations/watchfire/issues/{nonce}/"),
                "url": format!("{base}/api/0/projects/watchfire/test-webhook/events/{event}/"),
                "web_url": format!("{base}/organizations/watchfire/issues/{nonce}/events/{event}/"),
            },
            "triggered_rule": "watchfire test-webhook",
        },
        "actor": {"type": "application", "id": "watchfire", "name": "Watchfire"},
    });
    SyntheticHook { resource: Resource::EventAlert.as_str(), body: body.to_string().into_bytes() }
}

fn event_id(nonce: u64, now: Timestamp) -> String {
    let mut hash = Sha256::new();
    hash.update(nonce.to_be_bytes());
    hash.update(now.millis().to_be_bytes());
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The nonce in letters that no hexadecimal number has: the masks of the fingerprint take out numbers, and would make all tests one.
fn word(nonce: u64) -> String {
    const LETTERS: &[u8; 16] = b"ghijklmnopqrstuv";
    (0..16)
        .rev()
        .map(|place| char::from(LETTERS[(nonce >> (place * 4)) as usize & 15]))
        .skip_while(|letter| *letter == 'g')
        .collect()
}
