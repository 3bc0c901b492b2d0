//! A store that fails when it is told to, and tells the witness everything that was committed. The store inside is a real one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, RunId};
use domain::policy::PolicyHash;
use domain::standing::Standing;
use domain::time::Timestamp;
use store::contract::{Changes, Decide, Pending, Scope, Store};
use store::record::{
    AgentRun, Claimed, CleanupReport, DeliveryFilter, DeliveryRow, EscalationFilter, EscalationRow, Figures,
    IncidentFilter, IncidentRow, Owed, Page, Retention, StoredDelivery, TaskRow, TimelineRow, TruthLabel,
};

use crate::mischief::Mischief;
use crate::witness::Witness;

pub struct FaultyStore {
    pub inside: Arc<dyn Store>,
    pub mischief: Arc<Mischief>,
    pub witness: Arc<Witness>,
    /// Whose store it is.
    pub engine: u64,
}

impl FaultyStore {
    fn read<'a, T: Send + 'a>(&'a self, answer: Pending<'a, T>) -> Pending<'a, T> {
        Box::pin(async move {
            self.mischief.read()?;
            answer.await
        })
    }

    fn write<'a, T: Send + 'a>(&'a self, answer: Pending<'a, T>) -> Pending<'a, T> {
        Box::pin(async move {
            self.mischief.before_write().await?;
            let answer = answer.await?;
            self.mischief.after_write(true).await?;
            Ok(answer)
        })
    }
}

impl Store for FaultyStore {
    fn transact<'a>(&'a self, scope: Scope, mut decide: Decide<'a>) -> Pending<'a, ()> {
        Box::pin(async move {
            self.mischief.before_write().await?;
            // A decision may be made several times; the last one is what was saved.
            let kept: Arc<Mutex<Option<Changes>>> = Arc::default();
            let keep = Arc::clone(&kept);
            let decide: Decide<'a> = Box::new(move |loaded| {
                let changes = decide(loaded);
                *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(changes.clone());
                changes
            });
            self.inside.transact(scope, decide).await?;
            let changes = kept.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
            let shifts = changes.shift_tasks.is_some();
            self.witness.committed(&changes);
            self.mischief.after_write(!shifts).await
        })
    }

    fn claim<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        busy: &'a [Name],
    ) -> Pending<'a, Vec<Claimed>> {
        Box::pin(async move {
            self.mischief.before_write().await?;
            let claimed = self.inside.claim(now, lease, limit, busy).await?;
            self.witness.claimed(&claimed, now);
            self.mischief.after_write(true).await?;
            self.witness.took(&claimed, self.engine);
            Ok(claimed)
        })
    }

    fn claim_bundle<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &'a Name,
        limit: usize,
    ) -> Pending<'a, Vec<Claimed>> {
        Box::pin(async move {
            self.mischief.before_write().await?;
            let claimed = self.inside.claim_bundle(now, lease, bundle, lane, limit).await?;
            self.witness.claimed(&claimed, now);
            self.mischief.after_write(true).await?;
            self.witness.took(&claimed, self.engine);
            Ok(claimed)
        })
    }

    fn next_due(&self) -> Pending<'_, Option<Timestamp>> {
        self.read(self.inside.next_due())
    }

    fn beat(&self, now: Timestamp) -> Pending<'_, Option<Timestamp>> {
        self.write(self.inside.beat(now))
    }

    fn keep_policy<'a>(&'a self, hash: &'a PolicyHash, text: &'a str, now: Timestamp) -> Pending<'a, ()> {
        self.write(self.inside.keep_policy(hash, text, now))
    }

    fn policy<'a>(&'a self, hash: &'a PolicyHash) -> Pending<'a, Option<String>> {
        self.read(self.inside.policy(hash))
    }

    fn incidents<'a>(&'a self, filter: &'a IncidentFilter) -> Pending<'a, Page<IncidentRow>> {
        self.read(self.inside.incidents(filter))
    }

    fn incident(&self, id: IncidentId) -> Pending<'_, Option<IncidentRow>> {
        self.read(self.inside.incident(id))
    }

    fn incidents_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<IncidentId>> {
        self.read(self.inside.incidents_named(name))
    }

    fn timeline(&self, incident: IncidentId, after: Option<i64>, limit: usize) -> Pending<'_, Page<TimelineRow>> {
        self.read(self.inside.timeline(incident, after, limit))
    }

    fn escalations<'a>(&'a self, filter: &'a EscalationFilter) -> Pending<'a, Page<EscalationRow>> {
        self.read(self.inside.escalations(filter))
    }

    fn escalations_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<EscalationId>> {
        self.read(self.inside.escalations_named(name))
    }

    fn escalation(&self, id: EscalationId) -> Pending<'_, Option<EscalationRow>> {
        self.read(self.inside.escalation(id))
    }

    fn deliveries<'a>(&'a self, filter: &'a DeliveryFilter) -> Pending<'a, Page<DeliveryRow>> {
        self.read(self.inside.deliveries(filter))
    }

    fn delivery(&self, id: DeliveryId) -> Pending<'_, Option<StoredDelivery>> {
        self.read(self.inside.delivery(id))
    }

    fn runs(&self, incident: IncidentId) -> Pending<'_, Vec<AgentRun>> {
        self.read(self.inside.runs(incident))
    }

    fn run(&self, id: RunId) -> Pending<'_, Option<AgentRun>> {
        self.read(self.inside.run(id))
    }

    fn receipt<'a>(&'a self, incident: IncidentId, channel: &'a Name) -> Pending<'a, Option<serde_json::Value>> {
        self.read(self.inside.receipt(incident, channel))
    }

    fn owed(&self, limit: usize) -> Pending<'_, Vec<Owed>> {
        self.read(self.inside.owed(limit))
    }

    fn bundled(&self, bundle: BundleId) -> Pending<'_, Vec<TaskRow>> {
        self.read(self.inside.bundled(bundle))
    }

    fn bundles_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<BundleId>> {
        self.read(self.inside.bundles_named(name))
    }

    fn standing(&self, since: Timestamp) -> Pending<'_, (u64, Standing)> {
        self.read(self.inside.standing(since))
    }

    fn labels(&self, since: Timestamp) -> Pending<'_, Vec<TruthLabel>> {
        self.read(self.inside.labels(since))
    }

    fn figures(&self, now: Timestamp) -> Pending<'_, Figures> {
        self.read(self.inside.figures(now))
    }

    fn cleanup<'a>(&'a self, retention: &'a Retention, now: Timestamp, dry_run: bool) -> Pending<'a, CleanupReport> {
        self.write(self.inside.cleanup(retention, now, dry_run))
    }

    fn checkpoint(&self) -> Pending<'_, ()> {
        self.inside.checkpoint()
    }

    fn close(&self) -> Pending<'_, ()> {
        self.inside.close()
    }
}
