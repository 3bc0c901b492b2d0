//! Whoever sends: kept-alive connections on one thread of its own, and what they were answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bodies::Signed;
use crate::spent;

/// How fast.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Each connection asks as soon as it was answered.
    Full,
    /// So many each second, whether or not the last were answered; times count from when each was due.
    EachSecond(usize),
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Answers {
    /// In microseconds, sorted.
    times: Vec<u64>,
    by_status: BTreeMap<String, u64>,
    pub(crate) elapsed: Duration,
    /// CPU time of the sending thread.
    pub(crate) generator: Duration,
}

impl Answers {
    pub(crate) fn count(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn milliseconds(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let at = (last as f64 * share).ceil();
        self.times.get(at as usize).map_or(0.0, |time| *time as f64 / 1e3)
    }

    pub(crate) fn statuses(&self) -> String {
        let told: Vec<String> = self.by_status.iter().map(|(status, count)| format!("{count} x {status}")).collect();
        told.join(", ")
    }
}

/// Sends hooks until they or the time are used up.
pub(crate) fn send(
    address: SocketAddr,
    hooks: &[Signed],
    connections: usize,
    pace: Pace,
    longest: Duration,
) -> Answers {
    let sending = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(send_all(address, hooks, connections, pace, longest))
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(spent::GENERATOR.to_owned()).spawn_scoped(scope, sending);
        thread.unwrap().join().unwrap()
    })
}

async fn send_all(address: SocketAddr, hooks: &[Signed], connections: usize, pace: Pace, longest: Duration) -> Answers {
    let streams = join_all((0..connections).map(|_| TcpStream::connect(address))).await;
    let next = std::cell::Cell::new(0);
    let cpu = spent::of_this_thread();
    let begin = Instant::now();
    let sent = join_all(streams.into_iter().enumerate().map(|(lane, stream)| {
        let mut stream = stream.unwrap();
        stream.set_nodelay(true).unwrap();
        let next = &next;
        async move {
            let mut told = Vec::with_capacity(hooks.len() / connections + 1);
            let mut buffer = Vec::with_capacity(1024);
            let mut own = lane;
            loop {
                let (number, due) = match pace {
                    Pace::Full => (next.replace(next.get() + 1), Instant::now()),
                    Pace::EachSecond(each_second) => {
                        let number = own;
                        own += connections;
                        let due = begin + Duration::from_secs_f64(number as f64 / each_second as f64);
                        if number < hooks.len() {
                            tokio::time::sleep_until(due.into()).await;
                        }
                        (number, due)
                    }
                };
                let Some(hook) = hooks.get(number).filter(|_| begin.elapsed() < longest) else { return told };
                stream.write_all(hook).await.unwrap();
                let status = answer(&mut stream, &mut buffer).await;
                told.push((u64::try_from(due.elapsed().as_micros()).unwrap(), status));
            }
        }
    }))
    .await;
    let mut answers =
        Answers { elapsed: begin.elapsed(), generator: spent::of_this_thread() - cpu, ..Answers::default() };
    for (time, status) in sent.into_iter().flatten() {
        answers.times.push(time);
        *answers.by_status.entry(String::from_utf8_lossy(&status).into_owned()).or_default() += 1;
    }
    answers.times.sort_unstable();
    answers
}

/// Reads one answer to its end and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> [u8; 3] {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.unwrap() == 0 {
            panic!("the connection ended: {}", String::from_utf8_lossy(buffer));
        }
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        if buffer.len() >= head + 4 + length.unwrap_or(0) {
            return buffer[9..12].try_into().unwrap();
        }
    }
}
