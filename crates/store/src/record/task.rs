//! Tasks: timers and the outbox, claims and their ends.

use domain::decision::{Planned, Work};
use domain::id::{IncidentId, Name, TaskId};
use domain::incident::Incident;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

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
