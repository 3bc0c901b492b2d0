//! The contract: what every backend does, in few operations of the size of a use case.
//!
//! All change goes through [`Store::transact`]: begin, load what a [`Scope`] names, run a pure decision over the [`Loaded`] workspace, save
//! its [`Changes`], commit. `now` is always a parameter; a backend never asks the clock.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use domain::attention::Attentions;
use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, OverrideId, RunId, TaskId};
use domain::incident::Incident;
use domain::policy::PolicyHash;
use domain::project::ProjectHistory;
use domain::standing::Standing;
use domain::time::Timestamp;

use crate::error::StoreError;
use crate::record::{
    AgentRun, Claimed, CleanupReport, DeliveryFilter, DeliveryKey, DeliveryRow, DueWake, EscalationFilter,
    EscalationRow, EventKey, Figures, FinishedTask, Identity, IdentityKey, IncidentFilter, IncidentRow, KnownDelivery,
    NewDelivery, NewEntry, NewTask, Owed, Page, ProjectKey, ReceiptRow, Retention, StandingOrder, StoredDelivery,
    TaskRow, TimelineRow, TruthLabel, Wake,
};

/// A pending answer of a store.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The decision of a transaction. It may be run more than once (a conflict, a halved batch), so it starts from `Loaded` alone every time.
pub type Decide<'a> = Box<dyn FnMut(&mut Loaded) -> Changes + Send + 'a>;

/// What a transaction needs to know before it decides.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Deliveries that may have been seen before.
    pub deliveries: Vec<DeliveryKey>,
    /// Event hooks that may have been seen before in other bytes.
    pub events: Vec<EventKey>,
    /// Identities; the incidents they point to are loaded too.
    pub identities: Vec<IdentityKey>,
    /// Projects.
    pub projects: Vec<ProjectKey>,
    /// Incidents by name.
    pub incidents: Vec<IncidentId>,
    /// Claimed tasks; only those whose token still holds are loaded, and their incidents with them.
    pub tasks: Vec<(TaskId, u64)>,
    /// Agent runs by name; their incidents are loaded too.
    pub runs: Vec<RunId>,
    /// Timers that are due at this time, at most so many, earliest first; their incidents are loaded too.
    pub wakes: Option<(Timestamp, usize)>,
    /// Every live incident (a clock jump, a long stop), after this one in the order of opening, at most so many.
    pub live: Option<LiveScope>,
    /// Incidents of which the unfinished pages are to be known: whether a channel that failed was the last hope of its page (semantics L14).
    pub open_pages: Vec<IncidentId>,
}

/// A page of the live incidents.
#[derive(Debug, Clone, Copy)]
pub struct LiveScope {
    /// Only incidents opened after this one in the store's order; 0 for the first page.
    pub after: i64,
    /// At most so many.
    pub limit: usize,
}

/// What was loaded: a workspace. The decision applies itself to it, so that the second signal of an incident sees the first.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Known deliveries, the newest generation of each.
    pub deliveries: BTreeMap<DeliveryKey, KnownDelivery>,
    /// Known event hooks.
    pub events: BTreeMap<EventKey, KnownDelivery>,
    /// Identities that exist.
    pub identities: BTreeMap<IdentityKey, Identity>,
    /// Projects that are known.
    pub projects: BTreeMap<ProjectKey, ProjectHistory>,
    /// Incidents, as they are after the decisions made so far.
    pub incidents: BTreeMap<IncidentId, Incident>,
    /// Claimed tasks whose token held.
    pub tasks: BTreeMap<TaskId, TaskRow>,
    /// Runs.
    pub runs: BTreeMap<RunId, AgentRun>,
    /// For `Scope::open_pages`: the waiting and leased page tasks of those incidents, in the order of their ids.
    pub open_pages: Vec<TaskRow>,
    /// Due timers.
    pub wakes: Vec<DueWake>,
    /// For `Scope::live`: the place after the last incident of the page, `None` when it was the last page.
    pub live_next: Option<i64>,
    /// The id that the next new delivery gets; the decision counts it up.
    pub next_delivery: i64,
    /// The revision of the standing orders: [`Store::standing`] is to be asked anew when it is another one than that of the orders at hand.
    pub standing: u64,
    /// All attention, whatever the scope: there is only as much as channels, people and roles. What cannot be read is missing.
    pub attention: Attentions,
}

/// What to save, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Deliveries, each once, with its outcome.
    pub deliveries: Vec<NewDelivery>,
    /// Identities to write or overwrite.
    pub identities: BTreeMap<IdentityKey, Identity>,
    /// Projects to write or overwrite: statistics, so the last writer wins.
    pub projects: BTreeMap<ProjectKey, ProjectHistory>,
    /// What people said, to be kept for good.
    pub labels: Vec<TruthLabel>,
    /// Incidents of the workspace that changed or are new; compared and swapped by version.
    pub incidents: BTreeMap<IncidentId, Incident>,
    /// Lines for timelines, in order.
    pub timeline: Vec<NewEntry>,
    /// Timers to arm anew, or to put away.
    pub wakes: BTreeMap<IncidentId, Option<Wake>>,
    /// Incidents whose unfinished pages are void. Applied after `finished` and BEFORE `tasks` are added.
    pub cancel_pages: Vec<IncidentId>,
    /// New work.
    pub tasks: Vec<NewTask>,
    /// Ends of claimed tasks; each demands its token.
    pub finished: Vec<FinishedTask>,
    /// Runs to write or overwrite.
    pub runs: BTreeMap<RunId, AgentRun>,
    /// Escalations to write or overwrite; what [`EscalationRow::keep_first`] names stays as it was written first.
    pub escalations: BTreeMap<EscalationId, EscalationRow>,
    /// Receipts to write or overwrite.
    pub receipts: Vec<ReceiptRow>,
    /// Standing orders to write or overwrite, in order; the last writer wins. A silence that is ended early is written again with its end.
    pub standing: Vec<StandingOrder>,
    /// Overrides that are taken back as if they had never been ordered. Applied after `standing`.
    pub withdrawn: Vec<OverrideId>,
    /// Attention to write or overwrite; one that says nothing (`Attention::default()`) is forgotten.
    pub attention: Attentions,
    /// Move the due time (and the lease) of every unfinished task by so many milliseconds (semantics C2). Done before everything else of the
    /// same save. Timers do not move: the decision for each live incident arms them anew.
    pub shift_tasks: Option<i64>,
}

impl Changes {
    /// Whether there is nothing to save.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
            && self.identities.is_empty()
            && self.projects.is_empty()
            && self.labels.is_empty()
            && self.incidents.is_empty()
            && self.timeline.is_empty()
            && self.wakes.is_empty()
            && self.cancel_pages.is_empty()
            && self.tasks.is_empty()
            && self.finished.is_empty()
            && self.runs.is_empty()
            && self.escalations.is_empty()
            && self.receipts.is_empty()
            && self.standing.is_empty()
            && self.withdrawn.is_empty()
            && self.attention.is_empty()
            && self.shift_tasks.is_none()
    }
}

/// The store. Every backend passes the whole of [`mod@crate::conformance`].
pub trait Store: Send + Sync {
    /// Begin, load, decide, save, commit. After `Ok` everything is on disk.
    ///
    /// # Errors
    /// `Conflict` when others kept winning, `LeaseLost` when a finished task's token no longer holds (nothing was saved),
    /// `Unavailable` when the store is away or full, `Refused` when a row cannot be stored, `Corrupt` when one cannot be read.
    fn transact<'a>(&'a self, scope: Scope, decide: Decide<'a>) -> Pending<'a, ()>;

    /// Takes due work for `lease`: each task gets a new token, and its attempt is counted. Timers are no such work. Lanes in
    /// `busy` are passed over, so that one dead receiver delays nobody else. Earliest due first, pages before the rest.
    fn claim<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        busy: &'a [Name],
    ) -> Pending<'a, Vec<Claimed>>;

    /// Takes the due work of one bundle in one lane, as [`Self::claim`] does: what waits, and what was leased and came free again. So the one
    /// whose turn came brings the others along (semantics L12). Pages before the rest, earliest due first.
    fn claim_bundle<'a>(
        &'a self,
        now: Timestamp,
        lease: Duration,
        bundle: BundleId,
        lane: &'a Name,
        limit: usize,
    ) -> Pending<'a, Vec<Claimed>>;

    /// When the next task or timer is due; `None` when nothing waits. Leased work counts by the end of its lease.
    fn next_due(&self) -> Pending<'_, Option<Timestamp>>;

    /// Notes that the service lives (semantics C1); gives what was noted before.
    fn beat(&self, now: Timestamp) -> Pending<'_, Option<Timestamp>>;

    /// Keeps a policy's text under its hash; keeping it twice is the same.
    fn keep_policy<'a>(&'a self, hash: &'a PolicyHash, text: &'a str, now: Timestamp) -> Pending<'a, ()>;

    /// The text of a policy.
    fn policy<'a>(&'a self, hash: &'a PolicyHash) -> Pending<'a, Option<String>>;

    /// Incidents, newest opening first.
    fn incidents<'a>(&'a self, filter: &'a IncidentFilter) -> Pending<'a, Page<IncidentRow>>;

    /// One incident.
    fn incident(&self, id: IncidentId) -> Pending<'_, Option<IncidentRow>>;

    /// The incidents that a person may mean: the start of an id with or without `inc-`, an external id, or a Sentry issue id. At most ten.
    fn incidents_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<IncidentId>>;

    /// A timeline, oldest first, after the entry `after`.
    fn timeline(&self, incident: IncidentId, after: Option<i64>, limit: usize) -> Pending<'_, Page<TimelineRow>>;

    /// Escalations, newest first.
    fn escalations<'a>(&'a self, filter: &'a EscalationFilter) -> Pending<'a, Page<EscalationRow>>;

    /// The escalations that a person may mean by the start of an id, with or without `esc-`. At most ten.
    fn escalations_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<EscalationId>>;

    /// One escalation.
    fn escalation(&self, id: EscalationId) -> Pending<'_, Option<EscalationRow>>;

    /// Deliveries without their bodies, newest first.
    fn deliveries<'a>(&'a self, filter: &'a DeliveryFilter) -> Pending<'a, Page<DeliveryRow>>;

    /// One delivery with its body, byte for byte as it came.
    fn delivery(&self, id: DeliveryId) -> Pending<'_, Option<StoredDelivery>>;

    /// The runs of agents for an incident, oldest first.
    fn runs(&self, incident: IncidentId) -> Pending<'_, Vec<AgentRun>>;

    /// One run.
    fn run(&self, id: RunId) -> Pending<'_, Option<AgentRun>>;

    /// The receipt of the last message to a channel for an incident.
    fn receipt<'a>(&'a self, incident: IncidentId, channel: &'a Name) -> Pending<'a, Option<serde_json::Value>>;

    /// Everything that is owed: unfinished and dead work, oldest due first (semantics L14).
    fn owed(&self, limit: usize) -> Pending<'_, Vec<Owed>>;

    /// What a bundle lists: its work, whatever became of it, in the order of its planning. What was dropped with no try begun never went out.
    fn bundled(&self, bundle: BundleId) -> Pending<'_, Vec<TaskRow>>;

    /// The bundles that a person may mean by the start of an id, with or without `bnd-`, the newest first. At most ten.
    fn bundles_named<'a>(&'a self, name: &'a str) -> Pending<'a, Vec<BundleId>>;

    /// The standing orders with their revision: those that hold or will, and those that ended at `since` or later; each kind oldest first. What
    /// cannot be read is missing, so that one damaged order does not take all others with it.
    fn standing(&self, since: Timestamp) -> Pending<'_, (u64, Standing)>;

    /// What people said from `since` on, oldest first.
    fn labels(&self, since: Timestamp) -> Pending<'_, Vec<TruthLabel>>;

    /// Counts for health, metrics and statistics.
    fn figures(&self, now: Timestamp) -> Pending<'_, Figures>;

    /// Deletes what is older than the retention; live incidents are never touched. With `dry_run` it only counts.
    fn cleanup<'a>(&'a self, retention: &'a Retention, now: Timestamp, dry_run: bool) -> Pending<'a, CleanupReport>;

    /// Brings the write-ahead log back into the database file, where there is one.
    fn checkpoint(&self) -> Pending<'_, ()>;

    /// Closes it; what was committed stays.
    fn close(&self) -> Pending<'_, ()>;
}
