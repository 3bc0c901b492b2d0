//! One run of a ladder: its rungs, whom it told, what it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{EscalationId, Name};
use crate::policy::Level;
use crate::time::Timestamp;

/// One run of a level's ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its name.
    pub id: EscalationId,
    /// From 1 within the incident.
    pub ordinal: u32,
    /// The level whose ladder it runs.
    pub level: Level,
    /// Rung offsets count from here; moved when the ladder's clock stood still.
    pub starts_at: Timestamp,
    /// The rung that runs next; the ladder's length when all have run.
    pub next_rung: usize,
    /// When; `None` when all have run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_rung_at: Option<Timestamp>,
    /// When the last rung ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_rung_at: Option<Timestamp>,
    /// When the ladder is exhausted, once its last rung ran; `None` before, or when that waits for a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhausted_at: Option<Timestamp>,
    /// Pages so far.
    pub attempts: u32,
    /// From when its clock runs, but for what held it since; `None` where an older version started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_since: Option<Timestamp>,
    /// Everybody was told and nobody answered: it stays so through whatever holds the ladder afterwards (semantics L5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exhausted: bool,
    /// The last escalation of the incident that began with a rise, by ordinal; 0 for none (semantics L9).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub last_rise: u32,
    /// It began with a rise: its first rung pages within the cooldown too (semantics L4, L6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_rise: bool,
    /// Each contact that was told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<Name, Told>,
    /// So many different people must acknowledge, by the rungs that ran; 0 and 1 are one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub acks: u32,
    /// Those of them who have, before they are enough.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub acknowledged_by: BTreeSet<String>,
    /// Events an hour when the last rung ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u64>,
    /// Its level's limit of pages was reached: nothing repeats any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// Until when a person should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_due_at: Option<Timestamp>,
    /// What is counted for figures.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub tally: Tally,
}

/// What one escalation came to, for figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Rungs that ran.
    pub steps: u32,
    /// Those that ran within half a minute of their time.
    pub steps_on_time: u32,
    /// Channels that took a page.
    pub delivered: u32,
    /// Channels that failed for good.
    pub failed: u32,
    /// Pages that rang somebody: not those of a digest.
    pub interruptions: u32,
}

impl Tally {
    /// So late a step is still on time.
    pub const TOLERANCE: Duration = Duration::from_secs(30);

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What one contact was told in one escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Channels, best first, as they were at the last page.
    pub channels: Vec<Name>,
    /// Pages so far; the next repetition's number.
    pub pages: u32,
    /// The last page.
    pub last_at: Timestamp,
    /// The next repeat (semantics L3); `None` when it repeats no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// What became of the last page.
    pub last: PageState,
    /// The rung that named it first, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<usize>,
    /// So many of the pages were called back before they left, or gave way to a later one: nobody heard of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub called_back: u32,
    /// So many of the pages were a digest's, before a rung rang that told them anew: no wait and no limit of that rung counts them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub digests: u32,
    /// The next page is no repeat: it was held because the endpoint had just been paged (semantics L4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owed: bool,
    /// When the endpoint was paged before a page that waits for a bundle to leave: that counts again if the page is called back (semantics L4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

impl Told {
    /// Whether the last page has not left yet: it waits for its bundle or digest.
    #[must_use]
    pub fn waits(&self, now: Timestamp) -> bool {
        self.last == PageState::Sending && self.last_at > now
    }

    /// So many pages count for the wait until the next and for the rung's limit: those that left, and no digest from before the rung.
    #[must_use]
    pub fn counted(&self, now: Timestamp) -> u32 {
        self.left(now).saturating_sub(self.digests)
    }

    /// So many pages left, as far as we know.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> u32 {
        self.pages.saturating_sub(self.called_back + u32::from(self.waits(now)))
    }

    /// Whether a page is still to be made that is no repeat: no limit of repeats takes it away (semantics L3, L4).
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.owed || self.last == PageState::Held
    }

    /// Whether any page left, as far as we know: whoever is only waited for has not heard of anything.
    #[must_use]
    pub fn heard(&self, now: Timestamp) -> bool {
        self.left(now) > 0
    }
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// Owed: its endpoint was paged within the cooldown (semantics L4), or the page was called back before it left.
    Held,
    /// In the outbox.
    Sending,
    /// Some channel took it.
    Delivered,
    /// Every channel failed for good.
    Failed,
}
