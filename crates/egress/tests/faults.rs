//! What a broken or hostile receiver can do, done by raw TCP servers on loopback.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a server that cannot be set up fails the test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the servers of these tests are the world outside, which does run by itself"
)]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::time::{ManualClock, Timestamp};
use http::Method;
use integrations::request::{
    DedupKey, HeaderValue, HttpRequest, HttpResponse, Reach, Request, RequestKind, Response, Secret, Sent, Transport,
    TransportError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;
use watchfire_egress::Egress;

/// So long that reaching it means that the test failed.
const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(150);

/// A server that does `act` to every connection; returns its port.
async fn server<Acting>(act: impl Fn(TcpStream) -> Acting + Send + 'static) -> u16
where
    Acting: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(act(stream));
        }
    });
    port
}

/// A server that answers every request with the same bytes and then closes.
async fn answering(answer: &'static str) -> u16 {
    server(move |mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

/// Reads head and body, as text.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0_u8; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0_usize);
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return text;
        }
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
}

fn post(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        url: Secret::new(Url::parse(url).unwrap()),
        headers: vec![
            (http::header::CONTENT_TYPE, HeaderValue::Plain("application/json".into())),
            (http::header::AUTHORIZATION, HeaderValue::Secret(Secret::new("Bearer hunter2".into()))),
        ],
        body: Bytes::from_static(b"{\"a\":1}"),
        reach: Reach::Private,
        ca_file: None,
    }
}

fn at(port: u16) -> HttpRequest {
    post(&format!("http://127.0.0.1:{port}/hook/swordfish?key=swordfish"))
}

fn egress() -> Egress {
    let now = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
    Egress::new(Arc::new(ManualClock::starting_at(now)))
}

async fn send(request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
    send_through(&egress(), request, deadline).await
}

async fn send_through(
    egress: &Egress,
    request: HttpRequest,
    deadline: Duration,
) -> Result<HttpResponse, TransportError> {
    let request = Request { key: DedupKey("key-1".into()), deadline, kind: RequestKind::Http(request) };
    match egress.send(request).await {
        Ok(Response::Http(answer)) => Ok(answer),
        Ok(other) => panic!("an HTTP request was answered by {other:?}"),
        Err(error) => {
            for secret in ["swordfish", "hunter2", "/hook", "{\"a\""] {
                assert!(!error.reason.contains(secret), "{secret:?} shows in {:?}", error.reason);
            }
            Err(error)
        }
    }
}

/// Nobody knows whether the receiver acted.
fn assert_unsure(result: Result<HttpResponse, TransportError>) {
    let error = result.unwrap_err();
    assert_eq!((error.sent, error.permanent), (Sent::Maybe, false), "{error}");
}

#[tokio::test]
async fn a_request_arrives_as_it_was_described() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let port = server(move |mut stream| {
        let seen = seen.clone();
        async move {
            seen.send(read_request(&mut stream).await).unwrap();
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        }
    })
    .await;
    let answer = send(at(port), LONG).await.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.retry_after), (201, &b"ok"[..], None));
    let request = requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"a\":1}");
    assert!(head.starts_with("POST /hook/swordfish?key=swordfish HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    for line in ["authorization: bearer hunter2", "content-type: application/json", "content-length: 7"] {
        assert!(head.lines().any(|found| found == line), "{line} is missing in {head}");
    }
    assert!(head.lines().any(|found| found == format!("user-agent: {}", watchfire_egress::USER_AGENT)), "{head}");
}

#[tokio::test]
async fn a_receiver_that_hangs_is_cut_at_the_deadline() {
    let port = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert_unsure(send(at(port), SHORT).await);
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = send(at(port), LONG).await.unwrap_err();
    assert_eq!((error.sent, error.permanent), (Sent::No, false), "{error}");
    assert!(error.reason.contains(&format!("http://127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn a_reset_after_the_request_leaves_us_unsure() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert_unsure(send(at(port), LONG).await);
}

#[tokio::test]
async fn a_reset_inside_the_answer_leaves_us_unsure() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
    })
    .await;
    assert_unsure(send(at(port), LONG).await);
}

#[tokio::test]
async fn an_answer_that_stalls_is_cut_at_the_deadline() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    assert_unsure(send(at(port), SHORT).await);
}

#[tokio::test]
async fn an_answer_that_drips_is_cut_at_the_deadline_however_often_a_byte_comes() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n").await.unwrap();
        // The fault itself: a byte now and then, for ever.
        let mut drops = tokio::time::interval(Duration::from_millis(5));
        loop {
            drops.tick().await;
            if stream.write_all(b".").await.is_err() {
                return;
            }
        }
    })
    .await;
    assert_unsure(send(at(port), SHORT).await);
}

#[tokio::test]
async fn an_endless_answer_is_read_to_the_limit_and_no_further() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let (done, mut ended) = mpsc::unbounded_channel();
    let port = server(move |mut stream| {
        let (count, done) = (Arc::clone(&count), done.clone());
        async move {
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            // Ends only because the other side closes.
            while stream.write_all(chunk.as_bytes()).await.is_ok() {
                count.fetch_add(0x1000, Ordering::SeqCst);
            }
            done.send(()).unwrap();
        }
    })
    .await;
    let answer = send(at(port), LONG).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, HttpResponse::BODY_LIMIT));
    ended.recv().await.unwrap();
    // What the kernel's buffers swallow comes on top of what was read; an unbounded reader would never have ended.
    assert!(written.load(Ordering::SeqCst) >= HttpResponse::BODY_LIMIT);
}

#[tokio::test]
async fn an_answer_that_claims_to_be_huge_is_read_to_the_limit() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        stream.write_all(head).await.unwrap();
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    assert_eq!(send(at(port), LONG).await.unwrap().body.len(), HttpResponse::BODY_LIMIT);
}

#[tokio::test]
async fn an_endless_head_is_no_answer() {
    let port = server(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await.unwrap();
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    assert_unsure(send(at(port), LONG).await);
}

#[tokio::test]
async fn a_server_error_is_an_answer() {
    let port = answering("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops").await;
    let answer = send(at(port), LONG).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (502, &b"oops"[..]));
}

#[tokio::test]
async fn a_throttling_answer_says_how_long_in_seconds_or_as_a_date() {
    let port = answering("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n").await;
    let answer = send(at(port), LONG).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (429, Some(Duration::from_secs(7))));
    let port =
        answering("HTTP/1.1 503 Busy\r\nretry-after: Fri, 20 Nov 2026 12:02:00 GMT\r\ncontent-length: 0\r\n\r\n").await;
    let answer = send(at(port), LONG).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (503, Some(Duration::from_secs(120))));
}

#[tokio::test]
async fn garbage_is_no_answer() {
    for garbage in [
        "\u{16}\u{3}\u{1}garbage\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        "",
    ] {
        let port = answering(garbage).await;
        assert_unsure(send(at(port), LONG).await);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (seen, mut followed) = mpsc::unbounded_channel();
    let elsewhere = server(move |_| {
        let seen = seen.clone();
        async move { seen.send(()).unwrap() }
    })
    .await;
    let port = server(move |mut stream| async move {
        read_request(&mut stream).await;
        let answer =
            format!("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:{elsewhere}/stolen\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    assert_eq!(send(at(port), LONG).await.unwrap().status, 307);
    assert!(followed.try_recv().is_err());
}

#[tokio::test]
async fn a_connection_that_the_receiver_closed_in_between_is_not_used_again() {
    let port = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let egress = egress();
    for _ in 0..3 {
        assert_eq!(send_through(&egress, at(port), LONG).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn loopback_is_not_called_without_the_operators_word() {
    let (seen, mut called) = mpsc::unbounded_channel();
    let port = server(move |_| {
        let seen = seen.clone();
        async move { seen.send(()).unwrap() }
    })
    .await;
    for host in ["127.0.0.1", "0x7f.1", "2130706433", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "localhost"] {
        let mut request = post(&format!("https://{host}:{port}/hook"));
        request.reach = Reach::Public;
        let error = send(request, LONG).await.unwrap_err();
        assert_eq!((error.sent, error.permanent), (Sent::No, true), "{host}: {error}");
        assert!(error.reason.contains("is not called"), "{host}: {error}");
    }
    assert!(called.try_recv().is_err());
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    let port = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let answer = send(post(&format!("http://localhost:{port}/")), LONG).await;
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn a_certificate_file_that_holds_none_is_a_mistake_and_a_missing_one_may_come() {
    let mut request = post("https://127.0.0.1:9/");
    request.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    let error = send(request.clone(), LONG).await.unwrap_err();
    assert_eq!((error.sent, error.permanent), (Sent::No, true), "{error}");
    request.ca_file = Some("/nowhere/ca.pem".into());
    let error = send(request, LONG).await.unwrap_err();
    assert_eq!((error.sent, error.permanent), (Sent::No, false), "{error}");
}
