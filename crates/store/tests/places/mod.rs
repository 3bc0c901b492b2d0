//! A folder of its own for each test, removed afterwards.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use store::sqlite::SqliteOptions;

static MADE: AtomicU32 = AtomicU32::new(0);

/// A folder that goes with the value.
pub struct Place(PathBuf);

impl Place {
    /// A new, empty folder.
    pub fn made() -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("watchfire-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// The database in it, in a folder that is not there yet.
    pub fn database(&self) -> PathBuf {
        self.0.join("data").join("watchfire.db")
    }

    /// How to open it.
    pub fn options(&self) -> SqliteOptions {
        SqliteOptions::at(self.database())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}
