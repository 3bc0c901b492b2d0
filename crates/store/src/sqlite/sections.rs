//! Changes as rows: one batch of them for each statement of a save.

use std::collections::BTreeMap;

use domain::attention::Attention;
use domain::baseline::Baseline;
use domain::id::IncidentId;
use domain::time::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::load::{Held, Shown};
use super::rows::{OVERRIDE, SILENCE};
use super::save::SAVE;
use super::sent::{Row, Rows};
use super::writer::Failure;
use crate::attention::{key, last_at};
use crate::contract::Changes;
use crate::record::{FinishedTask, NewDelivery, Packing, StandingOrder, TaskEnd};

/// Above this weight a statement is not kept prepared: it would go on holding a copy of the batch. Batches of usual bodies stay below it,
/// because preparing all of it anew is time of the one writer.
const KEPT_PREPARED: usize = 1024 * 1024;

/// One batch of rows for each statement of [`SAVE`].
pub(super) struct Sections {
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
    pub(super) fn of(changes: &Changes, held: &Held, places: &BTreeMap<IncidentId, i64>) -> Result<Self, Failure> {
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
                row.number(bundle.id.bits().cast_signed());
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

    pub(super) async fn send(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
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
