//! What is sound in a silence and unwise: told by `policy check`, and before one is ordered.

use std::fmt;
use std::time::Duration;

use super::{Silence, Times};

/// Longer than this without a look at what is hidden is a risk.
const LONG: Duration = Duration::from_hours(24);

/// Half a week.
const HALF_A_WEEK: Duration = Duration::from_hours(84);

/// What to think of before ordering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// It matches whatever comes.
    MatchesEverything,
    /// It lasts so long without a break; what is critical is held as well.
    HoldsLong(Duration),
    /// Of each week it holds so much: more than half.
    HoldsMostOfTheWeek(Duration),
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = |length: &Duration| length.as_secs() / 3_600;
        match self {
            Self::MatchesEverything => {
                f.write_str("it matches everything: nobody is paged about anything, critical included")
            }
            Self::HoldsLong(length) => {
                write!(f, "it holds {} hours without a break, and critical is held as well", hours(length))
            }
            Self::HoldsMostOfTheWeek(length) => {
                write!(
                    f,
                    "it holds {} of the 168 hours of a week: a rule with `ceiling` or `drop` says that openly",
                    hours(length)
                )
            }
        }
    }
}

impl Silence {
    /// What is unwise about it.
    #[must_use]
    pub fn cautions(&self) -> Vec<Caution> {
        let mut cautions = Vec::new();
        if self.matching.is_everything() {
            cautions.push(Caution::MatchesEverything);
        }
        match &self.times {
            Times::Once(once) => {
                let length = once.until().since(once.from().max(self.created_at));
                if length > LONG {
                    cautions.push(Caution::HoldsLong(length));
                }
            }
            Times::Recurring(recurring) => {
                let plan = recurring.plan();
                let length = plan.lasts * u32::try_from(plan.days.count()).unwrap_or(7);
                if length > HALF_A_WEEK {
                    cautions.push(Caution::HoldsMostOfTheWeek(length));
                }
            }
        }
        cautions
    }
}
