//! What comes back from SQLite, read cell by cell; a cell that cannot be read is named.

use bytes::Bytes;
use domain::figures::Resolver;
use domain::id::{DeliveryId, EscalationId, IncidentId, TaskId};
use domain::incident::Incident;
use domain::policy::Level;
use domain::signal::Outcome;
use domain::standing::Standing;
use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::pack::unpack;
use crate::record::{
    DeliveryRow, EscalationRow, EscalationState, IncidentRow, KnownDelivery, Packing, TaskRow, TaskState, TimelineRow,
};

/// One row, read by position; `column` names the cell for the operator.
pub(super) struct Cells<'r> {
    row: &'r SqliteRow,
    table: &'static str,
    number: i64,
}

impl<'r> Cells<'r> {
    /// `key` is the position of the row's own number.
    pub(super) fn of(row: &'r SqliteRow, table: &'static str, key: usize) -> Self {
        Self { row, table, number: row.try_get::<i64, _>(key).unwrap_or(0) }
    }

    pub(super) fn corrupt(&self, column: &'static str, reason: &dyn ToString) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.number, reason: reason.to_string() }
    }

    pub(super) fn number(&self, at: usize, column: &'static str) -> Result<i64, StoreError> {
        self.row.try_get(at).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn maybe(&self, at: usize, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.row.try_get(at).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn small(&self, at: usize, column: &'static str) -> Result<u32, StoreError> {
        u32::try_from(self.number(at, column)?).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn time(&self, at: usize, column: &'static str) -> Result<Timestamp, StoreError> {
        self.number(at, column).map(Timestamp::from_millis)
    }

    pub(super) fn maybe_time(&self, at: usize, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe(at, column)?.map(Timestamp::from_millis))
    }

    pub(super) fn bytes(&self, at: usize, column: &'static str) -> Result<&'r [u8], StoreError> {
        self.row.try_get(at).map_err(|error| self.corrupt(column, &error))
    }

    fn maybe_bytes(&self, at: usize, column: &'static str) -> Result<Option<&'r [u8]>, StoreError> {
        self.row.try_get(at).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn text(&self, at: usize, column: &'static str) -> Result<&'r str, StoreError> {
        std::str::from_utf8(self.bytes(at, column)?).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn maybe_text(&self, at: usize, column: &'static str) -> Result<Option<&'r str>, StoreError> {
        let bytes = self.maybe_bytes(at, column)?;
        bytes.map(std::str::from_utf8).transpose().map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, at: usize, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_slice(self.bytes(at, column)?).map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(
        &self,
        at: usize,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let bytes = self.maybe_bytes(at, column)?;
        bytes.map(serde_json::from_slice).transpose().map_err(|error| self.corrupt(column, &error))
    }

    pub(super) fn word<T>(
        &self,
        at: usize,
        column: &'static str,
        read: fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let word = self.text(at, column)?;
        read(word).ok_or_else(|| self.corrupt(column, &format!("{word:?} is no word for it")))
    }

    fn maybe_word<T>(
        &self,
        at: usize,
        column: &'static str,
        read: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        if self.maybe_text(at, column)?.is_none() { Ok(None) } else { self.word(at, column, read).map(Some) }
    }
}

pub(super) fn incident_id(bits: i64) -> IncidentId {
    IncidentId::from_bits(bits.cast_unsigned())
}

/// From `id, generation, received_at, outcome, incident`, starting at `at`.
pub(super) fn known_delivery(row: &SqliteRow, at: usize) -> Result<KnownDelivery, StoreError> {
    let cells = Cells::of(row, "deliveries", at);
    Ok(KnownDelivery {
        id: DeliveryId(cells.number(at, "id")?),
        generation: cells.small(at + 1, "generation")?,
        received_at: cells.time(at + 2, "received_at")?,
        outcome: cells.word(at + 3, "outcome", Outcome::from_word)?,
        incident: cells.maybe(at + 4, "incident")?.map(incident_id),
    })
}

/// From `id, received_at, resource, action, outcome, incident, trouble, length`.
pub(super) fn delivery(row: &SqliteRow) -> Result<DeliveryRow, StoreError> {
    let cells = Cells::of(row, "deliveries", 0);
    Ok(DeliveryRow {
        id: DeliveryId(cells.number(0, "id")?),
        received_at: cells.time(1, "received_at")?,
        resource: cells.text(2, "resource")?.to_owned(),
        action: cells.text(3, "action")?.to_owned(),
        outcome: cells.word(4, "outcome", Outcome::from_word)?,
        incident: cells.maybe(5, "incident")?.map(incident_id),
        trouble: cells.maybe_text(6, "trouble")?.map(str::to_owned),
        length: cells.small(7, "length")?,
    })
}

/// From the columns of [`delivery`] and `packing, body`.
pub(super) fn body(row: &SqliteRow, length: u32) -> Result<Bytes, StoreError> {
    let cells = Cells::of(row, "deliveries", 0);
    let packing = match cells.number(8, "packing")? {
        0 => Packing::Plain,
        1 => Packing::Zstd,
        other => return Err(cells.corrupt("packing", &format!("{other} is no packing"))),
    };
    unpack(packing, length, cells.bytes(9, "body")?).map_err(|reason| cells.corrupt("body", &reason))
}

/// From `place, version, data`.
pub(super) fn incident(row: &SqliteRow) -> Result<IncidentRow, StoreError> {
    let cells = Cells::of(row, "incidents", 0);
    let incident: Incident = cells.json(2, "data")?;
    Ok(IncidentRow { place: cells.number(0, "place")?, version: cells.number(1, "version")?.cast_unsigned(), incident })
}

/// From `id, due_at, first_due, attempt, token, state, work, trouble`, starting at `at`.
pub(super) fn task(row: &SqliteRow, at: usize, incident: IncidentId) -> Result<TaskRow, StoreError> {
    let cells = Cells::of(row, "tasks", at);
    Ok(TaskRow {
        id: TaskId(cells.number(at, "id")?),
        incident,
        due: cells.time(at + 1, "due_at")?,
        first_due: cells.time(at + 2, "first_due")?,
        attempt: cells.small(at + 3, "attempt")?,
        token: cells.number(at + 4, "token")?.cast_unsigned(),
        state: cells.word(at + 5, "state", TaskState::from_word)?,
        work: cells.json(at + 6, "work")?,
        trouble: cells.maybe_text(at + 7, "trouble")?.map(str::to_owned),
    })
}

/// From `id, at, actor, event, why`.
pub(super) fn entry(row: &SqliteRow) -> Result<TimelineRow, StoreError> {
    let cells = Cells::of(row, "timeline", 0);
    Ok(TimelineRow {
        id: cells.number(0, "id")?,
        at: cells.time(1, "at")?,
        entry: domain::decision::Entry {
            actor: cells.json(2, "actor")?,
            event: cells.json(3, "event")?,
            why: cells.maybe_json(4, "why")?,
        },
    })
}

/// The words for the kinds of standing orders.
pub(super) const SILENCE: &str = "silence";
pub(super) const OVERRIDE: &str = "override";

/// From `place, kind, data`, all NULL when there is none, starting behind the revision.
pub(super) fn standing_order(row: &SqliteRow, standing: &mut Standing) -> Result<(), StoreError> {
    let cells = Cells::of(row, "standing", 1);
    match cells.maybe_text(2, "kind")? {
        Some(SILENCE) => standing.silences.push(cells.json(3, "data")?),
        Some(OVERRIDE) => standing.overrides.push(cells.json(3, "data")?),
        Some(other) => return Err(cells.corrupt("kind", &format!("{other:?} is no kind of order"))),
        None => {}
    }
    Ok(())
}

/// From `place, id, incident's id, ordinal, level, state, starts_at, rungs, attempts, next_at, first_delivered_at, acknowledged_at,
/// ended_at, synthetic, steps, steps_on_time, pages_delivered, pages_failed, response_due_at, interruptions,
/// opened_at, first_due_at, exhausted_at, resolved_by, signals_before, signals`.
pub(super) fn escalation(row: &SqliteRow) -> Result<(i64, EscalationRow), StoreError> {
    let cells = Cells::of(row, "escalations", 0);
    let escalation = EscalationRow {
        id: EscalationId::from_bits(cells.number(1, "id")?.cast_unsigned()),
        incident: incident_id(cells.number(2, "incident")?),
        ordinal: cells.small(3, "ordinal")?,
        level: cells.word(4, "level", Level::from_word)?,
        state: cells.word(5, "state", EscalationState::from_word)?,
        starts_at: cells.time(6, "starts_at")?,
        rungs: cells.small(7, "rungs")?,
        attempts: cells.small(8, "attempts")?,
        next_at: cells.maybe_time(9, "next_at")?,
        first_delivered_at: cells.maybe_time(10, "first_delivered_at")?,
        acknowledged_at: cells.maybe_time(11, "acknowledged_at")?,
        ended_at: cells.maybe_time(12, "ended_at")?,
        synthetic: cells.number(13, "synthetic")? != 0,
        steps: cells.small(14, "steps")?,
        steps_on_time: cells.small(15, "steps_on_time")?,
        pages_delivered: cells.small(16, "pages_delivered")?,
        pages_failed: cells.small(17, "pages_failed")?,
        response_due_at: cells.maybe_time(18, "response_due_at")?,
        interruptions: cells.small(19, "interruptions")?,
        opened_at: cells.maybe_time(20, "opened_at")?,
        first_due_at: cells.maybe_time(21, "first_due_at")?,
        exhausted_at: cells.maybe_time(22, "exhausted_at")?,
        resolved_by: cells.maybe_word(23, "resolved_by", Resolver::from_word)?,
        signals_before: cells.number(24, "signals_before")?.cast_unsigned(),
        signals: cells.number(25, "signals")?.cast_unsigned(),
    };
    Ok((cells.number(0, "place")?, escalation))
}
