//! Due work is taken under a new token: two engines, or one that came back late, never finish the same claim.

use std::time::Duration;

use domain::id::{BundleId, Name};
use domain::incident::Incident;
use domain::time::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::load::count;
use super::rows::{Cells, task};
use super::sections::rank;
use super::sent::Rows;
use super::writer::Failure;
use crate::error::StoreError;
use crate::record::Claimed;

/// One statement, so one trip and one commit; with nothing due nothing is written. It goes from lane to lane of `tasks_ready`, and reads of each
/// no more than it may take: whatever waits for a lane that is busy costs the others nothing.
pub(super) const CLAIM: &str = "\
WITH RECURSIVE lanes (rank, lane) AS (
       SELECT j.value, (SELECT min(lane) FROM tasks WHERE state IN ('waiting', 'leased') AND rank = j.value) FROM json_each('[0, 1]') AS j
       UNION ALL
       SELECT rank, (SELECT min(lane) FROM tasks
                      WHERE state IN ('waiting', 'leased') AND tasks.rank = lanes.rank AND tasks.lane > lanes.lane)
         FROM lanes WHERE lane IS NOT NULL)
UPDATE tasks SET state = 'leased', token = token + 1, attempt = attempt + 1, ready_at = $2
 WHERE id IN (
       SELECT due.id FROM lanes CROSS JOIN tasks AS due
        WHERE lanes.lane NOT IN (SELECT value FROM json_each($4))
          AND due.id IN (SELECT id FROM tasks
                          WHERE state IN ('waiting', 'leased') AND rank = lanes.rank AND lane = lanes.lane AND ready_at <= $1
                          ORDER BY ready_at, id LIMIT $3 + 0)
        ORDER BY due.rank, due.ready_at, due.id LIMIT $3 + 0)
RETURNING id, due_at, first_due, attempt, token, state, work, trouble,
          (SELECT data FROM incidents WHERE incidents.place = tasks.incident)";

/// The same for one bundle and lane: as many rows as the bundle has, found by its index.
pub(super) const CLAIM_BUNDLE: &str = "\
UPDATE tasks SET state = 'leased', token = token + 1, attempt = attempt + 1, ready_at = $2
 WHERE id IN (
       SELECT id FROM tasks INDEXED BY tasks_bundle
        WHERE bundle = $4 AND lane = $5 AND state IN ('waiting', 'leased') AND ready_at <= $1
        ORDER BY rank, ready_at, id LIMIT $3 + 0)
RETURNING id, due_at, first_due, attempt, token, state, work, trouble,
          (SELECT data FROM incidents WHERE incidents.place = tasks.incident)";

/// When the next task or timer can be taken: the first of each rank and lane.
pub(super) const NEXT_DUE: &str = "\
WITH RECURSIVE lanes (rank, lane) AS (
       SELECT j.value, (SELECT min(lane) FROM tasks WHERE state IN ('waiting', 'leased') AND rank = j.value) FROM json_each('[0, 1, 2]') AS j
       UNION ALL
       SELECT rank, (SELECT min(lane) FROM tasks
                      WHERE state IN ('waiting', 'leased') AND tasks.rank = lanes.rank AND tasks.lane > lanes.lane)
         FROM lanes WHERE lane IS NOT NULL)
SELECT min((SELECT min(ready_at) FROM tasks
             WHERE state IN ('waiting', 'leased') AND rank = lanes.rank AND lane = lanes.lane))
  FROM lanes WHERE lane IS NOT NULL";

/// Leases of the last process are void: nobody works on them any more.
pub(super) const VOID_LEASES: &str = "UPDATE tasks SET state = 'waiting', ready_at = due_at WHERE state = 'leased'";

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    now: Timestamp,
    lease: Duration,
    limit: usize,
    busy: &[Name],
) -> Result<Vec<Claimed>, Failure> {
    let mut lanes = Rows::none();
    busy.iter().for_each(|lane| lanes.word(lane.as_str()));
    let rows = sqlx::query(CLAIM)
        .bind(now.millis())
        .bind((now + lease).millis())
        .bind(count(limit))
        .bind(lanes.into_parts().0)
        .fetch_all(connection)
        .await?;
    Ok(read_all(&rows))
}

pub(super) async fn claim_bundle(
    connection: &mut SqliteConnection,
    now: Timestamp,
    lease: Duration,
    bundle: BundleId,
    lane: &Name,
    limit: usize,
) -> Result<Vec<Claimed>, Failure> {
    let rows = sqlx::query(CLAIM_BUNDLE)
        .bind(now.millis())
        .bind((now + lease).millis())
        .bind(count(limit))
        .bind(bundle.bits().cast_signed())
        .bind(lane.as_str().to_owned())
        .fetch_all(connection)
        .await?;
    Ok(read_all(&rows))
}

fn read_all(rows: &[SqliteRow]) -> Vec<Claimed> {
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row) {
            Ok(claim) => claimed.push(claim),
            // One damaged row must not stop the pages of all others. It stays leased, and is told again when the lease ends.
            Err(error) => tracing::error!(error = %error, "a task cannot be read; it is passed over"),
        }
    }
    // RETURNING keeps no order.
    claimed.sort_by_key(|claim| (rank(&claim.task.work), claim.task.due, claim.task.id));
    claimed
}

fn read(row: &SqliteRow) -> Result<Claimed, StoreError> {
    let incident: Incident = Cells::of(row, "tasks", 0).json(8, "incident's data")?;
    let task = task(row, 0, incident.id)?;
    Ok(Claimed { task, incident })
}
