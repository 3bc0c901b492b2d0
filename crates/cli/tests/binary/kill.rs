//! A promise kept through SIGKILL: what was answered is on disk, no rung is skipped, nobody is told twice but under the same key.
//!
//! The process is killed a hundred times while four connections post signed hooks to it, each time after a number of answers that a seed
//! draws. Both ends keep their own ledgers: the senders of what was answered, the receiver of what arrived.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a process that cannot be driven fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use serde_json::Value;

use crate::process::Folder;

const KILLS: u64 = 100;
const SENDERS: usize = 4;
/// The most answers between two kills.
const ANSWERS: u64 = 12;
const SECRET: &str = "6f1ed002ab5595859014ebf0951522d9";
/// Only a hanging service takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// One receiver for each rung, so that no endpoint is paged by two of them.
const RUNGS: [&str; 3] = ["first", "second", "third"];

/// A hook that was answered with 2xx.
struct Answered {
    delivery: String,
    incident: String,
    body: Vec<u8>,
}

/// A page that arrived.
struct Arrived {
    key: String,
    notifier: String,
    body: Value,
}

/// One HTTP/1.1 message: its first line, its headers in lower case, its body.
struct Message {
    first: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut line = || {
        let mut text = String::new();
        let count = stream.read_line(&mut text).ok()?;
        (count > 0).then(|| text.trim_end().to_owned())
    };
    let first = line()?;
    let mut headers = BTreeMap::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Message { first, headers, body })
}

fn post(stream: &mut BufReader<TcpStream>, head: &str, body: &[u8]) -> Option<Message> {
    let request = [head.as_bytes(), b"\r\n", body].concat();
    stream.get_mut().write_all(&request).ok()?;
    read(stream)
}

/// A signed hook about an issue that nobody has seen yet.
fn hook(number: u64) -> (String, Vec<u8>) {
    let body = format!(
        r#"{{"action":"created","installation":{{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"}},"data":{{"issue":{{"id":"{number}","title":"KeyError: order {number}","level":"fatal","status":"unresolved","project":{{"id":"7","slug":"shop"}},"count":"1","lastSeen":"2026-11-20T12:00:00Z"}}}}}}"#
    );
    let secret = SigningSecret::new("1", Secret::new(SECRET.to_owned()));
    let head = format!(
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: watchfire\r\nContent-Type: application/json\r\nSentry-Hook-Resource: issue\r\n\
         Sentry-Hook-Signature: {}\r\nContent-Length: {}\r\n",
        sign(&secret, body.as_bytes()),
        body.len()
    );
    (head, body.into_bytes())
}

/// Posts fresh hooks until the service is gone.
fn send(address: &str, numbers: &AtomicU64, answered: &Sender<Answered>) {
    let Ok(stream) = TcpStream::connect(address) else { return };
    let mut stream = BufReader::new(stream);
    loop {
        let (head, body) = hook(numbers.fetch_add(1, Ordering::SeqCst));
        let Some(answer) = post(&mut stream, &head, &body) else { return };
        if answer.first.contains(" 202 ") {
            let said: Value = serde_json::from_slice(&answer.body).unwrap();
            let text = |name: &str| said[name].as_str().unwrap().to_owned();
            let kept = Answered { delivery: text("delivery"), incident: text("incident"), body };
            if answered.send(kept).is_err() {
                return;
            }
        }
    }
}

/// A receiver that outlives every kill.
fn receive() -> (u16, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, arrived) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                while let Some(message) = read(&mut stream) {
                    let path = message.first.split(' ').nth(1).unwrap_or_default();
                    let page = Arrived {
                        key: message.headers.get("webhook-id").cloned().unwrap_or_default(),
                        notifier: path.trim_start_matches('/').to_owned(),
                        body: serde_json::from_slice(&message.body).unwrap(),
                    };
                    // The ledger first: what is answered was received.
                    if sender.send(page).is_err()
                        || stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    (port, arrived)
}

fn configure(folder: &Folder, port: u16) {
    let mut config = "policy = \"policy.toml\"\n[log]\nlevel = \"error\"\n".to_owned();
    let mut rungs = String::new();
    for (number, name) in RUNGS.iter().enumerate() {
        config += &format!(
            "[notifiers.{name}]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:{port}/{name}\"\n\
             secret = \"whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIGFyZSBuZWVkZWQ=\"\nallow_private = true\n"
        );
        rungs += &format!("{{ after = \"{number}s\", targets = [\"notifier:{name}\"] }},");
    }
    let mut policy = "fallback = [\"notifier:first\"]\n[roles]\n".to_owned();
    for level in ["critical", "high", "medium", "low", "maintenance"] {
        policy += &format!(
            "[levels.{level}]\ninitial_delay = \"0\"\ncooldown = \"1h\"\nmax_cooldown = \"1h\"\nack_timeout = \"1h\"\nexhausted_after = \"1h\"\n\
             quiet_resolve = \"24h\"\nreopen_window = \"24h\"\nrungs = [{rungs}]\n"
        );
    }
    folder.write("watchfire.toml", &config);
    folder.write("policy.toml", &policy);
}

/// A seed's next number below `below` (`SplitMix64`).
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % below
}

#[test]
fn a_hundred_kills_lose_nothing_skip_nothing_and_repeat_nothing_without_its_key() {
    let folder = Folder::new();
    let (port, arrived) = receive();
    configure(&folder, port);
    let secret = [("SENTRY_WEBHOOK_SECRET", SECRET)];
    let numbers = AtomicU64::new(1_000);
    let mut seed = 20_261_120;
    let mut ledger: Vec<Answered> = Vec::new();
    for _ in 0..KILLS {
        let service = folder.serve_with(&secret);
        let address = service.address();
        let (sender, answered) = channel();
        let wanted = draw(&mut seed, ANSWERS);
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                let sender = sender.clone();
                let (address, numbers) = (&address, &numbers);
                scope.spawn(move || send(address, numbers, &sender));
            }
            drop(sender);
            ledger.extend((0..wanted).map(|_| answered.recv_timeout(PATIENCE).unwrap()));
            // SIGKILL, in the middle of whatever it was doing.
            drop(service);
            ledger.extend(answered.iter());
        });
    }
    assert!(ledger.len() > 300, "only {} hooks were answered", ledger.len());

    let service = folder.serve_with(&secret);
    let pages = pages_of_all(&ledger, &arrived);
    nothing_was_told_twice_without_its_key(&pages);
    let token = std::fs::read_to_string(folder.path("data/admin-token")).unwrap();
    let mut api = BufReader::new(TcpStream::connect(service.address()).unwrap());
    let asked = AtomicUsize::new(0);
    let mut get = |path: &str| {
        asked.fetch_add(1, Ordering::SeqCst);
        let head = format!("GET {path} HTTP/1.1\r\nHost: watchfire\r\nAuthorization: Bearer {}\r\n", token.trim());
        let answer = post(&mut api, &head, b"").unwrap();
        assert!(answer.first.contains(" 200 "), "{path}: {}", answer.first);
        answer.body
    };
    for kept in &ledger {
        let body = get(&format!("/api/v1/deliveries/{}/body", kept.delivery));
        assert_eq!(body, kept.body, "{} came back changed", kept.delivery);
        let incident: Value = serde_json::from_slice(&get(&format!("/api/v1/incidents/{}", kept.incident))).unwrap();
        let ran: Vec<u64> = incident["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["event"] == "rung_ran")
            .map(|entry| entry["data"]["rung"].as_u64().unwrap())
            .collect();
        assert_eq!(ran, [0, 1, 2], "the rungs of {}", kept.incident);
    }
    assert_eq!(asked.into_inner(), 2 * ledger.len());
}

/// Everything that arrives until each answered incident was told by each of its rungs.
fn pages_of_all(ledger: &[Answered], arrived: &Receiver<Arrived>) -> Vec<Arrived> {
    let mut missing: BTreeSet<(String, String)> =
        ledger.iter().flat_map(|kept| RUNGS.map(|notifier| (kept.incident.clone(), notifier.to_owned()))).collect();
    let mut pages = Vec::new();
    while !missing.is_empty() {
        let Ok(page) = arrived.recv_timeout(PATIENCE) else {
            panic!("{} pages never came, such as {:?}", missing.len(), missing.first());
        };
        let incident = page.body["data"]["incident"]["id"].as_str().unwrap().to_owned();
        missing.remove(&(incident, page.notifier.clone()));
        pages.push(page);
    }
    pages
}

fn nothing_was_told_twice_without_its_key(pages: &[Arrived]) {
    let mut keys: BTreeMap<(String, &str), &str> = BTreeMap::new();
    for page in pages {
        let incident = page.body["data"]["incident"]["id"].to_string();
        let told = (incident, page.notifier.as_str());
        let key = *keys.entry(told.clone()).or_insert(&page.key);
        assert_eq!(key, page.key, "{told:?} was told twice under two keys");
    }
}
