//! Over real sockets, with tiny deadlines: what a client sees that stalls, floods or lies.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::serve;

const TINY: Duration = Duration::from_millis(50);

struct Served {
    kit: Kit,
    address: SocketAddr,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    async fn with(limits: Limits) -> Self {
        let kit = Kit::with(limits.clone()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(serve(listener, kit.router.clone(), limits, shutdown.clone()));
        Self { kit, address, shutdown, tasks }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends some bytes, and reads until the server closes.
    async fn said_to(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        read_all(&mut stream).await
    }

    async fn stopped(self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset after the answer is as good as an end.
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed without a word")
}

fn head_of_a_hook(body: &[u8], more: &str) -> String {
    format!(
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: watchfire\r\nSentry-Hook-Signature: {}\r\n\
         Sentry-Hook-Resource: event_alert\r\n{more}\r\n",
        signature(body)
    )
}

#[tokio::test]
async fn a_signed_delivery_is_taken_over_a_socket_and_the_connection_stays() {
    let served = Served::with(Limits::default()).await;
    let mut stream = served.connect().await;
    for (nonce, end) in [(1, "Connection: keep-alive\r\n"), (2, "Connection: close\r\n")] {
        let body = hook_body(nonce);
        let head = head_of_a_hook(&body, &format!("Content-Length: {}\r\n{end}", body.len()));
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
    }
    let answers = read_all(&mut stream).await;
    assert_eq!(answers.matches("HTTP/1.1 202 Accepted").count(), 2, "{answers}");
    served.stopped().await;
}

#[tokio::test]
async fn a_head_that_stalls_is_closed() {
    let served = Served::with(Limits { head: TINY, ..Limits::default() }).await;
    for start in ["", "GET / HTTP/1.1\r\nHost: watch"] {
        let answer = served.said_to(start.as_bytes()).await;
        assert!(answer.is_empty() || status(&answer) == "408", "{answer}");
    }
    served.stopped().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let served = Served::with(Limits { head: 10 * TINY, ..Limits::default() }).await;
    let answer = served.said_to(b"GET /health/live HTTP/1.1\r\nHost: watchfire\r\n\r\n").await;
    assert_eq!(status(&answer), "200");
    served.stopped().await;
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_408() {
    let served = Served::with(Limits { body: TINY, ..Limits::default() }).await;
    let body = hook_body(1);
    let mut request = head_of_a_hook(&body, &format!("Content-Length: {}\r\n", body.len())).into_bytes();
    request.extend_from_slice(&body[..10]);
    let answer = served.said_to(&request).await;
    assert_eq!(status(&answer), "408", "{answer}");
    assert!(answer.contains("application/problem+json"));
    assert_eq!(served.kit.get("/health/detailed").await.json()["unread"]["too_slow"], 1);
    served.stopped().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_answered_413_even_while_it_is_still_coming() {
    let served = Served::with(Limits { hook_bytes: 100_000, ..Limits::default() }).await;
    let body = vec![b'x'; 150_000];
    let mut declared = head_of_a_hook(&body, "Connection: close\r\nContent-Length: 150000\r\n").into_bytes();
    declared.extend_from_slice(&body);
    let mut chunked = head_of_a_hook(&body, "Connection: close\r\nTransfer-Encoding: chunked\r\n").into_bytes();
    chunked.extend_from_slice(b"249f0\r\n");
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    for request in [declared, chunked] {
        let answer = served.said_to(&request).await;
        assert_eq!(status(&answer), "413", "{answer}");
    }
    served.stopped().await;
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_too_much_is_told_at_once() {
    let served = Served::with(Limits::default()).await;
    let more = "Expect: 100-continue\r\nContent-Length: 99000000000\r\n";
    let answer = served.said_to(head_of_a_hook(b"", more).as_bytes()).await;
    assert_eq!(status(&answer), "413", "{answer}");
    served.stopped().await;
}

#[tokio::test]
async fn a_request_names_its_host_exactly_once() {
    let served = Served::with(Limits::default()).await;
    for (hosts, expected) in [
        ("Host: one\r\n", "200"),
        ("", "400"),
        ("Host: one\r\nHost: two\r\n", "400"),
        ("Host: one\r\nhost: one\r\n", "400"),
    ] {
        let answer =
            served.said_to(format!("GET /health/live HTTP/1.1\r\nConnection: close\r\n{hosts}\r\n").as_bytes()).await;
        assert_eq!(status(&answer), expected, "{hosts}: {answer}");
    }
    assert_eq!(status(&served.said_to(b"GET /health/live HTTP/1.0\r\n\r\n").await), "200");
    served.stopped().await;
}

#[tokio::test]
async fn what_could_smuggle_a_second_request_is_cut_off() {
    let served = Served::with(Limits::default()).await;
    let smuggled = "GET /health/live HTTP/1.1\r\nHost: watchfire\r\n\r\n";
    let both = format!(
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: watchfire\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        5 + smuggled.len()
    );
    let answer = served.said_to(both.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    for broken in [
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: w\r\nContent-Length: +3\r\n\r\nabc",
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /api/sentry-webhook HTTP/1.1\r\nHost: w\r\nContent-Length : 3\r\n\r\nabc",
    ] {
        assert_eq!(status(&served.said_to(broken.as_bytes()).await), "400", "{broken}");
    }
    served.stopped().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = Served::with(Limits::default()).await;
    let many: String = (0..100).map(|number| format!("x-{number}: y\r\n")).collect();
    let long = format!("x-long: {}\r\n", "y".repeat(64 * 1024));
    for headers in [many, long] {
        let answer = served.said_to(format!("GET / HTTP/1.1\r\nHost: w\r\n{headers}\r\n").as_bytes()).await;
        assert_eq!(status(&answer), "431", "{answer}");
    }
    served.stopped().await;
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let served = Served::with(Limits::default()).await;
    let answer = served.said_to(b"HEAD /api/sentry-webhook HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), "200");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    served.stopped().await;
}

#[tokio::test]
async fn no_socket_can_say_that_it_is_authorised() {
    let served = Served::with(Limits::default()).await;
    let request = "GET /api/v1/incidents HTTP/1.1\r\nHost: w\r\nConnection: close\r\nAuthorised: admin\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n";
    assert_eq!(status(&served.said_to(request.as_bytes()).await), "401");
    served.stopped().await;
}

#[tokio::test]
async fn a_connection_over_the_cap_waits_until_a_request_under_way_is_done() {
    let served = Served::with(Limits { connections: 1, ..Limits::default() }).await;
    let body = hook_body(1);
    let mut first = served.connect().await;
    let more = format!("Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n", body.len());
    first.write_all(head_of_a_hook(&body, &more).as_bytes()).await.unwrap();
    let mut word = [0; 25];
    first.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    let mut second = served.connect().await;
    second.write_all(b"GET /health/live HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").await.unwrap();
    let waits = tokio::time::timeout(TINY, second.read_exact(&mut word)).await;
    assert!(waits.is_err(), "answered although the only connection was at work");
    first.write_all(&body).await.unwrap();
    assert_eq!(status(&read_all(&mut first).await), "202");
    assert!(read_all(&mut second).await.contains("\"ok\""));
    served.stopped().await;
}

#[tokio::test]
async fn silent_connections_give_way_to_a_delivery_the_oldest_first() {
    // No deadline may help: whoever stays silent would stay for ever.
    let served = Served::with(Limits { connections: 3, head: Duration::from_secs(86_400), ..Limits::default() }).await;
    let mut silent = Vec::new();
    for start in ["POST /api/sentry-webhook HTTP/1.1\r\nHost: w", "", ""] {
        let mut stream = served.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        silent.push(stream);
    }
    for nonce in 1..=2 {
        let body = hook_body(nonce);
        let head = head_of_a_hook(&body, &format!("Content-Length: {}\r\nConnection: close\r\n", body.len()));
        let mut stream = served.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        assert_eq!(status(&read_all(&mut stream).await), "202");
    }
    assert_eq!(read_all(&mut silent[0]).await, "");
    silent[2].write_all(b"GET /health/live HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").await.unwrap();
    assert_eq!(status(&read_all(&mut silent[2]).await), "200", "only as many left as had to");
    drop(silent);
    served.stopped().await;
}

#[tokio::test]
async fn a_connection_that_idles_after_its_answer_gives_way_too() {
    let served = Served::with(Limits { connections: 1, head: Duration::from_secs(86_400), ..Limits::default() }).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = served.connect().await;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: w\r\n\r\n").await.unwrap();
        let mut word = [0; 12];
        stream.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"HTTP/1.1 200");
        kept.push(stream);
    }
    assert!(read_all(&mut kept[0]).await.ends_with("{\"status\":\"ok\"}"), "its answer was not cut off");
    served.stopped().await;
}

#[tokio::test]
async fn shutdown_lets_a_request_under_way_finish_and_takes_no_more() {
    let served = Served::with(Limits::default()).await;
    let body = hook_body(1);
    let mut stream = served.connect().await;
    let head = head_of_a_hook(&body, &format!("Content-Length: {}\r\n", body.len()));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..10]).await.unwrap();
    // The connection is known to be served when its answer to a first half is a wait.
    let mut idle = served.connect().await;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: w\r\n\r\n").await.unwrap();
    let mut word = [0; 12];
    idle.read_exact(&mut word).await.unwrap();
    served.shutdown.cancel();
    stream.write_all(&body[10..]).await.unwrap();
    assert_eq!(status(&read_all(&mut stream).await), "202");
    read_all(&mut idle).await;
    let address = served.address;
    served.stopped().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn shutdown_cuts_what_does_not_end() {
    let served = Served::with(Limits { drain: TINY, ..Limits::default() }).await;
    let body = hook_body(1);
    let mut stream = served.connect().await;
    let head = head_of_a_hook(&body, &format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len()));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut word = [0; 25];
    stream.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    served.stopped().await;
    assert_eq!(status(&read_all(&mut stream).await), "closed without a word");
}
