//! `silence` and `oncall`: what people order for a time.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Output, name};

/// `silence`.
#[derive(Debug, Subcommand)]
pub enum Silence {
    /// Order a silence or a maintenance window, and see what it would have muted in the last week
    #[command(
        after_help = "Examples:\n  watchfire silence add project=shop environment=staging --for 2h --reason deploy\n  watchfire silence add 'title~^Timeout' level!=fatal --until 2026-12-01T06:00:00Z --reason 'provider is down'\n  watchfire silence add project=shop --maintenance --days sat,sun --at 02:00 --lasts 2h --zone Europe/Berlin \\\n      --last-day 2027-06-30 --reason 'nightly import'\n  watchfire silence add --when '{ any = [{ project = \"shop\" }, { project = \"pay\" }] }' --for 1h --reason x --dry-run\n\nFIELD=VALUE (with * and ? as wild cards), FIELD!=VALUE, FIELD~REGEX, FIELD!~REGEX, tag.NAME=VALUE; all of them must hold.\nFields and conditions: policies/README.md. What a silence and a window do: docs/silences.md"
    )]
    Add(Box<SilenceAdd>),
    /// List what holds, will, or ended within a week
    #[command(visible_alias = "ls")]
    List {
        /// Also what ended long ago
        #[arg(long)]
        all: bool,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// End one before its time; what it held is let go
    End {
        /// Silence: its id, shortened while unique, or its name in the policy
        #[arg(value_parser = name)]
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Who ends it [default: $USER]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Tell what one would have muted in the last week, had it stood then
    Preview {
        /// Silence: its id, shortened while unique, or its name in the policy
        #[arg(value_parser = name)]
        id: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}

/// `silence add`.
#[derive(Debug, Args)]
pub struct SilenceAdd {
    /// What it matches: project=shop, environment!=production, title~REGEX, path=/checkout*
    #[arg(value_name = "TERMS", required_unless_present = "when")]
    pub terms: Vec<String>,
    /// A condition as in a rule of the policy; `{ all = [] }` is everything
    #[arg(long, value_name = "CONDITION")]
    pub when: Option<String>,
    /// A maintenance window: it quiets what opens in it, and nothing that was open before
    #[arg(long)]
    pub maintenance: bool,
    /// How long, such as 2h
    #[arg(long = "for", value_name = "TIME", conflicts_with = "until")]
    pub length: Option<String>,
    /// From when, such as 2026-11-21T22:00:00Z [default: now]
    #[arg(long, value_name = "WHEN")]
    pub from: Option<String>,
    /// Until when, such as 2026-11-22T06:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Again and again on these days: sat,sun, or every
    #[arg(long, value_name = "DAYS", value_delimiter = ',', requires_all = ["at", "lasts", "zone", "last_day"])]
    pub days: Vec<String>,
    /// When it begins on such a day, such as 02:00
    #[arg(long, value_name = "HH:MM", requires = "days")]
    pub at: Option<String>,
    /// How long one time is, such as 2h
    #[arg(long, value_name = "TIME", requires = "days")]
    pub lasts: Option<String>,
    /// Whose clock that is, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", requires = "days")]
    pub zone: Option<String>,
    /// The first such day, such as 2026-12-01
    #[arg(long, value_name = "DATE", requires = "days")]
    pub first_day: Option<String>,
    /// The last such day
    #[arg(long, value_name = "DATE", requires = "days")]
    pub last_day: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who orders it [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Only tell what it would mute
    #[arg(long)]
    pub dry_run: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `oncall`.
#[derive(Debug, Subcommand)]
pub enum Oncall {
    /// Tell who is on call now, until when, and who comes next
    Now {
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Show the shifts of a schedule, and when nobody is on call
    Show {
        /// Schedule of the policy
        #[arg(value_parser = name)]
        schedule: String,
        /// How many weeks from now
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=14))]
        weeks: u16,
        /// Only this layer
        #[arg(long)]
        layer: Option<String>,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Put somebody on call instead of whom the schedule says, or end that
    #[command(
        after_help = "Examples:\n  watchfire oncall override web primary bob --from 2026-11-21T20:00 --for 8h --reason concert\n  watchfire oncall override web primary bob --until 2026-11-22T09:00\n  watchfire oncall override --end ovr-3f9\n\nA time without a zone is meant on the clock of the schedule's zone."
    )]
    Override(Override),
    /// Make overrides of one layer from the events of a calendar, all or none
    #[command(
        after_help = "Example:\n  watchfire oncall import web primary rota.ics --dry-run\n\nWho is on call is the contact that SUMMARY names, else ATTENDEE or ORGANIZER. The coming year is imported; the same calendar again\nchanges nothing. What is read of a calendar: docs/oncall.md"
    )]
    Import {
        /// Schedule of the policy
        #[arg(value_parser = name)]
        schedule: String,
        /// Layer of the schedule
        #[arg(value_parser = name)]
        layer: String,
        /// An iCalendar file of at most 1 MiB
        file: PathBuf,
        /// Only tell what it would make
        #[arg(long)]
        dry_run: bool,
        /// Who imports it [default: $USER]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Print the address under which calendar programs subscribe to a schedule
    Feed {
        /// Schedule of the policy
        #[arg(value_parser = name)]
        schedule: String,
        /// Only the shifts of this contact
        #[arg(long, value_name = "CONTACT")]
        person: Option<String>,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}

/// `oncall override`.
#[derive(Debug, Args)]
pub struct Override {
    /// Schedule of the policy
    #[arg(required_unless_present = "end")]
    pub schedule: Option<String>,
    /// Layer of the schedule
    #[arg(required_unless_present = "end")]
    pub layer: Option<String>,
    /// Contact of the policy
    #[arg(required_unless_present = "end")]
    pub person: Option<String>,
    /// From when [default: now]
    #[arg(long, value_name = "WHEN")]
    pub from: Option<String>,
    /// Until when
    #[arg(long, value_name = "WHEN", conflicts_with = "length", required_unless_present_any = ["length", "end"])]
    pub until: Option<String>,
    /// How long, such as 8h
    #[arg(long = "for", value_name = "TIME")]
    pub length: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Who orders it [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// End this override: its id, shortened while unique
    #[arg(
        long,
        value_name = "ID",
        value_parser = name,
        conflicts_with_all = ["schedule", "layer", "person", "from", "until", "length", "reason", "by"]
    )]
    pub end: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}
