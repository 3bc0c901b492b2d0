//! Senders of signed hooks over kept-alive connections, with a ledger of what was answered. What was not answered is sent again.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use serde_json::Value;

use crate::house::SECRET;

/// Answered deliveries: the name, whether it was known already, the body.
#[derive(Default)]
pub struct Ledger {
    pub answered: Vec<(String, bool, Vec<u8>)>,
    /// Answers other than 2xx and 503, which no sender must get.
    pub odd: Vec<String>,
}

#[derive(Default)]
struct Shared {
    address: Option<SocketAddr>,
    ended: bool,
    ledger: Ledger,
}

pub struct Clients {
    shared: Arc<(Mutex<Shared>, Condvar)>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    pub fn start(count: u64) -> Self {
        let shared: Arc<(Mutex<Shared>, Condvar)> = Arc::default();
        let threads = (0..count)
            .map(|number| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || send_all(number, &shared))
            })
            .collect();
        Self { shared, threads }
    }

    /// From now on the service is there, or nowhere.
    pub fn reach(&self, address: Option<SocketAddr>) {
        self.shared.0.lock().unwrap().address = address;
        self.shared.1.notify_all();
    }

    /// Waits for so many more answers, but not for longer than this.
    pub fn wait_for_answers(&self, more: u64, most: Duration) {
        let shared = self.shared.0.lock().unwrap();
        let wanted = shared.ledger.answered.len() as u64 + more;
        let waiting = |shared: &mut Shared| (shared.ledger.answered.len() as u64) < wanted;
        drop(self.shared.1.wait_timeout_while(shared, most, waiting).unwrap());
    }

    pub fn end(self) -> Ledger {
        self.shared.0.lock().unwrap().ended = true;
        self.shared.1.notify_all();
        for thread in self.threads {
            thread.join().expect("no client panics");
        }
        std::mem::take(&mut self.shared.0.lock().unwrap().ledger)
    }
}

fn send_all(number: u64, shared: &(Mutex<Shared>, Condvar)) {
    let secret = SigningSecret::new("1", Secret::new(SECRET.to_owned()));
    let mut said = 0_u64;
    let mut unanswered: Option<Vec<u8>> = None;
    let mut connection: Option<(SocketAddr, Connection)> = None;
    loop {
        let address = {
            let known =
                shared.1.wait_while(shared.0.lock().unwrap(), |shared| shared.address.is_none() && !shared.ended);
            let known = known.unwrap();
            if known.ended {
                return;
            }
            known.address
        };
        let Some(address) = address else { continue };
        if connection.as_ref().is_none_or(|(where_to, _)| *where_to != address) {
            connection = Connection::open(address).ok().map(|one| (address, one));
        }
        let body = unanswered.take().unwrap_or_else(|| {
            said += 1;
            hook(number, said)
        });
        let answer = connection.as_mut().map(|(_, one)| one.post(&body, &sign(&secret, &body)));
        match answer {
            Some(Ok((status, answer))) => {
                let mut known = shared.0.lock().unwrap();
                match status {
                    200 | 202 => {
                        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                        let delivery = answer["delivery"].as_str().unwrap_or_default().to_owned();
                        known.ledger.answered.push((delivery, status == 200, body));
                        shared.1.notify_all();
                    }
                    503 => unanswered = Some(body),
                    _ => known.ledger.odd.push(format!("{status} {}", String::from_utf8_lossy(&answer))),
                }
            }
            Some(Err(_)) | None => {
                unanswered = Some(body);
                connection = None;
                // Whoever is dead stays so until the next one listens elsewhere; a new connection to it is refused at once.
                let known = shared.0.lock().unwrap();
                let same = |shared: &mut Shared| shared.address == Some(address) && !shared.ended;
                drop(shared.1.wait_timeout_while(known, Duration::from_millis(20), same).unwrap());
            }
        }
    }
}

/// Each sender has issues of its own, twenty events to each, so that ladders run at every kill; the last one gets all the rest.
fn hook(sender: u64, said: u64) -> Vec<u8> {
    let issue = 1_000 * (sender + 1) + (said / 20).min(48);
    let level = ["fatal", "error", "warning", "info"][(issue % 4) as usize];
    let event = format!("{sender:08x}{said:024x}");
    serde_json::json!({
        "action": "triggered",
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
        "data": {"event": {
            "event_id": event, "issue_id": issue.to_string(), "project": 1, "platform": "python", "level": level,
            "type": "error", "title": format!("KeyError in {issue}"), "culprit": "shop.cart in total",
            "datetime": "2026-05-04T08:19:30.500000Z", "web_url": format!("https://acme.sentry.example/issues/{issue}/events/{event}/"),
            "metadata": {"type": "KeyError", "value": "a"}, "tags": [["environment", "production"]],
        }, "triggered_rule": "Every error"},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    })
    .to_string()
    .into_bytes()
}

/// One kept-alive connection that speaks as much HTTP/1.1 as the service does.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    pub fn post(&mut self, body: &[u8], signature: &str) -> io::Result<(u16, Vec<u8>)> {
        let head = format!(
            "POST /api/sentry-webhook HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             sentry-hook-resource: event_alert\r\nsentry-hook-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.ask(head.as_bytes(), body)
    }

    pub fn get(&mut self, path: &str, token: &str) -> io::Result<(u16, Vec<u8>)> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        self.ask(head.as_bytes(), &[])
    }

    fn ask(&mut self, head: &[u8], body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut request = head.to_vec();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let (first, length) = read_head(&mut self.stream)?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, answer))
    }
}

/// The first line of a message, and the length of its body.
pub fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<(String, usize)> {
    let (lines, length) = read_lines(stream)?;
    Ok((lines.into_iter().next().unwrap_or_default(), length))
}

/// All lines of a message's head, and the length of its body.
pub fn read_lines(stream: &mut BufReader<TcpStream>) -> io::Result<(Vec<String>, usize)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(str::parse))
        .and_then(Result::ok)
        .unwrap_or(0);
    Ok((lines, length))
}
