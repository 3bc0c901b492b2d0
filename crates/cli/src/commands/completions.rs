//! `watchfire completions`.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Failure;

/// Prints the completions for a shell.
///
/// # Errors
/// When nobody reads them.
pub fn run(shell: Shell) -> Result<(), Failure> {
    // Into memory first: clap_complete panics when a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "watchfire", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}
