//! Who is on call, as the API shows it.

use std::ops::Range;

use domain::oncall::{OnCall, Override, Shift};
use domain::time::Timestamp;
use serde::Serialize;

use super::When;

/// A stretch of time with who is on call in it.
#[derive(Serialize)]
pub(in crate::api) struct ShiftView<'a> {
    from: When,
    until: When,
    /// Null for nobody.
    person: Option<&'a str>,
    /// `rotation`, `override` or `nobody`.
    by: &'static str,
    #[serde(rename = "override")]
    order: Option<String>,
}

impl<'a> ShiftView<'a> {
    pub(in crate::api) fn of(shift: &'a Shift) -> Self {
        let (by, order) = how(&shift.on_call);
        Self {
            from: When(shift.from),
            until: When(shift.until),
            person: shift.on_call.person().map(domain::id::Name::as_str),
            by,
            order,
        }
    }
}

/// By what somebody is on call: the word for it, and the order if there is one.
pub(in crate::api) fn how(on_call: &OnCall) -> (&'static str, Option<String>) {
    match on_call {
        OnCall::Nobody => ("nobody", None),
        OnCall::Turn(_) => ("rotation", None),
        OnCall::Instead { order, .. } => ("override", Some(order.to_string())),
    }
}

/// A time of nobody.
#[derive(Serialize)]
pub(in crate::api) struct GapView {
    from: When,
    until: When,
}

impl GapView {
    pub(in crate::api) fn of(gap: &Range<Timestamp>) -> Self {
        Self { from: When(gap.start), until: When(gap.end) }
    }
}

#[derive(Serialize)]
pub(in crate::api) struct OverrideView<'a> {
    id: String,
    schedule: &'a str,
    layer: &'a str,
    person: &'a str,
    from: When,
    until: When,
    by: &'a str,
    reason: Option<&'a str>,
}

impl<'a> OverrideView<'a> {
    pub(in crate::api) fn of(order: &'a Override) -> Self {
        Self {
            id: order.id.to_string(),
            schedule: order.schedule.as_str(),
            layer: order.layer.as_str(),
            person: order.person.as_str(),
            from: When(order.from),
            until: When(order.until),
            by: &order.by,
            reason: order.reason.as_deref(),
        }
    }
}
