//! A delivery's way from bytes to an answer.

use bytes::Bytes;
use domain::id::{DeliveryId, IncidentId};
use domain::signal::Outcome;

/// One HTTP request from Sentry, as it came.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body, raw.
    pub body: Bytes,
}

/// What is told to the sender, once everything is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The delivery.
    pub delivery: DeliveryId,
    /// What became of it; of its first copy, for a duplicate.
    pub outcome: Outcome,
    /// The incident that it touched.
    pub incident: Option<IncidentId>,
    /// It was there already: answered 200 instead of 202.
    pub duplicate: bool,
}

/// Why a delivery was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeError {
    /// 401: no signature, or a wrong one.
    Signature(integrations::sentry::SignatureError),
    /// 503: the queue is full, the store is away or full, or it took longer than 800 ms.
    Busy {
        /// For the log.
        reason: String,
    },
}
