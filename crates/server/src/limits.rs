//! How much of a client's patience, and of its bytes, the server bears.

use std::time::Duration;

/// Limits of the listening side. The service runs with [`Limits::default`], but for the connections, which its configuration says, and a shorter
/// drain; tests make them tiny.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of a connection, or the end of the answer before, to the end of the request's head; so it also bounds how
    /// long a kept-alive connection may idle.
    pub head: Duration,
    /// From the end of the head to the end of the body.
    pub body: Duration,
    /// From the end of the head to the beginning of the answer: a last resort, longer than every limit inside.
    pub answer: Duration,
    /// How long a client may refuse to take a single byte of an answer.
    pub write_stall: Duration,
    /// How long requests under way may go on after shutdown began.
    pub drain: Duration,
    /// The largest webhook body, in bytes (semantics D6).
    pub hook_bytes: usize,
    /// The largest body of an API call or a callback, in bytes.
    pub input_bytes: usize,
    /// How much memory the bodies that are being read may take together, beyond the first 64 KiB of each; in bytes.
    pub body_room: usize,
    /// Connections at once on one listener. One more is not refused: the connection that has waited longest without a request's head gives
    /// way to it; only while all have a request under way it waits.
    pub connections: usize,
    /// Headers of one request.
    pub headers: usize,
    /// Bytes of one request's head.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            body: Duration::from_secs(5),
            answer: Duration::from_secs(15),
            write_stall: Duration::from_secs(5),
            drain: Duration::from_secs(25),
            hook_bytes: 5 * 1024 * 1024,
            input_bytes: 256 * 1024,
            body_room: 32 * 1024 * 1024,
            connections: 4096,
            headers: 64,
            head_bytes: 32 * 1024,
        }
    }
}
