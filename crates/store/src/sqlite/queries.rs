//! What is read: each question is one statement, so that its answer is of one moment.

use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, RunId};
use domain::policy::PolicyHash;
use domain::priority::Priority;
use domain::standing::Standing;
use domain::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::load::count;
use super::rows::{self, Cells, incident_id};
use super::sent::Rows;
use super::writer::Failure;
use crate::naming::{MOST_NAMED, bundle_range, escalation_range, incident_range};
use crate::record::{
    AgentRun, DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, Figures, IncidentFilter, IncidentRow, Owed,
    Page, StoredDelivery, TaskRow, TimelineRow, TruthLabel,
};

/// The filter reads the narrow index alone; only the rows of the page are read whole.
pub(super) const LIST_INCIDENTS: &str = "\
SELECT i.place, i.version, i.data FROM (
       SELECT place FROM incidents INDEXED BY incidents_list
        WHERE place < $1 AND ($2 = '[]' OR state IN (SELECT value FROM json_each($2)))
          AND ($3 IS NULL OR level = $3) AND ($4 IS NULL OR project = $4 OR project_number = $4)
        ORDER BY place DESC LIMIT $5 + 0) AS l
 CROSS JOIN incidents AS i ON i.place = l.place ORDER BY i.place DESC";
pub(super) const ONE_INCIDENT: &str = "SELECT place, version, data FROM incidents WHERE id = $1";
pub(super) const INCIDENTS_NAMED: &str = "\
SELECT id FROM (
       SELECT 0 AS how, place, id FROM incidents WHERE external_id = $1
       UNION ALL SELECT 0, i.place, i.id FROM issues AS s CROSS JOIN incidents AS i ON i.place = s.incident WHERE s.issue = $1
       UNION ALL SELECT 1, place, id FROM incidents WHERE id BETWEEN $2 AND $3)
 ORDER BY how, place DESC LIMIT 40";
pub(super) const LABELS: &str =
    "SELECT id, at, incident, said_by, said, triaged, score, reason FROM labels WHERE at >= $1 ORDER BY at, id";
pub(super) const TIMELINE: &str = "\
SELECT id, at, actor, event, why FROM timeline
 WHERE incident = (SELECT place FROM incidents WHERE id = $1) AND id > $2 ORDER BY id LIMIT $3 + 0";
pub(super) const LIST_ESCALATIONS: &str = "\
SELECT e.place, e.id, i.id, e.ordinal, e.level, e.state, e.starts_at, e.rungs, e.attempts, e.next_at, e.first_delivered_at,
       e.acknowledged_at, e.ended_at, e.synthetic, e.steps, e.steps_on_time, e.pages_delivered, e.pages_failed, e.response_due_at,
       e.interruptions, e.opened_at, e.first_due_at, e.exhausted_at, e.resolved_by, e.signals_before, e.signals
  FROM escalations AS e CROSS JOIN incidents AS i ON i.place = e.incident
 WHERE e.place < $1 ORDER BY e.place DESC LIMIT $2 + 0";
pub(super) const LIST_LIVE_ESCALATIONS: &str = "\
SELECT e.place, e.id, i.id, e.ordinal, e.level, e.state, e.starts_at, e.rungs, e.attempts, e.next_at, e.first_delivered_at,
       e.acknowledged_at, e.ended_at, e.synthetic, e.steps, e.steps_on_time, e.pages_delivered, e.pages_failed, e.response_due_at,
       e.interruptions, e.opened_at, e.first_due_at, e.exhausted_at, e.resolved_by, e.signals_before, e.signals
  FROM escalations AS e INDEXED BY escalations_live CROSS JOIN incidents AS i ON i.place = e.incident
 WHERE e.place < $1 AND e.state NOT IN ('resolved', 'superseded') ORDER BY e.place DESC LIMIT $2 + 0";
pub(super) const LIST_ESCALATIONS_OF: &str = "\
SELECT e.place, e.id, i.id, e.ordinal, e.level, e.state, e.starts_at, e.rungs, e.attempts, e.next_at, e.first_delivered_at,
       e.acknowledged_at, e.ended_at, e.synthetic, e.steps, e.steps_on_time, e.pages_delivered, e.pages_failed, e.response_due_at,
       e.interruptions, e.opened_at, e.first_due_at, e.exhausted_at, e.resolved_by, e.signals_before, e.signals
  FROM incidents AS i CROSS JOIN escalations AS e INDEXED BY escalations_incident ON e.incident = i.place
 WHERE i.id = $3 AND e.place < $1 AND ($4 = 0 OR e.state NOT IN ('resolved', 'superseded')) ORDER BY e.place DESC LIMIT $2 + 0";
pub(super) const ONE_ESCALATION: &str = "\
SELECT e.place, e.id, i.id, e.ordinal, e.level, e.state, e.starts_at, e.rungs, e.attempts, e.next_at, e.first_delivered_at,
       e.acknowledged_at, e.ended_at, e.synthetic, e.steps, e.steps_on_time, e.pages_delivered, e.pages_failed, e.response_due_at,
       e.interruptions, e.opened_at, e.first_due_at, e.exhausted_at, e.resolved_by, e.signals_before, e.signals
  FROM escalations AS e CROSS JOIN incidents AS i ON i.place = e.incident WHERE e.id = $1";
pub(super) const ESCALATIONS_NAMED: &str =
    "SELECT id FROM escalations WHERE id BETWEEN $1 AND $2 ORDER BY place DESC LIMIT $3 + 0";
pub(super) const LIST_DELIVERIES: &str = "\
SELECT id, received_at, resource, action, outcome, incident, trouble, length FROM deliveries
 WHERE id < $1 AND ($2 IS NULL OR outcome = $2) ORDER BY id DESC LIMIT $3 + 0";
pub(super) const LIST_TROUBLED_DELIVERIES: &str = "\
SELECT id, received_at, resource, action, outcome, incident, trouble, length FROM deliveries INDEXED BY deliveries_trouble
 WHERE trouble IS NOT NULL AND id < $1 AND ($2 IS NULL OR outcome = $2) ORDER BY id DESC LIMIT $3 + 0";
pub(super) const ONE_DELIVERY: &str = "\
SELECT id, received_at, resource, action, outcome, incident, trouble, length, packing, body FROM deliveries WHERE id = $1";
pub(super) const RUNS: &str =
    "SELECT place, data FROM agent_runs WHERE incident = (SELECT place FROM incidents WHERE id = $1) ORDER BY place";
pub(super) const ONE_RUN: &str = "SELECT place, data FROM agent_runs WHERE id = $1";
pub(super) const RECEIPT: &str = "SELECT incident, receipt FROM messages WHERE incident = (SELECT place FROM incidents WHERE id = $1) AND channel = $2";
pub(super) const POLICY: &str = "SELECT text FROM policies WHERE hash = $1";
pub(super) const OWED: &str = "\
SELECT t.id, t.due_at, t.first_due, t.attempt, t.token, t.state, t.work, t.trouble, i.place, i.version, i.data FROM (
       SELECT id, due_at FROM tasks WHERE state IN ('waiting', 'leased') AND rank < 2
       UNION ALL SELECT id, due_at FROM tasks WHERE state = 'dead'
       ORDER BY due_at, id LIMIT $1 + 0) AS o
 CROSS JOIN tasks AS t ON t.id = o.id CROSS JOIN incidents AS i ON i.place = t.incident ORDER BY t.due_at, t.id";
pub(super) const BUNDLED: &str = "\
SELECT t.id, t.due_at, t.first_due, t.attempt, t.token, t.state, t.work, t.trouble, i.id
  FROM tasks AS t INDEXED BY tasks_bundle CROSS JOIN incidents AS i ON i.place = t.incident
 WHERE t.bundle = $1 ORDER BY t.id";
pub(super) const BUNDLES_NAMED: &str = "\
SELECT bundle FROM tasks INDEXED BY tasks_bundle WHERE bundle BETWEEN $1 AND $2
 GROUP BY bundle ORDER BY max(id) DESC LIMIT $3 + 0";
/// The revision comes with each row, and alone when there is none.
pub(super) const STANDING: &str = "\
SELECT p.standing, s.place, s.kind, s.data
  FROM process AS p LEFT JOIN standing AS s ON s.ends_at IS NULL OR s.ends_at >= $1 ORDER BY s.place";
pub(super) const COUNT_INCIDENTS: &str =
    "SELECT state, level, count(*) FROM incidents INDEXED BY incidents_list GROUP BY state, level";
pub(super) const COUNT_TASKS: &str = "\
SELECT kind, state, count(*) FROM tasks WHERE state IN ('waiting', 'leased') AND rank < 2 GROUP BY kind, state
UNION ALL SELECT kind, state, count(*) FROM tasks WHERE state = 'dead' GROUP BY kind, state ORDER BY 1, 2";
pub(super) const COUNT_DELIVERIES: &str = "\
SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM deliveries WHERE trouble IS NOT NULL),
       (SELECT received_at FROM deliveries ORDER BY id DESC LIMIT 1)";

type Answer<T> = Result<T, Failure>;

/// A page out of one row more than asked for: that one tells whether there is another page.
fn page<T>(mut rows: Vec<(i64, T)>, limit: usize) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|(place, _)| *place).filter(|_| more);
    Page { items: rows.into_iter().map(|(_, row)| row).collect(), next }
}

fn one_more(limit: usize) -> i64 {
    count(limit).saturating_add(1)
}

pub(super) async fn incidents(connection: &mut SqliteConnection, filter: &IncidentFilter) -> Answer<Page<IncidentRow>> {
    let states = serde_json::to_string(&filter.states)?;
    let found = sqlx::query(LIST_INCIDENTS)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(states)
        .bind(filter.level.map(domain::policy::Level::as_str))
        .bind(filter.project.clone())
        .bind(one_more(filter.limit))
        .fetch_all(connection)
        .await?;
    let rows: Result<Vec<_>, _> = found.iter().map(|row| rows::incident(row).map(|row| (row.place, row))).collect();
    Ok(page(rows?, filter.limit))
}

pub(super) async fn incident(connection: &mut SqliteConnection, id: IncidentId) -> Answer<Option<IncidentRow>> {
    let found = sqlx::query(ONE_INCIDENT).bind(id.bits().cast_signed()).fetch_optional(connection).await?;
    Ok(found.as_ref().map(rows::incident).transpose()?)
}

pub(super) async fn incidents_named(connection: &mut SqliteConnection, name: &str) -> Answer<Vec<IncidentId>> {
    let name = name.trim();
    let (from, to) = incident_range(name).map_or((1, 0), std::ops::RangeInclusive::into_inner);
    let found = sqlx::query(INCIDENTS_NAMED).bind(name.to_owned()).bind(from).bind(to).fetch_all(connection).await?;
    let mut named = Vec::new();
    for row in &found {
        let id = incident_id(row.try_get(0)?);
        if named.len() < MOST_NAMED && !named.contains(&id) {
            named.push(id);
        }
    }
    Ok(named)
}

pub(super) async fn timeline(
    connection: &mut SqliteConnection,
    incident: IncidentId,
    after: Option<i64>,
    limit: usize,
) -> Answer<Page<TimelineRow>> {
    let found = sqlx::query(TIMELINE)
        .bind(incident.bits().cast_signed())
        .bind(after.unwrap_or(i64::MIN))
        .bind(one_more(limit))
        .fetch_all(connection)
        .await?;
    let rows: Result<Vec<_>, _> = found.iter().map(|row| rows::entry(row).map(|row| (row.id, row))).collect();
    Ok(page(rows?, limit))
}

pub(super) async fn escalations(
    connection: &mut SqliteConnection,
    filter: &EscalationFilter,
) -> Answer<Page<EscalationRow>> {
    let (before, limit) = (filter.before.unwrap_or(i64::MAX), one_more(filter.limit));
    let query = match (filter.incident, filter.live) {
        (Some(incident), live) => {
            let query = sqlx::query(LIST_ESCALATIONS_OF).bind(before).bind(limit);
            query.bind(incident.bits().cast_signed()).bind(i64::from(live))
        }
        (None, true) => sqlx::query(LIST_LIVE_ESCALATIONS).bind(before).bind(limit),
        (None, false) => sqlx::query(LIST_ESCALATIONS).bind(before).bind(limit),
    };
    let found = query.fetch_all(connection).await?;
    let rows: Result<Vec<_>, _> = found.iter().map(rows::escalation).collect();
    Ok(page(rows?, filter.limit))
}

pub(super) async fn escalations_named(connection: &mut SqliteConnection, name: &str) -> Answer<Vec<EscalationId>> {
    let Some(range) = escalation_range(name) else { return Ok(Vec::new()) };
    let query = sqlx::query(ESCALATIONS_NAMED).bind(*range.start()).bind(*range.end()).bind(count(MOST_NAMED));
    let found = query.fetch_all(connection).await?;
    found.iter().map(|row| Ok(EscalationId::from_bits(row.try_get::<i64, _>(0)?.cast_unsigned()))).collect()
}

pub(super) async fn escalation(connection: &mut SqliteConnection, id: EscalationId) -> Answer<Option<EscalationRow>> {
    let found = sqlx::query(ONE_ESCALATION).bind(id.bits().cast_signed()).fetch_optional(connection).await?;
    Ok(found.as_ref().map(rows::escalation).transpose()?.map(|(_, row)| row))
}

pub(super) async fn deliveries(
    connection: &mut SqliteConnection,
    filter: &DeliveryFilter,
) -> Answer<Page<DeliveryRow>> {
    let query = sqlx::query(if filter.trouble { LIST_TROUBLED_DELIVERIES } else { LIST_DELIVERIES });
    let found = query
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.outcome.map(domain::signal::Outcome::as_str))
        .bind(one_more(filter.limit))
        .fetch_all(connection)
        .await?;
    let rows: Result<Vec<_>, _> = found.iter().map(|row| rows::delivery(row).map(|row| (row.id.0, row))).collect();
    Ok(page(rows?, filter.limit))
}

pub(super) async fn delivery(connection: &mut SqliteConnection, id: DeliveryId) -> Answer<Option<StoredDelivery>> {
    let Some(found) = sqlx::query(ONE_DELIVERY).bind(id.0).fetch_optional(connection).await? else { return Ok(None) };
    let row = rows::delivery(&found)?;
    let body = rows::body(&found, row.length)?;
    Ok(Some(StoredDelivery { row, body }))
}

fn run_of(row: &SqliteRow) -> Answer<AgentRun> {
    Ok(Cells::of(row, "agent_runs", 0).json(1, "data")?)
}

pub(super) async fn runs(connection: &mut SqliteConnection, incident: IncidentId) -> Answer<Vec<AgentRun>> {
    let found = sqlx::query(RUNS).bind(incident.bits().cast_signed()).fetch_all(connection).await?;
    found.iter().map(run_of).collect()
}

pub(super) async fn run(connection: &mut SqliteConnection, id: RunId) -> Answer<Option<AgentRun>> {
    let found = sqlx::query(ONE_RUN).bind(id.bits().cast_signed()).fetch_optional(connection).await?;
    found.as_ref().map(run_of).transpose()
}

pub(super) async fn receipt(
    connection: &mut SqliteConnection,
    incident: IncidentId,
    channel: &Name,
) -> Answer<Option<serde_json::Value>> {
    let query = sqlx::query(RECEIPT).bind(incident.bits().cast_signed()).bind(channel.as_str().to_owned());
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(Cells::of(&row, "messages", 0).json(1, "receipt")?))
}

pub(super) async fn bundled(connection: &mut SqliteConnection, bundle: BundleId) -> Answer<Vec<TaskRow>> {
    let found = sqlx::query(BUNDLED).bind(bundle.bits().cast_signed()).fetch_all(connection).await?;
    found.iter().map(|row| Ok(rows::task(row, 0, incident_id(row.try_get(8)?))?)).collect()
}

pub(super) async fn bundles_named(connection: &mut SqliteConnection, name: &str) -> Answer<Vec<BundleId>> {
    let Some(range) = bundle_range(name) else { return Ok(Vec::new()) };
    let query = sqlx::query(BUNDLES_NAMED).bind(*range.start()).bind(*range.end()).bind(count(MOST_NAMED));
    let found = query.fetch_all(connection).await?;
    found.iter().map(|row| Ok(BundleId::from_bits(row.try_get::<i64, _>(0)?.cast_unsigned()))).collect()
}

pub(super) async fn standing(connection: &mut SqliteConnection, since: Timestamp) -> Answer<(u64, Standing)> {
    let found = sqlx::query(STANDING).bind(since.millis()).fetch_all(connection).await?;
    let (mut revision, mut standing) = (0, Standing::default());
    for row in &found {
        revision = row.try_get::<i64, _>(0)?.cast_unsigned();
        // A silence that cannot be read quiets nobody, and a lost override leaves whom the schedule names: both err towards telling people.
        if let Err(error) = rows::standing_order(row, &mut standing) {
            tracing::error!(error = %error, "a standing order cannot be read; it is passed over");
        }
    }
    Ok((revision, standing))
}

pub(super) async fn labels(connection: &mut SqliteConnection, since: Timestamp) -> Answer<Vec<TruthLabel>> {
    let found = sqlx::query(LABELS).bind(since.millis()).fetch_all(connection).await?;
    let labels = found.iter().map(|row| {
        let cells = Cells::of(row, "labels", 0);
        let priority = |word: &str| Priority::ALL.into_iter().find(|priority| priority.as_str() == word);
        Ok(TruthLabel {
            at: cells.time(1, "at")?,
            incident: incident_id(cells.number(2, "incident")?),
            by: cells.text(3, "said_by")?.to_owned(),
            said: cells.word(4, "said", priority)?,
            triaged: cells.word(5, "triaged", priority)?,
            score: u8::try_from(cells.number(6, "score")?).map_err(|error| cells.corrupt("score", &error))?,
            reason: cells.maybe_text(7, "reason")?.map(str::to_owned),
        })
    });
    labels.collect()
}

pub(super) async fn policy(connection: &mut SqliteConnection, hash: &PolicyHash) -> Answer<Option<String>> {
    Ok(sqlx::query_scalar(POLICY).bind(hash.0.clone()).fetch_optional(connection).await?)
}

pub(super) async fn owed(connection: &mut SqliteConnection, limit: usize) -> Answer<Vec<Owed>> {
    let found = sqlx::query(OWED).bind(count(limit)).fetch_all(connection).await?;
    let owed = found.iter().map(|row| {
        let incident: domain::incident::Incident = Cells::of(row, "incidents", 8).json(10, "data")?;
        let state = incident.state.as_str().to_owned();
        Ok(Owed { task: rows::task(row, 0, incident.id)?, title: incident.subject.title, state })
    });
    owed.collect()
}

pub(super) async fn next_due(connection: &mut SqliteConnection) -> Answer<Option<Timestamp>> {
    let due: Option<i64> = sqlx::query_scalar(super::claim::NEXT_DUE).fetch_one(connection).await?;
    Ok(due.map(Timestamp::from_millis))
}

pub(super) async fn figures(connection: &mut SqliteConnection, now: Timestamp) -> Answer<Figures> {
    let incidents: Vec<(String, String, i64)> = sqlx::query_as(COUNT_INCIDENTS).fetch_all(&mut *connection).await?;
    let tasks: Vec<(String, String, i64)> = sqlx::query_as(COUNT_TASKS).fetch_all(&mut *connection).await?;
    let (deliveries, unreadable, last): (i64, i64, Option<i64>) =
        sqlx::query_as(COUNT_DELIVERIES).fetch_one(&mut *connection).await?;
    Ok(Figures {
        incidents: incidents.into_iter().map(|(state, level, count)| (state, level, count.cast_unsigned())).collect(),
        tasks: tasks.into_iter().map(|(work, state, count)| (work, state, count.cast_unsigned())).collect(),
        oldest_due: next_due(connection).await?.filter(|due| *due <= now),
        last_delivery_at: last.map(Timestamp::from_millis),
        unreadable: unreadable.cast_unsigned(),
        deliveries: deliveries.cast_unsigned(),
        bytes: 0,
    })
}

/// A list of numbers for `json_each`.
pub(super) fn numbers(values: &[i64]) -> String {
    let mut rows = Rows::none();
    values.iter().for_each(|value| rows.number(*value));
    rows.into_parts().0
}
