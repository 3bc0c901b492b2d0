//! How new it is: its age, its release, and whether it came back.

use std::time::Duration;

use super::{Answer, Case, DAY, HOUR, SHOWN};
use crate::incident::{Incident, State};
use crate::priority::evidence::{Evidence, Missing, Place, Returned, Verdict, Word, line};
use crate::release::{self, Regression, order};
use crate::signal::{Fact, Lifecycle, Signal};
use crate::time::Timestamp;

/// So much more is an error of less than a day worth that came with the newest release: what changed last is the likeliest cause, and can be rolled
/// back. As much less one of an old release.
const BY_RELEASE: u8 = 10;

pub(super) fn novelty(case: &Case<'_>) -> Answer {
    let Case { signal, .. } = *case;
    let regressed = signal.substatus.as_deref() == Some("regressed")
        || (!is_escalating(signal)
            && matches!(signal.fact, Fact::Lifecycle(Lifecycle::Unresolved { came_back: true })));
    if let Some(Incident { state: state @ State::Resolved { at, .. }, .. }) = case.history() {
        let (verdict, told) = judged(signal, state, case.now);
        let score = match (verdict, regressed) {
            (Regression::Real, true) => 90,
            (Regression::Real, false) => 85,
            (Regression::Unsure, true) => 75,
            (Regression::Unsure, false) => 60,
            // Sentry says so, and what is known speaks against it.
            (Regression::Not, true) => 40,
            (Regression::Not, false) => 20,
        };
        let ago = case.since(*at).as_secs();
        return (Some(score), Evidence::Resolved { ago, returned: told, regressed });
    }
    if regressed {
        return (Some(90), Evidence::Sentry(Word::Regressed));
    }
    if let Some(first) = signal.first_seen {
        let age = case.since(first);
        let release = place(case);
        let score = match &release {
            Some(Place::Newest(_)) if age < DAY => by_age(age) + BY_RELEASE,
            Some(Place::Older(_)) if age < DAY => by_age(age) - BY_RELEASE,
            _ => by_age(age),
        };
        return (Some(score), Evidence::FirstSeen { ago: age.as_secs(), release });
    }
    match (signal.substatus.as_deref(), case.history()) {
        (Some("new"), _) => (Some(70), Evidence::Sentry(Word::New)),
        (Some("ongoing"), _) => (Some(20), Evidence::Sentry(Word::Ongoing)),
        (_, Some(incident)) => {
            let since = case.since(incident.opened_at);
            (Some(by_age(since)), Evidence::OpenHere { since: since.as_secs() })
        }
        _ => (None, Evidence::Missing(Missing::Age)),
    }
}

pub(super) fn is_escalating(signal: &Signal) -> bool {
    signal.substatus.as_deref() == Some("escalating")
}

/// What a signal is to the resolve before it (semantics R5), with what to tell of it: nothing where it is plainly later than a resolve that named
/// no release.
fn judged(signal: &Signal, state: &State, now: Timestamp) -> (Regression, Option<Returned>) {
    let State::Resolved { as_of, fixed_in, .. } = state else { return (Regression::Real, None) };
    let seen = release::judged(signal, now, fixed_in.as_ref(), *as_of);
    let (own, fix) = match seen {
        release::Evidence::OlderRelease { seen, fixed_in }
        | release::Evidence::SinceFix { seen, fixed_in }
        | release::Evidence::OrderUnknown { seen, fixed_in } => (Some(seen), Some(fixed_in)),
        release::Evidence::NoRelease { fixed_in } => (None, Some(fixed_in)),
        release::Evidence::BeforeResolve | release::Evidence::FixUnnamed => (None, None),
        release::Evidence::LaterInTime => return (Regression::Real, None),
    };
    let shown = |name: Option<&str>| name.map(|name| line(name, SHOWN));
    let told = Returned { verdict: Verdict::from(seen.verdict()), release: shown(own), fix: shown(fix) };
    (seen.verdict(), Some(told))
}

/// Where the signal's release stands. One release alone tells nothing: everything that happens happens in it.
fn place(case: &Case<'_>) -> Option<Place> {
    let releases = &case.known.project?.releases;
    let newest = releases.last()?;
    let Some(own) = case.signal.release.as_deref() else { return Some(Place::Untold {}) };
    let listed = releases.iter().any(|seen| seen.name == own);
    // Their names tell better than the order in which they were first heard of; what was never heard of is new.
    let is_newest = match order(own, &newest.name) {
        Some(order) => order.is_ge(),
        None => !listed,
    };
    let shown = line(own, SHOWN);
    match (is_newest, releases.len()) {
        (true, 1) if listed => None,
        (true, _) => Some(Place::Newest(shown)),
        (false, _) => Some(Place::Older(shown)),
    }
}

const fn by_age(age: Duration) -> u8 {
    let seconds = age.as_secs();
    if seconds < HOUR.as_secs() {
        70
    } else if seconds < DAY.as_secs() {
        55
    } else if seconds < 7 * DAY.as_secs() {
        35
    } else {
        20
    }
}
