//! How long things take, with what is not over yet counted as "longer than this": the estimate of Kaplan and Meier. Pure.
//!
//! To leave out what is open would hide exactly the incidents that nobody answered. Where an end and a case that is only known to last as
//! long fall on one length, the end comes first: the open case was still at risk then.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::agreement::Z;

/// One part in a billion forgives the rounding of a product.
const ROUNDING: f64 = 1e-9;

/// How long one case took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It came to its end after this long.
    Ended(Duration),
    /// It is known to last at least this long: still open, or ended by something that is not its end.
    Open(Duration),
}

/// The share of cases that last longer than a length, for every length.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    n: u64,
    ended: u64,
    longest: Duration,
    steps: Vec<Step>,
}

/// A length at which cases ended.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    at: Duration,
    /// The share that lasts longer.
    surviving: f64,
    /// What this step adds to Greenwood's sum: ended / (at risk × (at risk − ended)).
    adds: f64,
}

/// Where a quantile lies with a confidence of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// Not shorter than this.
    pub low: Duration,
    /// Not longer than this; `None` when too few ended to say so.
    pub high: Option<Duration>,
}

/// The mean of what is cut off at a cap, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestrictedMean {
    /// The mean.
    pub mean: Duration,
    /// Where the interval begins.
    pub low: Duration,
    /// Where it ends; never above the cap.
    pub high: Duration,
    /// What lasts longer counts as this long.
    pub cap: Duration,
}

impl Survival {
    /// The estimate from these cases.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of incidents are far below 2^52")]
    pub fn of(cases: impl IntoIterator<Item = Case>) -> Self {
        let mut lengths: BTreeMap<Duration, (u64, u64)> = BTreeMap::new();
        for case in cases {
            match case {
                Case::Ended(length) => lengths.entry(length).or_default().0 += 1,
                Case::Open(length) => lengths.entry(length).or_default().1 += 1,
            }
        }
        let n = lengths.values().map(|(ended, open)| ended + open).sum();
        let mut at_risk: u64 = n;
        let mut surviving = 1.0;
        let mut steps = Vec::new();
        for (at, (ended, open)) in &lengths {
            if *ended > 0 {
                let left = at_risk - ended;
                surviving *= left as f64 / at_risk as f64;
                let adds = *ended as f64 / (at_risk as f64 * left as f64);
                steps.push(Step { at: *at, surviving, adds });
            }
            at_risk -= ended + open;
        }
        Self {
            n,
            ended: lengths.values().map(|(ended, _)| ended).sum(),
            longest: lengths.last_key_value().map(|(length, _)| *length).unwrap_or_default(),
            steps,
        }
    }

    /// How many cases there are.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// How many of them did not come to their end.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.n - self.ended
    }

    /// The longest length known, ended or open; zero without cases.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// The first length by which `share` of all cases (above 0, up to 1) had come to their end; `None` when so many never did.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        self.steps.iter().find(|step| step.surviving <= 1.0 - share + ROUNDING).map(|step| step.at)
    }

    /// Where the median lies: the lengths that a 95 % band around the curve does not rule out (Brookmeyer and Crowley, 1982), with Greenwood's
    /// variance on the log-log scale, where the band stays between 0 and 1. `None` when the curve never comes near one half.
    #[must_use]
    pub fn median_interval(&self) -> Option<Between> {
        let mut greenwood = 0.0;
        let (mut low, mut high) = (None, None);
        for step in &self.steps {
            greenwood += step.adds;
            let (lower, upper) = band(step.surviving, greenwood);
            low = low.or((lower <= 0.5 + ROUNDING).then_some(step.at));
            high = high.or((upper <= 0.5 + ROUNDING).then_some(step.at));
        }
        low.map(|low| Between { low, high })
    }

    /// The mean of lengths cut off at `cap`: the area under the curve. `None` when no case was followed that long and some are open: nobody
    /// knows the curve up to the cap then.
    #[must_use]
    pub fn restricted_mean(&self, cap: Duration) -> Option<RestrictedMean> {
        let all_ended = self.steps.last().is_some_and(|step| step.surviving <= ROUNDING);
        if self.n == 0 || (self.longest < cap && !all_ended) {
            return None;
        }
        // From the cap backwards: the area behind each step is what an error of that step is multiplied by.
        let mut end = cap.as_secs_f64();
        let (mut area, mut variance) = (0.0, 0.0);
        for step in self.steps.iter().rev().filter(|step| step.at < cap) {
            let at = step.at.as_secs_f64();
            area += step.surviving * (end - at);
            // Where everything left ended there is nothing behind it.
            if step.surviving > ROUNDING {
                variance += area * area * step.adds;
            }
            end = at;
        }
        let mean = area + end;
        let half = Z * f64::sqrt(variance);
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(cap).min(cap);
        Some(RestrictedMean {
            mean: seconds(mean),
            low: seconds((mean - half).max(0.0)),
            high: seconds(mean + half),
            cap,
        })
    }
}

/// The 95 % band at one point of the curve. Where nobody is left it says nothing from above.
fn band(surviving: f64, greenwood: f64) -> (f64, f64) {
    if surviving <= ROUNDING {
        return (0.0, 1.0);
    }
    let log = surviving.ln();
    let factor = (Z * greenwood.sqrt() / log.abs()).exp();
    (surviving.powf(factor), surviving.powf(1.0 / factor))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ended(lengths: impl IntoIterator<Item = u64>) -> Survival {
        Survival::of(lengths.into_iter().map(|length| Case::Ended(seconds(length))))
    }

    /// The remission times (weeks) of Freireich and others (1963), the textbook example: 21 patients, 9 of them ended.
    fn remissions() -> Survival {
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|week| Case::Ended(seconds(week)));
        let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|week| Case::Open(seconds(week)));
        Survival::of(ended.into_iter().chain(open))
    }

    #[test]
    fn the_curve_is_that_of_the_textbook() {
        let survival = remissions();
        let expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448];
        assert_eq!(survival.steps.len(), expected.len());
        for (step, expected) in survival.steps.iter().zip(expected) {
            assert!((step.surviving - expected).abs() < 6e-4, "{step:?} {expected}");
        }
        assert_eq!((survival.n(), survival.open(), survival.longest()), (21, 12, seconds(35)));
        assert_eq!(survival.quantile(0.5), Some(seconds(23)));
        assert_eq!(survival.quantile(0.9), None);
    }

    #[test]
    fn the_interval_of_the_median_is_that_of_the_textbook() {
        // With the log-log band the median of the 21 patients lies above 13 weeks, and nothing bounds it from above.
        assert_eq!(remissions().median_interval(), Some(Between { low: seconds(13), high: None }));
        // The untreated ones all ended: 8 weeks, from 4 to 11.
        let untreated = ended([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]);
        assert_eq!(untreated.quantile(0.5), Some(seconds(8)));
        assert_eq!(untreated.median_interval(), Some(Between { low: seconds(4), high: Some(seconds(11)) }));
    }

    #[test]
    fn without_open_cases_the_restricted_mean_is_the_mean() {
        let mean = ended([10, 20, 30, 40]).restricted_mean(seconds(1_000)).unwrap();
        assert_eq!(mean.mean, seconds(25));
        assert!(mean.low < mean.mean && mean.high > mean.mean, "{mean:?}");
        assert_eq!(ended([10, 20, 30, 40]).restricted_mean(seconds(25)).unwrap().mean, Duration::from_millis(20_000));
    }

    #[test]
    fn what_nobody_followed_to_the_cap_has_no_restricted_mean() {
        let cases = [Case::Ended(seconds(10)), Case::Open(seconds(20))];
        assert_eq!(Survival::of(cases).restricted_mean(seconds(30)), None);
        // Half ended after 10, half last for 20 at least.
        assert_eq!(Survival::of(cases).restricted_mean(seconds(20)).unwrap().mean, seconds(15));
        assert_eq!(Survival::of([]).restricted_mean(seconds(20)), None);
    }

    #[test]
    fn when_most_never_ended_there_is_no_median() {
        let open = std::iter::repeat_n(Case::Open(seconds(1_000)), 9);
        assert_eq!(Survival::of(open.chain([Case::Ended(seconds(1))])).quantile(0.5), None);
        assert_eq!(Survival::of([]).quantile(0.5), None);
        assert_eq!(Survival::of([]).median_interval(), None);
    }

    #[test]
    fn at_the_same_length_an_end_comes_before_an_open_case() {
        let tied = Survival::of([Case::Open(seconds(5)), Case::Ended(seconds(5))]);
        assert_eq!(tied.quantile(0.5), Some(seconds(5)));
        assert_eq!(tied.quantile(0.6), None);
    }

    /// Of the normal distribution (Shore, 1982); good to two digits, which is enough to make skewed lengths.
    fn normal(share: f64) -> f64 {
        let upper = |share: f64| 5.5556 * (1.0 - ((1.0 - share) / share).powf(0.1186));
        if share < 0.5 { -upper(1.0 - share) } else { upper(share) }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "sixty incidents")]
    fn counting_what_is_open_repairs_what_dropping_it_breaks() {
        // 60 incidents over 30 days, lengths log-normal around 6 h; the report is made at the end of the 30 days. Each way of pairing a
        // beginning with a length that a factor without a common divisor gives is one report.
        let cap = Duration::from_hours(7 * 24);
        let hours = |duration: Duration| duration.as_secs_f64() / 3_600.0;
        let lengths: Vec<_> = (0..60)
            .map(|number| {
                Duration::from_secs_f64(6.0 * 3_600.0 * (1.786 * normal((f64::from(number) + 0.5) / 60.0)).exp())
            })
            .collect();
        let truth = lengths.iter().map(|length| hours(*length.min(&cap))).sum::<f64>() / 60.0;
        let factors: Vec<usize> = (1..60).filter(|factor| [2, 3, 5].iter().all(|prime| factor % prime != 0)).collect();
        let (mut open, mut dropped, mut counted) = (0.0, 0.0, 0.0);
        for factor in &factors {
            let cases: Vec<_> = (0..60)
                .map(|place| {
                    let length = lengths[(place * factor + factor / 2) % 60];
                    let followed = Duration::from_secs_f64((60.0 - place as f64) * 12.0 * 3_600.0);
                    if length <= followed { Case::Ended(length) } else { Case::Open(followed) }
                })
                .collect();
            let over: Vec<_> = cases
                .iter()
                .filter_map(|case| match case {
                    Case::Ended(length) => Some(hours(*length.min(&cap))),
                    Case::Open(_) => None,
                })
                .collect();
            dropped += over.iter().sum::<f64>() / over.len() as f64;
            let survival = Survival::of(cases);
            open += survival.open() as f64 / 60.0;
            counted += hours(survival.restricted_mean(cap).unwrap().mean);
            assert!((hours(survival.quantile(0.5).unwrap()) - 6.0).abs() < 1.0, "{survival:?}");
        }
        let reports = factors.len() as f64;
        let (open, dropped, counted) = (open / reports, dropped / reports, counted / reports);
        assert!((0.02..0.08).contains(&open), "{open}");
        assert!(dropped < 0.9 * truth, "dropped {dropped}, truth {truth}");
        assert!((counted - truth).abs() < 0.02 * truth, "counted {counted}, truth {truth}");
    }

    fn case() -> impl Strategy<Value = Case> {
        (0_u64..50, any::<bool>()).prop_map(|(length, is_over)| {
            if is_over { Case::Ended(seconds(length)) } else { Case::Open(seconds(length)) }
        })
    }

    proptest! {
        #[test]
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few cases")]
        fn without_open_cases_a_quantile_is_the_empirical_one(
            mut lengths in prop::collection::vec(0_u64..1_000, 1..60), percent in 1_u32..=100,
        ) {
            lengths.sort_unstable();
            let share = f64::from(percent) / 100.0;
            let rank = (lengths.len() as f64 * share - 1e-6).ceil().max(1.0) as usize;
            prop_assert_eq!(ended(lengths.iter().copied()).quantile(share), Some(seconds(lengths[rank - 1])));
        }

        #[test]
        fn one_that_outlasts_all_never_shortens_anything(cases in prop::collection::vec(case(), 0..60), percent in 1_u32..=100) {
            let share = f64::from(percent) / 100.0;
            let before = Survival::of(cases.iter().copied());
            let after = Survival::of(cases.iter().copied().chain([Case::Open(seconds(1_000))]));
            let longer = |before: Option<Duration>, after: Option<Duration>| match (before, after) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(before), Some(after)) => after >= before,
            };
            prop_assert!(longer(before.quantile(share), after.quantile(share)));
            if let Some(before) = before.restricted_mean(seconds(50)) {
                prop_assert!(after.restricted_mean(seconds(50)).unwrap().mean >= before.mean);
            }
        }

        #[test]
        fn the_order_of_cases_does_not_matter(cases in prop::collection::vec(case(), 0..60)) {
            prop_assert_eq!(Survival::of(cases.iter().copied()), Survival::of(cases.iter().rev().copied()));
        }

        #[test]
        fn an_interval_holds_what_it_is_about(cases in prop::collection::vec(case(), 1..60)) {
            let survival = Survival::of(cases);
            if let Some(median) = survival.quantile(0.5) {
                let between = survival.median_interval().unwrap();
                prop_assert!(between.low <= median && between.high.is_none_or(|high| high >= median), "{between:?} {median:?}");
            }
            if let Some(mean) = survival.restricted_mean(seconds(40)) {
                prop_assert!(mean.low <= mean.mean && mean.mean <= mean.high && mean.high <= mean.cap, "{mean:?}");
            }
        }
    }
}
