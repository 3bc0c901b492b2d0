//! What SQLite says, told in the store's own words, with the way out.

use crate::error::StoreError;

/// SQLite's primary result codes (<https://www.sqlite.org/rescode.html>).
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const READONLY: i64 = 8;
const IOERR: i64 = 10;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const CANTOPEN: i64 = 14;
const TOOBIG: i64 = 18;
const CONSTRAINT: i64 = 19;
const MISMATCH: i64 = 20;
const NOTADB: i64 = 26;

/// The primary code of an error that SQLite itself gave.
fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let extended: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// An error of a running store.
pub(super) fn trouble(error: &sqlx::Error) -> StoreError {
    let said = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let Some(code) = primary_code(error) else {
        return StoreError::Unavailable { reason: said };
    };
    match code {
        CONSTRAINT | TOOBIG | MISMATCH => StoreError::Refused { reason: said },
        CORRUPT | NOTADB => StoreError::Corrupt { table: "database", column: "page", row: 0, reason: said },
        _ => StoreError::Unavailable {
            reason: hint(code).map_or_else(|| said.clone(), |hint| format!("{said}: {hint}")),
        },
    }
}

/// Why a database cannot be opened.
pub(super) fn cannot_open(path: &str, error: &sqlx::Error) -> StoreError {
    let said = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let reason = match primary_code(error) {
        Some(NOTADB) => format!("{said}: the file is no SQLite database; move it away, or name another path"),
        Some(CORRUPT) => format!("{said}: the database is damaged; restore the last backup"),
        Some(code) => hint(code).map_or_else(|| said.clone(), |hint| format!("{said}: {hint}")),
        None => said,
    };
    StoreError::CannotOpen { path: path.to_owned(), reason }
}

/// Whether the connection itself is gone, so that a new one is needed.
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
}

fn hint(code: i64) -> Option<&'static str> {
    Some(match code {
        BUSY | LOCKED => "another program holds the database; close it (a backup tool, the sqlite3 shell)",
        READONLY => "the database is read-only; make the file and its folder writable, or drop mode=ro",
        IOERR => "the disk does not answer as it should; look at the system's log",
        FULL => "the disk or the database's size limit is full; free space, and it goes on by itself",
        CANTOPEN => "the file or its folder cannot be opened; look at the path and its permissions",
        _ => return None,
    })
}
