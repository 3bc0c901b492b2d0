//! What a timeline records: every signal, decision, send and answer, in the order in which they took effect.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::attention::OpenBundle;
use crate::id::{DeliveryId, EscalationId, Name, RunId, SilenceId};
use crate::incident::{Progress, Until};
use crate::policy::{Level, OnlyIf, PolicyHash};
use crate::priority::Priority;
use crate::release::FixedIn;
use crate::signal::Resource;
use crate::time::Timestamp;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "actor", content = "name")]
pub enum Actor {
    /// Watchfire itself.
    Watchfire,
    /// Sentry, by a delivery.
    Sentry,
    /// A person, by the name they gave.
    Person(String),
    /// An agent.
    Agent(Name),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watchfire => f.write_str("watchfire"),
            Self::Sentry => f.write_str("sentry"),
            Self::Person(name) => f.write_str(name),
            Self::Agent(name) => write!(f, "agent {name}"),
        }
    }
}

/// By what an incident ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "resolved_by", content = "name")]
pub enum ResolvedBy {
    /// A person, here.
    Person(String),
    /// Sentry: the last joined issue was resolved or ignored, or the metric alert ended.
    Sentry,
    /// It stayed quiet for the level's time.
    Quiet,
    /// It stayed quiet for thirty days.
    Age,
}

/// Why a contact is paged. Stands on the page and in `why`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageReason {
    /// A rung of the ladder came due.
    Rung,
    /// The contact's own repeat (semantics L3).
    Repeat,
    /// An acknowledgement ended (semantics A3).
    AcknowledgementEnded,
    /// A snooze ended (semantics A5).
    SnoozeEnded,
    /// A silence ended (semantics A6).
    SilenceEnded,
    /// Watchfire was stopped for over five minutes (semantics C1).
    Restart,
    /// The ladder is exhausted, or a page failed for good, and the fallback is told (semantics L5, L14).
    Fallback,
    /// Nobody could be reached by any rung (semantics L7).
    NobodyElse,
}

impl PageReason {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rung => "rung",
            Self::Repeat => "repeat",
            Self::AcknowledgementEnded => "acknowledgement_ended",
            Self::SnoozeEnded => "snooze_ended",
            Self::SilenceEnded => "silence_ended",
            Self::Restart => "restart",
            Self::Fallback => "fallback",
            Self::NobodyElse => "nobody_else",
        }
    }
}

/// One entry of the timeline, without its time and its `why`, which stand beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It began.
    Opened {
        /// How it is escalated.
        level: Level,
        /// What triage said.
        priority: Priority,
        /// The name somebody else has for it, when opened by hand.
        external_id: Option<String>,
        /// The incident that ended before the reopen window closed on it (semantics R3).
        previous: Option<crate::id::IncidentId>,
    },
    /// A signal was taken in.
    Signal {
        /// The delivery that brought it.
        delivery: DeliveryId,
        /// Its resource.
        resource: Resource,
        /// Its action.
        action: String,
        /// The events counted so far.
        events: u64,
    },
    /// Another Sentry issue joined (semantics I3).
    IssueJoined {
        /// Its id.
        issue: String,
    },
    /// One issue's errors come under another now: Sentry merged them, each in an incident of its own (semantics I1).
    IssueMoved {
        /// The issue of which Sentry speaks no more.
        from: String,
        /// The issue that it was merged into.
        to: String,
        /// The incident of the other of the two.
        incident: crate::id::IncidentId,
    },
    /// Triage's answer changed without effect on the ladder: a fall, or a rise under a person's priority.
    PriorityNoted {
        /// From.
        from: Priority,
        /// To.
        to: Priority,
    },
    /// A person said what it is worth (semantics A8).
    Labelled {
        /// The priority that it had.
        from: Priority,
        /// What they said; `ignore` is noise.
        to: Priority,
        /// Who.
        by: String,
        /// Until when it holds.
        until: Timestamp,
        /// Users that were hit then.
        users: u64,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// What a person said holds no longer: triage decides again (semantics A8).
    LabelEnded {
        /// What they had said.
        said: Priority,
        /// Who.
        by: String,
        /// Why it ended, in words.
        because: String,
    },
    /// A person lowered the priority: the ladder ends, and the lower one starts (semantics L6).
    Fell {
        /// The old level.
        from: Level,
        /// The new.
        to: Level,
    },
    /// The priority rose above the level: the ladder starts anew (semantics L6).
    Rose {
        /// The old level.
        from: Level,
        /// The new.
        to: Level,
        /// The new priority.
        priority: Priority,
    },
    /// An escalation was armed; rung 0 is due at `starts_at`.
    EscalationStarted {
        /// Its name.
        escalation: EscalationId,
        /// From 1.
        ordinal: u32,
        /// Its level.
        level: Level,
        /// When rung 0 is due.
        starts_at: Timestamp,
        /// It follows a rise (semantics L6).
        by_rise: bool,
        /// Until when a person should have answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_due_at: Option<Timestamp>,
    },
    /// A rung ran.
    RungRan {
        /// From 0.
        rung: usize,
        /// When it was due.
        due: Timestamp,
        /// When the next one is due.
        next: Option<Timestamp>,
    },
    /// A rung came due and its condition did not hold: it tells nobody.
    RungSkipped {
        /// From 0.
        rung: usize,
        /// Which condition.
        condition: OnlyIf,
        /// When the next rung is due.
        next: Option<Timestamp>,
    },
    /// A rung reached nobody (semantics L7).
    RungReachedNobody {
        /// From 0.
        rung: usize,
    },
    /// A page was put into the outbox.
    Paged {
        /// Who.
        contact: Name,
        /// The channels, best first.
        channels: Vec<Name>,
        /// The rung that first named the contact, if a rung did it.
        rung: Option<usize>,
        /// 0 for the first page to this contact in this escalation.
        repetition: u32,
        /// Why.
        reason: PageReason,
        /// The next repeat.
        next: Option<Timestamp>,
        /// The bundle that it goes in and when that leaves, if it does not go alone at once (semantics L12).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bundle: Option<OpenBundle>,
    },
    /// A person's noise budget is used up: this page goes into their digest (semantics L16).
    Demoted {
        /// Who.
        contact: Name,
        /// Their digest leaves.
        until: Timestamp,
    },
    /// The level's limit of pages was reached: nothing repeats any more, and the fallback is told.
    LimitReached {
        /// Pages so far.
        pages: u32,
    },
    /// A page was not made, because its endpoint was paged within the cooldown (semantics L4).
    PageHeld {
        /// Who.
        contact: Name,
        /// The channels, best first.
        channels: Vec<Name>,
        /// Until when.
        until: Timestamp,
    },
    /// A channel took a page.
    PageDelivered {
        /// Who.
        contact: Name,
        /// By which channel.
        channel: Name,
        /// Which page.
        repetition: u32,
    },
    /// A channel failed for good.
    PageFailed {
        /// Who.
        contact: Name,
        /// Which channel.
        channel: Name,
        /// Which page.
        repetition: u32,
        /// Why, as the vendor or the network said; redacted.
        reason: String,
        /// Whether other channels of the same page may still deliver it.
        others_left: bool,
    },
    /// A person took it (semantics A1).
    Acknowledged {
        /// Who.
        by: Actor,
        /// Until when it holds.
        until: Option<Timestamp>,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// One of several people who must acknowledge has; the others are still paged.
    AcknowledgedInPart {
        /// Who.
        by: String,
        /// So many have.
        have: u32,
        /// So many must.
        of: u32,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// What is acknowledged has grown tenfold, and its owner is told (semantics A2).
    Grew {
        /// Users that are hit now.
        users: u64,
        /// Events an hour.
        rate: u64,
    },
    /// Somebody put it off (semantics A5).
    Snoozed {
        /// Who.
        by: Actor,
        /// What ends it.
        until: Until,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A snooze ended, and the ladder goes on (semantics A5).
    SnoozeEnded {
        /// For how long the ladder's clock stood still.
        held: Duration,
        /// Why, in words of ours.
        because: String,
    },
    /// A silence holds the ladder (semantics A6).
    Silenced {
        /// Which.
        silence: SilenceId,
        /// From when the ladder's clock stands still.
        since: Timestamp,
        /// Until when, as far as is known.
        until: Timestamp,
    },
    /// A signal does not match a silence: it holds this opening no more (semantics A6).
    SilenceLifted {
        /// Which.
        silence: SilenceId,
    },
    /// No silence holds the ladder any more (semantics A6).
    SilenceEnded {
        /// Which was the last.
        silence: SilenceId,
        /// For how long the ladder's clock stood still.
        held: Duration,
    },
    /// It opened in a maintenance window (semantics A7), or that window's end was moved.
    InMaintenance {
        /// Which window.
        silence: SilenceId,
        /// Its end.
        until: Timestamp,
    },
    /// It outlived the maintenance window and takes its triaged level (semantics A7).
    LeftMaintenance {
        /// The level.
        to: Level,
        /// The priority.
        priority: Priority,
    },
    /// Somebody in Sentry says that a fix is on its way: with a commit, or the next release (semantics A4).
    FixAnnounced {
        /// Until when it may hold the ladder.
        hold_until: Option<Timestamp>,
    },
    /// An announced fix no longer holds the ladder.
    FixHoldEnded {
        /// Why, in words of ours.
        because: String,
    },
    /// A person moved it to another policy (semantics L15).
    Rebased {
        /// The policy that it had.
        from: PolicyHash,
        /// The policy that it has now.
        to: PolicyHash,
        /// When the next rung is due under it.
        next: Option<Timestamp>,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The acknowledgement ran out, and the ladder goes on (semantics A3).
    AcknowledgementEnded {
        /// For how long the ladder's clock stood still.
        held: Duration,
    },
    /// Everybody was told, nobody answered (semantics L5).
    Exhausted {
        /// Who is still paged: the primary of an urgent level.
        still_paged: Vec<Name>,
    },
    /// It ended.
    Resolved {
        /// By what.
        by: ResolvedBy,
        /// By the clock of the signals.
        as_of: Timestamp,
        /// A word from the person.
        reason: Option<String>,
        /// The release that carries the fix, where the resolve speaks of one (semantics R5).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fixed_in: Option<FixedIn>,
    },
    /// A signal from an older release than the one that carries the fix: nothing reopens (semantics R5).
    Excused {
        /// The delivery that brought it.
        delivery: DeliveryId,
        /// The release it came from. Untrusted.
        release: String,
        /// The release that carries the fix.
        fixed_in: String,
    },
    /// A person took the resolve back: everything goes on from where it stood, as a new escalation (semantics R4).
    Undone {
        /// The escalation that goes on.
        escalation: EscalationId,
        /// From 1.
        ordinal: u32,
        /// For how long the incident was resolved, and its clock stood still.
        held: Duration,
        /// Why, in a person's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Sentry closed one of several joined issues; the incident goes on (semantics R1).
    IssueClosed {
        /// Which.
        issue: String,
    },
    /// A `resolved` older than a signal of this opening: nothing changes (semantics R1).
    StaleResolve {
        /// Of which issue.
        issue: Option<String>,
    },
    /// It came back (semantics R3).
    Reopened {
        /// The level of the new opening.
        level: Level,
        /// The priority of the new opening.
        priority: Priority,
        /// It was raised, because what was believed fixed came back.
        raised: bool,
        /// Why, in a person's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Sentry gave the issue to somebody; recorded, no more (semantics A4).
    Assigned {
        /// To whom.
        assignee: Option<String>,
    },
    /// A remark in Sentry.
    Remarked {
        /// The delivery that brought it.
        delivery: DeliveryId,
        /// Its resource.
        resource: Resource,
        /// Its action.
        action: String,
    },
    /// A run of an agent was decided upon.
    AgentCalled {
        /// The run.
        run: RunId,
        /// Which agent.
        agent: Name,
        /// Until when it may hold the ladder.
        hold_until: Option<Timestamp>,
    },
    /// A run got further.
    AgentProgressed {
        /// The run.
        run: RunId,
        /// How far.
        progress: Progress,
        /// The vendor's page.
        url: Option<String>,
        /// What the agent or the network said; untrusted.
        note: Option<String>,
    },
    /// A run no longer holds the ladder, and why (semantics F2).
    HoldEnded {
        /// The run.
        run: RunId,
        /// Why, in words.
        because: String,
    },
    /// Watchfire came back after a stop (semantics C1).
    Resumed {
        /// How long it was away.
        away: Duration,
    },
    /// The wall clock jumped and everything due moved with it (semantics C2).
    ClockJumped {
        /// By how much, in milliseconds.
        by: i64,
    },
}

impl Event {
    /// The word for it in timelines, tables and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Signal { .. } => "signal",
            Self::IssueJoined { .. } => "issue_joined",
            Self::IssueMoved { .. } => "issue_moved",
            Self::PriorityNoted { .. } => "priority_noted",
            Self::Labelled { .. } => "labelled",
            Self::LabelEnded { .. } => "label_ended",
            Self::Fell { .. } => "fell",
            Self::Rose { .. } => "rose",
            Self::EscalationStarted { .. } => "escalation_started",
            Self::RungRan { .. } => "rung_ran",
            Self::RungSkipped { .. } => "rung_skipped",
            Self::RungReachedNobody { .. } => "rung_reached_nobody",
            Self::Demoted { .. } => "demoted",
            Self::LimitReached { .. } => "limit_reached",
            Self::AcknowledgedInPart { .. } => "acknowledged_in_part",
            Self::Grew { .. } => "grew",
            Self::Snoozed { .. } => "snoozed",
            Self::SnoozeEnded { .. } => "snooze_ended",
            Self::Silenced { .. } => "silenced",
            Self::SilenceLifted { .. } => "silence_lifted",
            Self::SilenceEnded { .. } => "silence_ended",
            Self::InMaintenance { .. } => "in_maintenance",
            Self::LeftMaintenance { .. } => "left_maintenance",
            Self::FixAnnounced { .. } => "fix_announced",
            Self::FixHoldEnded { .. } => "fix_hold_ended",
            Self::Rebased { .. } => "rebased",
            Self::Paged { .. } => "paged",
            Self::PageHeld { .. } => "page_held",
            Self::PageDelivered { .. } => "page_delivered",
            Self::PageFailed { .. } => "page_failed",
            Self::Acknowledged { .. } => "acknowledged",
            Self::AcknowledgementEnded { .. } => "acknowledgement_ended",
            Self::Exhausted { .. } => "exhausted",
            Self::Resolved { .. } => "resolved",
            Self::Excused { .. } => "excused",
            Self::Undone { .. } => "undone",
            Self::IssueClosed { .. } => "issue_closed",
            Self::StaleResolve { .. } => "stale_resolve",
            Self::Reopened { .. } => "reopened",
            Self::Assigned { .. } => "assigned",
            Self::Remarked { .. } => "remarked",
            Self::AgentCalled { .. } => "agent_called",
            Self::AgentProgressed { .. } => "agent_progressed",
            Self::HoldEnded { .. } => "hold_ended",
            Self::Resumed { .. } => "resumed",
            Self::ClockJumped { .. } => "clock_jumped",
        }
    }
}
