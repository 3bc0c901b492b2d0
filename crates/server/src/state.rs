//! What every handler is given.

use std::sync::Arc;

use engine::engine::Engine;
use store::record::Retention;

use crate::auth::Tokens;
use crate::body::Room;
use crate::failures::{FailureLimit, LineQuota};
use crate::layers::RequestIds;
use crate::limits::Limits;
use crate::metrics::ServerMetrics;

/// What the server serves: the engine and what guards it. Cheap to clone.
#[derive(Clone)]
pub struct ServerState(Arc<Parts>);

struct Parts {
    engine: Engine,
    tokens: Tokens,
    limits: Limits,
    retention: Retention,
    room: Room,
    failures: FailureLimit,
    metrics: ServerMetrics,
    requests: RequestIds,
    /// Lines about requests that went wrong by the client's fault, and by ours: each has its own quota, so that a flood of one hides
    /// none of the other.
    client_lines: LineQuota,
    server_lines: LineQuota,
}

impl ServerState {
    /// The state of a server in front of `engine`. `retention` is what a clean-up keeps.
    #[must_use]
    pub fn new(engine: Engine, tokens: Tokens, limits: Limits, retention: Retention) -> Self {
        let room = Room::of(limits.body_room);
        Self(Arc::new(Parts {
            engine,
            tokens,
            limits,
            retention,
            room,
            failures: FailureLimit::default(),
            metrics: ServerMetrics::default(),
            requests: RequestIds::default(),
            client_lines: LineQuota::default(),
            server_lines: LineQuota::default(),
        }))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn retention(&self) -> &Retention {
        &self.0.retention
    }

    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    pub(crate) fn failures(&self) -> &FailureLimit {
        &self.0.failures
    }

    pub(crate) fn metrics(&self) -> &ServerMetrics {
        &self.0.metrics
    }

    pub(crate) fn requests(&self) -> &RequestIds {
        &self.0.requests
    }

    pub(crate) fn client_lines(&self) -> &LineQuota {
        &self.0.client_lines
    }

    pub(crate) fn server_lines(&self) -> &LineQuota {
        &self.0.server_lines
    }
}
