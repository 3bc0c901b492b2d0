//! The one connection that writes. Whatever happened before, the next transaction finds it clean.

use domain::time::Timestamp;
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::trouble::{is_broken, trouble};
use crate::error::StoreError;

/// What can go wrong inside a transaction, before it is told to the caller.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(sqlx::Error),
    Store(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(StoreError::Refused { reason: error.to_string() })
    }
}

/// The writer.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    /// Set while a transaction may be open: also when its future was dropped half-way.
    unsettled: bool,
    closed: bool,
    /// When something is due next, read since the last transaction ended; nobody else writes to this database.
    next_due: Option<Option<Timestamp>>,
}

impl Writer {
    pub(super) fn of(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self { options, connection: Some(connection), unsettled: false, closed: false, next_due: None }
    }

    /// The connection, with no transaction open; a lost one is opened anew.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.closed {
            return Err(StoreError::Unavailable { reason: "the store is closed".into() });
        }
        self.next_due = None;
        if self.unsettled {
            self.roll_back().await;
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(|error| trouble(&error))?,
        };
        self.unsettled = true;
        Ok(self.connection.insert(connection))
    }

    /// When something is due next, if that is known and no transaction may have changed it since.
    pub(super) fn known_due(&self) -> Option<Option<Timestamp>> {
        self.next_due.filter(|_| !self.unsettled && !self.closed)
    }

    /// Keeps what was read while nobody could write.
    pub(super) fn note_due(&mut self, due: Option<Timestamp>) {
        self.next_due = Some(due);
    }

    /// Ends what [`Self::begin`] began: after a failure nothing of it is left.
    pub(super) async fn settle<T>(&mut self, result: Result<T, Failure>) -> Result<T, StoreError> {
        match result {
            Ok(value) => {
                self.unsettled = false;
                Ok(value)
            }
            Err(failure) => {
                let error = match failure {
                    Failure::Sql(error) => {
                        if is_broken(&error) {
                            self.connection = None;
                        }
                        trouble(&error)
                    }
                    Failure::Store(error) => error,
                };
                self.roll_back().await;
                Err(error)
            }
        }
    }

    async fn roll_back(&mut self) {
        if let Some(connection) = &mut self.connection
            && let Err(error) = sqlx::query("ROLLBACK").execute(connection).await
        {
            // Often SQLite rolled back by itself, after a full disk for instance, and says that there is nothing to roll back.
            tracing::debug!(error = ?error, "rolled back already");
            if is_broken(&error) {
                self.connection = None;
            }
        }
        self.unsettled = false;
    }

    pub(super) async fn close(&mut self) -> Result<(), StoreError> {
        self.closed = true;
        if self.unsettled {
            self.roll_back().await;
        }
        match self.connection.take() {
            Some(connection) => connection.close().await.map_err(|error| trouble(&error)),
            None => Ok(()),
        }
    }
}
