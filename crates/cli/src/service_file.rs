//! How commands find the running service: a file in the data directory that `serve` writes when it listens and removes when it ends.
//!
//! The process that wrote it holds a lock on it. A file without one was left behind: whoever listens at its address by now is a stranger, who
//! must not see the token.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::secrets;

/// Its name in the data directory.
pub const NAME: &str = "service.json";

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFile {
    /// Where the service listens, as this machine reaches it; without a trailing slash.
    pub url: String,
    /// The file with the admin token.
    pub token_file: PathBuf,
    /// The process.
    pub pid: u32,
}

impl ServiceFile {
    /// Writes it, readable by its owner alone. It counts as long as what this gives is kept.
    ///
    /// # Errors
    /// What was wrong, in words.
    pub fn write(&self, data_dir: &Path) -> Result<Held, String> {
        let path = data_dir.join(NAME);
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        secrets::write_private_locked(&path, &format!("{text}\n"))
            .map(Held)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Reads it; `None` when there is none, one that cannot be read, or one whose writer is gone: then nobody can be found through it.
    #[must_use]
    pub fn of_running(data_dir: &Path) -> Option<Self> {
        let file = File::open(data_dir.join(NAME)).ok()?;
        // A shared lock: two commands that look at the same moment are in nobody's way, and the writer has locked it already.
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Self::read(&file),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }

    fn read(file: &File) -> Option<Self> {
        serde_json::from_reader(file).ok()
    }

    /// Removes it, if it is still this process's.
    pub fn remove(data_dir: &Path) {
        let path = data_dir.join(NAME);
        let written = File::open(&path).ok().and_then(|file| Self::read(&file));
        if written.is_some_and(|file| file.pid == std::process::id()) {
            // Left behind it is only stale: its lock ends with this process.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Says for as long as it is kept that the service runs.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "its lock is what matters")] File);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_writer_is_gone_finds_nobody() {
        let folder = std::env::temp_dir().join(format!("watchfire-service-{:016x}", rand::random::<u64>()));
        assert!(std::fs::create_dir(&folder).is_ok());
        let file = ServiceFile { url: "http://127.0.0.1:1".to_owned(), token_file: folder.join("token"), pid: 1 };
        let held = file.write(&folder);
        assert!(held.is_ok());
        assert_eq!(ServiceFile::of_running(&folder), Some(file));
        drop(held);
        assert_eq!(ServiceFile::of_running(&folder), None);
        let _ = std::fs::remove_dir_all(folder);
    }
}
