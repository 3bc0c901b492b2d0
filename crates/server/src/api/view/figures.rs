//! The figures of escalations. What is not known is absent, and says why: too few cases, or too many that never ended.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::figures::{
    Ack, CAP, Group, Mean, Named, Noise, Notify, Quantile, Resolve, Response, Share as Counted, Times,
};
use serde::Serialize;

use crate::api::share::{Share, rounded};

/// The figures of a level, or of all.
#[derive(Serialize)]
pub(in crate::api) struct GroupView {
    incidents: u64,
    /// Those that came back: speed is read beside it.
    reopened: u64,
    time_to_notify: NotifyView,
    time_to_ack: AckView,
    time_to_resolve: ResolveView,
    /// Steps of ladders done in time, of all steps done.
    integrity: ShareView,
    /// Pages delivered, of all pages that came to an end.
    delivery: ShareView,
    /// Answered by a person before the ladder ended, of all that needed one.
    answer: ShareView,
    response: ResponseView,
    noise: NoiseView,
    exhausted: NamedView,
    unanswered: NamedView,
    late: NamedView,
    untold: NamedView,
}

impl GroupView {
    pub(in crate::api) fn of(group: &Group) -> Self {
        Self {
            incidents: group.incidents,
            reopened: group.reopened,
            time_to_notify: NotifyView::of(group.notify),
            time_to_ack: AckView::of(group.ack),
            time_to_resolve: ResolveView::of(&group.resolve),
            integrity: ShareView::of(group.integrity),
            delivery: ShareView::of(group.delivery),
            answer: ShareView::of(group.answer),
            response: ResponseView::of(group.response),
            noise: NoiseView::of(group.noise),
            exhausted: NamedView::of(&group.exhausted),
            unanswered: NamedView::of(&group.unanswered),
            late: NamedView::of(&group.late),
            untold: NamedView::of(&group.untold),
        }
    }
}

/// A share, with how many hit it on too few cases too.
#[derive(Serialize)]
struct ShareView(Share);

impl ShareView {
    fn of(share: Counted) -> Self {
        Self(Share { hits: Some(share.hits), ..Share::of(share.rate(), share.of) })
    }
}

#[derive(Serialize)]
struct QuantileView {
    ms: Option<u64>,
    /// The longest case known; so many did not end that this is all one can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    longer_than_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_small_below: Option<u64>,
}

impl QuantileView {
    fn of(quantile: Quantile) -> Self {
        let (ms, longer_than_ms, too_small_below) = match quantile {
            Quantile::Known(length) => (Some(millis(length)), None, None),
            Quantile::Beyond(longest) => (None, Some(millis(longest)), None),
            Quantile::TooSmall(needed) => (None, None, Some(needed)),
        };
        Self { ms, longer_than_ms, too_small_below }
    }
}

#[derive(Serialize)]
struct NotifyView {
    n: u64,
    /// Not told (yet), and counted as longer than until now.
    open: u64,
    p50: QuantileView,
    p95: QuantileView,
    p99: QuantileView,
    max_ms: Option<u64>,
}

impl NotifyView {
    fn of(notify: Notify) -> Self {
        Self {
            n: notify.n,
            open: notify.open,
            p50: QuantileView::of(notify.p50),
            p95: QuantileView::of(notify.p95),
            p99: QuantileView::of(notify.p99),
            max_ms: notify.max.map(millis),
        }
    }
}

#[derive(Serialize)]
struct TimesView {
    n: u64,
    /// Did not come to their end, and are counted as longer than until now.
    open: u64,
    median: QuantileView,
    /// Where the median lies with a confidence of 95 %.
    median_low_ms: Option<u64>,
    median_high_ms: Option<u64>,
    p90: QuantileView,
}

impl TimesView {
    fn of(times: Times) -> Self {
        Self {
            n: times.n,
            open: times.open,
            median: QuantileView::of(times.median),
            median_low_ms: times.between.map(|between| millis(between.low)),
            median_high_ms: times.between.and_then(|between| between.high).map(millis),
            p90: QuantileView::of(times.p90),
        }
    }
}

#[derive(Serialize)]
struct AckView {
    #[serde(flatten)]
    times: TimesView,
    unanswered: ShareView,
}

impl AckView {
    fn of(ack: Ack) -> Self {
        Self { times: TimesView::of(ack.times), unanswered: ShareView::of(ack.unanswered) }
    }
}

#[derive(Serialize)]
struct ResolveView {
    #[serde(flatten)]
    times: TimesView,
    /// How many were resolved by what; those of the timers count as open.
    by: BTreeMap<&'static str, u64>,
    /// The mean with longer ones cut off at `cap_ms`; never over all levels.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<MeanView>,
}

impl ResolveView {
    fn of(resolve: &Resolve) -> Self {
        Self {
            times: TimesView::of(resolve.times),
            by: resolve.by.iter().map(|(by, count)| (by.as_str(), *count)).collect(),
            mean: resolve.mean.map(MeanView::of),
        }
    }
}

#[derive(Serialize)]
struct MeanView {
    ms: Option<u64>,
    low_ms: Option<u64>,
    high_ms: Option<u64>,
    cap_ms: u64,
    /// No case was followed up to the cap, and some are open.
    too_young: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_small_below: Option<u64>,
}

impl MeanView {
    fn of(mean: Mean) -> Self {
        let known = match mean {
            Mean::Known(known) => Some(known),
            Mean::TooYoung | Mean::TooSmall(_) => None,
        };
        Self {
            ms: known.map(|mean| millis(mean.mean)),
            low_ms: known.map(|mean| millis(mean.low)),
            high_ms: known.map(|mean| millis(mean.high)),
            cap_ms: millis(CAP),
            too_young: mean == Mean::TooYoung,
            too_small_below: if let Mean::TooSmall(needed) = mean { Some(needed) } else { None },
        }
    }
}

#[derive(Serialize)]
struct ResponseView {
    met: u64,
    missed: u64,
    /// Open past the time, and nobody acted.
    overdue: u64,
    /// Still in time, and in no share.
    waiting: u64,
    in_time: ShareView,
}

impl ResponseView {
    fn of(response: Response) -> Self {
        let Response { met, missed, overdue, waiting } = response;
        Self { met, missed, overdue, waiting, in_time: ShareView::of(response.share()) }
    }
}

#[derive(Serialize)]
struct NoiseView {
    interruptions: u64,
    /// Webhooks of escalated incidents: the naive rule interrupts once for each.
    signals: u64,
    /// 1 − interruptions / signals; below zero when there were more interruptions than webhooks.
    saved: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_small_below: Option<u64>,
}

impl NoiseView {
    fn of(noise: Noise) -> Self {
        let saved = noise.saved();
        Self {
            interruptions: noise.interruptions,
            signals: noise.signals,
            saved: saved.ok().map(rounded),
            too_small_below: saved.is_err().then_some(domain::agreement::FEWEST_FOR_RATES),
        }
    }
}

/// The incidents behind a figure: how many, and the newest of them.
#[derive(Serialize)]
struct NamedView {
    count: u64,
    newest: Vec<String>,
}

impl NamedView {
    fn of(named: &Named) -> Self {
        Self { count: named.count, newest: named.newest.iter().map(ToString::to_string).collect() }
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
