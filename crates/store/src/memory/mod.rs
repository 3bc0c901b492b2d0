//! A store in memory: the same promises as on disk, but for the disk. For simulations and tests, because it can be told to fail
//! at any point, and the same calls always give the same answers.
//!
//! A restart is: drop what uses the store, call [`MemoryStore::void_leases`], build it anew on the same store.

mod claim;
mod cleanup;
mod load;
mod outbox;
mod queries;
mod save;
mod state;
mod timers;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, RunId};
use domain::policy::PolicyHash;
use domain::standing::Standing;
use domain::time::Timestamp;

use crate::contract::{Decide, Pending, Scope, Store};
use crate::error::StoreError;
use crate::record::{
    AgentRun, Claimed, CleanupReport, DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, Figures,
    IncidentFilter, IncidentRow, Owed, Page, Retention, StoredDelivery, TaskRow, TimelineRow, TruthLabel,
};
use state::State;

/// Where a store fails when it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// The next write saves nothing and answers `Unavailable`.
    BeforeCommit,
    /// The next write is saved, but its answer is lost: `Unavailable` although everything is there.
    AfterCommit,
    /// Somebody else wins once: the next transaction's decision is run, thrown away, and run again on a fresh workspace.
    Conflict,
    /// The next read answers `Unavailable`.
    Read,
}

#[derive(Debug, Default)]
struct Inside {
    state: State,
    faults: VecDeque<FaultPoint>,
    /// Faults that let so many fitting operations pass first.
    later: Vec<(u32, FaultPoint)>,
    commits: u64,
    closed: bool,
}

/// The store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inside: Mutex<Inside>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Makes the next fitting operation fail; called several times, the faults come one after another. `BeforeCommit` and
    /// `AfterCommit` hit any write (also a claim), `Conflict` a transaction, `Read` a read; a fault that does not fit waits.
    pub fn fail_next(&self, point: FaultPoint) {
        self.inside().faults.push_back(point);
    }

    /// Makes a later fitting operation fail, after `passed` of them went well.
    pub fn fail_after(&self, passed: u32, point: FaultPoint) {
        self.inside().later.push((passed, point));
    }

    /// Forgets faults that have not come yet.
    pub fn clear_faults(&self) {
        let mut inside = self.inside();
        inside.faults.clear();
        inside.later.clear();
    }

    /// How many writes were committed, those with a lost answer among them.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.inside().commits
    }

    /// What opening a database does: leases of the last process are void. Leased work waits again, with its attempts as they are.
    pub fn void_leases(&self) {
        let mut inside = self.inside();
        inside.closed = false;
        inside.state.void_leases();
    }

    // A panic in a test's decision must not hide behind a second panic about a poisoned lock.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<'a, T: Send + 'a>(
        &'a self,
        ask: impl FnOnce(&State) -> Result<T, StoreError> + Send + 'a,
    ) -> Pending<'a, T> {
        Box::pin(async move {
            let mut inside = self.inside();
            inside.open()?;
            if inside.take_fault(&[FaultPoint::Read]).is_some() {
                return Err(told_to_fail());
            }
            ask(&inside.state)
        })
    }

    fn write<'a, T: Send + 'a>(
        &'a self,
        change: impl FnOnce(&mut State) -> Result<T, StoreError> + Send + 'a,
    ) -> Pending<'a, T> {
        Box::pin(async move {
            let mut inside = self.inside();
            inside.open()?;
            let fault = inside.take_fault(&[FaultPoint::BeforeCommit, FaultPoint::AfterCommit]);
            if fault == Some(FaultPoint::BeforeCommit) {
                return Err(told_to_fail());
            }
            let answer = change(&mut inside.state)?;
            inside.commits += 1;
            if fault.is_some() { Err(told_to_fail()) } else { Ok(answer) }
        })
    }
}

impl Inside {
    fn open(&self) -> Result<(), StoreError> {
        if self.closed { Err(StoreError::Unavailable { reason: "the store is closed".into() }) } else { Ok(()) }
    }

    fn take_fault(&mut self, fitting: &[FaultPoint]) -> Option<FaultPoint> {
        if let Some(position) = self.faults.iter().position(|fault| fitting.contains(fault)) {
            return self.faults.remove(position);
        }
        let due = self.later.iter().position(|(passed, fault)| *passed == 0 && fitting.contains(fault));
        for (passed, _) in self.later.iter_mut().filter(|(_, fault)| fitting.contains(fault)) {
            *passed = passed.saturating_sub(1);
        }
        due.map(|position| self.later.remove(position).1)
    }
}

fn told_to_fail() -> StoreError {
    StoreError::Unavailable { reason: "the store was told to fail here".into() }
}

impl Store for MemoryStore {
    fn transact<'a>(&'a self, scope: Scope, mut decide: Decide<'a>) -> Pending<'a, ()> {
        Box::pin(async move {
            let mut inside = self.inside();
            inside.open()?;
            if inside.take_fault(&[FaultPoint::Conflict]).is_some() {
                let _thrown_away = decide(&mut inside.state.load(&scope));
            }
            let mut loaded = inside.state.load(&scope);
            let known = loaded.incidents.keys().copied().collect();
            let changes = decide(&mut loaded);
            inside.state.check(&changes, &known)?;
            if changes.is_empty() {
                return Ok(());
            }
            let fault = inside.take_fault(&[FaultPoint::BeforeCommit, FaultPoint::AfterCommit]);
            if fault == Some(FaultPoint::BeforeCommit) {
                return Err(told_to_fail());
            }
            inside.state.save(changes);
            inside.commits += 1;
            if fault.is_some() { Err(told_to_fail()) } else { Ok(()) }
        })
    }

    fn claim<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        busy: &'a [Name],
    ) -> Pending<'a, Vec<Claimed>> {
        self.write(move |state| Ok(state.claim(now, lease, limit, busy)))
    }

    fn claim_bundle<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &'a Name,
        limit: usize,
    ) -> Pending<'a, Vec<Claimed>> {
        self.write(move |state| Ok(state.claim_bundle(now, lease, bundle, lane, limit)))
    }

    fn next_due(&self) -> Pending<'_, Option<Timestamp>> {
        self.read(|state| Ok(state.next_due()))
    }

    fn beat(&self, now: Timestamp) -> Pending<'_, Option<Timestamp>> {
        self.write(move |state| Ok(state.beat.replace(now)))
    }

    fn keep_policy<'a>(&'a self, hash: &'a PolicyHash, text: &'a str, _now: Timestamp) -> Pending<'a, ()> {
        self.write(move |state| {
            state.policies.entry(hash.clone()).or_insert_with(|| text.to_owned());
            Ok(())
        })
    }

    fn policy<'a>(&'a self, hash: &'a PolicyHash) -> Pending<'a, Option<String>> {
        self.read(move |state| Ok(state.policies.get(hash).cloned()))
    }

    fn incidents<'a>(&'a self, filter: &'a IncidentFilter) -> Pending<'a, Page<IncidentRow>> {
        self.read(move |state| Ok(state.list_incidents(filter)))
    }

    fn incident(&self, id: IncidentId) -> Pending<'_, Option<IncidentRow>> {
        self.read(move |state| Ok(state.incidents.get(&id).cloned()))
    }

    fn incidents_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<IncidentId>> {
        self.read(move |state| Ok(state.incidents_named(name)))
    }

    fn timeline(&self, incident: IncidentId, after: Option<i64>, limit: usize) -> Pending<'_, Page<TimelineRow>> {
        self.read(move |state| Ok(state.list_timeline(incident, after, limit)))
    }

    fn escalations<'a>(&'a self, filter: &'a EscalationFilter) -> Pending<'a, Page<EscalationRow>> {
        self.read(move |state| Ok(state.list_escalations(filter)))
    }

    fn escalations_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<EscalationId>> {
        self.read(move |state| Ok(state.escalations_named(name)))
    }

    fn escalation(&self, id: EscalationId) -> Pending<'_, Option<EscalationRow>> {
        self.read(move |state| Ok(state.escalations.get(&id).map(|(_, row)| row.clone())))
    }

    fn deliveries<'a>(&'a self, filter: &'a DeliveryFilter) -> Pending<'a, Page<DeliveryRow>> {
        self.read(move |state| Ok(state.list_deliveries(filter)))
    }

    fn delivery(&self, id: DeliveryId) -> Pending<'_, Option<StoredDelivery>> {
        self.read(move |state| state.delivery(id))
    }

    fn runs(&self, incident: IncidentId) -> Pending<'_, Vec<AgentRun>> {
        self.read(move |state| Ok(state.list_runs(incident)))
    }

    fn run(&self, id: RunId) -> Pending<'_, Option<AgentRun>> {
        self.read(move |state| Ok(state.runs.get(&id).map(|(_, run)| run.clone())))
    }

    fn receipt<'a>(&'a self, incident: IncidentId, channel: &'a Name) -> Pending<'a, Option<serde_json::Value>> {
        self.read(move |state| Ok(state.receipts.get(&(incident, channel.clone())).cloned()))
    }

    fn owed(&self, limit: usize) -> Pending<'_, Vec<Owed>> {
        self.read(move |state| Ok(state.owed(limit)))
    }

    fn bundled(&self, bundle: BundleId) -> Pending<'_, Vec<TaskRow>> {
        self.read(move |state| Ok(state.bundled(bundle)))
    }

    fn bundles_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<BundleId>> {
        self.read(move |state| Ok(state.bundles_named(name)))
    }

    fn standing(&self, since: Timestamp) -> Pending<'_, (u64, Standing)> {
        self.read(move |state| Ok(state.standing_since(since)))
    }

    fn labels(&self, since: Timestamp) -> Pending<'_, Vec<TruthLabel>> {
        self.read(move |state| Ok(state.labels.iter().filter(|label| label.at >= since).cloned().collect()))
    }

    fn figures(&self, now: Timestamp) -> Pending<'_, Figures> {
        self.read(move |state| Ok(state.figures(now)))
    }

    fn cleanup<'a>(&'a self, retention: &'a Retention, now: Timestamp, dry_run: bool) -> Pending<'a, CleanupReport> {
        self.write(move |state| Ok(state.cleanup(retention, now, dry_run)))
    }

    fn checkpoint(&self) -> Pending<'_, ()> {
        self.read(|_| Ok(()))
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            self.inside().closed = true;
            Ok(())
        })
    }
}
