//! What the store in memory holds: one map for each table on disk.

use std::collections::BTreeMap;

use domain::attention::Attentions;
use domain::id::{EscalationId, IncidentId, Name, RunId, TaskId};
use domain::policy::PolicyHash;
use domain::project::ProjectHistory;
use domain::time::Timestamp;

use super::outbox::Outbox;
use super::timers::Timers;
use crate::record::{
    AgentRun, DeliveryKey, EscalationRow, EventKey, Identity, IdentityKey, IncidentRow, NewDelivery, ProjectKey,
    StandingOrder, TaskRow, TaskState, TimelineRow, TruthLabel,
};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) deliveries: BTreeMap<i64, Box<NewDelivery>>,
    pub(super) by_key: BTreeMap<(DeliveryKey, u32), i64>,
    pub(super) by_event: BTreeMap<EventKey, i64>,
    pub(super) identities: BTreeMap<IdentityKey, Identity>,
    pub(super) projects: BTreeMap<ProjectKey, ProjectHistory>,
    pub(super) labels: Vec<TruthLabel>,
    pub(super) incidents: BTreeMap<IncidentId, IncidentRow>,
    pub(super) places: BTreeMap<i64, IncidentId>,
    /// Rows are large and come in between: boxed, a new one moves no others.
    pub(super) timeline: BTreeMap<(IncidentId, i64), Box<TimelineRow>>,
    /// Waiting and leased work.
    pub(super) open: Outbox,
    /// Done, dead and dropped work.
    pub(super) ended: BTreeMap<TaskId, TaskRow>,
    pub(super) wakes: Timers,
    pub(super) runs: BTreeMap<RunId, (i64, AgentRun)>,
    pub(super) escalations: BTreeMap<EscalationId, (i64, EscalationRow)>,
    pub(super) receipts: BTreeMap<(IncidentId, Name), serde_json::Value>,
    /// In the order of the first word of each.
    pub(super) standing: Vec<StandingOrder>,
    pub(super) standing_revision: u64,
    pub(super) attention: Attentions,
    pub(super) policies: BTreeMap<PolicyHash, String>,
    pub(super) beat: Option<Timestamp>,
    pub(super) last: Last,
}

/// The numbers given out last; never given out again, whatever is cleaned up.
#[derive(Debug, Default)]
pub(super) struct Last {
    pub(super) delivery: i64,
    pub(super) place: i64,
    pub(super) entry: i64,
    pub(super) task: i64,
    pub(super) escalation: i64,
    pub(super) run: i64,
}

impl State {
    pub(super) fn void_leases(&mut self) {
        self.open.change_all(|task| {
            task.row.state = TaskState::Waiting;
            task.ready = task.row.due;
        });
    }

    pub(super) fn is_live(&self, id: IncidentId) -> bool {
        self.incidents.get(&id).is_some_and(|row| row.incident.state.is_live())
    }
}
