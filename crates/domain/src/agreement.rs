//! How far triage and people agree: the confusion matrix of truth labels and the figures that may be read from it. Pure.
//!
//! Kappa is weighted by the square of the distance: the five priorities are ordered, and one level off is a matter of taste where three
//! levels off is a missed page. Each figure comes with a 95 % interval, and is not given at all where too few cases stand behind it.

use crate::priority::Priority;

/// With fewer cases a rate would be noise.
pub const FEWEST_FOR_RATES: u64 = 10;
/// With fewer cases kappa would be noise.
pub const FEWEST_FOR_KAPPA: u64 = 30;
/// The two-sided 95 % quantile of the normal distribution.
pub(crate) const Z: f64 = 1.96;
const CLASSES: usize = Priority::ALL.len();

/// How often people said one priority (rows) where triage had said another (columns), both lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confusion {
    counts: [[u64; CLASSES]; CLASSES],
}

/// A share of cases with its 95 % Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The cases that it counts.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// The share, 0 to 1.
    pub share: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// Agreement beyond chance, weighted by the square of the distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kappa {
    /// 1 is perfect, 0 is what chance gives, below 0 is worse than chance.
    pub value: f64,
    /// Where the 95 % interval begins (large-sample variance of Fleiss, Cohen and Everitt, 1969).
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// Why a figure is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// So many cases would be needed.
    TooSmall(u64),
    /// Both always said the same single priority: chance explains everything, and kappa divides by zero.
    Undefined,
}

impl Confusion {
    /// The matrix of pairs (what people said, what triage said).
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (Priority, Priority)>) -> Self {
        let mut counts = [[0; CLASSES]; CLASSES];
        for (said, triaged) in pairs {
            if let Some(cell) = counts.get_mut(said as usize).and_then(|row| row.get_mut(triaged as usize)) {
                *cell += 1;
            }
        }
        Self { counts }
    }

    /// How often people said `said` where triage had said `triaged`.
    #[must_use]
    pub fn count(&self, said: Priority, triaged: Priority) -> u64 {
        self.counts.get(said as usize).and_then(|row| row.get(triaged as usize)).copied().unwrap_or(0)
    }

    /// How many cases there are.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Both said the same.
    ///
    /// # Errors
    /// [`Missing::TooSmall`] below [`FEWEST_FOR_RATES`] cases.
    pub fn exact(&self) -> Result<Rate, Missing> {
        self.rate(|said, triaged| said == triaged)
    }

    /// Triage said less than people: what may miss a page.
    ///
    /// # Errors
    /// As [`Self::exact`].
    pub fn under(&self) -> Result<Rate, Missing> {
        self.rate(|said, triaged| triaged < said)
    }

    /// Triage said more than people: what wakes somebody for nothing.
    ///
    /// # Errors
    /// As [`Self::exact`].
    pub fn over(&self) -> Result<Rate, Missing> {
        self.rate(|said, triaged| triaged > said)
    }

    /// What one would agree on by always saying what people say most often; the lower of two that are equally frequent.
    ///
    /// # Errors
    /// As [`Self::exact`].
    pub fn majority(&self) -> Result<(Priority, Rate), Missing> {
        let said = |class: Priority| Priority::ALL.into_iter().map(|triaged| self.count(class, triaged)).sum::<u64>();
        let most = Priority::ALL.into_iter().rev().max_by_key(|class| said(*class)).unwrap_or(Priority::Ignore);
        self.rate(|class, _| class == most).map(|rate| (most, rate))
    }

    fn rate(&self, counts: impl Fn(Priority, Priority) -> bool) -> Result<Rate, Missing> {
        let hits = cells().filter(|(said, triaged)| counts(*said, *triaged)).map(|(s, t)| self.count(s, t)).sum();
        rate(hits, self.n())
    }

    /// Agreement beyond chance.
    ///
    /// # Errors
    /// [`Missing::TooSmall`] below [`FEWEST_FOR_KAPPA`] cases, [`Missing::Undefined`] where both always said the same one.
    pub fn kappa(&self) -> Result<Kappa, Missing> {
        if self.n() < FEWEST_FOR_KAPPA {
            return Err(Missing::TooSmall(FEWEST_FOR_KAPPA));
        }
        self.kappa_of_any_size().ok_or(Missing::Undefined)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of incidents are far below 2^52")]
    fn kappa_of_any_size(&self) -> Option<Kappa> {
        let n = self.n() as f64;
        let share = |said, triaged| self.count(said, triaged) as f64 / n;
        let row = |said: Priority| Priority::ALL.into_iter().map(|triaged| share(said, triaged)).sum::<f64>();
        let column = |triaged: Priority| Priority::ALL.into_iter().map(|said| share(said, triaged)).sum::<f64>();
        let observed: f64 = cells().map(|(s, t)| weight(s, t) * share(s, t)).sum();
        let expected: f64 = cells().map(|(s, t)| weight(s, t) * row(s) * column(t)).sum();
        if n == 0.0 || 1.0 - expected < 1e-12 {
            return None;
        }
        let value = (observed - expected) / (1.0 - expected);
        let of_row = |s| Priority::ALL.into_iter().map(|t| weight(s, t) * column(t)).sum::<f64>();
        let of_column = |t| Priority::ALL.into_iter().map(|s| weight(s, t) * row(s)).sum::<f64>();
        let spread: f64 = cells()
            .map(|(s, t)| share(s, t) * (weight(s, t) - (of_row(s) + of_column(t)) * (1.0 - value)).powi(2))
            .sum();
        let correction = value - expected * (1.0 - value);
        let variance = (spread - correction * correction).max(0.0) / (n * (1.0 - expected).powi(2));
        let half = Z * variance.sqrt();
        Some(Kappa { value, low: (value - half).max(-1.0), high: (value + half).min(1.0) })
    }
}

fn cells() -> impl Iterator<Item = (Priority, Priority)> {
    Priority::ALL.into_iter().flat_map(|said| Priority::ALL.into_iter().map(move |triaged| (said, triaged)))
}

/// 1 for the same, 0 for the two ends of the scale.
#[expect(clippy::cast_precision_loss, reason = "distances of at most four")]
fn weight(said: Priority, triaged: Priority) -> f64 {
    let distance = (said as usize).abs_diff(triaged as usize) as f64 / (CLASSES - 1) as f64;
    1.0 - distance * distance
}

/// A share with its interval.
///
/// # Errors
/// [`Missing::TooSmall`] below [`FEWEST_FOR_RATES`] cases.
pub fn rate(hits: u64, of: u64) -> Result<Rate, Missing> {
    if of < FEWEST_FOR_RATES { Err(Missing::TooSmall(FEWEST_FOR_RATES)) } else { Ok(wilson(hits, of)) }
}

/// The Wilson interval of a share; `of` is not zero.
#[expect(clippy::cast_precision_loss, reason = "counts of incidents are far below 2^52")]
fn wilson(hits: u64, of: u64) -> Rate {
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let middle = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let (low, high) = ((middle - spread) / scale, (middle + spread) / scale);
    Rate { hits, of, share, low: low.clamp(0.0, 1.0), high: high.clamp(0.0, 1.0) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn priority() -> impl Strategy<Value = Priority> {
        (0..CLASSES).prop_map(|class| Priority::ALL[class])
    }

    #[test]
    fn a_rate_comes_with_the_interval_of_wilson() {
        // 6 of 30 is 20 %, from 10 to 37 %; 49 of 50 is 98 %, from 89.5 to 99.6 %.
        let (few, many) = (wilson(6, 30), wilson(49, 50));
        assert!((few.low - 0.0951).abs() < 1e-3 && (few.high - 0.3731).abs() < 1e-3, "{few:?}");
        assert!((many.low - 0.895).abs() < 1e-3 && (many.high - 0.9965).abs() < 1e-3, "{many:?}");
    }

    #[test]
    fn kappa_of_two_classes_is_cohens() {
        // By hand: 20 and 15 agreed, 5 and 10 not, n = 50. Observed 0.7, by chance 0.5: kappa 0.4. The two ends weigh 0 and 1, as unweighted.
        let (low, high) = (Priority::Ignore, Priority::Critical);
        let pairs = [((high, high), 20), ((high, low), 5), ((low, high), 10), ((low, low), 15)];
        let all = pairs.into_iter().flat_map(|(pair, times)| std::iter::repeat_n(pair, times));
        let kappa = Confusion::of(all).kappa().unwrap();
        assert!((kappa.value - 0.4).abs() < 1e-9, "{kappa:?}");
        assert!(kappa.low < 0.4 && kappa.high > 0.4 && kappa.low > 0.0, "{kappa:?}");
    }

    #[test]
    fn one_who_always_says_the_same_agrees_no_better_than_chance() {
        let pairs = (0..40).map(|number| (Priority::ALL[number % CLASSES], Priority::Low));
        assert!(Confusion::of(pairs).kappa().unwrap().value.abs() < 1e-9);
    }

    #[test]
    fn two_who_always_say_the_same_have_no_kappa() {
        let same = Confusion::of(std::iter::repeat_n((Priority::Low, Priority::Low), 40));
        assert_eq!(same.kappa(), Err(Missing::Undefined));
        assert_eq!(same.majority().unwrap().0, Priority::Low);
    }

    #[test]
    fn too_few_cases_give_no_figure() {
        let of = |n| Confusion::of(std::iter::repeat_n((Priority::Low, Priority::High), n));
        assert_eq!(of(9).exact(), Err(Missing::TooSmall(10)));
        assert_eq!(of(29).kappa(), Err(Missing::TooSmall(30)));
        assert_eq!(of(10).over().unwrap().hits, 10);
        assert_eq!(of(10).under().unwrap().hits, 0);
    }

    proptest! {
        #[test]
        fn perfect_agreement_is_one(said in prop::collection::vec(priority(), 28)) {
            let ends = [Priority::Ignore, Priority::Critical];
            let same = Confusion::of(said.into_iter().chain(ends).map(|class| (class, class)));
            prop_assert!((same.kappa().unwrap().value - 1.0).abs() < 1e-9);
        }

        #[test]
        fn transposing_swaps_under_and_over(pairs in prop::collection::vec((priority(), priority()), 10..80)) {
            let as_is = Confusion::of(pairs.iter().copied());
            let turned = Confusion::of(pairs.iter().map(|(said, triaged)| (*triaged, *said)));
            prop_assert_eq!(as_is.under(), turned.over());
            prop_assert_eq!(as_is.over(), turned.under());
            prop_assert_eq!(as_is.exact(), turned.exact());
        }
    }
}
