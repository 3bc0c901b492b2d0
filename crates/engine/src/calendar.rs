//! Calendars of who is on call: out, for a signed address, and in, as overrides.

use std::time::Duration;

use domain::id::Name;
use domain::oncall::Override;
use domain::time::Timestamp;
use integrations::ical::export::{Calendar, export};
use integrations::ical::import::{Import, LONGEST, import};
use store::error::StoreError;

/// Makes and knows the tokens of feeds: for whoever guards their addresses.
pub use integrations::ical::feed::FeedKey;
/// The largest calendar that is read, in bytes.
pub use integrations::ical::import::LARGEST;

use crate::engine::Engine;

const WEEK: Duration = Duration::from_hours(7 * 24);

/// So far back and ahead a feed tells.
const BACK: Duration = WEEK.saturating_mul(8);
const AHEAD: Duration = WEEK.saturating_mul(26);

impl Engine {
    /// Who is on call by a schedule, or the shifts of one person in it, as a calendar from eight weeks ago to half a year ahead; `None` when there is no
    /// such schedule.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn calendar(&self, schedule: &Name, person: Option<&Name>) -> Result<Option<String>, StoreError> {
        let policy = self.current_policy().policy;
        let Some(known) = policy.schedules.get(schedule) else { return Ok(None) };
        let now = self.now();
        let window = now - BACK..now + AHEAD;
        let (_, standing) = self.store().standing(window.start).await?;
        let layers = known
            .layers
            .keys()
            .filter_map(|layer| Some((layer, policy.roster(schedule, layer, &standing.overrides)?)))
            .collect();
        Ok(Some(export(&Calendar { schedule, layers, person, window, stamp: now })))
    }

    /// The overrides that a calendar's events of the coming year would be; nothing is kept. Gives them with the end of that year.
    ///
    /// # Errors
    /// Every mistake of the calendar, in words.
    pub fn read_calendar(
        &self,
        calendar: &[u8],
        schedule: &Name,
        layer: &Name,
        by: &str,
    ) -> Result<(Vec<Override>, Timestamp), Vec<String>> {
        let policy = self.current_policy().policy;
        let now = self.now();
        let window = now..now + LONGEST;
        let end = window.end;
        let read = import(calendar, &Import { policy: &policy, schedule, layer, by, window });
        read.map(|made| (made, end)).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    /// Keeps many overrides, all or none; one that is known is written anew.
    ///
    /// # Errors
    /// When the store would not.
    pub async fn keep_overrides(&self, orders: Vec<Override>) -> Result<(), StoreError> {
        self.inside.keep_overrides(orders).await
    }
}
