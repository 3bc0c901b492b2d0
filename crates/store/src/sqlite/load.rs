//! What a scope names becomes a workspace: one trip to SQLite for the names, a second one for the incidents that they lead to.

use std::collections::{BTreeMap, BTreeSet};

use domain::attention::{Attention, Whose};
use domain::baseline::Baseline;
use domain::id::{IncidentId, TaskId};
use domain::incident::Incident;
use domain::policy::Level;
use domain::project::ProjectHistory;
use domain::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::rows::{self, Cells, incident_id};
use super::sent::Rows;
use super::writer::Failure;
use crate::attention::whose;
use crate::contract::{Loaded, Scope};
use crate::error::StoreError;
use crate::record::{AgentRun, DueWake, Identity, TaskRow};

/// The first column says which question a row answers. `BEGIN` travels along, because each trip costs more than its statements.
/// There is one row of attention for each name that was paged lately; the limit is for a policy that makes up names. All of it comes as one
/// text, a line for each: rows of their own would cost nearly twice as much, with every transaction.
pub(super) const LOAD: &str = "\
BEGIN IMMEDIATE;
SELECT 0,
       max(delivery_floor, ifnull((SELECT max(id) FROM deliveries), 0)),
       max(place_floor, ifnull((SELECT max(place) FROM incidents), 0)),
       max(task_floor, ifnull((SELECT max(id) FROM tasks), 0)), standing,
       (SELECT group_concat(key || ' ' || data, char(10)) FROM (SELECT key, data FROM attention ORDER BY key LIMIT 2000))
  FROM process;
SELECT 1, j.key, d.id, d.generation, d.received_at, d.outcome, d.incident
  FROM json_each($1) AS j CROSS JOIN deliveries AS d
    ON d.seen_at = j.value AND d.digest = substr($2, j.key * 16 + 2, 16)
 WHERE $1 <> '[]';
SELECT 2, j.key, d.id, d.generation, d.received_at, d.outcome, d.incident
  FROM json_each($3) AS j CROSS JOIN deliveries AS d
    ON d.event_seen_at = j.value AND d.event_digest = substr($4, j.key * 16 + 2, 16) AND d.event_digest IS NOT NULL
 WHERE $3 <> '[]';
SELECT 3, j.key, n.incident, n.transition, n.transition_at, n.resolved_as_of, n.last_signal_at,
       n.hour, n.events, n.events_before, n.weight, n.mean, n.variance, n.observed, n.peak, n.total, n.total_at, n.label
  FROM json_each($5) AS j CROSS JOIN identities AS n
    ON n.key = CAST(substr($6, j.value >> 24, j.value & 16777215) AS TEXT)
 WHERE $5 <> '[]';
SELECT 4, i.place FROM json_each($7) AS j CROSS JOIN incidents AS i ON i.id = j.value WHERE $7 <> '[]';
SELECT 5, t.incident, t.id, t.due_at, t.first_due, t.attempt, t.token, t.state, t.work, t.trouble
  FROM json_each($8) AS j CROSS JOIN tasks AS t ON t.id = j.value->>0
 WHERE $8 <> '[]' AND t.token = j.value->>1 AND t.state = 'leased';
SELECT 6, r.incident, r.id, r.data FROM json_each($9) AS j CROSS JOIN agent_runs AS r ON r.id = j.value WHERE $9 <> '[]';
SELECT 7, t.incident, t.due_at, t.plan FROM tasks AS t
 WHERE t.state IN ('waiting', 'leased') AND t.rank = 2 AND t.lane = '' AND t.ready_at <= $10
 ORDER BY t.ready_at, t.id LIMIT $11 + 0;
SELECT 8, i.place FROM incidents AS i WHERE i.resolved_at IS NULL AND i.place > $12 ORDER BY i.place LIMIT $13 + 0;
SELECT 9, t.incident, t.id, t.due_at, t.first_due, t.attempt, t.token, t.state, t.work, t.trouble
  FROM json_each($14) AS j CROSS JOIN incidents AS i ON i.id = j.value CROSS JOIN tasks AS t ON t.incident = i.place
 WHERE $14 <> '[]' AND t.rank < 2 AND t.kind = 'page' AND t.state IN ('waiting', 'leased') ORDER BY t.id;
SELECT 10, j.key, p.shape, p.releases
  FROM json_each($15) AS j CROSS JOIN projects AS p
    ON p.key = CAST(substr($16, j.value >> 24, j.value & 16777215) AS TEXT)
 WHERE $15 <> '[]'";

/// The incidents at these places.
pub(super) const INCIDENTS: &str =
    "SELECT i.place, i.version, i.data FROM json_each($1) AS j CROSS JOIN incidents AS i ON i.place = j.value";

/// A workspace, and what the store itself remembers of the rows it was made of.
pub(super) struct Workspace {
    pub(super) loaded: Loaded,
    pub(super) held: Held,
}

/// The rows behind a workspace. The decision never sees them: it could only get them wrong.
#[derive(Default)]
pub(super) struct Held {
    pub(super) incidents: BTreeMap<IncidentId, HeldIncident>,
    pub(super) tokens: BTreeMap<TaskId, u64>,
    pub(super) last_place: i64,
    pub(super) last_task: i64,
}

/// An incident's row.
pub(super) struct HeldIncident {
    pub(super) place: i64,
    pub(super) version: u64,
    pub(super) shown: Shown,
    pub(super) issues: Vec<String>,
}

/// The columns by which lists find an incident.
#[derive(Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) state: &'static str,
    pub(super) level: Level,
    pub(super) project: Option<String>,
    pub(super) project_number: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) resolved_at: Option<Timestamp>,
}

impl Shown {
    pub(super) fn of(incident: &Incident) -> Self {
        let project = incident.subject.project.as_ref();
        Self {
            state: incident.state.as_str(),
            level: incident.level,
            project: project.and_then(|project| project.slug.clone()),
            project_number: project.and_then(|project| project.id.clone()),
            external_id: incident.external_id.clone(),
            resolved_at: match incident.state {
                domain::incident::State::Resolved { at, .. } => Some(at),
                _ => None,
            },
        }
    }
}

/// Begins the transaction and loads.
pub(super) async fn load(connection: &mut SqliteConnection, scope: &Scope) -> Result<Workspace, Failure> {
    let asked = ask(connection, scope).await?;
    let mut reading = Reading::default();
    for row in &asked {
        reading.take(row, scope)?;
    }
    let mut work = reading.close(scope);
    let swept = std::mem::take(&mut reading.swept);
    let demanded = std::mem::take(&mut reading.places);
    let wanted: BTreeSet<i64> = demanded.union(&swept).copied().collect();
    let mut ids: BTreeMap<i64, IncidentId> = BTreeMap::new();
    if !wanted.is_empty() {
        let mut places = Rows::none();
        wanted.iter().for_each(|place| places.number(*place));
        let found = sqlx::query(INCIDENTS).bind(places.into_parts().0).fetch_all(connection).await?;
        for row in &found {
            let row = match rows::incident(row) {
                Ok(row) => row,
                // One damaged row must not stop every timer behind it; whoever asks for this very incident is told.
                Err(error) if !demanded.contains(&row.try_get(0)?) => {
                    tracing::error!(error = %error, "an incident cannot be read; its timer is passed over");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            ids.insert(row.place, row.incident.id);
            work.held.incidents.insert(
                row.incident.id,
                HeldIncident {
                    place: row.place,
                    version: row.version,
                    shown: Shown::of(&row.incident),
                    issues: row.incident.issues.iter().map(|issue| issue.id.clone()).collect(),
                },
            );
            work.loaded.incidents.insert(row.incident.id, row.incident);
        }
    }
    reading.name(&ids, &mut work, scope);
    Ok(work)
}

async fn ask(connection: &mut SqliteConnection, scope: &Scope) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let (mut deliveries, mut events, mut identities) = (Keys::none(), Keys::none(), Rows::none());
    scope.deliveries.iter().for_each(|key| deliveries.add(key.seen_at, &key.digest));
    scope.events.iter().for_each(|key| events.add(key.seen_at, &key.digest));
    scope.identities.iter().for_each(|key| identities.span(key.0.as_bytes()));
    let (mut incidents, mut tasks, mut runs) = (Rows::none(), Rows::none(), Rows::none());
    scope.incidents.iter().for_each(|id| incidents.number(id.bits().cast_signed()));
    for (id, token) in &scope.tasks {
        tasks.row().number(id.0).number(token.cast_signed());
    }
    scope.runs.iter().for_each(|id| runs.number(id.bits().cast_signed()));
    let mut open_pages = Rows::none();
    scope.open_pages.iter().for_each(|id| open_pages.number(id.bits().cast_signed()));
    let (wake_until, wake_limit) = scope.wakes.map_or((0, 0), |(now, limit)| (now.millis(), count(limit)));
    // One more than asked for tells whether there is another page.
    let (live_after, live_limit) = scope.live.map_or((0, 0), |live| (live.after, count(live.limit).saturating_add(1)));
    let (seen, digests) = deliveries.0.into_parts();
    let (event_seen, event_digests) = events.0.into_parts();
    let (spans, names) = identities.into_parts();
    let mut projects = Rows::none();
    scope.projects.iter().for_each(|key| projects.span(key.0.as_bytes()));
    let (project_spans, project_names) = projects.into_parts();
    sqlx::query(LOAD)
        .bind(seen)
        .bind(digests)
        .bind(event_seen)
        .bind(event_digests)
        .bind(spans)
        .bind(names)
        .bind(incidents.into_parts().0)
        .bind(tasks.into_parts().0)
        .bind(runs.into_parts().0)
        .bind(wake_until)
        .bind(wake_limit)
        .bind(live_after)
        .bind(live_limit)
        .bind(open_pages.into_parts().0)
        .bind(project_spans)
        .bind(project_names)
        .fetch_all(connection)
        .await
}

/// Delivery and event keys: the times as numbers, the digests beside them, sixteen bytes each.
struct Keys(Rows);

impl Keys {
    fn none() -> Self {
        Self(Rows::none())
    }

    fn add(&mut self, seen_at: Timestamp, digest: &[u8; 16]) {
        self.0.number(seen_at.millis());
        self.0.append(digest);
    }
}

/// All its columns are there, or none.
fn baseline(cells: &Cells<'_>) -> Result<Option<Baseline>, StoreError> {
    if cells.maybe(7, "hour")?.is_none() {
        return Ok(None);
    }
    let total = cells.maybe(15, "total")?.map(i64::cast_unsigned);
    Ok(Some(Baseline {
        hour: cells.small(7, "hour")?,
        count: cells.small(8, "events")?,
        before: cells.small(9, "events_before")?,
        weight: cells.small(10, "weight")?,
        mean: cells.number(11, "mean")?.cast_unsigned(),
        variance: cells.number(12, "variance")?.cast_unsigned(),
        observed: cells.small(13, "observed")?,
        peak: cells.number(14, "peak")?.cast_unsigned(),
        total: total.zip(cells.maybe_time(16, "total_at")?),
    }))
}

/// From a line of `key data`; JSON as we write it has no line break. `None` also for somebody that only a newer version knows.
fn attention(line: &[u8]) -> Option<(Whose, Attention)> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let whose = whose(std::str::from_utf8(&line[..space]).ok()?)?;
    match serde_json::from_slice(&line[space + 1..]) {
        Ok(known) => Some((whose, known)),
        // Every transaction loads it: a damaged one must not stop them all. It is as good as none, and its next change mends it.
        Err(error) => {
            tracing::error!(?whose, error = %error, "attention cannot be read; it is passed over");
            None
        }
    }
}

pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Answers whose incident is known only by its place so far.
#[derive(Default)]
struct Reading {
    work: Loaded,
    held: Held,
    /// Incidents that the caller named, itself or through something of theirs.
    places: BTreeSet<i64>,
    /// Incidents that came along because something is due or alive.
    swept: BTreeSet<i64>,
    identities: Vec<(usize, Option<i64>, Identity)>,
    tasks: Vec<(i64, TaskRow)>,
    open_pages: Vec<(i64, TaskRow)>,
    runs: Vec<AgentRun>,
    wakes: Vec<(i64, Timestamp, u32)>,
    live: Vec<i64>,
}

impl Reading {
    fn take(&mut self, row: &SqliteRow, scope: &Scope) -> Result<(), Failure> {
        let index = |at| row.try_get::<i64, _>(at).ok().and_then(|key| usize::try_from(key).ok());
        match row.try_get::<i64, _>(0)? {
            0 => {
                self.work.next_delivery = row.try_get::<i64, _>(1)? + 1;
                self.work.standing = row.try_get::<i64, _>(4)?.cast_unsigned();
                let lines = row.try_get::<Option<&[u8]>, _>(5)?.unwrap_or_default();
                self.work.attention = lines.split(|byte| *byte == b'\n').filter_map(attention).collect();
                self.held.last_place = row.try_get(2)?;
                self.held.last_task = row.try_get(3)?;
            }
            1 => {
                if let Some(key) = index(1).and_then(|at| scope.deliveries.get(at)) {
                    let known = rows::known_delivery(row, 2)?;
                    let newest = self.work.deliveries.get(key).is_none_or(|other| other.generation < known.generation);
                    if newest {
                        self.work.deliveries.insert(*key, known);
                    }
                }
            }
            2 => {
                if let Some(key) = index(1).and_then(|at| scope.events.get(at)) {
                    self.work.events.insert(*key, rows::known_delivery(row, 2)?);
                }
            }
            3 => {
                let cells = Cells::of(row, "identities", 2);
                let lifecycle = cells.maybe_json(3, "transition")?;
                let identity = Identity {
                    baseline: baseline(&cells)?,
                    label: cells.maybe_json(17, "label")?,
                    incident: None,
                    transition: lifecycle.zip(cells.maybe_time(4, "transition_at")?),
                    resolved_as_of: cells.maybe_time(5, "resolved_as_of")?,
                    last_signal_at: cells.maybe_time(6, "last_signal_at")?,
                };
                let place = cells.maybe(2, "incident")?;
                self.places.extend(place);
                self.identities.extend(index(1).map(|at| (at, place, identity)));
            }
            4 => {
                self.places.insert(row.try_get(1)?);
            }
            5 => {
                let place = row.try_get(1)?;
                let task = rows::task(row, 2, incident_id(0))?;
                self.places.insert(place);
                self.tasks.push((place, task));
            }
            6 => {
                self.places.insert(row.try_get(1)?);
                self.runs.push(Cells::of(row, "agent_runs", 2).json(3, "data")?);
            }
            7 => {
                let cells = Cells::of(row, "tasks", 1);
                let place = cells.number(1, "incident")?;
                self.swept.insert(place);
                self.wakes.push((place, cells.time(2, "due_at")?, cells.small(3, "plan")?));
            }
            8 => self.live.push(row.try_get(1)?),
            10 => {
                if let Some(key) = index(1).and_then(|at| scope.projects.get(at)) {
                    let cells = Cells::of(row, "projects", 1);
                    let known = ProjectHistory { shape: cells.json(2, "shape")?, releases: cells.json(3, "releases")? };
                    self.work.projects.insert(key.clone(), known);
                }
            }
            _ => {
                let place = row.try_get(1)?;
                self.places.insert(place);
                self.open_pages.push((place, rows::task(row, 2, incident_id(0))?));
            }
        }
        Ok(())
    }

    /// Ends the page of live incidents, and hands over what needs no incident's name.
    fn close(&mut self, scope: &Scope) -> Workspace {
        if let Some(live) = scope.live {
            if self.live.len() > live.limit {
                self.live.truncate(live.limit);
                self.work.live_next = Some(self.live.last().copied().unwrap_or(live.after));
            }
            self.swept.extend(&self.live);
        }
        Workspace { loaded: std::mem::take(&mut self.work), held: std::mem::take(&mut self.held) }
    }

    /// Gives everything the name of its incident.
    fn name(self, ids: &BTreeMap<i64, IncidentId>, work: &mut Workspace, scope: &Scope) {
        for (at, place, identity) in self.identities {
            if let Some(key) = scope.identities.get(at) {
                // An incident that was cleaned up since is as good as none.
                let incident = place.and_then(|place| ids.get(&place).copied());
                work.loaded.identities.insert(key.clone(), Identity { incident, ..identity });
            }
        }
        for (place, mut task) in self.tasks {
            if let Some(incident) = ids.get(&place) {
                task.incident = *incident;
                work.held.tokens.insert(task.id, task.token);
                work.loaded.tasks.insert(task.id, task);
            }
        }
        for (place, mut task) in self.open_pages {
            if let Some(incident) = ids.get(&place) {
                task.incident = *incident;
                work.loaded.open_pages.push(task);
            }
        }
        work.loaded.runs = self.runs.into_iter().map(|run| (run.id, run)).collect();
        work.loaded.wakes = self
            .wakes
            .into_iter()
            .filter_map(|(place, due, plan)| ids.get(&place).map(|incident| DueWake { incident: *incident, due, plan }))
            .collect();
    }
}
