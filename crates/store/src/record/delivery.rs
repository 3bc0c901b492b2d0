//! Deliveries: what makes two the same, what is written, what is listed.

use bytes::Bytes;
use domain::id::{DeliveryId, IncidentId};
use domain::signal::Outcome;
use domain::time::Timestamp;
use serde::Serialize;

/// What makes two deliveries the same: their bytes alone (semantics D1). The payload's own time comes first, so that the index
/// grows at its end: random keys alone cost two thirds of the speed at ten million rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryKey {
    /// The time in the payload; the epoch when it names none.
    pub seen_at: Timestamp,
    /// The first 16 bytes of the body's SHA-256.
    pub digest: [u8; 16],
}

/// What makes two event hooks the same in other bytes: (resource, event, rule), hashed; again behind the payload's time (semantics D1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The time in the payload.
    pub seen_at: Timestamp,
    /// The first 16 bytes of a SHA-256.
    pub digest: [u8; 16],
}

/// A delivery that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDelivery {
    /// Its name.
    pub id: DeliveryId,
    /// 0 for the first copy; a repeat that is a new fact (semantics D2) has the next.
    pub generation: u32,
    /// When it was received.
    pub received_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The incident that it touched.
    pub incident: Option<IncidentId>,
}

/// A delivery to be written.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its name, counted up from [`crate::contract::Loaded::next_delivery`].
    pub id: DeliveryId,
    /// What makes it the same as another.
    pub key: DeliveryKey,
    /// 0 for the first copy.
    pub generation: u32,
    /// For event hooks: the first body that brought this event under this rule; `None` for a later one, whose key is taken.
    pub event: Option<EventKey>,
    /// When it was received.
    pub received_at: Timestamp,
    /// The claimed resource, as it stood in the header; at most 64 bytes.
    pub resource: String,
    /// The action; at most 64 bytes.
    pub action: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The incident that it touched.
    pub incident: Option<IncidentId>,
    /// Why it could not be read, or what did not fit; for the operator.
    pub trouble: Option<String>,
    /// Which secret signed it, by its public label.
    pub secret: String,
    /// The other headers worth keeping, as JSON: request id, Sentry's timestamp.
    pub headers: String,
    /// How `body` is packed.
    pub packing: Packing,
    /// The body's own length, in bytes.
    pub length: u32,
    /// The packed body.
    pub body: Bytes,
}

/// How a body is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it came.
    Plain,
    /// zstd.
    Zstd,
}

/// A delivery for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryRow {
    /// Its name.
    pub id: DeliveryId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The claimed resource.
    pub resource: String,
    /// The action.
    pub action: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The incident that it touched.
    pub incident: Option<IncidentId>,
    /// Why it could not be read.
    pub trouble: Option<String>,
    /// The body's length, in bytes.
    pub length: u32,
}

/// A delivery with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Everything but the body.
    pub row: DeliveryRow,
    /// The body, unpacked: the very bytes that were signed.
    pub body: Bytes,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only those with trouble.
    pub trouble: bool,
    /// Only older than this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}
