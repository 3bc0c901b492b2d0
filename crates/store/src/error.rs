//! What can go wrong with a store. No driver's type shows.

use std::fmt;

/// A store's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Others changed the same rows every time.
    Conflict,
    /// A task was claimed by somebody else since, or cancelled; nothing was saved.
    LeaseLost,
    /// The store is away, locked, read-only or full; trying later may help.
    Unavailable {
        /// What the database said, without secrets.
        reason: String,
    },
    /// A row that the database will not take; the rest of a batch may pass.
    Refused {
        /// What the database said.
        reason: String,
    },
    /// A row that cannot be read back.
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Row, by its number.
        row: i64,
        /// What was wrong with it.
        reason: String,
    },
    /// The database was written by a newer version of Watchfire.
    SchemaTooNew {
        /// The schema found.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// Another process holds the database.
    Locked {
        /// The lock file.
        path: String,
    },
    /// The database cannot be opened, or its migration failed.
    CannotOpen {
        /// Where.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("the store kept changing under this transaction; try again"),
            Self::LeaseLost => f.write_str("somebody else took over this task"),
            Self::Unavailable { reason } => write!(f, "the store cannot be used right now: {reason}"),
            Self::Refused { reason } => write!(f, "the store refused a row: {reason}"),
            Self::Corrupt { table, column, row, reason } => {
                write!(f, "row {row} of {table}.{column} cannot be read: {reason}")
            }
            Self::SchemaTooNew { found, known } => {
                write!(
                    f,
                    "the database has schema {found}, but this version of watchfire knows {known}: use a newer watchfire"
                )
            }
            Self::Locked { path } => {
                write!(
                    f,
                    "another watchfire process uses this database (lock file {path}): stop it, or give this one its own database"
                )
            }
            Self::CannotOpen { path, reason } => write!(f, "cannot open the database {path}: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}
