//! What the API shows: times in RFC 3339, names as text. Text from outside is data here; serialising it as JSON is its escape.

use domain::time::Timestamp;
use serde::{Serialize, Serializer};

mod delivery;
mod escalation;
mod figures;
mod hold;
mod incident;
mod oncall;
mod owed;
mod response;
mod silence;
mod timeline;
mod triage;

pub(super) use delivery::DeliveryView;
pub(super) use escalation::{EscalationDetail, EscalationView};
pub(super) use figures::GroupView;
pub(super) use incident::{IncidentDetail, IncidentView};
pub(super) use oncall::{GapView, OverrideView, ShiftView, how};
pub(super) use owed::OwedView;
pub(super) use response::ResponseView;
pub(super) use silence::{PreviewView, SilenceView};
pub(super) use timeline::EntryView;
pub(super) use triage::TriageView;

/// A time as people and programs read it: RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub(crate) Timestamp);

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// What was done, with the thing as it is now.
#[derive(Serialize)]
pub(super) struct Done<T> {
    pub(super) changed: bool,
    #[serde(flatten)]
    pub(super) now: T,
}
