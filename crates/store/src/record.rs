//! Rows, as values: what goes into a store and what comes out of it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use domain::decision::{Entry, Planned, Work};
use domain::id::{DeliveryId, EscalationId, IncidentId, Name, RunId, TaskId};
use domain::incident::{Incident, Progress};
use domain::policy::Level;
use domain::signal::{Lifecycle, Outcome};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

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

/// What makes signals belong together (semantics I1 to I4): readable, and rising with Sentry's ids, so that neighbours are stored together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey(pub String);

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an identity.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The incident that its signals join, or joined last.
    pub incident: Option<IncidentId>,
    /// The last life-cycle transition, by hook, poll or person (semantics D2), with the time of its fact.
    pub transition: Option<(Lifecycle, Timestamp)>,
    /// A `resolved` was seen as of this time: signals not later than it open nothing (semantics D3).
    pub resolved_as_of: Option<Timestamp>,
    /// The latest receipt of a signal that was no life-cycle hook (semantics D2).
    pub last_signal_at: Option<Timestamp>,
}

/// A timer to be armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// When.
    pub due: Timestamp,
    /// For which revision (semantics L9).
    pub plan: u32,
}

/// A timer that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueWake {
    /// Whose.
    pub incident: IncidentId,
    /// When it was due.
    pub due: Timestamp,
    /// For which revision.
    pub plan: u32,
}

/// A line for a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Whose timeline.
    pub incident: IncidentId,
    /// When.
    pub at: Timestamp,
    /// What, by whom, why.
    pub entry: Entry,
}

/// A line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineRow {
    /// Its number; rises within an incident.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What, by whom, why.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Work to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// For which incident.
    pub incident: IncidentId,
    /// What and when.
    pub planned: Planned,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for its time, or for another try.
    Waiting,
    /// Somebody works on it until the lease ends.
    Leased,
    /// Done.
    Done,
    /// Failed for good.
    Dead,
    /// No longer wanted.
    Dropped,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Leased, Self::Done, Self::Dead, Self::Dropped];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskRow {
    /// Its name.
    pub id: TaskId,
    /// For which incident.
    pub incident: IncidentId,
    /// What.
    pub work: Work,
    /// When it is, or was, due.
    pub due: Timestamp,
    /// When it was first due: deadlines of tries count from here.
    pub first_due: Timestamp,
    /// Tries begun.
    pub attempt: u32,
    /// +1 with each claim; demanded by `finish`.
    pub token: u64,
    /// Where it stands.
    pub state: TaskState,
    /// The last trouble, without secrets.
    pub trouble: Option<String>,
}

/// A task that was claimed, with its incident as it was at that moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The task.
    pub task: TaskRow,
    /// Its incident.
    pub incident: Incident,
}

/// The end of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedTask {
    /// Which task.
    pub task: TaskId,
    /// The token of the claim.
    pub token: u64,
    /// How it ended.
    pub end: TaskEnd,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEnd {
    /// Done.
    Done,
    /// Again at `due`.
    Retry {
        /// When.
        due: Timestamp,
        /// The trouble, without secrets.
        trouble: String,
    },
    /// Failed for good.
    Dead {
        /// The trouble, without secrets.
        trouble: String,
    },
    /// Was no longer wanted when its turn came.
    Dropped,
}

/// How far the start of a run came: `Sending` is committed before the request leaves, so that a run is never started twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// Planned; nothing left the house.
    Planned,
    /// The request is leaving, or has left without an answer.
    Sending,
    /// The vendor has it.
    Started,
    /// Over.
    Ended,
}

/// A run of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRun {
    /// Its name, and the marker at the vendor.
    pub id: RunId,
    /// For which incident.
    pub incident: IncidentId,
    /// Which agent.
    pub agent: Name,
    /// How far its start came.
    pub phase: RunPhase,
    /// How far it came.
    pub progress: Progress,
    /// The vendor's id.
    pub external_id: Option<String>,
    /// The vendor's page.
    pub url: Option<String>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it is given up.
    pub deadline: Timestamp,
}

/// An escalation, for lists and statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscalationRow {
    /// Its name.
    pub id: EscalationId,
    /// Its incident.
    pub incident: IncidentId,
    /// From 1.
    pub ordinal: u32,
    /// The ladder.
    pub level: Level,
    /// Where it stands, or how it ended.
    pub state: EscalationState,
    /// Rung 0's time.
    pub starts_at: Timestamp,
    /// Rungs that ran.
    pub rungs: u32,
    /// Pages.
    pub attempts: u32,
    /// When the next rung is due.
    pub next_at: Option<Timestamp>,
    /// When the first page was delivered.
    pub first_delivered_at: Option<Timestamp>,
    /// When a person first acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Outside every figure (semantics S2).
    pub synthetic: bool,
}

/// Where an escalation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationState {
    /// Waits for its initial delay.
    Pending,
    /// Runs its ladder.
    Running,
    /// Held by an acknowledgement.
    Acknowledged,
    /// Everybody was told, nobody answered.
    Exhausted,
    /// Ended by a resolve.
    Resolved,
    /// Ended by a rise; a higher one runs.
    Superseded,
}

impl EscalationState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Acknowledged, Self::Exhausted, Self::Resolved, Self::Superseded];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Acknowledged => "acknowledged",
            Self::Exhausted => "exhausted",
            Self::Resolved => "resolved",
            Self::Superseded => "superseded",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it is not over.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Resolved | Self::Superseded)
    }
}

/// Which escalations to list.
#[derive(Debug, Clone, Default)]
pub struct EscalationFilter {
    /// Only those that are not over.
    pub live: bool,
    /// Only of this incident.
    pub incident: Option<IncidentId>,
    /// Continue behind this place.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// The receipt of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiptRow {
    /// Whose message.
    pub incident: IncidentId,
    /// Over which channel.
    pub channel: Name,
    /// What the vendor gave.
    pub receipt: serde_json::Value,
}

/// An incident as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    /// Its place in the order of opening; also the cursor of lists.
    pub place: i64,
    /// The row's version (compare and swap).
    pub version: u64,
    /// The incident.
    pub incident: Incident,
}

/// Which incidents to list.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Only in these states, by word; empty for all.
    pub states: Vec<String>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only of this project, by slug or number.
    pub project: Option<String>,
    /// Continue behind this place.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<i64>,
}

/// Something that is still to be done, or can no longer be.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// The task.
    pub task: TaskRow,
    /// The incident's title; untrusted.
    pub title: String,
    /// The incident's state, by word.
    pub state: String,
}

/// Counts of the whole store.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Incidents by state, by word.
    pub incidents: Vec<(String, u64)>,
    /// Unfinished and dead tasks by (work, state), by word.
    pub tasks: Vec<(String, String, u64)>,
    /// The due time of the oldest task or timer that is due already.
    pub oldest_due: Option<Timestamp>,
    /// Receipt of the last delivery.
    pub last_delivery_at: Option<Timestamp>,
    /// Deliveries that could not be read.
    pub unreadable: u64,
    /// Deliveries in the store.
    pub deliveries: u64,
    /// Size of the database in bytes, with its log.
    pub bytes: u64,
}

/// How long to keep what is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that no live incident needs.
    pub deliveries: Duration,
    /// Finished tasks.
    pub tasks: Duration,
    /// Resolved incidents with their timelines and escalations.
    pub incidents: Duration,
}

/// What a clean-up deleted, or would.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CleanupReport {
    /// Deliveries.
    pub deliveries: u64,
    /// Tasks.
    pub tasks: u64,
    /// Incidents.
    pub incidents: u64,
    /// Escalations.
    pub escalations: u64,
    /// Timeline rows.
    pub timeline: u64,
}
