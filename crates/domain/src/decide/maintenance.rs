//! Maintenance windows: what opens in one is told in one summary at its end, unless it goes on (semantics A7).

use std::time::Duration;

use crate::attention::BundleKind;
use crate::decision::News;
use crate::event::Event;
use crate::id::Name;
use crate::policy::Level;
use crate::policy::rule::Sighting;
use crate::signal::Signal;
use crate::silence::{Period, Silence, SilenceKind};
use crate::time::Timestamp;

use super::page::GATHERS;
use super::{Context, Draft, millis};

/// An incident with a signal in the last ten minutes of a window goes on after it.
const STILL_GOING_ON: Duration = Duration::from_mins(10);

/// The maintenance window that an incident opens in, if one holds that matches its first signal: the one that ends last.
pub(super) fn window<'a>(signal: &Signal, fingerprint: &str, context: &Context<'a>) -> Option<(&'a Silence, Period)> {
    let sighting = Sighting { signal, incident: None, fingerprint, now: context.now };
    let holds = |silence: &&Silence| silence.kind == SilenceKind::Maintenance && !signal.synthetic;
    context
        .silences()
        .filter(holds)
        .filter_map(|silence| Some((silence, silence.period(context.now)?)))
        .filter(|(silence, _)| silence.matches(&sighting))
        .max_by_key(|(silence, period)| (period.until, silence.id))
}

impl Draft<'_> {
    /// It opens inside a window: at level `maintenance`, until its end.
    pub(super) fn enter_maintenance(&mut self, silence: crate::id::SilenceId, until: Timestamp) {
        let lasts = millis(until.since(self.now()));
        self.decided(Event::InMaintenance { silence, until }, "A7", &[("lasts_ms", lasts)]);
    }

    /// When the window ended, or will end, as its order stands now.
    pub(super) fn heed_window(&mut self) {
        let Some(window) = self.incident.window.clone() else { return };
        let now = self.now();
        // It may be longer than it was; that it recurs later is another matter.
        let silence = self.context.silences().find(|silence| silence.id == window.silence);
        let until = match silence.and_then(|silence| silence.period(now)) {
            Some(period) if period.from <= window.until => period.until,
            // When it was ended, not when that is heeded: its incidents stand in one summary.
            _ => silence.and_then(|silence| silence.ended.as_ref()).map_or(now, |ended| ended.at).min(window.until),
        };
        if until != window.until {
            self.enter_maintenance(window.silence, until);
        }
        // Whatever held the ladder meanwhile: its summary is told at the end of the window.
        if let Some(escalation) = self.incident.escalation.as_mut().filter(|escalation| escalation.next_rung == 0) {
            escalation.starts_at = until;
            escalation.next_rung_at = Some(until);
        }
        if until > now {
            return;
        }
        if window.over || (self.incident.last_signal_at + STILL_GOING_ON > until && self.leave_maintenance()) {
            return;
        }
        if let Some(window) = &mut self.incident.window {
            window.over = true;
        }
        if self.incident.state.answered_since().is_some() {
            // Its page is held for as long as the answer stands.
            self.leave_a_trace_in_the_summary();
        }
    }

    /// It outlived the window: it takes its triaged level, whose delay counts from now. False where triage would open nothing for it.
    pub(super) fn leave_maintenance(&mut self) -> bool {
        let priority = self.incident.triage.priority;
        let priority = if self.incident.is_labelled() { self.incident.priority } else { priority };
        let Some(to) = Level::of(priority) else { return false };
        let quiet = millis(self.now().since(self.incident.last_signal_at));
        self.cancel_pages = true;
        self.decided(Event::LeftMaintenance { to, priority }, "A7", &[("quiet_ms", quiet)]);
        self.start_escalation(self.now() + self.level().initial_delay, false, "A7");
        // Whoever took it in the window has it, for as long as its level lets them.
        self.hold_anew();
        true
    }

    /// A signal at level `maintenance`: within the window it changes nothing; after its end the incident goes on.
    pub(super) fn is_in_maintenance(&mut self) -> bool {
        if self.incident.level != Level::Maintenance {
            return false;
        }
        if self.incident.window.as_ref().is_some_and(|window| window.until > self.now()) {
            return true;
        }
        self.leave_maintenance();
        self.settle();
        true
    }

    /// Whether its part of the summary is still to come: the window holds, or its page waits for the summary.
    pub(super) fn awaits_the_summary(&self) -> bool {
        let waits = self.incident.told().any(|told| told.waits(self.now()));
        self.incident.window.as_ref().is_some_and(|window| !window.over || waits)
    }

    /// What ended or was answered in a window stands in its summary all the same.
    pub(super) fn leave_a_trace_in_the_summary(&mut self) {
        let Some(window) = self.incident.window.clone() else { return };
        let ladder = self.context.policy.rungs(Level::Maintenance, self.incident.route.as_ref());
        let targets = ladder.iter().flat_map(|rung| rung.targets.iter().cloned()).collect::<Vec<_>>();
        let rooms = self.context.reach(&targets);
        let channels: Vec<Name> = rooms.into_iter().filter_map(|room| room.endpoint().cloned()).collect();
        let due = (window.until + GATHERS).max(self.now());
        self.tell_in_bundle(channels, &News::InWindow, BundleKind::Summary, due);
    }
}
