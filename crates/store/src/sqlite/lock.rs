//! One process for one database: whoever opens it holds a lock on `<database>.lock`.
//!
//! Never on the database file itself: closing any descriptor of it drops the locks that SQLite holds on it
//! (<https://www.sqlite.org/howtocorrupt.html>, 2.2).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Takes the lock; it is held as long as the file lives, also over a crash's end.
pub(super) fn take(database: &Path) -> Result<File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let shown = path.display().to_string();
    let cannot = |error: &std::io::Error| StoreError::CannotOpen {
        path: shown.clone(),
        reason: format!("{error}: the lock file beside the database must be writable"),
    };
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|error| cannot(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: shown }),
        Err(TryLockError::Error(error)) => Err(cannot(&error)),
    }
}
