//! `GET /api/v1/escalations/stats`: how fast people are told, answer and end things; a figure without enough behind it is not given.
//!
//! Times are Kaplan–Meier medians and 90th percentiles: what is still open counts as "longer than this", because leaving it out would
//! hide exactly the incidents that nobody answered. Drills and tests are outside every figure (semantics S2).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::agreement::{FEWEST_FOR_RATES, rate};
use domain::policy::Level;
use domain::time::Timestamp;
use serde::Serialize;
use store::record::{EscalationFilter, EscalationRow, EscalationState};

use crate::api::view::When;
use crate::auth::MayRead;
use crate::problem::Problem;
use crate::state::ServerState;

/// The newest so many escalations are looked at.
const MOST: usize = 10_000;
const PAGE: usize = 500;

/// With fewer the figure would be noise.
const FEWEST: usize = FEWEST_FOR_RATES as usize;

#[derive(Serialize)]
pub(super) struct Stats {
    /// How many escalations stand behind it, tests left out.
    considered: usize,
    /// More exist than were looked at.
    truncated: bool,
    oldest: Option<When>,
    states: BTreeMap<&'static str, usize>,
    all: Figures,
    levels: BTreeMap<&'static str, Figures>,
    /// A time or share that is absent stands on fewer cases than this.
    too_small_below: usize,
}

#[derive(Serialize)]
struct Figures {
    n: usize,
    /// From rung 0's planned time to the first message that a vendor took.
    time_to_notify: Times,
    /// From that message to the first acknowledgement by a person.
    time_to_ack: Times,
    /// From rung 0's planned time to the resolve; a rise hands the incident on and is left out.
    time_to_resolve: Times,
    /// Of the escalations that paged somebody: those whose page a vendor took.
    delivered: Share,
    /// Of the escalations that paged somebody and are over or exhausted: those that a person acknowledged.
    answered: Share,
}

#[derive(Serialize)]
struct Times {
    n: usize,
    /// Still waiting, and counted as longer than until now.
    open: usize,
    median_ms: Option<u64>,
    p90_ms: Option<u64>,
}

#[derive(Serialize)]
struct Share {
    hits: usize,
    of: usize,
    share: Option<f64>,
    /// The 95 % Wilson interval.
    low: Option<f64>,
    high: Option<f64>,
}

pub(super) async fn stats(_: MayRead, State(state): State<ServerState>) -> Result<Json<Stats>, Problem> {
    let store = state.engine().store();
    let mut rows: Vec<EscalationRow> = Vec::new();
    let mut before = None;
    let truncated = loop {
        let filter = EscalationFilter { live: false, incident: None, before, limit: PAGE };
        let page = store.escalations(&filter).await?;
        rows.extend(page.items.into_iter().filter(|row| !row.synthetic));
        match page.next {
            Some(_) if rows.len() >= MOST => break true,
            Some(next) => before = Some(next),
            None => break false,
        }
    };
    Ok(Json(counted(&rows, truncated, state.engine().now())))
}

fn counted(rows: &[EscalationRow], truncated: bool, now: Timestamp) -> Stats {
    let count = |state: EscalationState| rows.iter().filter(|row| row.state == state).count();
    let all: Vec<&EscalationRow> = rows.iter().collect();
    Stats {
        considered: rows.len(),
        truncated,
        oldest: rows.iter().map(|row| row.starts_at).min().map(When),
        states: EscalationState::ALL.into_iter().map(|state| (state.as_str(), count(state))).collect(),
        all: figures(&all, now),
        levels: Level::ALL
            .into_iter()
            .map(|level| {
                let of_level: Vec<_> = rows.iter().filter(|row| row.level == level).collect();
                (level.as_str(), figures(&of_level, now))
            })
            .collect(),
        too_small_below: FEWEST,
    }
}

fn figures(rows: &[&EscalationRow], now: Timestamp) -> Figures {
    let started = || rows.iter().filter(|row| row.starts_at <= now);
    let notify = started().filter(|row| row.attempts > 0).map(|row| {
        let end = row.first_delivered_at;
        waited(row.starts_at, end, row.ended_at.unwrap_or(now))
    });
    let ack = started().filter_map(|row| {
        let told = row.first_delivered_at?;
        Some(waited(told, row.acknowledged_at, row.ended_at.unwrap_or(now)))
    });
    let resolve = started().filter(|row| row.state != EscalationState::Superseded).map(|row| {
        let end = row.ended_at.filter(|_| row.state == EscalationState::Resolved);
        waited(row.starts_at, end, now)
    });
    let paged = || rows.iter().filter(|row| row.attempts > 0);
    let settled = || {
        paged().filter(|row| {
            !row.state.is_live() || row.acknowledged_at.is_some() || row.state == EscalationState::Exhausted
        })
    };
    Figures {
        n: rows.len(),
        time_to_notify: times(notify.collect()),
        time_to_ack: times(ack.collect()),
        time_to_resolve: times(resolve.collect()),
        delivered: share(paged().filter(|row| row.first_delivered_at.is_some()).count(), paged().count()),
        answered: share(settled().filter(|row| row.acknowledged_at.is_some()).count(), settled().count()),
    }
}

/// One case: how long, and whether it came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Waited {
    millis: u64,
    /// `false` sorts first: an end counts before a case that is only known to last at least as long.
    open: bool,
}

fn waited(from: Timestamp, end: Option<Timestamp>, until: Timestamp) -> Waited {
    let length = end.unwrap_or(until).since(from);
    Waited { millis: u64::try_from(length.as_millis()).unwrap_or(u64::MAX), open: end.is_none() }
}

fn times(mut cases: Vec<Waited>) -> Times {
    cases.sort_unstable();
    let enough = cases.len() >= FEWEST;
    Times {
        n: cases.len(),
        open: cases.iter().filter(|case| case.open).count(),
        median_ms: enough.then(|| quantile(&cases, 0.5)).flatten(),
        p90_ms: enough.then(|| quantile(&cases, 0.9)).flatten(),
    }
}

/// The first length by which `share` of all cases had come to their end, by the Kaplan–Meier estimate; `None` when it never was.
fn quantile(sorted: &[Waited], share: f64) -> Option<u64> {
    let mut surviving = 1.0;
    let mut at_risk = sorted.len() as f64;
    for case in sorted {
        if !case.open {
            surviving *= 1.0 - 1.0 / at_risk;
            // One part in a billion forgives the rounding of the product.
            if surviving <= 1.0 - share + 1e-9 {
                return Some(case.millis);
            }
        }
        at_risk -= 1.0;
    }
    None
}

fn share(hits: usize, of: usize) -> Share {
    let whole = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let rate = rate(whole(hits), whole(of)).ok();
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    Share {
        hits,
        of,
        share: rate.map(|rate| rounded(rate.share)),
        low: rate.map(|rate| rounded(rate.low)),
        high: rate.map(|rate| rounded(rate.high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(millis: u64) -> Waited {
        Waited { millis, open: false }
    }

    #[test]
    fn without_open_cases_the_median_is_the_median() {
        let cases: Vec<_> = (1..=11).map(|number| ended(number * 10)).collect();
        assert_eq!(quantile(&cases, 0.5), Some(60));
        assert_eq!(quantile(&cases, 0.9), Some(100));
    }

    #[test]
    fn an_open_case_makes_the_median_longer_and_never_shorter() {
        let mut cases: Vec<_> = (1..=10).map(|number| ended(number * 10)).collect();
        let before = quantile(&cases, 0.5);
        cases.extend([Waited { millis: 5, open: true }; 3]);
        cases.push(Waited { millis: 1_000, open: true });
        cases.sort_unstable();
        assert!(quantile(&cases, 0.5) > before, "{before:?}");
    }

    #[test]
    fn when_most_never_ended_there_is_no_median() {
        let mut cases = vec![Waited { millis: 1_000, open: true }; 9];
        cases.insert(0, ended(1));
        assert_eq!(times(cases).median_ms, None);
    }

    #[test]
    fn too_few_cases_give_no_figure() {
        let few = times((1..10).map(ended).collect());
        assert_eq!((few.n, few.median_ms), (9, None));
        assert_eq!(share(9, 9).share, None);
    }

    #[test]
    fn a_share_comes_with_its_interval() {
        // 49 of 50 is 98 %, with a 95 % Wilson interval from 89.5 to 99.6 %.
        let share = share(49, 50);
        assert_eq!(share.share, Some(0.98));
        assert!(share.low.is_some_and(|low| (0.895..0.896).contains(&low)), "{:?}", share.low);
        assert!(share.high.is_some_and(|high| (0.996..0.997).contains(&high)), "{:?}", share.high);
    }
}
