//! An incident: the signals of one identity, with a state. What a state needs lives in its variant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::environment::Environments;
use crate::event::{Actor, ResolvedBy};
use crate::fingerprint::Fingerprint;
use crate::id::{EscalationId, IncidentId, Name, RunId, SilenceId};
use crate::label::{HOLDS, Label};
use crate::policy::{Level, PolicyHash};
use crate::priority::{Priority, Triage};
use crate::release::FixedIn;
use crate::signal::{MetricAlert, Project, Severity, Signal, Source};
use crate::time::Timestamp;

/// One incident, whole: loaded, decided upon and saved as one value. What is not there is not written: that is a sixth of its
/// bytes in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// Which opening this is, from 1; a reopening adds one (semantics L9).
    pub opening: u32,
    /// The revision of the ladder: +1 when state, level, rung or opening changes, never with a signal (semantics L9). Carried by tasks.
    pub plan: u32,
    /// Where it stands.
    pub state: State,
    /// How it is escalated.
    pub level: Level,
    /// What triage, or a person, says of it now.
    pub priority: Priority,
    /// What a person said of it: while it stands, triage does not change the priority (semantics A8).
    #[serde(
        default,
        alias = "priority_by_person",
        deserialize_with = "label_or_flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub label: Option<Label>,
    /// What it is about.
    pub subject: Subject,
    /// The Sentry issues that joined it, with whether Sentry holds them open.
    pub issues: Vec<JoinedIssue>,
    /// Set for an incident opened by hand: the name somebody else has for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Opened by `test-webhook` or a drill (semantics S2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
    /// When this opening began.
    pub opened_at: Timestamp,
    /// When the last signal was received.
    pub last_signal_at: Timestamp,
    /// The latest time that a signal itself named.
    pub last_seen_at: Timestamp,
    /// From when quiet is counted: the last signal, moved by every stop of ours (semantics R2).
    pub quiet_since: Timestamp,
    /// What was counted.
    pub counts: Counts,
    /// The last answer of triage.
    pub triage: Triage,
    /// The policy that it started with (semantics L15).
    pub policy: PolicyHash,
    /// How many escalations it has had.
    pub escalations: u32,
    /// How often those who were paged were told something new.
    pub news: u32,
    /// The escalation that runs, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// When each endpoint (notifier) was last paged for this incident: across rungs, restarts and reopenings (semantics L4).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<Name, Timestamp>,
    /// The last run of an agent, beside the state (semantics F1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixing: Option<Fixing>,
    /// A regression already raised it once (semantics R3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub regression_raised: bool,
    /// Who acknowledged this opening last, even when the acknowledgement ran out since (semantics R2, A3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Actor>,
    /// The named ladder that the running escalation climbs; `None` for its level's own. Taken from triage when an escalation starts, and kept
    /// until the next one starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Name>,
    /// The silence that holds its ladder, beside the state (semantics A6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<Silenced>,
    /// Silences that every signal of this opening has matched so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub matched: BTreeSet<SilenceId>,
    /// Silences that do not hold this opening: a signal of it did not match (semantics A6).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lifted: BTreeSet<SilenceId>,
    /// The maintenance window that this opening began in, until it is told or leaves it (semantics A7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Somebody in Sentry says that a fix is on its way: with a commit, or the next release (semantics A4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<AnnouncedFix>,
}

impl Serialize for Incident {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Incident {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut incident = Self::deserialize(deserializer)?;
        // Before labels only a flag was kept: it stands for the priority kept with it, for a label's time from the opening on.
        if let Some(label) = incident.label.as_mut().filter(|label| label.by.is_empty()) {
            *label = Label {
                priority: incident.priority,
                by: "a person".to_owned(),
                at: incident.opened_at,
                until: incident.opened_at + HOLDS,
                reason: None,
                users: incident.counts.users.unwrap_or(0),
            };
        }
        Ok(incident)
    }
}

/// A label, or the flag `priority_by_person` of the time before labels, as a label by nobody.
fn label_or_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Label>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Flag(bool),
        Label(Label),
    }
    Ok(match Option::<Stored>::deserialize(deserializer)? {
        None | Some(Stored::Flag(false)) => None,
        Some(Stored::Flag(true)) => Some(Label::said(Priority::Ignore, "", None, None, Timestamp::EPOCH)),
        Some(Stored::Label(label)) => Some(label),
    })
}

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
}

/// A fix that somebody announced in Sentry, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedFix {
    /// When we heard of it.
    pub since: Timestamp,
    /// Until when it may hold the ladder; `None` when it holds nothing (any more).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Events and users when the hold began: growth ends it (semantics F2).
    pub held_events: u64,
    /// See `held_events`.
    pub held_users: u64,
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

/// What an incident is about: taken from its first signal and completed by later ones. Its text is untrusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Who speaks.
    pub source: Source,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// The title; never empty.
    pub title: String,
    /// Where it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub culprit: Option<String>,
    /// The class of the exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Sentry's level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The environments it was seen in; none when unknown.
    #[serde(default, alias = "environment", skip_serializing_if = "Environments::is_empty")]
    pub environments: Environments,
    /// The newest release seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// A page for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What groups it.
    pub fingerprint: Fingerprint,
    /// The metric alert, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricAlert>,
    /// Whether a signal had frames of the application's own (semantics I3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_app: bool,
}

impl Subject {
    /// What a first signal tells.
    #[must_use]
    pub fn of(signal: &Signal, fingerprint: Fingerprint) -> Self {
        Self {
            source: signal.source.clone(),
            project: signal.project.clone(),
            title: signal.title.clone(),
            culprit: signal.culprit.clone(),
            exception: signal.exception().map(|exception| exception.class.clone()),
            severity: signal.severity,
            environments: Environments::of(signal.environment.as_deref()),
            release: signal.release.clone(),
            link: signal.link.clone(),
            fingerprint,
            metric: signal.metric.clone(),
            in_app: signal.has_in_app_frame(),
        }
    }
}

/// A Sentry issue in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedIssue {
    /// Sentry's id.
    pub id: String,
    /// Whether Sentry holds it unresolved (semantics R1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// The latest time that a signal of this issue named; `None` for one that joined before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// The fingerprint of its first signal with frames of the application's own: what a merge in Sentry is told by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<Fingerprint>,
    /// Whether Sentry merged it into another issue, as far as signals tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
}

/// What signals tell of a merge in Sentry, which no hook does (semantics I1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merged {
    /// Its errors come under this issue now: what Sentry resolves there is resolved here.
    Into(String),
    /// It spoke again after that: it lives, and is not taken for merged again.
    Denied,
}

/// What was counted (semantics I5): distinct events or Sentry's own totals, never deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Signals taken in.
    pub signals: u64,
    /// Events: Sentry's total when it gave one, else the distinct events seen.
    pub events: u64,
    /// Users, if Sentry told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Short hashes of the last event ids, newest last, at most 16: one event seen as two resources counts once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_events: Vec<u32>,
    /// How fast events come.
    #[serde(default, skip_serializing_if = "Pace::is_still")]
    pub pace: Pace,
}

/// Events of the running hour and of the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// The running hour, counted from 1970.
    pub hour: i64,
    /// Its events.
    pub events: u64,
    /// Those of the hour before it.
    pub before: u64,
}

impl Pace {
    const HOUR: i64 = 3_600_000;

    fn is_still(&self) -> bool {
        *self == Self::default()
    }

    /// So many more events.
    pub fn take_in(&mut self, events: u64, now: Timestamp) {
        let hour = now.millis().div_euclid(Self::HOUR);
        if hour != self.hour {
            self.before = if hour == self.hour + 1 { self.events } else { 0 };
            self.hour = hour;
            self.events = 0;
        }
        self.events = self.events.saturating_add(events);
    }

    /// Events of the last sixty minutes: those of the running hour, and of the one before it the part that lies within them, as if its events
    /// were spread evenly.
    #[must_use]
    pub fn rate(&self, now: Timestamp) -> u64 {
        let hour = now.millis().div_euclid(Self::HOUR);
        let left = u64::try_from(Self::HOUR - now.millis().rem_euclid(Self::HOUR)).unwrap_or(0);
        let part = |events: u64| u64::try_from(u128::from(events) * u128::from(left) / 3_600_000).unwrap_or(u64::MAX);
        match hour - self.hour {
            0 => self.events.saturating_add(part(self.before)),
            1 => part(self.events),
            _ => 0,
        }
    }
}

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
    /// So many of the pages were called back before they left: nobody heard of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub called_back: u32,
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

    /// Whether any page left, as far as we know: whoever is only waited for has not heard of anything.
    #[must_use]
    pub fn heard(&self, now: Timestamp) -> bool {
        self.pages > self.called_back + u32::from(self.waits(now))
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

/// A run of an agent and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixing {
    /// The run.
    pub run: RunId,
    /// Which agent.
    pub agent: Name,
    /// How far it came.
    pub progress: Progress,
    /// The vendor's page for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was decided upon.
    pub since: Timestamp,
    /// Until when it may hold the ladder; `None` when it holds nothing (any more).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Events and users when the hold began: growth ends it (semantics F2).
    pub held_events: u64,
    /// See `held_events`.
    pub held_users: u64,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Decided upon; not yet with the vendor.
    Starting,
    /// Taken by the vendor.
    Queued,
    /// At work.
    Running,
    /// Waits for a person.
    NeedsInput,
    /// Says that it has fixed it: a fix is on its way.
    Succeeded,
    /// Failed, was stopped, or its deadline passed.
    Failed,
    /// Nobody can say whether it ever started (a crash while starting).
    Unknown,
}

impl Progress {
    /// Every stage.
    pub const ALL: [Self; 7] =
        [Self::Starting, Self::Queued, Self::Running, Self::NeedsInput, Self::Succeeded, Self::Failed, Self::Unknown];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::NeedsInput => "needs_input",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the run is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Unknown)
    }
}

impl Incident {
    /// One that begins: nobody was told yet, and nothing was counted.
    #[must_use]
    pub const fn begun(
        id: IncidentId,
        level: Level,
        subject: Subject,
        triage: Triage,
        policy: PolicyHash,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            opening: 1,
            plan: 1,
            state: State::Open,
            level,
            priority: triage.priority,
            label: None,
            subject,
            issues: Vec::new(),
            external_id: None,
            synthetic: false,
            opened_at: at,
            last_signal_at: at,
            last_seen_at: at,
            quiet_since: at,
            counts: Counts {
                signals: 0,
                events: 0,
                users: None,
                recent_events: Vec::new(),
                pace: Pace { hour: 0, events: 0, before: 0 },
            },
            triage,
            policy,
            escalations: 0,
            news: 0,
            escalation: None,
            endpoints: BTreeMap::new(),
            fixing: None,
            regression_raised: false,
            owner: None,
            route: None,
            silenced: None,
            matched: BTreeSet::new(),
            lifted: BTreeSet::new(),
            window: None,
            fix: None,
        }
    }

    /// Whether a person's word about its priority stands above triage's (semantics A8).
    #[must_use]
    pub const fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// The live escalation: an incident has at most one.
    #[must_use]
    pub fn live_escalation(&self) -> Option<&Escalation> {
        self.escalation.as_ref().filter(|_| self.state.is_live())
    }

    /// Until when a fix on its way holds the ladder: an agent's run, or one that was announced in Sentry (semantics F2, A4).
    #[must_use]
    pub fn held_until(&self) -> Option<Timestamp> {
        let run = self.fixing.as_ref().and_then(|fixing| fixing.hold_until);
        let announced = self.fix.as_ref().and_then(|fix| fix.hold_until);
        run.max(announced)
    }

    /// From when the ladder's clock has stood still, if a person's answer or a silence holds it (semantics A3, A6).
    #[must_use]
    pub fn stands_since(&self) -> Option<Timestamp> {
        let silenced = self.silenced.as_ref().map(|silenced| silenced.since);
        self.state.answered_since().into_iter().chain(silenced).min()
    }

    /// When people hear of it next if nobody does anything: the earlier of the next rung and the next page; while an answer, a silence or a
    /// fix holds the ladder, not before that ends (semantics A3, A5, A6, F2).
    #[must_use]
    pub fn next_step_at(&self) -> Option<Timestamp> {
        let escalation = self.live_escalation()?;
        if let Some(silenced) = &self.silenced {
            return Some(silenced.until);
        }
        match &self.state {
            State::Acknowledged { until, .. } => return *until,
            State::Snoozed { until, .. } => return until.at,
            State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => {}
        }
        let pages = escalation.told.values().filter_map(|told| told.next_at);
        let next = pages.chain(escalation.next_rung_at).min()?;
        Some(self.held_until().map_or(next, |until| until.max(next)))
    }

    /// Whether an agent works on it, or says that a fix is on its way: from the moment at which the vendor took the run.
    #[must_use]
    pub fn is_fixing(&self) -> bool {
        let at_work =
            |fixing: &Fixing| !matches!(fixing.progress, Progress::Starting | Progress::Failed | Progress::Unknown);
        self.state.is_live() && (self.fix.is_some() || self.fixing.as_ref().is_some_and(at_work))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(field: &str, value: serde_json::Value) -> Incident {
        let mut incident = json!({
            "id": IncidentId::from_bits(1), "opening": 1, "plan": 1, "state": { "state": "open" }, "level": "high",
            "priority": "high", "subject": { "source": "acme", "title": "it broke", "fingerprint": "v1-0" }, "issues": [],
            "opened_at": 1_780_000_000_000_u64, "last_signal_at": 0, "last_seen_at": 0, "quiet_since": 0,
            "counts": { "signals": 1, "events": 3, "users": 2 },
            "triage": { "fingerprint": "v1-0", "priority": "low", "score": 20, "factors": [] },
            "policy": "0".repeat(64), "escalations": 0, "news": 0,
        });
        incident[field] = value;
        serde_json::from_value(incident).unwrap()
    }

    #[test]
    fn an_incident_from_before_labels_keeps_a_persons_word() {
        assert!(!stored("priority_by_person", json!(false)).is_labelled());
        let incident = stored("priority_by_person", json!(true));
        let label = incident.label.clone().unwrap();
        assert_eq!((label.priority, label.users, label.until), (Priority::High, 2, incident.opened_at + HOLDS));
        let again: Incident = serde_json::from_str(&serde_json::to_string(&incident).unwrap()).unwrap();
        assert_eq!(again, incident);
    }

    fn at(minutes: u64) -> Timestamp {
        // The beginning of an hour.
        Timestamp::from_millis(495_000 * 3_600_000) + Duration::from_secs(minutes * 60)
    }

    #[test]
    fn the_rate_is_that_of_the_last_sixty_minutes_as_if_an_hour_were_even() {
        let mut pace = Pace::default();
        pace.take_in(100, at(10));
        pace.take_in(20, at(50));
        assert_eq!((pace.rate(at(50)), pace.rate(at(59))), (120, 120));
        assert_eq!([60, 75, 90, 119, 120].map(|minute| pace.rate(at(minute))), [120, 90, 60, 2, 0]);
        pace.take_in(8, at(90));
        assert_eq!([90, 105, 120, 150].map(|minute| pace.rate(at(minute))), [68, 38, 8, 4]);
        pace.take_in(1, at(185));
        assert_eq!(pace.rate(at(185)), 1, "an hour without any lies between");
        pace.take_in(1, at(60));
        assert_eq!(pace.rate(at(60)), 1, "a clock that was set back begins anew");
    }

    #[test]
    fn what_was_not_counted_is_not_written_and_what_was_is() {
        let written = |pace: Pace| serde_json::to_string(&Counts { pace, ..Counts::default() }).unwrap();
        assert!(!written(Pace::default()).contains("pace"));
        assert!(written(Pace { hour: 3, events: 1, before: 0 }).contains("pace"));
        let mut escalation = json!({
            "id": EscalationId::from_bits(1), "ordinal": 1, "level": "high", "starts_at": 0, "next_rung": 0, "attempts": 0,
        });
        let read = |value: &serde_json::Value| serde_json::from_value::<Escalation>(value.clone()).unwrap();
        let bare = serde_json::to_value(read(&escalation)).unwrap();
        assert_eq!(bare, escalation, "nothing more than that");
        for (field, value) in [
            ("acks", json!(2)),
            ("last_rise", json!(1)),
            ("tally", json!({ "steps": 1, "steps_on_time": 0, "delivered": 0, "failed": 0, "interruptions": 0 })),
        ] {
            escalation[field] = value;
        }
        assert_eq!(serde_json::to_value(read(&escalation)).unwrap(), escalation);
    }

    #[test]
    fn a_label_is_kept_with_its_incident() {
        let label = Label::said(Priority::Low, "alice", Some("known"), Some(3), Timestamp::from_millis(7));
        let incident = stored("label", serde_json::to_value(&label).unwrap());
        assert_eq!(incident.label, Some(label));
        assert!(!serde_json::to_string(&stored("news", json!(0))).unwrap().contains("label"));
    }
}
