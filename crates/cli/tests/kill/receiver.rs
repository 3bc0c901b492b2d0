//! Whoever is paged: takes everything, and keeps a ledger of its own.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::clients::read_lines;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub path: String,
    pub id: String,
    pub body: Vec<u8>,
}

pub struct Receiver {
    address: SocketAddr,
    ledger: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ledger: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = Arc::clone(&ledger);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let ledger = Arc::clone(&kept);
                std::thread::spawn(move || take(stream, &ledger));
            }
        });
        Self { address, ledger }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn ledger(&self) -> Vec<Arrived> {
        self.ledger.lock().unwrap().clone()
    }
}

/// Takes the requests of one connection, until it ends or is cut.
fn take(stream: TcpStream, ledger: &Mutex<Vec<Arrived>>) {
    let mut stream = BufReader::new(stream);
    while let Ok((lines, length)) = read_lines(&mut stream) {
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).is_err() {
            return;
        }
        let header = |name: &str| {
            let value = lines.iter().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            value.unwrap_or_default()
        };
        let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        // Written down before the answer: a sender that dies in between sends it again, and that must show.
        ledger.lock().unwrap().push(Arrived { path, id: header("webhook-id"), body });
        if stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}
