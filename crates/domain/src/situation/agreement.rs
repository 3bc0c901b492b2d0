//! How far triage agrees with those who wrote the situations, and when that is too little.

use crate::priority::Priority;
use crate::situation::Verdict;

/// Fewer of a hundred that agree to the level are too few.
pub const LEAST_EXACT_PERCENT: usize = 80;

/// The count of verdicts by what was expected (rows) and what triage says (columns), both lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    counts: [[usize; Priority::ALL.len()]; Priority::ALL.len()],
}

impl Agreement {
    /// Of these verdicts.
    #[must_use]
    pub fn of<'v>(verdicts: impl IntoIterator<Item = &'v Verdict>) -> Self {
        let mut agreement = Self::default();
        for verdict in verdicts {
            agreement.counts[verdict.expected as usize][verdict.found() as usize] += 1;
        }
        agreement
    }

    /// How often `found` was said where `expected` stands.
    #[must_use]
    pub const fn count(&self, expected: Priority, found: Priority) -> usize {
        self.counts[expected as usize][found as usize]
    }

    /// How many verdicts there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.cells(|_, _| true)
    }

    /// How many agree to the level.
    #[must_use]
    pub fn exact(&self) -> usize {
        self.cells(|expected, found| expected == found)
    }

    /// How many are more than one level off.
    #[must_use]
    pub fn far_off(&self) -> usize {
        self.cells(|expected, found| expected.abs_diff(found) > 1)
    }

    /// How many criticals are something else to triage.
    #[must_use]
    pub fn missed_criticals(&self) -> usize {
        let critical = Priority::Critical as usize;
        self.cells(|expected, found| expected == critical && found != critical)
    }

    /// Whether it is enough: [`LEAST_EXACT_PERCENT`] exact, nothing more than one level off, no critical missed.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.exact() * 100 >= self.total() * LEAST_EXACT_PERCENT && self.far_off() == 0 && self.missed_criticals() == 0
    }

    fn cells(&self, counts: impl Fn(usize, usize) -> bool) -> usize {
        let rows = self.counts.iter().enumerate();
        rows.flat_map(|(expected, row)| row.iter().enumerate().map(move |(found, count)| (expected, found, count)))
            .filter(|(expected, found, _)| counts(*expected, *found))
            .map(|(_, _, count)| count)
            .sum()
    }
}
