//! A delivery's way from bytes to an answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use domain::id::{DeliveryId, IncidentId};
use domain::signal::Outcome;
use integrations::sentry::{SignatureError, verify};

use crate::commit::{Job, Reply};
use crate::delivery::Delivery;
use crate::inside::Inside;
use crate::metrics::Refused;

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
    Signature(SignatureError),
    /// 503: the queue is full, the store is away or full, or it took longer than 800 ms.
    Busy {
        /// For the log.
        reason: String,
    },
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::Busy { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for IntakeError {}

/// Sentry gives up after one second; a tenth of it stays for the way.
const PATIENCE: Duration = Duration::from_millis(800);

impl Inside {
    /// A delivery's whole way. Everything up to the queue runs on the caller's task without a pause, so that a caller who hangs up later
    /// changes nothing.
    pub(crate) async fn receive(&self, hook: Hook) -> Result<Answer, IntakeError> {
        let began = self.time.monotonic();
        let secret = verify(&self.settings.secrets, &hook.headers, &hook.body).map_err(|error| {
            self.metrics.refused(match error {
                SignatureError::Missing => Refused::SignatureMissing,
                SignatureError::Malformed => Refused::SignatureMalformed,
                SignatureError::Wrong => Refused::SignatureWrong,
            });
            IntakeError::Signature(error)
        })?;
        let Some(place) = self.queue.reserve(hook.body.len()) else {
            return Err(self.busy("too many deliveries are waiting"));
        };
        let new_id = IncidentId::from_bits((self.ports.ids)());
        let delivery = Delivery::read(&hook, secret, self.now(), new_id);
        let trouble = delivery.unreadable().map(str::to_owned);
        drop(hook);
        let committed = self.submit(Job::Delivery(Box::new(delivery)), Some(place));
        let reply = if self.is_running() {
            match tokio::time::timeout(PATIENCE, committed).await {
                Ok(reply) => reply,
                // It may still be committed; then a copy of it is answered as a duplicate.
                Err(_) => return Err(self.busy("the store took longer than 800 ms")),
            }
        } else {
            committed.await
        };
        match reply {
            Ok(Reply::Delivery(answer)) => {
                self.metrics.received(&answer, self.time.monotonic().saturating_sub(began));
                self.notes.received(self.now());
                if let Some(trouble) = trouble.filter(|_| !answer.duplicate) {
                    self.notes.unreadable(answer.delivery, trouble, self.now());
                }
                Ok(answer)
            }
            Ok(_) => Err(self.busy("the delivery was answered with something else")),
            Err(error) => Err(self.busy(&error.to_string())),
        }
    }

    fn busy(&self, reason: &str) -> IntakeError {
        self.metrics.refused(Refused::Busy);
        IntakeError::Busy { reason: reason.to_owned() }
    }
}
