//! What is usual: one level of events per identity, one shape of the week per project. Integers only, so that every machine agrees.
//!
//! The limit follows what Sentry publishes of its escalating issues (docs.sentry.io, "Escalating Issues Algorithm"): the higher of a spike,
//! five deviations above the mean but at least five and at most eight times the mean, and of twice the highest hour, for what comes in bursts.
//! Other than there, an hour is learnt only up to the limit, so that a burst does not become what is usual, and the hour of the week counts.

mod shape;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::shape::Shape;
use self::shape::{Factors, ONE};
use crate::time::Timestamp;

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Over so many hours the mean goes: half of it is forgotten after one week (168 / ln 2).
const MEMORY: u64 = 242;
/// Before so many hours were closed nobody knows what is usual.
const LEARNING: u32 = 24;
/// A gap is learnt hour by hour; after so many silent ones nothing is left of what was before.
const LONGEST_GAP: u32 = 1680;
/// Events of one hour beyond this are not told apart.
const MOST: u64 = 1 << 24;
/// A rise to fewer events an hour than these cannot be told from chance.
const FLOOR: u64 = 10;
/// How much nearer a burst brings the highest hour to its cut self: the sixteenth part. An hour within the limit brings it half the way, so
/// that a job is known by its runs, and what doubles each hour still runs away from the limit.
const RAISE: u64 = 16;
/// One event in the fixed point of a mean.
const FINE: u64 = 1 << 20;

/// The usual rate of one identity, learnt hour by hour.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// The hour that is being counted, in hours since 1970; 0 before anything was.
    pub hour: u32,
    /// Events in it so far.
    pub count: u32,
    /// Events in the hour before it.
    pub before: u32,
    /// How much was observed, fading: 1024 for each closed hour of an average hour's weight.
    pub weight: u32,
    /// Events of an average hour of the week, in 2^20ths of an event.
    pub mean: u64,
    /// Squared distance of an hour from what is usual in it, in 1024ths of a squared event.
    pub variance: u64,
    /// How many hours were closed.
    pub observed: u32,
    /// The most events of an hour, against the hour of the week, fading (half of it in two weeks, so that a weekly
    /// job is still known), in 1024ths of an event.
    pub peak: u64,
    /// Sentry's last total of events, with those that were counted since, to know how many are new; and when it was told.
    pub total: Option<(u64, Timestamp)>,
}

/// How fast an identity is now, and how fast it usually is at this hour of the week. Rates are tenths of an event an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Over the last sixty minutes.
    pub lately: u64,
    /// What is usual for this hour of the week.
    pub usual: u64,
    /// Above this it escalates.
    pub limit: u64,
    /// How many hours the baseline has seen.
    pub observed_hours: u32,
}

impl Baseline {
    /// Takes in so many new events, each counted by its id. The hour that this closes is taught to the project's shape; `true` when it was.
    pub fn take_in(&mut self, events: u64, at: Timestamp, shape: &mut Shape) -> bool {
        let taught = self.go_on(at, 0, shape);
        self.count = added(self.count, events);
        if let Some((total, _)) = &mut self.total {
            *total = total.saturating_add(events);
        }
        taught
    }

    /// Takes in Sentry's own total of events; `events` of them are known by their ids. The first total stands for one event. What a later one
    /// has grown by is spread over the time between them: only the last hour's part is new now. One that shrank (another environment, a
    /// merge) begins anew. `true` when the shape was taught.
    pub fn hear(&mut self, total: u64, events: u64, at: Timestamp, shape: &mut Shape) -> bool {
        let (now, hourly) = match self.total {
            None => (events.max(1), 0),
            Some((before, when)) => {
                let grown = total.saturating_sub(before);
                let span = u128::from(at.millis().saturating_sub(when.millis()).max(HOUR).unsigned_abs());
                let hourly = u128::from(grown) * u128::from(FINE) * u128::from(HOUR.unsigned_abs()) / span;
                let hourly = u64::try_from(hourly).unwrap_or(u64::MAX);
                ((hourly / FINE).max(events).max(grown.min(1)), hourly)
            }
        };
        let taught = self.go_on(at, hourly, shape);
        self.count = added(self.count, now);
        self.total = Some((total, at));
        taught
    }

    /// The pace at `now`; `None` while fewer than 24 hours were observed.
    #[must_use]
    pub fn pace(&self, now: Timestamp, shape: &Shape) -> Option<Pace> {
        let factors = shape.factors();
        let mut then = self.clone();
        then.advance(hour_of(now), 0, &factors);
        if then.observed < LEARNING {
            return None;
        }
        let factor = factors.of(then.hour);
        // The part of the hour before that lies within sixty minutes. A clock that was set back is still in the hour that runs.
        let rest = if hour_of(now) == then.hour { HOUR - now.millis().rem_euclid(HOUR) } else { 0 };
        let before = u64::from(then.before) * 10 * rest.unsigned_abs() / HOUR.unsigned_abs();
        Some(Pace {
            lately: u64::from(then.count) * 10 + before,
            usual: then.usual(factor).saturating_mul(10) / FINE,
            limit: then.limit(factor).saturating_mul(10) / FINE,
            observed_hours: then.observed,
        })
    }

    fn go_on(&mut self, at: Timestamp, hourly: u64, shape: &mut Shape) -> bool {
        let closed = self.advance(hour_of(at), hourly, &shape.factors());
        if let Some((hour, events)) = closed {
            shape.learn(hour, events);
        }
        closed.is_some()
    }

    /// Closes the hours before `hour`: the one that ran, and silent ones, in which `hourly` (in 2^20ths) is believed to have happened. The
    /// closed hour and what may be learnt of it, if anything was counted.
    fn advance(&mut self, hour: u32, hourly: u64, factors: &Factors<'_>) -> Option<(u32, u64)> {
        if self.hour == 0 {
            self.hour = hour;
            return None;
        }
        if hour <= self.hour {
            // A clock that was far ahead must not stop the counting until its time has come.
            if self.hour - hour > 1 {
                (self.hour, self.count, self.before) = (hour, 0, 0);
            }
            return None;
        }
        let (closed, counted) = (self.hour, self.count);
        let usual = self.close(u64::from(counted) * FINE, factors.of(closed));
        let gap = hour - closed - 1;
        self.observed = self.observed.saturating_add(gap.saturating_sub(LONGEST_GAP));
        for silent in hour - gap.min(LONGEST_GAP)..hour {
            self.close(hourly, factors.of(silent));
        }
        self.before = if gap == 0 { counted } else { added(0, hourly / FINE) };
        (self.hour, self.count) = (hour, 0);
        (counted > 0).then_some((closed, usual / FINE))
    }

    /// Learns an hour, and says how much of it: up to the limit, once one is known.
    fn close(&mut self, events: u64, factor: u64) -> u64 {
        let learnt = self.observed >= LEARNING;
        let most = if learnt { self.limit(factor).min(MOST * FINE) } else { MOST * FINE };
        let burst = events > most;
        let events = events.min(most);
        let weight = u64::from(self.weight);
        let weight = weight - weight / MEMORY + factor;
        self.weight = u32::try_from(weight).unwrap_or(u32::MAX);
        let distance = (events.abs_diff(self.usual(factor)) / 1024).min(1 << 34);
        // 2^10ths squared are 2^20ths; kept as 2^10ths.
        let square = u64::try_from(u128::from(distance) * u128::from(distance) / u128::from(ONE)).unwrap_or(u64::MAX);
        self.variance = nearer(self.variance, square, factor, weight);
        self.mean = nearer(self.mean, events, factor, weight);
        let height = events / 1024 * ONE / factor;
        self.peak -= self.peak.div_ceil(2 * MEMORY).min(self.peak);
        if height > self.peak {
            let part = match (learnt, burst) {
                (false, _) => 1,
                (true, false) => 2,
                (true, true) => RAISE,
            };
            self.peak += (height - self.peak).div_ceil(part);
        }
        self.observed = self.observed.saturating_add(1);
        events
    }

    /// What is usual in an hour of this factor, in 2^20ths of an event.
    fn usual(&self, factor: u64) -> u64 {
        scaled(self.mean, factor)
    }

    /// Above this an hour of this factor escalates, in 2^20ths of an event.
    fn limit(&self, factor: u64) -> u64 {
        let usual = self.usual(factor);
        // The root of 2^10ths times 2^10 is in 2^10ths; a mean is in 2^20ths.
        let deviation = (u128::from(scaled(self.variance, factor)) * 1024).isqrt();
        let deviation = u64::try_from(deviation).unwrap_or(u64::MAX).saturating_mul(1024);
        let spike =
            usual.saturating_add(deviation.saturating_mul(5)).clamp(usual.saturating_mul(5), usual.saturating_mul(8));
        let bursty = scaled(self.peak, factor).saturating_mul(2 * 1024);
        spike.max(bursty).max(FLOOR * FINE)
    }
}

/// A fading mean of `value / factor`, weighed by the factor: the new hour counts by its part of all that was observed.
fn nearer(mean: u64, value: u64, factor: u64, weight: u64) -> u64 {
    let (mean, value) = (i128::from(mean), i128::from(value));
    let (factor, weight) = (i128::from(factor), i128::from(weight.max(1)));
    let step = (value * i128::from(ONE) - mean * factor) / weight;
    u64::try_from((mean + step).max(0)).unwrap_or(u64::MAX)
}

fn scaled(value: u64, factor: u64) -> u64 {
    u64::try_from(u128::from(value) * u128::from(factor) / u128::from(ONE)).unwrap_or(u64::MAX)
}

fn added(count: u32, more: u64) -> u32 {
    u32::try_from(u64::from(count).saturating_add(more)).unwrap_or(u32::MAX)
}

/// Hours since 1970; never 0, which stands for none.
fn hour_of(at: Timestamp) -> u32 {
    u32::try_from(at.millis().div_euclid(HOUR).max(1)).unwrap_or(u32::MAX)
}
