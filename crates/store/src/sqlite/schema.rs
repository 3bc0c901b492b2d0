//! The steps of the schema, carried in the binary, and what to do with a database that has other ones.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

use super::trouble::cannot_open;
use crate::error::StoreError;

/// Every file of `migrations/sqlite`, in order. Listed by hand instead of by sqlx's macro, which would build SQLite a second time.
pub(super) const STEPS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../../../../migrations/sqlite/0001_first.sql")),
    (2, "usual", include_str!("../../../../migrations/sqlite/0002_usual.sql")),
    (3, "standing", include_str!("../../../../migrations/sqlite/0003_standing.sql")),
    (4, "lanes", include_str!("../../../../migrations/sqlite/0004_lanes.sql")),
];

/// The newest step that this version knows.
pub(super) fn newest() -> i64 {
    STEPS.iter().map(|(number, ..)| *number).max().unwrap_or(0)
}

const TABLES: &str =
    "SELECT count(*), count(*) FILTER (WHERE name = '_sqlx_migrations') FROM sqlite_schema WHERE type = 'table'";
const APPLIED: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";

/// Brings the schema up to date; a read-only database must be so already.
pub(super) async fn migrate(connection: &mut SqliteConnection, path: &str, read_only: bool) -> Result<(), StoreError> {
    let refuse = |reason: &str| StoreError::CannotOpen { path: path.to_owned(), reason: reason.to_owned() };
    let (tables, ours): (i64, i64) =
        sqlx::query_as(TABLES).fetch_one(&mut *connection).await.map_err(|error| cannot_open(path, &error))?;
    if tables > 0 && ours == 0 {
        return Err(refuse("the database belongs to another program; name another path"));
    }
    let mut found = 0;
    if ours > 0 {
        found =
            sqlx::query_scalar(APPLIED).fetch_one(&mut *connection).await.map_err(|error| cannot_open(path, &error))?;
        if found > newest() {
            return Err(StoreError::SchemaTooNew { found, known: newest() });
        }
    }
    if read_only {
        return if found == newest() {
            Ok(())
        } else {
            Err(refuse("the schema is older than this version, and a read-only database cannot be brought up to date"))
        };
    }
    let steps = STEPS.iter().map(|(number, name, text)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, (*text).into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect()).run(connection).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => cannot_open(path, &error),
        other => refuse(&format!("the schema cannot be brought up to date: {other}; the database was left as it was")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        files.sort();
        let steps: Vec<String> = STEPS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, steps);
    }
}
