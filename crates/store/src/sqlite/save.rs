//! Changes become rows: one trip to SQLite for a whole batch, as each trip costs about 60 µs whatever it holds.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::IncidentId;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::load::Held;
use super::rows::incident_id;
use super::sections::Sections;
use super::sent::Rows;
use super::writer::Failure;
use crate::contract::Changes;
use crate::error::StoreError;
use crate::record::FinishedTask;

/// Everything that a save may do, in the order in which it must be done. A section without rows costs next to nothing, because SQLite looks at
/// what depends on no row before it opens anything; and a text that never changes is prepared once. Rows come through `jsonb_each`: `json_each`
/// would write each row out as text again for each of its cells.
pub(super) const SAVE: &str = "\
UPDATE tasks SET due_at = due_at + $1, first_due = first_due + $1, ready_at = ready_at + $1
 WHERE $1 <> 0 AND state IN ('waiting', 'leased') AND rank < 2;
UPDATE tasks SET state = j.value->>2, due_at = ifnull(j.value->>3, tasks.due_at), ready_at = ifnull(j.value->>3, tasks.ready_at),
       trouble = CASE WHEN j.value->>4 IS NULL THEN tasks.trouble ELSE CAST(substr($3, j.value->>4, j.value->>5) AS TEXT) END
  FROM jsonb_each($2) AS j
 WHERE $2 <> '[]' AND tasks.id = j.value->>0 AND tasks.token = j.value->>1 AND tasks.state = 'leased';
UPDATE tasks INDEXED BY tasks_incident SET state = 'dropped', token = token + 1
 WHERE $4 <> '[]' AND incident IN (SELECT value FROM json_each($4)) AND rank < 2 AND kind = 'page' AND state IN ('waiting', 'leased');
INSERT INTO deliveries (id, seen_at, digest, generation, event_seen_at, event_digest, received_at, outcome, incident, packing,
       length, resource, action, trouble, secret, headers, body)
SELECT value->>0, value->>1, substr($6, value->>2, 16), value->>3, value->>4, substr($6, value->>5, 16), value->>6, value->>7,
       value->>8, value->>9, value->>10,
       CAST(substr($6, value->>11, value->>12) AS TEXT), CAST(substr($6, value->>13, value->>14) AS TEXT),
       CAST(substr($6, value->>15, value->>16) AS TEXT), CAST(substr($6, value->>17, value->>18) AS TEXT),
       CAST(substr($6, value->>19, value->>20) AS TEXT), substr($6, value->>21, value->>22)
  FROM jsonb_each($5) WHERE $5 <> '[]';
INSERT INTO incidents (place, id, version, plan, state, level, resolved_at, project, project_number, external_id, data)
SELECT value->>0, value->>1, 1, value->>2, value->>3, value->>4, value->>5,
       CAST(substr($8, value->>6, value->>7) AS TEXT), CAST(substr($8, value->>8, value->>9) AS TEXT),
       CAST(substr($8, value->>10, value->>11) AS TEXT), CAST(substr($8, value->>12, value->>13) AS TEXT)
  FROM jsonb_each($7) WHERE $7 <> '[]';
UPDATE incidents SET version = version + 1, plan = j.value->>2, data = CAST(substr($10, j.value->>3, j.value->>4) AS TEXT)
  FROM jsonb_each($9) AS j
 WHERE $9 <> '[]' AND incidents.place = j.value->>0 AND incidents.version = j.value->>1;
UPDATE incidents SET version = version + 1, plan = j.value->>2, state = j.value->>3, level = j.value->>4, resolved_at = j.value->>5,
       project = CAST(substr($12, j.value->>6, j.value->>7) AS TEXT),
       project_number = CAST(substr($12, j.value->>8, j.value->>9) AS TEXT),
       external_id = CAST(substr($12, j.value->>10, j.value->>11) AS TEXT),
       data = CAST(substr($12, j.value->>12, j.value->>13) AS TEXT)
  FROM jsonb_each($11) AS j
 WHERE $11 <> '[]' AND incidents.place = j.value->>0 AND incidents.version = j.value->>1;
INSERT OR IGNORE INTO issues (issue, incident)
SELECT CAST(substr($14, value->>1, value->>2) AS TEXT), value->>0 FROM jsonb_each($13) WHERE $13 <> '[]';
INSERT INTO identities (key, incident, transition, transition_at, resolved_as_of, last_signal_at, hour, events, events_before, weight,
       mean, variance, observed, peak, total, total_at, label)
SELECT CAST(substr($16, value->>0, value->>1) AS TEXT), value->>2, CAST(substr($16, value->>3, value->>4) AS TEXT), value->>5,
       value->>6, value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15,
       value->>16, value->>17, CAST(substr($16, value->>18, value->>19) AS TEXT)
  FROM jsonb_each($15) WHERE $15 <> '[]'
    ON CONFLICT (key) DO UPDATE SET incident = excluded.incident, transition = excluded.transition,
       transition_at = excluded.transition_at, resolved_as_of = excluded.resolved_as_of, last_signal_at = excluded.last_signal_at,
       hour = excluded.hour, events = excluded.events, events_before = excluded.events_before, weight = excluded.weight, mean = excluded.mean,
       variance = excluded.variance, observed = excluded.observed, peak = excluded.peak, total = excluded.total,
       total_at = excluded.total_at, label = excluded.label;
INSERT INTO timeline (incident, at, actor, event, why)
SELECT value->>0, value->>1, CAST(substr($18, value->>2, value->>3) AS TEXT), CAST(substr($18, value->>4, value->>5) AS TEXT),
       CAST(substr($18, value->>6, value->>7) AS TEXT)
  FROM jsonb_each($17) WHERE $17 <> '[]';
INSERT INTO tasks (id, incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, work, bundle)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>5, value->>5, 0, 0, 'waiting',
       CAST(substr($20, value->>6, value->>7) AS TEXT), value->>8
  FROM jsonb_each($19) WHERE $19 <> '[]';
INSERT INTO tasks (incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, plan)
SELECT value->>0, 'wake', 2, '', value->>1, value->>1, value->>1, 0, 0, 'waiting', value->>2
  FROM jsonb_each($21) WHERE $21 <> '[]'
    ON CONFLICT (incident) WHERE kind = 'wake'
    DO UPDATE SET due_at = excluded.due_at, ready_at = excluded.ready_at, first_due = excluded.first_due, plan = excluded.plan;
DELETE FROM tasks WHERE $22 <> '[]' AND kind = 'wake' AND incident IN (SELECT value FROM json_each($22));
INSERT INTO agent_runs (id, incident, phase, data)
SELECT value->>0, value->>1, value->>2, CAST(substr($24, value->>3, value->>4) AS TEXT)
  FROM jsonb_each($23) WHERE $23 <> '[]'
    ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, data = excluded.data;
INSERT INTO escalations (id, incident, ordinal, level, state, starts_at, rungs, attempts, next_at, first_delivered_at,
       acknowledged_at, ended_at, synthetic, steps, steps_on_time, pages_delivered, pages_failed, response_due_at, interruptions,
       opened_at, first_due_at, exhausted_at, resolved_by, signals_before, signals)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9, value->>10,
       value->>11, value->>12, value->>13, value->>14, value->>15, value->>16, value->>17, value->>18,
       value->>19, value->>20, value->>21, value->>22, value->>23, value->>24
  FROM jsonb_each($25) WHERE $25 <> '[]'
    ON CONFLICT (id) DO UPDATE SET level = excluded.level, state = excluded.state, starts_at = excluded.starts_at,
       rungs = excluded.rungs, attempts = excluded.attempts, next_at = excluded.next_at,
       first_delivered_at = ifnull(first_delivered_at, excluded.first_delivered_at),
       acknowledged_at = ifnull(acknowledged_at, excluded.acknowledged_at),
       ended_at = excluded.ended_at, synthetic = excluded.synthetic, steps = excluded.steps,
       steps_on_time = excluded.steps_on_time, pages_delivered = excluded.pages_delivered, pages_failed = excluded.pages_failed,
       response_due_at = excluded.response_due_at, interruptions = excluded.interruptions, opened_at = excluded.opened_at,
       first_due_at = ifnull(first_due_at, excluded.first_due_at), exhausted_at = ifnull(exhausted_at, excluded.exhausted_at),
       resolved_by = excluded.resolved_by, signals = excluded.signals;
INSERT INTO messages (incident, channel, receipt)
SELECT value->>0, value->>1, CAST(substr($27, value->>2, value->>3) AS TEXT)
  FROM jsonb_each($26) WHERE $26 <> '[]'
    ON CONFLICT (incident, channel) DO UPDATE SET receipt = excluded.receipt;
INSERT INTO projects (key, shape, releases)
SELECT CAST(substr($29, value->>0, value->>1) AS TEXT), CAST(substr($29, value->>2, value->>3) AS TEXT),
       CAST(substr($29, value->>4, value->>5) AS TEXT)
  FROM jsonb_each($28) WHERE $28 <> '[]'
    ON CONFLICT (key) DO UPDATE SET shape = excluded.shape, releases = excluded.releases;
INSERT INTO labels (at, incident, said_by, said, triaged, score, reason)
SELECT value->>0, value->>1, CAST(substr($31, value->>2, value->>3) AS TEXT), value->>4, value->>5, value->>6,
       CAST(substr($31, value->>7, value->>8) AS TEXT)
  FROM jsonb_each($30) WHERE $30 <> '[]';
INSERT INTO standing (id, kind, ends_at, data)
SELECT value->>0, value->>1, value->>2, CAST(substr($33, value->>3, value->>4) AS TEXT)
  FROM jsonb_each($32) WHERE $32 <> '[]'
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, ends_at = excluded.ends_at, data = excluded.data;
DELETE FROM standing WHERE $34 <> '[]' AND id IN (SELECT value FROM json_each($34));
UPDATE process SET standing = standing + 1 WHERE $32 <> '[]' OR $34 <> '[]';
INSERT INTO attention (key, last_at, data)
SELECT value->>0, value->>1, CAST(substr($36, value->>2, value->>3) AS TEXT)
  FROM jsonb_each($35) WHERE $35 <> '[]'
    ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, data = excluded.data;
DELETE FROM attention WHERE $37 <> '[]' AND key IN (SELECT value FROM json_each($37));
COMMIT";

/// Incidents that rows point to although nobody loaded them.
pub(super) const PLACES: &str =
    "SELECT i.id, i.place FROM json_each($1) AS j CROSS JOIN incidents AS i ON i.id = j.value";

/// Claimed tasks that end although nobody loaded them.
pub(super) const TOKENS: &str =
    "SELECT t.id, t.token FROM json_each($1) AS j CROSS JOIN tasks AS t ON t.id = j.value WHERE t.state = 'leased'";

/// Saves and commits.
pub(super) async fn save(connection: &mut SqliteConnection, changes: &Changes, held: Held) -> Result<(), Failure> {
    demand_tokens(connection, &changes.finished, &held).await?;
    let places = places(connection, changes, &held).await?;
    let sections = Sections::of(changes, &held, &places)?;
    sections.send(connection).await?;
    Ok(())
}

/// Nothing is saved when a task ends whose token no longer holds (semantics of `finish`).
async fn demand_tokens(connection: &mut SqliteConnection, ends: &[FinishedTask], held: &Held) -> Result<(), Failure> {
    let mut ended = BTreeSet::new();
    let mut unknown = Rows::none();
    let mut claims = BTreeMap::new();
    for end in ends {
        if !ended.insert(end.task) {
            return Err(StoreError::LeaseLost.into());
        }
        match held.tokens.get(&end.task) {
            Some(token) if *token == end.token => {}
            Some(_) => return Err(StoreError::LeaseLost.into()),
            None => {
                unknown.number(end.task.0);
                claims.insert(end.task.0, end.token.cast_signed());
            }
        }
    }
    if claims.is_empty() {
        return Ok(());
    }
    for row in sqlx::query(TOKENS).bind(unknown.into_parts().0).fetch_all(connection).await? {
        let (id, token): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if claims.get(&id) == Some(&token) {
            claims.remove(&id);
        }
    }
    if claims.is_empty() { Ok(()) } else { Err(StoreError::LeaseLost.into()) }
}

/// The places of all incidents that the changes speak of: loaded, new, or looked up here.
async fn places(
    connection: &mut SqliteConnection,
    changes: &Changes,
    held: &Held,
) -> Result<BTreeMap<IncidentId, i64>, Failure> {
    let mut places: BTreeMap<IncidentId, i64> = held.incidents.iter().map(|(id, row)| (*id, row.place)).collect();
    let mut opened: Vec<_> = changes.incidents.values().filter(|incident| !places.contains_key(&incident.id)).collect();
    opened.sort_by_key(|incident| (incident.opened_at, incident.id));
    places.extend(opened.iter().zip(held.last_place + 1..).map(|(incident, place)| (incident.id, place)));
    let demanded = changes
        .timeline
        .iter()
        .map(|entry| entry.incident)
        .chain(changes.wakes.iter().filter(|(_, wake)| wake.is_some()).map(|(id, _)| *id))
        .chain(changes.tasks.iter().map(|task| task.incident))
        .chain(changes.identities.values().filter_map(|identity| identity.incident))
        .chain(changes.runs.values().map(|run| run.incident))
        .chain(changes.escalations.values().map(|row| row.incident))
        .chain(changes.receipts.iter().map(|row| row.incident));
    let demanded: BTreeSet<IncidentId> = demanded.filter(|id| !places.contains_key(id)).collect();
    let wished = changes.cancel_pages.iter().chain(changes.wakes.keys()).filter(|id| !places.contains_key(id)).copied();
    let unknown: BTreeSet<IncidentId> = wished.chain(demanded.iter().copied()).collect();
    if unknown.is_empty() {
        return Ok(places);
    }
    let mut ids = Rows::none();
    unknown.iter().for_each(|id| ids.number(id.bits().cast_signed()));
    for row in sqlx::query(PLACES).bind(ids.into_parts().0).fetch_all(connection).await? {
        places.insert(incident_id(row.try_get(0)?), row.try_get(1)?);
    }
    match demanded.iter().find(|id| !places.contains_key(id)) {
        Some(id) => Err(StoreError::Refused { reason: format!("there is no incident {id}") }.into()),
        None => Ok(places),
    }
}
