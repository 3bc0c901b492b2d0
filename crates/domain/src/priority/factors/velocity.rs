//! How fast it goes, against its own past.

use std::time::Duration;

use super::{Answer, Case, HOUR, along};
use crate::baseline::Pace;
use crate::priority::evidence::{Evidence, Missing, Word};

/// Shorter than this a stretch of time gives no rate.
const SHORTEST_STRETCH: Duration = Duration::from_mins(5);

/// So many events are a rate even when the error is new.
const BURST: u64 = 50;

/// What growth is worth, in hundredths of the rate before.
pub(in crate::priority) const GROWTH: &[(u64, u8)] =
    &[(1, 10), (50, 15), (100, 25), (200, 50), (500, 70), (1_000, 90), (10_000, 100)];

/// What a rate is worth of which nothing usual is known, in tenths of an event an hour.
pub(in crate::priority) const RATES: &[(u64, u8)] = &[(10, 25), (100, 35), (1_000, 50), (10_000, 70), (100_000, 90)];

/// Sentry says that it escalates.
const ESCALATES: u8 = 90;

/// A baseline that has seen a whole week may contradict Sentry, whose own rule needs a week as well (docs.sentry.io, escalating issues).
const MATURE_HOURS: u32 = 7 * 24;

/// Below five events an hour nothing is fast, however rare it usually is.
const FEW: u64 = 50;

/// What few events are worth at most.
const FEW_ARE_WORTH: u8 = 30;

/// What a pace at its limit is worth; above it everything escalates.
const AT_LIMIT: u8 = 70;

pub(super) fn velocity(case: &Case<'_>) -> Answer {
    let escalating = super::novelty::is_escalating(case.signal);
    let pace =
        case.known.baseline.zip(case.known.project).and_then(|(own, project)| own.pace(case.now, &project.shape));
    match (pace, escalating) {
        (Some(pace), escalating) => {
            let Pace { lately, usual, limit, .. } = pace;
            (Some(of_pace(&pace, escalating)), Evidence::Pace { lately, usual, limit, escalating })
        }
        (None, true) => (Some(ESCALATES), Evidence::Sentry(Word::Escalating)),
        (None, false) => by_totals(case),
    }
}

/// The worth of a pace: above the limit at least 85 and the higher the further; up to it, low at the usual and rising.
pub(in crate::priority) fn of_pace(pace: &Pace, escalating: bool) -> u8 {
    let own = if pace.lately < FEW {
        if pace.lately > pace.limit { FEW_ARE_WORTH } else { up_to_limit(pace).min(FEW_ARE_WORTH) }
    } else if pace.lately > pace.limit {
        // In hundredths of the limit.
        let above = pace.lately.saturating_mul(100) / pace.limit.max(1);
        along(above, &[(100, 85), (200, 90), (500, 95), (1_000, 100)])
    } else {
        up_to_limit(pace)
    };
    if !escalating {
        return own;
    }
    let nothing_unusual = own < 85;
    if nothing_unusual && pace.observed_hours >= MATURE_HOURS {
        // A hint against a baseline that knows better: each counts half.
        u8::midpoint(own, ESCALATES)
    } else {
        own.max(ESCALATES)
    }
}

fn up_to_limit(pace: &Pace) -> u8 {
    if pace.lately <= pace.usual {
        // In hundredths of the usual; the usual itself is what any error is.
        let share = pace.lately.saturating_mul(100) / pace.usual.max(1);
        return along(share, &[(1, 10), (50, 15), (100, 25)]);
    }
    let (way, whole) = (pace.lately - pace.usual, pace.limit.saturating_sub(pace.usual).max(1));
    let risen = u128::from(AT_LIMIT - 25) * u128::from(way) / u128::from(whole);
    25_u8.saturating_add(u8::try_from(risen).unwrap_or(u8::MAX)).min(AT_LIMIT)
}

/// Without a baseline: two totals of Sentry's compared, else the rate over its whole age.
fn by_totals(case: &Case<'_>) -> Answer {
    let (signal, history) = (case.signal, case.history());
    let first = case.first_seen();
    // Users are told with Sentry's own total only: then the two totals count the same thing.
    let totals = history.filter(|incident| incident.counts.users.is_some());
    if let (Some(incident), Some(first), Some(total)) = (totals, first, signal.events) {
        let before = incident.last_signal_at.since(first);
        let recent = case.since(incident.last_signal_at);
        let known = incident.counts.events;
        if before >= HOUR && recent >= SHORTEST_STRETCH && known > 0 && total > known {
            let usual = hourly(known, before);
            let lately = hourly(total - known, recent);
            return (Some(of_growth(lately, usual)), Evidence::Growth { lately, before: usual });
        }
    }
    let events = signal.events.max(history.map(|incident| incident.counts.events));
    let (Some(first), Some(events)) = (first, events) else { return (None, Evidence::Missing(Missing::Rate)) };
    let age = case.since(first);
    if age < HOUR && events < BURST {
        return (None, Evidence::TooFew { events, age: age.as_secs() });
    }
    // A minute at least: a burst that took a second would have any rate.
    let rate = hourly(events, age.max(Duration::from_mins(1)));
    (Some(along(rate, RATES)), Evidence::Rate { rate, age: age.as_secs() })
}

/// What a rate is worth against the one before.
pub(in crate::priority) fn of_growth(lately: u64, before: u64) -> u8 {
    along(lately.saturating_mul(100) / before.max(1), GROWTH)
}

/// Events an hour, in tenths.
fn hourly(events: u64, span: Duration) -> u64 {
    let millis = span.as_millis().max(1);
    u64::try_from(u128::from(events) * 36_000_000 / millis).unwrap_or(u64::MAX)
}
