//! A share of cases as the API shows it: with its interval, and not at all on too few.

use domain::agreement::{FEWEST_FOR_RATES, Missing, Rate};
use serde::Serialize;

/// A share with its 95 % Wilson interval; nothing of it on fewer than `too_small_below` cases.
#[derive(Debug, Serialize, Default)]
pub(super) struct Share {
    pub(super) hits: Option<u64>,
    pub(super) of: u64,
    pub(super) share: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) too_small_below: Option<u64>,
}

impl Share {
    pub(super) fn of(rate: Result<Rate, Missing>, of: u64) -> Self {
        match rate {
            Ok(Rate { hits, of, share, low, high }) => Self {
                hits: Some(hits),
                of,
                share: Some(rounded(share)),
                low: Some(rounded(low)),
                high: Some(rounded(high)),
                too_small_below: None,
            },
            Err(_) => Self { of, too_small_below: Some(FEWEST_FOR_RATES), ..Self::default() },
        }
    }
}

/// More digits than these would be noise.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
