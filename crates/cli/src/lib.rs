#![doc = include_str!("../README.md")]

pub mod args;
pub mod client;
pub mod clock;
pub mod commands;
pub mod config;
pub mod exit;
pub mod lifecycle;
pub mod service_file;
pub mod session;
pub mod telemetry;
pub mod terminal;
pub mod wire;

use std::future::Future;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;

use self::args::{Cli, Command};
use self::exit::Failure;
use self::session::Session;

/// Reads the command line, does it, and gives the exit code: 0 done, 1 failed, 2 wrong use, 3 not found.
#[must_use]
pub fn main() -> ExitCode {
    // Wrong use ends in there, with 2.
    let cli = Cli::parse();
    exit::end(run(cli))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let session = Session::of_process(&cli.global)?;
    match cli.command {
        Command::Serve(asked) => commands::serve::run(session, &asked),
        Command::TestWebhook(asked) => now(commands::test_webhook::run(&session, &asked)),
        Command::Payloads(asked) => now(commands::payloads::run(&session, &asked)),
        Command::Incident(asked) => now(commands::incident::run(&session, asked)),
        Command::Escalation(asked) => now(commands::escalation::run(&session, asked)),
        Command::Drill(asked) => now(commands::drill::run(&session, &asked)),
        Command::Why(asked) => now(commands::why::run(&session, &asked)),
        Command::Owed(asked) => now(commands::owed::run(&session, &asked)),
        Command::Silence(asked) => now(commands::silence::run(&session, asked)),
        Command::Oncall(asked) => now(commands::oncall::run(&session, asked)),
        Command::Triage(args::Triage::Report { since, output }) => {
            now(commands::triage_report::run(&session, &since, output))
        }
        Command::Policy(args::Policy::Check { file }) => commands::policy::check(&session, file.as_deref()),
        Command::Policy(args::Policy::Rebase { incident, dry_run, acting }) => {
            now(commands::policy::rebase(&session, &incident, dry_run, &acting))
        }
        Command::Triage(args::Triage::Test(asked)) => commands::triage_test::run(&session, &asked),
        Command::Config(args::Config::Check { variables }) => commands::config::check(&session, variables),
        Command::Config(args::Config::Dump { defaults, json }) => commands::config::dump(&session, defaults, json),
        Command::Notify(args::Notify::Test { target, output }) => {
            now(commands::notify::test(&session, &target, output))
        }
        Command::Health(asked) => now(commands::health::run(&session, &asked)),
        Command::Migrate => now(commands::migrate::run(&session)),
        Command::Secret(asked) => commands::secret::run(&session, &asked),
        Command::Completions { shell } => commands::completions::run(shell),
    }
}

/// Runs a command that waits for one thing after another.
fn now(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::Failed(error.to_string()))?;
    runtime.block_on(command)
}
