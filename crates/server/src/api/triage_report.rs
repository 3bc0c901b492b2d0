//! `GET /api/v1/triage/report`: how far triage and people agree. A figure without enough behind it is not given, and says so.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::agreement::{Confusion, FEWEST_FOR_KAPPA, Kappa, Missing};
use domain::id::IncidentId;
use domain::policy::duration::parse_duration;
use domain::priority::Priority;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::record::TruthLabel;

use crate::api::share::{Share, rounded};
use crate::api::view::When;
use crate::auth::MayRead;
use crate::input::Params;
use crate::problem::Problem;
use crate::state::ServerState;

/// How far back it looks when nothing is asked.
const USUAL: Duration = Duration::from_hours(90 * 24);
/// How many misses are named.
const WORST: usize = 10;
/// What the figures are not.
const NOTE: &str = "People label mostly what they disagree with: these figures judge triage harder than it deserves. A random sample of \
                    incidents, labelled whether right or wrong, would tell the truth.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// How far back, such as `90d`.
    since: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Report {
    since: When,
    /// Incidents with a label; the last word of each counts.
    n: u64,
    /// Labels, renewals and changes of mind included.
    labels: usize,
    /// The order of rows and columns.
    priorities: [&'static str; 5],
    /// Rows: what people said. Columns: what triage said.
    matrix: Vec<Vec<u64>>,
    exact: Share,
    /// Triage said less than people: what may miss a page.
    under: Share,
    /// Triage said more than people: what wakes somebody for nothing.
    over: Share,
    kappa: Agreement,
    /// What always saying the same would reach.
    majority: Majority,
    /// The worst misses: furthest off first, then what triage held too low, then the newest.
    worst: Vec<Miss>,
    note: &'static str,
}

/// Cohen's kappa, weighted by the square of the distance, with its 95 % interval.
#[derive(Serialize)]
struct Agreement {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_small_below: Option<u64>,
    /// Both always said one and the same: nothing is left to agree on beyond chance.
    undefined: bool,
}

#[derive(Serialize)]
struct Majority {
    priority: Option<&'static str>,
    #[serde(flatten)]
    share: Share,
}

#[derive(Serialize)]
struct Miss {
    incident: String,
    said: &'static str,
    triaged: &'static str,
    score: u8,
    by: String,
    at: When,
    reason: Option<String>,
}

pub(super) async fn report(
    _: MayRead,
    State(state): State<ServerState>,
    Params(asked): Params<Asked>,
) -> Result<Json<Report>, Problem> {
    let back = match asked.since.as_deref() {
        None => USUAL,
        Some(text) => parse_duration(text)
            .map_err(|error| Problem::malformed(format!("expected 'since' to be a time such as 90d: {error}")))?,
    };
    let since = state.engine().now() - back;
    let labels = state.engine().store().labels(since).await?;
    Ok(Json(told(&labels, since)))
}

fn told(labels: &[TruthLabel], since: Timestamp) -> Report {
    let last = last_words(labels);
    let confusion = Confusion::of(last.values().map(|label| (label.said, label.triaged)));
    let row = |said| Priority::ALL.into_iter().map(|triaged| confusion.count(said, triaged)).collect();
    let majority = confusion.majority();
    Report {
        since: When(since),
        n: confusion.n(),
        labels: labels.len(),
        priorities: Priority::ALL.map(Priority::as_str),
        matrix: Priority::ALL.into_iter().map(row).collect(),
        exact: Share::of(confusion.exact(), confusion.n()),
        under: Share::of(confusion.under(), confusion.n()),
        over: Share::of(confusion.over(), confusion.n()),
        kappa: agreement(confusion.kappa()),
        majority: Majority {
            priority: majority.ok().map(|(priority, _)| priority.as_str()),
            share: Share::of(majority.map(|(_, rate)| rate), confusion.n()),
        },
        worst: worst(last.into_values().collect()),
        note: NOTE,
    }
}

/// What people said last of each incident.
pub(super) fn last_words(labels: &[TruthLabel]) -> BTreeMap<IncidentId, &TruthLabel> {
    labels.iter().map(|label| (label.incident, label)).collect()
}

fn worst(mut labels: Vec<&TruthLabel>) -> Vec<Miss> {
    let distance = |label: &TruthLabel| (label.said as usize).abs_diff(label.triaged as usize);
    labels.retain(|label| distance(label) > 0);
    labels.sort_by_key(|label| std::cmp::Reverse((distance(label), label.triaged < label.said, label.at)));
    labels
        .into_iter()
        .take(WORST)
        .map(|label| Miss {
            incident: label.incident.to_string(),
            said: label.said.as_str(),
            triaged: label.triaged.as_str(),
            score: label.score,
            by: label.by.clone(),
            at: When(label.at),
            reason: label.reason.clone(),
        })
        .collect()
}

fn agreement(kappa: Result<Kappa, Missing>) -> Agreement {
    let (found, missing) = (kappa.ok(), kappa.err());
    Agreement {
        value: found.map(|kappa| rounded(kappa.value)),
        low: found.map(|kappa| rounded(kappa.low)),
        high: found.map(|kappa| rounded(kappa.high)),
        too_small_below: matches!(missing, Some(Missing::TooSmall(_))).then_some(FEWEST_FOR_KAPPA),
        undefined: missing == Some(Missing::Undefined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(incident: u64, said: Priority, triaged: Priority) -> TruthLabel {
        let at = Timestamp::from_millis(1_795_000_000_000) + Duration::from_secs(incident);
        let (by, incident) = ("alice".to_owned(), IncidentId::from_bits(incident));
        TruthLabel { incident, at, by, said, triaged, score: 50, reason: None }
    }

    #[test]
    fn the_last_word_of_an_incident_counts() {
        let labels = [label(1, Priority::Low, Priority::High), label(1, Priority::High, Priority::High)];
        let report = told(&labels, Timestamp::EPOCH);
        assert_eq!((report.n, report.labels, report.worst.len()), (1, 2, 0));
        assert_eq!(report.matrix, [[0, 0, 0, 0, 0], [0; 5], [0; 5], [0, 0, 0, 1, 0], [0; 5]]);
    }

    #[test]
    fn too_few_say_so_and_give_no_figure() {
        let report = told(&[label(1, Priority::Low, Priority::High)], Timestamp::EPOCH);
        assert_eq!((report.exact.share, report.exact.too_small_below), (None, Some(10)));
        assert_eq!((report.kappa.value, report.kappa.too_small_below), (None, Some(30)));
        assert_eq!(report.majority.priority, None);
    }

    #[test]
    fn the_furthest_off_come_first_and_a_missed_page_before_a_needless_one() {
        let labels = [
            label(1, Priority::Low, Priority::Medium),
            label(2, Priority::Ignore, Priority::High),
            label(3, Priority::Critical, Priority::Low),
            label(4, Priority::Low, Priority::Low),
        ];
        let worst: Vec<_> = told(&labels, Timestamp::EPOCH).worst.into_iter().map(|miss| miss.triaged).collect();
        assert_eq!(worst, ["low", "high", "medium"]);
    }
}
