//! Reading a body: raw, whole, within a deadline, a size and a share of the memory. Never decompressed: signatures are over the bytes
//! that came.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// What every body may take without asking for room, and the unit in which more is asked for.
const UNIT: usize = 64 * 1024;

/// A body that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyRefusal {
    /// Larger than this many bytes.
    TooLarge(usize),
    /// Not whole after this long.
    TooSlow(Duration),
    /// The transfer broke off or its chunks were malformed.
    Broken,
    /// Too many large bodies are being read at once.
    NoRoom,
}

impl From<BodyRefusal> for Problem {
    fn from(refusal: BodyRefusal) -> Self {
        match refusal {
            BodyRefusal::TooLarge(limit) => Self::too_large(limit),
            BodyRefusal::TooSlow(deadline) => Self::too_slow(deadline),
            BodyRefusal::Broken => Self::malformed("the body ended early or its chunks were malformed"),
            BodyRefusal::NoRoom => Self::busy("the memory for large bodies is in use"),
        }
    }
}

/// The memory that bodies share while they are read.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }
}

/// A body, with its share of the memory for as long as it is needed.
#[derive(Debug)]
pub(crate) struct RawBody {
    pub(crate) bytes: Bytes,
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// Reads a body of at most `limit` bytes within `deadline`.
pub(crate) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    deadline: Duration,
    room: &Room,
) -> Result<RawBody, BodyRefusal> {
    let declared = body.size_hint().exact();
    if let Some(declared) = declared
        && declared > limit as u64
        && (declared > 2 * limit as u64 || headers.contains_key(header::EXPECT))
    {
        // Hopeless, or the client waits for a word before it sends: nothing is read at all.
        return Err(BodyRefusal::TooLarge(limit));
    }
    let mut reading = Reading { body, limit, too_large: false, room };
    match tokio::time::timeout(deadline, reading.all(declared)).await {
        Ok(read) => read,
        Err(_) if reading.too_large => Err(BodyRefusal::TooLarge(limit)),
        Err(_) => Err(BodyRefusal::TooSlow(deadline)),
    }
}

struct Reading<'a> {
    body: Body,
    limit: usize,
    too_large: bool,
    room: &'a Room,
}

impl Reading<'_> {
    async fn all(&mut self, declared: Option<u64>) -> Result<RawBody, BodyRefusal> {
        if declared.is_some_and(|declared| declared > self.limit as u64) {
            return Err(self.discard().await);
        }
        // Most bodies arrive in one piece, which is then handed on as it lies in the connection's buffer.
        let mut only = Bytes::new();
        let mut joined = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        while let Some(piece) = self.piece().await? {
            let length = only.len() + joined.len() + piece.len();
            if length > self.limit {
                drop((only, joined, room, piece));
                return Err(self.discard().await);
            }
            if only.is_empty() && joined.is_empty() {
                only = piece;
                continue;
            }
            self.hold_room(&mut room, length)?;
            if joined.is_empty() {
                // A declared length is a promise of the client's: it is believed up to one unit.
                let promised = declared.and_then(|declared| usize::try_from(declared).ok()).unwrap_or(0);
                joined.reserve(promised.min(UNIT).max(length));
                joined.extend_from_slice(&only);
                only = Bytes::new();
            }
            joined.extend_from_slice(&piece);
        }
        let bytes = if joined.is_empty() { only } else { joined.freeze() };
        Ok(RawBody { bytes, room })
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, BodyRefusal> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(_)) => return Err(BodyRefusal::Broken),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return Ok(Some(data)),
                    // Trailers mean nothing here.
                    Err(_) => {}
                },
            }
        }
    }

    fn hold_room(&self, held: &mut Option<OwnedSemaphorePermit>, length: usize) -> Result<(), BodyRefusal> {
        let needed = length.saturating_sub(1) / UNIT;
        let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if needed <= has {
            return Ok(());
        }
        let more = u32::try_from(needed - has).map_err(|_| BodyRefusal::NoRoom)?;
        let permit = Arc::clone(&self.room.0).try_acquire_many_owned(more).map_err(|_| BodyRefusal::NoRoom)?;
        match held {
            Some(held) => held.merge(permit),
            None => *held = Some(permit),
        }
        Ok(())
    }

    /// Takes up to once more the limit and forgets it: a client that is still writing when its connection closes often never
    /// sees the answer.
    async fn discard(&mut self) -> BodyRefusal {
        self.too_large = true;
        let mut left = self.limit;
        while let Ok(Some(piece)) = self.piece().await {
            match left.checked_sub(piece.len()) {
                Some(rest) => left = rest,
                None => break,
            }
        }
        BodyRefusal::TooLarge(self.limit)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use http_body_util::StreamBody;

    use super::*;

    fn pieces(pieces: &[&'static [u8]]) -> Body {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(hyper::body::Frame::data(Bytes::from_static(piece))))
            .collect();
        Body::new(StreamBody::new(futures_util::stream::iter(frames)))
    }

    async fn read_up_to(body: Body, limit: usize) -> Result<Bytes, BodyRefusal> {
        read(body, &HeaderMap::new(), limit, Duration::from_secs(60), &Room::of(10 * UNIT)).await.map(|body| body.bytes)
    }

    #[tokio::test]
    async fn a_body_is_the_bytes_that_came() {
        assert_eq!(read_up_to(pieces(&[b"{\"a\"", b"", b":1.0}"]), 100).await.unwrap(), "{\"a\":1.0}");
        assert_eq!(read_up_to(Body::empty(), 100).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_in_one_piece_is_not_copied() {
        let whole = Bytes::from(vec![b'x'; 1000]);
        let read = read_up_to(Body::from(whole.clone()), 1000).await.unwrap();
        assert_eq!(read.as_ptr(), whole.as_ptr());
    }

    #[tokio::test]
    async fn one_byte_over_the_limit_is_too_large_whether_or_not_it_was_declared() {
        assert_eq!(read_up_to(pieces(&[b"12345", b"678"]), 8).await.unwrap(), "12345678");
        assert_eq!(read_up_to(pieces(&[b"12345", b"6789"]), 8).await, Err(BodyRefusal::TooLarge(8)));
        assert_eq!(read_up_to(Body::from("123456789"), 8).await, Err(BodyRefusal::TooLarge(8)));
    }

    #[tokio::test]
    async fn an_endless_body_is_given_up_at_twice_the_limit() {
        let endless = futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(hyper::body::Frame::data(Bytes::from_static(&[b'x'; 1024])))
        });
        let refusal = read_up_to(Body::new(StreamBody::new(endless)), 8 * 1024).await;
        assert_eq!(refusal, Err(BodyRefusal::TooLarge(8 * 1024)));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_too_slow() {
        let stuck = Body::new(StreamBody::new(futures_util::stream::pending::<
            Result<hyper::body::Frame<Bytes>, std::io::Error>,
        >()));
        let deadline = Duration::from_millis(5);
        let refusal = read(stuck, &HeaderMap::new(), 100, deadline, &Room::of(UNIT)).await.err();
        assert_eq!(refusal, Some(BodyRefusal::TooSlow(deadline)));
    }

    #[tokio::test]
    async fn large_bodies_share_one_room() {
        static LARGE: [u8; 2 * UNIT] = [b'x'; 2 * UNIT];
        let room = Room::of(2 * UNIT);
        let wait = Duration::from_secs(60);
        let headers = HeaderMap::new();
        let first = read(pieces(&[b"x", &LARGE]), &headers, 10 * UNIT, wait, &room).await.unwrap();
        let second = read(pieces(&[b"x", &LARGE]), &headers, 10 * UNIT, wait, &room).await;
        assert_eq!(second.err(), Some(BodyRefusal::NoRoom));
        assert!(read(pieces(&[b"small", b"body"]), &headers, 10 * UNIT, wait, &room).await.is_ok());
        drop(first);
        assert!(read(pieces(&[b"x", &LARGE]), &headers, 10 * UNIT, wait, &room).await.is_ok());
    }
}
