//! `watchfire incident` as it is typed.

use clap::{ArgGroup, Args, Subcommand};

use super::words::{LevelWord, PriorityWord, StateWord};
use super::{Output, name};

/// Who acts, why, and how to print what came of it.
#[derive(Debug, Args, Clone)]
pub struct Acting {
    /// Who does it [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why; stands on the timeline
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `incident`.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// List incidents, newest first
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  watchfire incident list\n  watchfire incident list --state escalating --level critical --json\n\nBeside the state: `fixing`, an agent works or a fix is on its way; `silenced`; `late`, the response time was missed."
    )]
    List(IncidentList),
    /// Tell the whole story of one incident
    Show {
        /// Incident: its id, shortened while unique, or its Sentry issue or external id
        #[arg(value_parser = name)]
        id: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// What people do to one.
    #[command(flatten)]
    Act(Act),
}

/// What people do to an incident.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Take an incident: pages stop. Or all that a bundle listed (bnd-…)
    #[command(
        after_help = "Examples:\n  watchfire incident ack 4711\n  watchfire incident ack inc-7qk --reason 'rolling back'\n  watchfire incident ack bnd-03f\n\nPages are held for the level's time; each act of yours counts it anew. Where several people must acknowledge, the\nothers are paged on until they did."
    )]
    Ack {
        /// Incident, or a bundle's id; shortened while unique
        #[arg(value_parser = name)]
        id: String,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Put an incident off: pages stop until one of its ends comes
    #[command(
        after_help = "Examples:\n  watchfire incident snooze 4711 --for 2h\n  watchfire incident snooze 4711 --until 2026-12-01T09:00Z --users 50\n  watchfire incident snooze 4711 --next-release --reason 'the fix is merged'\n\nAt least one end is needed; whichever comes first ends it, and then those who were told are paged again. A rise to a\nhigher level ends it too."
    )]
    Snooze(Snooze),
    /// End an incident
    Resolve {
        /// Incident
        #[arg(value_parser = name)]
        id: String,
        /// The release that carries the fix: signals from older ones reopen nothing
        #[arg(long, value_name = "RELEASE")]
        fixed_in: Option<String>,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take up again what is over: a new opening, whose ladder begins anew
    #[command(
        after_help = "Example:\n  watchfire incident reopen 4711 --reason 'it is back'\n\nA resolve that was a mistake is taken back with `incident undo`: then everything goes on from where it stood."
    )]
    Reopen {
        /// Incident
        #[arg(value_parser = name)]
        id: String,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take a resolve back: level, rung, acknowledgement and cooldowns are what they were
    #[command(
        after_help = "Example:\n  watchfire incident undo 4711 --reason 'the wrong one'\n\nOnly within the level's reopen window; later, `incident reopen` begins anew."
    )]
    Undo {
        /// Incident
        #[arg(value_parser = name)]
        id: String,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Say what an incident is worth: your word holds the error for 30 days, above triage
    #[command(
        after_help = "Examples:\n  watchfire incident priority 4711 high --reason 'customers pay twice'\n  watchfire incident priority 4711 low\n\nHigher than its level, it is escalated anew and pages; lower, the ladder ends and the lower one starts from now;\nthe same, it is a confirmation. Say it again to renew it. It ends sooner when ten times the users are hit. The reason\nstands in each message. `triage report` measures triage by it."
    )]
    Priority {
        /// Incident
        #[arg(value_parser = name)]
        id: String,
        /// What it is worth
        #[arg(value_enum)]
        priority: PriorityWord,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Say that an incident is noise: it ends, and the error is ignored for 30 days
    #[command(
        after_help = "Example:\n  watchfire incident noise 4711 --reason 'a bot asks for pages that never were'\n\nThe same as `incident priority 4711 ignore`. It ends sooner when ten times the users are hit."
    )]
    Noise {
        /// Incident
        #[arg(value_parser = name)]
        id: String,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
}

/// `incident snooze`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("end").required(true).multiple(true).args(["length", "until", "users", "rate", "next_release"])))]
pub struct Snooze {
    /// Incident
    #[arg(value_parser = name)]
    pub id: String,
    /// For so long, such as 2h
    #[arg(long = "for", value_name = "TIME", conflicts_with = "until")]
    pub length: Option<String>,
    /// Until a time in RFC 3339, such as 2026-12-01T09:00Z
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Until so many users in all are hit
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub users: Option<u64>,
    /// Until so many events come in an hour
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub rate: Option<u64>,
    /// Until it comes from a later release than the newest known
    #[arg(long)]
    pub next_release: bool,
    /// Who, why, and how to print.
    #[command(flatten)]
    pub acting: Acting,
}

/// `incident list`.
#[derive(Debug, Args)]
pub struct IncidentList {
    /// Only in this state; may be repeated [default: all that are not resolved]
    #[arg(long, value_enum)]
    pub state: Vec<StateWord>,
    /// Resolved ones too
    #[arg(long, conflicts_with = "state")]
    pub all: bool,
    /// Only of this level
    #[arg(long, value_enum)]
    pub level: Option<LevelWord>,
    /// Only of this project
    #[arg(long)]
    pub project: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub limit: u16,
    /// Continue where an earlier list ended
    #[arg(long)]
    pub cursor: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}
