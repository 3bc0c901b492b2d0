//! Silences and what they would have muted, as the API shows them.

use std::collections::BTreeMap;

use domain::silence::{Ended, Period, Plan, Preview, Silence, Tally, Times};
use domain::time::Timestamp;
use serde::Serialize;

use super::When;

#[derive(Serialize)]
pub(in crate::api) struct SilenceView<'a> {
    id: String,
    kind: &'static str,
    /// Its name in the policy; null for one that somebody ordered.
    name: Option<&'a str>,
    /// `standing` (it holds now), `upcoming`, `ended`.
    state: &'static str,
    #[serde(rename = "match")]
    matching: &'a str,
    /// When it holds, in words.
    times: String,
    /// Of one that holds once.
    from: Option<When>,
    until: Option<When>,
    /// Of one that comes again.
    recurs: Option<&'a Plan>,
    /// The stretch that runs, with its end.
    now: Option<Stretch>,
    next: Option<Stretch>,
    reason: &'a str,
    by: &'a str,
    created_at: When,
    ended: Option<EndView<'a>>,
}

#[derive(Serialize)]
struct Stretch {
    from: When,
    until: When,
}

impl From<Period> for Stretch {
    fn from(period: Period) -> Self {
        Self { from: When(period.from), until: When(period.until) }
    }
}

#[derive(Serialize)]
struct EndView<'a> {
    at: When,
    by: &'a str,
    reason: Option<&'a str>,
}

impl<'a> SilenceView<'a> {
    pub(in crate::api) fn of(silence: &'a Silence, now: Timestamp) -> Self {
        let (period, next) = (silence.period(now), silence.next(now));
        let (once, recurs) = match &silence.times {
            Times::Once(once) => (Some(once), None),
            Times::Recurring(recurring) => (None, Some(recurring.plan())),
        };
        Self {
            id: silence.id.to_string(),
            kind: silence.kind.as_str(),
            name: silence.name.as_ref().map(domain::id::Name::as_str),
            state: match (period, next) {
                (Some(_), _) => "standing",
                (None, Some(_)) => "upcoming",
                (None, None) => "ended",
            },
            matching: silence.matching.text(),
            times: silence.times.to_string(),
            from: once.map(|once| When(once.from())),
            until: once.map(|once| When(once.until())),
            recurs,
            now: period.map(Stretch::from),
            next: next.map(Stretch::from),
            reason: silence.reason.as_str(),
            by: &silence.by,
            created_at: When(silence.created_at),
            ended: silence.ended.as_ref().map(|Ended { at, by, reason }| EndView {
                at: When(*at),
                by,
                reason: reason.as_ref().map(domain::silence::Reason::as_str),
            }),
        }
    }
}

/// What a silence would have muted.
#[derive(Serialize)]
pub(in crate::api) struct PreviewView {
    from: When,
    until: When,
    /// Whether all of that time counts, or only the recurring hours in it.
    throughout: bool,
    muted: Count,
    by_level: BTreeMap<&'static str, Count>,
    /// What it might have muted: it depends on what an incident does not keep of its signals.
    unsure: Count,
    /// The muted incidents, the most urgent first; not all when there are many.
    shown: Vec<MutedView>,
    /// How many incidents were looked at; the newest openings when not all were.
    considered: usize,
    truncated: bool,
}

#[derive(Serialize)]
struct Count {
    incidents: usize,
    pages: usize,
}

impl From<Tally> for Count {
    fn from(Tally { incidents, pages }: Tally) -> Self {
        Self { incidents, pages }
    }
}

#[derive(Serialize)]
struct MutedView {
    incident: String,
    title: String,
    level: &'static str,
    pages: usize,
    first_at: When,
    last_at: When,
}

impl PreviewView {
    pub(in crate::api) fn of(preview: Preview, considered: usize, truncated: bool) -> Self {
        Self {
            from: When(preview.window.from),
            until: When(preview.window.until),
            throughout: preview.throughout,
            muted: preview.muted.into(),
            by_level: preview.by_level.into_iter().map(|(level, tally)| (level.as_str(), tally.into())).collect(),
            unsure: preview.unsure.into(),
            shown: preview
                .shown
                .into_iter()
                .map(|muted| MutedView {
                    incident: muted.incident.to_string(),
                    title: muted.title,
                    level: muted.level.as_str(),
                    pages: muted.pages,
                    first_at: When(muted.first_at),
                    last_at: When(muted.last_at),
                })
                .collect(),
            considered,
            truncated,
        }
    }
}
