//! Secrets in files: those the operator names, and those that are made when none is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use integrations::request::Secret;

/// The largest file that is read as a secret, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The file in the data directory with the generated secret of the Sentry webhook.
pub const WEBHOOK_SECRET: &str = "webhook-secret";

/// The file in the data directory with the generated admin token.
pub const ADMIN_TOKEN: &str = "admin-token";

/// The file in the data directory with the generated key of calendar feeds.
pub const FEED_KEY: &str = "feed-key";

/// Reads a secret from a file, without the white space around it.
///
/// # Errors
/// What was wrong with the file, in words, without its content.
pub fn read_file(path: &Path) -> Result<Secret<String>, String> {
    let shown = path.display();
    let facts = fs::metadata(path).map_err(|error| format!("the file {shown} cannot be read: {error}"))?;
    if !facts.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    if facts.len() > LARGEST {
        return Err(format!("the file {shown} is larger than 64 KiB: that is no secret"));
    }
    let text = fs::read_to_string(path).map_err(|error| format!("the file {shown} cannot be read: {error}"))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("the file {shown} is empty"));
    }
    Ok(Secret::new(text.to_owned()))
}

/// 256 random bits as 64 hex characters: the shape of Sentry's own client secrets.
#[must_use]
pub fn generate() -> Secret<String> {
    use std::fmt::Write as _;
    let bits: [u8; 32] = rand::random();
    let mut text = String::with_capacity(64);
    for byte in bits {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}

/// The secret in `path`; made, with mode 0600, when the file is not there. Also gives whether it was made.
///
/// # Errors
/// What was wrong, in words.
pub fn kept(path: &Path, make: impl FnOnce() -> Secret<String>) -> Result<(Secret<String>, bool), String> {
    if path.exists() {
        return read_file(path).map(|secret| (secret, false));
    }
    let secret = make();
    match write_private(path, &format!("{}\n", secret.expose()), true) {
        Ok(()) => Ok((secret, true)),
        // Two commands on a fresh machine at the same moment: the first one's secret counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_file(path).map(|secret| (secret, false)),
        Err(error) => Err(format!("cannot write {}: {error}", path.display())),
    }
}

/// Writes a file that only its owner can read. It appears whole or not at all; with `fresh` it must not be there yet.
///
/// # Errors
/// Whatever the file system says.
pub fn write_private(path: &Path, text: &str, fresh: bool) -> io::Result<()> {
    placed(path, text, fresh, |_| Ok(())).map(|_| ())
}

/// Writes a file that only its owner can read, locked before it can be seen: as long as what this gives is kept.
///
/// # Errors
/// Whatever the file system says.
pub fn write_private_locked(path: &Path, text: &str) -> io::Result<File> {
    placed(path, text, false, |file| file.try_lock().map_err(io::Error::from))
}

fn placed(path: &Path, text: &str, fresh: bool, prepare: impl FnOnce(&File) -> io::Result<()>) -> io::Result<File> {
    let beside = PathBuf::from(format!("{}.{:08x}.new", path.display(), rand::random::<u32>()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        prepare(&file)?;
        // A hard link, unlike a rename, does not replace what somebody else just put there.
        if fresh { fs::hard_link(&beside, path) } else { fs::rename(&beside, path) }?;
        Ok(file)
    })();
    // After a rename it is gone already; after a failure nobody needs it.
    let _ = fs::remove_file(&beside);
    written
}

/// Makes the data directory, for its owner alone.
///
/// # Errors
/// What was wrong, in words.
pub fn make_data_dir(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| format!("cannot make the data directory {}: {error}", path.display()))
}

/// The secrets in the data directory that others than their owner can get at.
#[must_use]
pub fn exposed(data_dir: &Path) -> Vec<PathBuf> {
    let files = [WEBHOOK_SECRET, ADMIN_TOKEN, FEED_KEY].map(|name| data_dir.join(name));
    files.into_iter().filter(|path| is_readable_by_others(path)).collect()
}

/// Whether others than the owner may read a file.
#[must_use]
pub fn is_readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
}
