//! The command line as it is typed. What stands here is read by people: `watchfire help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod incident;
mod orders;
mod words;

pub use incident::{Act, Acting, Incident, IncidentList, Snooze};
pub use orders::{Oncall, Override, Silence, SilenceAdd};
pub use words::{DrillLevel, LevelWord, PriorityWord, StateWord};

const EXAMPLES: &str = "\
First steps:
  watchfire serve                        start; it prints where to point Sentry
  watchfire test-webhook                 send it a signed test, in another terminal
  watchfire incident list                see what became of it

Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 not found.
Commands talk to the running service (WATCHFIRE_URL and WATCHFIRE_TOKEN, else found through the data directory);
without one they open the database themselves.";

/// Sentry webhooks become incidents that somebody answers.
#[derive(Debug, Parser)]
#[command(name = "watchfire", version, about, after_help = EXAMPLES, max_term_width = 110, propagate_version = true)]
pub struct Cli {
    /// Where things are.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args, Clone, Default)]
pub struct Global {
    /// Configuration file [default: watchfire.toml here, if it is there]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Where Watchfire keeps what it makes itself [default: data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub data_dir: Option<PathBuf>,
}

/// How to print.
#[derive(Debug, Args, Clone, Copy)]
pub struct Output {
    /// Print what the API gives, as JSON
    #[arg(long)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service: webhook, API, engine
    #[command(
        after_help = "Examples:\n  watchfire serve\n  watchfire serve --port 8080 --listen 0.0.0.0\n\nStop it with Ctrl-C or SIGTERM: it takes no more, finishes what is under way, and ends within 25 s.\nSIGHUP reads configuration and policy anew: a sound policy takes effect, other settings do with the next start."
    )]
    Serve(Serve),
    /// Send a signed synthetic delivery and say what became of it
    #[command(
        after_help = "Examples:\n  watchfire test-webhook\n  watchfire test-webhook --file body.json --resource issue\n\nWithout --file a fresh test incident is opened each time; it is marked and counts in no figure."
    )]
    TestWebhook(TestWebhook),
    /// Sign and send every payload of a folder, and report what became of each
    #[command(
        after_help = "The resource is guessed from the file name: issue.created.json, ipe.event_alert.triggered.json.\nA .body file is sent with the signature that vectors.json beside it gives."
    )]
    Payloads(Payloads),
    /// List, show, acknowledge, put off, resolve, reopen and judge incidents
    #[command(subcommand)]
    Incident(Incident),
    /// Create, follow and count escalations
    #[command(subcommand)]
    Escalation(Escalation),
    /// Page people as a level would, for nothing, and measure how long they take; exit code 1 when nobody answers
    #[command(
        after_help = "Examples:\n  watchfire drill critical\n  watchfire drill high --wait 30m --reason 'before the holidays'\n  watchfire drill critical --no-wait --json\n\nOpens an incident that is marked as a test and counts in no figure, and pages as the level's ladder says: people\nare really rung. Somebody answers with `watchfire incident ack`; then, or when the time is over, the drill is\nresolved. So it is when it is stopped with Ctrl-C. No agent is started."
    )]
    Drill(Drill),
    /// Explain each decision about an incident, with its numbers
    Why(Why),
    /// Show everything that is still to be done, or could not be
    Owed(Owed),
    /// Order that nobody is paged about something for a time, and end that
    #[command(subcommand)]
    Silence(Silence),
    /// Tell who is on call, and order somebody else
    #[command(subcommand)]
    Oncall(Oncall),
    /// Check the policy
    #[command(subcommand)]
    Policy(Policy),
    /// Hold triage against what people say
    #[command(subcommand)]
    Triage(Triage),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Send a test message to one target
    #[command(subcommand)]
    Notify(Notify),
    /// Say how the running service is; exit code 1 when it cannot work
    Health(Health),
    /// Bring the database to this version's schema
    Migrate,
    /// Make secrets
    #[command(subcommand)]
    Secret(Secret),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  watchfire completions bash > /etc/bash_completion.d/watchfire")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// `serve`.
#[derive(Debug, Args, Clone)]
pub struct Serve {
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Port to listen on; 0 lets the system choose [default: 3001]
    #[arg(long)]
    pub port: Option<u16>,
}

/// `test-webhook`.
#[derive(Debug, Args)]
pub struct TestWebhook {
    /// Send this body instead of a synthetic one
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Value of Sentry-Hook-Resource [default: guessed from the file name]
    #[arg(long)]
    pub resource: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `payloads`.
#[derive(Debug, Args)]
pub struct Payloads {
    /// Folder with *.json and *.body files; those in its folders too
    pub dir: PathBuf,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `escalation`.
#[derive(Debug, Subcommand)]
pub enum Escalation {
    /// Escalate an alert; one that is no incident yet is opened by hand
    #[command(after_help = "Example:\n  watchfire escalation create disk-full-db1 high --title 'Disk full on db1'")]
    Create {
        /// Incident, or the id that another system has for the alert
        #[arg(value_parser = name)]
        alert_id: String,
        /// How to escalate it
        #[arg(value_enum)]
        level: LevelWord,
        /// What it is about
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// Show one escalation
    Status {
        /// Escalation: its id, shortened while unique
        #[arg(value_parser = name)]
        id: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Resolve the incident of an escalation
    Resolve {
        /// Escalation
        #[arg(value_parser = name)]
        id: String,
        /// The release that carries the fix: signals from older ones reopen nothing
        #[arg(long, value_name = "RELEASE")]
        fixed_in: Option<String>,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
    /// List escalations, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Ended ones too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Continue where an earlier list ended
        #[arg(long)]
        cursor: Option<String>,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Figures: times to notify, ack and resolve, escalation success, response times, noise
    #[command(
        after_help = "Examples:\n  watchfire escalation stats\n  watchfire escalation stats --since 90d --json\n\nWhat each figure means, and when it is not given: docs/figures.md"
    )]
    Stats {
        /// How far back, such as 30d
        #[arg(long, value_name = "TIME", default_value = "30d")]
        since: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Delete what is over and older than the retention; live incidents are never touched
    #[command(
        after_help = "Examples:\n  watchfire escalation cleanup --dry-run\n  watchfire escalation cleanup\n\nHow long things are kept: [retention] in watchfire.toml."
    )]
    Cleanup {
        /// Only count, and say from when on things are kept
        #[arg(long)]
        dry_run: bool,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}

/// `drill`.
#[derive(Debug, Args)]
pub struct Drill {
    /// Whose ladder
    #[arg(value_enum)]
    pub level: DrillLevel,
    /// How long to wait for an answer, from when the first message is due
    #[arg(long, value_name = "TIME", default_value = "15m")]
    pub wait: String,
    /// Only open it: it goes on until somebody resolves it
    #[arg(long, conflicts_with = "wait")]
    pub no_wait: bool,
    /// Who, why, and how to print.
    #[command(flatten)]
    pub acting: Acting,
}

/// `why`.
#[derive(Debug, Args)]
pub struct Why {
    /// Incident: its id, shortened while unique, or its Sentry issue or external id
    #[arg(value_parser = name)]
    pub incident: String,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `owed`.
#[derive(Debug, Args)]
pub struct Owed {
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `policy`.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Tell every mistake and everything unwise in a policy
    Check {
        /// Policy file [default: the configured one, else the built-in]
        file: Option<PathBuf>,
    },
    /// Move a live incident to the current policy: what it did stays done, what is to come follows the new ladder
    #[command(
        after_help = "Examples:\n  watchfire policy rebase 4711 --dry-run\n  watchfire policy rebase inc-7qk --reason 'the ladder named the wrong team'\n\nAn incident keeps the policy that it started with. --dry-run shows the next step before and after."
    )]
    Rebase {
        /// Incident: its id, shortened while unique, or its Sentry issue or external id
        #[arg(value_parser = name)]
        incident: String,
        /// Only show what it would change
        #[arg(long)]
        dry_run: bool,
        /// Who, why, and how to print.
        #[command(flatten)]
        acting: Acting,
    },
}

/// `triage`.
#[derive(Debug, Subcommand)]
pub enum Triage {
    /// Judge situations by the policy and tell each that somebody on call would judge otherwise
    #[command(
        after_help = "Examples:\n  watchfire triage test\n  watchfire triage test situations/*.toml --policy next-policy.toml\n\nExit code 0 when at least 80 % are exact, none is more than one level off and no critical is missed; else 1.\n2 when a file has a mistake. Nothing is sent or stored, and no service is asked.\npolicies/README.md tells how situations are written; policies/situations.example.toml is a start."
    )]
    Test(TriageTest),
    /// Compare what triage said with what people said (`incident priority`, `incident noise`)
    #[command(
        after_help = "Examples:\n  watchfire triage report\n  watchfire triage report --since 30d --json\n\nThe last word about each incident counts. A figure on too few cases is not given."
    )]
    Report {
        /// How far back, such as 90d
        #[arg(long, value_name = "TIME", default_value = "90d")]
        since: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}

/// `triage test`.
#[derive(Debug, Args)]
pub struct TriageTest {
    /// Files of situations [default: the built-in examples]
    #[arg(value_name = "FILES")]
    pub files: Vec<PathBuf>,
    /// Judge by this policy [default: the configured one, else the built-in]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Tell every mistake in file, environment and policy
    Check {
        /// List the environment variables that are read
        #[arg(long)]
        variables: bool,
    },
    /// Print what holds, with where each value comes from; secrets as ***
    Dump {
        /// Print the commented defaults instead: the start of a watchfire.toml
        #[arg(long, conflicts_with = "json")]
        defaults: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// `notify`.
#[derive(Debug, Subcommand)]
pub enum Notify {
    /// Send one test message and say what came of it
    Test {
        /// Name of a notifier
        #[arg(value_parser = name)]
        target: String,
        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}

/// `health`.
#[derive(Debug, Args)]
pub struct Health {
    /// Only whether it takes deliveries and runs ladders, in one line: for probes
    #[arg(long)]
    pub ready: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `secret`.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Print 256 random bits as hex: a secret that another sender can sign with
    Generate {
        /// Print an admin token instead
        #[arg(long)]
        token: bool,
    },
    /// Print the secret that Sentry's webhook must sign with
    Show,
}

/// What a person named, without the space around it.
fn name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty: name one; `watchfire incident list` and `watchfire escalation list` show their ids"
            .to_owned()),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
