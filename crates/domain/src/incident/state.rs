//! Where an incident stands, what holds it there, and what is remembered of where it stood.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Actor, ResolvedBy};
use crate::id::SilenceId;
use crate::release::FixedIn;
use crate::time::Timestamp;

/// Where an incident stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// Opened; the initial delay is not over and nobody was told.
    Open,
    /// The ladder runs.
    Escalating,
    /// A person took it; pages are held (semantics A1).
    Acknowledged {
        /// Who.
        by: Actor,
        /// From when the ladder's clock stands still (semantics A3).
        since: Timestamp,
        /// Until when; `None` for ever.
        until: Option<Timestamp>,
        /// From what growth is told to the owner (semantics A2).
        #[serde(default)]
        grown: Grown,
    },
    /// A person, or Sentry, put it off; pages are held until one of its ends comes (semantics A5).
    Snoozed {
        /// Who.
        by: Actor,
        /// From when the ladder's clock stands still.
        since: Timestamp,
        /// What ends it.
        until: Until,
    },
    /// Everybody was told and nobody answered.
    Exhausted {
        /// Since when.
        since: Timestamp,
    },
    /// Over.
    Resolved {
        /// When it was decided.
        at: Timestamp,
        /// By whom or what.
        by: ResolvedBy,
        /// By the clock of the signals: one not later than this does not reopen it (semantics D3, R3).
        as_of: Timestamp,
        /// The release that carries the fix, where the resolve spoke of one: older ones are excused (semantics R5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fixed_in: Option<FixedIn>,
        /// Where it stood before, for a person who takes the resolve back (semantics R4); `None` where an older version resolved it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Stood>,
        /// Its issues that Sentry held open then.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        closed: Vec<String>,
    },
}

/// What ends a snooze: whichever comes first. At least one of them is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Until {
    /// A time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// So many events within an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u64>,
    /// So many users in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// A signal from a later release than this one, or from one of which nobody can tell; empty where none was known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_after: Option<String>,
    /// Sentry opens it again, because it escalates or its condition is met.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopened_in_sentry: bool,
}

impl Until {
    /// Whether anything ends it.
    #[must_use]
    pub const fn has_end(&self) -> bool {
        self.at.is_some()
            || self.rate.is_some()
            || self.users.is_some()
            || self.release_after.is_some()
            || self.reopened_in_sentry
    }
}

impl fmt::Display for Until {
    /// In words of ours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = [
            self.at.map(|at| format!("at {at}")),
            self.rate.map(|rate| format!("at {rate} events an hour")),
            self.users.map(|users| format!("at {users} users")),
            self.release_after.as_ref().map(|_| "with the next release".to_owned()),
            self.reopened_in_sentry.then(|| "when Sentry opens it again".to_owned()),
        ];
        let ends: Vec<String> = ends.into_iter().flatten().collect();
        f.write_str(&ends.join(", or "))
    }
}

/// A silence that holds an incident's ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// Which.
    pub silence: SilenceId,
    /// From when the ladder's clock stands still.
    pub since: Timestamp,
    /// Until when it holds, as far as is known: a time on the wall, which no jump of our clock moves.
    pub until: Timestamp,
}

/// A maintenance window that an incident opened in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Which.
    pub silence: SilenceId,
    /// Its end, as far as is known: a time on the wall.
    pub until: Timestamp,
    /// It ended, and the incident was quiet: it is told in the summary.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// Where a resolved incident stood before: a live state, which a state of its own can never be mistaken for (semantics R4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stood")]
pub enum Stood {
    /// Nobody was told yet.
    Open,
    /// The ladder ran.
    Escalating,
    /// A person had it.
    Acknowledged {
        /// Who.
        by: Actor,
        /// From when the ladder's clock stood still.
        since: Timestamp,
        /// Until when; `None` for ever.
        until: Option<Timestamp>,
        /// From what growth is told.
        #[serde(default)]
        grown: Grown,
    },
    /// It was put off.
    Snoozed {
        /// Who.
        by: Actor,
        /// From when the ladder's clock stood still.
        since: Timestamp,
        /// What ends it.
        until: Until,
    },
    /// Everybody was told and nobody answered.
    Exhausted {
        /// Since when.
        since: Timestamp,
    },
}

impl Stood {
    /// The state again, after its clock stood still for `still` milliseconds: negative when our own clock was set back meanwhile. Since
    /// when it was exhausted is a fact that no pause moves.
    #[must_use]
    pub fn again(self, still: i64) -> State {
        match self {
            Self::Open => State::Open,
            Self::Escalating => State::Escalating,
            Self::Acknowledged { by, since, until, grown } => State::Acknowledged {
                by,
                since: since.shifted(still),
                until: until.map(|until| until.shifted(still)),
                grown,
            },
            Self::Snoozed { by, since, until } => {
                let at = until.at.map(|at| at.shifted(still));
                State::Snoozed { by, since: since.shifted(still), until: Until { at, ..until } }
            }
            Self::Exhausted { since } => State::Exhausted { since },
        }
    }
}

impl State {
    /// What a resolve must remember of it; of a resolved one what that remembers.
    #[must_use]
    pub fn stood(&self) -> Option<Stood> {
        match self {
            Self::Open => Some(Stood::Open),
            Self::Escalating => Some(Stood::Escalating),
            Self::Acknowledged { by, since, until, grown } => {
                Some(Stood::Acknowledged { by: by.clone(), since: *since, until: *until, grown: grown.clone() })
            }
            Self::Snoozed { by, since, until } => {
                Some(Stood::Snoozed { by: by.clone(), since: *since, until: until.clone() })
            }
            Self::Exhausted { since } => Some(Stood::Exhausted { since: *since }),
            Self::Resolved { before, .. } => before.clone(),
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Escalating => "escalating",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Snoozed { .. } => "snoozed",
            Self::Exhausted { .. } => "exhausted",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// From when a person's answer has kept the ladder's clock standing, if one does.
    #[must_use]
    pub const fn answered_since(&self) -> Option<Timestamp> {
        match self {
            Self::Acknowledged { since, .. } | Self::Snoozed { since, .. } => Some(*since),
            Self::Open | Self::Escalating | Self::Exhausted { .. } | Self::Resolved { .. } => None,
        }
    }

    /// Whether it is not over.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self, Self::Resolved { .. })
    }

    /// Whether people may be paged in it (semantics L10). An open one too: an acknowledgement may end within the initial delay (A3).
    #[must_use]
    pub const fn is_pageable(&self) -> bool {
        matches!(self, Self::Open | Self::Escalating | Self::Exhausted { .. })
    }
}

/// From what the growth of something acknowledged is measured (semantics A2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grown {
    /// Users.
    pub users: u64,
    /// Events an hour.
    pub rate: u64,
}

impl Grown {
    /// So many times what it was is growth that the owner is told of.
    const TENFOLD: u64 = 10;
    /// Below so many events an hour ten times nothing is nothing.
    const RATE_WORTH_TELLING: u64 = 10;

    /// Whether so many users are growth.
    #[must_use]
    pub fn more_users(&self, users: u64) -> bool {
        users >= self.users.max(1).saturating_mul(Self::TENFOLD)
    }

    /// Whether so many events an hour are growth.
    #[must_use]
    pub fn faster(&self, rate: u64) -> bool {
        rate >= Self::RATE_WORTH_TELLING && rate >= self.rate.max(1).saturating_mul(Self::TENFOLD)
    }
}
