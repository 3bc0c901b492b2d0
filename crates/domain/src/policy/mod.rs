//! The policy: what the team wants to happen. `file` reads it from TOML; everything here is already known to be sound.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::incident::Told;
use crate::oncall::{Override, Schedule};
use crate::priority::{FactorName, Priority};
use crate::response_time::ResponseTime;
use crate::silence::Silence;
use crate::time::Timestamp;
use crate::wall::WallTime;

mod budget;
pub mod check;
mod digest;
pub mod duration;
mod duty;
pub mod file;
mod mistake;
pub mod rule;

pub use budget::Budget;
pub use digest::DigestTime;

/// How an incident is escalated: a row of the table in `docs/semantics.md`. Lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Inside a maintenance window.
    Maintenance,
    /// P3.
    Low,
    /// P2.
    Medium,
    /// P1.
    High,
    /// P0.
    Critical,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [Self::Maintenance, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }

    /// The level that answers a priority; `ignore` has none.
    #[must_use]
    pub const fn of(priority: Priority) -> Option<Self> {
        match priority {
            Priority::Ignore => None,
            Priority::Low => Some(Self::Low),
            Priority::Medium => Some(Self::Medium),
            Priority::High => Some(Self::High),
            Priority::Critical => Some(Self::Critical),
        }
    }

    /// Whether nobody's silence may end it: critical and high (semantics L5, R2).
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::High | Self::Critical)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SHA-256 of a policy's text, lower-case hex: by it a running incident keeps the policy that it started with (semantics L15).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyHash(pub String);

/// A sound policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Of the text it was read from.
    pub hash: PolicyHash,
    /// The five levels; each is there.
    pub levels: BTreeMap<Level, LevelPolicy>,
    /// Ladders that a rule may give an incident, by name; a level that one leaves out uses the level's own rungs.
    pub ladders: BTreeMap<Name, BTreeMap<Level, Vec<Rung>>>,
    /// Roles: who a rung means. A role may be empty: `policy check` warns, semantics L7 tells what happens.
    pub roles: BTreeMap<Name, Vec<Member>>,
    /// Contacts: people or rooms, with the channels on which to reach them, best first.
    pub contacts: BTreeMap<Name, Contact>,
    /// Who is on call, by schedule.
    pub schedules: BTreeMap<Name, Schedule>,
    /// Whom to tell when everything else came to nothing (semantics L14).
    pub fallback: Vec<Target>,
    /// Weights, thresholds and rules of triage.
    pub triage: TriagePolicy,
    /// When people work, for rungs that keep to working hours.
    pub working_hours: WorkingHours,
    /// When digests leave.
    pub digest: DigestTime,
    /// Whether somebody to whom Sentry assigned an issue has thereby acknowledged it (semantics A4).
    pub assigned_acknowledges: bool,
    /// Silences and maintenance windows that recur for as long as the policy says so, in the order of the text.
    pub silences: Vec<Silence>,
}

impl Policy {
    /// The row of a level.
    ///
    /// # Panics
    /// Never: `file` refuses a policy in which a level is missing.
    #[must_use]
    pub fn level(&self, level: Level) -> &LevelPolicy {
        &self.levels[&level]
    }

    /// Whom to tell when everything else came to nothing: the level's own fallback, else the policy's.
    #[must_use]
    pub fn fallback(&self, level: Level) -> &[Target] {
        self.level(level).fallback.as_deref().unwrap_or(&self.fallback)
    }

    /// The rungs of an incident of this level: those of the ladder that it is routed to, else the level's own. A ladder that this policy does
    /// not have, or that leaves the level out, is no reason to tell nobody.
    #[must_use]
    pub fn rungs(&self, level: Level, route: Option<&Name>) -> &[Rung] {
        route
            .and_then(|route| self.ladders.get(route)?.get(&level))
            .map_or(self.level(level).ladder.as_slice(), Vec::as_slice)
    }
}

/// A row of the table of levels.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelPolicy {
    /// From the opening to rung 0.
    pub initial_delay: Duration,
    /// The base: no endpoint is paged twice for one incident within it (semantics L4), and repeats start from it (L3).
    pub cooldown: Duration,
    /// Where doubling the cooldown stops.
    pub max_cooldown: Duration,
    /// How long an acknowledgement holds; `None` for ever.
    pub ack_timeout: Option<Duration>,
    /// How long an agent's run may hold the ladder.
    pub agent_hold: Duration,
    /// When it is exhausted.
    pub exhausted: Exhausted,
    /// How long without a signal until it is resolved; `None` never.
    pub quiet_resolve: Option<Duration>,
    /// How long after a resolve a signal reopens it.
    pub reopen_window: Duration,
    /// How long the first channel of a page may fail before the next is tried as well (semantics L13).
    pub next_channel_after: Duration,
    /// After exhaustion the primary and the fallback are still paged every max cooldown, until somebody answers (semantics L5).
    pub until_answered: bool,
    /// Repeats end after so many pages of one escalation, and the fallback is told; `None` for no limit.
    pub max_pages: Option<u32>,
    /// Whom to tell instead of the policy's own fallback (semantics L14).
    pub fallback: Option<Vec<Target>>,
    /// How soon it should be answered; `None` promises nothing.
    pub response: Option<ResponseTime>,
    /// The rungs, by rising offset; the first at zero.
    pub ladder: Vec<Rung>,
}

/// When a ladder has told everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// So long after its last rung started.
    After(Duration),
    /// As soon as its last rung's messages were delivered.
    WhenDelivered,
}

/// One step of a ladder.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// From the escalation's start.
    pub after: Duration,
    /// Who is told, what is started.
    pub targets: Vec<Target>,
    /// Wait for the next working hour.
    pub working_hours_only: bool,
    /// Its messages wait for the digest: they ring nobody (semantics L4, L5).
    pub digest: bool,
    /// Of each role one member is told, in turn.
    pub round_robin: bool,
    /// So many different people must acknowledge, once this rung ran; one as a rule.
    pub acks: u32,
    /// Whoever this rung told is told again so many times at most; `None` until somebody answers.
    pub repeats: Option<u32>,
    /// What must be so when it comes due; else it is skipped, and said to be.
    pub only_if: Vec<OnlyIf>,
}

impl Rung {
    /// A rung that tells `targets` and asks for nothing else.
    #[must_use]
    pub const fn plain(after: Duration, targets: Vec<Target>) -> Self {
        Self {
            after,
            targets,
            working_hours_only: false,
            digest: false,
            round_robin: false,
            acks: 1,
            repeats: None,
            only_if: Vec::new(),
        }
    }
}

/// A condition of a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlyIf {
    /// More events an hour than when the rung before it ran.
    Rising,
    /// A page of an earlier rung was delivered: whoever is called knows that the others were reached and did not answer.
    Delivered,
}

impl OnlyIf {
    /// Every condition.
    pub const ALL: [Self; 2] = [Self::Rising, Self::Delivered];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Delivered => "delivered",
        }
    }
}

/// Whom a rung names. Written `role:primary`, `contact:alice`, `notifier:slack-ops`, `agent:codegen`; `notifier:*` and `agent:*` stand
/// for every configured one, so that a policy works before it is edited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Everybody in a role.
    Role(Name),
    /// One contact.
    Contact(Name),
    /// One notifier, or every configured one.
    Notifier(Choice),
    /// One agent, or every configured one.
    Agent(Choice),
}

/// One by name, or all that are configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// Every configured one, in the order of their names.
    Every,
    /// This one.
    Named(Name),
}

/// Who fills a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A contact of the policy.
    Contact(Name),
    /// A notifier as its own contact.
    Notifier(Choice),
    /// Whoever of a schedule's layer is on call.
    OnCall {
        /// The schedule.
        schedule: Name,
        /// Which of its layers.
        layer: Name,
    },
}

/// A person or a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Notifiers, best first; at least one.
    pub channels: Vec<Name>,
    /// How often they may be interrupted for what is not urgent (semantics L16); `None` without a limit.
    pub budget: Option<Budget>,
}

/// Weights, scores and thresholds of triage.
#[derive(Debug, Clone, PartialEq)]
pub struct TriagePolicy {
    /// The weight of each factor in the mean.
    pub weights: BTreeMap<FactorName, f64>,
    /// The lowest mean that gives each priority; `ignore` is below `low`.
    pub thresholds: Thresholds,
    /// Score of an environment by name, in lower case; see [`TriagePolicy::environment_score`].
    pub environments: BTreeMap<String, u8>,
    /// Score of an environment that is not listed.
    pub environment_default: u8,
    /// Score of a project by slug or number.
    pub projects: BTreeMap<String, u8>,
    /// Score of a path (transaction or request path) by its beginning: the longest that fits.
    pub paths: BTreeMap<String, u8>,
    /// Score of a tag, written `key=value`.
    pub tags: BTreeMap<String, u8>,
    /// Score of an error class, such as `ValueError`.
    pub errors: BTreeMap<String, u8>,
    /// Whether different Sentry issues with the same fingerprint join one incident (semantics I3).
    pub join_issues: bool,
    /// Rules, in order: the first that matches wins.
    pub rules: Vec<rule::Rule>,
    /// Whether `low` opens incidents (`SENTRY_PROCESS_LOW_PRIORITY`).
    pub process_low: bool,
}

impl TriagePolicy {
    /// The worth of an environment: its own, else that of its first word (`production-eu` is `production`), else the one for all others. Case
    /// does not count; the policy's names are in lower case.
    #[must_use]
    pub fn environment_score(&self, name: &str) -> u8 {
        let name = name.trim().to_lowercase();
        let first_word = name.split(['-', '_', '.', '/', ':', ' ']).next().unwrap_or_default();
        self.environments
            .get(&name)
            .or_else(|| self.environments.get(first_word))
            .copied()
            .unwrap_or(self.environment_default)
            .min(100)
    }
}

/// The lowest scores of the priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Of critical.
    pub critical: u8,
    /// Of high.
    pub high: u8,
    /// Of medium.
    pub medium: u8,
    /// Of low.
    pub low: u8,
}

/// When people work: Monday to Friday between two times, in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours {
    /// An IANA zone's name, known to exist.
    pub zone: String,
    /// When work begins.
    pub from: WallTime,
    /// When it ends, later on the same day.
    pub to: WallTime,
}

/// What is configured besides the policy: who can be reached right now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// The configured notifiers, by name. The console alone when nothing else is configured.
    pub notifiers: Vec<Name>,
    /// The configured agents, by name.
    pub agents: Vec<Name>,
}

/// Whom a schedule means.
#[derive(Debug, Clone, Copy)]
pub enum Duty<'a> {
    /// Everybody who is ever on call: what a check of the policy asks.
    Anybody,
    /// Whoever is on call at a moment.
    At {
        /// The moment.
        now: Timestamp,
        /// Who is on call instead of whom.
        overrides: &'a [Override],
    },
}

/// Somebody to be told, with the channels on which to try, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reachable {
    /// Contact or notifier name: what a page state is kept under.
    pub contact: Name,
    /// Configured notifiers only; at least one.
    pub channels: Vec<Name>,
}

impl Reachable {
    /// What is tried first: to a receiver it is who they are (semantics L4).
    #[must_use]
    pub fn endpoint(&self) -> Option<&Name> {
        self.channels.first()
    }

    /// Whether the two are one to a receiver: by name, or because the same endpoint is tried first (semantics L4).
    #[must_use]
    pub fn is_reached_with(&self, other: &Self) -> bool {
        self.contact == other.contact || self.endpoint() == other.endpoint()
    }

    /// Whether it is somebody who was told, by name or by endpoint.
    #[must_use]
    pub fn is_told_as(&self, (contact, told): (&Name, &Told)) -> bool {
        self.contact == *contact || self.endpoint() == told.channels.first()
    }
}

impl Policy {
    /// The people and rooms behind targets, each once, in order; unconfigured channels are left out. Agents are no people.
    #[must_use]
    pub fn reach(&self, targets: &[Target], directory: &Directory, duty: Duty<'_>) -> Vec<Reachable> {
        let mut found: Vec<Reachable> = Vec::new();
        for target in targets {
            for reachable in self.resolve(target, directory, duty) {
                if !found.iter().any(|known| known.contact == reachable.contact) {
                    found.push(reachable);
                }
            }
        }
        found
    }

    fn resolve(&self, target: &Target, directory: &Directory, duty: Duty<'_>) -> Vec<Reachable> {
        match target {
            Target::Agent(_) => Vec::new(),
            Target::Notifier(choice) => notifiers(choice, directory),
            Target::Contact(name) => self.contact(name, directory).into_iter().collect(),
            Target::Role(name) => self
                .roles
                .get(name)
                .into_iter()
                .flatten()
                .flat_map(|member| match member {
                    Member::Contact(contact) => self.contact(contact, directory).into_iter().collect(),
                    Member::Notifier(choice) => notifiers(choice, directory),
                    Member::OnCall { schedule, layer } => self.on_call(schedule, layer, directory, duty),
                })
                .collect(),
        }
    }

    fn contact(&self, name: &Name, directory: &Directory) -> Option<Reachable> {
        let channels: Vec<Name> = self
            .contacts
            .get(name)?
            .channels
            .iter()
            .filter(|channel| directory.notifiers.contains(channel))
            .cloned()
            .collect();
        (!channels.is_empty()).then(|| Reachable { contact: name.clone(), channels })
    }

    /// The agents behind targets, each once, in order.
    #[must_use]
    pub fn agents(&self, targets: &[Target], directory: &Directory) -> Vec<Name> {
        let mut found: Vec<Name> = Vec::new();
        for target in targets {
            if let Target::Agent(choice) = target {
                for agent in &directory.agents {
                    let chosen = match choice {
                        Choice::Every => true,
                        Choice::Named(name) => name == agent,
                    };
                    if chosen && !found.contains(agent) {
                        found.push(agent.clone());
                    }
                }
            }
        }
        found
    }
}

fn notifiers(choice: &Choice, directory: &Directory) -> Vec<Reachable> {
    directory
        .notifiers
        .iter()
        .filter(|notifier| match choice {
            Choice::Every => true,
            Choice::Named(name) => name == *notifier,
        })
        .map(|notifier| Reachable { contact: notifier.clone(), channels: vec![notifier.clone()] })
        .collect()
}
