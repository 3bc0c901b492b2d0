//! What holds a ladder: answers of people, silences, windows, and fixes on their way. While one does, nobody is paged.

use domain::attention::BundleKind;
use domain::decision::News;
use domain::event::{Actor, Event};
use domain::incident::{Incident, Until};
use domain::policy::Level;
use domain::silence::SilenceKind;
use domain::time::Timestamp;
use store::record::NewEntry;

use super::{Broken, Commit, Story};

/// What a person, or Sentry, answered. Times are true ones, in milliseconds; `None` when they never come, or can no longer be known.
pub enum Answer {
    Acknowledged { until: Option<u64> },
    Snoozed { at: Option<u64>, until: Until },
}

/// The maintenance window that it opened in.
pub struct Window {
    until: Timestamp,
    /// A page of its summary was planned.
    pub summed: bool,
}

impl Answer {
    pub const fn forget_times(&mut self) {
        let (Self::Acknowledged { until: end } | Self::Snoozed { at: end, .. }) = self;
        *end = None;
    }

    pub fn stood_still(&mut self, by: u64) {
        let (Self::Acknowledged { until: end } | Self::Snoozed { at: end, .. }) = self;
        *end = end.map(|end| end + by);
    }
}

impl Story {
    pub(super) fn holds(&mut self, new: &NewEntry, commit: &Commit<'_>, broken: &mut Broken) {
        let now = commit.now;
        match &new.entry.event {
            Event::Acknowledged { until, .. } => {
                self.may_be_answered("acknowledged", broken);
                self.answered_by_a_person |= new.entry.actor.person().is_some();
                self.enough_have_it(&new.entry.actor, broken);
                self.answer = Some(Answer::Acknowledged { until: until.map(|until| commit.true_time(new.at, until)) });
            }
            Event::AcknowledgedInPart { by, have, of, .. } => {
                self.may_be_answered("acknowledged in part", broken);
                self.answered_by_a_person = true;
                if self.answer.is_some() || have >= of {
                    broken.push(format!("acknowledged in part by {have} of {of} (A1)"));
                }
                if let Some(ladder) = &mut self.ladder {
                    ladder.answered.insert(by.clone());
                }
            }
            Event::Snoozed { until, .. } => {
                self.may_be_answered("snoozed", broken);
                let at = until.at.map(|at| commit.true_time(new.at, at));
                self.answered_by_a_person |= new.entry.actor.person().is_some();
                self.answer = Some(Answer::Snoozed { at, until: until.clone() });
                self.forget_partial_answers();
            }
            Event::AcknowledgementEnded { .. } => {
                match self.answer.take() {
                    Some(Answer::Acknowledged { until: Some(until) }) if now < until => {
                        broken.push(format!("its acknowledgement ended {} ms early (A3)", until - now));
                    }
                    Some(Answer::Acknowledged { .. }) => {}
                    _ => broken.push("an acknowledgement ended that was none".to_owned()),
                }
                self.forget_last_pages();
            }
            Event::SnoozeEnded { .. } => {
                match self.answer.take() {
                    Some(Answer::Snoozed { at: Some(at), until })
                        if now < at && !may_end_early(&until, commit.after, new.at) =>
                    {
                        broken.push(format!("its snooze ended {} ms early (A5)", at - now));
                    }
                    Some(Answer::Snoozed { .. }) => {}
                    _ => broken.push("a snooze ended that was none".to_owned()),
                }
                self.forget_last_pages();
            }
            Event::Silenced { silence, .. } => {
                let held = self.policy.as_ref().is_some_and(|policy| commit.orders.holds(policy, *silence, new.at));
                if !held || !self.live || self.lifted.contains(silence) {
                    broken.push(format!("{silence} silenced it, and does not hold (A6)"));
                }
                self.silenced = Some(*silence);
            }
            Event::SilenceLifted { silence } => drop(self.lifted.insert(*silence)),
            Event::SilenceEnded { .. } => self.silence_ends(new.at, commit, broken),
            Event::InMaintenance { until, .. } => {
                self.window = Some(Window { until: *until, summed: false });
                self.waits_for_its_window(new.at, commit);
            }
            // It is told by the time before the jump.
            Event::ClockJumped { by } => self.waits_for_its_window(new.at.shifted(*by), commit),
            Event::LeftMaintenance { to, .. } => {
                if self.window.take().is_none() || self.level != Level::Maintenance {
                    broken.push("it left a window that it was not in (A7)".to_owned());
                }
                self.level = *to;
            }
            Event::AgentCalled { hold_until, .. } => {
                self.held[0] = hold_until.map(|until| (now, commit.true_time(new.at, until)));
            }
            Event::FixAnnounced { hold_until } => {
                self.held[1] = hold_until.map(|until| (now, commit.true_time(new.at, until)));
            }
            Event::HoldEnded { .. } => self.held[0] = None,
            Event::FixHoldEnded { .. } => self.held[1] = None,
            _ => {}
        }
    }

    /// A late answer never un-resolves (semantics L10).
    fn may_be_answered(&self, what: &str, broken: &mut Broken) {
        if !self.live {
            broken.push(format!("it was {what} after it was resolved (L10)"));
        }
    }

    /// Where a rung asks for several people, one is not enough (semantics A1).
    fn enough_have_it(&mut self, actor: &Actor, broken: &mut Broken) {
        let (Some(ladder), Some(by)) = (&mut self.ladder, actor.person()) else {
            return self.forget_partial_answers();
        };
        ladder.answered.insert(by.to_owned());
        if self.answer.is_none() && ladder.answered.len() < ladder.acks as usize {
            broken.push(format!(
                "{} of {} had acknowledged it, and it was taken (A1)",
                ladder.answered.len(),
                ladder.acks
            ));
        }
        ladder.answered.clear();
    }

    fn forget_partial_answers(&mut self) {
        if let Some(ladder) = &mut self.ladder {
            ladder.answered.clear();
        }
    }

    /// Its ladder starts when its window ends: a time on the wall, which a jump of the clock brings nearer or puts off (semantics A7, C2).
    fn waits_for_its_window(&mut self, at: Timestamp, commit: &Commit<'_>) {
        let ladder = self.ladder.as_mut().filter(|_| self.level == Level::Maintenance);
        if let (Some(ladder), Some(window)) = (ladder, &self.window) {
            // It may be heeded some time after its end.
            let late = super::millis(at.since(window.until));
            ladder.starts_anew(commit.true_time(at, window.until).saturating_sub(late));
        }
    }

    fn forget_last_pages(&mut self) {
        if let Some(ladder) = &mut self.ladder {
            ladder.last_page.clear();
        }
    }

    fn silence_ends(&mut self, at: Timestamp, commit: &Commit<'_>, broken: &mut Broken) {
        if self.silenced.take().is_none() {
            broken.push("a silence ended that held nothing".to_owned());
        }
        let still = self
            .policy
            .as_ref()
            .and_then(|policy| commit.orders.surely(SilenceKind::Silence, policy, &self.title, at, u64::MAX));
        if let Some(still) = still.filter(|still| !self.lifted.contains(still)) {
            broken.push(format!("its silence ended, though {still} holds (A6)"));
        }
        if !commit.tells(self.id, |news| matches!(news, News::SilenceEnded)) {
            broken.push("its silence ended, and the fallback hears nothing of what it hid (L14)".to_owned());
        }
        self.forget_last_pages();
    }

    /// What ends unheard, under a silence or in a window, is told when that ends (semantics L14, A7).
    pub(super) fn leaves_traces(&self, at: Timestamp, commit: &Commit<'_>, broken: &mut Broken) {
        let unheard = self.ladder.as_ref().is_none_or(|ladder| ladder.pages.is_empty());
        if self.silenced.is_some() && unheard && !commit.tells(self.id, |news| matches!(news, News::SilenceEnded)) {
            broken.push("it ended under a silence, unheard, and nobody will be told (L14)".to_owned());
        }
        // What a person took or a silence hid is told of otherwise.
        let unnoticed = self.level == Level::Maintenance && self.answer.is_none() && self.silenced.is_none();
        let Some(window) = self.window.as_ref().filter(|_| unnoticed) else { return };
        let delivered = self.ladder.as_ref().is_some_and(|ladder| ladder.delivered > 0 || ladder.failed > 0);
        if !delivered && self.reached_nobody == 0 && !commit.tells(self.id, |news| matches!(news, News::InWindow)) {
            let when = if window.until > at {
                "in its window"
            } else if window.summed {
                "after its window, before the summary left,"
            } else {
                "after its window, before its rung ran,"
            };
            broken.push(format!("it ended {when} and stands in no summary (A7, L14)"));
        }
    }

    /// A fix on its way holds the ladder and its repeats, and nothing else (semantics F2, A4): what is due at the moment at which the agent is
    /// called is done in one go.
    pub(super) fn held_by_a_fix(&self, now: u64) -> bool {
        self.held.iter().flatten().any(|(since, until)| *since < now && now < *until)
    }

    /// A digest leaves at its hour, a summary when its window is over.
    pub(super) fn leaves_at(&mut self, kind: BundleKind, due: Timestamp, at: Timestamp, broken: &mut Broken) {
        let Some(policy) = &self.policy else { return };
        match kind {
            BundleKind::Digest => {
                let (day, hour, minute) = crate::orders::on_the_wall(&policy.working_hours.zone, due);
                let shown = format!("{hour:02}:{minute:02}");
                let its_time = policy.digest.at.to_string();
                // An hour that the clocks leave out comes with the end of the gap.
                let fits = shown == its_time || self.changes_clocks(due);
                if due <= at || !fits || (day >= 5 && !policy.digest.weekends) {
                    broken.push(format!("its digest leaves at {due}, {shown} on the wall, not at {its_time}"));
                }
                if self.level.is_urgent() {
                    broken.push(format!("a page of level {} waits for a digest (L16)", self.level));
                }
            }
            BundleKind::Summary => {
                let Some(window) = &mut self.window else {
                    return broken.push("a page waits for the summary of no window (A7)".to_owned());
                };
                window.summed = true;
                if due < window.until || due > window.until.max(at) + std::time::Duration::from_secs(10) {
                    broken.push(format!("its summary leaves at {due}, its window ends at {} (A7)", window.until));
                }
            }
            BundleKind::Critical | BundleKind::Storm | BundleKind::Silence => {}
        }
    }
}

/// Whether something else than its time may have ended a snooze.
fn may_end_early(until: &Until, after: Option<&Incident>, at: Timestamp) -> bool {
    let Some(after) = after else { return true };
    let users = until.users.is_some_and(|most| after.counts.users.unwrap_or(0) >= most);
    let rate = until.rate.is_some_and(|most| after.counts.pace.rate(at) >= most);
    users || rate || until.release_after.is_some() || until.reopened_in_sentry
}
