//! Changes become rows: one trip to SQLite for a whole batch, as each trip costs about 60 µs whatever it holds.

use std::collections::{BTreeMap, BTreeSet};

use domain::attention::Attention;
use domain::baseline::Baseline;
use domain::id::IncidentId;
use domain::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::load::{Held, Shown};
use super::rows::{OVERRIDE, SILENCE, incident_id};
use super::sent::{Row, Rows};
use super::writer::Failure;
use crate::attention::{key, last_at};
use crate::contract::Changes;
use crate::error::StoreError;
use crate::record::{FinishedTask, NewDelivery, Packing, StandingOrder, TaskEnd};

/// Everything that a save may do, in the order in which it must be done. Sections without rows cost next to nothing, and a text
/// that never changes is prepared once. Rows come through `jsonb_each`: `json_each` would write each row out as text again for each
/// of its cells.
pub(super) const SAVE: &str = "\
UPDATE tasks SET due_at = due_at + $1, first_due = first_due + $1, ready_at = ready_at + $1
 WHERE $1 <> 0 AND state IN ('waiting', 'leased') AND rank < 2;
UPDATE tasks SET state = j.value->>2, due_at = ifnull(j.value->>3, tasks.due_at), ready_at = ifnull(j.value->>3, tasks.ready_at),
       trouble = CASE WHEN j.value->>4 IS NULL THEN tasks.trouble ELSE CAST(substr($3, j.value->>4, j.value->>5) AS TEXT) END
  FROM jsonb_each($2) AS j
 WHERE tasks.id = j.value->>0 AND tasks.token = j.value->>1 AND tasks.state = 'leased';
UPDATE tasks INDEXED BY tasks_incident SET state = 'dropped', token = token + 1
 WHERE incident IN (SELECT value FROM json_each($4)) AND rank < 2 AND kind = 'page' AND state IN ('waiting', 'leased');
INSERT INTO deliveries (id, seen_at, digest, generation, event_seen_at, event_digest, received_at, outcome, incident, packing,
       length, resource, action, trouble, secret, headers, body)
SELECT value->>0, value->>1, substr($6, value->>2, 16), value->>3, value->>4, substr($6, value->>5, 16), value->>6, value->>7,
       value->>8, value->>9, value->>10,
       CAST(substr($6, value->>11, value->>12) AS TEXT), CAST(substr($6, value->>13, value->>14) AS TEXT),
       CAST(substr($6, value->>15, value->>16) AS TEXT), CAST(substr($6, value->>17, value->>18) AS TEXT),
       CAST(substr($6, value->>19, value->>20) AS TEXT), substr($6, value->>21, value->>22)
  FROM jsonb_each($5);
INSERT INTO incidents (place, id, version, plan, state, level, resolved_at, project, project_number, external_id, data)
SELECT value->>0, value->>1, 1, value->>2, value->>3, value->>4, value->>5,
       CAST(substr($8, value->>6, value->>7) AS TEXT), CAST(substr($8, value->>8, value->>9) AS TEXT),
       CAST(substr($8, value->>10, value->>11) AS TEXT), CAST(substr($8, value->>12, value->>13) AS TEXT)
  FROM jsonb_each($7);
UPDATE incidents SET version = version + 1, plan = j.value->>2, data = CAST(substr($10, j.value->>3, j.value->>4) AS TEXT)
  FROM jsonb_each($9) AS j
 WHERE incidents.place = j.value->>0 AND incidents.version = j.value->>1;
UPDATE incidents SET version = version + 1, plan = j.value->>2, state = j.value->>3, level = j.value->>4, resolved_at = j.value->>5,
       project = CAST(substr($12, j.value->>6, j.value->>7) AS TEXT),
       project_number = CAST(substr($12, j.value->>8, j.value->>9) AS TEXT),
       external_id = CAST(substr($12, j.value->>10, j.value->>11) AS TEXT),
       data = CAST(substr($12, j.value->>12, j.value->>13) AS TEXT)
  FROM jsonb_each($11) AS j
 WHERE incidents.place = j.value->>0 AND incidents.version = j.value->>1;
INSERT OR IGNORE INTO issues (issue, incident)
SELECT CAST(substr($14, value->>1, value->>2) AS TEXT), value->>0 FROM jsonb_each($13);
INSERT INTO identities (key, incident, transition, transition_at, resolved_as_of, last_signal_at, hour, events, events_before, weight,
       mean, variance, observed, peak, total, total_at, label)
SELECT CAST(substr($16, value->>0, value->>1) AS TEXT), value->>2, CAST(substr($16, value->>3, value->>4) AS TEXT), value->>5,
       value->>6, value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15,
       value->>16, value->>17, CAST(substr($16, value->>18, value->>19) AS TEXT)
  FROM jsonb_each($15) WHERE true
    ON CONFLICT (key) DO UPDATE SET incident = excluded.incident, transition = excluded.transition,
       transition_at = excluded.transition_at, resolved_as_of = excluded.resolved_as_of, last_signal_at = excluded.last_signal_at,
       hour = excluded.hour, events = excluded.events, events_before = excluded.events_before, weight = excluded.weight, mean = excluded.mean,
       variance = excluded.variance, observed = excluded.observed, peak = excluded.peak, total = excluded.total,
       total_at = excluded.total_at, label = excluded.label;
INSERT INTO timeline (incident, at, actor, event, why)
SELECT value->>0, value->>1, CAST(substr($18, value->>2, value->>3) AS TEXT), CAST(substr($18, value->>4, value->>5) AS TEXT),
       CAST(substr($18, value->>6, value->>7) AS TEXT)
  FROM jsonb_each($17);
INSERT INTO tasks (id, incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, work, bundle)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>5, value->>5, 0, 0, 'waiting',
       CAST(substr($20, value->>6, value->>7) AS TEXT), value->>8
  FROM jsonb_each($19);
INSERT INTO tasks (incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, plan)
SELECT value->>0, 'wake', 2, '', value->>1, value->>1, value->>1, 0, 0, 'waiting', value->>2
  FROM jsonb_each($21) WHERE true
    ON CONFLICT (incident) WHERE kind = 'wake'
    DO UPDATE SET due_at = excluded.due_at, ready_at = excluded.ready_at, first_due = excluded.first_due, plan = excluded.plan;
DELETE FROM tasks WHERE kind = 'wake' AND incident IN (SELECT value FROM json_each($22));
INSERT INTO agent_runs (id, incident, phase, data)
SELECT value->>0, value->>1, value->>2, CAST(substr($24, value->>3, value->>4) AS TEXT)
  FROM jsonb_each($23) WHERE true
    ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, data = excluded.data;
INSERT INTO escalations (id, incident, ordinal, level, state, starts_at, rungs, attempts, next_at, first_delivered_at,
       acknowledged_at, ended_at, synthetic, steps, steps_on_time, pages_delivered, pages_failed, response_due_at, interruptions,
       opened_at, first_due_at, exhausted_at, resolved_by, signals_before, signals)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9, value->>10,
       value->>11, value->>12, value->>13, value->>14, value->>15, value->>16, value->>17, value->>18,
       value->>19, value->>20, value->>21, value->>22, value->>23, value->>24
  FROM jsonb_each($25) WHERE true
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
  FROM jsonb_each($26) WHERE true
    ON CONFLICT (incident, channel) DO UPDATE SET receipt = excluded.receipt;
INSERT INTO projects (key, shape, releases)
SELECT CAST(substr($29, value->>0, value->>1) AS TEXT), CAST(substr($29, value->>2, value->>3) AS TEXT),
       CAST(substr($29, value->>4, value->>5) AS TEXT)
  FROM jsonb_each($28) WHERE true
    ON CONFLICT (key) DO UPDATE SET shape = excluded.shape, releases = excluded.releases;
INSERT INTO labels (at, incident, said_by, said, triaged, score, reason)
SELECT value->>0, value->>1, CAST(substr($31, value->>2, value->>3) AS TEXT), value->>4, value->>5, value->>6,
       CAST(substr($31, value->>7, value->>8) AS TEXT)
  FROM jsonb_each($30);
INSERT INTO standing (id, kind, ends_at, data)
SELECT value->>0, value->>1, value->>2, CAST(substr($33, value->>3, value->>4) AS TEXT)
  FROM jsonb_each($32) WHERE true
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, ends_at = excluded.ends_at, data = excluded.data;
DELETE FROM standing WHERE id IN (SELECT value FROM json_each($34));
UPDATE process SET standing = standing + 1 WHERE $32 <> '[]' OR $34 <> '[]';
INSERT INTO attention (key, last_at, data)
SELECT value->>0, value->>1, CAST(substr($36, value->>2, value->>3) AS TEXT)
  FROM jsonb_each($35) WHERE true
    ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, data = excluded.data;
DELETE FROM attention WHERE key IN (SELECT value FROM json_each($37));
COMMIT";

/// Incidents that rows point to although nobody loaded them.
pub(super) const PLACES: &str =
    "SELECT i.id, i.place FROM json_each($1) AS j CROSS JOIN incidents AS i ON i.id = j.value";

/// Claimed tasks that end although nobody loaded them.
pub(super) const TOKENS: &str =
    "SELECT t.id, t.token FROM json_each($1) AS j CROSS JOIN tasks AS t ON t.id = j.value WHERE t.state = 'leased'";

/// Above this weight a statement is not kept prepared: it would go on holding a copy of the batch. Batches of usual bodies stay below it,
/// because preparing all of it anew is time of the one writer.
const KEPT_PREPARED: usize = 1024 * 1024;

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

/// One batch of rows for each statement of [`SAVE`].
struct Sections {
    shift: i64,
    finished: Rows,
    cancelled: Rows,
    deliveries: Rows,
    opened: Rows,
    touched: Rows,
    changed: Rows,
    issues: Rows,
    identities: Rows,
    timeline: Rows,
    tasks: Rows,
    wakes: Rows,
    put_away: Rows,
    runs: Rows,
    escalations: Rows,
    receipts: Rows,
    projects: Rows,
    labels: Rows,
    standing: Rows,
    withdrawn: Rows,
    attention: Rows,
    forgotten: Rows,
}

impl Sections {
    fn of(changes: &Changes, held: &Held, places: &BTreeMap<IncidentId, i64>) -> Result<Self, Failure> {
        let mut all = Self {
            shift: changes.shift_tasks.unwrap_or(0),
            finished: Rows::none(),
            cancelled: Rows::none(),
            deliveries: Rows::none(),
            opened: Rows::none(),
            touched: Rows::none(),
            changed: Rows::none(),
            issues: Rows::none(),
            identities: Rows::none(),
            timeline: Rows::none(),
            tasks: Rows::none(),
            wakes: Rows::none(),
            put_away: Rows::none(),
            runs: Rows::none(),
            escalations: Rows::none(),
            receipts: Rows::none(),
            projects: Rows::none(),
            labels: Rows::none(),
            standing: Rows::none(),
            withdrawn: Rows::none(),
            attention: Rows::none(),
            forgotten: Rows::none(),
        };
        // `places` was checked to name them all.
        let place = |id: &IncidentId| places.get(id).copied().unwrap_or(0);
        changes.finished.iter().for_each(|end| all.finish(end));
        changes.cancel_pages.iter().filter_map(|id| places.get(id)).for_each(|place| all.cancelled.number(*place));
        changes.deliveries.iter().for_each(|row| all.deliver(row));
        all.incidents(changes, held, place)?;
        for (key, identity) in &changes.identities {
            let (lifecycle, at) =
                identity.transition.as_ref().map_or((None, None), |(what, at)| (Some(what), Some(at.millis())));
            let mut row = all.identities.row();
            row.bytes(key.0.as_bytes()).maybe(identity.incident.map(|id| place(&id)));
            row.maybe_json(lifecycle)?;
            row.maybe(at)
                .maybe(identity.resolved_as_of.map(Timestamp::millis))
                .maybe(identity.last_signal_at.map(Timestamp::millis));
            // What is not in the row is NULL: most identities have no label, and many no baseline.
            if identity.label.is_some() || identity.baseline.is_some() {
                usual(&mut row, identity.baseline.as_ref());
            }
            if identity.label.is_some() {
                row.maybe_json(identity.label.as_ref())?;
            }
        }
        for new in &changes.timeline {
            let mut row = all.timeline.row();
            row.number(place(&new.incident)).number(new.at.millis());
            row.json(&new.entry.actor)?.json(&new.entry.event)?.maybe_json(new.entry.why.as_ref())?;
        }
        for (new, id) in changes.tasks.iter().zip(held.last_task + 1..) {
            let work = &new.planned.work;
            let mut row = all.tasks.row();
            row.number(id)
                .number(place(&new.incident))
                .word(work.as_str())
                .number(rank(work))
                .word(work.lane().as_str());
            row.number(new.planned.due.millis()).json(work)?;
            // What is not in the row is NULL: most work goes alone.
            work.bundle().into_iter().for_each(|bundle| {
                row.number(bundle.bits().cast_signed());
            });
        }
        for (id, wake) in &changes.wakes {
            match wake {
                Some(wake) => {
                    all.wakes.row().number(place(id)).number(wake.due.millis()).number(i64::from(wake.plan));
                }
                None => places.get(id).into_iter().for_each(|place| all.put_away.number(*place)),
            }
        }
        for run in changes.runs.values() {
            let phase = match run.phase {
                crate::record::RunPhase::Planned => "planned",
                crate::record::RunPhase::Sending => "sending",
                crate::record::RunPhase::Started => "started",
                crate::record::RunPhase::Ended => "ended",
            };
            all.runs.row().number(run.id.bits().cast_signed()).number(place(&run.incident)).word(phase).json(run)?;
        }
        let mut escalations: Vec<_> = changes.escalations.values().collect();
        escalations.sort_by_key(|row| (row.starts_at, row.id));
        for escalation in escalations {
            let mut row = all.escalations.row();
            row.number(escalation.id.bits().cast_signed()).number(place(&escalation.incident));
            row.number(i64::from(escalation.ordinal)).word(escalation.level.as_str()).word(escalation.state.as_str());
            row.number(escalation.starts_at.millis()).number(i64::from(escalation.rungs));
            row.number(i64::from(escalation.attempts)).maybe(escalation.next_at.map(Timestamp::millis));
            row.maybe(escalation.first_delivered_at.map(Timestamp::millis));
            row.maybe(escalation.acknowledged_at.map(Timestamp::millis));
            row.maybe(escalation.ended_at.map(Timestamp::millis)).number(i64::from(escalation.synthetic));
            row.number(i64::from(escalation.steps)).number(i64::from(escalation.steps_on_time));
            row.number(i64::from(escalation.pages_delivered)).number(i64::from(escalation.pages_failed));
            row.maybe(escalation.response_due_at.map(Timestamp::millis)).number(i64::from(escalation.interruptions));
            row.maybe(escalation.opened_at.map(Timestamp::millis))
                .maybe(escalation.first_due_at.map(Timestamp::millis));
            row.maybe(escalation.exhausted_at.map(Timestamp::millis));
            match escalation.resolved_by {
                Some(by) => row.word(by.as_str()),
                None => row.maybe(None),
            };
            row.number(escalation.signals_before.cast_signed()).number(escalation.signals.cast_signed());
        }
        for receipt in &changes.receipts {
            all.receipts
                .row()
                .number(place(&receipt.incident))
                .word(receipt.channel.as_str())
                .json(&receipt.receipt)?;
        }
        for (key, project) in &changes.projects {
            all.projects.row().bytes(key.0.as_bytes()).json(&project.shape)?.json(&project.releases)?;
        }
        for label in &changes.labels {
            let mut row = all.labels.row();
            row.number(label.at.millis()).number(label.incident.bits().cast_signed()).bytes(label.by.as_bytes());
            row.word(label.said.as_str()).word(label.triaged.as_str()).number(i64::from(label.score));
            row.maybe_text(label.reason.as_deref());
        }
        all.orders(changes)?;
        Ok(all)
    }

    fn orders(&mut self, changes: &Changes) -> Result<(), Failure> {
        for order in &changes.standing {
            let mut row = self.standing.row();
            row.word(&order.id());
            let ends_at = order.ends_at().map(Timestamp::millis);
            match order {
                StandingOrder::Silence { silence, .. } => row.word(SILENCE).maybe(ends_at).json(silence)?,
                StandingOrder::Override(order) => row.word(OVERRIDE).maybe(ends_at).json(order)?,
            };
        }
        changes.withdrawn.iter().for_each(|id| self.withdrawn.word(&id.to_string()));
        for (whose, attention) in &changes.attention {
            if *attention == Attention::default() {
                self.forgotten.word(&key(whose));
            } else {
                let last_at = last_at(attention).map(Timestamp::millis);
                self.attention.row().word(&key(whose)).maybe(last_at).json(attention)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, end: &FinishedTask) {
        let (state, due, trouble) = match &end.end {
            TaskEnd::Done => ("done", None, None),
            TaskEnd::Retry { due, trouble } => ("waiting", Some(due.millis()), Some(trouble.as_str())),
            TaskEnd::Dead { trouble } => ("dead", None, Some(trouble.as_str())),
            TaskEnd::Dropped => ("dropped", None, None),
        };
        let mut row = self.finished.row();
        row.number(end.task.0).number(end.token.cast_signed()).word(state).maybe(due).maybe_text(trouble);
    }

    fn deliver(&mut self, delivery: &NewDelivery) {
        let mut row = self.deliveries.row();
        row.number(delivery.id.0).number(delivery.key.seen_at.millis()).digest(Some(&delivery.key.digest));
        row.number(i64::from(delivery.generation));
        row.maybe(delivery.event.map(|event| event.seen_at.millis()));
        row.digest(delivery.event.as_ref().map(|event| &event.digest));
        row.number(delivery.received_at.millis()).word(delivery.outcome.as_str());
        row.maybe(delivery.incident.map(|id| id.bits().cast_signed()));
        row.number(match delivery.packing {
            Packing::Plain => 0,
            Packing::Zstd => 1,
        });
        row.number(i64::from(delivery.length));
        row.bytes(delivery.resource.as_bytes())
            .bytes(delivery.action.as_bytes())
            .maybe_text(delivery.trouble.as_deref());
        row.bytes(delivery.secret.as_bytes()).bytes(delivery.headers.as_bytes()).bytes(&delivery.body);
    }

    fn incidents(&mut self, changes: &Changes, held: &Held, place: impl Fn(&IncidentId) -> i64) -> Result<(), Failure> {
        for (id, incident) in &changes.incidents {
            let shown = Shown::of(incident);
            let before = held.incidents.get(id);
            let (rows, whole) = match before {
                None => (&mut self.opened, true),
                Some(row) if row.shown == shown => (&mut self.touched, false),
                Some(_) => (&mut self.changed, true),
            };
            let mut row = rows.row();
            row.number(place(id));
            match before {
                None => row.number(id.bits().cast_signed()),
                Some(before) => row.number(before.version.cast_signed()),
            };
            row.number(i64::from(incident.plan));
            if whole {
                row.word(shown.state).word(shown.level.as_str()).maybe(shown.resolved_at.map(Timestamp::millis));
                row.maybe_text(shown.project.as_deref()).maybe_text(shown.project_number.as_deref());
                row.maybe_text(shown.external_id.as_deref());
            }
            row.json(incident)?;
            drop(row);
            // Issues are only ever added, behind the others: place by place it stays quick for an incident of thousands. One that is saved
            // again would do no harm.
            for (at, issue) in incident.issues.iter().enumerate() {
                if before.is_none_or(|before| before.issues.get(at) != Some(&issue.id)) {
                    self.issues.row().number(place(id)).bytes(issue.id.as_bytes());
                }
            }
        }
        Ok(())
    }

    async fn send(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let bodies = self.deliveries.weight() + self.opened.weight() + self.changed.weight() + self.touched.weight();
        let mut query = sqlx::query(SAVE).persistent(bodies < KEPT_PREPARED).bind(self.shift);
        let both = |query: Query, rows: Rows| {
            let (json, bytes) = rows.into_parts();
            query.bind(json).bind(bytes)
        };
        query = both(query, self.finished).bind(self.cancelled.into_parts().0);
        for rows in [
            self.deliveries,
            self.opened,
            self.touched,
            self.changed,
            self.issues,
            self.identities,
            self.timeline,
            self.tasks,
        ] {
            query = both(query, rows);
        }
        query = query.bind(self.wakes.into_parts().0).bind(self.put_away.into_parts().0);
        query = both(query, self.runs).bind(self.escalations.into_parts().0);
        query = both(both(query, self.receipts), self.projects);
        query = both(both(query, self.labels), self.standing).bind(self.withdrawn.into_parts().0);
        both(query, self.attention).bind(self.forgotten.into_parts().0).execute(connection).await?;
        Ok(())
    }
}

fn usual(row: &mut Row<'_>, baseline: Option<&Baseline>) {
    let of = |read: fn(&Baseline) -> i64| baseline.map(read);
    row.maybe(of(|usual| i64::from(usual.hour)))
        .maybe(of(|usual| i64::from(usual.count)))
        .maybe(of(|usual| i64::from(usual.before)))
        .maybe(of(|usual| i64::from(usual.weight)))
        .maybe(of(|usual| usual.mean.cast_signed()))
        .maybe(of(|usual| usual.variance.cast_signed()))
        .maybe(of(|usual| i64::from(usual.observed)))
        .maybe(of(|usual| usual.peak.cast_signed()));
    let total = baseline.and_then(|usual| usual.total);
    row.maybe(total.map(|(events, _)| events.cast_signed())).maybe(total.map(|(_, at)| at.millis()));
}

type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// Pages go before everything else; a wake has 2.
pub(super) const fn rank(work: &domain::decision::Work) -> i64 {
    if matches!(work, domain::decision::Work::Page(_)) { 0 } else { 1 }
}
