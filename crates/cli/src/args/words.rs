//! Words that may stand behind an option; `--help` lists them, completions offer them.

use clap::ValueEnum;

/// States of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateWord {
    /// Nobody was told yet.
    Open,
    /// The ladder runs.
    Escalating,
    /// Somebody has it.
    Acknowledged,
    /// Somebody put it off.
    Snoozed,
    /// Everybody was told, nobody answered.
    Exhausted,
    /// Over.
    Resolved,
}

impl StateWord {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Escalating => "escalating",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Exhausted => "exhausted",
            Self::Resolved => "resolved",
        }
    }
}

/// Priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PriorityWord {
    /// Now.
    Critical,
    /// Within the hour.
    High,
    /// Today.
    Medium,
    /// Next working day.
    Low,
    /// Not worth an incident: noise.
    Ignore,
}

impl PriorityWord {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Ignore => "ignore",
        }
    }
}

/// Levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelWord {
    /// P0.
    Critical,
    /// P1.
    High,
    /// P2.
    Medium,
    /// P3.
    Low,
    /// Inside a window.
    Maintenance,
}

impl LevelWord {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Maintenance => "maintenance",
        }
    }
}

/// Levels that page somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DrillLevel {
    /// P0.
    Critical,
    /// P1.
    High,
    /// P2.
    Medium,
    /// P3.
    Low,
}

impl DrillLevel {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
