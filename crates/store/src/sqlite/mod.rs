//! The store on SQLite: one writer, readers apart, a lock file beside the database.
//!
//! Foreign keys are off: rows point to incidents by places that a save has looked up itself, and each check would cost a seek in the
//! writer, whose time bounds the whole service. The conformance suite holds what they would.

mod claim;
mod cleanup;
mod load;
mod lock;
mod queries;
mod rows;
mod save;
mod schema;
mod sections;
mod sent;
#[cfg(test)]
mod statements;
mod trouble;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, RunId};
use domain::policy::PolicyHash;
use domain::standing::Standing;
use domain::time::Timestamp;
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::{Mutex, MutexGuard};

use crate::contract::{Decide, Pending, Scope, Store};
use crate::error::StoreError;
use crate::record::{
    AgentRun, Claimed, CleanupReport, DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, Figures,
    IncidentFilter, IncidentRow, Owed, Page, Retention, StoredDelivery, TaskRow, TimelineRow, TruthLabel,
};
use trouble::{cannot_open, trouble};
use writer::{Failure, Writer};

/// A database up to this size is checked at every start: a few milliseconds. A larger one would cost more than the start may;
/// [`SqliteStore::check`] is there for it.
const CHECKED_AT_START: u64 = 16 * 1024 * 1024;
/// The log is checkpointed by whoever commits past so many pages of 4 KiB.
const AUTOCHECKPOINT_PAGES: &str = "4000";
/// After a checkpoint the log file is cut back to this size, in bytes.
const LOG_LIMIT: &str = "67108864";
/// How long a statement waits for another program's lock: shorter than the deadline of an answer to Sentry would allow two of.
const BUSY: Duration = Duration::from_millis(400);

pub(super) const BEAT: &str = "SELECT beat_at FROM process; UPDATE process SET beat_at = $1";
pub(super) const KEEP_POLICY: &str = "INSERT OR IGNORE INTO policies (hash, text, kept_at) VALUES ($1, $2, $3)";

/// How to open a database.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The file, or `:memory:` for one that vanishes. Missing folders are made.
    pub path: PathBuf,
    /// Read without a lock, beside another process; every write answers `Unavailable`.
    pub read_only: bool,
    /// The database never grows over so many pages of 4 KiB; for tests of a full disk.
    pub max_pages: Option<u32>,
}

impl SqliteOptions {
    /// The database at `path`, for reading and writing.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read_only: false, max_pages: None }
    }

    fn in_memory(&self) -> bool {
        self.path == Path::new(":memory:")
    }

    fn connect_options(&self, cache_kib: u32) -> SqliteConnectOptions {
        let options = if self.in_memory() {
            SqliteConnectOptions::new().in_memory(true)
        } else {
            SqliteConnectOptions::new().filename(&self.path)
        };
        let options = options
            .create_if_missing(!self.read_only)
            .read_only(self.read_only)
            .foreign_keys(false)
            .busy_timeout(BUSY)
            .statement_cache_capacity(64)
            .pragma("cache_size", format!("-{cache_kib}"))
            .pragma("mmap_size", "0")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        if self.read_only {
            return options;
        }
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", AUTOCHECKPOINT_PAGES)
            .pragma("journal_size_limit", LOG_LIMIT);
        match self.max_pages {
            Some(pages) => options.pragma("max_page_count", pages.to_string()),
            None => options,
        }
    }
}

/// The store on SQLite.
#[derive(Debug)]
pub struct SqliteStore {
    options: SqliteOptions,
    writer: Mutex<Writer>,
    /// `None` for a database in memory, which only its one connection sees.
    readers: Option<SqlitePool>,
    lock: std::sync::Mutex<Option<File>>,
}

impl SqliteStore {
    /// Opens the database: takes the lock, brings the schema up to date, and voids the leases of the last process.
    ///
    /// # Errors
    /// `Locked` when another process has it, `SchemaTooNew` when a newer version wrote it, `CannotOpen` with the way out for
    /// everything else, `Corrupt` when the check of a small database finds damage.
    pub async fn open(options: &SqliteOptions) -> Result<Self, StoreError> {
        let path = options.path.display().to_string();
        let lock = if options.in_memory() || options.read_only { None } else { Some(prepare_folder(&options.path)?) };
        let writing = options.connect_options(8 * 1024);
        let mut connection = writing.connect().await.map_err(|error| cannot_open(&path, &error))?;
        schema::migrate(&mut connection, &path, options.read_only).await?;
        if size_of(&options.path) <= CHECKED_AT_START {
            check(&mut connection).await?;
        }
        if !options.read_only {
            sqlx::query(claim::VOID_LEASES)
                .execute(&mut connection)
                .await
                .map_err(|error| cannot_open(&path, &error))?;
        }
        let readers = (!options.in_memory()).then(|| {
            SqlitePoolOptions::new()
                .min_connections(0)
                .max_connections(3)
                .acquire_timeout(Duration::from_secs(5))
                .idle_timeout(Duration::from_secs(30))
                .max_lifetime(None)
                .test_before_acquire(false)
                .connect_lazy_with(reading(options))
        });
        let writer = Mutex::new(Writer::of(writing, connection));
        Ok(Self { options: options.clone(), writer, readers, lock: std::sync::Mutex::new(lock) })
    }

    /// Looks through the whole database for damage (`PRAGMA quick_check`). Takes about a second for each gigabyte; writers go on.
    ///
    /// # Errors
    /// `Corrupt` with what was found, `Unavailable` when it cannot be read.
    pub async fn check(&self) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let checked = check(reader.connection().await?).await;
        reader.settle(checked.map_err(Failure::Store)).await
    }

    /// A connection to read with.
    async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        match &self.readers {
            Some(pool) => pool.acquire().await.map(Reader::Own).map_err(|error| trouble(&error)),
            None => Ok(Reader::Writer(self.writer.lock().await)),
        }
    }
}

/// Where a read happens.
enum Reader<'a> {
    Own(PoolConnection<sqlx::Sqlite>),
    Writer(MutexGuard<'a, Writer>),
}

impl Reader<'_> {
    async fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match self {
            Self::Own(connection) => Ok(connection),
            Self::Writer(writer) => writer.begin().await,
        }
    }

    async fn settle<T>(&mut self, result: Result<T, Failure>) -> Result<T, StoreError> {
        match self {
            Self::Own(_) => result.map_err(|failure| match failure {
                Failure::Sql(error) => trouble(&error),
                Failure::Store(error) => error,
            }),
            Self::Writer(writer) => writer.settle(result).await,
        }
    }
}

fn reading(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteOptions { read_only: true, ..options.clone() }.connect_options(1024)
}

/// Makes the folder, takes the lock, and makes the file if it is not there.
fn prepare_folder(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::CannotOpen {
            path: path.display().to_string(),
            reason: format!("{error}: its folder cannot be made; make it, or name another path"),
        })?;
    }
    let lock = lock::take(path)?;
    lock::make_private(path);
    Ok(lock)
}

/// The size of the database with its log, in bytes.
fn size_of(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path, Path::new(&log)].iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum()
}

async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let said: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(connection).await.map_err(|error| trouble(&error))?;
    if said == "ok" {
        return Ok(());
    }
    let reason = format!("{said}; restore the last backup");
    Err(StoreError::Corrupt { table: "database", column: "page", row: 0, reason })
}

/// One question to a reader.
macro_rules! read {
    ($store:ident, $connection:ident => $question:expr) => {
        Box::pin(async move {
            let mut reader = $store.reader().await?;
            let $connection = reader.connection().await?;
            let answer = $question.await;
            reader.settle(answer).await
        })
    };
}

async fn transact(connection: &mut SqliteConnection, scope: &Scope, mut decide: Decide<'_>) -> Result<(), Failure> {
    let mut work = load::load(connection, scope).await?;
    let changes = decide(&mut work.loaded);
    if changes.is_empty() {
        sqlx::query("COMMIT").execute(connection).await?;
        return Ok(());
    }
    save::save(connection, &changes, work.held).await
}

async fn beat(connection: &mut SqliteConnection, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let before: Vec<Option<i64>> = sqlx::query_scalar(BEAT).bind(now.millis()).fetch_all(connection).await?;
    Ok(before.into_iter().next().flatten().map(Timestamp::from_millis))
}

impl Store for SqliteStore {
    fn transact<'a>(&'a self, scope: Scope, decide: Decide<'a>) -> Pending<'a, ()> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let done = transact(writer.begin().await?, &scope, decide).await;
            writer.settle(done).await
        })
    }

    fn claim<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        busy: &'a [Name],
    ) -> Pending<'a, Vec<Claimed>> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let claimed = claim::claim(writer.begin().await?, now, lease, limit, busy).await;
            writer.settle(claimed).await
        })
    }

    fn claim_bundle<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &'a Name,
        limit: usize,
    ) -> Pending<'a, Vec<Claimed>> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let claimed = claim::claim_bundle(writer.begin().await?, now, lease, bundle, lane, limit).await;
            writer.settle(claimed).await
        })
    }

    /// The question of every poll: answered from memory for as long as nobody wrote.
    fn next_due(&self) -> Pending<'_, Option<Timestamp>> {
        Box::pin(async move {
            // While somebody writes, and beside another process, it is read like anything else.
            let writer = if self.options.read_only { None } else { self.writer.try_lock().ok() };
            let Some(mut writer) = writer else {
                let mut reader = self.reader().await?;
                let due = queries::next_due(reader.connection().await?).await;
                return reader.settle(due).await;
            };
            if let Some(due) = writer.known_due() {
                return Ok(due);
            }
            let due = queries::next_due(writer.begin().await?).await;
            let due = writer.settle(due).await?;
            writer.note_due(due);
            Ok(due)
        })
    }

    fn beat(&self, now: Timestamp) -> Pending<'_, Option<Timestamp>> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let before = beat(writer.begin().await?, now).await;
            writer.settle(before).await
        })
    }

    fn keep_policy<'a>(&'a self, hash: &'a PolicyHash, text: &'a str, now: Timestamp) -> Pending<'a, ()> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let query = sqlx::query(KEEP_POLICY).bind(hash.0.clone()).bind(text.to_owned()).bind(now.millis());
            let kept = query.execute(writer.begin().await?).await.map(|_| ()).map_err(Failure::from);
            writer.settle(kept).await
        })
    }

    fn policy<'a>(&'a self, hash: &'a PolicyHash) -> Pending<'a, Option<String>> {
        read!(self, connection => queries::policy(connection, hash))
    }

    fn incidents<'a>(&'a self, filter: &'a IncidentFilter) -> Pending<'a, Page<IncidentRow>> {
        read!(self, connection => queries::incidents(connection, filter))
    }

    fn incident(&self, id: IncidentId) -> Pending<'_, Option<IncidentRow>> {
        read!(self, connection => queries::incident(connection, id))
    }

    fn incidents_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<IncidentId>> {
        read!(self, connection => queries::incidents_named(connection, name))
    }

    fn timeline(&self, incident: IncidentId, after: Option<i64>, limit: usize) -> Pending<'_, Page<TimelineRow>> {
        read!(self, connection => queries::timeline(connection, incident, after, limit))
    }

    fn escalations<'a>(&'a self, filter: &'a EscalationFilter) -> Pending<'a, Page<EscalationRow>> {
        read!(self, connection => queries::escalations(connection, filter))
    }

    fn escalations_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<EscalationId>> {
        read!(self, connection => queries::escalations_named(connection, name))
    }

    fn escalation(&self, id: EscalationId) -> Pending<'_, Option<EscalationRow>> {
        read!(self, connection => queries::escalation(connection, id))
    }

    fn deliveries<'a>(&'a self, filter: &'a DeliveryFilter) -> Pending<'a, Page<DeliveryRow>> {
        read!(self, connection => queries::deliveries(connection, filter))
    }

    fn delivery(&self, id: DeliveryId) -> Pending<'_, Option<StoredDelivery>> {
        read!(self, connection => queries::delivery(connection, id))
    }

    fn runs(&self, incident: IncidentId) -> Pending<'_, Vec<AgentRun>> {
        read!(self, connection => queries::runs(connection, incident))
    }

    fn run(&self, id: RunId) -> Pending<'_, Option<AgentRun>> {
        read!(self, connection => queries::run(connection, id))
    }

    fn receipt<'a>(&'a self, incident: IncidentId, channel: &'a Name) -> Pending<'a, Option<serde_json::Value>> {
        read!(self, connection => queries::receipt(connection, incident, channel))
    }

    fn owed(&self, limit: usize) -> Pending<'_, Vec<Owed>> {
        read!(self, connection => queries::owed(connection, limit))
    }

    fn bundled(&self, bundle: BundleId) -> Pending<'_, Vec<TaskRow>> {
        read!(self, connection => queries::bundled(connection, bundle))
    }

    fn bundles_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<BundleId>> {
        read!(self, connection => queries::bundles_named(connection, name))
    }

    fn standing(&self, since: Timestamp) -> Pending<'_, (u64, Standing)> {
        read!(self, connection => queries::standing(connection, since))
    }

    fn labels(&self, since: Timestamp) -> Pending<'_, Vec<TruthLabel>> {
        read!(self, connection => queries::labels(connection, since))
    }

    fn figures(&self, now: Timestamp) -> Pending<'_, Figures> {
        Box::pin(async move {
            let mut reader = self.reader().await?;
            let counted = queries::figures(reader.connection().await?, now).await;
            let figures = reader.settle(counted).await?;
            Ok(Figures { bytes: size_of(&self.options.path), ..figures })
        })
    }

    fn cleanup<'a>(&'a self, retention: &'a Retention, now: Timestamp, dry_run: bool) -> Pending<'a, CleanupReport> {
        Box::pin(cleanup::cleanup(self, retention, now, dry_run))
    }

    fn checkpoint(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            if self.options.in_memory() || self.options.read_only {
                return Ok(());
            }
            // Its own connection: neither the writer nor a reader waits. PASSIVE takes what no reader still needs, and blocks nobody.
            let mut connection = self.options.connect_options(256).connect().await.map_err(|error| trouble(&error))?;
            let done = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await;
            connection.close().await.map_err(|error| trouble(&error))?;
            done.map(|_| ()).map_err(|error| trouble(&error))
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            if let Some(readers) = &self.readers {
                readers.close().await;
            }
            let closed = self.writer.lock().await.close().await;
            // Only now may another process have it.
            self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            closed
        })
    }
}
