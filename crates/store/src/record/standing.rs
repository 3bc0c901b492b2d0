//! Standing orders, as rows: what people ordered for a time.

use domain::oncall::Override;
use domain::silence::Silence;
use domain::time::Timestamp;

/// One standing order, to be written or overwritten by its id. The last writer wins.
#[derive(Debug, Clone, PartialEq)]
pub enum StandingOrder {
    /// A silence or a maintenance window.
    Silence {
        /// The silence.
        silence: Box<Silence>,
        /// When it is over for good; `None` for one that recurs without an end. It is kept as long as resolved incidents after that.
        ends_at: Option<Timestamp>,
    },
    /// Somebody else is on call for a time.
    Override(Override),
}

impl StandingOrder {
    /// Its name, whatever it is: the prefix keeps the kinds apart.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Silence { silence, .. } => silence.id.to_string(),
            Self::Override(order) => order.id.to_string(),
        }
    }

    /// When it is over for good; `None` while nobody can tell.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Silence { ends_at, .. } => *ends_at,
            Self::Override(order) => Some(order.until),
        }
    }
}
