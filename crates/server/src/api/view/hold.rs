//! What holds an incident: an answer, a silence, a maintenance window, a fix on its way.

use domain::incident::{Incident, State, Until};
use serde::Serialize;

use super::When;

/// Everything that may hold it; each is `null` where it does not.
#[derive(Serialize)]
pub(super) struct Holds<'a> {
    acknowledged: Option<AcknowledgedView>,
    snoozed: Option<SnoozedView<'a>>,
    silenced: Option<SilencedView>,
    window: Option<WindowView>,
    fix: Option<FixView>,
}

#[derive(Serialize)]
struct AcknowledgedView {
    by: String,
    since: When,
    until: Option<When>,
}

/// It was put off; whichever end comes first.
#[derive(Serialize)]
struct SnoozedView<'a> {
    by: String,
    since: When,
    until: UntilView<'a>,
    /// What ends it, in words.
    text: String,
}

#[derive(Serialize)]
struct UntilView<'a> {
    at: Option<When>,
    /// So many events within an hour.
    rate: Option<u64>,
    users: Option<u64>,
    next_release: bool,
    /// A signal from a later release than this one ends it; `None` where none was known.
    release_after: Option<&'a str>,
    reopened_in_sentry: bool,
}

impl<'a> UntilView<'a> {
    fn of(Until { at, rate, users, release_after, reopened_in_sentry }: &'a Until) -> Self {
        Self {
            at: at.map(When),
            rate: *rate,
            users: *users,
            next_release: release_after.is_some(),
            release_after: release_after.as_deref().filter(|release| !release.is_empty()),
            reopened_in_sentry: *reopened_in_sentry,
        }
    }
}

#[derive(Serialize)]
struct SilencedView {
    silence: String,
    since: When,
    until: When,
}

#[derive(Serialize)]
struct WindowView {
    silence: String,
    until: When,
}

/// Somebody in Sentry says that a fix is on its way.
#[derive(Serialize)]
struct FixView {
    since: When,
    /// Until when it may hold the ladder; `None` when it holds nothing.
    hold_until: Option<When>,
}

impl<'a> Holds<'a> {
    pub(super) fn of(incident: &'a Incident) -> Self {
        let (mut acknowledged, mut snoozed) = (None, None);
        match &incident.state {
            State::Acknowledged { by, since, until, .. } => {
                acknowledged =
                    Some(AcknowledgedView { by: by.to_string(), since: When(*since), until: until.map(When) });
            }
            State::Snoozed { by, since, until } => {
                snoozed = Some(SnoozedView {
                    by: by.to_string(),
                    since: When(*since),
                    until: UntilView::of(until),
                    text: until.to_string(),
                });
            }
            State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => {}
        }
        Self {
            acknowledged,
            snoozed,
            silenced: incident.silenced.as_ref().map(|silenced| SilencedView {
                silence: silenced.silence.to_string(),
                since: When(silenced.since),
                until: When(silenced.until),
            }),
            window: incident
                .window
                .as_ref()
                .map(|window| WindowView { silence: window.silence.to_string(), until: When(window.until) }),
            fix: incident
                .fix
                .as_ref()
                .map(|fix| FixView { since: When(fix.since), hold_until: fix.hold_until.map(When) }),
        }
    }
}
