//! The figures of escalations: how fast people are told, answer and end things, whether the ladder kept its times, and how much noise it made.
//! Pure. Each definition is told for readers in `docs/figures.md`.
//!
//! One incident is one sample, however many events it had; of one that came back its last opening counts. Drills, tests and maintenance
//! are in no figure. What is open counts as "longer than until now", and a figure on too few cases is not given.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::agreement::{FEWEST_FOR_RATES, Missing, Rate, rate};
use crate::event::ResolvedBy;
use crate::id::IncidentId;
use crate::policy::Level;
use crate::response_time::Responded;
use crate::survival::{Between, Case, RestrictedMean, Survival};
use crate::time::Timestamp;

mod sample;
#[cfg(test)]
mod tests;

use sample::{Openings, Sample};

/// With fewer cases a mean would be noise: lengths are skewed, and one long case moves it.
pub const FEWEST_FOR_MEANS: u64 = 30;
/// What takes longer counts as this long in the mean time to resolve.
pub const CAP: Duration = Duration::from_hours(7 * 24);
/// How many incidents behind a figure are named.
pub const NAMED: usize = 20;

/// What is known of one escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub incident: IncidentId,
    /// From 1 within the incident.
    pub ordinal: u32,
    /// The level whose ladder it ran.
    pub level: Level,
    /// A drill or a test (semantics S2).
    pub synthetic: bool,
    /// When the opening that it belongs to began.
    pub opened_at: Timestamp,
    /// When the first rung that ran was due; `None` before.
    pub first_due_at: Option<Timestamp>,
    /// When the first page was delivered.
    pub first_delivered_at: Option<Timestamp>,
    /// When a person first took it, alone or as one of several, or put it off.
    pub acknowledged_at: Option<Timestamp>,
    /// When its ladder was exhausted.
    pub exhausted_at: Option<Timestamp>,
    /// Until when somebody should have answered (P0 to P3).
    pub response_due_at: Option<Timestamp>,
    /// When and how it ended; `None` while it lives.
    pub ended: Option<(Timestamp, End)>,
    /// Rungs of its ladder that ran.
    pub steps: u32,
    /// Those of them that ran in time.
    pub steps_on_time: u32,
    /// Channels that took a page.
    pub pages_delivered: u32,
    /// Channels that failed for good with one.
    pub pages_failed: u32,
    /// Pages that rang somebody.
    pub interruptions: u32,
    /// Signals that the incident took in while it ran.
    pub signals: u64,
}

/// How an escalation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its incident was resolved; `None` when nobody kept by what.
    Resolved(Option<Resolver>),
    /// A rise or a fall handed the incident on to another ladder (semantics L6).
    HandedOn,
    /// Its resolve was taken back, and it goes on as the next one (semantics R4).
    Undone,
}

/// By what kind of thing an incident was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolver {
    /// A person, here.
    Person,
    /// Sentry.
    Sentry,
    /// A fix that was live and stayed quiet (semantics F3).
    Fix,
    /// The timer of the level: no signal for so long (semantics R2).
    Quiet,
    /// The timer of thirty days.
    Age,
}

impl Resolver {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Person, Self::Sentry, Self::Fix, Self::Quiet, Self::Age];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Sentry => "sentry",
            Self::Fix => "fix",
            Self::Quiet => "quiet",
            Self::Age => "age",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resolver| resolver.as_str() == word)
    }

    /// Whether only a timer ran out: that the problem ended then, or at all, nobody knows.
    #[must_use]
    pub const fn is_timer(self) -> bool {
        matches!(self, Self::Quiet | Self::Age)
    }
}

impl From<&ResolvedBy> for Resolver {
    fn from(by: &ResolvedBy) -> Self {
        match by {
            ResolvedBy::Person(_) => Self::Person,
            ResolvedBy::Sentry => Self::Sentry,
            ResolvedBy::Quiet => Self::Quiet,
            ResolvedBy::Age => Self::Age,
        }
    }
}

/// All figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Over all levels. It has no mean: a mean over levels would tell of their mixture alone.
    pub all: Group,
    /// Of each level, lowest first; maintenance has none.
    pub levels: BTreeMap<Level, Group>,
}

/// The figures of one group of escalations.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How many incidents stand behind it.
    pub incidents: u64,
    /// How many of them came back: speed is read beside it.
    pub reopened: u64,
    /// From when the first rung was due to the first delivered page.
    pub notify: Notify,
    /// From the first delivered page to the first act of a person.
    pub ack: Ack,
    /// From the opening to the resolve.
    pub resolve: Resolve,
    /// Integrity: rungs that ran in time, of all that ran.
    pub integrity: Share,
    /// Delivery: pages that a channel took, of those that one took or gave up for good.
    pub delivery: Share,
    /// Answer: incidents that a person answered before the ladder ended, of all that needed one.
    pub answer: Share,
    /// Response times, P0 to P3.
    pub response: Response,
    /// Interruptions against one per webhook.
    pub noise: Noise,
    /// Ladders that came to their end before anybody answered.
    pub exhausted: Named,
    /// Told, and no person ever acted: exhausted, or ended by a timer.
    pub unanswered: Named,
    /// Response times that were missed, those that are open past their time among them.
    pub late: Named,
    /// Due to be told, and not one page was delivered.
    pub untold: Named,
}

/// How long until somebody is told. This is ours alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notify {
    /// Incidents whose first rung ran.
    pub n: u64,
    /// Those of which no page was delivered: counted as longer than this.
    pub open: u64,
    /// The median.
    pub p50: Quantile,
    /// 95 of 100 are told within this.
    pub p95: Quantile,
    /// 99 of 100 are told within this.
    pub p99: Quantile,
    /// The longest, told or not; `None` without cases.
    pub max: Option<Duration>,
}

/// How long until a person acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// How long.
    pub times: Times,
    /// Nobody acted, and the ladder ended or a timer ended it, of all.
    pub unanswered: Share,
}

/// How long until it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// How long.
    pub times: Times,
    /// The mean with what takes longer than [`CAP`] cut off there; `None` over all levels.
    pub mean: Option<Mean>,
    /// How many were resolved by what; kinds without any are left out.
    pub by: BTreeMap<Resolver, u64>,
}

/// Lengths, open ones counted as longer than until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How many cases.
    pub n: u64,
    /// Those that did not come to their end.
    pub open: u64,
    /// The median.
    pub median: Quantile,
    /// Where the median lies with a confidence of 95 %.
    pub between: Option<Between>,
    /// 90 of 100 end within this.
    pub p90: Quantile,
}

/// A quantile, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantile {
    /// So long.
    Known(Duration),
    /// Longer than the longest case known: too many never came to their end.
    Beyond(Duration),
    /// So many cases would be needed.
    TooSmall(u64),
}

/// A mean, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mean {
    /// With its interval.
    Known(RestrictedMean),
    /// No case was followed up to the cap, and some are open.
    TooYoung,
    /// So many cases would be needed.
    TooSmall(u64),
}

/// A share of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// The cases that it counts.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

/// Whether somebody answered within the response time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Response {
    /// A person acted in time.
    pub met: u64,
    /// A person acted too late, or it was over only after its time, without anybody.
    pub missed: u64,
    /// Open past its time, and nobody acted.
    pub overdue: u64,
    /// Open, and there is still time: in no share.
    pub waiting: u64,
}

/// How often people were interrupted, against the naive rule: one interruption for each webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Noise {
    /// What people got.
    pub interruptions: u64,
    /// What the naive rule would have made: signals of incidents that were escalated. What triage ignored is not among them.
    pub signals: u64,
}

/// Incidents behind a figure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The newest of them, at most [`NAMED`].
    pub newest: Vec<IncidentId>,
}

impl Share {
    /// With its 95 % interval.
    ///
    /// # Errors
    /// [`Missing::TooSmall`] below [`FEWEST_FOR_RATES`] cases.
    pub fn rate(self) -> Result<Rate, Missing> {
        rate(self.hits, self.of)
    }

    fn count(&mut self, is_hit: bool) {
        self.of += 1;
        self.hits += u64::from(is_hit);
    }
}

impl Response {
    /// Met, of all whose time is over or that were answered.
    #[must_use]
    pub const fn share(self) -> Share {
        Share { hits: self.met, of: self.met + self.missed + self.overdue }
    }
}

impl Noise {
    /// The share of interruptions that the naive rule would have made and nobody got: 1 − interruptions / signals; negative when people were
    /// interrupted more often than webhooks came. It has no interval, because interruptions are not a sample of the signals.
    ///
    /// # Errors
    /// [`Missing::TooSmall`] below [`FEWEST_FOR_RATES`] signals.
    #[expect(clippy::cast_precision_loss, reason = "counts of signals are far below 2^52")]
    pub fn saved(self) -> Result<f64, Missing> {
        if self.signals < FEWEST_FOR_RATES {
            return Err(Missing::TooSmall(FEWEST_FOR_RATES));
        }
        Ok(1.0 - self.interruptions as f64 / self.signals as f64)
    }
}

impl Figures {
    /// From what is known of escalations, in any order, as it is at `now`.
    #[must_use]
    pub fn of(facts: impl IntoIterator<Item = Facts>, now: Timestamp) -> Self {
        let mut incidents: BTreeMap<IncidentId, Vec<Facts>> = BTreeMap::new();
        for fact in facts.into_iter().filter(|fact| !fact.synthetic && fact.level != Level::Maintenance) {
            incidents.entry(fact.incident).or_default().push(fact);
        }
        let openings: Vec<Openings> = incidents.into_values().map(Openings::of).collect();
        let levels = Level::ALL.into_iter().filter(|level| *level != Level::Maintenance);
        let mut all = group(&openings, None, now);
        all.resolve.mean = None;
        Self { all, levels: levels.map(|level| (level, group(&openings, Some(level), now))).collect() }
    }
}

fn group(incidents: &[Openings], level: Option<Level>, now: Timestamp) -> Group {
    let of_group = || incidents.iter().filter_map(|openings| Some((openings, openings.sample(level)?)));
    let mut samples: Vec<Sample> = of_group().map(|(_, sample)| sample).collect();
    // Newest first, as they are named.
    samples.sort_by_key(|sample| (std::cmp::Reverse(sample.opened_at), sample.incident));
    let mut work = Work::default();
    for fact in incidents.iter().flat_map(Openings::all).filter(|fact| level.is_none_or(|level| fact.level == level)) {
        work.add(fact);
    }
    Group {
        incidents: whole(samples.len()),
        reopened: whole(of_group().filter(|(openings, _)| openings.came_back()).count()),
        notify: notify(&samples, now),
        ack: Ack {
            times: times(&survival(&samples, |sample| sample.time_to_ack(now))),
            unanswered: share(samples.iter().filter(|sample| sample.is_told()), Sample::is_unanswered),
        },
        resolve: resolve(&samples, now),
        integrity: work.integrity,
        delivery: work.delivery,
        answer: share(samples.iter().filter(|sample| sample.needed_a_person()), Sample::is_answered_in_time),
        response: response(&samples, now),
        noise: work.noise,
        exhausted: named(&samples, Sample::is_exhausted_unanswered),
        unanswered: named(&samples, Sample::is_unanswered),
        late: named(&samples, |sample| matches!(sample.responded(now), Some(Responded::Missed | Responded::Overdue))),
        untold: named(&samples, Sample::is_untold),
    }
}

/// What is counted by steps, pages and signals: there each escalation counts, not the last opening alone.
#[derive(Default)]
struct Work {
    integrity: Share,
    delivery: Share,
    noise: Noise,
}

impl Work {
    fn add(&mut self, fact: &Facts) {
        self.integrity.hits += u64::from(fact.steps_on_time.min(fact.steps));
        self.integrity.of += u64::from(fact.steps);
        self.delivery.hits += u64::from(fact.pages_delivered);
        self.delivery.of += u64::from(fact.pages_delivered) + u64::from(fact.pages_failed);
        self.noise.interruptions += u64::from(fact.interruptions);
        self.noise.signals = self.noise.signals.saturating_add(fact.signals);
    }
}

fn response(samples: &[Sample], now: Timestamp) -> Response {
    let mut response = Response::default();
    for responded in samples.iter().filter_map(|sample| sample.responded(now)) {
        *match responded {
            Responded::Met => &mut response.met,
            Responded::Missed => &mut response.missed,
            Responded::Overdue => &mut response.overdue,
            Responded::Waiting => &mut response.waiting,
        } += 1;
    }
    response
}

fn survival(samples: &[Sample], case: impl Fn(&Sample) -> Option<Case>) -> Survival {
    Survival::of(samples.iter().filter_map(case))
}

fn notify(samples: &[Sample], now: Timestamp) -> Notify {
    let survival = survival(samples, |sample| sample.time_to_notify(now));
    Notify {
        n: survival.n(),
        open: survival.open(),
        p50: quantile(&survival, 50),
        p95: quantile(&survival, 95),
        p99: quantile(&survival, 99),
        max: (survival.n() > 0).then(|| survival.longest()),
    }
}

fn resolve(samples: &[Sample], now: Timestamp) -> Resolve {
    let survival = survival(samples, |sample| Some(sample.time_to_resolve(now)));
    let mut by = BTreeMap::new();
    for resolver in samples.iter().filter_map(Sample::resolver) {
        *by.entry(resolver).or_default() += 1;
    }
    let mean = if survival.n() < FEWEST_FOR_MEANS {
        Mean::TooSmall(FEWEST_FOR_MEANS)
    } else {
        survival.restricted_mean(CAP).map_or(Mean::TooYoung, Mean::Known)
    };
    Resolve { times: times(&survival), mean: Some(mean), by }
}

fn times(survival: &Survival) -> Times {
    let median = quantile(survival, 50);
    Times {
        n: survival.n(),
        open: survival.open(),
        median,
        between: if matches!(median, Quantile::TooSmall(_)) { None } else { survival.median_interval() },
        p90: quantile(survival, 90),
    }
}

/// A quantile stands on ten cases, and on so many that one of them is expected beyond it.
fn quantile(survival: &Survival, percent: u32) -> Quantile {
    let needed = FEWEST_FOR_RATES.max(u64::from(100 / (100 - percent.min(99))));
    if survival.n() < needed {
        return Quantile::TooSmall(needed);
    }
    survival.quantile(f64::from(percent) / 100.0).map_or(Quantile::Beyond(survival.longest()), Quantile::Known)
}

fn share<'a>(samples: impl Iterator<Item = &'a Sample>, is_hit: impl Fn(&Sample) -> bool) -> Share {
    let mut share = Share::default();
    samples.for_each(|sample| share.count(is_hit(sample)));
    share
}

fn named(samples: &[Sample], belongs: impl Fn(&Sample) -> bool) -> Named {
    let mut named = Named::default();
    for sample in samples.iter().filter(|sample| belongs(sample)) {
        named.count += 1;
        if named.newest.len() < NAMED {
            named.newest.push(sample.incident);
        }
    }
    named
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
