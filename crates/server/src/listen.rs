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
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::limits::Limits;
use crate::stall::StallGuard;

/// Who is on the other side of the socket. Requests made in-process have none. Behind a reverse proxy it is the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How long to wait when the machine has no file descriptor left for another connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `shutdown` is cancelled, then lets requests under way finish for at most [`Limits::drain`].
///
/// A connection over [`Limits::connections`] is neither refused nor answered: it waits until another one closes, which takes no longer
/// than the deadlines allow. Health probes that must not wait belong on a second listener.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    let cut = CancellationToken::new();
    let protocol = Arc::new(protocol(&limits));
    let mut exhausted = false;
    loop {
        let slot = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let Ok(slot) = slot else { break };
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                exhausted = false;
                let connection = Connection {
                    router: router.clone(),
                    protocol: Arc::clone(&protocol),
                    peer: Peer(address.ip().to_canonical()),
                    write_stall: limits.write_stall,
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
    shutdown: CancellationToken,
    cut: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        // Answers are written whole; waiting to fill a segment would only delay them. A socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        let Self { router, protocol, peer, write_stall, shutdown, cut } = self;
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let mut router = router.clone();
            async move { answer(&mut router, request).await }
        });
        let io = TokioIo::new(StallGuard::new(stream, write_stall));
        let mut connection = pin!(protocol.serve_connection(io, service));
        tokio::select! {
            biased;
            ended = connection.as_mut() => return told(ended),
            () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
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
