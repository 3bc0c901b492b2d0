//! What became of ladders: counted as it is committed, by level. Tests and drills are not among it. Shares and medians with what is still
//! open are `escalation stats`; these are for alerts and for rates over time.

use domain::figures::Resolver;
use domain::policy::Level;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::ByLevel;
use crate::counted::Counted;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResolver {
    level: &'static str,
    by: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPunctuality {
    level: &'static str,
    kept: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResponse {
    level: &'static str,
    response: &'static str,
}

/// Whether a step was done in time.
const KEPT: [&str; 2] = ["on_time", "late"];
/// Whether the first answer came within the response time.
const RESPONSES: [&str; 2] = ["met", "missed"];

/// See the module.
pub(super) struct Ladder {
    notified: Family<ByLevel, Histogram, fn() -> Histogram>,
    acknowledged: Family<ByLevel, Counter>,
    resolved: Family<ByResolver, Counter>,
    exhausted: Family<ByLevel, Counter>,
    responses: Family<ByResponse, Counter>,
    steps: Family<ByPunctuality, Counter>,
    interruptions: Family<ByLevel, Counter>,
}

impl Default for Ladder {
    fn default() -> Self {
        let ladder = Self {
            notified: Family::new_with_constructor(seconds),
            acknowledged: Family::default(),
            resolved: Family::default(),
            exhausted: Family::default(),
            responses: Family::default(),
            steps: Family::default(),
            interruptions: Family::default(),
        };
        ladder.begin_with_zero();
        ladder
    }
}

/// Three seconds is the promise for a critical, thirty the longest that it may take; a storm is bundled for a minute.
fn seconds() -> Histogram {
    Histogram::new([0.5, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0])
}

impl Ladder {
    fn begin_with_zero(&self) {
        for level in Level::ALL.map(Level::as_str) {
            let _ = self.notified.get_or_create(&ByLevel { level });
            let _ = self.acknowledged.get_or_create(&ByLevel { level });
            let _ = self.exhausted.get_or_create(&ByLevel { level });
            let _ = self.interruptions.get_or_create(&ByLevel { level });
            for by in Resolver::ALL.map(Resolver::as_str) {
                let _ = self.resolved.get_or_create(&ByResolver { level, by });
            }
            for kept in KEPT {
                let _ = self.steps.get_or_create(&ByPunctuality { level, kept });
            }
            for response in RESPONSES {
                let _ = self.responses.get_or_create(&ByResponse { level, response });
            }
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "time_to_notify_seconds",
            "From when an escalation's first rung was due to its first delivered page, by level",
            self.notified.clone(),
        );
        registry.register("acknowledgements", "Acknowledgements by people, by level", self.acknowledged.clone());
        registry.register(
            "incidents_resolved",
            "Incidents resolved, by level and by what: a person, sentry, a fix, or a timer (quiet, age)",
            self.resolved.clone(),
        );
        registry.register(
            "escalations_exhausted",
            "Ladders that came to their end without an answer; that of low ends with its digest",
            self.exhausted.clone(),
        );
        registry.register(
            "responses",
            "First answers of openings, by level and whether the response time was met; ended too late without one is missed",
            self.responses.clone(),
        );
        registry.register(
            "ladder_steps",
            "Steps of ladders that were done, by level and whether in time",
            self.steps.clone(),
        );
        registry.register("interruptions", "How often people were interrupted, by level", self.interruptions.clone());
    }

    pub(super) fn count(&self, counted: Counted) {
        let by_level = |level: Level| ByLevel { level: level.as_str() };
        match counted {
            Counted::Notified(level, after) => {
                self.notified.get_or_create(&by_level(level)).observe(after.as_secs_f64());
            }
            Counted::Acknowledged(level) => {
                self.acknowledged.get_or_create(&by_level(level)).inc();
            }
            Counted::Resolved(level, by) => {
                self.resolved.get_or_create(&ByResolver { level: level.as_str(), by: by.as_str() }).inc();
            }
            Counted::Exhausted(level) => {
                self.exhausted.get_or_create(&by_level(level)).inc();
            }
            Counted::Responded(level, in_time) => {
                let response = RESPONSES[usize::from(!in_time)];
                self.responses.get_or_create(&ByResponse { level: level.as_str(), response }).inc();
            }
            Counted::Steps(level, on_time, late) => {
                for (kept, steps) in KEPT.into_iter().zip([on_time, late]) {
                    let steps_of = ByPunctuality { level: level.as_str(), kept };
                    self.steps.get_or_create(&steps_of).inc_by(u64::from(steps));
                }
            }
            Counted::Interrupted(level, often) => {
                self.interruptions.get_or_create(&by_level(level)).inc_by(u64::from(often));
            }
        }
    }
}
