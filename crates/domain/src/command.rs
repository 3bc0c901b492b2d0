//! What may be asked of an incident.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::Actor;
use crate::id::{DeliveryId, IncidentId, Name, RunId};
use crate::incident::{Incident, Progress, Until};
use crate::label::Label;
use crate::policy::{Level, PolicyHash};
use crate::priority::{Priority, Triage};
use crate::signal::Signal;
use crate::time::Timestamp;

/// One thing asked of an incident: by a delivery, a timer, a send's outcome, an agent or a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A signal of its identity arrived. Triage ran already, with the current policy, and travels along.
    Observe {
        /// The delivery.
        delivery: DeliveryId,
        /// What it says.
        signal: Box<Signal>,
        /// What triage says of it.
        triage: Box<Triage>,
        /// The id to use if it opens an incident: decisions draw no randomness.
        new_id: IncidentId,
        /// The policy a new incident, or a new opening, starts with: the current one.
        policy: PolicyHash,
        /// The incident of the same identity that ended too long ago to be reopened (semantics R3).
        previous: Option<IncidentId>,
        /// What a person said last of its identity, whether it still holds or not (semantics A8).
        label: Option<Label>,
    },
    /// Signals tell that Sentry merged one issue into another, of which this incident has one.
    NoteMoved {
        /// The issue of which Sentry speaks no more.
        from: String,
        /// The issue that it was merged into.
        to: String,
        /// The incident that has the other one.
        other: IncidentId,
    },
    /// Somebody opens one by hand, or asks for a higher level of one that lives (`escalation create`).
    Create {
        /// The id to use.
        new_id: IncidentId,
        /// The name somebody else has for it.
        external_id: String,
        /// A title for people.
        title: String,
        /// How to escalate it.
        level: Level,
        /// Who asks, and why.
        act: Act,
        /// The policy it starts with.
        policy: PolicyHash,
        /// Marked as a test (semantics S2).
        synthetic: bool,
    },
    /// The incident's one timer came due.
    Wake {
        /// The revision it was armed for; another revision makes it void (semantics L9).
        plan: u32,
    },
    /// A person takes it.
    Acknowledge(Act),
    /// A person puts it off (semantics A5).
    Snooze {
        /// Who, why, and what they saw.
        act: Act,
        /// What ends it.
        until: Until,
        /// With the next release too: the one that it has now does not end it.
        next_release: bool,
    },
    /// A person ends it.
    Resolve {
        /// Who, why, and what they saw.
        act: Act,
        /// The release that carries the fix, if the person names it (semantics R5).
        fixed_in: Option<String>,
    },
    /// A person takes up again what is over, as a new opening.
    Reopen {
        /// Who, why, and what they saw.
        act: Act,
        /// The policy that the new opening starts with.
        policy: PolicyHash,
    },
    /// A person takes a resolve back: everything goes on from where it stood (semantics R4).
    Undo(Act),
    /// A person says what it is worth: it holds the identity (semantics A8).
    Label {
        /// Who, why, and what they saw.
        act: Act,
        /// What they say; `ignore` is noise.
        priority: Priority,
    },
    /// A person moves it to another policy (semantics L15).
    Rebase {
        /// Who, why, and what they saw.
        act: Act,
        /// Which: the current one.
        policy: PolicyHash,
    },
    /// Silences or maintenance windows changed: whether they hold it is decided anew (semantics A6, A7).
    HeedStanding,
    /// A channel of a page came to an end.
    PageEnded {
        /// Whose page.
        contact: Name,
        /// Which channel.
        channel: Name,
        /// Which page.
        repetition: u32,
        /// The escalation it belonged to, by ordinal.
        ordinal: u32,
        /// What became of it.
        outcome: PageOutcome,
        /// Whether other channels of the same page are still in the outbox.
        others_left: bool,
    },
    /// An agent's run got further, or ended.
    AgentProgressed {
        /// The run.
        run: RunId,
        /// How far.
        progress: Progress,
        /// The vendor's page.
        url: Option<String>,
        /// What was said; untrusted.
        note: Option<String>,
    },
    /// Watchfire was stopped for over five minutes and is back (semantics C1).
    Resume {
        /// How long it was away.
        away: Duration,
    },
    /// The wall clock jumped (semantics C2).
    ShiftClock {
        /// By how much, in milliseconds.
        by: i64,
        /// What it shows since; whoever decides may do so by the time before.
        now: Timestamp,
    },
}

/// An act of a person: who, why, and what they saw of the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: Actor,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What they looked at, for buttons, links and forms; `None` for who names an incident and means it as it is.
    pub saw: Option<Revision>,
}

impl Act {
    /// By a person, without a word more.
    #[must_use]
    pub fn by(person: &str) -> Self {
        Self { by: Actor::Person(person.to_owned()), reason: None, saw: None }
    }
}

/// What a button or a link was drawn for (semantics L9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// The opening.
    pub opening: u32,
    /// The escalation, by ordinal; 0 before the first.
    pub escalation: u32,
}

impl Revision {
    /// What stands now.
    #[must_use]
    pub const fn of(incident: &Incident) -> Self {
        Self { opening: incident.opening, escalation: incident.escalations }
    }

    /// Whether an act that rests on it still fits: not after a reopening or a rise.
    #[must_use]
    pub fn fits(self, incident: &Incident) -> bool {
        let last_rise = incident.escalation.as_ref().map_or(0, |escalation| escalation.last_rise);
        self.opening == incident.opening && self.escalation >= last_rise
    }
}

/// What became of one channel of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageOutcome {
    /// The vendor took it.
    Delivered,
    /// It will never get there; why, redacted.
    Failed(String),
}

impl Command {
    /// The word for it in spans and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Observe { .. } => "observe",
            Self::NoteMoved { .. } => "note_moved",
            Self::Create { .. } => "create",
            Self::Wake { .. } => "wake",
            Self::Acknowledge(_) => "acknowledge",
            Self::Snooze { .. } => "snooze",
            Self::Resolve { .. } => "resolve",
            Self::Reopen { .. } => "reopen",
            Self::Undo(_) => "undo",
            Self::Label { .. } => "label",
            Self::Rebase { .. } => "rebase",
            Self::HeedStanding => "heed_standing",
            Self::PageEnded { .. } => "page_ended",
            Self::AgentProgressed { .. } => "agent_progressed",
            Self::Resume { .. } => "resume",
            Self::ShiftClock { .. } => "shift_clock",
        }
    }
}

/// The time at which a signal says that it happened; the time of receipt when it says nothing.
#[must_use]
pub fn seen_at(signal: &Signal, received: Timestamp) -> Timestamp {
    signal.seen_at.unwrap_or(received)
}
