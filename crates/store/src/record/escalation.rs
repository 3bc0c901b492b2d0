//! Escalations, for lists and statistics.

use domain::figures::Resolver;
use domain::id::{EscalationId, IncidentId};
use domain::policy::Level;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// When people hear of it next if nobody does anything: the next rung, the next page, or the end of a hold.
    pub next_at: Option<Timestamp>,
    /// When the first page was delivered.
    pub first_delivered_at: Option<Timestamp>,
    /// When a person first acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Outside every figure (semantics S2).
    pub synthetic: bool,
    /// Steps of the ladder that ran, in time or late.
    pub steps: u32,
    /// Those of them that ran in time.
    pub steps_on_time: u32,
    /// Pages that were delivered.
    pub pages_delivered: u32,
    /// Pages that failed for good.
    pub pages_failed: u32,
    /// By when somebody should have answered.
    pub response_due_at: Option<Timestamp>,
    /// How often it interrupted somebody.
    pub interruptions: u32,
    /// When the opening that it belongs to began; `None` where an older version wrote the row.
    pub opened_at: Option<Timestamp>,
    /// When the first rung that ran was due; `None` before.
    pub first_due_at: Option<Timestamp>,
    /// When its ladder was first exhausted.
    pub exhausted_at: Option<Timestamp>,
    /// By what its incident was resolved. On a superseded one: that resolve was taken back, and the next escalation goes on (semantics R4).
    pub resolved_by: Option<Resolver>,
    /// Signals that the incident had taken in when this was armed.
    pub signals_before: u64,
    /// Signals that the incident had taken in when this row was last written: a signal alone does not rewrite it.
    pub signals: u64,
}

impl EscalationRow {
    /// What was written once stays, whatever is written over it: first times, and what was there as it was armed.
    pub fn keep_first(&mut self, earlier: &Self) {
        self.first_due_at = earlier.first_due_at.or(self.first_due_at);
        self.first_delivered_at = earlier.first_delivered_at.or(self.first_delivered_at);
        self.acknowledged_at = earlier.acknowledged_at.or(self.acknowledged_at);
        self.exhausted_at = earlier.exhausted_at.or(self.exhausted_at);
        self.signals_before = earlier.signals_before;
    }
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
    /// Ended by a rise, by a fall or by a resolve that was taken back: another one runs.
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
