//! The accept loop. `axum::serve` sets no deadline for a request's head (a connection that stalls there stays open for ever), so the
//! sockets are served here: HTTP/1 only, every wait bounded, connections counted.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::idle::{Idlers, Seat};
use crate::limits::Limits;
use crate::stall::StallGuard;

/// Who is on the other side of the socket. Requests made in-process have none. Behind a reverse proxy it is the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How long to wait when the machine has no file descriptor left for another connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(10);
/// How many idle connections then give way together.
const MADE_ROOM_AT_ONCE: usize = 32;
/// Who was asked to leave in the midst of an answer, or of a head, may take its time: after so long the next is asked.
const LEAVING_PAUSE: Duration = Duration::from_millis(10);

/// Serves `router` on `listener` until `shutdown` is cancelled, then lets requests under way finish for at most [`Limits::drain`].
///
/// For a connection over [`Limits::connections`] the one that has idled longest gives way, so that no number of silent connections delays a
/// delivery. Only while all have a request under way it waits until another one closes, which takes no longer than the deadlines allow.
/// Health probes that must not wait belong on a second listener.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) {
    let idlers = Arc::new(Idlers::default());
    let slots = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    let cut = CancellationToken::new();
    let protocol = Arc::new(protocol(&limits));
    let mut exhausted = false;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                exhausted = false;
                let slot = tokio::select! {
                    biased;
                    () = shutdown.cancelled() => break,
                    slot = room(&slots, &idlers) => slot,
                };
                let Some(slot) = slot else { break };
                let connection = Connection {
                    router: router.clone(),
                    protocol: Arc::clone(&protocol),
                    peer: Peer(address.ip().to_canonical()),
                    write_stall: limits.write_stall,
                    seat: idlers.join(),
                    shutdown: shutdown.child_token(),
                    cut: cut.child_token(),
                };
                open.spawn(async move {
                    connection.run(stream).await;
                    drop(slot);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if !exhausted {
                    tracing::warn!(%error, "no connection can be accepted right now; trying on");
                    exhausted = true;
                }
                for _ in 0..MADE_ROOM_AT_ONCE {
                    idlers.send_one_away();
                }
                tokio::select! {
                    biased;
                    () = shutdown.cancelled() => break,
                    () = tokio::time::sleep(EXHAUSTED_PAUSE) => {}
                }
            }
        }
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(limits.drain, open.wait()).await.is_err() {
        tracing::warn!(connections = open.len(), "connections are cut: they did not end in time");
        cut.cancel();
        open.wait().await;
    }
}

/// A slot for a connection that was accepted; `None` never comes while the service runs.
async fn room(slots: &Arc<Semaphore>, idlers: &Idlers) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        return Some(slot);
    }
    loop {
        idlers.send_one_away();
        if let Ok(slot) = tokio::time::timeout(LEAVING_PAUSE, Arc::clone(slots).acquire_owned()).await {
            return slot.ok();
        }
    }
}

fn protocol(limits: &Limits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes);
    protocol
}

/// Whether an accept failed because of the client alone, so that the next may be accepted at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

struct Connection {
    router: Router,
    protocol: Arc<http1::Builder>,
    peer: Peer,
    write_stall: Duration,
    seat: Arc<Seat>,
    shutdown: CancellationToken,
    cut: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        // Answers are written whole; waiting to fill a segment would only delay them. A socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        let Self { router, protocol, peer, write_stall, seat, shutdown, cut } = self;
        let working = Arc::clone(&seat);
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            working.work();
            let (mut router, waiting) = (router.clone(), Arc::clone(&working));
            async move {
                let answered = answer(&mut router, request).await;
                waiting.wait();
                answered
            }
        });
        let io = TokioIo::new(StallGuard::new(stream, write_stall));
        let mut connection = pin!(protocol.serve_connection(io, service));
        tokio::select! {
            biased;
            ended = connection.as_mut() => return told(ended),
            () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
            () = seat.asked_to_leave() => {
                if seat.is_silent() {
                    return;
                }
                // An answer may still be on its way out.
                connection.as_mut().graceful_shutdown();
            }
        }
        tokio::select! {
            biased;
            ended = connection => told(ended),
            () = cut.cancelled() => {}
        }
    }
}

async fn answer(router: &mut Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    router.call(request).await
}

/// Broken connections are the client's affair: told only to who asks.
fn told(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
