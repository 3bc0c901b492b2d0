//! How commands find the running service: a file in the data directory that `serve` writes when it listens and removes when it ends.

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
    /// Writes it, readable by its owner alone.
    ///
    /// # Errors
    /// What was wrong, in words.
    pub fn write(&self, data_dir: &Path) -> Result<(), String> {
        let path = data_dir.join(NAME);
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        secrets::write_private(&path, &format!("{text}\n"), false)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Reads it; `None` when there is none, or one that cannot be read: then nobody can be found through it.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(data_dir.join(NAME)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Removes it, if it is still this process's.
    pub fn remove(data_dir: &Path) {
        if Self::read(data_dir).is_some_and(|file| file.pid == std::process::id()) {
            // Left behind it is only stale: nobody answers there.
            let _ = std::fs::remove_file(data_dir.join(NAME));
        }
    }
}
