//! The engine's figures for Prometheus. Labels are words of ours and configured names, never text of an event; every set that is known in
//! advance is there from the start, with zero.

mod ladder;

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use domain::id::Name;
use domain::incident::State;
use domain::policy::Level;
use domain::priority::Priority;
use domain::signal::Outcome;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use store::record::{Figures, TaskState};

use ladder::Ladder;

use crate::inside::Inside;
use crate::intake::Answer;
use crate::ports::Settings;
use crate::workspace::Noted;

/// Why a delivery was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    SignatureMissing,
    SignatureMalformed,
    SignatureWrong,
    Busy,
}

impl Refused {
    const ALL: [Self; 4] = [Self::SignatureMissing, Self::SignatureMalformed, Self::SignatureWrong, Self::Busy];

    const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureMissing => "signature_missing",
            Self::SignatureMalformed => "signature_malformed",
            Self::SignatureWrong => "signature_wrong",
            Self::Busy => "busy",
        }
    }
}

/// What became of one try of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Delivered,
    Retry,
    Failed,
    Dropped,
}

impl Told {
    const ALL: [Self; 4] = [Self::Delivered, Self::Retry, Self::Failed, Self::Dropped];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry => "retry",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByNotifier {
    notifier: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByLevel {
    level: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByLabel {
    said: &'static str,
    triage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPriority {
    priority: &'static str,
    decided: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: String,
    level: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByTask {
    work: String,
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByLane {
    lane: String,
}

/// `outcome` of a delivery that was there already.
const DUPLICATE: &str = "duplicate";
/// What triage had come to, against what a person said: lower, as high, higher.
const TRIAGE: [&str; 3] = ["under", "same", "over"];
/// Every kind of work that a task may be.
const WORKS: [&str; 4] = ["page", "update", "agent_start", "agent_poll"];
/// Every state of an incident.
const STATES: [&str; 6] = ["open", "escalating", "acknowledged", "snoozed", "exhausted", "resolved"];

/// The figures.
pub(crate) struct Metrics {
    registry: Registry,
    deliveries: Family<ByOutcome, Counter>,
    refused: Family<ByReason, Counter>,
    intake: Histogram,
    batch: Histogram,
    pages: Family<ByNotifier, Counter>,
    lateness: Histogram,
    transactions: Family<ByResult, Counter>,
    opened: Family<ByLevel, Counter>,
    triage: Family<ByPriority, Counter>,
    labels: Family<ByLabel, Counter>,
    ladder: Ladder,
    incidents: Family<ByState, Gauge>,
    tasks: Family<ByTask, Gauge>,
    oldest_due: Gauge<f64, AtomicU64>,
    lane_failures: Family<ByLane, Gauge>,
    queued: Gauge,
    in_flight: Gauge,
    unreadable: Gauge,
    database_bytes: Gauge,
}

impl Metrics {
    pub(crate) fn for_settings(settings: &Settings) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("watchfire"),
            deliveries: Family::default(),
            refused: Family::default(),
            intake: Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0]),
            batch: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
            pages: Family::default(),
            lateness: Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0]),
            transactions: Family::default(),
            opened: Family::default(),
            triage: Family::default(),
            labels: Family::default(),
            ladder: Ladder::default(),
            incidents: Family::default(),
            tasks: Family::default(),
            oldest_due: Gauge::default(),
            lane_failures: Family::default(),
            queued: Gauge::default(),
            in_flight: Gauge::default(),
            unreadable: Gauge::default(),
            database_bytes: Gauge::default(),
        };
        metrics.begin_with_zero(settings);
        metrics.register();
        metrics
    }

    fn begin_with_zero(&self, settings: &Settings) {
        for outcome in Outcome::ALL.map(Outcome::as_str).into_iter().chain([DUPLICATE]) {
            let _ = self.deliveries.get_or_create(&ByOutcome { outcome });
        }
        for reason in Refused::ALL.map(Refused::as_str) {
            let _ = self.refused.get_or_create(&ByReason { reason });
        }
        for notifier in settings.notifiers.values().map(|notifier| notifier.kind()) {
            for result in Told::ALL.map(Told::as_str) {
                let _ = self.pages.get_or_create(&ByNotifier { notifier, result });
            }
        }
        for result in ["ok", "failed"] {
            let _ = self.transactions.get_or_create(&ByResult { result });
        }
        for level in Level::ALL.map(Level::as_str) {
            let _ = self.opened.get_or_create(&ByLevel { level });
        }
        for priority in Priority::ALL.map(Priority::as_str) {
            for decided in ["score", "ceiling", "rule", "label"] {
                let _ = self.triage.get_or_create(&ByPriority { priority, decided });
            }
        }
        for said in Priority::ALL.map(Priority::as_str) {
            for triage in TRIAGE {
                let _ = self.labels.get_or_create(&ByLabel { said, triage });
            }
        }
        for lane in settings.notifiers.keys().chain(settings.agents.keys()) {
            let _ = self.lane_failures.get_or_create(&ByLane { lane: lane.to_string() });
        }
        self.clear_counts();
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("deliveries", "Deliveries answered, by what became of them", self.deliveries.clone());
        registry.register("deliveries_refused", "Deliveries not taken, by reason", self.refused.clone());
        registry.register(
            "intake_seconds",
            "From a verified delivery to its answer after the commit",
            self.intake.clone(),
        );
        registry.register("batch_size", "Decisions committed together", self.batch.clone());
        registry.register("pages", "Tries to tell somebody, by kind of notifier and result", self.pages.clone());
        registry.register(
            "task_lateness_seconds",
            "How long after its due time a task was begun",
            self.lateness.clone(),
        );
        registry.register("store_transactions", "Transactions, by result", self.transactions.clone());
        registry.register("incidents_opened", "Incidents opened, by level", self.opened.clone());
        registry.register(
            "triage",
            "Signals triaged, by the priority they came to and what decided it",
            self.triage.clone(),
        );
        registry.register(
            "labels",
            "What people said of incidents, and whether triage had said less, the same or more",
            self.labels.clone(),
        );
        self.ladder.register(registry);
        registry.register("incidents", "Incidents in the store, by state and level", self.incidents.clone());
        registry.register("tasks", "Unfinished and dead tasks, by work and state", self.tasks.clone());
        registry.register(
            "oldest_due_seconds",
            "How long the oldest due task or timer has waited",
            self.oldest_due.clone(),
        );
        registry.register(
            "lane_failures",
            "Tries in a row that failed, by notifier or agent",
            self.lane_failures.clone(),
        );
        registry.register("deliveries_waiting", "Deliveries that wait for their commit", self.queued.clone());
        registry.register("requests_in_flight", "Requests under way", self.in_flight.clone());
        registry.register("deliveries_unreadable", "Stored deliveries that could not be read", self.unreadable.clone());
        registry.register("database_bytes", "Size of the database with its log", self.database_bytes.clone());
    }

    /// States and works that nothing is in are zero, not absent.
    fn clear_counts(&self) {
        self.incidents.clear();
        self.tasks.clear();
        for state in STATES {
            for level in Level::ALL.map(Level::as_str) {
                self.incidents.get_or_create(&ByState { state: state.into(), level: level.into() }).set(0);
            }
        }
        for work in WORKS {
            for state in [TaskState::Waiting, TaskState::Leased, TaskState::Dead] {
                self.tasks.get_or_create(&ByTask { work: work.into(), state: state.as_str().into() }).set(0);
            }
        }
    }

    pub(crate) fn received(&self, answer: &Answer, took: Duration) {
        let outcome = if answer.duplicate { DUPLICATE } else { answer.outcome.as_str() };
        self.deliveries.get_or_create(&ByOutcome { outcome }).inc();
        self.intake.observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self, reason: Refused) {
        self.refused.get_or_create(&ByReason { reason: reason.as_str() }).inc();
    }

    pub(crate) fn batch(&self, size: usize) {
        self.batch.observe(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
    }

    pub(crate) fn told(&self, notifier: &'static str, result: Told) {
        self.pages.get_or_create(&ByNotifier { notifier, result: result.as_str() }).inc();
    }

    pub(crate) fn late(&self, by: Duration) {
        self.lateness.observe(by.as_secs_f64());
    }

    pub(crate) fn transacted(&self, ok: bool) {
        self.transactions.get_or_create(&ByResult { result: if ok { "ok" } else { "failed" } }).inc();
    }

    pub(crate) fn noted(&self, noted: &Noted) {
        for level in &noted.opened {
            self.opened.get_or_create(&ByLevel { level: level.as_str() }).inc();
        }
        for (priority, decided) in &noted.triaged {
            self.triage.get_or_create(&ByPriority { priority: priority.as_str(), decided }).inc();
        }
        for (said, triaged) in &noted.labelled {
            let triage = TRIAGE[match triaged.cmp(said) {
                Ordering::Less => 0,
                Ordering::Equal => 1,
                Ordering::Greater => 2,
            }];
            self.labels.get_or_create(&ByLabel { said: said.as_str(), triage }).inc();
        }
        for counted in &noted.counted {
            self.ladder.count(*counted);
        }
    }

    fn count(&self, figures: &Figures, waited: Duration) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.clear_counts();
        for (state, level, count) in &figures.incidents {
            let place = ByState { state: state.clone(), level: level.clone() };
            self.incidents.get_or_create(&place).set(whole(*count));
        }
        for (work, state, count) in &figures.tasks {
            self.tasks.get_or_create(&ByTask { work: work.clone(), state: state.clone() }).set(whole(*count));
        }
        self.oldest_due.set(waited.as_secs_f64());
        self.unreadable.set(whole(figures.unreadable));
        self.database_bytes.set(whole(figures.bytes));
    }

    fn lane(&self, lane: &Name, failures: u32) {
        self.lane_failures.get_or_create(&ByLane { lane: lane.to_string() }).set(i64::from(failures));
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // Writing to a String cannot fail; a broken page must not look like a good one.
            text.clear();
            let _ = writeln!(text, "# the figures could not be written");
        }
        text
    }
}

impl Inside {
    /// The figures as text, the store's read now; without them when the store is away, because the others still tell why.
    pub(crate) async fn metrics_text(&self) -> String {
        let now = self.now();
        if let Ok(figures) = self.ports.store.figures(now).await {
            let waited = figures.oldest_due.map(|due| now.since(due)).unwrap_or_default();
            self.metrics.count(&figures, waited);
        }
        for lane in self.notes.lanes() {
            self.metrics.lane(&lane.name, lane.failures);
        }
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.queued.set(whole(self.queue.deliveries()));
        self.metrics.in_flight.set(whole(self.slots.in_flight()));
        self.metrics.text()
    }
}

/// A state that is missing from the list above does not compile here.
const _: fn(&State) -> bool = |state| match state {
    State::Open
    | State::Escalating
    | State::Acknowledged { .. }
    | State::Snoozed { .. }
    | State::Exhausted { .. }
    | State::Resolved { .. } => true,
};
