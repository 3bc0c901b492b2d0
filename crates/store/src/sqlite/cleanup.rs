//! What is older than the retention goes, a few hundred rows at a time, so that a webhook never waits for a clean-up.

use domain::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::SqliteStore;
use super::queries::numbers;
use super::writer::Failure;
use crate::attention::FORGOTTEN_AFTER;
use crate::error::StoreError;
use crate::record::{CleanupReport, Retention};

/// Rows that one transaction deletes.
const AT_ONCE: i64 = 500;
/// Incidents that one transaction deletes, each with everything of theirs.
const INCIDENTS_AT_ONCE: i64 = 100;

/// Walks in the order of receipt; the walk ends at the first delivery that is young enough.
pub(super) const OLD_DELIVERIES: &str = "\
SELECT d.id, d.received_at, EXISTS (SELECT 1 FROM incidents AS i WHERE i.id = d.incident AND i.resolved_at IS NULL)
  FROM deliveries AS d WHERE d.id > $1 ORDER BY d.id LIMIT $2 + 0";
pub(super) const DELETE_DELIVERIES: &str = "DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each($1))";
pub(super) const OLD_TASKS: &str = "\
SELECT t.id FROM tasks AS t
 WHERE t.id > $1 AND t.rank < 2 AND t.state NOT IN ('waiting', 'leased') AND t.due_at < $2
   AND NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.place = t.incident AND i.resolved_at IS NULL)
 ORDER BY t.id LIMIT $3 + 0";
pub(super) const DELETE_TASKS: &str = "DELETE FROM tasks WHERE id IN (SELECT value FROM json_each($1))";
/// An incident for which something is still to be done stays until it is done.
pub(super) const OLD_INCIDENTS: &str = "\
SELECT i.place FROM incidents AS i
 WHERE i.resolved_at IS NOT NULL AND i.resolved_at < $1
   AND NOT EXISTS (SELECT 1 FROM tasks AS t INDEXED BY tasks_incident
                    WHERE t.incident = i.place AND t.rank < 2 AND t.state IN ('waiting', 'leased'))
 ORDER BY i.resolved_at LIMIT $2 + 0";
pub(super) const KEEP_FLOORS: &str = "\
UPDATE process SET delivery_floor = max(delivery_floor, ifnull((SELECT max(id) FROM deliveries), 0)),
       place_floor = max(place_floor, ifnull((SELECT max(place) FROM incidents), 0)),
       task_floor = max(task_floor, ifnull((SELECT max(id) FROM tasks), 0))";
pub(super) const DELETE_WORK_OF: &str =
    "DELETE FROM tasks INDEXED BY tasks_incident WHERE rank < 2 AND incident IN (SELECT value FROM json_each($1))";
pub(super) const DELETE_ESCALATIONS_OF: &str =
    "DELETE FROM escalations WHERE incident IN (SELECT value FROM json_each($1))";
pub(super) const DELETE_TIMELINE_OF: &str = "DELETE FROM timeline WHERE incident IN (SELECT value FROM json_each($1))";
pub(super) const DELETE_REST_OF: &str = "\
DELETE FROM tasks WHERE kind = 'wake' AND incident IN (SELECT value FROM json_each($1));
DELETE FROM agent_runs WHERE incident IN (SELECT value FROM json_each($1));
DELETE FROM messages WHERE incident IN (SELECT value FROM json_each($1));
DELETE FROM issues WHERE (issue, incident) IN (
       SELECT n.value->>'id', i.place FROM json_each($1) AS j CROSS JOIN incidents AS i ON i.place = j.value
        CROSS JOIN json_each(i.data, '$.issues') AS n);
DELETE FROM incidents WHERE place IN (SELECT value FROM json_each($1))";
pub(super) const LOST_IDENTITIES: &str = "\
SELECT CAST(n.key AS BLOB) FROM identities AS n
 WHERE n.key > CAST($1 AS TEXT)
   AND iif(n.incident IS NULL, n.hour < $3 AND n.label IS NULL, NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.place = n.incident))
 ORDER BY n.key LIMIT $2 + 0";
pub(super) const DELETE_IDENTITY: &str = "\
DELETE FROM identities WHERE key = CAST($1 AS TEXT)
   AND iif(incident IS NULL, hour < $2 AND label IS NULL,
           NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.place = identities.incident))";
pub(super) const COUNT_ORDERS: &str = "SELECT count(*) FROM standing WHERE ends_at < $1";
pub(super) const DELETE_ORDERS: &str = "DELETE FROM standing WHERE ends_at < $1";
pub(super) const DELETE_ATTENTION: &str = "DELETE FROM attention WHERE last_at < $1";
pub(super) const COUNT_OVER: &str = "\
WITH over (place) AS MATERIALIZED (
     SELECT i.place FROM incidents AS i
      WHERE i.resolved_at IS NOT NULL AND i.resolved_at < $1
        AND NOT EXISTS (SELECT 1 FROM tasks AS t INDEXED BY tasks_incident
                         WHERE t.incident = i.place AND t.rank < 2 AND t.state IN ('waiting', 'leased')))
SELECT (SELECT count(*) FROM over),
       (SELECT count(*) FROM over CROSS JOIN escalations AS e ON e.incident = over.place),
       (SELECT count(*) FROM over CROSS JOIN timeline AS l ON l.incident = over.place),
       (SELECT count(*) FROM tasks AS t
         WHERE t.rank < 2 AND t.state NOT IN ('waiting', 'leased')
           AND (t.incident IN (SELECT place FROM over)
                OR t.due_at < $2
                   AND NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.place = t.incident AND i.resolved_at IS NULL)))";

pub(super) async fn cleanup(
    store: &SqliteStore,
    retention: &Retention,
    now: Timestamp,
    dry_run: bool,
) -> Result<CleanupReport, StoreError> {
    let mut report = CleanupReport::default();
    let (old_incidents, old_tasks) = (now - retention.incidents, now - retention.tasks);
    if dry_run {
        let mut reader = store.reader().await?;
        let counted = count_over(reader.connection().await?, old_incidents, old_tasks).await;
        report = reader.settle(counted).await?;
    } else {
        let floors = sqlx::query(KEEP_FLOORS);
        let mut writer = store.writer.lock().await;
        let kept = floors.execute(writer.begin().await?).await.map(|_| ()).map_err(Failure::from);
        writer.settle(kept).await?;
        drop(writer);
        delete_incidents(store, old_incidents, &mut report).await?;
        delete_tasks(store, old_tasks, &mut report).await?;
        report.orders = delete_before(store, DELETE_ORDERS, old_incidents).await?;
        delete_before(store, DELETE_ATTENTION, now - FORGOTTEN_AFTER).await?;
    }
    deliveries(store, now - retention.deliveries, dry_run, &mut report).await?;
    Ok(report)
}

async fn count_over(
    connection: &mut SqliteConnection,
    old_incidents: Timestamp,
    old_tasks: Timestamp,
) -> Result<CleanupReport, Failure> {
    let (incidents, escalations, timeline, tasks): (i64, i64, i64, i64) = sqlx::query_as(COUNT_OVER)
        .bind(old_incidents.millis())
        .bind(old_tasks.millis())
        .fetch_one(&mut *connection)
        .await?;
    let orders: i64 = sqlx::query_scalar(COUNT_ORDERS).bind(old_incidents.millis()).fetch_one(connection).await?;
    Ok(CleanupReport {
        deliveries: 0,
        tasks: tasks.cast_unsigned(),
        incidents: incidents.cast_unsigned(),
        escalations: escalations.cast_unsigned(),
        timeline: timeline.cast_unsigned(),
        orders: orders.cast_unsigned(),
    })
}

async fn delete_incidents(
    store: &SqliteStore,
    before: Timestamp,
    report: &mut CleanupReport,
) -> Result<(), StoreError> {
    loop {
        let mut writer = store.writer.lock().await;
        let chunk = delete_some_incidents(writer.begin().await?, before, report).await;
        if writer.settle(chunk).await? == 0 {
            break;
        }
    }
    // What opened nothing is counted too, and goes once it was silent for as long.
    let silent = before.millis().div_euclid(3_600_000);
    let mut after: Vec<u8> = Vec::new();
    loop {
        let mut reader = store.reader().await?;
        let query = sqlx::query_scalar(LOST_IDENTITIES).bind(after.clone()).bind(AT_ONCE).bind(silent);
        let found = query.fetch_all(reader.connection().await?).await.map_err(Failure::from);
        let keys: Vec<Vec<u8>> = reader.settle(found).await?;
        drop(reader);
        let Some(last) = keys.last() else { return Ok(()) };
        after.clone_from(last);
        let mut writer = store.writer.lock().await;
        let deleted = delete_identities(writer.begin().await?, keys, silent).await;
        writer.settle(deleted).await?;
    }
}

async fn delete_identities(connection: &mut SqliteConnection, keys: Vec<Vec<u8>>, silent: i64) -> Result<(), Failure> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for key in keys {
        sqlx::query(DELETE_IDENTITY).bind(key).bind(silent).execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}

/// Deletes a few incidents whole; gives how many. Chosen inside the transaction: one of them may have been reopened just now.
async fn delete_some_incidents(
    connection: &mut SqliteConnection,
    before: Timestamp,
    report: &mut CleanupReport,
) -> Result<usize, Failure> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    let query = sqlx::query_scalar(OLD_INCIDENTS).bind(before.millis()).bind(INCIDENTS_AT_ONCE);
    let places: Vec<i64> = query.fetch_all(&mut *connection).await?;
    let list = numbers(&places);
    let mut deleted = [0; 3];
    for (statement, count) in [DELETE_WORK_OF, DELETE_ESCALATIONS_OF, DELETE_TIMELINE_OF].into_iter().zip(&mut deleted)
    {
        *count = sqlx::query(statement).bind(list.clone()).execute(&mut *connection).await?.rows_affected();
    }
    sqlx::query(DELETE_REST_OF).bind(list).execute(&mut *connection).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    report.tasks += deleted[0];
    report.escalations += deleted[1];
    report.timeline += deleted[2];
    report.incidents += places.len() as u64;
    Ok(places.len())
}

async fn delete_tasks(store: &SqliteStore, before: Timestamp, report: &mut CleanupReport) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let mut reader = store.reader().await?;
        let query = sqlx::query_scalar(OLD_TASKS).bind(after).bind(before.millis()).bind(AT_ONCE);
        let found = query.fetch_all(reader.connection().await?).await.map_err(Failure::from);
        let ids: Vec<i64> = reader.settle(found).await?;
        drop(reader);
        let Some(last) = ids.last() else { return Ok(()) };
        after = *last;
        report.tasks += delete(store, DELETE_TASKS, &ids).await?;
    }
}

async fn deliveries(
    store: &SqliteStore,
    before: Timestamp,
    dry_run: bool,
    report: &mut CleanupReport,
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let mut reader = store.reader().await?;
        let walked = walk(reader.connection().await?, after, before).await;
        let (old, last) = reader.settle(walked).await?;
        drop(reader);
        report.deliveries += if dry_run { old.len() as u64 } else { delete(store, DELETE_DELIVERIES, &old).await? };
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// The old deliveries of the next stretch that no live incident needs, and where the walk goes on.
async fn walk(
    connection: &mut SqliteConnection,
    after: i64,
    before: Timestamp,
) -> Result<(Vec<i64>, Option<i64>), Failure> {
    let found = sqlx::query(OLD_DELIVERIES).bind(after).bind(AT_ONCE).fetch_all(connection).await?;
    let mut old = Vec::new();
    let mut last = None;
    for row in &found {
        let (id, received_at, needed): (i64, i64, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if received_at >= before.millis() {
            return Ok((old, None));
        }
        if !needed {
            old.push(id);
        }
        last = Some(id);
    }
    Ok((old, last))
}

/// Few rows at any time, so all at once.
async fn delete_before(store: &SqliteStore, statement: &'static str, time: Timestamp) -> Result<u64, StoreError> {
    let mut writer = store.writer.lock().await;
    let query = sqlx::query(statement).bind(time.millis());
    let deleted = query.execute(writer.begin().await?).await.map(|done| done.rows_affected()).map_err(Failure::from);
    writer.settle(deleted).await
}

async fn delete(store: &SqliteStore, statement: &'static str, ids: &[i64]) -> Result<u64, StoreError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut writer = store.writer.lock().await;
    let query = sqlx::query(statement).bind(numbers(ids));
    let deleted = query.execute(writer.begin().await?).await.map(|done| done.rows_affected()).map_err(Failure::from);
    writer.settle(deleted).await
}
