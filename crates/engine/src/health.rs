//! How the engine is doing, from what it noted already: reading it costs nothing and changes nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::{DeliveryId, Name};
use domain::policy::{Policy, PolicyHash};
use domain::time::Timestamp;
use store::error::StoreError;

use crate::inside::Inside;
use crate::ports::Settings;

/// The engine's own account of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineHealth {
    /// When the service started.
    pub started_at: Timestamp,
    /// When the loop last went round.
    pub last_tick_at: Option<Timestamp>,
    /// Whether the last transaction succeeded, and what it said if not.
    pub store_trouble: Option<String>,
    /// When the last delivery was taken.
    pub last_delivery_at: Option<Timestamp>,
    /// Deliveries that were signed but could not be read, since the start.
    pub unreadable: u64,
    /// The last of them.
    pub last_unreadable: Option<UnreadableDelivery>,
    /// Deliveries that wait in the queue.
    pub queued: usize,
    /// Requests under way.
    pub in_flight: usize,
    /// Each notifier and agent.
    pub lanes: Vec<LaneHealth>,
    /// `SENTRY_MONITORING_ENABLED`.
    pub monitoring: bool,
    /// How many signing secrets are live.
    pub secrets: usize,
    /// What triage goes by.
    pub triage: TriageHealth,
}

/// What triage goes by: the part of the policy in force that an operator asks for when too much, or too little, is paged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageHealth {
    /// The policy's hash.
    pub policy: PolicyHash,
    /// How many rules it has.
    pub rules: usize,
    /// How many named ladders.
    pub ladders: usize,
    /// Whether different Sentry issues with the same fingerprint join one incident (semantics I3).
    pub join_issues: bool,
    /// Whether low opens incidents.
    pub process_low: bool,
}

impl TriageHealth {
    fn of(policy: &Policy) -> Self {
        Self {
            policy: policy.hash.clone(),
            rules: policy.triage.rules.len(),
            ladders: policy.ladders.len(),
            join_issues: policy.triage.join_issues,
            process_low: policy.triage.process_low,
        }
    }
}

/// A delivery that was signed, stored, and could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableDelivery {
    /// Which.
    pub delivery: DeliveryId,
    /// When it came.
    pub at: Timestamp,
    /// What was wrong with it; may quote the sender.
    pub trouble: String,
}

/// One notifier or agent.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneHealth {
    /// Its name.
    pub name: Name,
    /// Its kind.
    pub kind: &'static str,
    /// Tries in a row that did not succeed.
    pub failures: u32,
    /// When the last try succeeded.
    pub last_success_at: Option<Timestamp>,
    /// The last trouble, without secrets.
    pub last_trouble: Option<String>,
}

/// What was noted so far.
pub(crate) struct Notes {
    noted: Mutex<Noted>,
}

struct Noted {
    started_at: Timestamp,
    last_tick_at: Option<Timestamp>,
    store_trouble: Option<String>,
    last_delivery_at: Option<Timestamp>,
    unreadable: u64,
    last_unreadable: Option<UnreadableDelivery>,
    /// When unreadable deliveries were last told in the log, and how many had come by then.
    unreadable_told: Option<(Timestamp, u64)>,
    lanes: BTreeMap<Name, LaneHealth>,
}

/// A sender that goes wrong does so with every delivery: the log is told of it once in this time.
const TELL_EVERY: Duration = Duration::from_secs(30);

impl Notes {
    pub(crate) fn at(started_at: Timestamp, settings: &Settings) -> Self {
        let lane = |name: &Name, kind| LaneHealth {
            name: name.clone(),
            kind,
            failures: 0,
            last_success_at: None,
            last_trouble: None,
        };
        let notifiers = settings.notifiers.iter().map(|(name, notifier)| lane(name, notifier.kind()));
        let agents = settings.agents.iter().map(|(name, agent)| lane(name, agent.kind()));
        let lanes = notifiers.chain(agents).map(|lane| (lane.name.clone(), lane)).collect();
        let noted = Noted {
            started_at,
            last_tick_at: None,
            store_trouble: None,
            last_delivery_at: None,
            unreadable: 0,
            last_unreadable: None,
            unreadable_told: None,
            lanes,
        };
        Self { noted: Mutex::new(noted) }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ticked(&self, now: Timestamp) {
        self.noted().last_tick_at = Some(now);
    }

    pub(crate) fn received(&self, now: Timestamp) {
        self.noted().last_delivery_at = Some(now);
    }

    /// A signed delivery that cannot be read: counted, kept for health, and told in the log, though not each of many.
    pub(crate) fn unreadable(&self, delivery: DeliveryId, trouble: String, at: Timestamp) {
        let mut noted = self.noted();
        noted.unreadable += 1;
        let now_and_again = noted.unreadable_told.is_none_or(|(told, _)| told > at || at.since(told) >= TELL_EVERY);
        if now_and_again {
            let before = noted.unreadable_told.map_or(0, |(_, before)| before);
            let untold = noted.unreadable - before - 1;
            // What the sender wrote is escaped for the log.
            tracing::warn!(%delivery, ?trouble, untold, "a signed delivery cannot be read: it is stored, and changed nothing");
            noted.unreadable_told = Some((at, noted.unreadable));
        }
        noted.last_unreadable = Some(UnreadableDelivery { delivery, at, trouble });
    }

    /// Keeps the store's trouble for health, and logs when it comes and goes: each batch meeting it again says nothing new.
    pub(crate) fn store_answered(&self, error: Option<&StoreError>) {
        let mut noted = self.noted();
        let trouble = error.map(ToString::to_string);
        if noted.store_trouble != trouble {
            match &trouble {
                Some(trouble) => tracing::error!(trouble, "the store failed"),
                None => tracing::info!("the store works again"),
            }
            noted.store_trouble = trouble;
        }
    }

    pub(crate) fn lane_succeeded(&self, lane: &Name, now: Timestamp) {
        if let Some(lane) = self.noted().lanes.get_mut(lane) {
            lane.failures = 0;
            lane.last_success_at = Some(now);
            lane.last_trouble = None;
        }
    }

    pub(crate) fn lane_failed(&self, lane: &Name, trouble: &str) {
        if let Some(lane) = self.noted().lanes.get_mut(lane) {
            lane.failures = lane.failures.saturating_add(1);
            lane.last_trouble = Some(trouble.to_owned());
        }
    }

    pub(crate) fn lanes(&self) -> Vec<LaneHealth> {
        self.noted().lanes.values().cloned().collect()
    }
}

impl Inside {
    pub(crate) fn health(&self) -> EngineHealth {
        let noted = self.notes.noted();
        EngineHealth {
            started_at: noted.started_at,
            last_tick_at: noted.last_tick_at,
            store_trouble: noted.store_trouble.clone(),
            last_delivery_at: noted.last_delivery_at,
            unreadable: noted.unreadable,
            last_unreadable: noted.last_unreadable.clone(),
            queued: self.queue.deliveries(),
            in_flight: self.slots.in_flight(),
            lanes: noted.lanes.values().cloned().collect(),
            monitoring: self.settings.monitoring,
            secrets: self.settings.secrets.len(),
            triage: TriageHealth::of(&self.policies.current().policy),
        }
    }
}
