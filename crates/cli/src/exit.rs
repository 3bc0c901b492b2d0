//! How a command ends: the exit codes that scripts rely on, and what is said before.

use std::fmt;
use std::process::ExitCode;

use crate::config::errors::Report;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// 1: it was tried and did not succeed.
    Failed(String),
    /// 2: it was asked for in a way that cannot be done.
    Wrong(String),
    /// 2: the configuration or the policy has mistakes.
    Misconfigured(Box<Report>),
    /// 3: what was asked for does not exist.
    NotFound(String),
    /// 1: it was said already.
    Told,
    /// 0: whoever read our output has heard enough, such as `head`.
    Unheard,
}

impl Failure {
    /// 0 done, 1 failed, 2 wrong use, 3 not found.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Unheard => 0,
            Self::Failed(_) | Self::Told => 1,
            Self::Wrong(_) | Self::Misconfigured(_) => 2,
            Self::NotFound(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) | Self::Wrong(reason) | Self::NotFound(reason) => f.write_str(reason),
            Self::Misconfigured(report) => f.write_str(&report.render(false)),
            Self::Told | Self::Unheard => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Box<Report>> for Failure {
    fn from(report: Box<Report>) -> Self {
        Self::Misconfigured(report)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::Unheard } else { Self::Failed(error.to_string()) }
    }
}

/// Says why on stderr, and gives the code.
#[must_use]
pub fn end(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    match &failure {
        Failure::Told | Failure::Unheard => {}
        Failure::Misconfigured(report) => crate::terminal::say(&report.render(true)),
        Failure::Failed(reason) | Failure::Wrong(reason) | Failure::NotFound(reason) => {
            crate::terminal::complain(reason);
        }
    }
    ExitCode::from(failure.code())
}
