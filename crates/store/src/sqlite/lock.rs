//! One process for one database: whoever opens it holds a lock on `<database>.lock`.
//!
//! Both are for their owner alone, and so are SQLite's log and its index, which take the mode of the database
//! (<https://www.sqlite.org/src/file?name=src/os_unix.c>, `findCreateFileMode`).
//!
//! Never on the database file itself: closing any descriptor of it drops the locks that SQLite holds on it
//! (<https://www.sqlite.org/howtocorrupt.html>, 2.2).

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Read and written by the owner.
const PRIVATE: u32 = 0o600;

/// Makes the database as an empty file, which SQLite takes as a new one: it would make the file itself for everybody to read.
pub(super) fn make_private(database: &Path) {
    // `create_new` opens no file that was there before: closing it would drop the locks of whoever has it open. What hinders, SQLite tells.
    let _ = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(database);
}

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
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .open(&path)
        .map_err(|error| cannot(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: shown }),
        Err(TryLockError::Error(error)) => Err(cannot(&error)),
    }
}
