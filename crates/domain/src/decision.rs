//! What a decision asks of the shell: rows to write, work to queue. It does nothing itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attention::{Attentions, BundleKind, OpenBundle};
use crate::event::{Actor, Event, PageReason};
use crate::id::{BundleId, EscalationId, IncidentId, Name, RunId};
use crate::incident::Incident;
use crate::policy::Level;
use crate::signal::Outcome;
use crate::time::Timestamp;
use crate::why::Why;

/// The whole answer to a command: the incident as it is now, what the timeline gains, the work that follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The incident after all events were applied.
    pub incident: Incident,
    /// What to append to the timeline, in order.
    pub timeline: Vec<Entry>,
    /// What to put into the outbox.
    pub work: Vec<Planned>,
    /// Whether pages that are still in the outbox are void from now on (semantics L10); a send under way may land.
    pub cancel_pages: bool,
    /// The attention of channels, people and roles that it changed.
    pub attention: Attentions,
    /// When the incident's one timer is due; `None` when it is over and nothing is awaited.
    pub wake_at: Option<Timestamp>,
    /// What to answer a sender of signals.
    pub outcome: Outcome,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
    /// Why; `None` where the event says it all.
    pub why: Option<Why>,
}

/// A piece of work that a decision plans; its id is given by the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Not before.
    pub due: Timestamp,
    /// What to do.
    pub work: Work,
}

/// What can be done to the outside world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "work")]
pub enum Work {
    /// Page a contact over one channel.
    Page(Page),
    /// Tell a contact that was paged what became of it: no page, so no cooldown (semantics L4).
    Update(Update),
    /// Start an agent's run: at most once (semantics F1).
    AgentStart {
        /// The run.
        run: RunId,
        /// Which agent.
        agent: Name,
    },
    /// Ask how a run is doing.
    AgentPoll {
        /// The run.
        run: RunId,
        /// Which agent.
        agent: Name,
    },
}

/// One channel's part of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The escalation.
    pub escalation: EscalationId,
    /// Its ordinal.
    pub ordinal: u32,
    /// Who.
    pub contact: Name,
    /// By which notifier.
    pub channel: Name,
    /// 0 for the first page to this contact in this escalation.
    pub repetition: u32,
    /// Why.
    pub reason: PageReason,
    /// The rung that is running, from 0.
    pub rung: Option<usize>,
    /// The bundle that it goes in, if it does not go alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<Bundled>,
}

/// News for somebody who was paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// By which notifier.
    pub channel: Name,
    /// What to tell.
    pub news: News,
    /// Which news of the incident this is, from 1: the key of each is its own, also when the same thing is told twice.
    pub number: u32,
    /// The bundle that it goes in, if it does not go alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<Bundled>,
}

/// The bundle that a message goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundled {
    /// Its name: whatever has the same goes as one.
    pub id: BundleId,
    /// Why it is one.
    pub kind: BundleKind,
}

impl From<OpenBundle> for Bundled {
    fn from(bundle: OpenBundle) -> Self {
        Self { id: bundle.id, kind: bundle.kind }
    }
}

/// What people who were paged are told later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "news")]
pub enum News {
    /// Somebody took it (semantics A1).
    Acknowledged {
        /// Who.
        by: String,
    },
    /// It is over.
    Resolved {
        /// By whom or what, in words.
        by: String,
    },
    /// One of several who must has taken it (multi-ack rungs).
    AcknowledgedInPart {
        /// Who.
        by: String,
        /// So many have.
        have: u32,
        /// So many must.
        of: u32,
    },
    /// Somebody put it off (semantics A5).
    Snoozed {
        /// Who.
        by: String,
        /// Until what, in words.
        until: String,
    },
    /// What the owner acknowledged has grown tenfold (semantics A2).
    Grew {
        /// Users that are hit now, where somebody counts them.
        users: Option<u64>,
        /// Events an hour.
        rate: u64,
    },
    /// What the owner acknowledged rose to a higher level (semantics L6).
    Rose,
    /// Another Sentry issue joined what the owner acknowledged (semantics I3).
    IssueJoined,
    /// A silence that held it ended (semantics L14): part of what that silence hid.
    SilenceEnded,
    /// It happened, and ended, in a maintenance window (semantics A7): part of that window's summary.
    InWindow,
    /// A person's noise budget is used up: what is not urgent goes to their digest until it is renewed (semantics L16).
    BudgetSpent {
        /// Who.
        contact: Name,
        /// Until when.
        until: Timestamp,
    },
    /// An agent's run got somewhere.
    Agent {
        /// In words of ours.
        said: String,
    },
}

impl News {
    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledged { .. } => "acknowledged",
            Self::AcknowledgedInPart { .. } => "acknowledged_in_part",
            Self::Snoozed { .. } => "snoozed",
            Self::Grew { .. } => "grew",
            Self::Resolved { .. } => "resolved",
            Self::Rose => "rose",
            Self::IssueJoined => "issue_joined",
            Self::SilenceEnded => "silence_ended",
            Self::InWindow => "in_window",
            Self::BudgetSpent { .. } => "budget_spent",
            Self::Agent { .. } => "agent",
        }
    }
}

impl Work {
    /// The bundle that it goes in, if it does not go alone.
    #[must_use]
    pub const fn bundle(&self) -> Option<Bundled> {
        match self {
            Self::Page(Page { bundle, .. }) | Self::Update(Update { bundle, .. }) => *bundle,
            Self::AgentStart { .. } | Self::AgentPoll { .. } => None,
        }
    }

    /// The word for it in tasks, spans and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Update(_) => "update",
            Self::AgentStart { .. } => "agent_start",
            Self::AgentPoll { .. } => "agent_poll",
        }
    }

    /// The notifier or agent that it needs: work of one lane never waits for another's.
    #[must_use]
    pub fn lane(&self) -> &Name {
        match self {
            Self::Page(page) => &page.channel,
            Self::Update(update) => &update.channel,
            Self::AgentStart { agent, .. } | Self::AgentPoll { agent, .. } => agent,
        }
    }

    /// What the receiver may tell repeats of this work by: the same however often it is tried.
    #[must_use]
    pub fn dedup_key(&self, incident: IncidentId) -> String {
        match self {
            Self::Page(page) => {
                format!("{}-{}-{}-{}", page.escalation, page.contact, page.repetition, page.channel)
            }
            Self::Update(update) => {
                format!("{incident}-{}-{}-{}", update.number, update.news.as_str(), update.channel)
            }
            Self::AgentStart { run, .. } => run.to_string(),
            Self::AgentPoll { run, .. } => format!("{run}-poll"),
        }
    }
}

/// A command that does not fit the incident: nothing changes, and the asker is told why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The incident is over already.
    AlreadyResolved,
    /// A timer, button or outcome of an earlier revision or opening (semantics L9).
    Stale,
    /// There is no such incident, and the command opens none.
    NoIncident,
    /// Triage says that the signal is not worth an incident (semantics D5).
    Unwanted,
    /// The signal tells of a time before the incident ended (semantics D3, R3).
    NotLater,
    /// The incident ended too long ago to be reopened: a new one names it (semantics R3).
    WindowOver,
    /// A person asked for a level that is not above the one it has (semantics L6).
    NotAbove(Level),
    /// It is not over, so there is nothing to take up again.
    NotResolved,
    /// A snooze that nothing would end.
    Endless,
    /// Nothing remembers where it stood before it was resolved.
    NothingToUndo,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbove(level) => {
                return write!(f, "the incident is at level {level} already; lowering comes with `incident priority`");
            }
            Self::AlreadyResolved => "the incident is resolved already",
            Self::Stale => "the incident has moved on since; look at it again",
            Self::NoIncident => "there is no such incident",
            Self::Unwanted => "triage says that it is not worth an incident",
            Self::NotLater => "it tells of a time before the incident ended",
            Self::WindowOver => "the incident ended too long ago to be reopened",
            Self::NotResolved => "the incident is not over",
            Self::Endless => {
                "a snooze needs an end in the future: a time, a rate, a number of users or the next release"
            }
            Self::NothingToUndo => "nothing remembers where the incident stood: reopen it instead",
        })
    }
}

impl std::error::Error for Rejection {}
